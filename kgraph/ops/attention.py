"""Attention: means of values, weighed by how well a query meets their keys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgraph.ops.casting import cast
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.einstein import einsum
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_dense, dims_of, dtype_key, type_of
from kgraph.ops.repetition import repeat
from kgraph.ops.selection import where
from kgraph.ops.softmaxes import softmax
from kgraph.ops.triangles import below_diagonal
from kgraph.types.dtypes import DType, as_float, float16, float32, promote
from kgraph.types.errors import KGraphTypeError, ShapeError, message


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: Any = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """For each query the mean of the values, weighed by ``softmax(query @ key * scale + bias)``.

    Shapes    query (B, T, N, H), key and value (B, S, K, H) -> (B, T, N, H); with fewer heads K
              than N, each serves N / K queries; ``bias`` and ``mask`` broadcast to (B, N, T, S)
    Dtypes    float, promoted as in Keras 3; integers become ``floatx()``; float16 takes its softmax
              in float32; ``mask`` is bool
    Edges     what ``mask`` hides weighs nothing, unless all is hidden: then all weighs the same;
              ``is_causal`` hides what comes after; ``scale=None`` means ``1 / sqrt(H)``
    Errors    ValueError where shapes do not fit; TypeError for a mask that is not bool, and for
              ``flash_attention=True`` and ``attn_logits_soft_cap``, which no graph knows
    Source    keras.ops.dot_product_attention; Vaswani et al., arXiv:1706.03762

    >>> import kgraph as kg
    >>> x = [[[[1.0, 0.0]], [[0.0, 1.0]]]]
    >>> kg.ops.dot_product_attention(x, x, x, is_causal=True).round(2)[0, :, 0]
    array([[1.  , 0.  ],
           [0.33, 0.67]], dtype=float32)
    """
    _refuse(flash_attention, attn_logits_soft_cap)
    operands = [as_dense(x, "dot_product_attention") for x in (query, key, value)]
    _require_heads(*operands)
    dtype = as_float(promote([dtype_key(x) for x in operands]))
    query, key, value = (_in(dtype, x) for x in operands)
    key, value = _shared(query, key), _shared(query, value)
    logits = _in(_softmax_dtype(dtype), einsum("btnh,bsnh->bnts", query, key))
    logits = logits * (1 / math.sqrt(_known_width(key)) if scale is None else scale)
    if bias is not None:
        logits = logits + _in(type_of(logits).dtype, as_dense(bias, "dot_product_attention"))
    shares = softmax(_hidden(logits, mask, is_causal), -1)
    return einsum("bnts,bsnh->btnh", _in(dtype, shares), value)


def _in(dtype: DType, x: Any) -> Any:
    return x if type_of(x).dtype == dtype else cast(x, dtype)


def _softmax_dtype(dtype: DType) -> DType:
    return float32 if dtype == float16 else dtype


def _refuse(flash_attention: bool | None, attn_logits_soft_cap: float | None) -> None:
    given = {"flash_attention": flash_attention, "attn_logits_soft_cap": attn_logits_soft_cap}
    for name, asked in given.items():
        if asked:
            raise KGraphTypeError(
                message(
                    f"dot_product_attention: {name} is not known to graphs",
                    received=f"{name}={asked!r}",
                    hint=f"leave {name} out: what it changes is speed on accelerators"
                    if name == "flash_attention"
                    else "cap * ops.tanh(logits / cap) caps logits",
                )
            )


def _require_heads(query: Any, key: Any, value: Any) -> None:
    types = {"query": type_of(query), "key": type_of(key), "value": type_of(value)}
    received = "\n".join(f"{name} = {found}" for name, found in types.items())
    if any(found.ndim != 4 for found in types.values()):
        raise ShapeError(
            message(
                "dot_product_attention: takes batches of sequences of heads",
                received=received,
                expected="query (B, T, N, H), key and value (B, S, K, H)",
            )
        )
    heads = [found.dims[2] for found in types.values()]
    same = [[types["key"].dims[axis], types["value"].dims[axis]] for axis in (0, 1, 2)]
    same += [[types["query"].dims[axis], types["key"].dims[axis]] for axis in (0, 3)]
    groups = isinstance(heads[0], int) and isinstance(heads[1], int) and heads[0] % heads[1] == 0
    if not groups or any(a != b and isinstance(a, int) and isinstance(b, int) for a, b in same):
        raise ShapeError(
            message(
                "dot_product_attention: the sizes do not fit together",
                received=received,
                expected="query (B, T, N, H), key and value (B, S, K, H), N a multiple of K",
            )
        )


def _shared(query: Any, x: Any) -> Any:
    """x with a head for each head of the query."""
    groups = dims_of(query)[2] // dims_of(x)[2]
    return x if groups == 1 else repeat(x, groups, 2)


def _known_width(key: Any) -> int:
    width = dims_of(key)[3]
    if not isinstance(width, int):
        raise ShapeError(f"dot_product_attention: the width H must be known, got {type_of(key)}")
    return width


def _hidden(logits: Any, mask: Any, is_causal: bool) -> Any:
    """Logits that weigh nothing where they are masked, or come later."""
    dtype = type_of(logits).dtype
    lowest = dtype.type(-0.7 * 3.38953e38)
    if mask is not None:
        mask = as_dense(mask, "dot_product_attention")
        if type_of(mask).dtype.kind != "b":
            raise KGraphTypeError(
                message(
                    "dot_product_attention: a mask is boolean",
                    received=f"mask = {type_of(mask)}",
                    hint="mask != 0",
                )
            )
        logits = where(mask, logits, lowest)
    return hide_later(logits, lowest.item()) if is_causal else logits


@op(dtypes=unchanged)
def hide_later(logits: Array, lowest: float) -> Array:
    """Logits (..., T, S) with ``lowest`` wherever a key comes later than the query.

    Shapes    (..., T, S); the result has the shape of logits
    Dtypes    all; the result has the dtype of logits

    >>> from kgraph.ops.attention import hide_later
    >>> hide_later([[1.0, 2.0], [3.0, 4.0]], -9.0)
    array([[ 1., -9.],
           [ 3.,  4.]], dtype=float32)
    """
    return np.where(np.tri(*logits.shape[-2:]) > 0, logits, logits.dtype.type(lowest))


@hide_later.lower
def _where_not_later(logits: Any, lowest: float) -> Any:
    return where(below_diagonal(logits), logits, type_of(logits).dtype.type(lowest))


hide_later.sample(np.ones((2, 3, 4), np.float32), lowest=-1e9)
hide_later.sample(np.ones((3, 2), np.float64), lowest=-1e300)
