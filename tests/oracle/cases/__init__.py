"""The cases, by what they show; importing this package declares them all."""

from __future__ import annotations

from . import (  # noqa: F401  (importing a module declares its cases)
    activations,
    attention_layers,
    composed_ops,
    core_layers,
    elementwise_ops,
    merging_layers,
    movement_ops,
    normalization_layers,
    order_ops,
    placing_ops,
    pooling_layers,
    promotion_ops,
    ragged_and_sparse,
    reduction_ops,
    shaping_layers,
    step_layers,
    tf_indexing,
    tf_inputs,
    tf_masks_and_feeds,
    tf_operators,
    tf_ragged_ops,
    tf_ragged_values,
    tf_sparse,
    tf_sparse_ranks,
    topologies,
    topologies_of_ops,
)
from .answers import ANSWER_CASES, EXPRESSION_CASES, AnswerCase, ExpressionCase
from .registry import CASES, OP_CASES, Case, Draw, OpCase, Ragged, Sparse, leaves, map_leaves

__all__ = [
    "ANSWER_CASES",
    "CASES",
    "EXPRESSION_CASES",
    "OP_CASES",
    "AnswerCase",
    "Case",
    "Draw",
    "ExpressionCase",
    "OpCase",
    "Ragged",
    "Sparse",
    "leaves",
    "map_leaves",
]
