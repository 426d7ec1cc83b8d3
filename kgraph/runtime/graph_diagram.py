"""A compiled graph as a diagram: its IR before fusion, or in the regions and kernels it became."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgraph.compiler.ir import Graph, Node, root
from kgraph.compiler.kernels import Step, is_input_view
from kgraph.compiler.pipeline import Compiled, Planned
from kgraph.compiler.text import attribute_text, name_nodes
from kgraph.drawing.diagram import Arrow, Box, Cluster, Diagram
from kgraph.ops.operands import component_types
from kgraph.runtime.explain_text import region_text
from kgraph.runtime.explanation import Explanation, Phase
from kgraph.types.array_type import CompositeType, RaggedType, SparseType, ValueType


def ir_diagram(compiled: Compiled, direction: str = "TB") -> Diagram:
    """The graph after the passes, each op a box; weights are told by the ops that read them."""
    drawn = _Drawn(compiled)
    graph = compiled.graph
    for node in graph.nodes:
        if not node.is_static:
            drawn.node(node, [operand for operand in node.inputs if not operand.is_static])
    drawn.outputs(graph, rooted=False)
    return drawn.diagram(direction)


def fused_diagram(compiled: Compiled, told: Explanation, direction: str = "TB") -> Diagram:
    """The graph as it runs: a frame for each phase, region and kernel; reshapes are no ops here."""
    drawn = _Drawn(compiled)
    for planned, phase in zip(compiled.planned, told.phases, strict=True):
        frame = drawn.cluster(f"phase {phase.number}", None) if len(told.phases) > 1 else None
        drawn.phase(planned, phase, frame)
    drawn.outputs(compiled.planned[-1].phase.graph)
    return drawn.diagram(direction)


class _Drawn:
    """What is drawn so far; ``keys`` has the box of each node."""

    def __init__(self, compiled: Compiled) -> None:
        self.name = compiled.planned[0].plan.name
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.clusters: list[Cluster] = []
        self.keys: dict[Node, str] = {}
        self.known: list[str] = []  # the box of each value that a phase may read
        names = name_nodes(compiled.graph)
        kinds = (kind for type in compiled.lowered.input_types for kind in _kinds(type))
        for node, kind in zip(compiled.graph.inputs, kinds, strict=True):
            self.known.append(self.box(f"%{names[node]}", [str(node.type)], kind))
        self.keys.update(zip(compiled.graph.inputs, self.known, strict=True))

    def diagram(self, direction: str) -> Diagram:
        return Diagram.of(self.name, self.boxes, self.arrows, self.clusters, direction)

    def box(
        self, title: str, lines: Sequence[str], kind: str = "plain", cluster: str | None = None
    ) -> str:
        key = str(len(self.boxes))
        self.boxes.append(Box(key, title, tuple(filter(None, lines)), kind, cluster))
        return key

    def cluster(self, title: str, parent: str | None) -> str:
        key = f"c{len(self.clusters)}"
        self.clusters.append(Cluster(key, title, parent))
        return key

    def node(
        self, node: Node, reads: Sequence[Node], kind: str = "plain", cluster: str | None = None
    ) -> None:
        """The box of an op, and arrows from what it reads."""
        key = self.keys[node] = self.box(node.op, list(_lines(node, self.name)), kind, cluster)
        self.arrows += (Arrow(self.keys[operand], key) for operand in reads)

    def outputs(self, graph: Graph, *, rooted: bool = True) -> None:
        """A box for each output; ``rooted`` where reshapes have no boxes of their own."""
        many = len(graph.outputs) > 1
        for number, node in enumerate(graph.outputs):
            title = f"output {number}" if many else "output"
            key = self.box(title, [str(node.type)], "input")
            self.arrows.append(Arrow(self.keys[root(node) if rooted else node], key))

    # -- phases -----------------------------------------------------------------------------------

    def phase(self, planned: Planned, phase: Phase, frame: str | None) -> None:
        graph = planned.phase.graph
        self.keys.update(zip(graph.inputs, self.known, strict=True))
        for node in graph.nodes:
            if is_input_view(node):
                self.node(node, _read(node), cluster=frame)
        for region, about in zip(planned.fused.regions, phase.regions, strict=True):
            title = f"region {about.number}: {region_text(about)}"
            outer = self.cluster(title, frame)
            for step, kernel in zip(region.steps, about.kernels, strict=True):
                self.step(step, self.cluster(kernel.kernel, outer))
        self.known += (self.keys[root(node)] for node in graph.outputs if planned.phase.makers)
        for maker, places in zip(planned.phase.makers, planned.phase.operands, strict=True):
            lines = list(_lines(maker, self.name))
            key = self.box(maker.op, [*lines, "by NumPy: it makes a size"], "host")
            self.arrows += (Arrow(self.known[place], key) for place in places)
            self.known.append(key)
        self.known = [self.known[place] for place in planned.phase.kept]

    def step(self, step: Step, frame: str) -> None:
        kind = "host" if step.kind == "host" else "plain"
        for node in step.nodes:
            self.node(node, _read(node), kind, frame)


def _read(node: Node) -> list[Node]:
    """The values that a kernel reads for a node: weights and bare sizes are none."""
    bases = map(root, node.inputs)
    return [base for base in bases if not base.is_static and base.op != "size_like"]


def _lines(node: Node, name: str) -> Iterator[str]:
    yield str(node.type)
    layer = node.scope.removeprefix(name).removeprefix("/")
    yield layer
    if node.attrs:
        yield ", ".join(f"{key}={attribute_text(value)}" for key, value in node.attrs.items())
    weights = [str(operand.type) for operand in node.inputs if operand.is_static]
    if weights:
        yield f"weights {', '.join(weights)}"


def _kinds(type: ValueType) -> Iterator[str]:
    """The kind of a value, for each array it is made of."""
    kinds = {RaggedType: "ragged", SparseType: "sparse", CompositeType: "extension"}
    kind = next((kind for of, kind in kinds.items() if isinstance(type, of)), "dense")
    yield from (kind for _ in component_types(type))
