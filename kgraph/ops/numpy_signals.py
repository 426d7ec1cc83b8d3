"""NumPy's functions on signals, samples and polynomials, under NumPy's own signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.arranging import with_axes
from kgraph.ops.casting import cast
from kgraph.ops.distances import corrcoef, covariance
from kgraph.ops.joining import concatenate
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.repetition import flip, pad
from kgraph.ops.reshaping import squeeze, swapaxes
from kgraph.ops.sequences import correlate
from kgraph.types.dtypes import as_dtype, as_float
from kgraph.types.errors import KGraphValueError, ShapeError, message

numpy_function("correlate")(lambda a, v, mode="valid": correlate(a, v, mode))


@numpy_function("convolve")
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    first, second = as_operand(a, "convolve"), as_operand(v, "convolve")
    sizes = [dims_of(x)[0] if type_of(x).ndim == 1 else 0 for x in (first, second)]
    if not isinstance(sizes[1], int) or (isinstance(sizes[0], int) and sizes[0] < sizes[1]):
        first, second = second, first
    return correlate(first, flip(second, 0), mode)


@numpy_function("corrcoef")
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None, **rest: Any) -> Any:
    refuse_keywords("corrcoef", **rest)
    rows = _variables("corrcoef", x, y, rowvar, dtype)
    return corrcoef(rows)


@numpy_function("cov")
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    refuse_keywords("cov", fweights=fweights, aweights=aweights)
    rows = _variables("cov", m, y, rowvar, dtype)
    lost = (0 if bias else 1) if ddof is None else ddof
    found = covariance(with_axes(rows, 2), lost)
    return squeeze(found) if dims_of(found) == (1, 1) else found


def _variables(name: str, x: Any, y: Any, rowvar: bool, dtype: Any) -> Any:
    """The rows to compare, each a variable, in floats."""
    parts = [_floats(name, part, dtype) for part in (x, y) if part is not None]
    if any(type_of(part).ndim > 2 for part in parts):
        raise ShapeError(f"np.{name}: takes a vector or a matrix, got {type_of(parts[0])}")
    turned = [part if rowvar or type_of(part).ndim < 2 else swapaxes(part, 0, 1) for part in parts]
    if len(turned) == 1:
        return turned[0]
    return concatenate([with_axes(part, 2) for part in turned], 0)


def _floats(name: str, x: Any, dtype: Any) -> Any:
    value = as_operand(x, name)
    return cast(value, as_float(type_of(value).dtype) if dtype is None else as_dtype(dtype))


# -- polynomials, the highest power first ----------------------------------------------------------


def _coefficients(name: str, p: Any) -> tuple[Any, int]:
    value = with_axes(as_operand(p, name), 1)
    size = dims_of(value)[0]
    if type_of(value).ndim != 1 or not isinstance(size, int):
        raise ShapeError(
            message(
                f"np.{name}: coefficients are a vector of known size", received=str(type_of(value))
            )
        )
    return value, size


def _of_one_degree(name: str, a1: Any, a2: Any) -> tuple[Any, Any]:
    (first, n), (second, m) = _coefficients(name, a1), _coefficients(name, a2)
    most = max(n, m)
    return pad(first, ((most - n, 0),)), pad(second, ((most - m, 0),))


@numpy_function("polyadd")
def _polyadd(a1: Any, a2: Any) -> Any:
    first, second = _of_one_degree("polyadd", a1, a2)
    return first + second


@numpy_function("polysub")
def _polysub(a1: Any, a2: Any) -> Any:
    first, second = _of_one_degree("polysub", a1, a2)
    return first - second


@numpy_function("polymul")
def _polymul(a1: Any, a2: Any) -> Any:
    return _convolve(_coefficients("polymul", a1)[0], _coefficients("polymul", a2)[0])


@numpy_function("polyder")
def _polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise KGraphValueError(f"np.polyder: m is how often to derive, 0 or more, got {m}")
    found, size = _coefficients("polyder", p)
    for degree in range(size - 1, size - 1 - min(m, size), -1):
        powers = np.arange(degree, 0, -1, dtype=type_of(found).dtype)
        found = found[:-1] * powers
    return found


@numpy_function("polyint")
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    refuse_keywords("polyint", "np.polyadd(np.polyint(p), [k])", k=k)
    if m < 0:
        raise KGraphValueError(f"np.polyint: m is how often to integrate, 0 or more, got {m}")
    found, size = _coefficients("polyint", _floats("polyint", p, None))
    for degree in range(size, size + m):
        powers = np.arange(degree, 0, -1, dtype=type_of(found).dtype)
        found = pad(found / powers, ((0, 1),))
    return found
