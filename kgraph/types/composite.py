"""Values made of others, as their TypeSpec says: a user's ExtensionType, say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.types import tree
from kgraph.types.errors import KGraphError, KGraphTypeError, KGraphValueError, message
from kgraph.types.symbolic import Symbolic


def is_composite(value: object) -> bool:
    """Is it a value that a TypeSpec of the user's takes apart?"""
    return hasattr(type(value), "_type_spec") and not isinstance(value, Symbolic)


def parts_of(value: Any) -> list[Any]:
    """The components of a composite value, in the order of its spec."""
    return tree.flatten(value._type_spec._to_components(value))


def value_of(spec: Any, parts: Sequence[Any]) -> Any:
    """The composite value of ``spec`` with these components."""
    return spec._from_components(tree.pack_like(spec._component_specs, parts))


def from_fields(name: str, spec: Any, fields: Mapping[str, Any]) -> Any:
    """The value of the class of ``spec`` with these fields, as one feeds it by a dict.

    Errors    KGraphTypeError for fields that are missing, unknown or of another type
    """
    plain: dict[str, Any] = getattr(spec, "plain_data", dict)()
    try:
        arrays = {key: _as_array(getattr(spec, key, None), item) for key, item in fields.items()}
        return spec.value_type(**{**plain, **arrays})
    except KGraphError as error:
        raise type(error)(f"input {name!r}: {error}") from None
    except (TypeError, ValueError) as error:
        raise KGraphTypeError(f"input {name!r}: {error}") from error


def require_same_data(what: str, given: Any, wanted: Any) -> None:
    """Refuse a value whose spec differs from that of its input in more than the arrays.

    Errors    KGraphValueError
    """
    plain = [getattr(spec, "plain_data", None) for spec in (given, wanted)]
    mine, theirs = (None if data is None else data() for data in plain)
    same = len(given.component_labels) == len(wanted.component_labels)
    if mine != theirs or not same:
        kind = getattr(wanted.value_type, "__name__", "value")
        raise KGraphValueError(
            message(
                f"{what}: the {kind} differs in more than its arrays",
                received=repr(given if mine == theirs else mine),
                expected=repr(wanted if mine == theirs else theirs),
            )
        )


def _as_array(spec: Any, value: Any) -> Any:
    """Lists for a dense field with all their digits: the input's dtype decides, not floatx."""
    is_dense = isinstance(value, list | tuple) and getattr(spec, "value_type", None) is np.ndarray
    return np.asarray(value) if is_dense else value


def symbolic_part(value: Any) -> Symbolic | None:
    """A symbolic value among the components, however deep; None if all are concrete."""
    for part in parts_of(value):
        found = part if isinstance(part, Symbolic) else None
        if found is None and is_composite(part):
            found = symbolic_part(part)
        if found is not None:
            return found
    return None
