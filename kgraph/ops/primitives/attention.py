"""Scaled dot-product attention: one kernel, which holds a few rows of scores at a time."""

from __future__ import annotations

import numpy as np

from kgraph.ops.dtype_rules import Keys, unchanged
from kgraph.ops.op import Array, Arrays, op
from kgraph.ops.primitives.rowwise import softmax_rows
from kgraph.ops.samples import i64
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dims
from kgraph.types.dtypes import DType, promote
from kgraph.types.errors import KGraphTypeError, ShapeError


def _meet(keys: Keys) -> list[DType]:
    """Queries, keys and values meet in one dtype; row bounds keep theirs."""
    dtypes = unchanged(keys)
    return [promote(dtypes[:3])] * 3 + dtypes[3:]


@op(dtypes=_meet)
def attention(q: Array, k: Array, v: Array, scale: float) -> Array:
    """``softmax(q @ k.T * scale) @ v`` for each head.

    Shapes    (B, T, H, D), (B, S, H, D), (B, S, H, E) -> (B, T, H, E)
    Dtypes    float
    Edges     zeros where there are no keys
    Source    Vaswani et al., Attention Is All You Need (2017)
    """
    queries, keys, values = (np.swapaxes(x, 1, 2) for x in (q, k, v))
    scores = np.matmul(queries, np.swapaxes(keys, 2, 3)) * q.dtype.type(scale)
    shares = softmax_rows.reference(scores, (3,))
    return np.swapaxes(np.matmul(shares, values), 1, 2)


@attention.infer
def _attention_type(q: ArrayType, k: ArrayType, v: ArrayType, scale: float) -> ArrayType:
    _require_floats(q)
    if not q.ndim == k.ndim == v.ndim == 4:
        raise ShapeError(f"expected (batch, items, heads, width), got {q}, {k}, {v}")
    _require_fit(q, k, v)
    return q.with_dims((*q.dims[:3], v.dims[3]))


def _require_floats(q: ArrayType) -> None:
    if q.dtype.kind != "f":
        raise KGraphTypeError("attention computes in floats; cast its operands")


def _require_fit(q: ArrayType, k: ArrayType, v: ArrayType) -> None:
    same = {
        "heads": (q.dims[-2], k.dims[-2], v.dims[-2]),
        "widths of queries and keys": (q.dims[-1], k.dims[-1]),
        "numbers of keys and values": (k.dims[-3], v.dims[-3]),
    }
    for what, sizes in same.items():
        if len({size for size in sizes if isinstance(size, int)}) > 1:
            raise ShapeError(f"the {what} differ: {q}, {k}, {v}")


def _meet_beside_masks(keys: Keys) -> list[DType]:
    """Masks that are added meet what they are added to; those of bool stay."""
    dtypes = unchanged(keys)
    meet = promote(dtypes[:3])
    return [meet] * 3 + [dtype if dtype.kind == "b" else meet for dtype in dtypes[3:]]


@op(dtypes=_meet_beside_masks)
def masked_attention(
    xs: Arrays, scale: float, hidden: float, causal: bool, dropped: bool = False
) -> Array:
    """``attention`` whose scores are masked, one mask after another, before they become shares.

    ``xs`` are q, k and v, then masks.  Floats are added to the scores; where a bool is False, or
    with ``causal`` a key comes later than the query, the score is ``hidden``.  With ``dropped`` its
    share is 0 then, even of a query from which all keys are hidden.

    Shapes    (B, T, H, D), (B, S, H, D), (B, S, H, E), (B or 1, H or 1, T or 1, S or 1) …
              -> (B, T, H, E)
    Dtypes    float; masks of bool as well
    Edges     zeros where there are no keys; where all are hidden by -inf, nan
    """
    q, k, v, *masks = xs
    queries, keys, values = (np.swapaxes(x, 1, 2) for x in (q, k, v))
    scores = np.matmul(queries, np.swapaxes(keys, 2, 3)) * q.dtype.type(scale)
    if causal:
        masks.append(np.tri(*scores.shape[2:], dtype=bool))
    for mask in masks:
        scores = _masked(scores, mask, hidden)
    shares = softmax_rows.reference(scores, (3,))
    for mask in masks if dropped else ():
        shares = _masked(shares, mask, 0) if mask.dtype == bool else shares
    return np.swapaxes(np.matmul(shares, values), 1, 2)


def _masked(scores: Array, mask: Array, hidden: float) -> Array:
    if mask.dtype != bool:
        return scores + mask
    return np.where(mask, scores, scores.dtype.type(hidden))


