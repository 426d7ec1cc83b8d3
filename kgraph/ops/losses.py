"""How far predictions are from what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import absolute, multiply, negative
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import promoted
from kgraph.ops.dtype_rules import Keys, floating, unchanged
from kgraph.ops.exponential import exp, log, log1p, log10, square
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.picking import take_along_axis
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.reduction import mean, sum
from kgraph.ops.reshaping import expand_dims
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.selection import clip, maximum
from kgraph.ops.softmaxes import log_softmax
from kgraph.types.array_type import ValueType
from kgraph.types.dims import Size
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

EPSILON = 1e-7
"""Shares are kept as far from 0 and 1: the epsilon of Keras."""


def _require_same_shape(name: str, x: Any, y: Any) -> None:
    if not _fit(dims_of(x), dims_of(y)):
        raise ShapeError(
            message(
                f"{name}: both values have one shape",
                received=f"{type_of(x)}\n{type_of(y)}",
            )
        )


def _fit(first: Sequence[Size | None], second: Sequence[Size | None]) -> bool:
    """Whether shapes are equal as far as is known."""
    return len(first) == len(second) and not any(
        isinstance(a, int) and isinstance(b, int) and a != b
        for a, b in zip(first, second, strict=True)
    )


def _shares(x: Any) -> Any:
    return clip(x, EPSILON, 1 - EPSILON)


def _shares_of_array(x: np.ndarray) -> np.ndarray:
    cut: np.ndarray = np.clip(x, x.dtype.type(EPSILON), x.dtype.type(1 - EPSILON))
    return cut


@op(dtypes=floating)
def binary_crossentropy(target: Array, output: Array, from_logits: bool = False) -> Array:
    """The cross entropy of two-way choices: of each share ``output``, where ``target`` is true.

    Shapes    both have one shape, which is that of the result
    Dtypes    float; integers become ``floatx()``
    Edges     shares count as at least 1e-7 and at most 1 - 1e-7; ``from_logits`` takes the input of
              a sigmoid instead, and is exact at both ends
    Errors    ValueError where shapes differ
    Source    keras.ops.binary_crossentropy

    >>> import kgraph as kg
    >>> kg.ops.binary_crossentropy([1.0, 0.0], [0.5, 0.5]).round(4)
    array([0.6931, 0.6931], dtype=float32)
    """
    if from_logits:
        return np.maximum(output, 0) - output * target + np.log1p(np.exp(-np.abs(output)))
    output = _shares_of_array(output)
    return -(target * np.log(output) + (1 - target) * np.log(1 - output))


@binary_crossentropy.lower
def _of_yes_and_no(target: Any, output: Any, from_logits: bool) -> Any:
    _require_same_shape("binary_crossentropy", target, output)
    target, output = promoted(binary_crossentropy, target, output)
    if from_logits:
        return maximum(output, 0) - output * target + log1p(exp(negative(absolute(output))))
    output = _shares(output)
    return negative(target * log(output) + (1 - target) * log(1 - output))


_TRUTH, _GUESS = f32([[0, 1, 0.5], [1, 0, 1]]), f32([[0, 0.75, 0.3], [1, 1, 0.5]])
binary_crossentropy.sample(_TRUTH, _GUESS)
binary_crossentropy.sample(_TRUTH, _GUESS * 80 - 40, from_logits=True)
binary_crossentropy.sample(i32([1, 0]), f32([0.5, 0.25]))


@op(dtypes=floating)
def categorical_crossentropy(
    target: Array, output: Array, from_logits: bool = False, axis: int = -1
) -> Array:
    """The cross entropy of shares along ``axis``, when ``target`` says how they should be.

    Shapes    both have one shape, of which ``axis`` disappears
    Dtypes    float; integers become ``floatx()``
    Edges     shares are brought to a sum of 1 and count as at least 1e-7 and at most 1 - 1e-7;
              ``from_logits`` takes the input of a softmax instead
    Errors    ValueError where shapes differ
    Source    keras.ops.categorical_crossentropy

    >>> import kgraph as kg
    >>> kg.ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    if from_logits:
        return -np.sum(target * log_softmax.reference(output, axis=axis), axis, dtype=output.dtype)
    output = _shares_of_array(output / np.sum(output, axis, dtype=output.dtype, keepdims=True))
    return -np.sum(target * np.log(output), axis, dtype=output.dtype)


@categorical_crossentropy.lower
def _of_classes(target: Any, output: Any, from_logits: bool, axis: int) -> Any:
    _require_same_shape("categorical_crossentropy", target, output)
    axis = one_axis("categorical_crossentropy", axis, type_of(output).ndim)
    target, output = promoted(categorical_crossentropy, target, output)
    if from_logits:
        logs = log_softmax(output, axis)
    else:
        logs = log(_shares(output / sum(output, axis, True)))
    return negative(sum(multiply(target, logs), axis))


for _logits in (False, True):
    categorical_crossentropy.sample(f32([0, 1, 0]), f32([0.1, 0.7, 0.3]), from_logits=_logits)
    categorical_crossentropy.sample(
        f32([[0, 1], [0.5, 0.5]]), f32([[1, 0], [2, 3]]), from_logits=_logits, axis=0
    )
