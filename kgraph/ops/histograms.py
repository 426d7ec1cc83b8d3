"""How many elements lie between bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.logic import logical_and
from kgraph.ops.operands import as_dense, dims_of, type_of
from kgraph.ops.reduction import max, min
from kgraph.ops.searching import count_classes, searchsorted
from kgraph.ops.selection import where
from kgraph.ops.sizing import attached
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.dtypes import DType, float64, int32
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message


def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> tuple[Any, Any]:
    """How many elements of a vector lie in each of ``bins`` parts of ``range``, and the bounds.

    Shapes    (N,) -> (bins,) and (bins + 1,)
    Dtypes    all but bool; counts and bounds have the dtype of x, so that whole bounds are cut
    Edges     a part holds its lower bound, the last one both; elements outside are not counted;
              without ``range`` the parts reach from the least element to the greatest, and where
              these are equal all is in the last part
    Errors    ValueError for another rank, fewer than one part, bounds that fall, or no elements and
              no range; TypeError for bool
    Cost      a host step: one binary search for each element
    Source    keras.ops.histogram

    >>> import kgraph as kg
    >>> kg.ops.histogram([0.0, 0.2, 0.9, 1.0], 2)
    (array([2., 2.], dtype=float32), array([0. , 0.5, 1. ], dtype=float32))
    """
    x = as_dense(x, "histogram")
    _require_vector(x)
    bins = whole_number("histogram", "bins", bins, 1)
    low, high = _ends(x, range)
    dtype: DType = type_of(x).dtype
    bounds = even_bounds(low, high, bins, dtype if dtype.kind == "f" else float64)
    bounds = attached(cast(bounds, dtype), x)
    inside = logical_and(x >= low, x <= high)
    return cast(count_between(x, bounds, cast(inside, _counting(dtype))), dtype), bounds


def _counting(dtype: DType) -> DType:
    """In what elements are counted that are of this dtype."""
    return dtype if dtype.kind == "f" else int32


def _require_vector(x: Any) -> None:
    found = type_of(x)
    if found.ndim != 1:
        raise ShapeError(
            message("histogram: takes a vector", received=str(found), hint="ops.ravel(x)")
        )
    if found.dtype.kind == "b":
        raise KGraphTypeError(
            message(
                "histogram: truth values have no parts",
                received=str(found),
                hint="ops.cast(x, 'int32'), or ops.bincount",
            )
        )


def _ends(x: Any, range: Any) -> tuple[Any, Any]:
    if range is None:
        if type_of(x).dims[0] == 0:
            raise ShapeError("histogram: there are no elements; give range")
        return min(x), max(x)
    low, high = (None, None) if len(tuple(range)) != 2 else tuple(range)
    if low is None or high is None or not low <= high:
        raise KGraphValueError(
            message(
                "histogram: range is the least bound and the greatest",
                received=repr(range),
                expected="(low, high), low <= high",
            )
        )
    return low, high


def even_bounds(low: Any, high: Any, bins: int, dtype: DType) -> Any:
    """The bounds of ``bins`` equal parts from ``low`` to ``high``, both of which they hold exactly.

    >>> even_bounds(1.0, 2.0, 2, np.dtype("float32"))
    array([1. , 1.5, 2. ], dtype=float32)
    """
    first, last = (cast(np.asarray(end) if np.isscalar(end) else end, dtype) for end in (low, high))
    steps = np.arange(bins + 1)
    return where(steps < bins, first + (last - first) / bins * steps.astype(dtype), last)


def count_between(x: Any, bounds: Any, weights: Any) -> Any:
    """What the elements of a vector weigh that lie from each bound to the next.

    >>> count_between(np.float32([0.5, 2.5]), np.float32([0, 1, 3]), np.int32([1, 1]))
    array([1, 1], dtype=int32)
    """
    count = dims_of(bounds)[0] - 1
    return count_classes(searchsorted(bounds[1:-1], x, "right"), weights, count)
