"""Symbolic composite values: their fields, and how they are put together, as nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.naming import unique_name
from kgraph.graph.source import user_line
from kgraph.ops.op import Array, Arrays, Op, register
from kgraph.types import tree
from kgraph.types.array_type import CompositeType
from kgraph.types.composite import parts_of, value_of
from kgraph.types.errors import KGraphAttributeError, did_you_mean, message

_OWN = frozenset(
    ("name", "node", "type", "type_spec", "record", "layer", "ref", "composes", "_parts")
)
"""What a symbolic value says of itself, whatever the fields of the value are called."""


class StructuralOp(Op):
    """An op that takes composite values apart or makes them; nothing is computed."""

    takes_composites = True

    def trace(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any], emit: Any) -> Any:
        return self.reference(*inputs, **attrs)

    def compute(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        return self.reference(*inputs, **attrs)


def _as_they_are(keys: Any) -> Any:
    return keys


def _component(x: Array, index: int) -> Array:
    """The ``index``-th component of a composite value, in the order of its spec."""
    return parts_of(x)[index]


def _compose(xs: Arrays, spec: Any) -> Array:
    """The composite value of ``spec`` with the components ``xs``."""
    return value_of(spec, xs)


def _structural(name: str, reference: Any) -> StructuralOp:
    reference.__name__ = name
    return register(StructuralOp(reference, _as_they_are))


component = _structural("component", _component)
compose = _structural("compose", _compose)


class CompositeTensor(KerasTensor):
    """A symbolic value made of others: its fields are symbolic values, its methods work on them.

    A field wins over a method of KerasTensor of the same name, save for the few that say what
    every symbolic value is (``name``, ``type_spec``, ...).

    >>> import kgraph as kg
    >>> class Point(kg.ExtensionType):
    ...     x: kg.Tensor
    ...     y: kg.Tensor
    >>> p = kg.Input(type_spec=Point.Spec(kg.TensorSpec((None,)), kg.TensorSpec((None,))))
    >>> p.x + p.y
    <KerasTensor: shape=(None,) dtype=float32 (created by layer 'add')>
    """

    __slots__ = ("_parts",)
    type: CompositeType
    _parts: dict[int, KerasTensor]

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN or name.startswith("__"):
            return super().__getattribute__(name)
        type: CompositeType = super().__getattribute__("type")
        if name in getattr(type.spec, "field_names", ()):
            return getattr(_open(self), name)
        if name in ("shape", "dtype", "ndim"):
            return getattr(type, name)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in ("shape", "dtype", "ndim"):
            return getattr(self.type, name)
        value = _open(self)
        try:
            return getattr(value, name)
        except AttributeError:
            fields = getattr(self.type.spec, "field_names", None) or list(vars(value))
            raise KGraphAttributeError(
                message(
                    f"a {self.type.kind} has no field {name!r}",
                    where=self.node.line,
                    received=repr(self),
                    expected=", ".join(fields),
                    hint=did_you_mean(name, fields),
                )
            ) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *getattr(self.type.spec, "field_names", ())]

    def __repr__(self) -> str:
        maker = f" (created by layer '{self.node.name}')"
        return f"<KerasTensor: {self.type!r}{maker}>"


def part(value: CompositeTensor, index: int) -> KerasTensor:
    """The ``index``-th component as a symbolic value; the same one each time it is asked for."""
    try:
        parts = value._parts
    except AttributeError:
        parts = value._parts = {}
    known = parts.get(index)
    if known is None:
        label = value.type.labels[index]
        name = unique_name(tree.labelled(value.name, label or ".component"))
        node = Node(component, name, (value,), {"index": index}, user_line())
        known = parts[index] = node.make_outputs(value.type.parts[index])
    return known


def _open(value: CompositeTensor) -> Any:
    """A value of the user's class whose components are symbolic."""
    type = value.type
    parts = [part(value, index) for index in range(len(type.parts))]
    return type.spec._from_components(tree.pack_like(type.spec._component_specs, parts))
