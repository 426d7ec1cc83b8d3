"""TimeDistributed: a layer at each step."""

from __future__ import annotations

from functools import partial
from typing import Any

from kgraph import ops
from kgraph.layers.checked_layer import dense_dims, kind_of
from kgraph.layers.input_spec import InputSpec
from kgraph.layers.layer import Layer
from kgraph.layers.wrapper import Wrapper
from kgraph.ops.ensuring import with_sizes
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_broadcast import aligned_flat_values
from kgraph.types import tree
from kgraph.types.array_type import ArrayType, RaggedType
from kgraph.types.dims import Size
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor


class TimeDistributed(Wrapper):
    """A layer applied to each step of a sequence, with the same weights.

    The steps of all sequences are one batch of the layer inside: it is called once.

    Args
        layer  takes a batch of steps; it must not mix the rows of its batch

    Shapes    (B, steps, ...) -> (B, steps, ...), where the layer makes (N, ...) of (N, ...); the
              layer may take and return several values
    Kinds     dense; ragged: the items of all rows are the batch, and rows stay as long as they are
    Edges     a mask (B, steps, ...) with axes after the steps goes into the layer, if that takes
              one.  The result has the mask that the layer makes, else the mask of the steps
    Errors    ShapeError for fewer than 3 axes, and for a layer whose result is no batch of steps
    Source    keras.layers.TimeDistributed

    >>> import kgraph as kg
    >>> layer = kg.layers.TimeDistributed(kg.layers.Dense(1, kernel_initializer="ones"))
    >>> layer([[[1.0, 2.0], [3.0, 4.0]]])
    array([[[3.],
            [7.]]], dtype=float32)
    """

    kinds = ("dense", "ragged")
    input_spec = InputSpec(min_ndim=3)
    supports_masking = True

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Build the layer inside for the steps of inputs of this shape."""
        super().build(_without_steps(input_shape))

    def call(self, inputs: Any, mask: Any = None) -> Any:
        first = self._rows_of(inputs)
        inner = tree.map_leaves(partial(self._in_step, first), inputs)
        options = {}
        if mask is not None and self.layer._takes("mask"):
            inside = tree.map_leaves(_inside, mask)
            if any(leaf is not None for leaf in tree.flatten(inside)):
                options["mask"] = inside
        return tree.map_leaves(lambda y: self._as_steps(y, first), self.layer(inner, **options))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask that the layer inside makes of the steps, or else that of the steps."""
        first = self._rows_of(inputs)
        if isinstance(first, RaggedTensor):
            return None
        inside = None if mask is None else tree.map_leaves(_inside, mask)
        inner = tree.map_leaves(partial(self._in_step, first), inputs)
        made = self.layer.compute_mask(inner, inside)
        if made is None:
            return None if mask is None else _of_steps(mask)
        return tree.map_leaves(lambda one: self._as_steps(one, first), made)

    def _rows_of(self, inputs: Any) -> Any:
        """The value whose rows the result has."""
        leaves = tree.flatten(inputs)
        kinds = {kind_of(type_of(leaf)) for leaf in leaves}
        ranks = {leaf.ragged_rank for leaf in leaves if isinstance(leaf, RaggedTensor)}
        if len(kinds) > 1 or (len(leaves) > 1 and ranks - {1}):
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: the inputs have no steps in common",
                    received="\n".join(str(type_of(leaf)) for leaf in leaves),
                    expected="all dense, or all ragged (B, None, ...) with rows of equal lengths",
                )
            )
        return leaves[0]

    def _in_step(self, first: Any, leaf: Any) -> Any:
        """The steps of ``leaf`` as a batch, proved to be those of ``first``."""
        if leaf is first:
            return _as_batch(leaf)
        if isinstance(leaf, RaggedTensor):
            items = aligned_flat_values(f"layer {self.name!r}", leaf, first)
            return reshape_to(items, (_count(first.values), *dense_dims(items)[1:]))
        wanted, found = dense_dims(first)[:2], dense_dims(leaf)
        if any(
            isinstance(a, int) and isinstance(b, int) and a != b
            for a, b in zip(wanted, found, strict=False)
        ):
            raise ShapeError(
                message(
                    f"layer {self.name!r}: the inputs have different numbers of steps",
                    received=f"{type_of(first)}\n{type_of(leaf)}",
                )
            )
        return _as_batch(with_sizes(leaf, (*wanted, *found[2:])))

    def _as_steps(self, y: Any, like: Any) -> Any:
        """A batch of steps as sequences of them."""
        found = type_of(y)
        fits = isinstance(found, ArrayType) or (
            isinstance(found, RaggedType) and isinstance(like, RaggedTensor)
        )
        if not fits or _count(y) != _count(_as_batch(like)):
            raise ShapeError(
                message(
                    f"layer {self.name!r}: layer {self.layer.name!r} inside mixes steps",
                    received=f"{found} for {type_of(_as_batch(like))}",
                    expected="one row for each row of its batch",
                )
            )
        if isinstance(like, RaggedTensor):
            return like.with_values(y)
        return reshape_to(y, (*dense_dims(like)[:2], *dense_dims(y)[1:]))


def _without_steps(shape: Any) -> Any:
    """The shape of a batch of steps; of several, one for each."""
    if isinstance(shape, list) and any(tree.is_branch(item) for item in shape):
        return [_without_steps(item) for item in shape]
    if isinstance(shape, dict):
        return {key: _without_steps(item) for key, item in shape.items()}
    return (None, *shape[2:])


def _as_batch(x: Any) -> Any:
    """The steps of all sequences, one after the other."""
    if isinstance(x, RaggedTensor):
        return x.values
    batch, steps, *inner = dense_dims(x)
    return reshape_to(x, (batch * steps, *inner))


def _count(x: Any) -> Size:
    """The number of rows."""
    found = type_of(x)
    if isinstance(found, RaggedType):
        return found.splits[0].dims[0] - 1
    return found.dims[0]


def _inside(mask: Any) -> Any:
    """The part of a mask that speaks of what is within a step; None if it has none."""
    return None if mask is None or type_of(mask).ndim < 3 else _as_batch(mask)


def _of_steps(masks: Any) -> Any:
    """The steps in which anything counts, in the first of several masks."""
    mask = next(mask for mask in tree.flatten(masks) if mask is not None)
    axes = tuple(range(2, type_of(mask).ndim))
    return ops.any(mask, axis=axes) if axes else mask
