"""Masks: which steps of a padded sequence count.

Keras hangs a mask on every tensor.  Here a layer that uses masks (it has ``mask`` among the
arguments of its ``call``) looks for the layer that knows one when the graph is drawn, and the mask
becomes an ordinary edge of the graph.
"""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.graph.keras_tensor import KerasTensor


def mask_of(value: Any) -> KerasTensor | None:
    """The mask of a symbolic value, (B, steps), true where a step counts; None if all count.

    Layers that take a step to a step (``supports_masking``) hand on the mask of their input, and
    several masks meet in one; at any other layer or op a mask ends, as in Keras.
    """
    if not isinstance(value, KerasTensor):
        return None
    masks: dict[int, KerasTensor | None] = {}
    stack = [value]
    while stack:  # no recursion: graphs may be deeper than Python's stack
        tensor = stack[-1]
        waiting = [x for x in _sources(tensor) if id(x) not in masks]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if id(tensor) not in masks:
            masks[id(tensor)] = _mask_from(tensor, masks)
    return masks[id(value)]


def _sources(tensor: KerasTensor) -> list[KerasTensor]:
    """The values whose masks are handed on to this one."""
    node = tensor.node
    handed_on = getattr(node.operation, "supports_masking", False)
    return node.inputs if handed_on else []


def _mask_from(tensor: KerasTensor, masks: dict[int, KerasTensor | None]) -> KerasTensor | None:
    node = tensor.node
    if hasattr(node.operation, "compute_mask"):
        made: KerasTensor | None = node.operation.compute_mask(*node.args)
        return made
    met: KerasTensor | None = None
    for mask in {id(mask): mask for mask in (masks[id(x)] for x in _sources(tensor))}.values():
        if mask is not None:
            met = mask if met is None else ops.logical_and(met, mask)
    return met
