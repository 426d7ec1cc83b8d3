"""Ragged values built in a graph: ``RaggedTensor.from_row_splits(values, row_splits)`` and sisters.

Bounds that a batch tells are checked by primitives (``primitives/partitions.py``) before anything
reads the rows; the error names the line of the call.
"""

from __future__ import annotations

from typing import Any

from kgraph.ops.casting import cast
from kgraph.ops.composite_op import CompositeOp, composite
from kgraph.ops.op import Array, Arrays
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives import partitions
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import spans
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_groups import over
from kgraph.ops.ragged_rows import splits_of, starts_of
from kgraph.ops.samples import f32, i32, i64
from kgraph.types import ragged_dense
from kgraph.types.csr import CSR
from kgraph.types.dtypes import DType, int64
from kgraph.types.errors import KGraphTypeError
from kgraph.types.ragged import RaggedTensor
from kgraph.types.row_partition import require_matrix

_VALUES = f32([3, 1, 4])
_ROWS = RaggedTensor.from_row_lengths(i32([[1, 2], [3, 4], [5, 6], [7, 8]]), i32([2, 1, 1]))


def _items_of(values: Any) -> Any:
    """Something that has as many entries as ``values`` has rows."""
    return starts_of(values.row_splits) if isinstance(values, RaggedTensor) else values


def _of_bounds(made: CompositeOp, encoding: str) -> None:
    """The rule of an op on values and the bounds of their rows."""

    @made.rule
    def build(values: Any, bounds: Any, nrows: int | None = None) -> Any:
        if isinstance(bounds, RaggedTensor):
            raise KGraphTypeError(f"{made.name}: {encoding} must be dense, got {bounds.type}")
        items = _items_of(values)
        return over(partitions.row_partition_of(bounds, items, encoding, nrows), values)


@composite()
def from_row_splits(values: Array, row_splits: Array) -> Array:
    """Ragged rows: row i is ``values[row_splits[i] : row_splits[i + 1]]``.

    Shapes    (T, ...), (B + 1,)  ->  ragged (B, None, ...); ragged values give one more ragged axis
    Dtypes    all; row_splits of another dtype than int32 become int64
    Errors    ValueError, before anything reads the rows, if row_splits do not start at 0, decrease,
              or do not end at the number of values
    Source    tf.RaggedTensor.from_row_splits

    >>> import kgraph as kg
    >>> from kgraph.ops.ragged_building import from_row_splits
    >>> values, splits = kg.Input(()), kg.Input((), dtype="int64")
    >>> kg.Model([values, splits], from_row_splits(values, splits))([[1.0, 1.0, 1.0], [0, 2, 3]])
    <kgraph.RaggedTensor [[1.0, 1.0], [1.0]] shape=(2, None) dtype=float32>
    """
    return RaggedTensor.from_row_splits(values, row_splits)


@composite()
def from_row_lengths(values: Array, row_lengths: Array) -> Array:
    """Ragged rows: row i holds ``row_lengths[i]`` items.

    Shapes    (T, ...), (B,)  ->  ragged (B, None, ...)
    Dtypes    all; row_lengths of another dtype than int32 become int64
    Errors    ValueError, before anything reads the rows, for a length below 0, and for lengths that
              do not add up to the number of values
    Source    tf.RaggedTensor.from_row_lengths

    >>> from kgraph.ops.ragged_building import from_row_lengths
    >>> from_row_lengths([3, 1, 4], [2, 0, 1]).to_list()
    [[3, 1], [], [4]]
    """
    return RaggedTensor.from_row_lengths(values, row_lengths)


@composite()
def from_row_starts(values: Array, row_starts: Array) -> Array:
    """Ragged rows: row i starts at ``row_starts[i]``; the last one ends with the values.

    Shapes    (T, ...), (B,)  ->  ragged (B, None, ...)
    Dtypes    all; row_starts of another dtype than int32 become int64
    Errors    ValueError, before anything reads the rows, for starts that decrease, do not start
              at 0, or pass the number of values
    Source    tf.RaggedTensor.from_row_starts

    >>> from kgraph.ops.ragged_building import from_row_starts
    >>> from_row_starts([3, 1, 4], [0, 2, 2]).to_list()
    [[3, 1], [], [4]]
    """
    return RaggedTensor.from_row_starts(values, row_starts)


