"""Masks: how layers take them, make them and hand them on.

A layer with ``mask`` among the arguments of its ``call`` is given the mask of its first argument.
What the result's mask is, ``Layer.compute_mask`` says.  Arrays carry none: a layer called on arrays
is given ``mask=``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kgraph import ops
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.masks import Mask, drop_mask
from kgraph.graph.scope import scope
from kgraph.layers.abstract_call import forget
from kgraph.layers.complaints import blame_layer
from kgraph.ops.operands import type_of
from kgraph.types import tree

if TYPE_CHECKING:
    from kgraph.layers.layer import Layer


def met(masks: Any) -> Any:
    """One mask of several: a step counts if it counts in each."""
    met: Any = None
    for mask in {id(mask): mask for mask in tree.flatten(masks) if mask is not None}.values():
        met = mask if met is None else ops.logical_and(met, mask)
    return met


def call_with_masks(
    layer: Layer,
    call: Callable[[tuple[Any, ...], Mapping[str, Any]], Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    masks: Any,
) -> tuple[Any, list[Mask | None]]:
    """What ``call`` makes of arguments for ``layer``, and the masks of its results.

    ``masks`` are those of the first argument, nested like it; a mask among the keywords stands
    before them.
    """
    written = kwargs.get("mask")
    if written is not None:
        masks = constant_masks(written)
    elif masks is not None and layer._takes("mask") and layer.uses_masks():
        values = values_of(masks)
        kwargs = kwargs if values is None else {**kwargs, "mask": values}
    result = call(args, kwargs)
    return result, _made(layer, args, masks, len(tree.flatten(result)))


def values_of(masks: Any) -> Any:
    """The masks in ``masks`` themselves; None if there is none."""
    values = tree.map_leaves(lambda mask: None if mask is None else mask.value, masks)
    return values if any(value is not None for value in tree.flatten(values)) else None


def constant_masks(values: Any) -> Any:
    """Values as masks, nested like them."""
    if values is None:
        return None
    return tree.map_leaves(lambda value: None if value is None else Mask.of(value), values)


def _made(layer: Layer, args: tuple[Any, ...], masks: Any, count: int) -> list[Mask | None]:
    given = [mask for mask in tree.flatten(masks) if mask is not None]
    given = list({id(mask): mask for mask in given}.values())
    if layer.makes_masks():
        compute = partial(_computed, layer, args[0] if args else None, masks)
        return spread_mask(compute, given, count)
    if not layer.supports_masking or not given:
        return [None] * count
    one = given[0]
    if len(given) > 1:
        one = Mask(lambda: met([mask.value for mask in given]), given)
    return [one] * count


def _computed(layer: Layer, inputs: Any, masks: Any) -> Any:
    try:
        with scope(layer.name):
            return layer.compute_mask(inputs, None if masks is None else values_of(masks))
    except Exception as error:
        blame_layer(error, layer)
        raise


def spread_mask(compute: Callable[[], Any], given: list[Mask], count: int) -> list[Mask | None]:
    """The masks of ``count`` results, if ``compute`` makes one for each, or one for all."""
    made = Mask(compute, given)

    def pick(place: int) -> Any:
        found = tree.flatten(made.value)
        return found[place] if len(found) == count else made.value

    return [made] if count == 1 else [Mask(partial(pick, place), [made]) for place in range(count)]


def masks_on(values: Any) -> list[Mask | None]:
    """What hangs on each of some symbolic values."""
    return [
        None if leaf._keras_mask is None else Mask.of(leaf._keras_mask)
        for leaf in tree.flatten(values)
    ]


def forget_masks(values: Any) -> Any:
    """The masks of symbolic values, nested like them, without what makes them; None for none."""
    masks = tree.map_leaves(_forgotten, values)
    return masks if any(mask is not None for mask in tree.flatten(masks)) else None


def _forgotten(leaf: Any) -> Mask | None:
    mask = leaf._keras_mask if isinstance(leaf, KerasTensor) else None
    return None if mask is None else Mask.of(forget(mask))


def hang_masks(layer: Layer, node: Node, masks: list[Mask | None]) -> None:
    """Hang the masks of the results of a call on them; warn if one is lost."""
    maker = next((x.mask_maker for x in node.inputs if x.mask_maker), layer.name)
    for tensor, mask in zip(node.outputs, masks, strict=True):
        value = None if mask is None else mask.value
        if value is not None:
            tensor.hang_mask(type_of(value), maker)
    handed_on = any(tensor._keras_mask is not None for tensor in node.outputs)
    given = node.kwargs.get("mask") is not None or forget_masks(node.args[:1]) is not None
    if given and not handed_on and not layer.uses_masks():
        drop_mask(node)
