"""Nested structures of lists, tuples and dicts; dicts keep the order in which they were written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_SEQUENCES = (list, tuple)  # a union `list | tuple` would be made anew at each question


def is_branch(tree: Any) -> bool:
    return isinstance(tree, _SEQUENCES) or is_dict(tree)


def is_dict(tree: Any) -> bool:
    """A dict that is one for its own sake: ``scipy.sparse.dok_array`` is a dict too."""
    return isinstance(tree, dict) and not hasattr(tree, "tocsr")


def flatten(tree: Any) -> list[Any]:
    """The leaves, from left to right.

    >>> flatten({"b": [1, 2], "a": (3,)})
    [1, 2, 3]
    """
    if not is_branch(tree):
        return [tree]
    leaves: list[Any] = []
    _append_leaves(tree, leaves)
    return leaves


def _append_leaves(branch: Any, leaves: list[Any]) -> None:
    for child in branch.values() if isinstance(branch, dict) else branch:
        if is_branch(child):
            _append_leaves(child, leaves)
        else:
            leaves.append(child)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with ``function`` applied to each leaf."""
    if isinstance(tree, _SEQUENCES):
        mapped = [map_leaves(function, child) for child in tree]
        return type(tree)(*mapped) if hasattr(tree, "_fields") else type(tree)(mapped)
    if is_dict(tree):
        return {key: map_leaves(function, child) for key, child in tree.items()}
    return function(tree)


def pack_like(tree: Any, leaves: Sequence[Any]) -> Any:
    """The structure of ``tree`` filled with ``leaves`` in order."""
    iterator = iter(leaves)
    return map_leaves(lambda _: next(iterator), tree)


def labelled(name: str, label: str) -> str:
    """How a component is called: ``p.x``, ``p.inner.x``, ``p[0]``."""
    return f"{name}.{label}" if label and label[0] != "[" else f"{name}{label}"


def paths(tree: Any, prefix: str = "") -> list[str]:
    """Where each leaf lies, in the words of the user: ``['image']``, ``[0]``, …"""
    if is_dict(tree):
        pairs = [(repr(key), child) for key, child in tree.items()]
    elif isinstance(tree, _SEQUENCES):
        pairs = [(str(index), child) for index, child in enumerate(tree)]
    else:
        return [prefix]
    return [path for key, child in pairs for path in paths(child, f"{prefix}[{key}]")]
