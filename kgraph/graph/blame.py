"""Who made what: the part of an error that speaks of the user's graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import kgraph.ops.operands as operands
from kgraph.graph.source import user_line
from kgraph.ops.op import Op
from kgraph.types.calling import no_such_argument
from kgraph.types.errors import KGraphError, locate
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.graph.keras_tensor import Node


def maker(node: Node) -> str:
    """``layer 'dense'``, ``op 'add_1'`` or ``input 'x'``."""
    if isinstance(node.operation, Op):
        return f"op {node.name!r}"
    return f"{'layer' if node.inputs else 'input'} {node.name!r}"


def place(node: Node) -> str:
    """``layer 'dense' (Dense), train.py:41``."""
    is_layer = node.operation is not None and not isinstance(node.operation, Op)
    kind = f" ({type(node.operation).__name__})" if is_layer else ""
    return f"{maker(node)}{kind}, {node.line}" if node.line else f"{maker(node)}{kind}"


def blame_op(error: KGraphError, op: Op, inputs: Sequence[Any], line: str) -> None:
    """Tell ``error`` which op failed at which line, and who made each of its operands."""
    rows = [
        f"{name} = {_describe(value)}"
        for name, value in zip(_names(op, len(inputs)), inputs, strict=True)
    ]
    locate(error, where=f"op {op.name!r}, {line}", received="\n".join(rows))


def refuse_arguments(function: str, unknown: Iterable[str], known: Iterable[str]) -> NoReturn:
    """``function`` was given a keyword that it does not take."""
    raise no_such_argument(function, unknown, known, user_line())


def _names(op: Op, count: int) -> list[str]:
    if op.variadic:
        return [f"{op.tensor_names[0]}[{number}]" for number in range(count)]
    return list(op.tensor_names[:count])


def _describe(value: Any) -> str:
    if isinstance(value, operands.NUMBERS):
        return repr(value)
    type = operands.type_of(value)
    if isinstance(value, Variable):
        return f"{type}    variable {value.path!r}"
    node = getattr(value, "node", None)
    if node is None:
        return f"{type}    a constant"
    at = f", {node.line}" if node.line else ""
    return f"{type}    from {maker(node)}{at}"


def refuse_unknown(function: str, given: Iterable[str], *takers: Callable[..., Any]) -> None:
    """Refuse the keywords in ``given`` that none of the ``takers``, who get them, knows."""
    names = [name for taker in takers for name in inspect.signature(taker).parameters]
    known = [name for name in dict.fromkeys(names) if name not in ("self", "obj", "cls", "kw")]
    unknown = [name for name in given if name not in known]
    if unknown:
        refuse_arguments(function, unknown, known)
