"""What a model is fed, brought into the order of its inputs: lists by order, dicts by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kgraph.types import tree
from kgraph.types.composite import is_composite
from kgraph.types.errors import KGraphValueError, did_you_mean, message


class InputName(str):
    """The name of an input, and how it may be fed."""

    may_be_absent = False  # a dict may leave it out, and None be fed: it is optional or has a value
    takes_fields = False  # a dict may be one value: an extension type has fields


def arrange(structure: Any, given: Any, model: str) -> list[Any]:
    """The values in ``given``, one for each name in ``structure``, in their order.

    ``structure`` is nested as the inputs are and holds their names.  ``given`` is nested like it;
    or a dict by the names; or a flat list in order.  What may be absent may be left out of a dict.

    Errors    ValueError for a missing or unknown name, for another number of values, and for a
              list where a dict of inputs has an order of its own

    >>> arrange({"u": ["a", "b"], "v": "c"}, {"v": 3, "u": [1, 2]}, "model")
    [1, 2, 3]
    >>> arrange({"u": ["a", "b"], "v": "c"}, [1, 2, 3], "model")
    [1, 2, 3]
    """
    given = _with_absent(structure, given)
    if tree.is_dict(given) and not _is_fields(structure, given):
        return _from_dict(structure, given, model)
    if not tree.is_branch(structure):
        return [given[0] if _is_list_of_one_batch(given) else given]
    if isinstance(given, list | tuple):
        if not isinstance(structure, dict) and _fits(structure, given):
            return list(_along(structure, given))
        if len(given) == len(tree.flatten(structure)):
            _require_sorted_keys(structure, model)
            return list(given)
    elif len(tree.flatten(structure)) == 1:
        return [given]
    raise _wrong_number(structure, given, model)


def _with_absent(structure: Any, given: Any) -> Any:
    """``given`` with None for the inputs that it leaves out and that may be left out."""
    names = tree.flatten(structure)
    if not any(map(_may_be_absent, names)):
        return given
    if given is None:
        return tree.map_leaves(lambda _: None, structure)
    if not tree.is_dict(given):
        return given
    by_key = isinstance(structure, dict) and set(given) <= set(structure)
    places = structure if by_key else {name: name for name in names}
    spare = {
        key: tree.map_leaves(lambda _: None, child)
        for key, child in places.items()
        if key not in given and all(map(_may_be_absent, tree.flatten(child)))
    }
    return {**given, **spare}


def _may_be_absent(name: str) -> bool:
    return getattr(name, "may_be_absent", False)


def _is_fields(structure: Any, given: Any) -> bool:
    """Is a dict one value for this input, rather than values by name?"""
    return getattr(structure, "takes_fields", False) and structure not in given


def _is_list_of_one_batch(given: Any) -> bool:
    """``[x]`` for a single input; a list of numbers or of rows is a batch itself."""
    if not isinstance(given, list | tuple) or len(given) != 1:
        return False
    only = given[0]
    if is_composite(only):
        return True
    return hasattr(only, "dtype") and hasattr(only, "shape") and not isinstance(only, np.generic)


def _fits(structure: Any, given: Any) -> bool:
    """Whether each branch of ``structure`` finds a branch like it; leaves may be lists."""
    return next(_misfits(structure, given, ""), None) is None


def _misfits(structure: Any, given: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Where ``given`` branches in another way: the path, what is expected, what is there."""
    if isinstance(structure, dict):
        if not tree.is_dict(given) or set(given) != set(structure):
            yield path, structure, given
            return
        for key, child in structure.items():
            yield from _misfits(child, given[key], f"{path}[{key!r}]")
    elif isinstance(structure, list | tuple):
        if not isinstance(given, list | tuple) or len(given) != len(structure):
            yield path, structure, given
            return
        for index, (child, part) in enumerate(zip(structure, given, strict=True)):
            yield from _misfits(child, part, f"{path}[{index}]")
    elif tree.is_dict(given) and not getattr(structure, "takes_fields", False):
        yield path, structure, given


