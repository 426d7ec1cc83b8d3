"""Nested lists and lists of arrays, as one writes ragged rows by hand or feeds them to an Input.

Lists are peeled one ragged axis at a time: the lengths of all rows of an axis, then all their items
chained together.  No Python code runs per row or item unless an error is to be explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.casting import Array, cast, known_array
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged_arrow import from_arrow, is_arrow
from kgraph.types.ragged_awkward import from_awkward, is_awkward
from kgraph.types.ragged_tensor import RaggedTensor
from kgraph.types.row_partition import cumulated, whole_number
from kgraph.types.sparse import is_sparse
from kgraph.types.symbolic import Symbolic

_ROW_TYPES = {list, tuple, np.ndarray}
_WEAK = {bool, int, float}


def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Sequence[int] | None = None,
    row_splits_dtype: Any = np.int64,
) -> Any:
    """A ragged value from nested lists; a plain array if no axis is ragged.

    Shapes    lists nested K deep  ->  rank K; ragged_rank defaults to K - 1 - len(inner_shape)
    Dtypes    dtype, or int32 / floatx / bool / string after the Python items, or the arrays' own
    Edges     an empty list stands for a row of any depth
    Errors    KGraphValueError for lists of mixed depth or uneven inner parts;
              KGraphTypeError for None or objects among the items
    Source    tf.ragged.constant

    >>> constant([[1, 2], [], [3]])
    <kgraph.RaggedTensor [[1, 2], [], [3]] shape=(3, None) dtype=int32>
    >>> constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1).shape
    (2, None, 2)
    """
    rows = _as_items(pylist, "pylist")
    inner = None if inner_shape is None else tuple(int(n) for n in inner_shape)
    rank = _ragged_rank(ragged_rank, inner, rows)
    target = None if dtype is None else as_dtype(dtype)
    if ragged_rank is None and inner is None:
        inner = ()
    items, lengths = _peel(rows, rank, "pylist")
    flat = _flat_items(items, target, inner, lengths, "pylist")
    return _assemble(flat, lengths).with_row_splits_dtype(row_splits_dtype) if rank else flat


def as_ragged(
    value: Any,
    spec_dtype: DType,
    ragged_rank: int,
    inner_shape: Shape,
    row_splits_dtype: Any = None,
) -> RaggedTensor:
    """What is fed to a ragged Input, as a ``RaggedTensor`` of the dtype and rank it expects.

    Shapes    a RaggedTensor, nested lists, a list or object array of arrays, an Arrow or Awkward
              array of lists, or a dense array
    Errors    KGraphValueError for a wrong or mixed depth and wrong inner sizes;
              KGraphTypeError for None, objects, strings among numbers, and floats where the Input
              takes integers

    >>> as_ragged([[1, 2], [3]], np.dtype("float32"), 1, ())
    <kgraph.RaggedTensor [[1.0, 2.0], [3.0]] shape=(2, None) dtype=float32>
    """
    if isinstance(value, np.ndarray) and value.dtype != object:
        value = _from_dense(value, ragged_rank, inner_shape)
    elif is_arrow(value):
        value = from_arrow(value, ragged_rank)
    elif is_awkward(value):
        value = from_awkward(value, ragged_rank)
    if isinstance(value, RaggedTensor):
        _require_rank(value, ragged_rank, inner_shape)
        flat = cast(value.flat_values, spec_dtype, "the ragged value")
        result = value if flat is value.flat_values else value.with_flat_values(flat)
    else:
        rows = _as_items(value, "the ragged value")
        items, lengths = _peel(rows, ragged_rank, "value")
        shape = tuple(0 if n is None else n for n in inner_shape) if not len(items) else None
        flat = _flat_items(items, spec_dtype, shape, lengths, "value")
        result = _assemble(flat, lengths)
    _require_inner(result.flat_values, inner_shape, ragged_rank)
    return result if row_splits_dtype is None else result.with_row_splits_dtype(row_splits_dtype)


def _as_items(value: Any, name: str) -> list[Any]:
    """The outermost rows as a list."""
    if isinstance(value, Symbolic) or is_sparse(value):
        raise _not_rows(value, name)
    if isinstance(value, RaggedTensor):
        return value.to_list()
    if isinstance(value, (str, bytes, dict, set)) or not hasattr(value, "__len__"):
        raise _not_rows(value, name)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        raise _not_rows(value, name)
    return list(value)


def _not_rows(value: Any, name: str) -> KGraphTypeError:
    return KGraphTypeError(
        message(
            f"{name} is not a sequence of rows",
            received=f"{type(value).__name__}: {value!r}"[:200],
            expected="a RaggedTensor, nested lists, a list of arrays, an Arrow or Awkward array",
        )
    )


def _is_row(item: Any) -> bool:
    return isinstance(item, (list, tuple)) or (isinstance(item, np.ndarray) and item.ndim > 0)


def _plain_rows(level: list[Any]) -> list[Any]:
    """Rows of other libraries (a Series, a memoryview, a range) as arrays."""
    if set(map(type, level)) <= _ROW_TYPES | _WEAK:
        return level
    return [_plain_row(item) for item in level]


def _plain_row(item: Any) -> Any:
    if isinstance(item, RaggedTensor):
        return item.to_list()
    if isinstance(item, (list, tuple, np.ndarray, np.generic, str, bytes)) or not hasattr(
        item, "__len__"
    ):
        return item
    return list(item) if isinstance(item, range) else np.asarray(item)


def _depth(rows: list[Any]) -> tuple[int, bool]:
    """How deep the lists are nested at their deepest, and if any item lies there."""
    depth, level = 1, rows
    while True:
        inner = [item for item in _plain_rows(level) if _is_row(item)]
        if not inner:
            return depth, bool(level)
        if all(map(_is_numeric_array, inner)):
            return depth + max(row.ndim for row in inner), any(row.size for row in inner)
        depth, level = depth + 1, list(chain.from_iterable(inner))


def _ragged_rank(ragged_rank: int | None, inner: tuple[int, ...] | None, rows: list[Any]) -> int:
    depth, has_items = _depth(rows)
    if ragged_rank is None:
        return max(0, depth - 1 - len(inner or ()))
    rank = whole_number(ragged_rank, "ragged_rank")
    if has_items and rank >= depth:  # rows without any item may be of any depth
        raise KGraphValueError(
            message(
                "ragged_rank is too large for these lists",
                received=f"ragged_rank = {rank}, and lists nested {depth} deep",
                expected=f"0 <= ragged_rank < {depth}",
            )
        )
    return rank


def _peel(rows: list[Any], ragged_rank: int, name: str) -> tuple[Any, list[Array]]:
    """The items below ``ragged_rank`` axes, and the row lengths of each axis."""
    level, lengths = rows, list[Array]()
    for axis in range(ragged_rank):
        level = _plain_rows(level)
        _require_rows(level, lengths, ragged_rank, name)
        lengths.append(np.fromiter(map(len, level), np.int64, len(level)))
        if axis == ragged_rank - 1 and level and all(_is_numeric_array(row) for row in level):
            return _joined(level, lengths, name), lengths
        level = list(chain.from_iterable(level))
    return level, lengths


def _is_numeric_array(row: Any) -> bool:
    return isinstance(row, np.ndarray) and row.dtype != object


def _joined(rows: list[Array], lengths: list[Array], name: str) -> Array:
    """All rows in one array: the quick way for a list of arrays."""
    filled = [row for row in rows if row.size] or rows[:1]  # np.array([]) is float64: no say
    strings = {row.dtype.kind in "UT" for row in filled}
    if len({row.shape[1:] for row in filled}) > 1:
        raise _uneven(name)
    if len(strings) > 1:
        raise _strings_among_numbers(name)
    return known_array(np.concatenate(filled), name)


def _require_rows(level: list[Any], lengths: list[Array], ragged_rank: int, name: str) -> None:
    """Every item at a ragged axis must be a row."""
    if set(map(type, level)) <= {list, tuple}:
        return
    wrong = next((at for at, item in enumerate(level) if not _is_row(item)), None)
    if wrong is None:
        return
    mixed = any(map(_is_row, level))
    raise (KGraphTypeError if level[wrong] is None else KGraphValueError)(
        message(
            "the rows are nested to different depths" if mixed else "the rows are not deep enough",
            received=f"{_path(name, wrong, lengths)} = {level[wrong]!r}",
            expected=f"a list or array there: {ragged_rank + 1} levels of lists or more",
        )
    )


def _path(name: str, position: int, lengths: list[Array]) -> str:
    """Where the item at a flat position stands: ``value[2][0]``."""
    steps = []
    for counts in reversed(lengths):
        splits = cumulated(counts)
        row = int(np.searchsorted(splits, position, side="right")) - 1
        steps.append(position - int(splits[row]))
        position = row
    return name + "".join(f"[{step}]" for step in [position, *reversed(steps)])


def _flat_items(
    items: Any, dtype: DType | None, inner: tuple[int, ...] | None, lengths: list[Array], name: str
) -> Array:
    """The flat values: items of one shape and one dtype."""
    array = items if isinstance(items, np.ndarray) else _stacked(items, dtype, lengths, name)
    if not array.size and inner is not None and array.shape[1:] != inner and not len(array):
        array = array.reshape(0, *inner)
    if inner is not None and array.shape[1:] != inner:
        raise KGraphValueError(
            message(
                "the items have another shape than inner_shape",
                received=f"items of shape {array.shape[1:]}",
                expected=f"items of shape {inner}",
            )
        )
    return array if dtype is None else cast(array, dtype, name)


def _stacked(items: list[Any], dtype: DType | None, lengths: list[Array], name: str) -> Array:
    if not items:
        return np.empty(0, dtypes.default_float() if dtype is None else dtype)
    kinds = _leaf_types(items)
    if type(None) in kinds:
        missing = next((at for at, item in enumerate(items) if item is None), None)
        raise KGraphTypeError(
            message(
                "None stands among the items",
                received=None if missing is None else f"{_path(name, missing, lengths)} = None",
                hint="leave missing items out: a ragged row may be as short as it likes",
            )
        )
    if len({issubclass(kind, str) for kind in kinds}) > 1:
        raise _strings_among_numbers(name)
    _require_even_depth(items, lengths, name)
    try:
        array = np.array(items)
    except ValueError as error:
        raise _uneven(name) from error
    if array.dtype == object and kinds <= {int}:
        raise KGraphValueError(f"{name} holds an integer that int64 cannot hold")
    array = known_array(array, name)
    return _weak_default(array, dtype, name) if kinds <= _WEAK else array


def _leaf_types(items: list[Any]) -> set[Any]:
    """The types found at the bottom of the lists; an array stands for itself."""
    kinds: set[Any] = set()
    level: Any = items
    while level:
        found = set(map(type, level))
        kinds |= found - {list, tuple}
        if kinds >= found:
            break
        level = list(chain.from_iterable(x for x in level if isinstance(x, (list, tuple))))
    return kinds


def _require_even_depth(items: list[Any], lengths: list[Array], name: str) -> None:
    deeper = [_is_row(item) for item in items] if {list, tuple} & set(map(type, items)) else []
    if any(deeper) and not all(deeper):
        at = deeper.index(not deeper[0])
        raise KGraphValueError(
            message(
                "the rows are nested to different depths",
                received=f"{_path(name, at, lengths)} = {items[at]!r}",
                expected="a list there, as elsewhere" if deeper[0] else "a number there",
            )
        )


def _weak_default(array: Array, dtype: DType | None, name: str) -> Array:
    """Python numbers take Keras' default dtype, or any of their kind or above."""
    if dtype is None:
        kind = {"b": bool, "i": int, "u": int, "f": float}[array.dtype.kind]
        return cast(array, dtypes.weak_default(kind), name)
    return array


