"""Apache Arrow list arrays as ragged values, and back; neither way copies numbers."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.casting import Array
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged_foreign import Lists, from_column, refuse_missing
from kgraph.types.ragged_tensor import RaggedTensor


def is_arrow(value: Any) -> bool:
    """Whether ``value`` is an Arrow array, chunked or not, or of a library that exports one."""
    kind = type(value)
    if kind.__module__.partition(".")[0] == "pyarrow":
        return hasattr(value, "type")
    exports = hasattr(kind, "__arrow_c_array__") or hasattr(kind, "__arrow_c_stream__")
    return exports and kind.__module__.partition(".")[0] != "pandas" and "pyarrow" in sys.modules


def from_arrow(value: Any, ragged_rank: int | None = None) -> RaggedTensor:
    """What :meth:`RaggedTensor.from_arrow` documents."""
    return from_column(_one_array(value), _opened, ragged_rank, "the Arrow array")  # type: ignore[no-any-return]


def _one_array(value: Any) -> Any:
    import pyarrow

    if not isinstance(value, pyarrow.Array | pyarrow.ChunkedArray):
        read = pyarrow.array if hasattr(value, "__arrow_c_array__") else pyarrow.chunked_array
        value = read(value)
    if not isinstance(value, pyarrow.ChunkedArray):
        return value
    return value.chunk(0) if value.num_chunks == 1 else value.combine_chunks()


def _opened(array: Any, name: str) -> Lists | Array:
    import pyarrow.types as kinds

    if array.null_count:
        nulls = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
        raise refuse_missing(name, int(nulls.argmax()))
    kind = array.type
    if kinds.is_list_view(kind) or kinds.is_large_list_view(kind):
        splits = np.concatenate([[0], np.cumsum(array.sizes.to_numpy(), dtype=np.int64)])
        return Lists(len(array), array.flatten(), splits=splits)  # the rows may lie anywhere
    if kinds.is_fixed_size_list(kind):
        length, count = kind.list_size, len(array)
        return Lists(
            count, array.values.slice(array.offset * length, count * length), length=length
        )
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        offsets = array.offsets.to_numpy() if len(array) else np.zeros(1, np.int64)
        first, last = int(offsets[0]), int(offsets[-1])
        items = array.values.slice(first, last - first)
        return Lists(len(array), items, splits=offsets - first if first else offsets)
    return _items(array, name)


def _items(array: Any, name: str) -> Array:
    import pyarrow.types as kinds

    kind = array.type
    if kinds.is_null(kind):  # of empty lists nothing tells the dtype
        return np.empty(0, dtypes.default_float())
    if kinds.is_integer(kind) or kinds.is_floating(kind):
        numbers: Array = array.to_numpy(zero_copy_only=True)
        return numbers
    if kinds.is_boolean(kind):
        bits: Array = array.to_numpy(zero_copy_only=False)
        return bits
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return np.array(array.to_pylist(), dtypes.string)
    raise KGraphTypeError(
        message(
            f"{name} holds items that kgraph does not compute with",
            received=f"items of the Arrow type {kind}",
            expected="bool, integers, floats or strings",
        )
    )


def to_arrow(value: RaggedTensor) -> Any:
    """What :meth:`RaggedTensor.to_arrow` documents."""
    import pyarrow

    flat = np.asarray(value.flat_values)
    numbers = flat.reshape(-1)
    found = pyarrow.array(numbers.tolist() if flat.dtype.kind == "T" else numbers)
    for length in reversed(flat.shape[1:]):
        found = pyarrow.FixedSizeListArray.from_arrays(found, length)
    for splits in reversed(value.nested_row_splits):
        wide = splits.dtype == np.int64
        lists = pyarrow.LargeListArray if wide else pyarrow.ListArray
        found = lists.from_arrays(pyarrow.array(splits), found)
    return found
