"""Lambda: a function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from kgraph.graph.source import user_line, warn_user
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.custom_objects import custom_object_scope
from kgraph.layers.functions import function_config, function_from_config, unsafe_code
from kgraph.layers.layer import Layer
from kgraph.ops.op import Op
from kgraph.ops.operands import type_of
from kgraph.types import tree
from kgraph.types.errors import (
    KGraphTypeError,
    ShapeError,
    UntrackedVariableWarning,
    message,
)
from kgraph.types.variable import Variable

_OPTIONS = ("mask", "training")


class Lambda(CheckedLayer):
    """A function, written with ops, as a layer.

    Args
        function      of the inputs, and of ``mask`` and ``training`` if it has such arguments
        output_shape  what the result's shape must be, without the batch; it is inferred anyway
        mask          of the result: a value, or a function (inputs, mask) -> mask
        arguments     more keyword arguments for ``function``

    Shapes    those of what ``function`` returns
    Kinds     dense, ragged, sparse: whatever ``function`` takes
    Edges     variables that the function reads are read at each call, but are no weights of the
              layer: it warns.  Configs name the function; a ``lambda`` is written as code, and is
              only loaded with ``safe_mode=False``
    Errors    TypeError for what is no function; ShapeError for another shape than ``output_shape``
    Source    keras.layers.Lambda

    >>> import kgraph as kg
    >>> kg.layers.Lambda(lambda x: x * 2.0)([1.0, 2.0])
    array([2., 4.], dtype=float32)
    """

    kinds = ("dense", "ragged", "sparse")

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise KGraphTypeError(
                message(
                    "Lambda: `function` is not callable",
                    where=user_line(),
                    received=f"{function!r} of type {type(function).__name__}",
                    hint="Lambda(lambda x: kg.square(x))",
                )
            )
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        self._options = tuple(name for name in _OPTIONS if name in _parameters(function))
        self._warned = False

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        given = {"mask": mask, "training": training}
        options = {name: given[name] for name in self._options}
        result = self.function(inputs, **options, **self.arguments)
        self._warn_of_variables()
        if self._output_shape is not None:
            self._check_shape(inputs, result)
        return result

    def uses_masks(self) -> bool:
        return "mask" in self._options or self.mask is not None

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """What ``mask`` was given as, or returns."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def _check_shape(self, inputs: Any, result: Any) -> None:
        shape = self._output_shape
        if callable(shape):
            shape = shape(tree.map_leaves(lambda leaf: type_of(leaf).shape, inputs))
            wanted = tuple(shape)
        else:
            wanted = (None, *(shape if isinstance(shape, list | tuple) else (shape,)))
        found = None if tree.is_branch(result) else type_of(result).shape
        pairs = zip(wanted, found or (), strict=False)
        agree = all(a is None or b is None or a == b for a, b in pairs)
        if found is not None and (len(found) != len(wanted) or not agree):
            raise ShapeError(
                message(
                    f"layer {self.name!r}: the result has another shape than `output_shape` says",
                    received=f"shape {found}",
                    expected=f"shape {wanted}",
                )
            )

    def _warn_of_variables(self) -> None:
        if self._warned:
            return
        self._warned = True
        names = _variables_in(self.function)
        if names:
            warn_user(
                message(
                    f"the function of layer {self.name!r} reads {', '.join(names)}: that is read "
                    "at each call, but the layer does not own it, and `model.weights` lacks it",
                    where=f"layer {self.name!r} (Lambda), {user_line()}",
                    hint="write a subclass of Layer that makes its weights with `add_weight`",
                ),
                UntrackedVariableWarning,
            )

    def get_config(self) -> dict[str, Any]:
        shape, mask = self._output_shape, self.mask
        if isinstance(shape, list | tuple):
            shape = list(shape)
        return {
            **super().get_config(),
            "function": function_config(self.function),
            "output_shape": function_config(shape) if callable(shape) else shape,
            "mask": function_config(mask) if callable(mask) else mask,
            "arguments": self.arguments,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Lambda:
        """The layer of a config.

        Errors    ValueError for a config that brings a Python ``lambda`` along, which is code,
                  unless ``safe_mode=False``
        """
        if safe_mode is False:
            with unsafe_code():
                return cls.from_config(config, custom_objects)
        known = ("function", "output_shape", "mask")
        arguments = {key: value for key, value in config.items() if not key.endswith("_type")}
        arguments = {key: value for key, value in arguments.items() if key != "module"}
        with custom_object_scope(custom_objects or {}):
            for key in known:
                if isinstance(arguments.get(key), Mapping) or key == "function":
                    arguments[key] = function_from_config(arguments.get(key))
        return cls(**arguments)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    if isinstance(function, Op):
        return ()
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # built-in functions may have none
        return ()


def _variables_in(function: Callable[..., Any]) -> list[str]:
    """The names of variables, and of layers with weights, that a function takes from outside."""
    try:
        found = inspect.getclosurevars(function)
    except (TypeError, ValueError):
        return []
    values = {**found.globals, **found.nonlocals}
    return [
        f"variable {value.path!r}" if isinstance(value, Variable) else f"layer {value.name!r}"
        for value in values.values()
        if isinstance(value, Variable) or (isinstance(value, Layer) and value.weights)
    ]
