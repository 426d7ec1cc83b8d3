"""Awkward arrays as ragged values: without a copy where lists lie one after another."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.casting import Array
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged_foreign import Lists, from_column, refuse_missing
from kgraph.types.ragged_tensor import RaggedTensor

_MAY_MISS = ("IndexedOptionArray", "ByteMaskedArray", "BitMaskedArray")


def is_awkward(value: Any) -> bool:
    """Whether ``value`` is an ``ak.Array``."""
    kind = type(value)
    return kind.__module__.partition(".")[0] == "awkward" and hasattr(value, "layout")


def from_awkward(value: Any, ragged_rank: int | None = None) -> RaggedTensor:
    """What :meth:`RaggedTensor.from_awkward` documents."""
    layout = value.layout if is_awkward(value) else value
    return from_column(layout, _opened, ragged_rank, "the Awkward array")  # type: ignore[no-any-return]


def _opened(layout: Any, name: str) -> Lists | Array:
    kind = type(layout).__name__
    if kind in _MAY_MISS:
        missing = np.asarray(layout.mask_as_bool(valid_when=False))
        if missing.any():
            raise refuse_missing(name, int(missing.argmax()))
    if kind in _MAY_MISS or kind == "IndexedArray":
        return _opened(layout.project(), name)
    if kind == "UnmaskedArray":
        return _opened(layout.content, name)
    if layout.parameter("__array__") in ("string", "bytestring"):
        items = layout.to_list()
        texts = [item if isinstance(item, str) else item.decode("utf-8") for item in items]
        return np.array(texts, dtypes.string)
    if kind == "ListArray":
        layout = layout.to_ListOffsetArray64(start_at_zero=True)
        kind = "ListOffsetArray"
    if kind == "ListOffsetArray":
        return _lists(layout)
    if kind == "RegularArray":
        length = int(layout.size)
        return Lists(len(layout), layout.content[: len(layout) * length], length=length)
    if kind == "NumpyArray":
        return _items(layout)
    if kind == "EmptyArray":
        return np.empty(0, dtypes.default_float())
    raise KGraphTypeError(
        message(
            f"{name} holds items that kgraph does not compute with",
            received=f"a {kind}",
            expected="nested lists of bool, integers, floats or strings",
            hint="feed each field of a record by itself: x.field"
            if kind == "RecordArray"
            else "ak.concatenate and ak.values_astype make items of one type",
        )
    )


def _lists(layout: Any) -> Lists:
    offsets = np.asarray(layout.offsets.data)
    if offsets.dtype not in (np.int32, np.int64):
        offsets = offsets.astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    items = layout.content[first:last]
    return Lists(len(layout), items, splits=offsets - first if first else offsets)


def _items(layout: Any) -> Lists | Array:
    numbers: Array = np.asarray(layout.data)
    if numbers.ndim == 1:
        return numbers
    return Lists(len(numbers), layout.to_RegularArray().content, length=numbers.shape[1])
