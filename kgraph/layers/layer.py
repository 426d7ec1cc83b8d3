"""Layer: weights, and a ``call`` written with ops."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.naming import snake_case, unique_name
from kgraph.graph.scope import is_training, scope, training_phase
from kgraph.graph.source import user_line
from kgraph.layers import initializers
from kgraph.ops.op import abstract_value
from kgraph.ops.operands import as_operand, find_recorder, type_of
from kgraph.types import tree
from kgraph.types.csr import CSR
from kgraph.types.dtypes import as_dtype, default_float, is_float
from kgraph.types.errors import (
    KGraphAttributeError,
    KGraphError,
    KGraphTypeError,
    KGraphValueError,
    message,
)
from kgraph.types.operators import OPS
from kgraph.types.variable import Variable


class Layer:
    """Base of all layers: a callable that owns weights.

    Subclasses write ``call`` with ops (and ``build``, if weights depend on the input's shape).
    Called with KerasTensors a layer extends the graph; called with values it computes.

    Args
        name       unique in a model; made from the class name if it is not given
        trainable  whether ``weights`` count as trainable
        dtype      dtype of the weights; floats that come in are cast to it

    Source    keras.layers.Layer

    >>> import kgraph as kg
    >>> class Scale(kg.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, inputs):
    ...         return inputs * self.scale
    >>> Scale()(kg.Input((3,))).shape
    (None, 3)
    """

    _call_parameters: ClassVar[frozenset[str]]

    def __init__(
        self, *, name: str | None = None, trainable: bool = True, dtype: Any = None, **kwargs: Any
    ) -> None:
        shape = kwargs.pop("input_shape", None)
        whole = kwargs.pop("batch_input_shape", None)  # as Keras 2 writes it in configs
        shape = shape if whole is None else tuple(whole[1:])
        if kwargs:
            raise KGraphValueError(
                f"{type(self).__name__} got unrecognized keyword arguments: {sorted(kwargs)}"
            )
        if name is not None and not isinstance(name, str):
            raise KGraphTypeError(f"a layer's name is a string, got {name!r}")
        self.name = name or self._default_name()
        self.trainable = trainable
        self.dtype = default_float() if dtype is None else as_dtype(_policy_dtype(dtype))
        self.built = False
        self._input_shape_argument = shape
        self._variables: list[Variable] = []
        self._layers: list[Layer] = []
        self._nodes: list[Node] = []

    def _default_name(self) -> str:
        return unique_name(snake_case(type(self).__name__))

    def __setattr__(self, attribute: str, value: Any) -> None:
        if isinstance(value, Layer):
            self._track(value)
        elif isinstance(value, (list, tuple)) and attribute != "_layers":  # that is the record
            for item in value:
                if isinstance(item, Layer):
                    self._track(item)
        super().__setattr__(attribute, value)

    def _track(self, layer: Layer) -> None:
        known = self.__dict__.get("_layers")
        if known is not None and not any(layer is other for other in known):
            known.append(layer)

    # -- weights ---------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = "glorot_uniform",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> Variable:
        """Create a weight that belongs to this layer.

        Errors    ValueError if ``shape`` is not fully known
        """
        if any(size is None for size in shape):
            raise KGraphValueError(
                message(
                    f"layer {self.name!r}: weight {name!r} would have the shape {shape}",
                    expected="a shape that is fully known",
                    hint="give the Input a known size on its last axis",
                )
            )
        made = initializers.get(initializer)(tuple(shape), as_dtype(dtype or self.dtype))
        variable = Variable(made, name=name or "variable", trainable=trainable)
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    @property
    def weights(self) -> list[Variable]:
        """All weights, trainable ones of this layer first, then those of the layers inside."""
        own = [v for v in self._variables if v.trainable]
        own += [v for v in self._variables if not v.trainable]
        return _unique(own + [v for layer in self._layers for v in layer.weights])

    @property
    def trainable_weights(self) -> list[Variable]:
        if not self.trainable:
            return []
        own = [v for v in self._variables if v.trainable]
        return _unique(own + [v for layer in self._layers for v in layer.trainable_weights])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        trainable = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in trainable]

    variables = weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of ``weights``."""
        return [np.array(variable.value) for variable in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Assign all weights, in the order of ``weights``.

        Errors    ValueError if their number or a shape differs; nothing is assigned then
        """
        variables, arrays = self.weights, [np.asarray(value) for value in weights]
        if len(arrays) != len(variables):
            raise KGraphValueError(
                message(
                    f"set_weights: layer {self.name!r} has another number of weights",
                    received=str(len(arrays)),
                    expected=f"{len(variables)}: " + ", ".join(v.path for v in variables),
                )
            )
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise KGraphValueError(
                    message(
                        f"set_weights: weight {variable.path!r} has another shape",
                        received=str(array.shape),
                        expected=str(variable.shape),
                    )
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Number of scalars in all weights."""
        return int(sum(np.prod(v.shape, dtype=np.int64) for v in self.weights))

    # -- calling ----------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is the shape of the input, None where unknown."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes, written with ops."""
        raise NotImplementedError(f"{type(self).__name__} has no `call`")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves = tree.flatten((args, kwargs))
        if any(isinstance(leaf, KerasTensor) for leaf in leaves):
            return self._call_symbolic(args, kwargs)
        if find_recorder([leaf for leaf in leaves if leaf is not None]) is None:
            args = tuple(tree.map_leaves(self._as_value, arg) for arg in args)
        self._build_for(args)
        return self._run(args, kwargs)

    def _as_value(self, leaf: Any) -> Any:
        return leaf if leaf is None else as_operand(leaf, self.name)

    def _call_symbolic(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        args = tuple(tree.map_leaves(self._as_value, arg) for arg in args)
        self._build_for(args)
        node = Node(self, self.name, args, kwargs, user_line())
        try:
            abstract = tree.map_leaves(_forget, args)
            result = self._run(
                abstract, {k: tree.map_leaves(_forget, v) for k, v in kwargs.items()}
            )
        except KGraphError as error:
            if "\n  in layer" in str(error):
                raise
            place = f"\n  in layer  {self.name!r} ({type(self).__name__}), {node.line}"
            raise type(error)(str(error) + place) from error
        made = node.make_outputs(tree.map_leaves(type_of, result))
        self._nodes.append(node)
        return made

    @classmethod
    def _takes(cls, option: str) -> bool:
        """Has ``call`` an argument of this name?"""
        if "_call_parameters" not in cls.__dict__:  # read at the first call: it takes 30 us
            cls._call_parameters = frozenset(inspect.signature(cls.call).parameters)
        return option in cls._call_parameters

    def _build_for(self, args: tuple[Any, ...]) -> None:
        if self.built:
            return
        shapes = [tree.map_leaves(lambda x: type_of(x).shape, arg) for arg in args[:1]]
        with scope(self.name):
            self.build(*shapes)
        self.built = True

    def _run(self, args: Any, kwargs: Mapping[str, Any]) -> Any:
        options = dict(kwargs)
        training = options.get("training")
        if self._takes("training"):
            options["training"] = is_training() if training is None else training
        else:
            options.pop("training", None)
        if options.get("mask") is None:
            options.pop("mask", None)
        with scope(self.name), training_phase(is_training() if training is None else training):
            return self.call(*tree.map_leaves(self._autocast, args), **options)

    def _autocast(self, leaf: Any) -> Any:
        dtype = getattr(leaf.data if isinstance(leaf, CSR) else leaf, "dtype", None)
        if dtype is None or not is_float(dtype) or dtype == self.dtype or not is_float(self.dtype):
            return leaf
        return OPS["cast"](leaf, self.dtype)

    def _only_node(self, what: str) -> Node:
        if len(self._nodes) == 1:
            return self._nodes[0]
        problem = "is not connected yet" if not self._nodes else "has several calls"
        raise KGraphAttributeError(
            f"layer {self.name!r} {problem}: no single `{what}` is defined for it"
        )

    @property
    def input(self) -> Any:
        """What the layer was called with, if it was called once."""
        arguments = self._only_node("input").args
        return arguments[0] if len(arguments) == 1 else arguments

    @property
    def output(self) -> Any:
        """What the layer returned, if it was called once."""
        outputs = self._only_node("output").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    # -- configuration ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """What is needed to make the layer anew, as JSON-able values."""
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Layer:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _policy_dtype(dtype: Any) -> Any:
    """The dtype in a Keras 3 policy dict, or what was given."""
    if isinstance(dtype, Mapping):
        return dtype.get("config", {}).get("name", "float32")
    return dtype


def _forget(leaf: Any) -> Any:
    if leaf is None or isinstance(leaf, bool | int | float | str):
        return leaf
    return abstract_value(leaf)


def _unique(variables: list[Variable]) -> list[Variable]:
    seen: dict[int, Variable] = {}
    for variable in variables:
        seen.setdefault(id(variable), variable)
    return list(seen.values())
