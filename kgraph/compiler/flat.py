"""Compiled graphs as flat tables, for pickling: a graph may be deeper than Python's stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kgraph.compiler.ir import Graph, Node
from kgraph.compiler.kernels import Fused, Region, Step

Table = list[tuple[Any, ...]]


class Flattener:
    """Numbers nodes as it meets them, operands first."""

    def __init__(self, graphs: Iterable[Graph], others: Iterable[Node] = ()) -> None:
        self.number: dict[Node, int] = {}
        self.table: Table = []
        for graph in graphs:
            for node in (*graph.inputs, *graph.nodes):
                self._add(node)
        for node in others:
            self._add(node)

    def _add(self, node: Node) -> None:
        if node not in self.number:
            operands = self.all(node.inputs)
            about = (node.op, operands, dict(node.attrs), node.type, *node.place)
            self.number[node] = len(self.table)
            self.table.append(about)

    def all(self, nodes: Iterable[Node]) -> list[int]:
        return [self.number[node] for node in nodes]

    def graph(self, graph: Graph) -> tuple[Any, ...]:
        parts = (self.all(nodes) for nodes in (graph.inputs, graph.nodes, graph.outputs))
        return (*parts, graph.name, dict(graph.longest))

    def region(self, region: Region) -> tuple[Any, ...]:
        why = [(self.number[node], text) for node, text in region.why.items()]
        return ([self._step(step) for step in region.steps], region.allowed, why)

    def _step(self, step: Step) -> dict[str, Any]:
        """Without its layout, which has done its work once a plan is there."""
        nodes, local = self.all(step.nodes), self.all(step.local)
        parts = [self._step(part) for part in step.parts]
        return {**vars(step), "nodes": nodes, "local": local, "layout": None, "parts": parts}


class Builder:
    """The inverse of :class:`Flattener`."""

    def __init__(self, table: Table) -> None:
        self.nodes: list[Node] = []
        for op, operands, *about in table:
            self.nodes.append(Node(op, tuple(self.all(operands)), *about))

    def all(self, numbers: Iterable[int]) -> list[Node]:
        return [self.nodes[number] for number in numbers]

    def graph(self, flat: tuple[Any, ...]) -> Graph:
        inputs, nodes, outputs, name, longest = flat
        made = [tuple(self.all(numbers)) for numbers in (inputs, nodes, outputs)]
        return Graph(made[0], made[1], made[2], name, longest)

    def region(self, flat: tuple[Any, ...]) -> Region:
        steps, allowed, why = flat
        reasons = {self.nodes[number]: text for number, text in why}
        return Region([self._step(step) for step in steps], allowed, reasons)

    def _step(self, about: dict[str, Any]) -> Step:
        nodes, local = self.all(about["nodes"]), set(self.all(about["local"]))
        parts = [self._step(part) for part in about["parts"]]
        return Step(**{**about, "nodes": nodes, "local": local, "parts": parts})

    def fused(self, graph: Graph, regions: Iterable[tuple[Any, ...]]) -> Fused:
        return Fused(graph, [self.region(region) for region in regions])
