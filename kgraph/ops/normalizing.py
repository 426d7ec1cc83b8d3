"""Values brought to mean 0 and variance 1, as layers and functional code do."""

from __future__ import annotations

from typing import Any

from kgraph.ops.arithmetic import add, multiply, negative, subtract
from kgraph.ops.axes import Axis, many_axes, one_axis
from kgraph.ops.casting import cast
from kgraph.ops.exponential import rsqrt, square
from kgraph.ops.operands import as_dense, dims_of, type_of
from kgraph.ops.reduction import mean
from kgraph.ops.reshaping import expand_dims
from kgraph.types.dtypes import DType, as_float, float16, float32
from kgraph.types.errors import ShapeError, message

EPSILON = 1e-7
"""What is added to variances unless something else is asked for: the epsilon of Keras."""


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``, feature by feature.

    Shapes    any; ``mean``, ``variance``, ``offset`` and ``scale`` have one entry for each feature
              on ``axis``; the result has the shape of x
    Dtypes    float; integers become ``floatx()``
    Errors    ValueError where an operand is no vector along ``axis``
    Source    keras.ops.batch_normalization, tf.nn.batch_normalization

    >>> import kgraph as kg
    >>> kg.ops.batch_normalization([[1.0, 3.0]], [1.0, 1.0], [1.0, 4.0], -1, epsilon=0.0)
    array([[0., 1.]], dtype=float32)
    """
    x = _floats(x, "batch_normalization")
    place = one_axis("batch_normalization", axis, type_of(x).ndim)
    features = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    given = {k: _feature(x, place, k, v) for k, v in features.items() if v is not None}
    # One factor and one offset for each feature: of constants alone they fold into constants.
    factor = rsqrt(add(given["variance"], epsilon))
    if "scale" in given:
        factor = multiply(factor, given["scale"])
    rest = negative(multiply(given["mean"], factor))
    if "offset" in given:
        rest = add(given["offset"], rest)
    after = type_of(x).ndim - 1 - place
    return add(multiply(x, _column(factor, after)), _column(rest, after))


def _floats(x: Any, name: str) -> Any:
    """x as a float."""
    x = as_dense(x, name)
    dtype = as_float(type_of(x).dtype)
    return x if type_of(x).dtype == dtype else cast(x, dtype)


def _feature(x: Any, axis: int, name: str, value: Any) -> Any:
    value = as_dense(value, "batch_normalization")
    found, size = type_of(value), dims_of(x)[axis]
    sizes = {size, found.dims[0]} if found.ndim == 1 else set()
    if not sizes or (len(sizes) > 1 and all(isinstance(size, int) for size in sizes)):
        raise ShapeError(
            message(
                f"batch_normalization: {name} has one entry for each feature",
                received=f"{name} = {found}\nx = {type_of(x)}, features on axis {axis}",
                expected=f"({size},)",
            )
        )
    return value


def _column(vector: Any, after: int) -> Any:
    """A vector of features with ``after`` axes of size 1 behind it."""
    return expand_dims(vector, tuple(range(1, after + 1))) if after else vector


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Axis = -1, epsilon: float | None = None
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta``, over ``axis``.

    Shapes    any; ``gamma`` and ``beta`` have the sizes of ``axis``, or broadcast against x
    Dtypes    float; integers become ``floatx()``; float16 is computed in float32
    Edges     ``epsilon=None`` means 1e-7
    Errors    ValueError where ``gamma`` or ``beta`` do not fit
    Source    keras.ops.layer_normalization; Ba et al., arXiv:1607.06450

    >>> import kgraph as kg
    >>> kg.ops.layer_normalization([[1.0, 3.0]], epsilon=0.0)
    array([[-1.,  1.]], dtype=float32)
    """
    x, dtype = _wide("layer_normalization", x)
    axes = many_axes("layer_normalization", axis, type_of(x).ndim)
    centred = subtract(x, mean(x, axes, True))
    variance = mean(square(centred), axes, True)
    found = multiply(centred, rsqrt(add(variance, _or_default(epsilon))))
    if gamma is not None:
        found = multiply(found, _along("layer_normalization", "gamma", gamma, axes, x))
    if beta is not None:
        found = add(found, _along("layer_normalization", "beta", beta, axes, x))
    return found if type_of(found).dtype == dtype else cast(found, dtype)


def rms_normalization(
    x: Any, scale: Any = None, axis: Axis = -1, epsilon: float | None = None
) -> Any:
    """``x / sqrt(mean(x**2) + epsilon) * scale``, over ``axis``.

    Shapes    any; ``scale`` has the sizes of ``axis``, or broadcasts against x; a scalar counts as
              a vector of one
    Dtypes    float; integers become ``floatx()``; float16 is computed in float32
    Edges     ``epsilon=None`` means 1e-7
    Errors    ValueError where ``scale`` does not fit
    Source    keras.ops.rms_normalization; Zhang and Sennrich, arXiv:1910.07467

    >>> import kgraph as kg
    >>> kg.ops.rms_normalization([[1.0, -7.0]], epsilon=0.0)
    array([[ 0.2, -1.4]], dtype=float32)
    """
    x, dtype = _wide("rms_normalization", x)
    if not type_of(x).ndim:
        x = expand_dims(x, 0)
    axes = many_axes("rms_normalization", axis, type_of(x).ndim)
    found = multiply(x, rsqrt(add(mean(square(x), axes, True), _or_default(epsilon))))
    if scale is not None:
        found = multiply(found, _along("rms_normalization", "scale", scale, axes, x))
    return found if type_of(found).dtype == dtype else cast(found, dtype)


def _or_default(epsilon: float | None) -> float:
    return EPSILON if epsilon is None else float(epsilon)


def _wide(name: str, x: Any) -> tuple[Any, DType]:
    """x in the dtype to compute in, and that of the result."""
    x = _floats(x, name)
    dtype = type_of(x).dtype
    return (cast(x, float32) if dtype == float16 else x), dtype


def _along(name: str, what: str, weight: Any, axes: tuple[int, ...], x: Any) -> Any:
    """The weight with axes of size 1 wherever the mean does not run, in the dtype of x."""
    weight = as_dense(weight, name)
    found, whole = type_of(weight), type_of(x)
    weight = weight if found.dtype == whole.dtype else cast(weight, whole.dtype)
    last = axes == tuple(range(whole.ndim - len(axes), whole.ndim))
    if last or found.ndim == whole.ndim:
        return weight
    if found.ndim != len(axes):
        raise ShapeError(
            message(
                f"{name}: {what} does not fit",
                received=f"{what} = {found}\nx = {whole}, axis {axes}",
                expected=f"the sizes of axis {axes}, or as many axes as x",
            )
        )
    return expand_dims(weight, tuple(a for a in range(whole.ndim) if a not in axes))
