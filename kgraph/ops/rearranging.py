"""Axes split, moved and joined, as a pattern says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.reshaping import missing_size
from kgraph.ops.whole_numbers import whole_number
from kgraph.types.dims import Size, product
from kgraph.types.errors import KGraphValueError, ShapeError, message

Groups: TypeAlias = list[list[str]]
"""The names in each axis of one side of a pattern, outermost first."""


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """The elements of a value with its axes split, moved and joined, as in einops.

    Shapes    left of ``->`` the axes of ``tensor`` have names, right of it those of the result;
              several names in brackets are one axis, the last of them runs fastest
    Dtypes    all; the result has the dtype of ``tensor``
    Edges     ``axes_lengths`` are the sizes of names in brackets; one of a bracket may be left out;
              ``1`` is an axis of size 1
    Errors    ValueError for a pattern that does not fit the axes, names that stand twice or on one
              side alone, and sizes that do not divide
    Source    keras.ops.rearrange, einops.rearrange

    >>> import kgraph as kg
    >>> kg.ops.rearrange([[1, 2, 3, 4]], "a (b c) -> (c a) b", b=2)
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return rearrange_axes(tensor, pattern, tuple(axes_lengths.items()))


@op(dtypes=unchanged)
def rearrange_axes(tensor: Array, pattern: Any, lengths: Any = ()) -> Array:
    """As `rearrange`, with the sizes of names as pairs.

    Shapes    as ``pattern`` says
    Dtypes    all; the result has the dtype of ``tensor``

    >>> from kgraph.ops.rearranging import rearrange_axes
    >>> rearrange_axes([[1, 2], [3, 4]], "a b -> b a")
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    before, after = _sides(pattern)
    sizes: dict[str, Any] = {}
    for group, size in zip(before, tensor.shape, strict=True):
        sizes |= _sizes_within(pattern, group, size, dict(lengths))
    order = _names(before)
    apart = tensor.reshape([sizes[name] for name in order])
    moved = apart.transpose([order.index(name) for name in _names(after)])
    return moved.reshape([math.prod(sizes[name] for name in group) for group in after])


@rearrange_axes.lower
def _apart_and_together(tensor: Any, pattern: str, lengths: Any) -> Any:
    before, after = _sides(pattern)
    if len(before) != type_of(tensor).ndim:
        raise _misfit(pattern, f"names {len(before)} axes", received=str(type_of(tensor)))
    given = dict(lengths)
    unknown = [name for name in given if name not in _names(before)]
    if unknown:
        raise _misfit(pattern, f"does not name {', '.join(unknown)} on its left side")
    sizes: dict[str, Size] = {}
    for group, size in zip(before, dims_of(tensor), strict=True):
        sizes |= _sizes_within(pattern, group, size, given)
    order = _names(before)
    apart = reshape_to(tensor, tuple(sizes[name] for name in order))
    moved = transpose_axes(apart, tuple(order.index(name) for name in _names(after)))
    return reshape_to(moved, tuple(product(sizes[name] for name in group) for group in after))


_CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
rearrange_axes.sample(_CUBE, pattern="a b c -> c a b")
rearrange_axes.sample(_CUBE, pattern="a b (c d)->(a c) d b", lengths=(("d", 2),))
rearrange_axes.sample(_CUBE, pattern="a b c -> a 1 (b c) ()")
rearrange_axes.sample(_CUBE[:, :1], pattern="a 1 c -> (c a)")


def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Blocks of channels laid out side by side: each becomes a square of ``block_size`` pixels.

    Shapes    (B, H, W, C) -> (B, H * size, W * size, C / size**2), or with the channels second
    Dtypes    all; the result has the dtype of x
    Errors    ValueError for another rank, a block below 2, channels that are no multiple of its
              square, and another ``data_format``
    Source    keras.ops.depth_to_space, tf.nn.depth_to_space

    >>> import kgraph as kg
    >>> kg.ops.depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0]
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    block = _block("depth_to_space", x, block_size, data_format)
    if data_format == "channels_last":
        return rearrange(x, "b h w (u v c) -> b (h u) (w v) c", **block)
    return rearrange(x, "b (u v c) h w -> b c (h u) (w v)", **block)


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Squares of ``block_size`` pixels laid behind each other, as more channels of one pixel.

    Shapes    (B, H, W, C) -> (B, H / size, W / size, C * size**2), or with the channels second
    Dtypes    all; the result has the dtype of x
    Errors    ValueError for another rank, a block below 2, sizes that are no multiples of it, and
              another ``data_format``
    Source    keras.ops.space_to_depth, tf.nn.space_to_depth

    >>> import kgraph as kg
    >>> kg.ops.space_to_depth([[[[1], [2]], [[3], [4]]]], 2)[0, 0]
    array([[1, 2, 3, 4]], dtype=int32)
    """
    block = _block("space_to_depth", x, block_size, data_format)
    if data_format == "channels_last":
        return rearrange(x, "b (h u) (w v) c -> b h w (u v c)", **block)
    return rearrange(x, "b c (h u) (w v) -> b (u v c) h w", **block)


