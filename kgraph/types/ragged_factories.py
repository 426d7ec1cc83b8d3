"""The factories of RaggedTensor: one for each way to say where rows lie."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np

from kgraph.types import ragged_dense, row_partition
from kgraph.types.array_methods import ArrayMethods
from kgraph.types.calling import checked_methods
from kgraph.types.casting import Array, known_array
from kgraph.types.csr import CSR
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.operators import OPS, Operators
from kgraph.types.sparse import to_csr
from kgraph.types.symbolic import Symbolic

Component: TypeAlias = Any  # numpy.ndarray or Symbolic
R = TypeVar("R", bound="Factories")


@checked_methods()
class Factories(ArrayMethods, Operators):
    """Base of ``RaggedTensor``: class methods that check row bounds and build the value."""

    __slots__ = ("__weakref__", "_flat_values", "_nested_row_splits", "_uniform")
    _flat_values: Component
    _nested_row_splits: tuple[Component, ...]
    _uniform: Shape  # for each ragged axis the length that all its rows are known to have, or None

    @abstractmethod
    def nrows(self) -> int:
        """How many rows there are."""

    @classmethod
    def _make(
        cls: type[R],
        flat_values: Component,
        nested_row_splits: tuple[Component, ...],
        uniform: Shape = (),
    ) -> R:
        """Put components together unchecked; any of them may be symbolic."""
        self = object.__new__(cls)
        object.__setattr__(self, "_flat_values", flat_values)
        object.__setattr__(self, "_nested_row_splits", nested_row_splits)
        object.__setattr__(self, "_uniform", uniform or (None,) * len(nested_row_splits))
        return self

    @classmethod
    def _from(
        cls: type[R], encoding: str, values: Any, bounds: Any, uniform: Shape = (None,), **more: Any
    ) -> R:
        """Rows of ``values`` whose ``bounds`` are told as ``encoding`` says."""
        name = f"from_{encoding}"
        if is_symbolic(values) or is_symbolic(bounds):
            return OPS[name](values, bounds, **more)  # type: ignore[no-any-return]
        partition: Callable[..., Array] = getattr(row_partition, name)
        inner = values if isinstance(values, Factories) else flat_array(values)
        if not isinstance(inner, Factories):
            return cls._make(inner, (partition(bounds, total=len(inner), **more),), uniform)
        splits = partition(bounds, total=inner.nrows(), **more)
        nested = one_dtype(splits, *inner._nested_row_splits)
        return cls._make(inner._flat_values, nested, (*uniform, *inner._uniform))

    @classmethod
    def from_row_splits(
        cls: type[R], values: Any, row_splits: Any, name: str | None = None, validate: bool = True
    ) -> R:
        """Row ``i`` is ``values[row_splits[i] : row_splits[i + 1]]``.

        ``validate`` is taken as in TensorFlow and changes nothing: bounds are always checked.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 3]).to_list()
        [[3, 1], [4]]
        """
        return cls._from("row_splits", values, row_splits)

    @classmethod
    def from_row_lengths(
        cls: type[R], values: Any, row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> R:
        """Row ``i`` holds ``row_lengths[i]`` items.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_lengths([3, 1, 4], [2, 0, 1]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from("row_lengths", values, row_lengths)

    @classmethod
    def from_value_rowids(
        cls: type[R],
        values: Any,
        value_rowids: Any,
        nrows: int | None = None,
        name: str | None = None,
        validate: bool = True,
    ) -> R:
        """Item ``i`` belongs to row ``value_rowids[i]``; ``nrows`` adds empty rows at the end.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_value_rowids([3, 1, 4], [0, 0, 2], nrows=4).to_list()
        [[3, 1], [], [4], []]
        """
        return cls._from("value_rowids", values, value_rowids, nrows=nrows)

    @classmethod
    def from_row_starts(
        cls: type[R], values: Any, row_starts: Any, name: str | None = None, validate: bool = True
    ) -> R:
        """Row ``i`` starts at ``row_starts[i]``; the last row ends with the values.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_starts([3, 1, 4], [0, 2, 2]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from("row_starts", values, row_starts)

    @classmethod
    def from_row_limits(
        cls: type[R], values: Any, row_limits: Any, name: str | None = None, validate: bool = True
    ) -> R:
        """Row ``i`` ends before ``row_limits[i]``; the first row starts at 0.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_row_limits([3, 1, 4], [2, 2, 3]).to_list()
        [[3, 1], [], [4]]
        """
        return cls._from("row_limits", values, row_limits)

    @classmethod
    def from_uniform_row_length(
        cls: type[R],
        values: Any,
        uniform_row_length: int,
        nrows: int | None = None,
        validate: bool = True,
        name: str | None = None,
    ) -> R:
        """Every row holds ``uniform_row_length`` items; ``nrows`` is needed when that is 0.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_uniform_row_length([3, 1, 4, 1], 2)
        <kgraph.RaggedTensor [[3, 1], [4, 1]] shape=(2, 2) dtype=int64>
        """
        length = row_partition.whole_number(uniform_row_length, "uniform_row_length")
        return cls._from("uniform_row_length", values, length, (length,), nrows=nrows)

    @classmethod
    def from_nested_row_splits(
        cls: type[R],
        flat_values: Any,
        nested_row_splits: Sequence[Any],
        name: str | None = None,
        validate: bool = True,
    ) -> R:
        """One ``row_splits`` for each ragged axis, outermost first.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_nested_row_splits([3, 1, 4], ([0, 1, 2], [0, 2, 3])).to_list()
        [[[3, 1]], [[4]]]
        """
        return cls._from_nested(flat_values, nested_row_splits, cls.from_row_splits)

    @classmethod
    def from_nested_row_lengths(
        cls: type[R],
        flat_values: Any,
        nested_row_lengths: Sequence[Any],
        name: str | None = None,
        validate: bool = True,
    ) -> R:
        """One ``row_lengths`` for each ragged axis, outermost first.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_nested_row_lengths([3, 1, 4], ([1, 1], [2, 1])).to_list()
        [[[3, 1]], [[4]]]
        """
        return cls._from_nested(flat_values, nested_row_lengths, cls.from_row_lengths)

    @classmethod
    def from_nested_value_rowids(
        cls: type[R],
        flat_values: Any,
        nested_value_rowids: Sequence[Any],
        nested_nrows: Sequence[int | None] | None = None,
        name: str | None = None,
        validate: bool = True,
    ) -> R:
        """One ``value_rowids`` for each ragged axis, outermost first, and the number of rows.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> ids = [[0, 0, 2], [0, 1, 1]]
        >>> RaggedTensor.from_nested_value_rowids([3, 1, 4], ids, [4, 3]).to_list()
        [[[3], [1, 4]], [], [[]], []]
        """
        _require_nested(nested_value_rowids)
        counts = [None] * len(nested_value_rowids) if nested_nrows is None else list(nested_nrows)
        if len(counts) != len(nested_value_rowids):
            raise KGraphValueError(
                message(
                    "nested_nrows must name a number of rows for each ragged axis",
                    received=f"{len(counts)} numbers, {len(nested_value_rowids)} arrays of row ids",
                )
            )
        pairs = list(zip(nested_value_rowids, counts, strict=True))
        return cls._from_nested(
            flat_values, pairs, lambda values, pair: cls.from_value_rowids(values, *pair)
        )

    @classmethod
    def _from_nested(
        cls: type[R], flat_values: Any, nested: Sequence[Any], factory: Callable[..., R]
    ) -> R:
        _require_nested(nested)
        result = flat_values
        for bounds in reversed(nested):
            result = factory(result, bounds)
        return result  # type: ignore[no-any-return]

    @classmethod
    def from_tensor(
        cls: type[R],
        tensor: Any,
        lengths: Any = None,
        padding: Any = None,
        ragged_rank: int = 1,
        name: str | None = None,
        row_splits_dtype: Any = np.int64,
    ) -> R:
        """The rows of a dense array, whole, or cut to ``lengths``, or without trailing ``padding``.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> RaggedTensor.from_tensor([[1, 2, 0], [3, 0, 0]], padding=0).to_list()
        [[1, 2], [3]]
        """
        splits_dtype = row_partition.splits_dtype(row_splits_dtype)
        nested = ragged_dense.nested_lengths(lengths)
        if is_symbolic(tensor) or any(map(is_symbolic, nested)):
            return OPS["from_tensor"](  # type: ignore[no-any-return]
                [tensor, *nested], padding=padding, ragged_rank=ragged_rank, dtype=splits_dtype
            )
        array = flat_array(tensor, "tensor")
        flat, splits, widths = ragged_dense.partition_dense(array, nested, padding, ragged_rank)
        made = cls.from_nested_row_splits(flat, [s.astype(splits_dtype) for s in splits])
        return cls._make(made._flat_values, made._nested_row_splits, widths)

    @classmethod
    def from_sparse(
        cls: type[R], st_input: Any, name: str | None = None, row_splits_dtype: Any = np.int64
    ) -> R:
        """The stored entries of a 2-D sparse matrix, whose rows are filled from the left.

        >>> from kgraph.types.ragged import RaggedTensor
        >>> import scipy.sparse
        >>> RaggedTensor.from_sparse(scipy.sparse.csr_array([[3, 1], [4, 0]])).to_list()
        [[3, 1], [4]]
        """
        splits_dtype = row_partition.splits_dtype(row_splits_dtype)
        if is_symbolic(st_input):
            return OPS["from_sparse"](st_input, dtype=splits_dtype)  # type: ignore[no-any-return]
        csr = to_csr(st_input)
        row_partition.require_matrix(csr.shape)
        row_partition.require_left_aligned(csr.indices, csr.indptr)
        return cls.from_row_splits(csr.data, csr.indptr.astype(splits_dtype))


def is_symbolic(value: Any) -> bool:
    """Is ``value``, or a part of it, symbolic?"""
    if type(value) is np.ndarray:
        return False
    if isinstance(value, Factories):
        return any(isinstance(p, Symbolic) for p in (value._flat_values, *value._nested_row_splits))
    if isinstance(value, CSR):
        return isinstance(value.data, Symbolic)
    return isinstance(value, Symbolic)


def _require_nested(nested: Any) -> None:
    if not isinstance(nested, (list, tuple)) or not nested:
        raise KGraphTypeError(
            message(
                "the row bounds of each ragged axis are needed",
                received=repr(nested),
                expected="a list or tuple with one array for each ragged axis",
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


def one_dtype(*splits: Component) -> tuple[Component, ...]:
    """Splits of one dtype: int64 as soon as one of them is."""
    if any(isinstance(array, Symbolic) for array in splits):
        return splits
    if len({array.dtype for array in splits}) == 1:
        return splits
    return tuple(row_partition.frozen(array.astype(np.int64, copy=False)) for array in splits)
