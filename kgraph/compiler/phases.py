"""Pass ``phases``: cut a graph where the numbers of a batch decide a size.

    %0 = greater(%x, 0.0:f32[]) : b1[B]
    %1 = true_positions(%0) : i64[n0]
    %2 = gather_rows(%x, %1) : f32[n0]
    return %2
    →
    %x: f32[B]                                     %x: f32[B]
    %0 = greater(%x, 0.0:f32[]) : b1[B]            %known0: b1[B]
    return %0              true_positions(%known0) %known1: i64[n0]
                                                   %0 = gather_rows(%x, %known1) : f32[n0]
                                                   return %0

Sizes are bound before a plan runs, so a node that makes one (``Node.made``) cannot stand in it.
It is computed by its reference between two plans.  What is *known* then, the inputs, values that
are needed later, and its result, are the inputs of the plan that follows.  A value that no later
plan reads is let go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgraph.compiler.cuts import latest
from kgraph.compiler.interpret import symbol_and_offset
from kgraph.compiler.ir import INPUT, Graph, Node, symbols_in
from kgraph.types.dims import Dim

_FREE = frozenset({"reshape_to", "size_like", "copy"})  # made anew rather than handed on


@dataclass(frozen=True, eq=False)
class Phase:
    """A graph without nodes that make sizes, and those that are computed after it.

    ``graph`` takes all that is known and adds its outputs to it; each maker then adds its result.
    ``operands`` says for each maker where in what is known its operands stand, ``kept`` where that
    stands which the next phase takes.
    """

    graph: Graph
    makers: tuple[Node, ...] = ()
    operands: tuple[tuple[int, ...], ...] = ()
    kept: tuple[int, ...] = ()


def phases(graph: Graph) -> list[Phase]:
    """The graph in phases; one, and the graph itself, where no node makes a size."""
    levels = levels_of(graph)
    last = max(levels.values(), default=0)
    if last == 0:
        return [Phase(graph)]
    cutter = _Cutter(graph, latest(graph, levels, _is_free))
    return [cutter.cut(level) for level in range(last)] + [cutter.cut_last(last)]


def levels_of(graph: Graph) -> dict[Node, int]:
    """How many times sizes must be made before each node can be computed."""
    levels = dict.fromkeys(graph.inputs, 0)
    made_at: dict[str, int] = {}
    for node in graph.nodes:
        made = node.made
        told = symbols_in((node.type.dims, *node.attrs.values())) - made
        level = max(
            [levels[operand] for operand in node.inputs] + [made_at.get(name, 0) for name in told],
            default=0,
        )
        levels[node] = level + 1 if made else level
        made_at |= dict.fromkeys(made, level + 1)
    return levels


def _last_reads(graph: Graph, levels: Mapping[Node, int], last: int) -> dict[Node, int]:
    """The level of the last phase that reads each value, or after which a maker does."""
    reads = dict.fromkeys(graph.outputs, last)
    for node in reversed(graph.nodes):
        level = reads.get(node, 0) if _is_free(node) else levels[node] - bool(node.made)
        for operand in node.inputs:
            reads[operand] = max(reads.get(operand, 0), level)
    return reads


class _Cutter:
    """Cuts phases off, one after another; ``known`` maps what they have computed to inputs."""

    def __init__(self, graph: Graph, levels: Mapping[Node, int]) -> None:
        self.graph = graph
        self.levels = levels
        self.last_reads = _last_reads(graph, levels, max(levels.values()))
        self.makers = graph.makers
        self.is_maker = {node: bool(node.made) for node in graph.nodes}
        self.known = {node: node for node in graph.inputs}
        self.named = 0
        self.names = {str(node.attrs["name"]) for node in graph.inputs}

    def cut(self, level: int) -> Phase:
        new = self._nodes_of(level)
        makers = [node for node in self.graph.nodes if self._is_made_after(node, level)]
        wanted = dict.fromkeys(operand for node in makers for operand in node.inputs)
        wanted |= dict.fromkeys(
            node for node in new if not _is_free(node) and self.last_reads[node] > level
        )
        outputs = [node for node in wanted if node not in self.known]
        made = self._graph(new, outputs)
        known = [*self.known, *outputs, *makers]
        place = {node: at for at, node in enumerate(known)}
        operands = tuple(tuple(place[x] for x in node.inputs) for node in makers)
        kept = self._kept(known, level)
        self.known = {node: self.known.get(node) or self._input(node) for node in kept}
        return Phase(made, tuple(makers), operands, tuple(place[node] for node in kept))

    def cut_last(self, level: int) -> Phase:
        return Phase(self._graph(self._nodes_of(level), self.graph.outputs))

    def _nodes_of(self, level: int) -> list[Node]:
        """The nodes to compute in a phase, and those before it that are made anew."""
        return [
            node
            for node in self.graph.nodes
            if not self.is_maker[node]
            and (self.levels[node] == level or (self.levels[node] < level and _is_free(node)))
        ]

    def _is_made_after(self, node: Node, level: int) -> bool:
        return self.is_maker[node] and self.levels[node] == level + 1

    def _kept(self, known: list[Node], level: int) -> list[Node]:
        """The graph's own inputs, what a later phase reads, and what tells it a size: sizes are
        read off one after the other, so those that mention untold ones come last."""
        kept = {node for node in known if node.op == INPUT or self._last_read(node) > level}
        untold = self._sizes_after(level) - {name for node in kept for name in self._told(node)}
        for node in reversed(known):
            if untold & self._told(node):
                kept.add(node)
                untold -= self._told(node)
        in_order = [node for node in known if node in kept]
        return sorted(in_order, key=lambda node: self._mentioned(node) != self._told(node))

    def _told(self, node: Node) -> set[str]:
        """The sizes made in the graph that a shape tells, if it tells all that it mentions."""
        told = [symbol_and_offset(size) for size in node.type.dims if isinstance(size, Dim)]
        names = {found[0] for found in told if found is not None}
        mentioned = self._mentioned(node)
        return mentioned if mentioned <= names else set()

    def _mentioned(self, node: Node) -> set[str]:
        return symbols_in((node.type.dims,)) & self.makers.keys()

    def _sizes_after(self, level: int) -> set[str]:
        """The sizes made in the graph that phases after ``level`` need."""
        later = (
            node
            for node in self.graph.nodes
            if max(self.levels[node], self._last_read(node)) > level
        )
        found = (symbols_in((node.type.dims, *node.attrs.values())) for node in later)
        return set().union(*found) & self.makers.keys()

    def _last_read(self, node: Node) -> int:
        return self.last_reads.get(node, 0)

    def _graph(self, nodes: list[Node], outputs: list[Node] | tuple[Node, ...]) -> Graph:
        new = dict(self.known)
        for node in nodes:
            # a free node of old whose operands are not handed on is not needed any more
            if node not in new and all(operand in new for operand in node.inputs):
                new[node] = node.with_inputs([new[operand] for operand in node.inputs])
        inputs = tuple(self.known.values())
        whole = Graph(inputs, (), (), self.graph.name, self.graph.longest)
        return whole.with_outputs([new[node] for node in outputs])

    def _input(self, node: Node) -> Node:
        """The input that ``node`` is from here on."""
        name = f"known{self.named}"
        self.named += 1
        while name in self.names:
            name += "_"
        return Node(INPUT, (), {"name": name}, node.type, node.scope, node.line)


def _is_free(node: Node) -> bool:
    return node.is_static or node.op in _FREE
