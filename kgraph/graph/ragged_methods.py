"""The methods of a ragged value that a symbolic one has, as ops."""

from __future__ import annotations

from typing import Any

from kgraph.types.array_type import RaggedType, ValueType
from kgraph.types.errors import KGraphTypeError
from kgraph.types.operators import OPS


class RaggedMethods:
    """What ``tf.RaggedTensor`` calls properties and methods, as ops."""

    __slots__ = ()

    type: ValueType

    def _require_ragged(self, attribute: str) -> RaggedType:
        if not isinstance(self.type, RaggedType):
            raise KGraphTypeError(f"only a ragged value has `{attribute}`; this is {self!r}")
        return self.type

    @property
    def ragged_rank(self) -> int:
        return self._require_ragged("ragged_rank").ragged_rank

    @property
    def values(self) -> Any:
        """The rows of a ragged value end to end, or the stored entries of a sparse one."""
        return OPS["values"](self)

    @property
    def flat_values(self) -> Any:
        self._require_ragged("flat_values")
        return OPS["flat_values"](self)

    @property
    def row_splits(self) -> Any:
        self._require_ragged("row_splits")
        return OPS["row_splits"](self)

    def row_lengths(self) -> Any:
        self._require_ragged("row_lengths")
        return OPS["row_lengths"](self)

    def value_rowids(self) -> Any:
        self._require_ragged("value_rowids")
        return OPS["value_rowids"](self)

    def nrows(self) -> Any:
        self._require_ragged("nrows")
        return OPS["nrows"](self)

    def to_tensor(self, default_value: Any = 0, shape: Any = None) -> Any:
        """Rows filled up with ``default_value`` to the length ``shape[1]``, or to the longest."""
        self._require_ragged("to_tensor")
        return OPS["to_dense"](self, default_value, None if shape is None else shape[1])
