"""Differences between neighbours, and areas under them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import Axis, one_axis
from kgraph.ops.dtype_rules import arithmetic, floating, unchanged
from kgraph.ops.indexing import take_range
from kgraph.ops.joining import stack, unstack
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.reduction import max, min, sum
from kgraph.ops.samples import f32, i32
from kgraph.types.errors import KGraphValueError, ShapeError

_X = f32([[1, 4, 9, 16], [2, 3, 5, -7]])


def without_ends(x: Any, axis: int) -> tuple[Any, Any]:
    """x without its first entry along ``axis``, and without its last."""
    size = dims_of(x)[axis]
    return take_range(x, axis, 1, size), take_range(x, axis, 0, size - 1)


@op(dtypes=unchanged)
def diff(x: Array, n: int = 1, axis: int = -1) -> Array:
    """Each entry along ``axis`` minus the one before it, ``n`` times over.

    Shapes    the size on ``axis`` falls by ``n``
    Dtypes    all; the result has the dtype of x, and of bools it says where neighbours differ
    Errors    ValueError for a scalar or a negative ``n``
    Source    keras.ops.diff, numpy.diff

    >>> import kgraph as kg
    >>> kg.ops.diff([1, 4, 9, 16])
    array([3, 5, 7], dtype=int32)
    """
    return np.diff(x, n, axis)


@diff.lower
def _later_minus_earlier(x: Any, n: int, axis: int) -> Any:
    place = one_axis("diff", axis, type_of(x).ndim)
    if n < 0:
        raise KGraphValueError(f"diff: n counts how often, so that it is not negative; got {n}")
    for _ in range(n):
        size = dims_of(x)[place]
        if isinstance(size, int) and size == 0:
            raise ShapeError(f"diff: axis {axis} has too few entries to be differenced {n} times")
        later, earlier = without_ends(x, place)
        x = later != earlier if type_of(x).dtype.kind == "b" else later - earlier
    return x


diff.sample(_X)
diff.sample(_X, n=2, axis=1)
diff.sample(_X, axis=0)
diff.sample(_X > 3)
diff.sample(i32([3, 1, 2]), n=0)


@op(dtypes=unchanged)
def ptp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Peak to peak: the greatest element over ``axis`` minus the least.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Dtypes    all; the result has the dtype of x
    Edges     nan if any element is nan
    Source    keras.ops.ptp, numpy.ptp

    >>> import kgraph as kg
    >>> kg.ops.ptp([[1, 5], [3, 4]], axis=1)
    array([4, 1], dtype=int32)
    """
    return np.ptp(x, axis, keepdims=keepdims)


@ptp.lower
@ptp.ragged
def _max_minus_min(x: Any, axis: Axis, keepdims: bool) -> Any:
    return max(x, axis, keepdims) - min(x, axis, keepdims)


ptp.sample(_X)
ptp.sample(_X, axis=1, keepdims=True)
ptp.sample(i32([[3, 1], [2, 9]]), axis=0)


@op(dtypes=arithmetic)
def cross(x1: Array, x2: Array, axis: int = -1) -> Array:
    """Cross product of vectors of three components.

    Shapes    broadcast as in NumPy; the size on ``axis`` is 3
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError for vectors of another size
    Source    keras.ops.cross, numpy.cross

    >>> import kgraph as kg
    >>> kg.ops.cross([1, 0, 0], [0, 1, 0])
    array([0, 0, 1], dtype=int32)
    """
    return np.cross(x1, x2, axis=axis)


@cross.lower
def _by_components(x1: Any, x2: Any, axis: int) -> Any:
    for x in (x1, x2):
        place = one_axis("cross", axis, type_of(x).ndim)
        if dims_of(x)[place] != 3:
            raise ShapeError(f"cross: vectors have 3 components, got {type_of(x)}, axis {axis}")
    (a1, a2, a3), (b1, b2, b3) = unstack(x1, axis=axis), unstack(x2, axis=axis)
    return stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], axis)


cross.sample(f32([[1, 2, 3], [4, 5, -6]]), f32([1, 0, -1]))
cross.sample(i32([[1], [2], [3]]), i32([[0], [1], [5]]), axis=0)


@op(dtypes=floating)
def trapezoid(x: Array, dx: float = 1.0, axis: int = -1) -> Array:
    """Area under the line through the entries along ``axis``, which lie ``dx`` apart.

    Shapes    ``axis`` disappears
    Dtypes    float; integers become ``floatx()``
    Edges     0 for fewer than two entries
    Source    keras.ops.trapezoid, numpy.trapezoid

    >>> import kgraph as kg
    >>> kg.ops.trapezoid([1.0, 2.0, 3.0])
    array(4., dtype=float32)
    """
    return np.trapezoid(x, dx=dx, axis=axis)


@trapezoid.lower
def _mean_of_neighbours(x: Any, dx: float, axis: int) -> Any:
    place = one_axis("trapezoid", axis, type_of(x).ndim)
    later, earlier = without_ends(x, place)
    return sum((later + earlier) * (float(dx) / 2), place)


trapezoid.sample(_X)
trapezoid.sample(_X, dx=0.5, axis=0)
trapezoid.sample(i32([1, 2, 4]))
