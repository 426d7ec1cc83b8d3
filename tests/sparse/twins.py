"""What may be done to sparse values of ranks 1 to 4, each beside its twin on dense NumPy arrays.

A case takes x and y, sparse, and d, dense and without zeros, all of one shape; its twin takes their
dense forms as :class:`Twin`, which also knows what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import kgraph as kg
from kgraph import ops, sparse
from kgraph.ops.composite import values

INNER = {1: (), 2: (3,), 3: (3, 2), 4: (2, 3, 2)}
"""The sizes of a row, by rank."""


@dataclass(frozen=True)
class Twin:
    """A sparse value as an array of its numbers, and one that tells which places are stored."""

    array: np.ndarray
    stored: np.ndarray


@dataclass(frozen=True)
class Case:
    """``ours`` on sparse values, ``twin`` on dense ones, and whether the result is sparse.

    ``needs_sizes``: the graph is another one, or none, where only a batch tells the sizes of a row.
    """

    name: str
    ours: Callable[..., Any]
    twin: Callable[[Twin, Twin, np.ndarray], Any]
    stays: bool = True
    least_rows: int = 0
    needs_sizes: bool = False


def cases(rank: int) -> Iterator[Case]:
    """All cases of a rank."""
    yield from _shapes(rank)
    yield from _parts(rank)
    yield from _joins(rank)
    yield from _arithmetic(rank)
    yield from _entries(rank)
    yield from _reductions(rank)
    yield from _products_of_vectors() if rank == 1 else _products()


def _shapes(rank: int) -> Iterator[Case]:
    rest = int(np.prod(INNER[rank], dtype=int))
    yield Case("reorder", lambda x, y, d: sparse.reorder(x), lambda x, y, d: x.array)
    for axis in range(rank + 1):
        yield Case(
            f"expand_dims {axis}",
            lambda x, y, d, axis=axis: sparse.expand_dims(x, axis),
            lambda x, y, d, axis=axis: np.expand_dims(x.array, axis),
        )
    yield Case(
        "expand_dims twice and squeeze",
        lambda x, y, d: ops.squeeze(sparse.expand_dims(sparse.expand_dims(x), 0), 0),
        lambda x, y, d: x.array[..., None],
    )
    shapes = ((-1,), (-1, rest), (1, -1), (-1, 1, rest), (-1, *reversed(INNER[rank])))
    for shape in shapes:
        yield Case(
            f"reshape {shape}",
            lambda x, y, d, shape=shape: sparse.reshape(x, shape),
            lambda x, y, d, shape=shape: _reshaped(x.array, shape),
        )
    yield Case("ravel", lambda x, y, d: ops.ravel(x), lambda x, y, d: x.array.ravel())
    turns = {None, tuple(range(rank)), (*range(1, rank), 0), (rank - 1, *range(rank - 1))}
    if rank > 2:
        turns |= {(0, *range(rank - 1, 0, -1)), (1, 0, *range(2, rank))}
    for perm in sorted(turns, key=str):
        yield Case(
            f"transpose {perm}",
            lambda x, y, d, perm=perm: sparse.transpose(x, perm),
            lambda x, y, d, perm=perm: np.transpose(x.array, perm),
        )
    yield Case(
        "swapaxes", lambda x, y, d: ops.swapaxes(x, 0, -1), lambda x, y, d: x.array.swapaxes(0, -1)
    )
    yield Case(
        "moveaxis",
        lambda x, y, d: ops.moveaxis(x, 0, -1),
        lambda x, y, d: np.moveaxis(x.array, 0, -1),
    )


def _reshaped(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """NumPy cannot work out a size of a value without elements."""
    known = -int(np.prod(shape, dtype=int))
    return array.reshape([array.size // known if size == -1 else size for size in shape])


def _parts(rank: int) -> Iterator[Case]:
    last, front = INNER[rank][-1] if rank > 1 else None, (0,) * (rank - 1)
    yield Case(
        "slice of rows",
        lambda x, y, d: sparse.slice(x, (1, *front), (2, *(-1 for _ in front))),
        lambda x, y, d: x.array[1:3],
    )
    yield Case(
        "slice of the last axis",
        lambda x, y, d: sparse.slice(x, (*front, 1), (-1,) * rank),
        lambda x, y, d: x.array[..., 1:],
    )
    yield Case(
        "slice of every axis",
        lambda x, y, d: sparse.slice(x, (1,) * rank, (1,) * rank),
        lambda x, y, d: x.array[(slice(1, 2),) * rank],
    )
    if last is not None:
        for part in range(2):
            yield Case(
                f"split {part}",
                lambda x, y, d, part=part: sparse.split(x, 2, -1)[part],
                lambda x, y, d, part=part: np.array_split(x.array, 2, -1)[part],
                needs_sizes=True,
            )
    keys: dict[str, Any] = {
        "from row 1": slice(1, None),
        "backwards": slice(None, None, -1),
        "last axis backwards": (..., slice(None, None, -1)),
        "every second": (..., slice(None, None, 2)),
        "every second row": slice(1, None, 2),
        "nothing": (..., slice(9, None)),
        "a list": (..., [1, 0, 1]),
        "new axis": (slice(None), None),
        "new axis in front": None,
    }
    for name, key in keys.items():
        rows = 2 if name == "a list" and rank == 1 else 0
        yield Case(
            f"getitem {name}",
            lambda x, y, d, key=key: ops.getitem(x, key),
            lambda x, y, d, key=key: x.array[key],
            least_rows=rows,
        )
    for name, key in {"a row": 0, "the last place": (..., -1), "one in the middle": (0, 1)}.items():
        if name != "one in the middle" or rank > 1:
            left = rank - (2 if isinstance(key, tuple) and ... not in key else 1)
            yield Case(
                f"getitem {name}",
                lambda x, y, d, key=key: ops.getitem(x, key),
                lambda x, y, d, key=key: x.array[key],
                stays=left > 1,
                least_rows=1,
            )
    yield Case("flip", lambda x, y, d: ops.flip(x), lambda x, y, d: np.flip(x.array))
    yield Case("flip last", lambda x, y, d: ops.flip(x, -1), lambda x, y, d: np.flip(x.array, -1))
    yield Case(
        "repeat", lambda x, y, d: ops.repeat(x, 2, -1), lambda x, y, d: np.repeat(x.array, 2, -1)
    )
    counts = tuple(range(1, rank + 1))
    yield Case(
        "tile", lambda x, y, d: ops.tile(x, counts), lambda x, y, d: np.tile(x.array, counts)
    )
    widths = tuple((axis, 2) for axis in range(rank))
    yield Case("pad", lambda x, y, d: ops.pad(x, widths), lambda x, y, d: np.pad(x.array, widths))
    yield Case(
        "take",
        lambda x, y, d: ops.take(x, [0, -1, 0], axis=-1),
        lambda x, y, d: np.take(x.array, [0, -1, 0], axis=-1),
        least_rows=1,
    )


def _joins(rank: int) -> Iterator[Case]:
    for axis in (*range(rank), -1):
        yield Case(
            f"concat {axis}",
            lambda x, y, d, axis=axis: sparse.concat(axis, [x, y, x]),
            lambda x, y, d, axis=axis: np.concatenate([x.array, y.array, x.array], axis),
        )
    for axis in range(rank + 1):
        yield Case(
            f"stack {axis}",
            lambda x, y, d, axis=axis: ops.stack([x, y], axis),
            lambda x, y, d, axis=axis: np.stack([x.array, y.array], axis),
        )
    yield Case(
        "vstack", lambda x, y, d: ops.vstack([x, y]), lambda x, y, d: np.vstack([x.array, y.array])
    )
    yield Case(
        "hstack", lambda x, y, d: ops.hstack([x, y]), lambda x, y, d: np.hstack([x.array, y.array])
    )
    yield Case(
        "concatenate with dense",
        lambda x, y, d: ops.concatenate([x, d]),
        lambda x, y, d: np.concatenate([x.array, d]),
        stays=False,
    )


def _arithmetic(rank: int) -> Iterator[Case]:
    one = np.float32(1)
    stays: dict[str, tuple[Any, Any]] = {
        "add": (sparse.add, lambda x, y, d: x.array + y.array),
        "subtract": (ops.subtract, lambda x, y, d: x.array - y.array),
        "maximum": (sparse.maximum, lambda x, y, d: np.maximum(x.array, y.array)),
        "minimum": (sparse.minimum, lambda x, y, d: np.minimum(x.array, y.array)),
        "multiply": (ops.multiply, lambda x, y, d: x.array * y.array),
        "times number": (lambda x, y: ops.multiply(2, x), lambda x, y, d: 2 * x.array),
        "tanh": (lambda x, y: ops.tanh(x), lambda x, y, d: np.tanh(x.array)),
        "greater": (lambda x, y: ops.greater(x, 0), lambda x, y, d: x.array > 0),
        "less": (ops.less, lambda x, y, d: x.array < y.array),
        "not_equal": (ops.not_equal, lambda x, y, d: x.array != y.array),
        "where": (
            lambda x, y: ops.where(ops.greater(x, 0), x, y),
            lambda x, y, d: np.where(x.array > 0, x.array, y.array),
        ),
        "cast": (
            lambda x, y: ops.cast(x, "float64"),
            lambda x, y, d: x.array.astype("float64"),
        ),
        "transposed sum": (
            lambda x, y: ops.add(sparse.transpose(x), sparse.transpose(y)),
            lambda x, y, d: (x.array + y.array).T,
        ),
    }
    for name, (ours, twin) in stays.items():
        yield Case(name, lambda x, y, d, ours=ours: ours(x, y), twin)
    for name, key in _pieces(rank).items():
        yield Case(
            f"times dense {name}",
            lambda x, y, d, key=key: ops.multiply(ops.getitem(d, key), x),
            lambda x, y, d, key=key: d[key] * x.array,
            needs_sizes=name != "whole",
        )
    yield Case("over dense", lambda x, y, d: ops.divide(x, d), lambda x, y, d: x.array / d)
    dense: dict[str, tuple[Any, Any]] = {
        "plus number": (lambda x, y, d: ops.add(x, 1), lambda x, y, d: x.array + one),
        "exp": (lambda x, y, d: ops.exp(x), lambda x, y, d: np.exp(x.array)),
        "equal": (lambda x, y, d: ops.equal(x, 0), lambda x, y, d: x.array == 0),
        "plus dense": (lambda x, y, d: sparse.add(x, d), lambda x, y, d: x.array + d),
        "softmax of zeros too": (lambda x, y, d: ops.softmax(x), lambda x, y, d: _softmax(x.array)),
        "to_dense": (lambda x, y, d: sparse.to_dense(x), lambda x, y, d: x.array),
        "to_dense with a default": (
            lambda x, y, d: sparse.to_dense(x, -1),
            lambda x, y, d: np.where(x.stored, x.array, np.float32(-1)),
        ),
    }
    for name, (ours, twin) in dense.items():
        yield Case(name, ours, twin, stays=False)


def _pieces(rank: int) -> dict[str, Any]:
    """Parts of d that broadcast to the shape of x."""
    pieces: dict[str, Any] = {"whole": ...}
    if rank > 1:
        pieces |= {"last place": (..., slice(0, 1)), "column": _ones_after(rank)}
    if rank > 2:
        pieces["middle place"] = (slice(None), slice(0, 1))
    return pieces


def _ones_after(rank: int) -> tuple[slice, ...]:
    return (slice(None), *[slice(0, 1)] * (rank - 1))


def _softmax(array: np.ndarray) -> np.ndarray:
    powers = np.exp(array - array.max(-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(-1, keepdims=True)


def _entries(rank: int) -> Iterator[Case]:
    front = (0,) * (rank - 1)
    empty = tuple(range(1, rank))
    yield Case(
        "map_values",
        lambda x, y, d: sparse.map_values(kg.exp, x),
        lambda x, y, d: np.where(x.stored, np.exp(x.array), np.float32(0)),
    )
    yield Case(
        "map_values of two",
        lambda x, y, d: sparse.map_values(kg.add, x, ops.multiply(x, 2)),
        lambda x, y, d: x.array * 3,
    )
    yield Case(
        "retain",
        lambda x, y, d: sparse.retain(x, ops.greater(values(x), 0)),
        lambda x, y, d: np.maximum(x.array, 0),
    )
    yield Case(
        "mask",
        lambda x, y, d: sparse.mask(x, [2, 0, 2]),
        lambda x, y, d: x.array * _all_but(x.array, [0, 2]),
    )
    yield Case(
        "add above a threshold",
        lambda x, y, d: sparse.add(x, y, threshold=1.5),
        lambda x, y, d: np.where(abs(x.array + y.array) >= 1.5, x.array + y.array, 0),
    )
    yield Case(
        "softmax",
        lambda x, y, d: sparse.softmax(x),
        lambda x, y, d: np.where(x.stored, _stored_softmax(x), np.float32(0)),
    )
    yield Case(
        "fill_empty_rows",
        lambda x, y, d: sparse.fill_empty_rows(x, 7)[0],
        lambda x, y, d: _filled(x, front),
    )
    yield Case(
        "empty rows",
        lambda x, y, d: sparse.fill_empty_rows(x, 7)[1],
        lambda x, y, d: ~x.stored.any(empty),
        stays=False,
    )
    yield Case(
        "from_dense", lambda x, y, d: sparse.from_dense(sparse.to_dense(x)), lambda x, y, d: x.array
    )
    yield Case(
        "indices",
        lambda x, y, d: ops.indices(x),
        lambda x, y, d: np.argwhere(x.stored),
        stays=False,
    )
    yield Case("values", lambda x, y, d: values(x), lambda x, y, d: x.array[x.stored], stays=False)


def _all_but(array: np.ndarray, rows: list[int]) -> np.ndarray:
    kept = ~np.isin(np.arange(len(array)), rows)
    return kept.reshape(-1, *[1] * (array.ndim - 1))


def _stored_softmax(x: Twin) -> np.ndarray:
    with np.errstate(all="ignore"):
        return _softmax(np.where(x.stored, x.array, -np.inf))


def _filled(x: Twin, front: tuple[int, ...]) -> np.ndarray:
    out = x.array.copy()
    for row in range(len(out)):
        if not x.stored[row].any():
            out[(row, *front)] = 7
    return out


def _reductions(rank: int) -> Iterator[Case]:
    axes: list[Any] = [None, 0, -1, *([(0, rank - 1)] if rank > 1 else [])]
    axes += [1, (1, 2), (0, 1)] if rank > 2 else []
    axes += [(0, 2), (1, 3)] if rank > 3 else []
    for axis in axes:
        yield Case(
            f"reduce_sum {axis}",
            lambda x, y, d, axis=axis: sparse.reduce_sum(x, axis),
            lambda x, y, d, axis=axis: x.array.sum(axis),
            stays=False,
        )
        yield Case(
            f"reduce_max {axis}",
            lambda x, y, d, axis=axis: sparse.reduce_max(x, axis, keepdims=True),
            lambda x, y, d, axis=axis: _stored_max(x, axis),
            stays=False,
        )
        yield Case(
            f"sparse reduce_sum {axis}",
            lambda x, y, d, axis=axis: sparse.reduce_sum(x, axis, True, output_is_sparse=True),
            lambda x, y, d, axis=axis: x.array.sum(axis, keepdims=True),
        )
    for name in ("max", "min", "mean", "prod", "any", "all", "count_nonzero"):
        for axis in {-1, rank // 2}:
            yield Case(
                f"{name} {axis}",
                lambda x, y, d, name=name, axis=axis: getattr(ops, name)(x, axis=axis),
                lambda x, y, d, name=name, axis=axis: getattr(np, name)(x.array, axis=axis),
                stays=False,
                least_rows=1,
            )


def _stored_max(x: Twin, axis: Any) -> np.ndarray:
    found = np.where(x.stored, x.array, -np.inf).max(axis, keepdims=True, initial=-np.inf)
    return np.where(np.isinf(found), 0, found).astype(x.array.dtype)


def _products_of_vectors() -> Iterator[Case]:
    yield Case(
        "a sparse vector by a dense matrix",
        lambda x, y, d: ops.matmul(x, ops.stack([d, d * d], 1)),
        lambda x, y, d: x.array @ np.stack([d, d * d], 1),
        stays=False,
    )
    yield Case(
        "a sparse vector by a sparse matrix",
        lambda x, y, d: ops.matmul(x, ops.stack([y, x], 1)),
        lambda x, y, d: x.array @ np.stack([y.array, x.array], 1),
    )
    yield Case(
        "a dense matrix by a sparse vector",
        lambda x, y, d: ops.matmul(ops.stack([d, d * d]), x),
        lambda x, y, d: np.stack([d, d * d]) @ x.array,
        stays=False,
    )
    yield Case(
        "two sparse vectors",
        lambda x, y, d: ops.matmul(x, y),
        lambda x, y, d: x.array @ y.array,
        stays=False,
    )


def _products() -> Iterator[Case]:
    def table(width: int) -> np.ndarray:
        return np.arange(width * 2, dtype=np.float32).reshape(width, 2) % 5

    yield Case(
        "matmul with a dense matrix",
        lambda x, y, d: ops.matmul(x, table(d.shape[-1])),
        lambda x, y, d: x.array @ table(d.shape[-1]),
        stays=False,
        needs_sizes=True,
    )
    yield Case(
        "matmul with a sparse matrix",
        lambda x, y, d: ops.matmul(x, sparse.from_dense(table(d.shape[-1]))),
        lambda x, y, d: x.array @ table(d.shape[-1]),
        needs_sizes=True,
    )
    yield Case(
        "matmul with a vector",
        lambda x, y, d: ops.matmul(x, table(d.shape[-1])[:, 1]),
        lambda x, y, d: x.array @ table(d.shape[-1])[:, 1],
        stays=False,
        needs_sizes=True,
    )
