"""NumPy's functions that compute: products, norms, differences, comparisons, interpolation."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from kgraph.ops.arranging import broadcast_together
from kgraph.ops.axes import many_axes, one_axis
from kgraph.ops.joining import concatenate, unstack
from kgraph.ops.linear import matmul, outer
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.reduction import all, sum
from kgraph.ops.reshaping import moveaxis, reshape
from kgraph.types.dims import broadcast_dims
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.operators import OPS


@numpy_function("einsum")
def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **rest: Any) -> Any:
    refuse_keywords("einsum", out=out, **rest)
    return OPS["einsum"](*operands)


@numpy_function("linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return OPS["norm"](x, ord, axis, keepdims)


@numpy_function("linalg.vector_norm")
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    ndim = type_of(x).ndim
    axes = range(ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    places = [one_axis("vector_norm", place, ndim) for place in axes]
    if len(places) == 1:
        return OPS["norm"](x, ord, places[0], keepdims)
    if keepdims or len(places) != ndim:
        refuse_keywords("linalg.vector_norm", "one axis, or all", axis=axis, keepdims=keepdims)
    return OPS["norm"](reshape(x, (-1,)), ord, 0)


@numpy_function("linalg.matrix_norm")
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return OPS["norm"](x, ord, (-2, -1), keepdims)


numpy_function("linalg.matmul")(lambda x1, x2, /: matmul(x1, x2))
numpy_function("linalg.outer")(lambda x1, x2, /: outer(x1, x2))
numpy_function("linalg.tensordot")(lambda x1, x2, /, *, axes=2: OPS["tensordot"](x1, x2, axes))
numpy_function("linalg.vecdot")(lambda x1, x2, /, *, axis=-1: OPS["vecdot"](x1, x2, axis))
numpy_function("linalg.diagonal")(
    lambda x, /, *, offset=0: OPS["diagonal"](x, offset, axis1=-2, axis2=-1)
)


@numpy_function("linalg.trace")
def _matrix_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    refuse_keywords("linalg.trace", "ops.cast", dtype=dtype)
    return OPS["trace"](x, offset, axis1=-2, axis2=-1)


@numpy_function("linalg.cross")
def _vector_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return OPS["cross"](x1, x2, axis)


@numpy_function("linalg.matrix_power")
def _matrix_power(a: Any, n: int) -> Any:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise KGraphValueError(
            message(
                "np.linalg.matrix_power: graphs multiply matrices, and do not invert them",
                received=f"n={n!r}",
                expected="an int from 1 on",
            )
        )
    half = _matrix_power(a, n // 2) if n > 1 else None
    if half is None:
        return a
    square = matmul(half, half)
    return matmul(square, a) if n % 2 else square


@numpy_function("linalg.multi_dot")
def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    refuse_keywords("linalg.multi_dot", out=out)
    return reduce(OPS["dot"], arrays)


@numpy_function("cross")
def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    found = OPS["cross"](moveaxis(a, axisa, -1), moveaxis(b, axisb, -1))
    return moveaxis(found, -1, axisc)


@numpy_function("diff")
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    place = one_axis("diff", axis, type_of(a).ndim)
    parts = [_edge(prepend, a, place), a, _edge(append, a, place)]
    given = [part for part in parts if part is not None]
    joined = concatenate(given, place) if len(given) > 1 else a
    return OPS["diff"](joined, n, axis)


def _edge(value: Any, like: Any, axis: int) -> Any:
    """What ``np.diff`` puts before or behind: a number is spread out."""
    if value is None or type(value).__name__ == "_NoValueType":
        return None
    edge = as_operand(value, "diff")
    if getattr(edge, "ndim", 0):
        return edge
    return broadcast_together([edge, _part(like, axis, 0, 1)], 0)


def _part(x: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return OPS["getitem"](x, (*(slice(None),) * axis, slice(start, stop)))


@numpy_function("ediff1d")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    found = OPS["diff"](OPS["ravel"](ary))
    ends = [None if v is None else OPS["ravel"](v) for v in (to_begin, to_end)]
    parts = [ends[0], found, ends[1]]
    given = [part for part in parts if part is not None]
    return concatenate(given, 0) if len(given) > 1 else found


@numpy_function("trapezoid")
def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    if x is None:
        return OPS["trapezoid"](y, dx, axis)
    place = one_axis("trapezoid", axis, type_of(y).ndim)
    later, earlier = _part(y, place, 1, None), _part(y, place, None, -1)
    x = as_operand(x, "trapezoid")
    steps = OPS["diff"](x)
    if type_of(x).ndim == 1:
        steps = reshape(steps, [-1 if n == place else 1 for n in range(type_of(y).ndim)])
    return sum((later + earlier) * steps / 2, place)


@numpy_function("unwrap")
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    place = one_axis("unwrap", axis, type_of(p).ndim)
    half, least = period / 2, max(period / 2, 0 if discont is None else discont)
    steps = OPS["diff"](p, 1, place)
    turned = OPS["mod"](steps + half, period) - half
    turned = OPS["where"](OPS["logical_and"](turned == -half, steps > 0), half, turned)
    mended = OPS["where"](OPS["absolute"](steps) < least, 0.0, turned - steps)
    first = _part(p, place, 0, 1)
    shifts = concatenate([first * 0, OPS["cumsum"](mended, place)], place)
    return p + shifts


@numpy_function("gradient")
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    if edge_order != 1:
        refuse_keywords("gradient", "edge_order=1", edge_order=edge_order)
    places = many_axes("gradient", axis, type_of(f).ndim)
    steps = varargs * len(places) if len(varargs) == 1 else varargs or (1.0,) * len(places)
    if len(steps) != len(places) or any(np.ndim(step) for step in steps):
        raise KGraphTypeError(
            message(
                "np.gradient: takes a step for all axes, or one for each",
                received=f"{len(varargs)} steps, {len(places)} axes",
                hint="np.diff(f, axis=n) / np.diff(x) for points at other distances",
            )
        )
    found = [_slopes(f, place, step) for place, step in zip(places, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f: Any, axis: int, step: Any) -> Any:
    """What f grows by per step: between both neighbours, at the ends from or to the only one."""
    size = dims_of(f)[axis]
    if isinstance(size, int) and size < 2:
        raise ShapeError(f"np.gradient: needs two entries or more on axis {axis}, got {size}")
    inner = (_part(f, axis, 2, None) - _part(f, axis, None, -2)) / (2 * step)
    first = (_part(f, axis, 1, 2) - _part(f, axis, 0, 1)) / step
    last = (_part(f, axis, -1, None) - _part(f, axis, -2, -1)) / step
    return concatenate([first, inner, last], axis)


@numpy_function("polyval")
def _polyval(p: Any, x: Any) -> Any:
    found: Any = x * 0
    for coefficient in p if isinstance(p, list | tuple) else unstack(p):
        found = found * x + coefficient
    return found


@numpy_function("array_equiv")
def _array_equiv(a1: Any, a2: Any) -> Any:
    first, second = as_operand(a1, "array_equiv"), as_operand(a2, "array_equiv")
    try:
        broadcast_dims(dims_of(first), dims_of(second))
    except ShapeError:
        return np.False_
    return all(OPS["equal"](first, second))


@numpy_function("array_equal")
def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    refuse_keywords("array_equal", "ops.isclose(a, b, equal_nan=True)", equal_nan=equal_nan or None)
    first, second = as_operand(a1, "array_equal"), as_operand(a2, "array_equal")
    try:
        same = broadcast_dims(dims_of(first), dims_of(second))
    except ShapeError:
        return np.False_
    if type_of(first).ndim != type_of(second).ndim or len(same) != type_of(first).ndim:
        return np.False_
    return all(OPS["equal"](first, second))


@numpy_function("angle")
def _angle(z: Any, deg: bool = False) -> Any:
    half_turn = 180.0 if deg else float(np.pi)
    return OPS["where"](OPS["isnan"](z), z, OPS["where"](OPS["signbit"](z), half_turn, 0.0))
