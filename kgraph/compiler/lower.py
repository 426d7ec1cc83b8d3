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

import numpy as np

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
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.sizing import attached
from kgraph.types.array_type import (
    ArrayType,
    CompositeType,
    RaggedType,
    SparseType,
    ValueType,
)
from kgraph.types.composite import parts_of
from kgraph.types.csr import CSR
from kgraph.types.dims import Dim, Dims, Size, sizes_numbered, substitute, symbols
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.specs import sparse_input_type


@dataclass(frozen=True)
class Lowered:
    """A graph, and the types of the composites that its inputs and outputs are parts of."""

    graph: Graph
    input_types: tuple[ValueType, ...]
    output_types: tuple[ValueType, ...]


PART_NAMES = {
    RaggedType: ("values", "row_splits"),
    SparseType: ("data", "indices", "indptr", "sizes"),
}


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
        longest |= _longest_rows(type, len(inputs))
        inputs += nodes
        values.append(rebuild(type, [Tracer(node) for node in nodes]))
    recording = recording_variables(_any_tracer(inputs))
    with scope(function.name), recording, sizes_numbered(), collecting_makers() as makers:
        results = [open_sparse(value) for value in function.replay(values, call_operation)]
        _refuse_none(function, results)
        for result in results:
            _require_stored_dtype(result)
        told = set(longest).union(*(_symbols(node.type.dims) for node in inputs))
        found = [_delivered(result, told) for result in results]
    outputs = [as_node(part) for _, parts in found for part in parts]
    graph = Graph(tuple(inputs), (), (), function.name, longest).with_outputs(outputs, makers)
    return Lowered(graph, types, tuple(type for type, _ in found))


def _delivered(result: Any, told: set[str]) -> tuple[ValueType, list[Any]]:
    """The type of an output, and the arrays that it comes in.

    A sparse one brings an array more if its sizes do not follow from those of the inputs, of which
    ``told`` are the symbols: numbers of the batch decide them.
    """
    type = type_of(result)
    if isinstance(type, CompositeType):
        found = [_delivered(open_sparse(part), told) for part in parts_of(result)]
        return (
            type.with_parts(tuple(part for part, _ in found)),
            [array for _, arrays in found for array in arrays],
        )
    parts = list(components(result))
    if not isinstance(type, SparseType) or _symbols(type.dims[1:]) <= told:
        return type, parts
    dims = (*type.dims[1:], 0)
    sizes = broadcast_to(attached(np.False_, result.indices), dims)
    of_sizes = ArrayType(np.dtype(bool), dims)
    whole = SparseType(type.data, type.indices, type.indptr, type.dims, of_sizes)
    return whole, [*parts, sizes]


def _symbols(dims: Dims) -> set[str]:
    return set().union(*map(symbols, dims))


def _refuse_none(function: Function, results: list[Any]) -> None:
    for tensor, result in zip(function.outputs, results, strict=True):
        if result is None:
            absent = ", ".join(repr(x.name) for x in function.absent)
            raise KGraphValueError(
                message(
                    f"{function.name}: output {tensor.name!r} is None without {absent}",
                    where=tensor.node.line,
                    hint=f"feed {absent}, or let the layer return a value",
                )
            )


def _require_stored_dtype(result: Any) -> None:
    if isinstance(result, CSR) and result.dtype == np.float16:
        raise KGraphTypeError(
            message(
                "a sparse output of dtype float16 cannot be: scipy.sparse does not store it",
                received=str(type_of(result)),
                hint="ops.cast(x, 'float32'), or ops.to_dense(x)",
            )
        )


def _any_tracer(inputs: list[Node]) -> Tracer:
    return Tracer(inputs[0])


def _input_nodes(tensor: KerasTensor, type: ValueType) -> list[Node]:
    names, parts = _part_names(type, tensor.name), component_types(type)
    return [Node(INPUT, (), {"name": n}, t, tensor.name) for n, t in zip(names, parts, strict=True)]


def _part_names(type: ValueType, name: str) -> list[str]:
    """How the IR calls the arrays of an input."""
    if isinstance(type, CompositeType):
        pairs = zip(type.parts, type.part_names(name), strict=True)
        return [inner for part, own in pairs for inner in _part_names(part, own)]
    if isinstance(type, ArrayType):
        return [name]
    count = len(component_types(type))
    suffixes = list(PART_NAMES[type.__class__])[:count]
    suffixes += [f"row_splits_{level}" for level in range(1, count - len(suffixes) + 1)]
    return [f"{name}.{suffix}" for suffix in suffixes]


def _longest_rows(type: ValueType, first: int) -> dict[str, int]:
    """The symbols for the longest rows of an input, each with the number of its row splits."""
    symbols: dict[str, int] = {}
    if isinstance(type, CompositeType):
        for part in type.parts:
            symbols |= _longest_rows(part, first)
            first += len(component_types(part))
    if not isinstance(type, RaggedType):
        return symbols
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
        return _fresh_sparse(type, name)
    if isinstance(type, CompositeType):
        pairs = zip(type.parts, type.part_names(name), strict=True)
        return type.with_parts(tuple(placeholder_type(part, own) for part, own in pairs))
    return _fresh(type, name)


def _own_batch(type: ValueType, symbol: str) -> ValueType:
    """The type with ``symbol`` in place of the batch size that all inputs share."""

    def own(part: ArrayType) -> ArrayType:
        return part.with_dims(_renamed(part.dims, symbol))

    if isinstance(type, RaggedType):
        return RaggedType(own(type.flat), tuple(map(own, type.splits)), type.uniform)
    if isinstance(type, SparseType):
        data, indices, indptr, *told = map(own, type.parts)
        return SparseType(data, indices, indptr, _renamed(type.dims, symbol), *told)
    if isinstance(type, CompositeType):
        return type.with_parts(tuple(_own_batch(part, symbol) for part in type.parts))
    return own(type)


def _renamed(dims: Dims, symbol: str) -> Dims:
    return tuple(substitute(size, {"B": Dim.symbol(symbol)}) for size in dims)


def _fresh(type: ArrayType, name: str) -> ArrayType:
    return type.with_dims(_fresh_dims(type.dims, name))


def _fresh_dims(dims: Dims, name: str) -> Dims:
    def simple(axis: int, size: Size) -> Size:
        plain = isinstance(size, int) or size.as_symbol() is not None
        return size if plain else Dim.symbol(f"{name}_d{axis}")

    return tuple(simple(axis, size) for axis, size in enumerate(dims))


def _fresh_sparse(type: SparseType, name: str) -> SparseType:
    (entries,) = type.data.dims
    plain = isinstance(entries, Dim) and entries.as_symbol() is not None
    dims = _fresh_dims(type.dims, name)
    return sparse_input_type(type.dtype, entries if plain else Dim.symbol(f"nnz_{name}"), dims)