def _along(structure: Any, given: Any) -> Iterator[Any]:
    """The parts of ``given`` at the leaves of ``structure``."""
    if isinstance(structure, dict):
        for key, child in structure.items():
            yield from _along(child, given[key])
    elif isinstance(structure, list | tuple):
        for child, part in zip(structure, given, strict=True):
            yield from _along(child, part)
    else:
        yield given


def _from_dict(structure: Any, given: Mapping[str, Any], model: str) -> list[Any]:
    if isinstance(structure, dict) and _fits(structure, given):
        return list(_along(structure, given))
    names = tree.flatten(structure)
    if set(given) == set(names):
        return [given[name] for name in names]
    keys = list(structure) if isinstance(structure, dict) else names
    _require_keys(keys, given, model)
    raise _wrong_nesting(structure, given, model)


def _require_keys(keys: list[str], given: Mapping[str, Any], model: str) -> None:
    missing = [key for key in keys if key not in given]
    unknown = [key for key in given if key not in keys]
    if not missing and not unknown:
        return
    if missing:
        what = (
            f'Missing data for input "{missing[0]}". You passed a data dictionary with keys '
            f"{list(given)}. Expected the following keys: {keys}"
        )
    else:
        what = f"model {model!r} has no input {unknown[0]!r}"
    raise KGraphValueError(
        message(
            what,
            received=f"a dict with keys {list(given)}",
            expected=f"the keys {keys}",
            hint=_spelling(unknown, keys),
        )
    )


def _spelling(unknown: list[Any], keys: list[str]) -> str | None:
    hints = ((key, did_you_mean(key, keys)) for key in unknown)
    return next((f"for {key!r}, {hint}" for key, hint in hints if hint), None)


def _wrong_nesting(structure: Any, given: Any, model: str) -> KGraphValueError:
    path, expected, found = next(_misfits(structure, given, ""))
    return KGraphValueError(
        message(
            f"model {model!r}: inputs{path} is nested in another way than the model's inputs",
            received=_describe(found),
            expected=_like(expected),
            hint="a dict by the names of the inputs, or a flat list in their order, works too",
        )
    )


def _require_sorted_keys(structure: Any, model: str) -> None:
    """TensorFlow would order a dict's inputs by key; a list must mean one thing everywhere."""
    if isinstance(structure, dict):
        keys = list(structure)
        if keys != sorted(keys):
            raise KGraphValueError(
                message(
                    f"model {model!r} takes a dict: in a list the order of its inputs would be "
                    "ambiguous",
                    received="a list",
                    expected=f"a dict with keys {keys}",
                    hint=f"Keras sorts the keys, to {sorted(keys)}; name them instead",
                )
            )
        structure = list(structure.values())
    for child in structure if isinstance(structure, list | tuple) else ():
        _require_sorted_keys(child, model)


def _wrong_number(structure: Any, given: Any, model: str) -> KGraphValueError:
    names = tree.flatten(structure)
    if isinstance(given, list | tuple):
        misfit = next(_misfits(structure, given, ""), None)
        if misfit is not None and misfit[0]:
            return _wrong_nesting(structure, given, model)
    count = len(given) if isinstance(given, list | tuple) else 1
    return KGraphValueError(
        message(
            f'Layer "{model}" expects {len(names)} input(s), but it received {count} input '
            "tensors.",
            received=_describe(given),
            expected=f"{len(names)} inputs: {_like(structure)}",
            hint="a list in this order, or a dict by the names of the inputs",
        )
    )


def _like(structure: Any) -> str:
    if isinstance(structure, dict):
        return f"a dict with keys {list(structure)}"
    if isinstance(structure, list | tuple):
        return f"a list of {len(structure)}, for {tree.flatten(structure)}"
    return f"a batch for {structure!r}"


def _describe(given: Any) -> str:
    if tree.is_dict(given):
        return f"a dict with keys {list(given)}"
    if isinstance(given, list | tuple):
        inner = ", ".join(_describe_leaf(part) for part in given[:6])
        return f"a {type(given).__name__} of {len(given)}: {inner}{', …' * (len(given) > 6)}"
    return _describe_leaf(given)


def _describe_leaf(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {value.shape}"
    return type(value).__name__
