"""Masks on symbolic values: who handed one on, and who let it fall.

A mask says which steps of a padded sequence count.  It is an ordinary value of the graph, and hangs
on another one as ``_keras_mask``.  Layers hand masks on (``kgraph.layers.masking``); an op knows
nothing of them: there a mask ends, as in Keras.  But what Keras keeps silent about is said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgraph.graph.blame import place
from kgraph.graph.source import warn_user
from kgraph.types.errors import DroppedMaskWarning, message

if TYPE_CHECKING:
    from kgraph.graph.keras_tensor import Node


def notice_dropped_mask(node: Node) -> None:
    """Warn if a value that ``node`` takes has a mask: nothing after the node will see it."""
    for tensor in node.inputs:
        if tensor._keras_mask is not None:
            warn_user(
                message(
                    f"the mask of layer {tensor.mask_maker!r} ends here: "
                    "layers after this one count the padding too",
                    where=place(node),
                    hint="a layer that hands masks on, or `mask=x._keras_mask` for the layer "
                    "that needs it",
                ),
                DroppedMaskWarning,
            )
            return
