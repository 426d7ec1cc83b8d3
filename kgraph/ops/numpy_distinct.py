"""NumPy's functions on sets: distinct elements, and which of them two values share."""

from __future__ import annotations

from typing import Any, NamedTuple

from kgraph.ops.distinct import unique
from kgraph.ops.joining import concatenate
from kgraph.ops.masking import boolean_mask
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.reshaping import ravel
from kgraph.types.operators import OPS


class UniqueAll(NamedTuple):
    """As ``numpy.unique_all`` answers."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """As ``numpy.unique_counts`` answers."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """As ``numpy.unique_inverse`` answers."""

    values: Any
    inverse_indices: Any


@numpy_function("unique")
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    if not equal_nan:
        refuse_keywords("unique", "all nan are one element in graphs", equal_nan=equal_nan)
    return unique(ar, True, return_index, return_inverse, return_counts, axis)


numpy_function("unique_all")(lambda x: UniqueAll(*unique(x, True, True, True, True)))
numpy_function("unique_counts")(lambda x: UniqueCounts(*unique(x, return_counts=True)))
numpy_function("unique_inverse")(lambda x: UniqueInverse(*unique(x, return_inverse=True)))
numpy_function("unique_values")(unique)


@numpy_function("union1d")
def _union(ar1: Any, ar2: Any) -> Any:
    return unique(concatenate([ravel(ar1), ravel(ar2)], 0))


@numpy_function("intersect1d")
def _intersection(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    refuse_keywords("intersect1d", "ops.isin(a, b)", return_indices=return_indices or None)
    found = unique(ar1)
    return boolean_mask(found, OPS["isin"](found, ar2))


@numpy_function("setdiff1d")
def _difference(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    found = ravel(ar1) if assume_unique else unique(ar1)
    return boolean_mask(found, OPS["isin"](found, ar2, invert=True))


@numpy_function("setxor1d")
def _in_one_alone(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    return unique(concatenate([_difference(ar1, ar2), _difference(ar2, ar1)], 0))
