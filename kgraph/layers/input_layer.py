"""Input: where a graph begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.naming import unique_name
from kgraph.graph.source import user_line
from kgraph.layers.layer import Layer
from kgraph.ops.operands import type_of
from kgraph.types.dtypes import as_dtype, default_float
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.specs import (
    RaggedTensorSpec,
    SparseTensorSpec,
    TensorSpec,
    TypeSpec,
    spec_to_type,
    type_to_spec,
)

_SPECS: dict[str, type[TypeSpec]] = {
    cls.__name__: cls for cls in (TensorSpec, SparseTensorSpec, RaggedTensorSpec)
}
_BATCH_SPELLINGS = ("batch_shape", "batch_input_shape")


class InputLayer(Layer):
    """The layer behind an :func:`Input`: a placeholder of a given type.

    Args
        type_spec  the type of a whole batch; or a shape without the batch, as in Keras
        name, optional, **kwargs  as in :func:`Input`

    Source    keras.layers.InputLayer

    >>> InputLayer(shape=(4,), dtype="int32").output.shape
    (None, 4)
    """

    def __init__(
        self, type_spec: Any = None, name: str | None = None, optional: bool = False, **kwargs: Any
    ) -> None:
        if not isinstance(type_spec, TypeSpec):
            shape = kwargs.pop("shape", None) if type_spec is None else type_spec
            type_spec = _spec_from_arguments(shape, kwargs)
        super().__init__(name=name, dtype=None)
        self.type_spec = type_spec
        self.dtype = type_spec.dtype
        self.optional = optional
        self.built = True
        node = Node(self, self.name, line=user_line())
        symbol = re.sub(r"\W", "_", self.name)
        node.make_outputs(spec_to_type(type_spec, symbol))
        self._nodes.append(node)

    def _default_name(self) -> str:
        return unique_name("input", first=1)

    def call(self) -> Any:
        return None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputLayer:
        arguments = dict(config)
        about = arguments.get("type_spec")
        if about is not None:
            arguments["type_spec"] = _SPECS[about["class_name"]].from_config(about["config"])
        return cls(**arguments)

    def get_config(self) -> dict[str, Any]:
        spec = self.type_spec
        return {
            "name": self.name,
            "type_spec": {"class_name": type(spec).__name__, "config": spec.get_config()},
            "optional": self.optional,
        }


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    tensor: Any = None,
    ragged: bool | None = None,
    type_spec: TypeSpec | None = None,
    optional: bool = False,
    **kwargs: Any,
) -> KerasTensor:
    """Make a symbolic placeholder for a batch; layers and ops applied to it build the graph.

    Args
        shape       sizes without the batch; None for a size that varies; an int means a 1-tuple
        batch_size  fixed number of rows, if there is one
        name        unique in a model; ``input_1``, ``input_2``, … if it is not given
        dtype       of the values; ``floatx()`` if it is not given
        sparse      the batch comes as a ``scipy.sparse`` matrix (else such a batch is densified)
        tensor      take the type of this array, sparse matrix, RaggedTensor or KerasTensor
        ragged      None in ``shape`` is a ragged axis: rows of different lengths
        type_spec   the type of a whole batch; then nothing but ``name`` may be given beside it
        optional    None may be fed
        **kwargs    ``batch_shape`` or ``batch_input_shape``: the shape with the batch

    Errors    ValueError for both ``sparse`` and ``ragged``; for both ``shape`` and a batch shape;
              if ``shape``, ``tensor`` and ``type_spec`` are all None; for anything but ``name``
              beside ``type_spec``; for unknown keywords
    Source    tf.keras.Input

    >>> import kgraph as kg
    >>> x = kg.Input(shape=(32,))
    >>> y = kg.layers.Dense(16, activation="softmax")(x)
    >>> model = kg.Model(x, y)
    """
    given = {
        "shape": shape, "batch_size": batch_size, "dtype": dtype, "sparse": sparse,
        "tensor": tensor, "ragged": ragged, **kwargs,
    }  # fmt: skip
    _check_keywords(kwargs)
    if type_spec is not None:
        spec = _check_type_spec(type_spec, given)
        name = name or getattr(type_spec, "name", None)
    elif tensor is not None:
        spec = type_to_spec(type_of(tensor))
    else:
        spec = _spec_from_shape(shape, batch_size, dtype, sparse, ragged, kwargs)
    if name is not None and not isinstance(name, str):
        raise KGraphTypeError(f"Input: `name` is a string, got {name!r}")
    placeholder: KerasTensor = InputLayer(spec, name, optional).output
    return placeholder


def _check_keywords(kwargs: dict[str, Any]) -> None:
    unknown = [key for key in kwargs if key not in _BATCH_SPELLINGS]
    if unknown:
        raise KGraphValueError(
            message(
                f"Input: unrecognized keyword arguments: {unknown}",
                expected="shape, batch_size, name, dtype, sparse, tensor, ragged, type_spec, "
                "optional, batch_shape or batch_input_shape",
            )
        )


def _check_type_spec(type_spec: Any, given: dict[str, Any]) -> TypeSpec:
    if not isinstance(type_spec, TypeSpec):
        raise KGraphTypeError(
            message(
                "Input: `type_spec` is not a TypeSpec",
                received=f"{type_spec!r} of type {type(type_spec).__name__}",
                hint="kg.TensorSpec(shape, dtype), kg.RaggedTensorSpec(...) or kg.SparseTensorSpec",
            )
        )
    extra = [key for key, value in given.items() if value is not None]
    if extra:
        raise KGraphValueError(
            message(
                f"Input: beside `type_spec` nothing but `name` may be given, got {extra}",
                hint="put shape and dtype into the spec: it describes the whole batch",
            )
        )
    return type_spec


def _spec_from_arguments(shape: Any, kwargs: dict[str, Any]) -> TypeSpec:
    names = ("batch_size", "dtype", "sparse", "ragged")
    batch_size, dtype, sparse, ragged = (kwargs.pop(name, None) for name in names)
    tensor = kwargs.pop("input_tensor", None)
    _check_keywords(kwargs)
    if tensor is not None:
        return type_to_spec(type_of(tensor))
    return _spec_from_shape(shape, batch_size, dtype, sparse, ragged, kwargs)


def _spec_from_shape(
    shape: Any,
    batch_size: int | None,
    dtype: Any,
    sparse: bool | None,
    ragged: bool | None,
    kwargs: dict[str, Any],
) -> TypeSpec:
    if sparse and ragged:
        raise KGraphValueError("Input: cannot set both `sparse` and `ragged`; choose one")
    whole = _whole_shape(shape, batch_size, kwargs)
    kind = default_float() if dtype is None else as_dtype(dtype)
    if sparse:
        return SparseTensorSpec(whole, kind)
    if ragged:
        ragged_axes = [axis for axis, size in enumerate(whole) if size is None and axis > 0]
        if not ragged_axes:
            raise KGraphValueError(
                message(
                    "Input: `ragged=True`, but no size in `shape` is None",
                    received=f"shape={tuple(whole[1:])}",
                    hint="write None for the axis along which rows differ: shape=(None,)",
                )
            )
        return RaggedTensorSpec(whole, kind, ragged_rank=ragged_axes[-1])
    return TensorSpec(whole, kind)


def _whole_shape(shape: Any, batch_size: int | None, kwargs: dict[str, Any]) -> tuple[Any, ...]:
    spelled = [(key, kwargs[key]) for key in _BATCH_SPELLINGS if kwargs.get(key) is not None]
    if shape is not None and spelled:
        raise KGraphValueError(
            f"Input: give `shape` or `{spelled[0][0]}`, not both: they say the same thing"
        )
    if len(spelled) == 2:
        raise KGraphValueError("Input: give `batch_shape` or `batch_input_shape`, not both")
    if spelled:
        key, whole = spelled[0][0], _as_tuple(spelled[0][1])
        if not whole:
            raise KGraphValueError(f"Input: `{key}` includes the batch; it cannot be empty")
        if batch_size is not None and whole[0] != batch_size:
            raise KGraphValueError(
                f"Input: `batch_size`={batch_size} contradicts `{key}`={tuple(whole)}"
            )
        return whole
    if shape is None:
        raise KGraphValueError(
            message(
                "Input: give a `shape`, a `tensor` or a `type_spec`",
                hint="shape=(32,) for batches of 32 numbers each; it leaves the batch out",
            )
        )
    return (batch_size, *_as_tuple(shape))


def _as_tuple(shape: Any) -> tuple[Any, ...]:
    return tuple(shape) if isinstance(shape, list | tuple) else (shape,)
