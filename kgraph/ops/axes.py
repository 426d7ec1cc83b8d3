"""Axes as users write them, made non-negative and checked."""

from __future__ import annotations

from typing import TypeAlias

from kgraph.types.errors import KGraphTypeError, ShapeError, message

Axis: TypeAlias = int | tuple[int, ...] | None


def one_axis(op_name: str, axis: int, ndim: int) -> int:
    """``axis`` counted from the front.

    >>> one_axis("sum", -1, 3)
    2
    """
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise KGraphTypeError(f"{op_name}: an axis is an integer, got {axis!r}")
    if not -ndim <= axis < ndim:
        raise ShapeError(
            message(
                f"{op_name}: axis {axis} is out of bounds",
                received=f"a value of {ndim} axes",
                expected=f"-{ndim} <= axis < {ndim}" if ndim else "no axis: a scalar has none",
            )
        )
    return axis % ndim


def many_axes(op_name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes that ``axis`` names, from the front and in order; ``None`` names all.

    >>> many_axes("sum", (-1, 0), 3)
    (0, 2)
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, list | tuple) else [axis]
    found = sorted(one_axis(op_name, item, ndim) for item in axes)
    if len(set(found)) != len(found):
        raise ShapeError(f"{op_name}: an axis stands twice in {tuple(axes)}")
    return tuple(found)
