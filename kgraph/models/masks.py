"""Masks through a model that is called as a layer: into it, and out of it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kgraph.graph.masks import Mask
from kgraph.graph.scope import is_training, scope, training_phase
from kgraph.layers.complaints import blame_layer
from kgraph.layers.masking import constant_masks, values_of
from kgraph.models.feeding import match
from kgraph.types import tree

if TYPE_CHECKING:
    from kgraph.models.model import Model


def uses_masks(model: Model) -> bool:
    """Whether a layer inside is computed with a mask."""
    return any(layer.uses_masks() for layer in model.layers)


def call_graph(
    model: Model, args: tuple[Any, ...], kwargs: Mapping[str, Any], masks: Any
) -> tuple[Any, list[Mask | None]]:
    """What the graph of ``model`` makes of inputs with masks, and the masks of its outputs.

    One replay gives both: a mask that begins inside is computed there, if it is asked for outside.
    """
    written, training = kwargs.get("mask"), kwargs.get("training")
    masks = masks if written is None else constant_masks(written)
    model.prepare(args[0])
    training = is_training() if training is None else training
    try:
        with scope(model.name), training_phase(training):
            return model.replay(args[0], masks)
    except Exception as error:
        blame_layer(error, model)
        raise


def output_masks(model: Model, inputs: Any, masks: Any) -> Any:
    """The masks of what ``model`` returns for ``inputs``, nested like its output; None for none."""
    _, made = model.replay(inputs, constant_masks(masks))
    found = values_of(made)
    return None if found is None else tree.pack_like(model.output, found)


class _Place:
    """A mask, or none, on its way to its input: a leaf that looks like a batch."""

    dtype = shape = None

    def __init__(self, mask: Mask | None) -> None:
        self.mask = mask


def in_order(model: Model, masks: Any) -> list[Mask | None]:
    """The masks of the inputs of ``model`` in their order; none at all if there are none."""
    if masks is None:
        return []
    placed = tree.map_leaves(_Place, masks)
    places = match(model.input, model.inputs, placed, model.name)
    return [place.mask if isinstance(place, _Place) else None for place in places]
