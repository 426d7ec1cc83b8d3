"""Pass ``kinds``: sparse or dense, where the program leaves the choice, by cost.

    %0 = csr_to_dense(%x.data, %x.indices, %x.indptr, n_cols=8) : f32[B, 8]
    %1 = dense(%0, %w, %b) : f32[B, 4]
    →
    %0 = csr_dense(%x.data, %x.indices, %x.indptr, %w, %b) : f32[B, 4]

A value is of the kind that its op gives (docs/decisions/0009), and for the most part no one may
change that: inputs are what they were declared to be, and zeros that are not stored stay zeros
beside inf and nan.  Two choices are left, and no result depends on them.  A value that was made
dense for products alone is multiplied as the sparse one that it was, if the weights are finite.  A
constant sparse matrix that is nearly full is multiplied as a dense one (``rules/kinds.py``); which
ones are, the cost table tells (``costs.py``).

``kinds_of`` tells the kind of every value; ``explain()`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.compiler.finite import is_finite
from kgraph.compiler.ir import Graph, Node, Tracer, as_node, rebuild, symbols_in
from kgraph.compiler.rewrite import rewrite
from kgraph.compiler.rules import kinds as rules
from kgraph.compiler.rules import reassociate
from kgraph.graph.scope import place
from kgraph.ops.op import lookup
from kgraph.ops.operands import component_types
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType, ValueType

Kind = Literal["dense", "ragged", "sparse"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DENSIFYING = frozenset({"csr_to_dense", "ragged_to_dense"})
"""Ops that write out what sparse and ragged values leave out."""


def kinds(graph: Graph, costs: CostTable = DEFAULT_COSTS) -> Graph:
    """Choose; a second run changes nothing."""
    return rewrite(_undensified(graph), rules.RULES, costs)


def kinds_fast(graph: Graph, costs: CostTable = DEFAULT_COSTS) -> Graph:
    """The same where inf and nan may spread: every nearly full constant matrix becomes dense."""
    return rewrite(_undensified(graph), [*rules.RULES, *reassociate.KINDS], costs)


# -- what was made dense for products alone ------------------------------------------------------

_SPARSE_FORM = {"batched_matmul": "csr_matmul", "dense": "csr_dense"}


def _undensified(graph: Graph) -> Graph:
    """Multiply sparse values as they are, if nothing but products reads the dense form."""
    readers: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        for operand in dict.fromkeys(node.inputs):
            if operand.op == "csr_to_dense" and not operand.is_static:
                readers.setdefault(operand, []).append(node)
    undone = {
        dense
        for dense, nodes in readers.items()
        if dense not in graph.outputs and all(_may_be_sparse(node, dense) for node in nodes)
    }
    if not undone:
        return graph

    def change(node: Node, operands: tuple[Node, ...]) -> Node:
        if node.inputs and node.inputs[0] in undone:
            return _sparse_product(node, operands)
        return node.with_inputs(operands)

    return rebuild(graph, change)


def _may_be_sparse(node: Node, dense: Node) -> bool:
    """Whether it is a product of ``dense`` and a finite weight."""
    if node.op not in _SPARSE_FORM or node.inputs[0] is not dense or dense in node.inputs[1:]:
        return False
    w = node.inputs[1]
    fits = w.type.ndim == 2 and w.type.dims[0] == dense.type.dims[1]
    return fits and w.is_static and node.type.dtype.kind == "f" and is_finite(w)


def _sparse_product(node: Node, operands: tuple[Node, ...]) -> Node:
    parts = [*operands[0].inputs, *operands[1:]]
    with place(node.scope, node.line):
        return as_node(lookup(_SPARSE_FORM[node.op])(*map(Tracer, parts)))


def densified_constants(stages: Iterable[Graph]) -> list[Node]:
    """The constant sparse matrices that were written out on the way."""
    found: dict[Node, None] = {}
    for graph in stages:
        found.update(dict.fromkeys(x for x in graph.nodes if _is_known(x)))
    return list(found)


def _is_known(node: Node) -> bool:
    return node.op == "csr_to_dense" and node.is_static


# -- the kind of every value ---------------------------------------------------------------------

_CSR = frozenset({"csr_matmul", "csr_dense", "csr_to_dense"})  # whose first operands are a matrix
_NEW_PATTERN = frozenset({"union_keys", "product_keys"})


def kinds_of(graph: Graph, input_types: Iterable[ValueType]) -> dict[Node, Kind]:
    """For each value whether it is dense, or a part of ragged or sparse ones.

    Parts of ragged values are items and row splits, those of sparse ones entries, columns and row
    splits; ``input_types`` tell what the inputs of the graph are parts of.
    """
    found: dict[Node, Kind] = {}
    counted: dict[str, Kind] = {}  # sizes that count items or entries
    parts = [part for type in input_types for part in _parts(type)]
    for node, kind in zip(graph.inputs, parts, strict=False):
        found[node] = kind
        counted.update(dict.fromkeys(_count(node) - {"B"}, kind))
    for node in graph.nodes:
        if node.op in _CSR:
            found.update((x, "sparse") for x in node.inputs[:3] if x.is_leaf)
        made: Kind = "sparse" if node.op in _NEW_PATTERN else _first(map(found.get, node.inputs))
        counted.update(dict.fromkeys(node.made, made))
        found[node] = _first(counted.get(name) for name in sorted(_count(node)))
    return found


def _count(node: Node) -> set[str]:
    """The symbols of the leading size."""
    return symbols_in((node.type.dims[:1],))


def _first(kinds: Iterable[Kind | None]) -> Kind:
    return next((kind for kind in kinds if kind is not None and kind != "dense"), "dense")


def _parts(type: ValueType) -> Iterator[Kind]:
    if isinstance(type, CompositeType):
        for part in type.parts:
            yield from _parts(part)
        return
    kind: Kind = "dense"
    if not isinstance(type, ArrayType):
        kind = "ragged" if isinstance(type, RaggedType) else "sparse"
    yield from [kind] * len(component_types(type))
