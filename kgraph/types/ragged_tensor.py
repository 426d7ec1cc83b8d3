"""The ragged value: flat values, and row splits that say where each row lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from kgraph.types import ragged_dense, ragged_index, row_partition
from kgraph.types.array_type import ArrayType, RaggedType, type_of_array
from kgraph.types.calling import checked_methods
from kgraph.types.casting import Array
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged_factories import (
    Component,
    Factories,
    flat_array,
    is_symbolic,
    one_dtype,
)
from kgraph.types.symbolic import Symbolic


@checked_methods()
class RaggedTensor(Factories):
    """Rows of different lengths, stored as flat values and row splits; immutable.

    Shapes    ragged_rank 1: values (T, *inner), row_splits (B + 1,)  ->  (B, None, *inner);
              each further ragged axis puts one more array of splits between rows and values
    Dtypes    values: bool, integers, floats, string; row_splits: int32 or int64
    Edges     empty rows, and no rows at all, are fine; ``==`` compares item by item as in NumPy,
              and the hash goes by identity
    Errors    every factory checks its row bounds: KGraphValueError or KGraphTypeError
    Source    tf.RaggedTensor

    >>> x = RaggedTensor.from_row_splits([1.0, 2.0, 3.0], [0, 2, 2, 3])
    >>> x
    <kgraph.RaggedTensor [[1.0, 2.0], [], [3.0]] shape=(3, None) dtype=float64>
    >>> x[0]
    array([1., 2.])
    """

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise KGraphTypeError(
            "RaggedTensor is made by its factories: RaggedTensor.from_row_splits(values, "
            "row_splits), from_row_lengths, from_tensor, ..., or kg.ragged.constant(rows)"
        )

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a RaggedTensor is immutable: cannot set {name!r}")

    # ---- from and to columns of other libraries

    @classmethod
    def from_arrow(cls, array: Any, ragged_rank: int | None = None) -> RaggedTensor:
        """The lists of an Arrow array, chunked or not; numbers are not copied.

        Shapes    lists of lists: further ragged axes; fixed-size lists at the end: inner axes
        Errors    KGraphValueError for nulls and for lists nested less deep than ``ragged_rank``

        >>> import pyarrow
        >>> RaggedTensor.from_arrow(pyarrow.array([[3, 1], [], [4]])).to_list()
        [[3, 1], [], [4]]
        """
        from kgraph.types.ragged_arrow import from_arrow  # here: it makes RaggedTensors

        return from_arrow(array, ragged_rank)

    @classmethod
    def from_awkward(cls, array: Any, ragged_rank: int | None = None) -> RaggedTensor:
        """The lists of an Awkward array; numbers are copied only where lists lie scattered.

        Shapes    lists of lists: further ragged axes; regular lists at the end: inner axes
        Errors    KGraphValueError for missing values; KGraphTypeError for records and unions

        >>> import awkward
        >>> RaggedTensor.from_awkward(awkward.Array([[3, 1], [], [4]])).to_list()
        [[3, 1], [], [4]]
        """
        from kgraph.types.ragged_awkward import from_awkward  # here: it makes RaggedTensors

        return from_awkward(array, ragged_rank)

    def to_arrow(self) -> Any:
        """An Arrow array of lists, large ones where row splits are int64; numbers are not copied.

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).to_arrow().to_pylist()
        [[3, 1], [], [4]]
        """
        from kgraph.types.ragged_arrow import to_arrow  # here: it makes RaggedTensors

        self._require_numbers("to_arrow()")
        return to_arrow(self)

    # ---- what it is made of

    @property
    def flat_values(self) -> Component:
        """The innermost values, all ragged axes merged into one: (T, *inner)."""
        return self._flat_values

    @property
    def nested_row_splits(self) -> tuple[Component, ...]:
        """The ``row_splits`` of each ragged axis, outermost first."""
        return self._nested_row_splits

    @property
    def ragged_rank(self) -> int:
        """How many ragged axes there are."""
        return len(self._nested_row_splits)

    @property
    def values(self) -> Any:
        """The items of all rows, one after another; ragged themselves if ragged_rank > 1."""
        inner = self._nested_row_splits[1:]
        if not inner:
            return self._flat_values
        return RaggedTensor._make(self._flat_values, inner, self._uniform[1:])

    @property
    def row_splits(self) -> Component:
        """The bounds of the rows of axis 1: row ``i`` lies at ``row_splits[i] .. [i + 1]``."""
        return self._nested_row_splits[0]

    @property
    def type(self) -> RaggedType:
        """What the compiler knows of it."""
        splits = tuple(_array_type(splits) for splits in self._nested_row_splits)
        return RaggedType(_array_type(self._flat_values), splits, self._uniform)

    @property
    def dtype(self) -> DType:
        return self._flat_values.dtype  # type: ignore[no-any-return]

    @property
    def shape(self) -> Shape:
        """Sizes; None for an axis whose rows may differ in length."""
        return self.type.shape

    def get_shape(self) -> Shape:
        """The same as :attr:`shape`."""
        return self.shape

    @property
    def row_splits_dtype(self) -> DType:
        """int32 or int64."""
        return _array_type(self.row_splits).dtype

    @property
    def uniform_row_length(self) -> int | None:
        """How many items each row of axis 1 holds where all are known to hold the same number.

        >>> RaggedTensor.from_uniform_row_length([3, 1, 4, 1], 2).uniform_row_length
        2
        """
        return self._uniform[0]

    @property
    def ndim(self) -> int:
        return self.ragged_rank + len(self._flat_values.shape)

    def with_flat_values(self, new_values: Component) -> RaggedTensor:
        """The same rows over other innermost values, which must be as many."""
        if isinstance(new_values, Symbolic):
            return RaggedTensor._make(new_values, self._nested_row_splits, self._uniform)
        flat = flat_array(new_values)
        if self._is_concrete():
            _require_count(len(flat), len(self._flat_values))
        return RaggedTensor._make(flat, self._nested_row_splits, self._uniform)

    def with_values(self, new_values: Any) -> RaggedTensor:
        """The same rows of axis 1 over other items, dense or ragged, which must be as many."""
        outer, width = self._nested_row_splits[:1], self._uniform[:1]
        if isinstance(new_values, Symbolic):
            return RaggedTensor._make(new_values, outer, width)
        inner = new_values if isinstance(new_values, RaggedTensor) else flat_array(new_values)
        if self._is_concrete() and (isinstance(inner, np.ndarray) or inner._is_concrete()):
            _require_count(len(inner), len(self.values))
        if isinstance(inner, RaggedTensor):
            splits = one_dtype(*outer, *inner.nested_row_splits)
            return RaggedTensor._make(inner.flat_values, splits, width + inner._uniform)
        return RaggedTensor._make(inner, outer, width)

    def with_row_splits_dtype(self, dtype: Any) -> RaggedTensor:
        """The same value with int32 or int64 row splits."""
        chosen = row_partition.splits_dtype(dtype)
        if is_symbolic(self):
            return OPS["with_row_splits_dtype"](self, chosen)  # type: ignore[no-any-return]
        longest = max(int(splits[-1]) for splits in self._nested_row_splits)
        if longest > np.iinfo(chosen).max:
            raise KGraphValueError(f"row_splits reach {longest}, which {chosen} cannot hold")
        splits = (splits.astype(chosen, copy=False) for splits in self._nested_row_splits)
        frozen = tuple(map(row_partition.frozen, splits))
        return RaggedTensor._make(self._flat_values, frozen, self._uniform)

    # ---- where rows lie

    def nrows(self, out_type: Any = None, name: str | None = None) -> Any:
        """How many rows there are: an int, or a scalar of ``out_type``."""
        if is_symbolic(self):
            return OPS["nrows"](self, out_type)
        count = len(self.row_splits) - 1
        return count if out_type is None else row_partition.splits_dtype(out_type).type(count)

    def row_starts(self, name: str | None = None) -> Component:
        """Where each row starts in ``values``: (B,)."""
        return self.row_splits[:-1]

    def row_limits(self, name: str | None = None) -> Component:
        """Where each row ends in ``values``: (B,)."""
        return self.row_splits[1:]

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """How many items each row holds: (B,) for axis 1, ragged for an axis further in.

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).row_lengths()
        array([2, 0, 1])
        """
        if axis == 1:
            return self.row_splits[1:] - self.row_splits[:-1]
        if is_symbolic(self):
            return OPS["row_lengths"](self, axis)
        return ragged_index.row_lengths(self, axis)

    def nested_row_lengths(self, name: str | None = None) -> tuple[Any, ...]:
        """The row lengths of each ragged axis, outermost first."""
        return tuple(splits[1:] - splits[:-1] for splits in self._nested_row_splits)

    def nested_value_rowids(self, name: str | None = None) -> tuple[Any, ...]:
        """The ``value_rowids`` of each ragged axis, outermost first.

        >>> x = RaggedTensor.from_nested_row_splits([3, 1, 4], ([0, 1, 2], [0, 2, 3]))
        >>> x.nested_value_rowids()
        (array([0, 1]), array([0, 0, 1]))
        """
        outer = self.value_rowids()
        return (outer, *(self.values.nested_value_rowids() if self.ragged_rank > 1 else ()))

    def value_rowids(self, name: str | None = None) -> Any:
        """The row that each item of ``values`` belongs to: (T1,).

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).value_rowids()
        array([0, 0, 2])
        """
        if is_symbolic(self):
            return OPS["value_rowids"](self)
        rows = np.arange(self.nrows(), dtype=self.row_splits.dtype)
        return np.repeat(rows, self.row_lengths())

    def bounding_shape(
        self, axis: Any = None, name: str | None = None, out_type: Any = None
    ) -> Any:
        """The smallest dense shape that holds every row: (ndim,); or its sizes on ``axis`` alone.

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).bounding_shape()
        array([3, 2])
        """
        if is_symbolic(self):
            return OPS["bounding_shape"](self, axis, out_type)
        dtype = self.row_splits_dtype if out_type is None else row_partition.splits_dtype(out_type)
        longest = [int(lengths.max(initial=0)) for lengths in self.nested_row_lengths()]
        sizes = np.array([self.nrows(), *longest, *self._flat_values.shape[1:]], dtype)
        return sizes if axis is None else sizes[ragged_index.checked_axes(axis, self.ndim)]

    def merge_dims(self, outer_axis: int, inner_axis: int) -> Any:
        """Make one axis of ``outer_axis .. inner_axis``: the items stay in their order.

        >>> x = RaggedTensor.from_nested_row_splits([3, 1, 4], ([0, 1, 2], [0, 2, 3]))
        >>> x.merge_dims(0, 1).to_list()
        [[3, 1], [4]]
        """
        if is_symbolic(self):
            return OPS["merge_dims"](self, outer_axis, inner_axis)
        return ragged_index.merge_dims(self, outer_axis, inner_axis)

    # ---- as dense arrays and lists

    def to_tensor(self, default_value: Any = 0, name: str | None = None, shape: Any = None) -> Any:
        """A dense array, short rows filled up with ``default_value``, cut or widened to ``shape``.

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).to_tensor()
        array([[3, 1],
               [0, 0],
               [4, 0]])
        """
        if not isinstance(name, str | None):
            raise KGraphTypeError(f"the name {name!r} is no string; give shape=(...) by name")
        if is_symbolic(self):
            return OPS["to_dense"](self, default_value, shape)
        return ragged_dense.to_tensor(self, default_value, shape)

    def to_sparse(self, name: str | None = None) -> Any:
        """A ``scipy.sparse.coo_array`` of the same rank with every item stored, zeros too.

        >>> RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3]).to_sparse().toarray()
        array([[3, 1],
               [0, 0],
               [4, 0]])
        """
        if is_symbolic(self):
            return OPS["to_sparse"](self)
        return ragged_dense.to_sparse(self)

    def to_list(self) -> list[Any]:
        """Nested Python lists."""
        self._require_numbers("to_list()")
        return ragged_dense.to_list(self)

    def numpy(self) -> Array:
        """A dense array if all rows are equally long, else an object array of rows."""
        self._require_numbers("numpy()")
        return ragged_dense.to_numpy(self)

    def __len__(self) -> int:
        self._require_numbers("len()")
        return len(self.row_splits) - 1

    def __getitem__(self, key: Any) -> Any:
        """A row, or rows, and a part of each: ``x[0]``, ``x[1:3]``, ``x[:, :2]``, ``x[rows]``."""
        first, *rest = key if isinstance(key, tuple) and key else (key,)
        if not (is_symbolic(self) or any(map(is_symbolic, (first, *rest)))):
            return ragged_index.getitem(self, key)
        if not isinstance(getattr(first, "type", None), RaggedType):
            return super().__getitem__(key)
        masked = OPS["ragged_boolean_mask"](self, first)
        whole = [slice(None)] * (first.ragged_rank + 1)
        return masked[(*whole, *rest)] if rest else masked

    def __iter__(self) -> Iterator[Any]:
        self._require_numbers("iterating over its rows")
        return (self[row] for row in range(len(self)))

    def __bool__(self) -> bool:
        raise KGraphTypeError(
            "a RaggedTensor is neither true nor false: take len(x), or x.flat_values.any()"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise KGraphTypeError(
            "a RaggedTensor does not become an array by itself: x.to_tensor() fills short rows "
            "up, x.numpy() is an array of rows, x.flat_values are the items"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._flat_values, self._nested_row_splits, self._uniform)

    def __repr__(self) -> str:
        if not self._is_concrete():
            return f"<kgraph.RaggedTensor {self.type}>"
        return ragged_dense.show(self)

    def _is_concrete(self) -> bool:
        return not is_symbolic(self)

    def _require_numbers(self, what: str) -> None:
        if not self._is_concrete():
            raise KGraphTypeError(
                message(
                    f"{what} needs numbers, and this RaggedTensor is symbolic",
                    received=repr(self),
                    hint="call a model with data, or use the ops of kg.ragged",
                )
            )


def _restored(flat_values: Array, splits: tuple[Array, ...], uniform: Shape) -> RaggedTensor:
    """A pickled value, its bounds checked again."""
    made = RaggedTensor.from_nested_row_splits(flat_values, splits)
    return RaggedTensor._make(made.flat_values, made.nested_row_splits, uniform)


def _array_type(part: Component) -> ArrayType:
    if not isinstance(part, Symbolic):
        return type_of_array(part)
    assert isinstance(part.type, ArrayType)
    return part.type


def _require_count(received: int, expected: int) -> None:
    if received != expected:
        raise KGraphValueError(
            message(
                "the new values must be as many as the old ones",
                received=f"{received} values",
                expected=f"{expected} values",
            )
        )
