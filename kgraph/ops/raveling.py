"""Positions in the flat order of a shape, and their coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgraph.ops.arithmetic import floor_divide, mod
from kgraph.ops.operands import as_dense, type_of
from kgraph.ops.whole_numbers import whole_numbers
from kgraph.types.errors import KGraphTypeError, message


def unravel_index(indices: Any, shape: int | Sequence[int]) -> tuple[Any, ...]:
    """The coordinates of flat positions in an array of ``shape``: one value for each axis.

    Shapes    any -> as many times the shape of ``indices`` as ``shape`` has sizes
    Dtypes    integers; the coordinates have the dtype of ``indices``
    Edges     positions outside wrap round: those before 0 count from the end
    Errors    TypeError for floats; ValueError for a shape of unknown or negative sizes
    Source    keras.ops.unravel_index, numpy.unravel_index

    >>> import kgraph as kg
    >>> kg.ops.unravel_index([1, 5], (2, 3))
    (array([0, 1], dtype=int32), array([1, 2], dtype=int32))
    """
    rest = as_dense(indices, "unravel_index")
    if type_of(rest).dtype.kind not in "iu":
        raise KGraphTypeError(
            message(
                "unravel_index: positions are integers",
                received=str(type_of(rest)),
                hint="ops.cast(indices, 'int32') if they are whole numbers",
            )
        )
    sizes = whole_numbers("unravel_index", "a size of shape", shape, 1)
    coordinates: list[Any] = []
    for size in reversed(sizes):
        coordinates.append(mod(rest, size))
        rest = floor_divide(rest, size)
    return tuple(reversed(coordinates))
