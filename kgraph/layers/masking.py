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
    operation = value.node.operation
    make_mask = getattr(operation, "compute_mask", None)
    if make_mask is not None:
        made: KerasTensor | None = make_mask(*value.node.args)
        return made
    if not getattr(operation, "supports_masking", False):
        return None
    given = value.node.kwargs.get("mask")
    if given is not None:
        return given  # type: ignore[no-any-return]
    found: KerasTensor | None = None
    for mask in map(mask_of, value.node.inputs):
        if mask is not None and mask is not found:
            found = mask if found is None else ops.logical_and(found, mask)
    return found