@masked_attention.infer
def _masked_attention_type(
    q: ArrayType,
    k: ArrayType,
    v: ArrayType,
    *masks: ArrayType,
    scale: float,
    hidden: float,
    causal: bool,
    dropped: bool,
) -> ArrayType:
    made = _attention_type(q, k, v, scale)
    full = scores_of(q.dims, k.dims)
    for mask in masks:
        if mask.ndim != 4 or any(
            isinstance(size, int) and isinstance(wanted, int) and size not in (1, wanted)
            for size, wanted in zip(mask.dims, full, strict=False)
        ):
            raise ShapeError(f"a mask of {mask} does not spread over scores of {full}")
    return made


def scores_of(q: Dims, k: Dims) -> Dims:
    """The shape (B, H, T, S) of the scores of queries (B, T, H, D) and keys (B, S, H, D)."""
    return (q[0], q[2], q[1], k[1])


_RNG = np.random.default_rng(0)


def _numbers(*shape: int) -> np.ndarray:
    return _RNG.normal(size=shape).astype(np.float32)


attention.sample(_numbers(2, 3, 2, 4), _numbers(2, 5, 2, 4), _numbers(2, 5, 2, 6), scale=0.5)
attention.sample(_numbers(1, 30, 1, 3), _numbers(1, 40, 1, 3), _numbers(1, 40, 1, 2), scale=1.0)
attention.sample(_numbers(2, 3, 2, 4), _numbers(2, 0, 2, 4), _numbers(2, 0, 2, 6), scale=0.5)


_QKV = [_numbers(2, 3, 2, 4), _numbers(2, 5, 2, 4), _numbers(2, 5, 2, 6)]
_SEEN = np.array([1, 0, 1, 1, 0], bool).reshape(1, 1, 1, 5)
masked_attention.sample(_QKV, scale=0.5, hidden=-1e9, causal=True)
masked_attention.sample([*_QKV, _SEEN], scale=0.5, hidden=-np.inf, causal=False)
masked_attention.sample(
    [*_QKV, _numbers(2, 1, 3, 5), _SEEN, np.array([True, False, True]).reshape(1, 1, 3, 1)],
    scale=1.0, hidden=-1e30, causal=True,
)  # fmt: skip
masked_attention.sample(
    [*_QKV, _numbers(1, 2, 1, 5), np.array([True, False, True]).reshape(1, 1, 3, 1)],
    scale=0.5, hidden=-1e9, causal=True, dropped=True,
)  # fmt: skip


@op(dtypes=_meet)
def segment_attention(
    q: Array,
    k: Array,
    v: Array,
    q_splits: Array,
    k_splits: Array,
    scale: float,
    causal: bool = False,
) -> Array:
    """``attention`` in which the queries of each ragged row see the keys of that row alone.

    With ``causal`` they see none that comes later in its row than they do in theirs.

    Shapes    (N, H, D), (M, H, D), (M, H, E), (B + 1,), (B + 1,) -> (N, H, E)
    """
    out = np.zeros((*q.shape[:2], v.shape[2]), q.dtype)
    for row in range(len(q_splits) - 1):
        mine = slice(q_splits[row], q_splits[row + 1])
        seen = slice(k_splits[row], k_splits[row + 1])
        xs = q[None, mine], k[None, seen], v[None, seen]
        made = masked_attention.reference(*xs, scale=scale, hidden=-np.inf, causal=causal)
        out[mine] = made[0]
    return out


@segment_attention.infer
def _segment_attention_type(
    q: ArrayType,
    k: ArrayType,
    v: ArrayType,
    q_splits: ArrayType,
    k_splits: ArrayType,
    scale: float,
    causal: bool,
) -> ArrayType:
    _require_floats(q)
    if not q.ndim == k.ndim == v.ndim == 3:
        raise ShapeError(f"expected (items, heads, width), got {q}, {k}, {v}")
    _require_fit(q, k, v)
    return q.with_dims((*q.dims[:2], v.dims[2]))


segment_attention.sample(
    _numbers(5, 2, 4), _numbers(7, 2, 4), _numbers(7, 2, 3), i64([0, 2, 2, 5]), i64([0, 0, 3, 7]),
    scale=0.25,
)  # fmt: skip
segment_attention.sample(
    _numbers(5, 2, 4), _numbers(7, 2, 4), _numbers(7, 2, 3), i64([0, 2, 2, 5]), i64([0, 0, 3, 7]),
    scale=0.25, causal=True,
)  # fmt: skip
