"""Copies of models: pickled ones are their config and their weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kgraph.layers.functions import unsafe_code
from kgraph.layers.input_layer import InputLayer
from kgraph.layers.layer import Layer
from kgraph.types import tree
from kgraph.types.composite import is_composite
from kgraph.types.type_spec import TypeSpec
from kgraph.types.value_config import user_classes

if TYPE_CHECKING:
    from kgraph.models.model import Model


def reduce_model(model: Model) -> tuple[Any, ...] | None:
    """How to pickle a model that is described by its config; None for any other.

    Deep graphs would exceed the depth that pickle can follow from node to node.
    """
    from kgraph.models.model import Model as Base
    from kgraph.models.sequential import Sequential

    if not model.has_graph or type(model).__init__ not in (Base.__init__, Sequential.__init__):
        return None
    classes = custom_classes(model)
    for spec in _specs(model):
        classes |= user_classes(spec)
    weights = model.get_weights() if model.built else []
    return _rebuild, (type(model), model.get_config(), classes, weights)


def custom_classes(layer: Layer) -> dict[str, type]:
    """The classes of the layers inside that are not kgraph's, by name."""
    found = (type(inner) for inner in _inner(layer))
    return {cls.__name__: cls for cls in found if cls.__module__.split(".")[0] != "kgraph"}


def _rebuild(
    cls: type[Model],
    config: dict[str, Any],
    classes: dict[str, type],
    weights: list[Any],
) -> Model:
    with unsafe_code():  # who unpickles runs code anyway
        model = cls.from_config(config, custom_objects=classes)
    if weights:
        model.set_weights(weights)
    return model


def _inner(layer: Layer) -> Iterator[Layer]:
    for child in layer.inner_layers():
        yield child
        yield from _inner(child)


def _specs(model: Model) -> Iterator[TypeSpec]:
    """The specs that the config of a model names."""
    for layer in (model, *_inner(model)):
        if isinstance(layer, InputLayer):
            yield layer.type_spec
        function = getattr(layer, "_function", None)
        for node in [] if function is None else function.nodes:
            for leaf in tree.flatten((node.args, node.kwargs)):
                if isinstance(leaf, TypeSpec):
                    yield leaf
                elif is_composite(leaf):
                    yield leaf._type_spec
