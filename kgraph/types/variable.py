"""A named array that may be assigned anew; compiled graphs notice when it is."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from kgraph.types.array_methods import ArrayMethods
from kgraph.types.array_type import ArrayType
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS, Operators


class Epoch:
    """Counts every assignment to any variable, so that one comparison finds out whether a
    compiled graph is up to date."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


EPOCH = Epoch()
_serial = count()


class Variable(ArrayMethods, Operators):
    """A weight: an array with a name, and a version that grows with each assignment.

    Shapes    fixed at creation
    Errors    ValueError if a value of another shape is assigned

    >>> import kgraph as kg
    >>> w = kg.Variable([1.0, 2.0], name="w")
    >>> w.assign([3.0, 4.0])
    >>> w.numpy()
    array([3., 4.], dtype=float32)
    """

    _instead_of_assigning = "assign the whole of it: w.assign(new_value)"

    def __init__(
        self, value: Any, name: str | None = None, dtype: Any = None, trainable: bool = True
    ) -> None:
        array = np.array(value, None if dtype is None else as_dtype(dtype))
        if dtype is None and not hasattr(value, "dtype") and array.dtype.kind in "fi":
            array = array.astype(as_dtype("float32" if array.dtype.kind == "f" else "int32"))
        array.flags.writeable = False
        self.value = array
        self.name = name or f"variable_{next(_serial)}"
        self.path = self.name
        self.trainable = trainable
        self.version = 0

    @property
    def dtype(self) -> DType:
        return self.value.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def type(self) -> ArrayType:
        return ArrayType(self.value.dtype, self.value.shape)

    def assign(self, value: Any) -> None:
        """Replace the value; graphs that use the variable see it at their next call."""
        array = np.array(value, self.value.dtype)
        if array.shape != self.value.shape:
            raise ShapeError(
                message(
                    f"variable {self.path!r}: cannot take a value of another shape",
                    received=str(array.shape),
                    expected=str(self.value.shape),
                )
            )
        array.flags.writeable = False
        self.value = array
        self.version += 1
        EPOCH.number += 1

    def copy(self) -> Any:
        """The value as it is now: an array, or a symbolic value where a graph is drawn."""
        return OPS["copy"](self)

    def numpy(self) -> np.ndarray:
        """The value, as a read-only array."""
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"<Variable path={self.path} shape={self.shape} dtype={self.dtype}>"