@composite()
def from_row_limits(values: Array, row_limits: Array) -> Array:
    """Ragged rows: row i ends before ``row_limits[i]``; the first one starts at 0.

    Shapes    (T, ...), (B,)  ->  ragged (B, None, ...)
    Dtypes    all; row_limits of another dtype than int32 become int64
    Errors    ValueError, before anything reads the rows, for limits that decrease, or do not end
              at the number of values
    Source    tf.RaggedTensor.from_row_limits

    >>> from kgraph.ops.ragged_building import from_row_limits
    >>> from_row_limits([3, 1, 4], [2, 2, 3]).to_list()
    [[3, 1], [], [4]]
    """
    return RaggedTensor.from_row_limits(values, row_limits)


@composite()
def from_value_rowids(values: Array, value_rowids: Array, nrows: int | None = None) -> Array:
    """Ragged rows: item i belongs to row ``value_rowids[i]``; ``nrows`` adds empty rows.

    Shapes    (T, ...), (T,)  ->  ragged (nrows, None, ...); without ``nrows`` the ids tell it
    Dtypes    all; value_rowids of another dtype than int32 become int64
    Errors    ValueError, before anything reads the rows, for ids that decrease, are below 0, or not
              below ``nrows``, or are not as many as the values
    Source    tf.RaggedTensor.from_value_rowids

    >>> from kgraph.ops.ragged_building import from_value_rowids
    >>> from_value_rowids([3, 1, 4], [0, 0, 2], nrows=4).to_list()
    [[3, 1], [], [4], []]
    """
    return RaggedTensor.from_value_rowids(values, value_rowids, nrows)


for _made in (from_row_splits, from_row_lengths, from_row_starts, from_row_limits):
    _of_bounds(_made, _made.name.removeprefix("from_"))
_of_bounds(from_value_rowids, "value_rowids")

from_row_splits.sample(_VALUES, i64([0, 2, 2, 3]))
from_row_splits.sample(_ROWS, i64([0, 2, 2, 3]))
from_row_lengths.sample(_VALUES, i32([2, 0, 1]))
from_row_lengths.sample(_ROWS, i32([2, 0, 1]))
from_row_starts.sample(_ROWS, i64([0, 2, 2]))
from_row_starts.sample(_ROWS[:0], i64([]))
from_row_limits.sample(_ROWS, i64([2, 2, 3]))
from_value_rowids.sample(_VALUES, i64([0, 0, 2]))
from_value_rowids.sample(_ROWS, i64([0, 0, 2]), nrows=4)


@composite()
def from_uniform_row_length(
    values: Array, uniform_row_length: int, nrows: int | None = None
) -> Array:
    """Ragged rows that all hold ``uniform_row_length`` items.

    Shapes    (T, ...)  ->  ragged (T // length, length, ...), a size that is known
    Dtypes    all
    Errors    ValueError, before anything reads the rows, if the values do not fill whole rows
    Source    tf.RaggedTensor.from_uniform_row_length

    >>> from kgraph.ops.ragged_building import from_uniform_row_length
    >>> from_uniform_row_length([3, 1, 4, 1], 2).shape
    (2, 2)
    """
    return RaggedTensor.from_uniform_row_length(values, uniform_row_length, nrows)


@from_uniform_row_length.rule
def _equal_rows(values: Any, uniform_row_length: int, nrows: int | None) -> Any:
    splits = partitions.uniform_partition(_items_of(values), uniform_row_length, nrows)
    return over(splits, values, uniform_row_length)


from_uniform_row_length.sample(_VALUES, uniform_row_length=1)
from_uniform_row_length.sample(_ROWS, uniform_row_length=3)
from_uniform_row_length.sample(_ROWS[:0], uniform_row_length=0, nrows=3)


# -- dense and sparse rows ------------------------------------------------------------------------


