"""What elementwise ops do to sparse values: they stay sparse where zeros give zero.

Of ops on sparse values and numbers that is asked of the op itself: is f(0, ..., numbers) = 0?  The
result is stored where any of the operands is.  Beside dense operands it is a claim, `ABSORBS`,
that the suite checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.ops.operands import NUMBERS, densified, densify, type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.positions import true_positions
from kgraph.ops.primitives.sparse import union_keys
from kgraph.ops.sparse_meeting import at_stored
from kgraph.ops.sparse_pattern import (
    at_keys,
    drawn_among,
    from_keys,
    index_dtype,
    is_at_keys,
    keys_of,
    known_dims,
    same_pattern,
    with_dims,
)
from kgraph.types.array_type import RaggedType
from kgraph.types.csr import CSR
from kgraph.types.dims import broadcast_dims
from kgraph.types.errors import ShapeError, message

ABSORBS: dict[str, tuple[int, ...]] = {
    "multiply": (0, 1),
    "divide": (0,),
    "floor_divide": (0,),
    "mod": (0,),
    "logical_and": (0, 1),
    "bitwise_and": (0, 1),
}
"""Operands whose zero makes the result 0, whatever stands at the others: of a sparse value and a
dense one, what is not stored stays 0, as in SciPy, TensorFlow and Keras, also against inf, nan or
a divisor of 0."""


def apply_to_stored(made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
    """An elementwise op on operands of which at least one is sparse."""
    sparse = [value for value in inputs if isinstance(value, CSR)]
    dims = known_dims(sparse)
    if dims is not None:
        like = drawn_among(sparse)
        values = [with_dims(v, dims, like) if isinstance(v, CSR) else v for v in inputs]
        found = _stored(made, values, attrs)
        if found is not None:
            return found
    _require_meeting(made, inputs)
    if _is_large_anyway(inputs, sparse[0]):
        return made(*map(densify, inputs), **attrs)
    return made(*densified(made.name, inputs), **attrs)


def _require_meeting(made: Any, inputs: Sequence[Any]) -> None:
    """Shapes that do not broadcast are an error, of which alone the user hears."""
    types = [type_of(value) for value in inputs]
    try:
        broadcast_dims(*(type.dims for type in types if not isinstance(type, RaggedType)))
    except ShapeError as error:
        received = "\n".join(map(str, types))
        raise ShapeError(message(f"{made.name}: {error}", received=received)) from None


def _is_large_anyway(inputs: Sequence[Any], x: CSR) -> bool:
    """Whether a dense value of the shape of ``x`` is there: the result is no larger than that."""
    dense = (value for value in inputs if not isinstance(value, CSR | int | float))
    return any(type_of(value).dims == x.dims for value in dense)


def _stored(made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> CSR | None:
    """The sparse result, or None if it is dense."""
    places = [place for place, value in enumerate(inputs) if isinstance(value, CSR)]
    patterns = [inputs[place] for place in places]
    absorbing = [place for place in places if place in ABSORBS.get(made.name, ())]
    if all(isinstance(value, CSR) or is_number(value) for value in inputs):
        if not _keeps_zero(made, inputs, attrs):
            return None
        if len(absorbing) > 1 and not same_pattern(*patterns):
            return _where_all_are_stored(made, inputs, attrs)
        return _where_any_is_stored(made, inputs, attrs, patterns)
    if len(patterns) == 1 and (absorbing or _chooses_zero(made, inputs)):
        return _beside_dense(made, inputs, attrs, patterns[0])
    return None


def is_number(value: Any) -> bool:
    """A number that is known: Python's, NumPy's, or an array without axes."""
    if isinstance(value, NUMBERS):
        return True
    return isinstance(value, np.ndarray | np.generic) and value.ndim == 0


def _keeps_zero(made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> bool:
    """Is the result 0 where all sparse operands are?"""
    zeros = [
        np.zeros((), type_of(value).dtype) if isinstance(value, CSR) else value for value in inputs
    ]
    if made.zero_preserving and all(map(np.isfinite, zeros)):
        return True
    return bool(made(*zeros, **attrs) == 0)


def _chooses_zero(made: Any, inputs: Sequence[Any]) -> bool:
    """``where(sparse, x, 0)`` and ``where(condition, sparse, 0)``: 0 where nothing is stored."""
    if made.name != "where":
        return False
    condition, *choices = inputs
    if isinstance(condition, CSR):
        return is_zero(choices[1])
    return all(isinstance(value, CSR) or is_zero(value) for value in choices)


def is_zero(value: Any) -> bool:
    return is_number(value) and bool(value == 0)


def _where_any_is_stored(
    made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any], patterns: Sequence[CSR]
) -> CSR:
    first = patterns[0]
    if all(same_pattern(first, other) for other in patterns[1:]):
        data = [value.data if isinstance(value, CSR) else value for value in inputs]
        return first.with_data(made(*data, **attrs))
    keys = union_keys([keys_of(value) for value in patterns])
    data = [at_keys(value, keys) if isinstance(value, CSR) else value for value in inputs]
    return from_keys(keys, made(*data, **attrs), first.dims, index_dtype(first))


def _where_all_are_stored(made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> CSR:
    first, second = inputs
    keys = keys_of(first)
    both = true_positions(is_at_keys(second, keys))
    keys = gather_rows(keys, both)
    data = made(gather_rows(first.data, both), at_keys(second, keys), **attrs)
    return from_keys(keys, data, first.dims, index_dtype(first))


def _beside_dense(made: Any, inputs: Sequence[Any], attrs: Mapping[str, Any], x: CSR) -> CSR | None:
    data = []
    for value in inputs:
        met = value
        if isinstance(value, CSR):
            met = value.data
        elif not isinstance(value, NUMBERS):
            met = at_stored(made, value, x)
            if met is None:
                return None
        data.append(met)
    return x.with_data(made(*data, **attrs))
