"""Pass 1, ``lower``: replay a Function's layers and ops on tracers; ragged and sparse values fall
apart into arrays.

    x: ragged f32[B, ~]   y = softmax(x)
    →
    %x.values: f32[T1_x]
    %x.row_splits: i64[B + 1]
    %0 = segment_max(%x.values, %x.row_splits) : f32[B]
    ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kgraph.compiler.ir import INPUT, Graph, Node, Tracer, as_node, collecting_makers
from kgraph.graph.function import Function, call_operation
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.scope import scope
from kgraph.ops.operands import (
    component_types,
    components,
    open_sparse,
    rebuild,
    recording_variables,
    type_of,
)
from kgraph.ops.primitives.bounds import longest_row
from kgraph.types.array_type import ArrayType, RaggedType, SparseType, ValueType
from kgraph.types.dims import Dim, Dims, Size, sizes_numbered, substitute
from kgraph.types.errors import KGraphValueError, message


@dataclass(frozen=True)
class Lowered:
    """A graph, and the types of the composites that its inputs and outputs are parts of."""

    graph: Graph
    input_types: tuple[ValueType, ...]
    output_types: tuple[ValueType, ...]


PART_NAMES = {RaggedType: ("values", "row_splits"), SparseType: ("data", "indices", "indptr")}


def lower(function: Function, *, separate_batches: bool = False) -> Lowered:
    """Lower a function; weights stay variables (``freeze`` makes them constants).

    ``separate_batches`` gives each input a batch size of its own: sizes that meet are checked when
    a batch is bound, where else they are known to be equal.
    """
    inputs: list[Node] = []
    values: list[Any] = []
    longest: dict[str, int] = {}
    types = tuple(placeholder_type(x.type, x.name) for x in function.inputs)
    if separate_batches:
        types = tuple(_own_batch(type, f"B{i}") for i, type in enumerate(types))
    for tensor, type in zip(function.inputs, types, strict=True):
        nodes = _input_nodes(tensor, type)
        if isinstance(type, RaggedType):
            longest |= _longest_rows(type, len(inputs))
        inputs += nodes
        values.append(rebuild(type, [Tracer(node) for node in nodes]))
    recording = recording_variables(_any_tracer(inputs))
    with scope(function.name), recording, sizes_numbered(), collecting_makers() as makers:
        results = [open_sparse(value) for value in function.replay(values, call_operation)]
    outputs = [as_node(part) for result in results for part in components(result)]
    graph = Graph(tuple(inputs), (), (), function.name, longest).with_outputs(outputs, makers)
    return Lowered(graph, types, tuple(type_of(result) for result in results))


def _any_tracer(inputs: list[Node]) -> Tracer:
    return Tracer(inputs[0])


def _input_nodes(tensor: KerasTensor, type: ValueType) -> list[Node]:
    parts = component_types(type)
    if len(parts) == 1:
        names = [tensor.name]
    else:
        suffixes = list(PART_NAMES[type.__class__])
        suffixes += [f"row_splits_{level}" for level in range(1, len(parts) - len(suffixes) + 1)]
        names = [f"{tensor.name}.{suffix}" for suffix in suffixes]
    return [Node(INPUT, (), {"name": n}, t, tensor.name) for n, t in zip(names, parts, strict=True)]


def _longest_rows(type: RaggedType, first: int) -> dict[str, int]:
    """The symbols for the longest rows of an input, each with the number of its row splits."""
    symbols: dict[str, int] = {}
    inner = [ArrayType(s.dtype, (s.dims[0] - 1,)) for s in type.splits[1:]]
    for level, items in enumerate([*inner, type.flat]):
        size = items.dims[0]
        if isinstance(size, Dim) and size.as_symbol():
            longest = longest_row(items)
            assert isinstance(longest, Dim)
            symbols[str(longest)] = first + 1 + level
    return symbols


def placeholder_type(type: ValueType, name: str) -> ValueType:
    """The type with a fresh symbol for each size that is an expression.

    An intermediate tensor may be an input of a sub-model; a batch tells what its sizes are.
    """
    if isinstance(type, RaggedType):
        return type.with_flat(_fresh(type.flat, name))
    if isinstance(type, SparseType):
        if isinstance(type.dims[1], Dim):
            raise KGraphValueError(
                message(
                    f"input {name!r} is sparse and its number of columns is not known",
                    received=str(type),
                    hint="give it: Input((n_columns,), sparse=True)",
                )
            )
        return type
    return _fresh(type, name)


def _own_batch(type: ValueType, symbol: str) -> ValueType:
    """The type with ``symbol`` in place of the batch size that all inputs share."""

    def own(part: ArrayType) -> ArrayType:
        return part.with_dims(_renamed(part.dims, symbol))

    if isinstance(type, RaggedType):
        return RaggedType(own(type.flat), tuple(map(own, type.splits)), type.uniform)
    if isinstance(type, SparseType):
        data, indices, indptr = map(own, component_types(type))
        return SparseType(data, indices, indptr, _renamed(type.dims, symbol))
    return own(type)


def _renamed(dims: Dims, symbol: str) -> Dims:
    return tuple(substitute(size, {"B": Dim.symbol(symbol)}) for size in dims)


def _fresh(type: ArrayType, name: str) -> ArrayType:
    def simple(axis: int, size: Size) -> Size:
        plain = isinstance(size, int) or size.as_symbol() is not None
        return size if plain else Dim.symbol(f"{name}_d{axis}")

    dims: Dims = tuple(simple(axis, size) for axis, size in enumerate(type.dims))
    return type.with_dims(dims)