@composite()
def from_tensor(
    tensors: Arrays, padding: Any = None, ragged_rank: int = 1, dtype: DType = int64
) -> Array:
    """The rows of a dense value as ragged ones, whole or cut.

    ``tensors`` are the value and, for each axis that is to be cut, the lengths of its rows.

    Shapes    (B, N, ...), (B,) …  ->  ragged (B, None, ...); whole rows keep their known size
    Dtypes    all; ``dtype`` is that of the row splits
    Edges     ``padding`` leaves out trailing items that equal it, NaN too
    Errors    ValueError, before anything reads the rows, for a length below 0 or above N
    Source    tf.RaggedTensor.from_tensor

    >>> from kgraph.ops.ragged_building import from_tensor
    >>> from_tensor([[[1, 2, 0], [3, 0, 0]], [2, 1]]).to_list()
    [[1, 2], [3]]
    """
    tensor, *lengths = tensors
    return RaggedTensor.from_tensor(
        tensor, tuple(lengths) or None, padding, ragged_rank, row_splits_dtype=dtype
    )


@from_tensor.rule
def _cut_rows(tensors: Any, padding: Any, ragged_rank: int, dtype: DType) -> Any:
    value, *lengths = tensors
    if any(isinstance(part, RaggedTensor) for part in tensors):
        raise KGraphTypeError("from_tensor: takes a dense value, got a ragged one")
    rank = ragged_dense.rank_to_cut(type_of(value).ndim, tuple(lengths), padding, ragged_rank)
    levels: list[Any] = []
    widths: list[int | None] = []
    for axis in range(rank):
        counts = partitions.lengths_in_rows(lengths[axis], value) if lengths else None
        if padding is not None and axis == rank - 1:
            counts = partitions.lengths_without(value, padding)
        width = dims_of(value)[1]
        widths.append(width if counts is None and isinstance(width, int) else None)
        value, splits = _cut(value, counts)
        levels.append(splits if type_of(splits).dtype == dtype else cast(splits, dtype))
    return RaggedTensor._make(value, tuple(levels), tuple(widths))


def _cut(table: Any, counts: Any) -> tuple[Any, Any]:
    """The items of the rows end to end, each row cut to its count, and the row splits."""
    rows, width, *inner = dims_of(table)
    whole = partitions.bounds_of_rows(table)
    items = reshape_to(table, (rows * width, *inner))
    if counts is None:
        return items, whole
    return gather_rows(items, spans(starts_of(whole), counts)), splits_of(counts)


_TABLE = i32([[[1, 2], [0, 3], [0, 0]], [[4, 0], [0, 0], [0, 0]]])
from_tensor.sample([_TABLE])
from_tensor.sample([_TABLE], ragged_rank=2, dtype="int32")
from_tensor.sample([_TABLE], ragged_rank=2, padding=0)
from_tensor.sample([_TABLE], padding=(0, 0))
from_tensor.sample([_TABLE, i64([2, 0])])
from_tensor.sample([_TABLE, i64([2, 1]), i64([1, 0, 2])])


@composite()
def from_sparse(st_input: Array, dtype: DType = int64) -> Array:
    """The stored entries of sparse rows that are filled from the left, as ragged rows.

    Shapes    sparse (B, N)  ->  ragged (B, None)
    Dtypes    all; ``dtype`` is that of the row splits
    Errors    TypeError if the value is not sparse; ValueError, before anything reads the rows, for
              a row with a gap
    Source    tf.RaggedTensor.from_sparse

    >>> from scipy.sparse import csr_array
    >>> from kgraph.ops.ragged_building import from_sparse
    >>> from_sparse(csr_array([[3, 1], [4, 0]])).to_list()
    [[3, 1], [4]]
    """
    return RaggedTensor.from_sparse(st_input, row_splits_dtype=dtype)


@from_sparse.rule
def _not_sparse(x: Any, dtype: DType) -> Any:
    raise KGraphTypeError(f"from_sparse: takes a sparse value, got {type_of(x)}")


@from_sparse.sparse
def _stored_rows(x: CSR, dtype: DType) -> Any:
    require_matrix(x.shape)
    splits = partitions.left_aligned_rows(x.indices, x.indptr)
    data = gather_rows(x.data, partitions.order_in_rows(x.indices, x.indptr))
    return over(splits if type_of(splits).dtype == dtype else cast(splits, dtype), data)


from_sparse.sample(CSR(f32([1, 2, 3]), i32([1, 0, 0]), i32([0, 2, 2, 3]), (3, 2)))
from_sparse.sample(CSR(f32([1]), i32([0]), i32([0, 0, 1]), (2, 2)), dtype="int32")
