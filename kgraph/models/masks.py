"""Masks through a model that is called as a layer: into it, and out of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.layers.layer import Layer
from kgraph.layers.masking import met
from kgraph.ops.op import Op
from kgraph.types import tree

if TYPE_CHECKING:
    from kgraph.models.model import Model


def uses_masks(model: Model) -> bool:
    """Whether a layer inside is computed with a mask."""
    return any(layer.uses_masks() for layer in model.layers)


def replay_with_masks(function: Function, values: Sequence[Any], masks: Sequence[Any]) -> list[Any]:
    """``function.replay`` on values with masks: each layer that takes one is given it."""
    known = {id(x): mask for x, mask in zip(function.inputs, masks, strict=True)}

    def apply(node: Node, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        layer = node.operation
        if isinstance(layer, Op):
            return layer.apply(args, kwargs)
        given = kwargs.get("mask")
        if given is None:
            given = tree.map_leaves(lambda x: known.get(id(x)), node.args[0])
        if all(mask is None for mask in tree.flatten(given)):
            given = None
        if given is not None and layer._takes("mask"):
            kwargs = {**kwargs, "mask": given}
        result = layer(*args, **kwargs)
        made = tree.flatten(layer.compute_mask(args[0], given))
        made = made if len(made) == len(node.outputs) else made * len(node.outputs)
        known.update((id(x), mask) for x, mask in zip(node.outputs, made, strict=True))
        return result

    return function.replay(values, apply)


def output_masks(model: Model, inputs: Any, masks: Any) -> Any:
    """The masks of what ``model`` returns for ``inputs``, nested like its output; None for none.

    A mask that begins inside is computed by a model of its own, the part of this one that leads
    to it; one that comes from outside goes through the layers that hand masks on.
    """
    outer = tree.flatten(masks) if masks is not None else [None] * len(model.inputs)
    passed = _passed_through(model.function, outer)
    found = [
        passed.get(id(x)) if x._keras_mask is None else _lifted(model, x._keras_mask, inputs)
        for x in model.outputs
    ]
    if all(mask is None for mask in found):
        return None
    return tree.pack_like(model.output, found)


def _passed_through(function: Function, masks: Sequence[Any]) -> dict[int, Any]:
    known = {id(x): mask for x, mask in zip(function.inputs, masks, strict=True)}
    if all(mask is None for mask in masks):
        return known
    for node in function.nodes:
        if isinstance(node.operation, Layer) and node.operation.supports_masking:
            mask = met([known.get(id(x)) for x in node.inputs])
            known.update((id(x), mask) for x in node.outputs)
    return known


def _lifted(model: Model, mask: KerasTensor, inputs: Any) -> Any:
    from kgraph.models.model import Model as Base

    inner = Base(model.input, mask, name=f"{model.name}_mask")
    return inner(inputs)
