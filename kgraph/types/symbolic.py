"""A value that is not there yet: something with a type that records the ops applied to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from kgraph.types.array_type import RaggedType, SparseType, ValueType
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError
from kgraph.types.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Iterator


class Symbolic(Operators):
    """Base of ``KerasTensor`` (front end) and of the tracers of the compiler.

    A subclass says with :meth:`record` what calling an op on it does.
    """

    __slots__ = ("type",)
    type: ValueType

    @abstractmethod
    def record(self, op: Any, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Note that ``op`` was called and return its symbolic result."""

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
    def ragged(self) -> bool:
        return isinstance(self.type, RaggedType)

    @property
    def sparse(self) -> bool:
        return isinstance(self.type, SparseType)

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
        self._refuse("it is no `float`", "Build a Model from it and call the model with data.")

    def __int__(self) -> int:
        self._refuse("it is no `int`", "Build a Model from it and call the model with data.")

    def __index__(self) -> int:
        self._refuse("it is no index", "Use ops.take(x, indices, axis) to pick by value.")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self._refuse(
            "it is no NumPy array",
            "NumPy functions that kgraph knows (np.tanh, np.concatenate, ...) work on it "
            "directly; else wrap the computation in a Layer, or call the model with data.",
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
