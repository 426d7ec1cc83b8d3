"""Elements put into a value at positions that are values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import Keys, unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.shape import broadcast_to
from kgraph.ops.samples import f32, i32, i64
from kgraph.ops.sizing import attached
from kgraph.ops.whole_numbers import whole_numbers
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Size
from kgraph.types.dtypes import DType, int64
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_REDUCE = {"add": np.add, "max": np.maximum, "min": np.minimum, "mul": np.multiply}


def _into_the_first(keys: Keys) -> list[DType]:
    """Updates take the dtype of what they are put into; floats do not fit into integers."""
    inputs, indices, updates = unchanged(keys)
    if inputs.kind in "biu" and updates.kind == "f":
        raise KGraphTypeError(
            message(
                f"{updates} updates do not fit into {inputs}",
                hint=f"ops.cast(updates, '{inputs}') cuts them; ops.cast(inputs, '{updates}')",
            )
        )
    return [inputs, indices if indices.name in ("int32", "int64") else _as_index(indices), inputs]


def _as_index(dtype: DType) -> DType:
    return int64 if dtype.kind in "iu" else dtype


@op(dtypes=_into_the_first)
def scatter_update(inputs: Array, indices: Array, updates: Array, reduction: Any = None) -> Array:
    """``inputs`` with the entries at ``indices`` replaced by ``updates``, or met with them.

    Shapes    indices (..., K) name entries by their positions on the first K axes of inputs
              (D1, …, Dn); updates (..., Dk+1, …, Dn); the result has the shape of inputs
    Dtypes    all; indices: integers; the result has the dtype of inputs
    Edges     ``reduction``: None, and of several updates of one entry the last stays; "add", "mul",
              "max" or "min", and all of them count
    Errors    ValueError for a position outside, shapes that do not fit and another reduction;
              TypeError for indices that are no integers, and float updates of integers
    Cost      a host step: one pass of NumPy
    Source    keras.ops.scatter_update, tf.tensor_scatter_nd_update

    >>> import kgraph as kg
    >>> kg.ops.scatter_update([1, 2, 3], [[0], [2]], [7, 9])
    array([7, 2, 9], dtype=int32)
    """
    found = np.array(inputs)
    places = _checked("scatter_update", indices, inputs.shape)
    if reduction is None:
        found[places] = updates
    else:
        _REDUCE[reduction.lower()].at(found, places, updates)
    return found


def _checked(name: str, indices: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """The positions on each axis, when there are such entries."""
    columns = tuple(np.moveaxis(indices, -1, 0))
    for axis, places in enumerate(columns):
        outside = (places < 0) | (places >= shape[axis])
        if outside.any():
            raise KGraphValueError(
                f"{name}: position {places[outside].flat[0]} on axis {axis} is not in "
                f"0 .. {shape[axis] - 1}"
            )
    return columns


@scatter_update.infer
def _shape_of_inputs(
    inputs: ArrayType, indices: ArrayType, updates: ArrayType, reduction: Any
) -> ArrayType:
    if indices.dtype.kind not in "iu":
        raise KGraphTypeError(
            message("positions are integers", hint="ops.cast(indices, 'int32') if they are whole")
        )
    if not (reduction is None or (isinstance(reduction, str) and reduction.lower() in _REDUCE)):
        raise KGraphValueError(
            f"reduction is None, {', '.join(map(repr, _REDUCE))}, got {reduction!r}"
        )
    depth = indices.dims[-1] if indices.dims else None
    if not isinstance(depth, int) or not 0 < depth <= inputs.ndim:
        raise ShapeError(
            message(
                f"an entry is named by its positions on 1 to {inputs.ndim} axes",
                expected="indices (..., number of axes)",
            )
        )
    expected = (*indices.dims[:-1], *inputs.dims[depth:])
    if not _fit(updates.dims, expected):
        raise ShapeError(
            message(
                "there is one update for each entry that is named",
                expected=f"updates {ArrayType(updates.dtype, expected)}",
            )
        )
    return inputs


def _fit(first: Sequence[Size], second: Sequence[Size]) -> bool:
    return len(first) == len(second) and not any(
        isinstance(a, int) and isinstance(b, int) and a != b
        for a, b in zip(first, second, strict=True)
    )


_TABLE = f32([[1, 2], [3, 4], [5, -6]])
for _reduction in (None, "add", "mul", "max", "min"):
    scatter_update.sample(
        _TABLE, i32([[0], [2], [0]]), f32([[9, 8], [0, 1], [2, 3]]), reduction=_reduction
    )
scatter_update.sample(_TABLE, i64([[0, 1], [2, 0]]), f32([7, 8]))
scatter_update.sample(_TABLE, np.zeros((0, 2), np.int32), f32([]))
scatter_update.sample(i32([1, 2, 3]), i32([[[0]], [[1]]]), i32([[4], [5]]), reduction="add")


@op(dtypes=unchanged)
def scatter(indices: Array, values: Array, shape: Any) -> Array:
    """Zeros of ``shape`` with ``values`` at ``indices``; where several meet, their sum.

    Shapes    indices (..., K), values (..., Dk+1, …, Dn) -> (D1, …, Dn)
    Dtypes    all; indices: integers; the result has the dtype of values
    Errors    as of `scatter_update`; ValueError for a shape of unknown or negative sizes
    Cost      a host step: one pass of NumPy
    Source    keras.ops.scatter, tf.scatter_nd

    >>> import kgraph as kg
    >>> kg.ops.scatter([[0], [2], [0]], [1.0, 2.0, 3.0], (4,))
    array([4., 0., 2., 0.], dtype=float32)
    """
    found = np.zeros(shape, values.dtype)
    np.add.at(found, _checked("scatter", indices, found.shape), values)
    return found


@scatter.lower
def _add_to_zeros(indices: Any, values: Any, shape: Any) -> Any:
    sizes = whole_numbers("scatter", "a size of shape", shape)
    zero = np.zeros((), type_of(values).dtype)
    return scatter_update(broadcast_to(attached(zero, values), sizes), indices, values, "add")


scatter.sample(i32([[0], [2], [0]]), f32([1, 2, 3]), shape=(4,))
scatter.sample(i32([[0, 1], [1, 1]]), i32([5, 6]), shape=(2, 2))
scatter.sample(i32([[1]]), f32([[5, 6]]), shape=(3, 2))
