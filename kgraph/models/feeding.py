"""What a model is given, brought into the order and the types of its inputs.

This serves graphs of graphs (a model called on symbolic values) and eager replays; compiled calls
have a reader of their own, which takes concrete values only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.graph.arrange import arrange
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.ops.operands import as_operand, type_of
from kgraph.types import tree
from kgraph.types.array_type import RaggedType, SparseType, ValueType
from kgraph.types.dtypes import is_float
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import as_ragged
from kgraph.types.strings import string_array


def match(structure: Any, tensors: list[KerasTensor], given: Any, model: str) -> list[Any]:
    """The values in ``given``, one for each of ``tensors``, in their order.

    ``given`` is nested as ``structure`` is, or a dict by the names of the inputs, or a flat list.

    Errors    ValueError for a missing or unknown name, and for another number of values
    """
    names = tree.pack_like(structure, [tensor.name for tensor in tensors])
    return arrange(names, given, model)


def as_value(value: Any, tensor: KerasTensor) -> Any:
    """A concrete value as ops take it; nested lists become rows where rows are expected."""
    if value is None:
        return None
    type = tensor.type
    if isinstance(type, RaggedType):
        return as_ragged(value, type.dtype, type.ragged_rank, type.flat.shape[1:])
    if type.dtype.kind == "T":
        return string_array(np.asarray(value), f"input {tensor.name!r}")
    return as_operand(value, tensor.name)


def conform(value: Any, tensor: KerasTensor, model: str) -> Any:
    """``value`` in the kind and dtype of the input ``tensor``; its rank and sizes must fit.

    Errors    ShapeError for another rank or size; TypeError for floats where integers belong, and
              for a dense value where a sparse or ragged one belongs
    """
    if value is None:
        if getattr(tensor.node.operation, "optional", False):
            return None
        raise KGraphValueError(
            f"The input {tensor.name!r} of model {model!r} is not optional, but None was passed."
        )
    type = type_of(value)
    _check_kind(type, tensor, model)
    if not isinstance(tensor.type, SparseType | RaggedType):
        if isinstance(type, SparseType):
            value = OPS["to_dense"](value)
        elif isinstance(type, RaggedType):
            value = OPS["to_dense"](value, length=tensor.shape[1] if tensor.ndim > 1 else None)
    _check_shape(type_of(value), tensor, model)
    if type.dtype == tensor.dtype:
        return value
    if is_float(type.dtype) and not is_float(tensor.dtype):
        raise KGraphTypeError(
            message(
                f"input {tensor.name!r} of model {model!r} holds no floats",
                received=str(type),
                expected=str(tensor.type),
                hint=f"ops.cast(x, {tensor.dtype.name!r}), if the fractions may go",
            )
        )
    return OPS["cast"](value, tensor.dtype)


def _check_kind(type: ValueType, tensor: KerasTensor, model: str) -> None:
    expected = tensor.type
    if isinstance(expected, RaggedType | SparseType) and type.__class__ is not expected.__class__:
        kind = "ragged" if isinstance(expected, RaggedType) else "sparse"
        raise KGraphTypeError(
            message(
                f"input {tensor.name!r} of model {model!r} takes {kind} values",
                received=str(type),
                expected=str(expected),
            )
        )


def _check_shape(type: ValueType, tensor: KerasTensor, model: str) -> None:
    pairs = zip(type.shape, tensor.shape, strict=False)
    agree = all(a is None or b is None or a == b for a, b in pairs)
    if len(type.shape) != len(tensor.shape) or not agree:
        raise ShapeError(
            message(
                f"Input {tensor.name!r} of layer {model!r} is incompatible with the layer: "
                f"expected shape={tensor.shape}, found shape={type.shape}",
                received=str(type),
                expected=str(tensor.type),
            )
        )
