"""Masks: which steps of a padded sequence count.

A mask is no edge of the graph.  It travels beside the value it belongs to: whoever replays a graph
computes it where a layer makes one, and hands it to the layers that take one.  So a graph shows
what its user wrote, and masks go into models that are called as layers, and come out of them again.

On a symbolic value hangs ``x._keras_mask``, for those who want to use it as a value: it is a second
result of the call that made ``x``.  An op knows nothing of masks: there one ends, as in Keras.  But
what Keras keeps silent about is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kgraph.graph.blame import place
from kgraph.graph.scope import at_position, position
from kgraph.graph.source import warn_user
from kgraph.types import tree
from kgraph.types.errors import DroppedMaskWarning, KGraphValueError, message

if TYPE_CHECKING:
    from kgraph.graph.keras_tensor import KerasTensor, Node

_LONGEST_CHAIN = 20  # of masks that wait for one another: asking for the last one nests their calls


class Mask:
    """The mask of one value while a graph is replayed, computed when it is first asked for.

    Most masks reach no layer that takes one: then nothing is computed.

    >>> Mask.of(3).value
    3
    """

    __slots__ = ("_chain", "_compute", "_position", "_value")

    def __init__(self, compute: Callable[[], Any], waits_for: Sequence[Mask] = ()) -> None:
        self._compute: Callable[[], Any] | None = compute
        self._position = position()
        self._chain: int = 1 + max((mask._chain for mask in waits_for), default=0)
        self._value: Any = None
        if self._chain > _LONGEST_CHAIN:
            _ = self.value

    @classmethod
    def of(cls, value: Any) -> Mask:
        """A mask that is there already."""
        mask = cls(lambda: value)
        mask._value, mask._compute = value, None
        return mask

    @property
    def value(self) -> Any:
        """The mask; None if the layer found that there is none."""
        if self._compute is not None:
            with at_position(self._position):
                self._value = self._compute()
            self._compute, self._chain = None, 0
        return self._value


class MaskFlow:
    """The masks of one replay, by the symbolic values that they belong to."""

    def __init__(self, given: Sequence[KerasTensor], masks: Sequence[Mask | None]) -> None:
        self._fed = {id(tensor) for tensor in given}
        pairs = zip(given, masks, strict=True) if masks else ()
        self._masks = {id(tensor): mask for tensor, mask in pairs if mask is not None}

    def of(self, tensor: Any) -> Mask | None:
        """The mask that goes with a value."""
        return self._masks.get(id(tensor))

    def of_argument(self, node: Node) -> Any:
        """The masks of the first argument of a call, nested like it; None if it has none.

        Of a layer with several ``main_arguments``, the masks of each of them.
        """
        if not self._masks or not node.args:
            return None
        count = getattr(node.operation, "main_arguments", 1)
        masks = tree.map_leaves(self.of, node.args[0] if count == 1 else node.args[:count])
        return masks if any(mask is not None for mask in tree.flatten(masks)) else None

    def add(self, node: Node, masks: Sequence[Mask | None]) -> None:
        """Take in the masks of the results of ``node``, in their order."""
        for tensor, mask in zip(node.outputs, masks, strict=True) if masks else ():
            if mask is None:
                continue
            if tensor._keras_mask is not None:
                self._masks[id(tensor._keras_mask)] = mask
            if id(tensor) not in self._fed:
                self._masks[id(tensor)] = mask

    def value_of(self, mask: KerasTensor) -> Any:
        """The value of ``x._keras_mask``, which the user took for an edge of the graph.

        Errors    ValueError if no mask reaches x in this graph
        """
        found = self._masks.get(id(mask))
        value = None if found is None else found.value
        if value is None:
            raise KGraphValueError(
                message(
                    f"no mask reaches {mask.node.name!r} here, and {mask.name!r} is asked for",
                    where=place(mask.node),
                    hint="let the model begin before the layer that makes the mask",
                )
            )
        return value


def drop_mask(node: Node) -> None:
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


def pass_masks_by_op(node: Node) -> None:
    """Hang the mask of its operand on the result of an op that keeps steps; others let it fall."""
    source = node.inputs[0] if node.inputs else None
    mask = None if source is None else source._keras_mask
    if mask is not None and source is not None and node.operation.keeps_masks:
        node.outputs[0].hang_mask(mask.type, source.mask_maker)
        return
    drop_mask(node)
