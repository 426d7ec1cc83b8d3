"""Variables in bare ops: they are read at each call, but no layer owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgraph.graph.blame import place
from kgraph.graph.source import warn_user
from kgraph.types.errors import UntrackedVariableWarning, message
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.graph.keras_tensor import Node


def notice_untracked(node: Node) -> None:
    """Warn if the op of ``node`` reads a variable: ``model.weights`` will not list it."""
    for value in node.args:
        if isinstance(value, Variable):
            warn_user(
                message(
                    f"variable {value.path!r} stands in an op and belongs to no layer: it is read "
                    "at each call, but is not in `model.weights` and is not saved",
                    where=place(node),
                    hint="make it with `add_weight` in a Layer and use it in the layer's `call`",
                ),
                UntrackedVariableWarning,
            )
            return
