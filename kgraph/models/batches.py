"""``Model.predict``: run over the rows in batches and put the results together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from kgraph.graph.blame import refuse_arguments
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.placeholder import placeholder_of
from kgraph.models import rows
from kgraph.models.composite_rows import CompositeRows, join
from kgraph.models.feeding import as_value, match, with_defaults
from kgraph.models.progress import Progress
from kgraph.types import tree
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType
from kgraph.types.composite import is_composite
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphValueError, message
from kgraph.types.ragged import RaggedTensor

if TYPE_CHECKING:
    from kgraph.models.model import Model

_BATCH = Dim.symbol("B")


def predict(
    model: Model, x: Any, batch_size: int | None, verbose: str | int, steps: int | None
) -> Any:
    """What :meth:`Model.predict` documents."""
    _check_counts(batch_size, steps)
    run, feeds, structure = _runner(model, x)
    total = _cardinality(feeds)
    at_once = batch_size is None or _is_one_batch(model, total)
    size = max(total, 1) if at_once or batch_size is None else batch_size
    total = total if steps is None else min(total, steps * size)
    sinks: list[Sink] = []
    result: Any = None
    with Progress(-(-total // size), verbose) as progress:
        for start, stop in _spans(total, size):
            result = run([None if feed is None else feed[start:stop] for feed in feeds])
            leaves = tree.flatten(result)
            sinks = sinks or _sinks(model, leaves, structure, total)
            for sink, leaf in zip(sinks, leaves, strict=True):
                sink.put(start, stop, leaf)
            progress.step()
    return tree.pack_like(result, [sink.result() for sink in sinks])


def refuse_options(unknown: Mapping[str, Any]) -> NoReturn:
    """``predict`` was given what it does not take."""
    if unknown:
        refuse_arguments("predict", unknown, ("x", "batch_size", "verbose", "steps"))
    raise KGraphValueError("predict: `callbacks` are not supported; leave them out")


def _check_counts(batch_size: int | None, steps: int | None) -> None:
    if batch_size is not None and (isinstance(batch_size, bool) or batch_size <= 0):
        raise KGraphValueError(
            message(
                f"Expected batch_size to be positive. Received is {batch_size}.",
                hint="batch_size=None takes all rows at once",
            )
        )
    if steps is not None and steps <= 0:
        raise KGraphValueError(f"Expected steps to be positive. Received is {steps}.")


def _runner(model: Model, x: Any) -> tuple[Callable[[list[Any]], Any], list[Any], bool]:
    """A function of one batch, the values it takes rows of, and whether the graph is known."""
    if not model.has_graph:
        leaves = [rows.sliceable(leaf, "x") for leaf in tree.flatten(x)]
        return (lambda batch: model(tree.pack_like(x, batch))), leaves, False
    model.prepare(x)
    tensors = model.inputs
    given = with_defaults(tensors, match(model.input, tensors, x, model.name))
    feeds = [_feed(value, tensor) for value, tensor in zip(given, tensors, strict=True)]
    if not tree.is_branch(model.input):
        return (lambda batch: model(batch[0])), feeds, True
    return (lambda batch: model(tree.pack_like(model.input, batch))), feeds, True


def _is_one_batch(model: Model, total: int) -> bool:
    """Does an input take just so many rows, as one made of a value does?"""
    return model.has_graph and any(x.type.dims[:1] == (total,) for x in model.inputs)


def _feed(value: Any, tensor: KerasTensor) -> Any:
    """What gives the rows of one input by slicing; None for an optional input without a value."""
    if value is None and placeholder_of(tensor).optional:
        return None
    value = _at_once(value, tensor)
    if isinstance(tensor.type, CompositeType) and is_composite(value):
        return CompositeRows(value, tensor.type, tensor.name)
    return rows.sliceable(value, tensor.name)


def _at_once(value: Any, tensor: KerasTensor) -> Any:
    """Lists become arrays or ragged rows before they are cut into batches, not for each.

    Ragged rows for a dense input of unknown width are filled up to the longest row of all, so that
    every batch is as wide.
    """
    if isinstance(value, RaggedTensor) and isinstance(tensor.type, ArrayType):
        fits = value.ndim == tensor.ndim and None in tensor.shape[1:]
        return value.to_tensor(shape=(None, *tensor.shape[1:])) if fits else value
    is_list = isinstance(value, list | tuple) or isinstance(tensor.type, RaggedType | CompositeType)
    return as_value(value, tensor) if is_list else value


def _cardinality(feeds: list[Any]) -> int:
    counts = [rows.count(feed) for feed in feeds if feed is not None]
    if not counts:
        raise KGraphValueError("predict: all inputs are None; there are no rows to run over")
    if len(set(counts)) > 1:
        raise KGraphValueError(
            "Data cardinality is ambiguous:\n"
            f"  x sizes: {', '.join(map(str, counts))}\n"
            "Make sure all arrays contain the same number of samples."
        )
    return counts[0]


def _spans(total: int, size: int) -> Iterator[tuple[int, int]]:
    """The bounds of each batch; one empty batch if there are no rows."""
    for start in range(0, max(total, 1), size):
        yield start, min(start + size, total)


class Sink:
    """Where the batches of one output come together."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[Any] = []

    def put(self, start: int, stop: int, part: Any) -> None:
        self.parts.append(part)

    def result(self) -> Any:
        return rows.concatenate(self.parts, self.name)


class CompositeSink(Sink):
    """An output made of others."""

    def __init__(self, name: str, type: CompositeType) -> None:
        super().__init__(name)
        self.type = type

    def result(self) -> Any:
        return join(self.parts, self.type, self.name)


class RowSink(Sink):
    """An output of one row for each row that came in: it is written where it will stay."""

    def __init__(self, name: str, whole: np.ndarray) -> None:
        super().__init__(name)
        self.whole = whole

    def put(self, start: int, stop: int, part: Any) -> None:
        self.whole[start:stop] = part

    def result(self) -> Any:
        return self.whole


def _sinks(model: Model, leaves: list[Any], known: bool, total: int) -> list[Sink]:
    if not known:
        return [Sink(f"output {index}") for index in range(len(leaves))]
    return [_sink(tensor, leaf, total) for tensor, leaf in zip(model.outputs, leaves, strict=True)]


def _sink(tensor: KerasTensor, leaf: Any, total: int) -> Sink:
    if isinstance(tensor.type, CompositeType):
        return CompositeSink(tensor.name, tensor.type)
    if _is_row_for_row(tensor.type) and len(leaf) < total:
        return RowSink(tensor.name, np.empty((total, *leaf.shape[1:]), leaf.dtype))
    return Sink(tensor.name)


def _is_row_for_row(type: Any) -> bool:
    """Does the batch size alone decide the shape?"""
    if not isinstance(type, ArrayType) or type.ndim == 0:
        return False
    return type.dims[0] == _BATCH and all(isinstance(size, int) for size in type.dims[1:])
