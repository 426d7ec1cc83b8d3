"""Which weights and layers an object holds: found when asked for, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.layers.layer import Layer

# What layers and models note down for themselves: calls and graphs, in which others' layers stand.
_RECORDS = frozenset(
    {
        "_compiled",
        "_function",
        "_layers",
        "_nodes",
        "_others",
        "_stack",
        "_tensors",
        "_topology",
        "_variables",
    }
)


def held(layer: object, kind: type[Any]) -> list[Any]:
    """The objects of class ``kind`` among the attributes of ``layer``, each once.

    Lists, tuples and dicts are looked through, whenever it was that things were put there.
    """
    attributes = [value for name, value in vars(layer).items() if name not in _RECORDS]
    return _unique(_search(attributes, kind, set()))


def _search(container: Iterable[Any], kind: type[Any], seen: set[int]) -> Iterator[Any]:
    for value in container:
        if isinstance(value, kind):
            yield value
        elif isinstance(value, list | tuple | dict) and id(value) not in seen:
            seen.add(id(value))  # a list may hold itself
            inner = value.values() if isinstance(value, dict) else value
            yield from _search(inner, kind, seen)


def weights_of(layer: Layer, *, only_trainable: bool = False) -> list[Variable]:
    """The weights of a layer, trainable ones first, then those of each layer inside."""
    return _unique(_weights(layer, only_trainable, set()))


def _weights(layer: Layer, only_trainable: bool, seen: set[int]) -> Iterator[Variable]:
    if id(layer) in seen or (only_trainable and not layer.trainable):
        return
    seen.add(id(layer))
    own = layer.own_variables()
    yield from (variable for variable in own if variable.trainable)
    if not only_trainable:
        yield from (variable for variable in own if not variable.trainable)
    for inner in layer.inner_layers():
        yield from _weights(inner, only_trainable, seen)


def _unique(values: Iterable[Any]) -> list[Any]:
    return list({id(value): value for value in values}.values())
