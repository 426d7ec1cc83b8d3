"""The methods of a sparse value that a symbolic one has, as ops."""

from __future__ import annotations

from kgraph.types.array_type import SparseType, ValueType
from kgraph.types.errors import KGraphTypeError


class SparseMethods:
    """What ``tf.SparseTensor`` and SciPy's sparse arrays call properties and methods, as ops."""

    __slots__ = ()

    type: ValueType

    def _require_sparse(self, attribute: str) -> SparseType:
        if not isinstance(self.type, SparseType):
            raise KGraphTypeError(f"only a sparse value has `{attribute}`; this is {self!r}")
        return self.type
