"""Nested structures of lists, tuples and dicts; dicts keep the order in which they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def is_branch(tree: Any) -> bool:
    return isinstance(tree, list | tuple) or is_dict(tree)


def is_dict(tree: Any) -> bool:
    """A dict that is one for its own sake: ``scipy.sparse.dok_array`` is a dict too."""
    return isinstance(tree, dict) and not hasattr(tree, "tocsr")


def flatten(tree: Any) -> list[Any]:
    """The leaves, from left to right.

    >>> flatten({"b": [1, 2], "a": (3,)})
    [1, 2, 3]
    """
    return list(_leaves(tree))


def _leaves(tree: Any) -> Iterator[Any]:
    if is_dict(tree):
        for child in tree.values():
            yield from _leaves(child)
    elif isinstance(tree, list | tuple):
        for child in tree:
            yield from _leaves(child)
    else:
        yield tree


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with ``function`` applied to each leaf."""
    if is_dict(tree):
        return {key: map_leaves(function, child) for key, child in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, child) for child in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(map_leaves(function, child) for child in tree)
    return function(tree)


def pack_like(tree: Any, leaves: Sequence[Any]) -> Any:
    """The structure of ``tree`` filled with ``leaves`` in order."""
    iterator = iter(leaves)
    return map_leaves(lambda _: next(iterator), tree)


def paths(tree: Any, prefix: str = "") -> list[str]:
    """Where each leaf lies, in the words of the user: ``['image']``, ``[0]``, …"""
    if is_dict(tree):
        pairs = [(repr(key), child) for key, child in tree.items()]
    elif isinstance(tree, list | tuple):
        pairs = [(str(index), child) for index, child in enumerate(tree)]
    else:
        return [prefix]
    return [path for key, child in pairs for path in paths(child, f"{prefix}[{key}]")]
