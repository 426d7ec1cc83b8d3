"""The IR: one list of nodes in single assignment, arrays only.

    %x: f32[B, 8]
    %0 = batched_matmul(%x, %w) : f32[B, 4]
    %1 = add(%0, %b) : f32[B, 4]
    return %1

A node is a value: frozen, never changed, shared by graphs.  A pass takes a graph and returns one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from kgraph.graph.scope import current_line, current_op, current_path, scope
from kgraph.ops.op import Op
from kgraph.ops.operands import open_sparse
from kgraph.ops.primitives import fused as fused  # rules make these ops: IR knows them everywhere
from kgraph.ops.primitives import positions as positions
from kgraph.types.array_type import ArrayType, type_of_array
from kgraph.types.dims import Dim, symbols
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

INPUT, CONSTANT, VARIABLE = "input", "constant", "variable"
LEAVES = frozenset({INPUT, CONSTANT, VARIABLE})


@dataclass(frozen=True, eq=False)
class Node:
    """The application of an op to nodes; or a leaf: an input, a constant, a variable.

    ``scope`` is the path of layers that made it (``model/dense_1``), ``line`` the user's source
    line; errors, ``explain()`` and profiles show both.  ``asked`` is the op that was called there:
    many nodes may come of one.
    """

    op: str
    inputs: tuple[Node, ...]
    attrs: Mapping[str, Any]
    type: ArrayType
    scope: str = ""
    line: str = ""
    asked: str = ""
    is_static: bool = field(init=False)

    def __post_init__(self) -> None:
        # A static value depends on constants and variables alone: it is a weight.  A copy is none:
        # it is asked for where a value must be made anew at each call.  Nor is a constant that is
        # broadcast to the size of a batch.
        known = not any(map(is_symbolic, (*self.attrs.values(), self.type.dims)))
        static = (
            self.op not in (INPUT, "copy") and known and all(node.is_static for node in self.inputs)
        )
        object.__setattr__(self, "is_static", static)
        object.__setattr__(self, "attrs", MappingProxyType(dict(self.attrs)))

    @property
    def is_leaf(self) -> bool:
        return self.op in LEAVES

    @cached_property
    def made(self) -> frozenset[str]:
        """The size symbols that it brings into the graph: the numbers of a batch decide them."""
        if self.op == INPUT or not is_symbolic(self.type.dims):
            return frozenset()
        told = [size for operand in self.inputs for size in operand.type.dims]
        known = symbols_in((*told, *self.attrs.values()))
        return frozenset(symbols_in((self.type.dims,)) - known)

    @property
    def value(self) -> np.ndarray:
        """The array of a constant or, at this moment, of a variable."""
        if self.op == VARIABLE:
            return self.attrs["variable"].value  # type: ignore[no-any-return]
        return self.attrs["value"]  # type: ignore[no-any-return]

    def with_inputs(self, inputs: Sequence[Node]) -> Node:
        """The same application to other nodes of the same types."""
        if all(a is b for a, b in zip(inputs, self.inputs, strict=True)):
            return self
        return Node(self.op, tuple(inputs), self.attrs, self.type, *self.place)

    @property
    def place(self) -> tuple[str, str, str]:
        """Whose it is: scope, line and asked."""
        return self.scope, self.line, self.asked

    def told_as(self, other: Node) -> Node:
        """The same node, of which is told what is told of ``other``."""
        return Node(self.op, self.inputs, self.attrs, self.type, *other.place)

    def __repr__(self) -> str:
        return f"<{self.op} {self.type}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Node, (self.op, self.inputs, dict(self.attrs), self.type, *self.place)


@dataclass(frozen=True, eq=False)
class Graph:
    """Inputs, nodes in an order in which they can be computed, outputs.

    ``longest`` maps a size symbol to the input (its number) of row splits whose longest row it is.
    """

    inputs: tuple[Node, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Node, ...]
    name: str = "graph"
    longest: Mapping[str, int] = field(default_factory=dict)

    @property
    def makers(self) -> dict[str, Node]:
        """The node that makes each size that the numbers of a batch decide."""
        return {name: node for node in self.nodes for name in node.made}

    def with_outputs(
        self, outputs: Sequence[Node], makers: Mapping[str, Node] | None = None
    ) -> Graph:
        """The graph that computes ``outputs`` from the same inputs, and nothing else.

        ``makers`` are new nodes for the makers that this graph has.
        """
        nodes = sort_nodes(outputs, self.makers if makers is None else makers)
        return Graph(self.inputs, nodes, tuple(outputs), self.name, self.longest)

    def uses(self) -> dict[Node, int]:
        """How often each node is read, by nodes and as an output."""
        count = dict.fromkeys((*self.inputs, *self.nodes), 0)
        for node in self.nodes:
            for operand in node.inputs:
                count[operand] = count.get(operand, 0) + 1
        for node in self.outputs:
            count[node] = count.get(node, 0) + 1
        return count

    def __str__(self) -> str:
        from kgraph.compiler.text import show

        return show(self)


def is_symbolic(attr: Any) -> bool:
    """Whether an attribute holds a size that is known only when a batch is bound."""
    return isinstance(attr, Dim) or (isinstance(attr, tuple) and any(map(is_symbolic, attr)))


def sort_nodes(
    outputs: Iterable[Node], makers: Mapping[str, Node] | None = None
) -> tuple[Node, ...]:
    """All nodes that ``outputs`` depend on, inputs left out, each after its operands, and after the
    node that makes a size it tells.  ``makers`` names those that no operand leads to."""
    outputs = list(outputs)
    order = in_order(outputs, lambda node: node.inputs)
    found = {name: node for node in order for name in node.made}
    known = {**(makers or {}), **found}
    if not known:
        return order

    def needed(node: Node) -> tuple[Node, ...]:
        told = symbols_in((node.type.dims, *node.attrs.values())) - node.made
        return (*node.inputs, *(known[name] for name in sorted(told & known.keys())))

    return in_order(outputs, needed)


def in_order(outputs: Sequence[Node], needed: Callable[[Node], Sequence[Node]]) -> tuple[Node, ...]:
    """``outputs`` and all that is needed for them, inputs left out, each after what it needs."""
    order: list[Node] = []
    done: set[Node] = set()
    stack = [(node, False) for node in reversed(outputs)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            done.add(node)
            if node.op != INPUT:
                order.append(node)
            continue
        stack.append((node, True))
        stack.extend((other, False) for other in reversed(needed(node)) if other not in done)
    return tuple(order)


def constant(value: Any) -> Node:
    array = np.asarray(value)
    return Node(CONSTANT, (), {"value": array}, type_of_array(array), current_path())


class Tracer(Symbolic):
    """An IR value that ops can be called on: calling one makes a node."""

    __slots__ = ("node",)
    type: ArrayType

    def __init__(self, node: Node) -> None:
        self.node = node
        self.type = node.type

    @property
    def is_given(self) -> bool:
        return self.node.op == INPUT

    def record(self, op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        values = tuple([open_sparse(value) for value in inputs])
        if current_op():  # a call within the call of another op
            return op.trace(values, attrs, emit)
        with scope("", op=op.name):
            return op.trace(values, attrs, emit)

    def __repr__(self) -> str:
        return f"<traced {self.type}>"


def emit(op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any], type: ArrayType) -> Tracer:
    """Make the node of a primitive."""
    nodes = tuple(as_node(value) for value in inputs)
    made = Node(op.name, nodes, attrs, type, current_path(), current_line(), current_op())
    found = _makers.get()
    if found is not None and made.made:
        found.update(dict.fromkeys(made.made, made))
    return Tracer(made)


_makers: ContextVar[dict[str, Node] | None] = ContextVar("makers", default=None)


@contextmanager
def collecting_makers() -> Iterator[dict[str, Node]]:
    """Within, nodes that make sizes are kept: an output may tell a size and read nothing of it."""
    made: dict[str, Node] = {}
    token = _makers.set(made)
    try:
        yield made
    finally:
        _makers.reset(token)


def as_node(value: Any) -> Node:
    """The node of a traced value; arrays and numbers become constants, variables leaves."""
    if isinstance(value, Tracer):
        return value.node
    if isinstance(value, Node):
        return value
    if isinstance(value, Variable):
        return Node(VARIABLE, (), {"variable": value}, value.type, current_path())
    return constant(value)


def place_of(node: Node) -> str:
    """Who drew a node, and on which line of the user's program; '' if nobody knows."""
    return ", ".join(filter(None, (node.scope, node.line)))


def rebuild(graph: Graph, change: Callable[[Node, tuple[Node, ...]], Node]) -> Graph:
    """Run ``change`` over all nodes, each with its new operands, and collect the new graph."""
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes:
        new[node] = change(node, tuple(new[operand] for operand in node.inputs))
    makers = {name: new[node] for name, node in graph.makers.items()}
    return graph.with_outputs([new[node] for node in graph.outputs], makers)


def symbols_in(attrs: Iterable[Any]) -> set[str]:
    """Names of all symbols in sizes, and in tuples of sizes."""
    found: set[str] = set()
    for attr in attrs:
        if isinstance(attr, Dim):
            found |= symbols(attr)
        elif isinstance(attr, tuple):
            found |= symbols_in(attr)
    return found


def root(node: Node) -> Node:
    """The node whose memory holds this value: a reshape is but another view of it."""
    while node.op == "reshape_to":
        node = node.inputs[0]
    return node
