"""The cases, by what they show; importing this package declares them all."""

from __future__ import annotations

from . import (  # noqa: F401  (importing a module declares its cases)
    activations,
    core_layers,
    elementwise_ops,
    merging_layers,
    movement_ops,
    normalization_layers,
    pooling_layers,
    promotion_ops,
    ragged_and_sparse,
    reduction_ops,
    shaping_layers,
    topologies,
    topologies_of_ops,
)
from .registry import CASES, OP_CASES, Case, Draw, OpCase, Ragged, Sparse, leaves, map_leaves

__all__ = [
    "CASES",
    "OP_CASES",
    "Case",
    "Draw",
    "OpCase",
    "Ragged",
    "Sparse",
    "leaves",
    "map_leaves",
]
