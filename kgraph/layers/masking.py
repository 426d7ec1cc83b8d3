"""Masks: which steps of a padded sequence count, and how layers hand them on.

As in Keras a mask hangs on a symbolic value (``x._keras_mask``).  A layer with ``mask`` among the
arguments of its ``call`` is given it, and the mask becomes an ordinary edge of the graph.  What the
result's mask is, ``Layer.compute_mask`` says.  Arrays carry none: a layer called on arrays is given
``mask=``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgraph import ops
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.masks import notice_dropped_mask
from kgraph.graph.source import quiet
from kgraph.types import tree

if TYPE_CHECKING:
    from kgraph.layers.layer import Layer


def masks_of(values: Any) -> Any:
    """The masks of symbolic values, in their structure; None if none has one."""
    masks = tree.map_leaves(lambda leaf: getattr(leaf, "_keras_mask", None), values)
    return masks if any(mask is not None for mask in tree.flatten(masks)) else None


def met(masks: Any) -> Any:
    """One mask of several: a step counts if it counts in each."""
    met: Any = None
    for mask in {id(mask): mask for mask in tree.flatten(masks) if mask is not None}.values():
        met = mask if met is None else ops.logical_and(met, mask)
    return met


def hand_on_masks(layer: Layer, node: Node) -> None:
    """Hang the masks of the results of a call on them; warn if one is lost."""
    from kgraph.layers.layer import Layer as Base

    masks = node.kwargs.get("mask")
    if masks is None and node.args:
        masks = masks_of(node.args[0])
    own = type(layer).compute_mask is not Base.compute_mask
    if masks is None and not own:
        return
    with quiet():
        made = layer.compute_mask(node.args[0] if node.args else None, masks)
    found = tree.flatten(made)
    if len(found) != len(node.outputs):
        found = [made] * len(node.outputs)
    for tensor, mask in zip(node.outputs, found, strict=True):
        if isinstance(mask, KerasTensor):
            tensor._keras_mask = mask
            tensor.mask_maker = _maker(node, layer.name)
    handed_on = any(isinstance(mask, KerasTensor) for mask in found)
    if masks is not None and not handed_on and not layer.uses_masks():
        notice_dropped_mask(node)


def _maker(node: Node, name: str) -> str:
    """The layer that first made the mask."""
    return next((x.mask_maker for x in node.inputs if x.mask_maker), name)
