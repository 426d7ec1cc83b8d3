"""The methods of a sparse value that a symbolic one has, as ops."""

from __future__ import annotations

from typing import Any, NoReturn

from kgraph.types.array_type import SparseType, ValueType
from kgraph.types.calling import checked_methods
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.operators import OPS


@checked_methods()
class SparseMethods:
    """What ``tf.SparseTensor`` and SciPy's sparse arrays call properties and methods, as ops."""

    __slots__ = ()

    type: ValueType

    def _require_sparse(self, attribute: str) -> SparseType:
        if not isinstance(self.type, SparseType):
            raise KGraphTypeError(f"only a sparse value has `{attribute}`; this is {self!r}")
        return self.type

    @property
    def indices(self) -> Any:
        """The place of each stored entry on each axis, as in TensorFlow: (nnz, rank)."""
        self._require_sparse("indices")
        return OPS["indices"](self)

    @property
    def data(self) -> Any:
        """The stored entries, row after row; the same as ``values``."""
        self._require_sparse("data")
        return OPS["values"](self)

    @property
    def indptr(self) -> Any:
        """Where the entries of each row begin, and where those of the last one end."""
        self._require_sparse("indptr")
        return OPS["indptr"](self)

    @property
    def dense_shape(self) -> Any:
        """The size of each axis, as a value: (rank,)."""
        self._require_sparse("dense_shape")
        return OPS["dense_shape"](self)

    @property
    def nnz(self) -> Any:
        """How many entries are stored, as a value."""
        self._require_sparse("nnz")
        return OPS["nnz"](self)

    def to_dense(self, default_value: Any = 0) -> Any:
        """The value with its zeros, or ``default_value``, written out."""
        self._require_sparse("to_dense")
        return OPS["to_dense"](self, default_value)

    def toarray(self) -> NoReturn:
        self._require_sparse("toarray")
        raise KGraphTypeError(
            message(
                f"{self!r} is symbolic: there is no array yet",
                hint="x.to_dense() for a dense value in the graph; .toarray() on what a model "
                "returns",
            )
        )