def _assemble(flat: Array, lengths: list[Array]) -> RaggedTensor:
    return RaggedTensor.from_nested_row_lengths(flat, lengths)


def _from_dense(array: Array, ragged_rank: int, inner_shape: Shape) -> RaggedTensor:
    wanted = 1 + ragged_rank + len(inner_shape)
    if array.ndim != wanted:
        raise KGraphValueError(
            message(
                "a dense array of another rank than the ragged Input",
                received=f"an array of shape {array.shape}",
                expected=f"rank {wanted}",
            )
        )
    return RaggedTensor.from_tensor(array, ragged_rank=ragged_rank)


def _require_rank(value: RaggedTensor, ragged_rank: int, inner_shape: Shape) -> None:
    if value.ragged_rank != ragged_rank or value.ndim != 1 + ragged_rank + len(inner_shape):
        raise KGraphValueError(
            message(
                "a ragged value of another rank than the ragged Input",
                received=f"ragged_rank {value.ragged_rank}, shape {value.shape}",
                expected=f"ragged_rank {ragged_rank}, rank {1 + ragged_rank + len(inner_shape)}",
            )
        )


def _require_inner(flat: Array, inner_shape: Shape, ragged_rank: int) -> None:
    received = flat.shape[1:]
    if len(received) == len(inner_shape) and all(
        want is None or got == want for got, want in zip(received, inner_shape, strict=True)
    ):
        return
    deeper = len(received) > len(inner_shape)
    raise KGraphValueError(
        message(
            "the rows are nested too deep" if deeper else "the items have another shape",
            received=f"items of shape {received}",
            expected=f"items of shape {inner_shape} below {ragged_rank} ragged axes",
        )
    )


def _uneven(name: str) -> KGraphValueError:
    return KGraphValueError(
        message(
            f"the items of {name} differ in shape",
            expected="one shape for all items below the ragged axes",
            hint="a larger ragged_rank, if those axes are ragged too",
        )
    )


def _strings_among_numbers(name: str) -> KGraphTypeError:
    return KGraphTypeError(message(f"{name} mixes strings and numbers", expected="one of them"))
