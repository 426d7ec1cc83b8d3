"""Python's slices on sizes that may be symbolic: bounds in range, and the size that is left.

Clamped bounds are written with one kind of atom, ``max(n - a, 0)``, on purpose: ``x[a:]`` and
``x[:-a]`` then have provably equal sizes, and the sizes of ``x[:a]`` and ``x[a:]`` add up to n.
"""

from __future__ import annotations

from typing import TypeAlias

from kgraph.types.dims import Size, opaque
from kgraph.types.errors import KGraphValueError, ShapeError

Bounds: TypeAlias = tuple[int | None, int | None, int | None]


def resolve_index(index: int, axis: int, size: Size) -> Size:
    """The position that ``index`` means on an axis of ``size``.

    >>> resolve_index(-1, axis=0, size=4)
    3
    """
    if isinstance(size, int) and not -size <= index < size:
        raise ShapeError(f"index {index} is out of bounds for axis {axis} with size {size}")
    return index if index >= 0 else size + index


def resolve_slice(bounds: Bounds, size: Size) -> tuple[Size, Size, int, Size]:
    """Start, stop and step in range, and how many positions they cover.

    >>> resolve_slice((1, None, 2), 6)
    (1, 6, 2, 3)
    >>> from kgraph.types.dims import Dim
    >>> resolve_slice((None, -1, None), Dim.symbol("N"))
    (0, max(N - 1, 0), 1, max(N - 1, 0))
    """
    start, stop, step = bounds
    step = 1 if step is None else step
    if step == 0:
        raise KGraphValueError("the step of a slice is not 0")
    if step > 0:
        first = _clamp(start, size) if start is not None else 0
        last = _clamp(stop, size) if stop is not None else size
        span = _span(first, last, certain=first == 0 or last == size)
    else:
        first = _clamp_down(start, size) if start is not None else size - 1
        last = _clamp_down(stop, size) if stop is not None else -1
        span = _span(last, first, certain=last == -1 or first == size - 1)
    stop_at = first + span if step > 0 else first - span
    return first, stop_at, step, _ceil_div(span, abs(step))


def _span(low: Size, high: Size, certain: bool) -> Size:
    """``high - low``, and 0 where that might be negative."""
    return high - low if certain else opaque("max", high - low, 0)


def _clamp(bound: int, size: Size) -> Size:
    """A bound of a rising slice within 0 .. size."""
    if bound < 0:
        return opaque("max", size + bound, 0)
    return size - opaque("max", size - bound, 0) if bound else 0


def _clamp_down(bound: int, size: Size) -> Size:
    """A bound of a falling slice within -1 .. size - 1."""
    if bound < 0:
        return opaque("max", size + bound, -1)
    last = size - 1
    return last - opaque("max", last - bound, 0)


def _ceil_div(span: Size, step: int) -> Size:
    if step == 1:
        return span
    if isinstance(span, int):
        return -(-span // step)
    return (span + (step - 1)) // step
