"""Which values hold neither inf nor nan, whatever a batch brings: 0 times such a value is 0.

%0 = cast(%ids, dtype='float32')        yes: integers have no inf
%1 = gather_rows(%table, %ids)          yes, if the table is constant and finite
%2 = multiply(%0, %0)                   nobody knows: it may overflow
"""

from __future__ import annotations

import numpy as np

from kgraph.compiler.ir import CONSTANT, Node

# Ops whose result is finite if all operands are.
_CLOSED = frozenset({
    "absolute", "broadcast_to", "ceil", "copy", "cos", "floor", "join", "maximum", "minimum",
    "negative", "ragged_to_dense", "relu", "repeat_rows", "reshape_to", "rint", "sigmoid", "sign",
    "sin", "strided_slice", "tanh", "transpose_axes", "trunc", "where",
})  # fmt: skip


def is_finite(node: Node) -> bool:
    """Whether the value is certainly finite."""
    stack, seen = [node], {node}
    while stack:
        found = stack.pop()
        if found.type.dtype.kind in "biu":
            continue
        if found.op == CONSTANT:
            if not np.isfinite(found.value).all():
                return False
            continue
        needed = _needed(found)
        if needed is None:
            return False
        stack += [operand for operand in needed if operand not in seen]
        seen.update(needed)
    return True


def _needed(node: Node) -> tuple[Node, ...] | None:
    """The operands that must be finite for the result to be so; None if that is not enough."""
    if node.op == "gather_rows":
        return node.inputs[:1]
    if node.op == "cast":
        operand = node.inputs[0].type.dtype
        wide = node.type.dtype.itemsize >= (4 if operand.kind in "biu" else operand.itemsize)
        return node.inputs if wide else None
    return node.inputs if node.op in _CLOSED else None
