"""A named array that may be assigned anew; compiled graphs notice when it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from kgraph.types.array_methods import ArrayMethods
from kgraph.types.array_type import ArrayType
from kgraph.types.calling import checked_methods
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.operators import OPS, Operators


class Epoch:
    """Counts every assignment to any variable, so that one comparison finds out whether a
    compiled graph is up to date."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


EPOCH = Epoch()
_serial = count()


@checked_methods()
class Variable(ArrayMethods, Operators):
    """A weight: an array with a name, and a version that grows with each assignment.

    Args
        value      an array, or a function (shape, dtype) -> array that makes one
        name       ``variable_0``, ``variable_1``, … if it is not given
        dtype      of the value; Python numbers become float32 or int32
        trainable  whether it counts as trainable where a layer owns it
        shape      for a function alone: what it is to make

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
        self,
        value: Any,
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
        shape: tuple[int, ...] | None = None,
    ) -> None:
        if callable(value):
            value = _initial(value, shape, dtype)
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

    def assign_add(self, value: Any) -> None:
        """Add to the value."""
        self.assign(self._moved(np.add, value))

    def assign_sub(self, value: Any) -> None:
        """Subtract from the value."""
        self.assign(self._moved(np.subtract, value))

    def _moved(self, move: np.ufunc, value: Any) -> Any:
        amount = np.asarray(value, self.value.dtype)
        if amount.ndim > self.ndim:
            return amount  # `assign` says that it does not fit
        return move(self.value, amount)

    @property
    def T(self) -> Any:
        return OPS["transpose"](self)

    def reshape(self, *shape: Any) -> Any:
        """The op ``reshape``."""
        return OPS["reshape"](self, shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Any:
        """The op ``cast``."""
        return OPS["cast"](self, dtype)

    def __len__(self) -> int:
        return len(self.value)

    def numpy(self) -> np.ndarray:
        """The value, as a read-only array."""
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"<Variable path={self.path} shape={self.shape} dtype={self.dtype}>"


def _initial(make: Callable[..., Any], shape: Any, dtype: Any) -> Any:
    if shape is None:
        raise KGraphTypeError(
            message(
                "Variable: an initializer needs a `shape`",
                received=f"{make!r}",
                hint="kg.Variable(initializer, shape=(3, 2))",
            )
        )
    return make(tuple(shape), as_dtype(dtype or "float32"))
