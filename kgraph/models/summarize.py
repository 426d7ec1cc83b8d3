"""``Model.summary``: the layers of a model as a table of text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from kgraph.graph.keras_tensor import Node
from kgraph.layers.checked_layer import kind_of
from kgraph.layers.input_layer import InputLayer
from kgraph.layers.layer import Layer
from kgraph.types.errors import KGraphValueError, did_you_mean, message
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.models.model import Model

_WIDEST = 100  # characters in a line, unless asked for more
_GAP = 2
_NARROWEST = 8  # characters in a column that has to wrap

Row = list[str]


class Table(NamedTuple):
    """What a summary shows: a title, the names of the columns, a row for each layer, totals."""

    title: str
    head: Row
    rows: list[Row]
    totals: list[str]


def table_of(
    model: Model,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> Table:
    """The summary of a model; of the layers from one to another of ``layer_range`` alone."""
    head = ["Layer (type)", "Kind", "Output Shape", "Param #", "Connected to", "Trainable"]
    rows = list(_rows(model, expand_nested, ""))
    if layer_range is not None:
        rows = _between(rows, layer_range)
    shown = [0, 1, 2, 3]
    if any(row[4] for row in rows) and not _is_chain(model):
        shown.append(4)
    if show_trainable:
        shown.append(5)
    head, *rows = ([row[column] for column in shown] for row in [head, *rows])
    return Table(f'Model: "{model.name}"', head, rows, list(_totals(model)))


def lines_of(
    table: Table, line_length: int | None = None, positions: Sequence[float] | None = None
) -> Iterator[str]:
    """The lines of the table and of the totals."""
    columns = zip(table.head, *table.rows, strict=True)
    if positions is None:
        widths = _fit([max(map(len, column)) for column in columns], line_length)
    else:
        widths = _placed(positions, line_length or _WIDEST, table.head)
    rule = sum(widths) + _GAP * (len(widths) - 1)
    yield table.title
    yield "_" * rule
    yield from _wrapped(table.head, widths)
    yield "=" * rule
    for row in table.rows:
        yield from _wrapped(row, widths)
    yield "=" * rule
    yield from table.totals


def _between(rows: list[Row], layer_range: Sequence[str]) -> list[Row]:
    """The rows from the first layer whose name matches to the last one that does."""
    if not isinstance(layer_range, list | tuple) or len(layer_range) != 2:
        raise KGraphValueError(
            message(
                "layer_range must be a list or tuple of length 2",
                received=f"layer_range={layer_range!r}",
                expected="the names of two layers, or patterns for them",
            )
        )
    names = [row[0].strip().rpartition(" (")[0] for row in rows]
    first, last = (
        [place for place, name in enumerate(names) if re.match(pattern, name)]
        for pattern in layer_range
    )
    if not first or not last:
        missing = layer_range[0] if not first else layer_range[1]
        raise KGraphValueError(
            message(
                f"layer_range: no layer is called {missing!r}",
                expected=f"two of {names}",
                hint=did_you_mean(missing, names),
            )
        )
    ends = sorted((first[0], last[-1]))
    return rows[ends[0] : ends[1] + 1]


def _placed(positions: Sequence[float], line_length: int, head: Row) -> list[int]:
    """The widths of columns that end at ``positions``, shares of a line or characters."""
    ends = list(positions)
    if ends and ends[-1] <= 1:
        ends = [end * line_length for end in ends]
    widths = [int(end - start) - _GAP for start, end in pairwise([0, *ends])]
    if len(widths) != len(head) or min(widths, default=0) < 1:
        raise KGraphValueError(
            message(
                "positions: one rising place for the end of each column is needed",
                received=f"positions={list(positions)}",
                expected=f"{len(head)} of them, for {', '.join(head)}",
            )
        )
    return widths


def _is_chain(model: Model) -> bool:
    from kgraph.models.sequential import Sequential

    return isinstance(model, Sequential)


# -- rows ----------------------------------------------------------------------------------------


def _rows(model: Model, expand_nested: bool, indent: str) -> Iterator[Row]:
    from kgraph.models.model import Model as Base

    for layer, calls in _operations(model):
        yield _row(layer, calls, indent)
        if expand_nested and isinstance(layer, Base):
            yield from _rows(layer, expand_nested, indent + "  ")


def _operations(model: Model) -> Iterable[tuple[Any, list[Node]]]:
    """Each layer or op with its calls; without them if there is no graph yet."""
    if not (model.has_graph and model.built):
        return [(layer, []) for layer in model.layers]
    groups = [(calls[0].operation, calls) for calls in model.topology.operations]
    if _is_chain(model):
        return [group for group in groups if not isinstance(group[0], InputLayer)]
    return groups


def _row(layer: Any, calls: list[Node], indent: str) -> Row:
    is_layer = isinstance(layer, Layer)
    name = layer.name if is_layer else calls[0].name
    kind = type(layer).__name__ if is_layer else "op"
    types = [tensor.type for tensor in calls[0].outputs] if calls else []
    sources = [tensor.name for node in calls for tensor in node.inputs]
    params = "?"
    if not is_layer:
        params = "0"
    elif layer.built:
        params = f"{layer.count_params():,}"
    trainable = ("yes" if layer.trainable else "no") if is_layer and layer.weights else ""
    return [
        f"{indent}{name} ({kind})",
        ", ".join(dict.fromkeys(map(kind_of, types))) or "?",
        ", ".join(str(type.shape) for type in types) or "?",
        params,
        ", ".join(dict.fromkeys(sources)),
        trainable,
    ]


def _totals(model: Model) -> Iterator[str]:
    groups = {
        "Total params": model.weights,
        "Trainable params": model.trainable_weights,
        "Non-trainable params": model.non_trainable_weights,
    }
    if not model.built:
        groups = {label: [] for label in groups} if not model.weights else groups
    for label, weights in groups.items():
        yield f"{label}: {_number_of(weights):,} ({_size(weights)})"


def _number_of(weights: list[Variable]) -> int:
    return sum(variable.value.size for variable in weights)


def _size(weights: list[Variable]) -> str:
    size = float(sum(variable.value.nbytes for variable in weights))
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"


# -- layout --------------------------------------------------------------------------------------


def _fit(widths: list[int], line_length: int | None) -> list[int]:
    """Widths that keep to the line: the widest column gives way first."""
    room = (line_length or _WIDEST) - _GAP * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > room and max(fitted) > _NARROWEST:
        widest = fitted.index(max(fitted))
        fitted[widest] -= 1
    return fitted


def _wrapped(row: Row, widths: list[int]) -> Iterator[str]:
    """A row as one line, or more where a cell is wider than its column."""
    cells = [_wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    for line in range(max(map(len, cells))):
        parts = [cell[line] if line < len(cell) else "" for cell in cells]
        padded = [part.ljust(width) for part, width in zip(parts, widths, strict=True)]
        yield (" " * _GAP).join(padded).rstrip()


def _wrap(cell: str, width: int) -> list[str]:
    indent = " " * (len(cell) - len(cell.lstrip()))
    lines = textwrap.wrap(
        cell, max(width, len(indent) + 1), subsequent_indent=indent, break_on_hyphens=False
    )
    return lines or [""]
