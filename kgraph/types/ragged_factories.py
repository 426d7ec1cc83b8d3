"""The factories of RaggedTensor: one for each way to say where rows lie."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np

from kgraph.types import ragged_dense, row_partition
from kgraph.types.array_methods import ArrayMethods
from kgraph.types.casting import Array, known_array
from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.operators import Operators
from kgraph.types.sparse import from_csr, to_csr
from kgraph.types.symbolic import Symbolic

Component: TypeAlias = Any  # numpy.ndarray or Symbolic
R = TypeVar("R", bound="Factories")


class Factories(ArrayMethods, Operators):
    """Base of ``RaggedTensor``: class methods that check row bounds and build the value."""

    __slots__ = ("__weakref__", "_flat_values", "_nested_row_splits")
    _flat_values: Component
    _nested_row_splits: tuple[Component, ...]

    @abstractmethod
    def nrows(self) -> int:
        """How many rows there are."""

    @classmethod
    def _make(cls: type[R], flat_values: Component, nested_row_splits: tuple[Component, ...]) -> R:
        """Put components together unchecked; any of them may be symbolic."""
        self = object.__new__(cls)
        object.__setattr__(self, "_flat_values", flat_values)
        object.__setattr__(self, "_nested_row_splits", nested_row_splits)
        return self

    @classmethod
    def _from(cls: type[R], values: Any, partition: Callable[..., Array], *bounds: Any) -> R:
        inner = values if isinstance(values, Factories) else flat_array(values)
        if not isinstance(inner, Factories):
            return cls._make(inner, (partition(*bounds, len(inner)),))
        splits = partition(*bounds, inner.nrows())
        return cls._make(inner._flat_values, _one_dtype(splits, *inner._nested_row_splits))

    @classmethod
    def from_row_splits(cls: type[R], values: Any, row_splits: Any) -> R:
        """Row ``i`` is ``values[row_splits[i] : row_splits[i + 1]]``.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]).to_list()
        [[3, 1], [4]]
        """
        return cls._from(values, row_partition.checked_splits, row_splits)

    @classmethod
    def from_row_lengths(cls: type[R], values: Any, row_lengths: Any) -> R:
        """Row ``i`` holds ``row_lengths[i]`` items.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_lengths([3, 1, 4], [2, 0, 1]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from(values, row_partition.from_row_lengths, row_lengths)

    @classmethod
    def from_value_rowids(
        cls: type[R], values: Any, value_rowids: Any, nrows: int | None = None
    ) -> R:
        """Item ``i`` belongs to row ``value_rowids[i]``; ``nrows`` adds empty rows at the end.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_value_rowids([3, 1, 4], [0, 0, 2], nrows=4).to_list()
        [[3, 1], [], [4], []]
        """
        return cls._from(values, row_partition.from_value_rowids, value_rowids, nrows)

    @classmethod
    def from_row_starts(cls: type[R], values: Any, row_starts: Any) -> R:
        """Row ``i`` starts at ``row_starts[i]``; the last row ends with the values.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_starts([3, 1, 4], [0, 2, 2]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from(values, row_partition.from_row_starts, row_starts)

    @classmethod
    def from_row_limits(cls: type[R], values: Any, row_limits: Any) -> R:
        """Row ``i`` ends before ``row_limits[i]``; the first row starts at 0.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_limits([3, 1, 4], [2, 2, 3]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from(values, row_partition.from_row_limits, row_limits)

    @classmethod
    def from_uniform_row_length(
        cls: type[R], values: Any, uniform_row_length: int, nrows: int | None = None
    ) -> R:
        """Every row holds ``uniform_row_length`` items; ``nrows`` is needed when that is 0.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_uniform_row_length([3, 1, 4, 1], 2).to_list()
        [[3, 1], [4, 1]]
        """
        return cls._from(values, row_partition.from_uniform_row_length, uniform_row_length, nrows)

    @classmethod
    def from_nested_row_splits(
        cls: type[R], flat_values: Any, nested_row_splits: Sequence[Any]
    ) -> R:
        """One ``row_splits`` for each ragged axis, outermost first.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_nested_row_splits([3, 1, 4], ([0, 1, 2], [0, 2, 3])).to_list()
        [[[3, 1]], [[4]]]
        """
        return cls._from_nested(flat_values, nested_row_splits, cls.from_row_splits)

    @classmethod
    def from_nested_row_lengths(
        cls: type[R], flat_values: Any, nested_row_lengths: Sequence[Any]
    ) -> R:
        """One ``row_lengths`` for each ragged axis, outermost first.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_nested_row_lengths([3, 1, 4], ([1, 1], [2, 1])).to_list()
        [[[3, 1]], [[4]]]
        """
        return cls._from_nested(flat_values, nested_row_lengths, cls.from_row_lengths)

    @classmethod
    def _from_nested(
        cls: type[R], flat_values: Any, nested: Sequence[Any], factory: Callable[..., R]
    ) -> R:
        if not isinstance(nested, (list, tuple)) or not nested:
            raise KGraphTypeError(
                message(
                    "the row bounds of each ragged axis are needed",
                    received=repr(nested),
                    expected="a list or tuple with one array for each ragged axis",
                )
            )
        result = flat_values
        for bounds in reversed(nested):
            result = factory(result, bounds)
        return result  # type: ignore[no-any-return]

    @classmethod
    def from_tensor(
        cls: type[R], tensor: Any, lengths: Any = None, padding: Any = None, ragged_rank: int = 1
    ) -> R:
        """The rows of a dense array, whole, or cut to ``lengths``, or without trailing ``padding``.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_tensor([[1, 2, 0], [3, 0, 0]], padding=0).to_list()
        [[1, 2], [3]]
        """
        array = flat_array(tensor, "tensor")
        return cls.from_nested_row_splits(
            *ragged_dense.partition_dense(array, lengths, padding, ragged_rank)
        )

    @classmethod
    def from_sparse(cls: type[R], matrix: Any) -> R:
        """The stored entries of a 2-D sparse matrix, whose rows are filled from the left.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> import scipy.sparse
        >>> RaggedTensor.from_sparse(scipy.sparse.csr_array([[3, 1], [4, 0]])).to_list()
        [[3, 1], [4]]
        """
        csr = to_csr(matrix)
        csr = to_csr(from_csr(csr).sorted_indices())  # SciPy sorts only what has been checked
        _left_aligned(csr)
        return cls.from_row_splits(csr.data, csr.indptr)


def _left_aligned(csr: CSR) -> None:
    """Refuse rows whose columns are not 0, 1, 2, ... without a gap."""
    starts = np.repeat(csr.indptr[:-1], np.diff(csr.indptr))
    expected = np.arange(csr.indices.size) - starts
    wrong = csr.indices != expected
    if wrong.any():
        at = int(wrong.argmax())
        row = int(np.searchsorted(csr.indptr, at, side="right")) - 1
        raise KGraphValueError(
            message(
                "the rows of a sparse matrix must be filled from the left without a gap",
                received=f"in row {row}, column {csr.indices[at]} where {expected[at]} is missing",
                hint="store the zeros, or take x.data and x.indptr as values and row_splits",
            )
        )


def flat_array(values: Any, name: str = "values") -> Array:
    if isinstance(values, Symbolic):
        raise KGraphTypeError(
            message(
                f"{name} is symbolic, and a ragged value is built from numbers",
                received=repr(values),
                hint="start from a ragged Input, or give x.with_flat_values(new) new items",
            )
        )
    array = known_array(values, name)
    if array.ndim == 0:
        raise KGraphValueError(
            message(f"{name} must have rank 1 or more", received=f"the scalar {values!r}")
        )
    return array


def _one_dtype(*splits: Array) -> tuple[Array, ...]:
    """Splits of one dtype: int64 as soon as one of them is."""
    if len({array.dtype for array in splits}) == 1:
        return splits
    return tuple(row_partition.frozen(array.astype(np.int64, copy=False)) for array in splits)
