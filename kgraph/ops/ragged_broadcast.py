"""How operands of an elementwise op meet a ragged one: NumPy's broadcasting, rows included.

Axes are matched from the last one, and a missing axis counts as one of size 1, as in NumPy.  Along
a ragged axis another operand has rows of the same lengths, or size 1.  What is certainly something
else is refused while the graph is drawn; what only the numbers of a batch tell is proved then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from kgraph.ops.op import Abstract
from kgraph.ops.operands import NUMBERS, densify, dims_of, type_of
from kgraph.ops.primitives.bounds import match_rows, row_ids
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import broadcast_to, reshape_to, strided_slice
from kgraph.types.dims import Size
from kgraph.types.dtypes import int64
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic


def flat_operands(op_name: str, inputs: Sequence[Any]) -> tuple[RaggedTensor, list[Any]]:
    """The operand with the most ragged axes, and all operands laid out like its flat values.

    Errors    ValueError where an operand does not fit the rows, or certainly has other rows
    """
    inputs = [densify(value) for value in inputs]
    ragged = [value for value in inputs if isinstance(value, RaggedTensor)]
    model = max(ragged, key=lambda value: value.ragged_rank)
    return model, [_laid_out(op_name, value, model) for value in inputs]


def _laid_out(op_name: str, value: Any, model: RaggedTensor) -> Any:
    if isinstance(value, NUMBERS):
        return value
    ndim = type_of(value).ndim
    if ndim > model.ndim or (isinstance(value, RaggedTensor) and ndim < model.ndim):
        hint = f"expand_dims(x, -1) gives the value of {min(ndim, model.ndim)} axes one more"
        _refuse(op_name, value, model, "the same number of axes", hint)
    if not isinstance(value, RaggedTensor):
        return _dense_operand(op_name, value, model)
    if value.ragged_rank == model.ragged_rank:
        return aligned_flat_values(op_name, value, model)
    return _fewer_ragged_axes(op_name, value, model)


def _dense_operand(op_name: str, value: Any, model: RaggedTensor) -> Any:
    """A dense operand: one number for all rows, or one for all items of each row."""
    found, rank = type_of(value), model.ragged_rank
    if found.ndim < model.ndim - rank:
        return value  # it broadcasts against the inner axes
    dims = (1,) * (model.ndim - found.ndim) + tuple(found.dims)
    _require_ones(op_name, value, model, dims, first=1)
    inner = dims[rank + 1 :]
    if dims[0] == 1:
        return reshape_to(value, inner)
    one_per_row = _of_so_many_rows(op_name, reshape_to(value, (dims[0], *inner)), value, model)
    return gather_rows(one_per_row, row_ids(bounds_over(model, 0), model.flat_values))


def _of_so_many_rows(op_name: str, table: Any, value: Any, model: RaggedTensor) -> Any:
    """``table`` with as many rows as the ragged value; where that is not known, it is proved."""
    dims, rows = dims_of(table), dims_of(model.row_splits)[0] - 1
    if dims[0] == rows:
        return table
    if isinstance(dims[0], int) and isinstance(rows, int):
        _refuse(op_name, value, model, f"{rows} rows, or 1")
    from kgraph.ops.sizing import attached  # here: it is written with elementwise ops

    return broadcast_to(attached(table, model.flat_values), (rows, *dims[1:]))


def _fewer_ragged_axes(op_name: str, value: RaggedTensor, model: RaggedTensor) -> Any:
    """A ragged operand with axes of size 1 where the other has further ragged ones."""
    rank, more = value.ragged_rank, model.ragged_rank - value.ragged_rank
    uniform = dims_of(value.flat_values)[1:]
    dims = (None,) * (rank + 1) + tuple(uniform)
    _require_ones(op_name, value, model, dims, first=rank + 1)
    outer, inner = model.nested_row_splits[:rank], model.nested_row_splits[rank]
    rows = RaggedTensor._make(lengths_of(inner), outer)
    items = aligned_flat_values(op_name, value, rows)
    items = reshape_to(items, (dims_of(items)[0], *uniform[more:]))
    return gather_rows(items, row_ids(bounds_over(model, rank), model.flat_values))


def _require_ones(
    op_name: str,
    value: Any,
    model: RaggedTensor,
    dims: Sequence[Size | None],
    first: int,
) -> None:
    """Size 1 on the ragged axes of ``model`` from ``first`` on."""
    for axis in range(first, model.ragged_rank + 1):
        if dims[axis] != 1:
            _refuse(
                op_name,
                value,
                model,
                f"size 1 on axis {axis}, along which rows differ in length",
                _hint_for_rows(type_of(value), model),
            )


def _hint_for_rows(found: Any, model: RaggedTensor) -> str:
    rows = type_of(model).dims[0]
    if found.ndim < model.ndim and found.dims and found.dims[0] in (rows, 1):
        missing = ", ".join(str(-1) for _ in range(model.ndim - found.ndim))
        axis = missing if missing == "-1" else f"({missing})"
        return f"for one number for each row, add the missing axes: ops.expand_dims(y, {axis})"
    return "make the ragged value dense with x.to_tensor(), or the other one ragged"


def _refuse(
    op_name: str, value: Any, model: RaggedTensor, expected: str, hint: str | None = None
) -> NoReturn:
    raise ShapeError(
        message(
            f"{op_name}: the operands do not broadcast together",
            received=f"{type_of(value)}\nbeside {type_of(model)}",
            expected=expected,
            hint=hint,
        )
    )


# -- rows of the same lengths ----------------------------------------------------------------------


def aligned_flat_values(op_name: str, value: RaggedTensor, model: RaggedTensor) -> Any:
    """The flat values of ``value``, whose rows are as long as those of ``model``.

    Where that is not known while building, it is proved when a batch is there.

    Errors    ValueError if the rows certainly differ
    """
    if same_partition(value, model):
        return value.flat_values
    own, wanted = value.nested_row_splits, model.nested_row_splits
    symbolic = any(isinstance(part, Symbolic) for part in (*own, *wanted))
    if symbolic and len(own) == len(wanted) and not any(map(_certainly_more, own, wanted)):
        own = tuple(map(as_many_rows, own, wanted))
        return match_rows([value.flat_values, model.flat_values, *own, *map(_as_int64, wanted)])
    raise ShapeError(
        message(
            f"{op_name}: the ragged operands have rows of different lengths",
            received=f"{type_of(value)}{_lengths_text(value)}\n{type_of(model)}{_lengths_text(model)}",
            expected="equal row_splits",
        )
    )


def _certainly_more(a: Any, b: Any) -> bool:
    """Whether two splits are known to bound different numbers of rows."""
    sizes = dims_of(a)[0], dims_of(b)[0]
    return all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]


def as_many_rows(splits: Any, wanted: Any) -> Any:
    """``splits``, proved to bound as many rows as ``wanted`` do."""
    if dims_of(splits) != dims_of(wanted):
        from kgraph.ops.sizing import attached  # here: it is written with elementwise ops

        splits = reshape_to(attached(splits, wanted), dims_of(wanted))
    return _as_int64(splits)


def _as_int64(splits: Any) -> Any:
    return splits if type_of(splits).dtype == int64 else OPS["cast"](splits, int64)


def _lengths_text(value: RaggedTensor) -> str:
    splits = value.nested_row_splits[-1]
    if isinstance(splits, Symbolic):
        return ""
    lengths = np.diff(splits)
    shown = ", ".join(map(str, lengths[:6].tolist()))
    return f", rows of {shown}{', …' if len(lengths) > 6 else ''} items"


def same_partition(a: RaggedTensor, b: RaggedTensor) -> bool:
    """Whether two ragged values certainly have the same row bounds."""
    splits_a, splits_b = a.nested_row_splits, b.nested_row_splits
    return len(splits_a) == len(splits_b) and all(map(_same_splits, splits_a, splits_b))


def _same_splits(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, Abstract) and isinstance(b, Abstract):
        return a.type.dims == b.type.dims  # of types nothing else is known, nor needed
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        return False
    return np.array_equal(a, b)


# -- bounds ----------------------------------------------------------------------------------------


def bounds_over(x: RaggedTensor, first: int, last: int | None = None) -> Any:
    """Bounds, in the flat values (or in level ``last``), of the rows of ragged level ``first``.

    Level 0 holds the rows of axis 1, level 1 those of axis 2, and so on.
    """
    found, *further = x.nested_row_splits[first:last]
    for splits in further:
        found = gather_rows(splits, found)
    return found


def lengths_of(splits: Any) -> Any:
    """How many items lie between each two bounds."""
    (size,) = dims_of(splits)
    limits = strided_slice(splits, (1,), (size,), (1,))
    return OPS["subtract"](limits, strided_slice(splits, (0,), (size - 1,), (1,)))
