"""Which keys each query of an attention layer may see, as one mask (B, T, S)."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.ops.cumulative import counted
from kgraph.ops.operands import dims_of, type_of


def visible(
    query: Any,
    value: Any,
    query_mask: Any = None,
    value_mask: Any = None,
    key_mask: Any = None,
    attention_mask: Any = None,
    *,
    causal: bool = False,
    window: int | None = None,
) -> Any:
    """All masks met in one; None if there is none.

    Args
        query, value    of which the sizes T and S are read: (B, T, …) and (B, S, …)
        query_mask      (B, T): a query that does not count sees nothing
        value_mask      (B, S), as ``key_mask``: steps that are not seen
        attention_mask  (B, T, S), or what broadcasts to (B, heads, T, S)
        causal          a query sees no later step
        window          a query sees less than so many steps to either side

    >>> import numpy as np
    >>> x = np.zeros((1, 3, 2))
    >>> visible(x, x, causal=True, window=2).astype(int)
    array([[[1, 0, 0],
            [1, 1, 0],
            [0, 1, 1]]])
    """
    masks = [] if attention_mask is None else [ops.cast(attention_mask, "bool")]
    if query_mask is not None:
        masks.append(ops.expand_dims(ops.cast(query_mask, "bool"), 2))
    masks += [
        ops.expand_dims(ops.cast(mask, "bool"), 1)
        for mask in (value_mask, key_mask)
        if mask is not None
    ]
    if causal or window is not None:
        distance = _distance(query, value)
        masks += [ops.less_equal(distance, 0)] if causal else []
        masks += [] if window is None else [ops.less(ops.absolute(distance), window)]
    return _met(masks)


def _distance(query: Any, value: Any) -> Any:
    """How many steps each key comes after each query, (1, T, S)."""
    queries, keys = (counted(dims_of(x)[1], x) for x in (query, value))
    return ops.expand_dims(ops.subtract(keys, ops.expand_dims(queries, 1)), 0)


def _met(masks: list[Any]) -> Any:
    met = None
    for mask in masks:
        met = mask if met is None else ops.logical_and(_of_rank(met, mask), _of_rank(mask, met))
    return met


def _of_rank(mask: Any, other: Any) -> Any:
    """(B, T, S) beside (B, heads, T, S) gets an axis for the heads."""
    return for_heads(mask) if type_of(other).ndim == 4 else mask


def for_heads(mask: Any) -> Any:
    """A mask (B, T, S), or (T, S), as (B, 1, T, S), or (1, 1, T, S); one of rank 4 as it is."""
    for _ in range(4 - type_of(mask).ndim):
        mask = ops.expand_dims(mask, -3)
    return mask
