"""Models made anew: from another model, or from a config."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.masks import Mask
from kgraph.graph.placeholder import placeholder_of
from kgraph.graph.source import quiet
from kgraph.layers.custom_objects import custom_object_scope
from kgraph.layers.functions import unsafe_code
from kgraph.layers.input_layer import InputLayer
from kgraph.layers.layer import Layer
from kgraph.layers.masking import masks_on
from kgraph.layers.serialization import deserialize
from kgraph.models.copying import custom_classes
from kgraph.models.model import Model
from kgraph.models.sequential import Sequential
from kgraph.ops.op import Op
from kgraph.types import tree
from kgraph.types.calling import checked
from kgraph.types.errors import KGraphTypeError, message

CloneFunction = Callable[[Layer], Layer]


@checked
def clone_model(
    model: Model, input_tensors: Any = None, clone_function: CloneFunction | None = None
) -> Model:
    """A model of the same graph with new layers, and so new weights.

    Args
        model           a functional or Sequential model
        input_tensors   KerasTensors to begin with; new Inputs if not given
        clone_function  makes a new layer of each that is no Input; ``from_config(get_config())``
                        if not given

    Errors    TypeError for a subclass with a ``call`` of its own
    Source    keras.models.clone_model

    >>> import kgraph as kg
    >>> x = kg.Input(shape=(4,))
    >>> model = kg.Model(x, kg.layers.Dense(2)(x))
    >>> clone_model(model).count_params()
    10
    """
    if not model.has_graph:
        raise KGraphTypeError(
            message(
                "clone_model takes functional and Sequential models",
                received=f"{model!r}, a subclass with a `call` of its own",
            )
        )
    copy = _Copies(clone_function or _from_config)
    if isinstance(model, Sequential) and input_tensors is None:
        return Sequential([copy(layer) for layer in model._all_layers()], name=model.name)
    tensors = tree.flatten(input_tensors) if input_tensors is not None else _new_inputs(model)
    with quiet():  # who drew it first was warned
        results = model.function.replay(tensors, copy.apply)
    inputs = tree.pack_like(model.input, tensors)
    return Model(inputs, tree.pack_like(model.output, results), name=model.name)


@checked
def model_from_config(
    config: Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
) -> Any:
    """The model or layer of an entry with ``class_name`` and ``config``.

    ``safe_mode=False`` lets the config bring code along, that of Python ``lambda`` functions.

    Errors    ValueError for a class that is not known, and for code
    Source    keras.models.model_from_config
    """
    return deserialize(config, custom_objects, safe_mode)


@checked
def model_from_json(
    json_string: str, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The model that ``model.to_json()`` wrote, with new weights.

    Errors    ValueError for a class that is not known, and for code unless ``safe_mode=False``
    Source    keras.models.model_from_json

    >>> import kgraph as kg
    >>> x = kg.Input(shape=(4,))
    >>> model_from_json(kg.Model(x, x + 1.0, name="plus_one").to_json()).name
    'plus_one'
    """
    return model_from_config(json.loads(json_string), custom_objects, safe_mode)


class _Copies:
    """Each layer's copy, made once."""

    def __init__(self, clone_function: CloneFunction) -> None:
        self.clone_function = clone_function
        self.made: dict[int, Layer] = {}

    def __call__(self, layer: Layer) -> Layer:
        if id(layer) not in self.made:
            self.made[id(layer)] = self._copy(layer)
        return self.made[id(layer)]

    def _copy(self, layer: Layer) -> Layer:
        if isinstance(layer, InputLayer):
            return InputLayer(layer.type_spec, layer.name, layer.optional, layer.default)
        made = self.clone_function(layer)
        if not isinstance(made, Layer):
            raise KGraphTypeError(
                message(
                    f"clone_model: `clone_function` returned no layer for {layer.name!r}",
                    received=f"{made!r} of type {type(made).__name__}",
                )
            )
        return made

    def apply(
        self, node: Node, args: tuple[Any, ...], kwargs: Mapping[str, Any], masks: Any
    ) -> tuple[Any, list[Mask | None]]:
        if isinstance(node.operation, Op):
            made = node.operation.apply(args, kwargs)
        else:
            made = self(node.operation)(*args, **kwargs)
        return made, masks_on(made)


def _from_config(layer: Layer) -> Layer:
    if isinstance(layer, Model) and layer.has_graph:
        return clone_model(layer)
    # a lambda's code, and the classes of layers within layers, come from this very process
    with unsafe_code(), custom_object_scope(custom_classes(layer)):
        return type(layer).from_config(layer.get_config())


def _new_inputs(model: Model) -> list[KerasTensor]:
    return [_new_input(tensor) for tensor in model.inputs]


def _new_input(tensor: KerasTensor) -> KerasTensor:
    placeholder = placeholder_of(tensor)
    made: KerasTensor = InputLayer(
        tensor.type_spec, tensor.name, placeholder.optional, placeholder.default
    ).output
    return made
