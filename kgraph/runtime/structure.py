"""Nested inputs: lists by order, dicts by name, brought into the order of a graph's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.runtime.feed import InputSlot
from kgraph.types import tree
from kgraph.types.errors import KGraphValueError, message
from kgraph.types.ragged import RaggedTensor


def match_structure(structure: Any, slots: Sequence[InputSlot], inputs: Any) -> list[Any]:
    """The values in the order of the inputs: nested as declared, or a dict by name, or a list."""
    names = [slot.name for slot in slots]
    if not tree.is_branch(structure):
        if tree.is_dict(inputs):
            return _by_name(names, inputs)
        if isinstance(inputs, list | tuple) and len(inputs) == 1 and _is_batch(inputs[0]):
            return [inputs[0]]
        return [inputs]
    if isinstance(structure, list | tuple):
        if tree.is_dict(inputs):
            return _by_name(names, inputs)
        if not isinstance(inputs, list | tuple) or len(inputs) != len(structure):
            _refuse_structure(structure, inputs)
        return _nested(structure, slots, list(inputs))
    if not tree.is_dict(inputs):
        _refuse_structure(structure, inputs)
    if set(inputs) == set(names) != set(structure):
        return _by_name(names, inputs)
    _require_keys(list(structure), inputs)
    return _nested(list(structure.values()), slots, [inputs[key] for key in structure])


def _is_batch(value: Any) -> bool:
    return isinstance(value, np.ndarray | RaggedTensor) or hasattr(value, "tocsr")


def _nested(
    structures: Sequence[Any], slots: Sequence[InputSlot], values: Sequence[Any]
) -> list[Any]:
    found: list[Any] = []
    for child, value in zip(structures, values, strict=True):
        count = len(tree.flatten(child))
        part = slots[len(found) : len(found) + count]
        found += match_structure(child, part, value) if tree.is_branch(child) else [value]
    return found


def _by_name(names: Sequence[str], inputs: Mapping[str, Any]) -> list[Any]:
    _require_keys(names, inputs)
    return [inputs[name] for name in names]


def _require_keys(names: Sequence[str], inputs: Mapping[str, Any]) -> None:
    missing = [name for name in names if name not in inputs]
    extra = [name for name in inputs if name not in names]
    if missing or extra:
        what = (
            f"Missing data for input {missing[0]!r}" if missing else f"unknown input {extra[0]!r}"
        )
        raise KGraphValueError(
            message(
                what,
                received=f"a dict with keys {list(inputs)}",
                expected=f"the keys {list(names)}",
            )
        )


def _refuse_structure(structure: Any, inputs: Any) -> None:
    count = len(tree.flatten(structure))
    received = len(inputs) if isinstance(inputs, list | tuple | dict) else 1
    raise KGraphValueError(
        message(
            f"the graph takes {count} inputs, got {received}",
            received=f"{type(inputs).__name__}",
            expected=f"a structure like {structure}",
        )
    )
