"""Attention within ragged rows: a query sees the keys of its own row alone."""

from __future__ import annotations

from typing import Any

from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.attention import segment_attention
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_broadcast import aligned_flat_values
from kgraph.ops.sizing import attached
from kgraph.types.errors import ShapeError, message
from kgraph.types.ragged import RaggedTensor


def ragged_attention(
    query: RaggedTensor,
    key: RaggedTensor,
    value: RaggedTensor,
    scale: float,
    is_causal: bool = False,
) -> RaggedTensor:
    """For each query the mean of its row's values, weighed by ``softmax(query @ key * scale)``.

    Shapes    ragged query (B, None, H, D), key (B, None, H, D), value (B, None, H, E)
              -> (B, None, H, E), with the rows of query
    Dtypes    float
    Edges     zeros for a query whose row has no keys; with ``is_causal`` it sees none that comes
              later in its row
    Errors    ValueError if key and value have rows of different lengths, or query another number
              of rows
    Source    Vaswani et al., Attention Is All You Need (2017)

    >>> import kgraph as kg
    >>> import numpy as np
    >>> x = kg.RaggedTensor.from_row_lengths(np.float32([[[1.0]], [[3.0]], [[5.0]]]), [2, 1])
    >>> ragged_attention(x, x.with_values(0 * x.values), x, 1.0).values[:, 0, 0]
    array([2., 2., 5.], dtype=float32)
    """
    values = aligned_flat_values("attention", value, key)
    splits = query.row_splits, _as_many(key, query)
    found = segment_attention(
        query.values, key.values, values, *splits, scale=scale, causal=is_causal
    )
    return query.with_values(found)


def _as_many(key: RaggedTensor, query: RaggedTensor) -> Any:
    """The row splits of ``key``, proved to bound as many rows as those of ``query``."""
    own, wanted = dims_of(key.row_splits), dims_of(query.row_splits)
    if own == wanted:
        return key.row_splits
    if isinstance(own[0], int) and isinstance(wanted[0], int):
        raise ShapeError(
            message(
                "attention: query and key have different numbers of rows",
                received=f"query = {type_of(query)}\nkey = {type_of(key)}",
                expected="a row of keys for each row of queries",
            )
        )
    return reshape_to(attached(key.row_splits, query.row_splits), wanted)
