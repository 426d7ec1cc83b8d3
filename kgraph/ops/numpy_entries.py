"""NumPy's functions that leave entries out, put them in, shift them, and number matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops import arranging
from kgraph.ops.asking import shape as shape_of
from kgraph.ops.axes import many_axes, one_axis
from kgraph.ops.casting import cast
from kgraph.ops.joining import concatenate
from kgraph.ops.numpy_functions import numpy_function
from kgraph.ops.operands import as_operand, lone_number, type_of
from kgraph.ops.reshaping import moveaxis, ravel
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.symbolic import Symbolic


@numpy_function("delete")
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    x, place = _on_axis("delete", arr, axis)
    size = type_of(x).dims[place]
    if isinstance(obj, Symbolic) or not isinstance(size, int):
        raise ShapeError(
            message(
                "np.delete: what is left out, and of how many, must be known",
                received=f"{type_of(x)}, axis {place}",
                hint="ops.boolean_mask(x, keep) takes a mask of a batch",
            )
        )
    return OPS["take"](x, np.delete(np.arange(size), obj), place)


@numpy_function("insert")
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    x, place = _on_axis("insert", arr, axis)
    if isinstance(obj, bool) or not isinstance(obj, int):
        raise KGraphTypeError(f"np.insert: takes one position, known as an int, got {obj!r}")
    front = (slice(None),) * place
    before, after = (OPS["getitem"](x, (*front, part)) for part in (slice(obj), slice(obj, None)))
    put = cast(lone_number(as_operand(values, "insert")), type_of(x).dtype)
    ranks = type_of(put).ndim, type_of(x).ndim
    if ranks[0] == ranks[1]:
        put = moveaxis(put, 0, place)  # as NumPy has it for one position
    elif ranks[0]:
        put = OPS["expand_dims"](put, place)
    line = OPS["getitem"](x, (*front, slice(0, 1)))
    return concatenate([before, arranging.broadcast_together([put, line], 0), after], place)


def _on_axis(name: str, arr: Any, axis: int | None) -> tuple[Any, int]:
    x = as_operand(arr, name)
    return (ravel(x), 0) if axis is None else (x, one_axis(name, axis, type_of(x).ndim))


def _indices_from(name: str) -> None:
    @numpy_function(name)
    def indices(arr: Any, k: int = 0) -> Any:
        rows, columns = shape_of(arr)[-2:]
        if rows is None or columns is None:
            raise ShapeError(f"np.{name}: the sizes of the matrix must be known: {type_of(arr)}")
        return getattr(np, name)(np.empty((rows, columns), bool), k)


_indices_from("tril_indices_from")
_indices_from("triu_indices_from")
numpy_function("iscomplex")(lambda x: OPS["full_like"](x, False, dtype="bool"))
numpy_function("real_if_close")(lambda a, tol=100: a)
numpy_function("fft.fftshift")(lambda x, axes=None: _shifted(x, axes, 1))
numpy_function("fft.ifftshift")(lambda x, axes=None: _shifted(x, axes, -1))


def _shifted(x: Any, axes: Any, way: int) -> Any:
    """x with the middle of its axes first, or back again."""
    places = many_axes("fftshift", axes, type_of(x).ndim)
    for place in places:
        size = type_of(x).dims[place]
        if not isinstance(size, int):
            raise ShapeError(f"np.fft.fftshift: the size on axis {place} must be known")
        x = OPS["roll"](x, size // 2 if way > 0 else -(size // 2), place)
    return x
