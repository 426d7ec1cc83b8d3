"""TensorFlow and tf_keras under the names that the cases use; only the recorder imports this."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras.src.engine.keras_tensor import KerasTensor

from tests.oracle.cases import Ragged, Sparse
from tests.oracle.cases.answers import Coo, Symbol


def _reduction(name: str) -> Callable[..., Any]:
    function = getattr(tf, f"reduce_{name}")

    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis=axis, keepdims=keepdims)

    return reduce


def _flip(x: Any, axis: int) -> Any:
    return tf.reverse(x, [axis])


REDUCTIONS = {
    "sum": "sum", "mean": "mean", "max": "max", "min": "min", "prod": "prod", "any": "any",
    "all": "all", "std": "std", "var": "variance",
}  # fmt: skip
RENAMED = {
    "absolute": tf.abs, "arctan": tf.atan, "clip": tf.clip_by_value, "concatenate": tf.concat,
    "divide": tf.truediv, "flip": _flip, "log1p": tf.math.log1p, "negative": tf.negative,
    "power": tf.pow, "sigmoid": tf.sigmoid, "softplus": tf.nn.softplus, "relu": tf.nn.relu,
    "softmax": tf.nn.softmax, "isnan": tf.math.is_nan, "remainder": tf.math.floormod,
    "floor_divide": tf.math.floordiv, "take": tf.gather, "rsqrt": tf.math.rsqrt,
    "elu": tf.nn.elu, "gelu": tf.nn.gelu, "silu": tf.nn.silu,
    "erf": tf.math.erf, "expm1": tf.math.expm1,
}  # fmt: skip


class _Ops:
    """`k.ops` in the names of Keras 3, by the functions of TensorFlow."""

    def __getattr__(self, name: str) -> Any:
        if name in REDUCTIONS:
            return _reduction(REDUCTIONS[name])
        return RENAMED.get(name) or getattr(tf, name)


NAMESPACE = SimpleNamespace(
    Input=tf_keras.Input,
    Model=tf_keras.Model,
    Sequential=tf_keras.Sequential,
    layers=tf_keras.layers,
    models=tf_keras.models,
    ops=_Ops(),
    ragged=tf.ragged,
    sparse=tf.sparse,
    RaggedTensor=tf.RaggedTensor,
    SparseTensor=tf.SparseTensor,
    TensorSpec=tf.TensorSpec,
    RaggedTensorSpec=tf.RaggedTensorSpec,
    SparseTensorSpec=tf.SparseTensorSpec,
    Variable=tf.Variable,
    clear_session=tf_keras.backend.clear_session,
)


def to_tensorflow(value: Any) -> Any:
    """A feed as TensorFlow takes it."""
    if isinstance(value, Ragged):
        return tf.RaggedTensor.from_nested_row_splits(value.flat_values, value.splits)
    if isinstance(value, Sparse):
        rows = np.repeat(np.arange(value.shape[0]), np.diff(value.indptr))
        return tf.SparseTensor(np.stack([rows, value.indices], axis=1), value.data, value.shape)
    if isinstance(value, Coo):
        return tf.SparseTensor(value.indices, value.values, value.shape)
    return tf.constant(value)


def from_tensorflow(value: Any) -> Any:
    """An output as the recording of a model holds it."""
    if isinstance(value, tf.RaggedTensor):
        splits = tuple(s.numpy() for s in value.nested_row_splits)
        return Ragged(value.flat_values.numpy(), splits)
    if isinstance(value, tf.SparseTensor):
        return Sparse.of(tf.sparse.to_dense(value).numpy())
    return np.asarray(value)


def answer_of(value: Any) -> Any:
    """An answer as the recording holds it: values, symbols, and plain Python."""
    if isinstance(value, KerasTensor):
        return symbol(value)
    if isinstance(value, tf.SparseTensor):
        ordered = tf.sparse.reorder(value)
        shape = tuple(int(size) for size in ordered.dense_shape)
        return Coo(ordered.indices.numpy(), ordered.values.numpy(), shape)
    if isinstance(value, dict):
        return {key: answer_of(item) for key, item in value.items()}
    if isinstance(value, tf.TensorShape):
        return None if value.rank is None else list(value)
    if isinstance(value, list | tuple):
        return [answer_of(item) for item in value]
    if isinstance(value, tf.DType):
        return value.name
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return from_tensorflow(value)


def symbol(value: Any) -> Symbol:
    """The facts of a KerasTensor."""
    spec = value.type_spec
    kinds = {tf.RaggedTensorSpec: "ragged", tf.SparseTensorSpec: "sparse"}
    shape = None if spec.shape.rank is None else tuple(spec.shape)
    return Symbol(kinds.get(type(spec), "dense"), spec.dtype.name, shape)


def error_class(error: Exception) -> str:
    """The built-in class that says the same as an error of TensorFlow."""
    for kind in (ValueError, TypeError, IndexError, AttributeError, KeyError):
        if isinstance(error, kind):
            return kind.__name__
    if isinstance(error, tf.errors.InvalidArgumentError | tf.errors.OutOfRangeError):
        return "ValueError"  # what the value of an argument is worth, found in a kernel
    if isinstance(error, tf.errors.UnimplementedError):
        return "TypeError"  # no kernel for these dtypes
    raise error