categorical_crossentropy.sample(i32([[0, 1], [1, 0]]), f32([[1, 0], [2, 3]]))


def _class_and_shares(keys: Keys) -> list[DType]:
    target, output = unchanged(keys)
    return [target, *floating([output])]


@op(dtypes=_class_and_shares)
def sparse_categorical_crossentropy(
    target: Array, output: Array, from_logits: bool = False, axis: int = -1
) -> Array:
    """The cross entropy of shares along the last axis, when ``target`` is the number of the class.

    Shapes    (...) or (..., 1), (..., N) -> (...)
    Dtypes    target: integers; output: float
    Edges     shares count as at least 1e-7 and at most 1 - 1e-7, and are brought to a sum of 1;
              ``from_logits`` takes the input of a softmax instead
    Errors    ValueError for another axis than the last one, where shapes do not fit, and for a
              number that is no class; TypeError for float targets
    Source    keras.ops.sparse_categorical_crossentropy

    >>> import kgraph as kg
    >>> kg.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    logits = output if from_logits else np.log(_shares_of_array(output))
    logs = log_softmax.reference(logits, axis=-1)
    ids = target if target.ndim == output.ndim else target[..., None]
    _require_classes(ids, output.shape[-1])
    return -np.take_along_axis(logs, ids.astype(np.int64), -1)[..., 0]


def _require_classes(ids: np.ndarray, count: int) -> None:
    outside = (ids < 0) | (ids >= count)
    if outside.any():
        raise KGraphValueError(
            f"sparse_categorical_crossentropy: {ids[outside].flat[0]} is not in 0 .. {count - 1}"
        )


@sparse_categorical_crossentropy.lower
def _of_the_class(target: Any, output: Any, from_logits: bool, axis: int) -> Any:
    ids, shares = type_of(target), type_of(output)
    _, output = promoted(sparse_categorical_crossentropy, target, output)
    place = one_axis("sparse_categorical_crossentropy", axis, shares.ndim)
    if place != shares.ndim - 1:
        raise ShapeError(f"sparse_categorical_crossentropy: classes lie on axis -1, not {axis}")
    if ids.dtype.kind not in "iu":
        raise KGraphTypeError(
            message(
                "sparse_categorical_crossentropy: targets are numbers of classes",
                received=str(ids),
                hint="ops.cast(target, 'int32') if they are whole numbers",
            )
        )
    if ids.ndim == shares.ndim and ids.dims[-1] == 1:
        target = reshape_to(target, ids.dims[:-1])
    _require_one_class_each(type_of(target), shares)
    logs = log_softmax(output if from_logits else log(_shares(output)), -1)
    return negative(_picked(logs, target))


def _require_one_class_each(ids: ValueType, shares: ValueType) -> None:
    if not _fit(ids.dims, shares.dims[:-1]):
        raise ShapeError(
            message(
                "sparse_categorical_crossentropy: each line of shares has one class",
                received=f"target = {ids}\noutput = {shares}",
                expected="(...) or (..., 1), and (..., N)",
            )
        )


def _picked(logs: Any, target: Any) -> Any:
    """The entry of each line at its class; what is no class is refused before anything runs."""
    count = dims_of(logs)[-1]
    if isinstance(count, int):
        target = gather_rows(np.arange(count), target)
    found = take_along_axis(logs, expand_dims(target, -1), -1)
    return reshape_to(found, dims_of(logs)[:-1])


_LINES = f32([[0.1, 0.7, 0.3], [0, 0.5, 0.5]])
for _logits in (False, True):
    sparse_categorical_crossentropy.sample(i32([1, 0]), _LINES, from_logits=_logits)
sparse_categorical_crossentropy.sample(i64([[2], [1]]), _LINES)
sparse_categorical_crossentropy.sample(np.int64(1), _LINES[0])


@op(dtypes=floating)
def psnr(x1: Array, x2: Array, max_val: float) -> Array:
    """The peak signal-to-noise ratio of two values, in decibels.

    Shapes    both have one shape -> ()
    Dtypes    float; integers become ``floatx()``
    Edges     inf where both are equal
    Errors    ValueError where shapes differ
    Source    keras.ops.psnr

    >>> import kgraph as kg
    >>> kg.ops.psnr([1.0, 2.0], [2.0, 3.0], 10.0)
    array(20., dtype=float32)
    """
    error = np.mean(np.square(x1 - x2))
    return 20 * np.log10(x1.dtype.type(max_val)) - 10 * np.log10(error)


@psnr.lower
def _peak_over_error(x1: Any, x2: Any, max_val: float) -> Any:
    _require_same_shape("psnr", x1, x2)
    x1, x2 = promoted(psnr, x1, x2)
    peak = 20 * np.log10(type_of(x1).dtype.type(max_val))
    return float(peak) - 10 * log10(mean(square(x1 - x2)))


psnr.sample(_TRUTH, _GUESS, max_val=2)
psnr.sample(i32([1, 2]), i32([1, 5]), max_val=255.0)
psnr.sample(_TRUTH, _TRUTH, max_val=1.0)
