"""The layers of a model as a diagram: a box for each layer and op, an arrow for each value.

A layer that is called more than once is one box with the arrows of all its calls.  Models inside
are boxes, too, or frames around their layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kgraph.drawing.diagram import Arrow, Box, Cluster, Diagram
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.layers.checked_layer import kind_of
from kgraph.layers.input_layer import InputLayer
from kgraph.layers.layer import Layer
from kgraph.models.feeding import match
from kgraph.models.model import Model


@dataclass(frozen=True)
class Shown:
    """What boxes say; see ``plot_model``."""

    shapes: bool = False
    dtype: bool = False
    layer_names: bool = False
    layer_activations: bool = False
    trainable: bool = False
    expand_nested: bool = False


def diagram_of(model: Model, shown: Shown, direction: str) -> Diagram:
    """The diagram of a model that has a graph; else it is one box."""
    drawn = _Drawn(shown)
    if model.has_graph:
        drawn.model(model, None)
    else:
        drawn.boxes.append(Box("0", *_texts(model, [], shown), cluster=None))
    return Diagram.of(model.name, drawn.boxes, drawn.arrows, drawn.clusters, direction)


class _Drawn:
    """What is drawn so far; ``makers`` has the box that made each tensor."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.clusters: list[Cluster] = []
        self.makers: dict[int, str] = {}
        self.readers: list[tuple[KerasTensor, str]] = []  # who is yet to be joined to its maker

    def model(self, model: Model, cluster: str | None) -> None:
        """Draw the layers and ops of a model into a cluster."""
        for tensor in model.inputs:
            if not isinstance(tensor.node.operation, InputLayer):  # a value within another graph
                self.makers[id(tensor)] = self._box(Box("", *_given(tensor), "input", cluster))
        outer, self.readers = self.readers, []
        for calls in model.topology.operations:
            self._operation(calls[0].operation, calls, cluster)
        # now, because a shared layer stands before what its later calls read
        self.arrows += (Arrow(self.makers[id(tensor)], key) for tensor, key in self.readers)
        self.readers = outer

    def _operation(self, operation: Any, calls: Sequence[Node], cluster: str | None) -> None:
        if self.shown.expand_nested and isinstance(operation, Model) and operation.has_graph:
            self._nested(operation, calls, cluster)
            return
        title, lines, kind = _texts(operation, calls, self.shown)
        key = self._box(Box("", title, lines, kind, cluster))
        for node in calls:
            self.makers.update((id(tensor), key) for tensor in node.outputs)
            self.readers += ((tensor, key) for tensor in node.inputs)

    def _nested(self, model: Model, calls: Sequence[Node], cluster: str | None) -> None:
        frame = Cluster(f"c{len(self.clusters)}", model.name, cluster)
        self.clusters.append(frame)
        self.model(model, frame.key)
        starts = [self.makers[id(tensor)] for tensor in model.inputs]
        ends = [self.makers[id(tensor)] for tensor in model.outputs]
        for node in calls:
            self.makers.update((id(x), end) for x, end in zip(node.outputs, ends, strict=True))
            given = node.args[0] if node.args else node.kwargs["inputs"]
            values = match(model.input, model.inputs, given, model.name)
            pairs = zip(values, starts, strict=True)
            self.readers += (pair for pair in pairs if isinstance(pair[0], KerasTensor))

    def _box(self, box: Box) -> str:
        key = str(len(self.boxes))
        self.boxes.append(Box(key, box.title, box.lines, box.kind, box.cluster))
        return key


def _given(tensor: KerasTensor) -> tuple[str, tuple[str, ...]]:
    return tensor.name, (kind_of(tensor.type), f"shape: {tensor.shape}")


def _texts(operation: Any, calls: Sequence[Node], shown: Shown) -> tuple[str, tuple[str, ...], str]:
    """Title, lines and kind of the box of a layer or an op."""
    is_layer = isinstance(operation, Layer)
    name = operation.name if is_layer or not calls else calls[0].name
    called = type(operation).__name__ if is_layer else operation.name
    kinds = list(dict.fromkeys(kind_of(x.type) for node in calls for x in node.outputs))
    title = f"{name} ({called})" if shown.layer_names else called
    lines = [", ".join(kinds), *_lines(operation, calls, shown)]
    kind = kinds[0] if len(kinds) == 1 else "plain"
    return title, tuple(filter(None, lines)), kind


def _lines(operation: Any, calls: Sequence[Node], shown: Shown) -> Iterator[str]:
    activation = getattr(operation, "activation", None)
    if shown.layer_activations and callable(activation):
        yield f"activation: {_name_of(activation)}"
    outputs = [tensor for node in calls for tensor in node.outputs]
    if shown.dtype and outputs:
        yield f"dtype: {_each(tensor.dtype for tensor in outputs)}"
    if shown.shapes:
        inputs = [tensor for node in calls for tensor in node.inputs]
        if inputs:
            yield f"input: {_each(tensor.shape for tensor in inputs)}"
        if outputs:
            yield f"output: {_each(tensor.shape for tensor in outputs)}"
    if shown.trainable and isinstance(operation, Layer) and operation.weights:
        yield "trainable" if operation.trainable else "not trainable"


def _each(values: Iterator[Any]) -> str:
    return ", ".join(dict.fromkeys(map(str, values)))


def _name_of(activation: Any) -> str:
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
    return str(name or type(activation).__name__)
