"""What a model is given, brought into the order and the types of its inputs.

This serves graphs of graphs (a model called on symbolic values) and eager replays; compiled calls
have a reader of their own, which takes concrete values only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.graph.arrange import arrange
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.placeholder import input_name, placeholder_of
from kgraph.layers.checked_layer import kind_of
from kgraph.ops.operands import as_operand, type_of
from kgraph.types import tree
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType, SparseType, ValueType
from kgraph.types.composite import from_fields, parts_of, require_same_data, value_of
from kgraph.types.dtypes import is_float
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import as_ragged
from kgraph.types.row_sizes import check_row_sizes
from kgraph.types.strings import string_array


def match(structure: Any, tensors: list[KerasTensor], given: Any, model: str) -> list[Any]:
    """The values in ``given``, one for each of ``tensors``, in their order.

    ``given`` is nested as ``structure`` is, or a dict by the names of the inputs, or a flat list.

    Errors    ValueError for a missing or unknown name, and for another number of values
    """
    names = tree.pack_like(structure, [input_name(tensor) for tensor in tensors])
    return arrange(names, given, model)


def with_defaults(tensors: list[KerasTensor], values: list[Any]) -> list[Any]:
    """The values, with the default of its Input in place of each None."""
    pairs = zip(tensors, values, strict=True)
    return [placeholder_of(x).default if value is None else value for x, value in pairs]


def as_value(value: Any, tensor: KerasTensor) -> Any:
    """A concrete value as ops take it; nested lists become rows where rows are expected."""
    if value is None:
        return None
    type = tensor.type
    if isinstance(type, RaggedType):
        made = as_ragged(value, type.dtype, type.ragged_rank, type.flat.shape[1:])
        check_row_sizes(made.nested_row_splits, type.uniform, f"input {tensor.name!r}")
        return made
    if not isinstance(type, CompositeType) and type.dtype.kind == "T":
        return string_array(np.asarray(value), f"input {tensor.name!r}")
    if isinstance(type, CompositeType) and tree.is_dict(value):
        return from_fields(tensor.name, type.spec, value)
    return as_operand(value, tensor.name)


def conform(value: Any, tensor: KerasTensor, model: str) -> Any:
    """``value`` in the kind and dtype of the input ``tensor``; its rank and sizes must fit.

    Errors    ShapeError for another rank or size; TypeError for floats where integers belong, and
              for a dense value where a sparse or ragged one belongs
    """
    if value is None:
        value = placeholder_of(tensor).default
    if value is None:
        if placeholder_of(tensor).optional:
            return None
        raise KGraphValueError(
            f"The input {tensor.name!r} of model {model!r} is not optional, but None was passed."
        )
    return _conform(value, tensor.type, tensor.name, model)


def _conform(value: Any, expected: ValueType, name: str, model: str) -> Any:
    type = type_of(value)
    _check_kind(type, expected, name, model)
    if isinstance(expected, CompositeType):
        require_same_data(f"input {name!r} of model {model!r}", value._type_spec, expected.spec)
        columns = zip(parts_of(value), expected.parts, expected.part_names(name), strict=True)
        return value_of(expected.spec, [_conform(*column, model) for column in columns])
    if not isinstance(expected, SparseType | RaggedType):
        if isinstance(type, SparseType):
            value = OPS["to_dense"](value)
        elif isinstance(type, RaggedType):
            width = expected.shape[1] if len(expected.shape) > 1 else None
            value = OPS["to_dense"](value, shape=(None, width, *[None] * (type.ndim - 2)))
    found = type_of(value)
    _check_shape(found, expected, name, model)
    if isinstance(found, ArrayType) and _has_more_sizes(expected, found):
        value = OPS["ensure_shape"](value, expected.shape)  # a batch must prove them
    if type.dtype == expected.dtype:
        return value
    if is_float(type.dtype) and not is_float(expected.dtype):
        raise KGraphTypeError(
            message(
                f"input {name!r} of model {model!r} holds no floats",
                received=str(type),
                expected=str(expected),
                hint=f"ops.cast(x, {expected.dtype.name!r}), if the fractions may go",
            )
        )
    return OPS["cast"](value, expected.dtype)


def _has_more_sizes(expected: ValueType, found: ArrayType) -> bool:
    pairs = zip(expected.shape, found.shape, strict=True)
    return any(wanted is not None and size is None for wanted, size in pairs)


def _check_kind(type: ValueType, expected: ValueType, name: str, model: str) -> None:
    fits = type.__class__ is expected.__class__
    if isinstance(expected, CompositeType) and isinstance(type, CompositeType):
        fits = expected.spec.value_type is type.spec.value_type
    takes_any = not isinstance(expected, RaggedType | SparseType | CompositeType)
    if not fits and (not takes_any or isinstance(type, CompositeType)):
        raise KGraphTypeError(
            message(
                f"input {name!r} of model {model!r} takes {kind_of(expected)} values",
                received=str(type),
                expected=str(expected),
            )
        )


def _check_shape(type: ValueType, expected: ValueType, name: str, model: str) -> None:
    pairs = zip(type.shape, expected.shape, strict=False)
    agree = all(a is None or b is None or a == b for a, b in pairs)
    if len(type.shape) != len(expected.shape) or not agree:
        raise ShapeError(
            message(
                f"Input {name!r} of layer {model!r} is incompatible with the layer: "
                f"expected shape={expected.shape}, found shape={type.shape}",
                received=str(type),
                expected=str(expected),
            )
        )
