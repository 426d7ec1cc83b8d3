"""The key of ``x[key]`` as a tuple of plain items: nodes are compared, printed and saved.

3, None, ...                          as they are
("slice", start, stop, step)          a slice
("take", positions)                   a list of positions, or
("take", positions, shape)            an array of them with another number of axes than one
("mask", positions, shape)            a constant mask: where it is true, in row-major order
("value", n)                          the n-th value of the call: positions, or a mask, that
                                      only a batch tells; a bound of a slice may be one, too
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

Items = tuple[Any, ...]

WHOLE = ("slice", None, None, None)
_KINDS = (
    "integers, slices, `None`, `...`, lists and arrays of integers, boolean masks, "
    "and symbolic integers and masks"
)


def plain_key(key: Any) -> Items:
    """The items of a key in which nothing is symbolic.

    >>> plain_key((..., slice(1, None), [0, 2]))
    (Ellipsis, ('slice', 1, None, None), ('take', (0, 2)))
    """
    items, values = split_key(key)
    if values:
        raise KGraphTypeError(
            message(
                "getitem: a key with symbolic values in it cannot stand here",
                received=repr(values),
                hint="write x[key]",
            )
        )
    return items


def split_key(key: Any) -> tuple[Items, list[Any]]:
    """The key as plain items, and the values that they refer to."""
    values: list[Any] = []
    items = key if isinstance(key, tuple) else (key,)
    return tuple(_plain_item(item, values) for item in items), values


def _plain_item(item: Any, values: list[Any]) -> Any:
    if item is None or item is Ellipsis:
        return item
    if is_integer(item):
        return int(item)
    if isinstance(item, slice):
        start, stop = _bound(item.start, values), _bound(item.stop, values)
        return ("slice", start, stop, _step(item.step))
    if isinstance(item, Symbolic | Variable):
        return _reference(item, values)
    if is_plain(item):
        return item
    if isinstance(item, list | tuple | range | np.ndarray):
        return _constant(item)
    raise KGraphTypeError(
        message(
            "getitem: cannot index with this",
            received=f"{type(item).__name__} {item!r}",
            expected=_KINDS,
            hint="a bool is no index; x[None] adds an axis" if isinstance(item, bool) else None,
        )
    )


def is_integer(item: Any) -> bool:
    return isinstance(item, int | np.integer) and not isinstance(item, bool)


def is_plain(item: Any) -> bool:
    """Whether this is an item of a key that was made plain before."""
    tags = ("slice", "take", "mask", "value")
    return (
        isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str) and item[0] in tags
    )


def is_slice(item: Any) -> bool:
    return isinstance(item, tuple) and item[0] == "slice"


def is_array(item: Any) -> bool:
    """Whether an item picks by positions or a mask."""
    return isinstance(item, tuple) and item[0] != "slice"


def _reference(value: Any, values: list[Any]) -> Any:
    """``("value", n)``, where n is the place the value gets."""
    if value.dtype.kind not in "biu" or (isinstance(value, Symbolic) and _is_composite(value)):
        raise KGraphTypeError(
            message(
                "getitem: positions are dense integers, or a mask of bools",
                received=repr(value),
                hint="ops.cast(positions, 'int32') if they are whole numbers; "
                "ops.take(x, positions, axis=0) takes ragged ones",
            )
        )
    values.append(value)
    return ("value", len(values) - 1)


def _is_composite(value: Symbolic) -> bool:
    return value.ragged or value.sparse


def _constant(item: Any) -> Any:
    if not isinstance(item, np.ndarray) and any(isinstance(part, Symbolic) for part in item):
        raise KGraphTypeError(
            message(
                "getitem: a list of symbolic values is no index",
                received=repr(item),
                hint="ops.stack(values) makes one value of them",
            )
        )
    try:
        array = np.asarray(item)
    except ValueError:  # rows of different lengths
        array = np.empty(len(item), object)
    if array.dtype.kind == "b" and array.ndim:
        return ("mask", tuple(np.flatnonzero(array).tolist()), array.shape)
    if array.dtype.kind not in "iu" and array.size:
        raise KGraphTypeError(
            message(
                "getitem: cannot index with this",
                received=f"{type(item).__name__} of dtype {array.dtype}, shape {array.shape}",
                expected=_KINDS,
            )
        )
    positions = tuple(int(position) for position in array.ravel())
    if array.ndim == 0:
        return positions[0]
    return ("take", positions) if array.ndim == 1 else ("take", positions, array.shape)


def _bound(bound: Any, values: list[Any]) -> Any:
    if bound is None or is_integer(bound):
        return None if bound is None else int(bound)
    if isinstance(bound, np.ndarray) and bound.ndim == 0 and bound.dtype.kind in "iu":
        return int(bound)
    is_symbolic = isinstance(bound, Symbolic | Variable)
    if is_symbolic and bound.ndim == 0 and bound.dtype.kind in "iu":
        return _reference(bound, values)
    raise KGraphTypeError(
        message(
            "getitem: the bounds of a slice are integers, scalar integer values or None",
            received=f"{type(bound).__name__} {bound!r}",
        )
    )


def _step(step: Any) -> int | None:
    if step is None or is_integer(step):
        return None if step is None else int(step)
    raise KGraphTypeError(
        message(
            "getitem: the step of a slice is a known integer or None",
            received=f"{type(step).__name__} {step!r}",
        )
    )


# -- and back: what NumPy indexes with ---------------------------------------------------------


def numpy_key(key: Items, values: Any = ()) -> tuple[Any, ...]:
    """The key as NumPy takes it, with ``values`` in the places that refer to them."""
    return tuple(_numpy_item(item, values) for item in key)


def _numpy_item(item: Any, values: Any) -> Any:
    if not isinstance(item, tuple):
        return item
    tag, *rest = item
    if tag == "slice":
        return slice(*(_numpy_item(bound, values) for bound in rest))
    if tag == "value":
        return values[rest[0]]
    return constant_array(item)


def constant_array(item: Any) -> np.ndarray:
    """The positions or the mask that a ``take`` or ``mask`` item stands for."""
    tag, positions, *shape = item
    if tag == "take":
        return np.array(positions, np.int64).reshape(*shape or (-1,))
    mask = np.zeros(shape[0], bool)
    mask.flat[list(positions)] = True
    return mask


def show_key(key: Items) -> str:
    """The key as a user writes it.

    >>> show_key((0, ("slice", None, 2, None), ("take", (1, 3))))
    '[0, :2, [1, 3]]'
    """
    return f"[{', '.join(map(_show_item, key))}]"


def _show_item(item: Any) -> str:
    if item is Ellipsis:
        return "..."
    if not isinstance(item, tuple):
        return str(item)
    if is_slice(item):
        start, stop, step = ("" if bound is None else _show_item(bound) for bound in item[1:])
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if item[0] == "value":
        return f"<value {item[1]}>"
    return str(constant_array(item).tolist())
