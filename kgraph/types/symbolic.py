"""A value that is not there yet: something with a type that records the ops applied to it."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from kgraph.types.array_methods import ArrayMethods
from kgraph.types.array_type import RaggedType, SparseType, ValueType
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphAttributeError, KGraphTypeError, did_you_mean, message
from kgraph.types.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALL_A_MODEL = "Build a Model from it and call the model with data."
_NOT_IN_PLACE = "it cannot change in place"


class Symbolic(ArrayMethods, Operators):
    """Base of ``KerasTensor`` (front end) and of the tracers of the compiler.

    A subclass says with :meth:`record` what calling an op on it does.
    """

    __slots__ = ("type",)
    type: ValueType
    composes: ClassVar[bool] = False
    """Does a composite value made of it become one symbolic value, with a node that made it?"""

    @abstractmethod
    def record(self, op: Any, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Note that ``op`` was called and return its symbolic result."""

    @property
    def is_given(self) -> bool:
        """Whether it is an array of the batch as it came, and not computed from one."""
        return False

    @property
    def shape(self) -> Shape:
        """Sizes; None where they are known only when a batch arrives."""
        return self.type.shape

    @property
    def dtype(self) -> DType:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return self.type.ndim

    @property
    def size(self) -> int | None:
        """Number of elements; None if it is known only when a batch arrives."""
        total = 1
        for size in self.shape:
            if size is None:
                return None
            total *= size
        return total

    @property
    def ragged(self) -> bool:
        return isinstance(self.type, RaggedType)

    @property
    def sparse(self) -> bool:
        return isinstance(self.type, SparseType)

    # ---- what needs a value

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise KGraphTypeError(
            f"{self!r} is symbolic: it has a shape and a dtype but no value, so {what}. {instead}"
        )

    def __bool__(self) -> NoReturn:
        self._refuse(
            "`bool()`, `if`, `and`, `or` cannot decide on it",
            "Use ops.where(condition, a, b) to choose by value, or ops.logical_and/or/not.",
        )

    def __len__(self) -> int:
        self._refuse("it has no `len()`", "Use its `shape`; the batch size is not known yet.")

    def __float__(self) -> float:
        self._refuse("it is no `float`", _CALL_A_MODEL)

    def __int__(self) -> int:
        self._refuse("it is no `int`", _CALL_A_MODEL)

    def __complex__(self) -> complex:
        self._refuse("it is no `complex`", _CALL_A_MODEL)

    def __index__(self) -> int:
        self._refuse("it is no index", "Use ops.take(x, indices, axis) to pick by value.")

    def __format__(self, spec: str) -> str:
        if spec:
            self._refuse(f"it cannot be written as {spec!r}", _CALL_A_MODEL)
        return str(self)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if _is_asked_by_matmul_of_scipy(sys._getframe(1)):
            return np.empty((), object)
        return self._refuse(
            "it is no NumPy array",
            "NumPy functions that kgraph knows (np.tanh, np.concatenate, ...) work on it "
            "directly, and so do kg.multiply(A, x) for a SciPy matrix A and the ufuncs of "
            "scipy.special, whose softmax, log_softmax and logsumexp are kg.softmax, "
            "kg.log_softmax and kg.logsumexp; else wrap the computation in a Layer, or call the "
            "model with data.",
        )

    def __contains__(self, item: object) -> bool:
        self._refuse(
            "`in` cannot compare with it", "Compare identities: any(x is y for y in values)."
        )

    def __iter__(self) -> Iterator[Any]:
        if self.ndim == 0:
            raise KGraphTypeError(f"{self!r} is a scalar: it cannot be iterated over")
        count = self.shape[0]
        if count is None:
            self._refuse(
                "its first dimension is not known and cannot be iterated over",
                "Apply an op to all rows at once, or give the Input a `batch_size`.",
            )
        return (self[index] for index in range(count))

    def item(self, *index: Any) -> NoReturn:
        self._refuse("it has no `item()`", _CALL_A_MODEL)

    def tolist(self) -> NoReturn:
        self._refuse("it has no `tolist()`", _CALL_A_MODEL)

    def numpy(self) -> NoReturn:
        self._refuse("it has no `numpy()`", _CALL_A_MODEL)

    def view(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse(
            "its bytes cannot be viewed in another way", "x.astype(dtype) converts the numbers."
        )

    def fill(self, value: Any) -> NoReturn:
        self._refuse(_NOT_IN_PLACE, "ops.full_like(x, value) makes a new value.")

    def sort(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse(_NOT_IN_PLACE, "y = ops.sort(x, axis) makes a new value.")

    def resize(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse(_NOT_IN_PLACE, "ops.reshape or ops.pad makes a new value.")

    def put(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse(_NOT_IN_PLACE, self._instead_of_assigning + ".")

    def __getattr__(self, name: str) -> NoReturn:
        # protocols ask for many private names; a known one without a value is asked for in `repr`
        if name.startswith("_") or hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise KGraphAttributeError(
            message(
                f"a {type(self).__name__} has no attribute {name!r}",
                received=repr(self),
                hint=did_you_mean(name, [n for n in dir(type(self)) if not n.startswith("_")]),
            )
        )


def _is_asked_by_matmul_of_scipy(frame: FrameType) -> bool:
    """Whether this is ``A @ x``: given a 0-d object array SciPy steps back, so that Python asks
    ``x.__rmatmul__``.  The ``A * x`` of SciPy's matrices, which comes the same way, must not: its
    mirror image here multiplies element by element."""
    names = []
    while frame.f_back is not None and "scipy" in frame.f_code.co_filename:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names[:1] == ["_matmul_dispatch"] and names[-1] == "__matmul__"
