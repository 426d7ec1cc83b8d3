"""NumPy's functions that arrange, pick and make values, under NumPy's own signatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops import arranging, choosing, masking, searching
from kgraph.ops.asking import shape as shape_of
from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.joining import concatenate, hstack, split, stack, unstack, vstack
from kgraph.ops.numpy_functions import numpy_function, refuse_keywords
from kgraph.ops.operands import dtype_key, type_of
from kgraph.ops.reshaping import moveaxis, ravel, swapaxes
from kgraph.types.dtypes import as_dtype, promote
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.operators import OPS


def _in_dtype(x: Any, dtype: Any) -> Any:
    return x if dtype is None else cast(x, as_dtype(dtype))


# -- together and apart ----------------------------------------------------------------------------


@numpy_function("concatenate")
def _concatenate(
    arrays: Any, axis: int | None = 0, out: Any = None, dtype: Any = None, casting: Any = None
) -> Any:
    refuse_keywords("concatenate", out=out, casting=casting if casting != "same_kind" else None)
    if axis is None:
        return _in_dtype(concatenate([ravel(value) for value in arrays], 0), dtype)
    return _in_dtype(concatenate(list(arrays), axis), dtype)


@numpy_function("stack")
def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, **rest: Any) -> Any:
    refuse_keywords("stack", out=out, **rest)
    return _in_dtype(stack(list(arrays), axis), dtype)


@numpy_function("hstack")
def _hstack(tup: Any, *, dtype: Any = None, **rest: Any) -> Any:
    refuse_keywords("hstack", **rest)
    return _in_dtype(hstack(list(tup)), dtype)


@numpy_function("vstack")
def _vstack(tup: Any, *, dtype: Any = None, **rest: Any) -> Any:
    refuse_keywords("vstack", **rest)
    return _in_dtype(vstack(list(tup)), dtype)


numpy_function("dstack")(lambda tup: arranging.dstack(list(tup)))
numpy_function("column_stack")(lambda tup: concatenate([arranging.columns_of(x) for x in tup], 1))
numpy_function("append")(lambda arr, values, axis=None: arranging.append(arr, values, axis))
numpy_function("block")(arranging.block)
numpy_function("split")(
    lambda ary, indices_or_sections, axis=0: split(ary, indices_or_sections, axis)
)
numpy_function("array_split")(
    lambda ary, indices_or_sections, axis=0: arranging.array_split(ary, indices_or_sections, axis)
)


def _splits(split_along: Any) -> Any:
    return lambda ary, indices_or_sections: split_along(ary, indices_or_sections)


for _name in ("hsplit", "vsplit", "dsplit"):
    numpy_function(_name)(_splits(getattr(arranging, _name)))
numpy_function("unstack")(lambda x, /, *, axis=0: tuple(unstack(x, axis=axis)))


# -- axes ------------------------------------------------------------------------------------------

numpy_function("matrix_transpose", "linalg.matrix_transpose")(lambda x, /: swapaxes(x, -1, -2))
numpy_function("broadcast_arrays")(lambda *args, subok=False: arranging.broadcast_arrays(*args))


@numpy_function("rollaxis")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    ndim = type_of(a).ndim
    place = one_axis("rollaxis", axis, ndim)
    target = start + ndim if start < 0 else start
    return moveaxis(a, place, target - 1 if place < target else target)


@numpy_function("atleast_1d")
def _atleast_1d(*arys: Any) -> Any:
    return _all_or_one([arranging.with_axes(x, 1) for x in arys])


@numpy_function("atleast_2d")
def _atleast_2d(*arys: Any) -> Any:
    return _all_or_one([arranging.with_axes(x, 2) for x in arys])


@numpy_function("atleast_3d")
def _atleast_3d(*arys: Any) -> Any:
    return _all_or_one([arranging.with_axes(x, 3) for x in arys])


def _all_or_one(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else tuple(found)


# -- picking ---------------------------------------------------------------------------------------


@numpy_function("where")
def _where(condition: Any, /, *choices: Any) -> Any:
    if not choices:
        return masking.nonzero(condition)
    if len(choices) != 2:
        raise KGraphTypeError("np.where: takes a condition alone, or both x and y")
    return OPS["where"](condition, *choices)


for _name in ("nonzero", "flatnonzero", "argwhere", "extract"):
    numpy_function(_name)(getattr(masking, _name))


@numpy_function("compress")
def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    refuse_keywords("compress", out=out)
    return masking.compress(condition, a, axis)


@numpy_function("select")
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    return choosing.select(condlist, choicelist, default)


@numpy_function("choose")
def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    refuse_keywords("choose", "mode='clip' or 'wrap': nothing is raised in a graph", out=out)
    choices = list(choices)
    if mode == "raise":
        mode = "clip"
    ids = OPS["clip"](a, 0, len(choices) - 1) if mode == "clip" else OPS["mod"](a, len(choices))
    return choosing.select([ids == n for n in range(len(choices) - 1)], choices[:-1], choices[-1])


@numpy_function("clip")
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **rest: Any) -> Any:
    low, high = rest.pop("min", a_min), rest.pop("max", a_max)
    dtype = rest.pop("dtype", None)
    refuse_keywords("clip", out=out, **rest)
    low, high = (None if type(v).__name__ == "_NoValueType" else v for v in (low, high))
    if low is None or high is None:
        found = a if low is None else OPS["maximum"](a, low)
        return _in_dtype(found if high is None else OPS["minimum"](found, high), dtype)
    return _in_dtype(OPS["clip"](a, low, high), dtype)


@numpy_function("pad")
def _pad(array: Any, pad_width: Any, mode: str = "constant", **rest: Any) -> Any:
    refuse_keywords("pad", **{k: v for k, v in rest.items() if k != "constant_values"})
    given = {k: v for k, v in rest.items() if k == "constant_values"}
    return OPS["pad"](array, pad_width, mode, **given)


@numpy_function("sort")
def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, **rest: Any) -> Any:
    refuse_keywords("sort", kind=kind, order=order, **rest)
    return OPS["sort"](ravel(a), 0) if axis is None else OPS["sort"](a, axis)


@numpy_function("argsort")
def _argsort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, **rest: Any
) -> Any:
    refuse_keywords("argsort", kind=kind, order=order, **rest)
    return OPS["argsort"](ravel(a), 0) if axis is None else OPS["argsort"](a, axis)


# -- made like others, and asked of the type -------------------------------------------------------


def _like(name: str, value: float) -> None:
    @numpy_function(name)
    def like(
        a: Any,
        dtype: Any = None,
        order: Any = "K",
        subok: bool = True,
        shape: Any = None,
        *,
        device: Any = None,
    ) -> Any:
        refuse_keywords(
            name, "np.zeros(shape), which needs no value", order=order, shape=shape, device=device
        )
        return OPS["full_like"](a, value, dtype=dtype)


_like("zeros_like", 0)
_like("ones_like", 1)
_like("empty_like", 0)


@numpy_function("full_like")
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    refuse_keywords("full_like", order=order, shape=shape, device=device)
    if isinstance(fill_value, bool | int | float):
        return OPS["full_like"](a, fill_value, dtype=dtype)
    filled = arranging.broadcast_together([fill_value, a], 0)
    return cast(filled, as_dtype(dtype) if dtype is not None else type_of(a).dtype)


@numpy_function("geomspace")
def _geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    first, last = OPS["divide"](start, 1), OPS["divide"](stop, 1)
    logs = [OPS["log"](OPS["absolute"](end)) for end in (first, last)]
    sizes = OPS["exp"](_linspace(*logs, num, endpoint, axis=axis))
    return _in_dtype(sizes * OPS["expand_dims"](OPS["sign"](first), axis), dtype)


@numpy_function("logspace")
def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    exponents = _linspace(start, stop, num, endpoint, axis=axis)
    return _in_dtype(OPS["power"](base, exponents), dtype)


@numpy_function("linspace")
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    refuse_keywords("linspace", retstep=retstep or None, device=device)
    first, last = OPS["divide"](start, 1), OPS["divide"](stop, 1)
    parts = max(1, num - 1 if endpoint else num)
    shares = [number / parts for number in range(num)]
    found = stack([first * (1 - share) + last * share for share in shares], axis)
    return _in_dtype(found, dtype)


numpy_function("shape")(shape_of)
numpy_function("ndim")(lambda a: type_of(a).ndim)
numpy_function("iscomplexobj")(lambda x: False)
numpy_function("isrealobj")(lambda x: True)
numpy_function("may_share_memory")(lambda a, b, max_work=None: False)
numpy_function("shares_memory")(lambda a, b, max_work=None: False)


@numpy_function("size")
def _size(a: Any, axis: int | None = None) -> Any:
    sizes = shape_of(a) if axis is None else (shape_of(a)[axis],)
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes):
        return math.prod(known)
    return OPS["size"](a, axis)


@numpy_function("result_type")
def _result_type(*arrays_and_dtypes: Any) -> Any:
    return promote([_key(value) for value in arrays_and_dtypes])


def _key(value: Any) -> Any:
    return as_dtype(value) if isinstance(value, str | type | np.dtype) else dtype_key(value)


numpy_function("can_cast")(
    lambda from_, to, casting="safe": np.can_cast(type_of(from_).dtype, as_dtype(to), casting)
)
numpy_function("copy")(lambda a, order="K", subok=False: OPS["copy"](a))


@numpy_function("astype")
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    refuse_keywords("astype", device=device)
    return cast(x, as_dtype(dtype))


@numpy_function("meshgrid")
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    refuse_keywords("meshgrid", sparse=sparse or None)
    return tuple(arranging.meshgrid(*xi, indexing=indexing))


@numpy_function("isin")
def _isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Any:
    return OPS["isin"](element, test_elements, assume_unique, invert)


@numpy_function("searchsorted")
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    refuse_keywords("searchsorted", "ops.take(a, sorter, 0)", sorter=sorter)
    return OPS["searchsorted"](a, v, side)


@numpy_function("bincount")
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    return searching.bincount(x, weights, minlength)


@numpy_function("resize", "put_along_axis", "putmask", "place", "copyto", "fill_diagonal")
def _writes(*args: Any, **keywords: Any) -> Any:
    raise KGraphTypeError(
        message(
            "NumPy functions that write into an array cannot be part of a graph",
            hint="ops.where(mask, new, x), ops.scatter_update(x, positions, new)",
        )
    )