def _block(name: str, x: Any, block_size: int, data_format: str) -> dict[str, int]:
    if data_format not in ("channels_last", "channels_first"):
        raise KGraphValueError(
            f"{name}: data_format is 'channels_last' or 'channels_first', got {data_format!r}"
        )
    found = type_of(as_operand(x, name))
    if found.ndim != 4:
        raise ShapeError(
            message(f"{name}: takes images", received=str(found), expected="(B, H, W, C)")
        )
    size = whole_number(name, "block_size", block_size, 2)
    return {"u": size, "v": size}


def _sides(pattern: str) -> tuple[Groups, Groups]:
    sides = pattern.split("->") if isinstance(pattern, str) else []
    if len(sides) != 2:
        raise _misfit(pattern, "has not two sides with -> between them")
    before, after = (_groups(pattern, side) for side in sides)
    for names in (_names(before), _names(after)):
        if len(set(names)) != len(names):
            raise _misfit(pattern, "names an axis twice")
    alone = set(_names(before)) ^ set(_names(after))
    if alone:
        raise _misfit(pattern, f"names {', '.join(sorted(alone))} on one side alone")
    return before, after


_AXIS = re.compile(r"\s*(?:\(([^()]*)\)|([^\s()]+))\s*")


def _groups(pattern: str, side: str) -> Groups:
    """The names of each axis; 1 is an axis without a name."""
    found, at = [], 0
    while at < len(side.rstrip()):
        match = _AXIS.match(side, at)
        names = (match[1] or match[2] or "").split() if match else [""]
        names = [name for name in names if name != "1"]
        if match is None or not all(name.isidentifier() for name in names):
            raise _misfit(pattern, "holds more than names, 1 and brackets")
        found.append(names)
        at = match.end()
    return found


def _names(groups: Groups) -> list[str]:
    return [name for group in groups for name in group]


def _sizes_within(
    pattern: str, group: Sequence[str], size: Size, given: Mapping[str, int]
) -> dict[str, Size]:
    """The size of each name in one axis, of which one may follow from the others."""
    for name in group:
        if name in given and (isinstance(given[name], bool) or not isinstance(given[name], int)):
            raise _misfit(pattern, f"has a size of {name} that is no int: {given[name]!r}")
    known: dict[str, Size] = {name: given[name] for name in group if name in given}
    rest = [name for name in group if name not in given]
    if len(rest) > 1:
        raise _misfit(pattern, f"leaves the sizes of {' and '.join(rest)} open; give all but one")
    part = missing_size(size, product(known.values()))
    if part is None or (not rest and isinstance(size, int) and part != 1):
        parts = " times ".join(f"{name}={length}" for name, length in known.items()) or "1"
        raise _misfit(pattern, f"cuts an axis of size {size} into {parts}")
    return {**known, **dict.fromkeys(rest, part)}


def _misfit(pattern: str, what: str, received: str | None = None) -> KGraphValueError:
    kind = KGraphValueError if received is None else ShapeError
    return kind(message(f"rearrange: the pattern {pattern!r} {what}", received=received))
