"""Placeholder: what a graph asks of the operation behind one of its inputs."""

from __future__ import annotations

from typing import Any

from kgraph.graph.arrange import InputName
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.types.array_type import CompositeType


class Placeholder:
    """The operation of an Input: what may be fed to it, and what it takes if nothing is.

    ``optional`` says that None may be fed; ``default`` is fed where nothing or None is given.
    """

    optional: bool = False
    default: Any = None

    @property
    def may_be_absent(self) -> bool:
        """May a caller leave this input out?"""
        return self.optional or self.default is not None


_REQUIRED = Placeholder()


def input_name(tensor: KerasTensor) -> InputName:
    """The name of an input, with how it may be fed."""
    name = InputName(tensor.name)
    name.may_be_absent = placeholder_of(tensor).may_be_absent
    name.takes_fields = isinstance(tensor.type, CompositeType)
    return name


def placeholder_of(tensor: KerasTensor) -> Placeholder:
    """The placeholder behind an input of a graph; a plain one if a layer or an op made it."""
    operation = tensor.node.operation
    return operation if isinstance(operation, Placeholder) else _REQUIRED
