"""Data that need not move: transposes, reshapes, slices and broadcasts that cancel or merge.

Every rule here is exact: no arithmetic is done, or the same on the same elements.
"""

from __future__ import annotations

from operator import add
from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import Elementwise, P, once, one_of, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.op import lookup
from kgraph.ops.primitives.shape import broadcast_to, reshape_to, strided_slice, transpose_axes
from kgraph.types.dims import Dims, broadcast_dims
from kgraph.types.errors import ShapeError

x = var("x")


@rule(P.transpose_axes(var("inner", P.transpose_axes(x))))
def transposes_merge(x: Tracer, inner: Tracer, node: Node) -> Any:
    """transpose(transpose(x, p), q) -> transpose(x, p[q]); transposes that cancel leave x."""
    first = inner.node.attrs["axes"]
    return transpose_axes(x, tuple(first[axis] for axis in node.attrs["axes"]))


@rule(P.transpose_axes(x))
def transpose_in_order_is_reshape(x: Tracer, node: Node) -> Any:
    """transpose(x, axes) -> reshape(x), when only axes of size 1 change their place.

    In row-major order such an axis lies nowhere, so no element moves.
    """
    moved = [axis for axis in node.attrs["axes"] if x.type.dims[axis] != 1]
    return reshape_to(x, node.type.dims) if moved == sorted(moved) else None


@rule(P.reshape_to(var("inner", P.reshape_to(x))))
def reshapes_merge(x: Tracer, inner: Tracer, node: Node) -> Any:
    """reshape(reshape(x, a), b) -> reshape(x, b), when one of the two is proved to fit.

    Else both are checked when a batch is bound: B * T = 3 * T and 3 * T = 12 say more than
    B * T = 12.  The one that is left is told as the one that is not proved.
    """
    if inner.type.size not in (x.type.size, node.type.size):
        return None
    merged = reshape_to(x, node.type.dims)
    return merged if inner.type.size == x.type.size else merged.node.told_as(inner.node)


@rule(one_of("reshape_to", "broadcast_to")(x))
def reshape_to_its_own_shape(x: Tracer, node: Node) -> Any:
    """reshape(x, shape of x) -> x, and so for broadcast_to."""
    return x if x.type == node.type else None


@rule(P.broadcast_to(P.broadcast_to(x)))
def broadcasts_merge(x: Tracer, node: Node) -> Any:
    """broadcast_to(broadcast_to(x, a), b) -> broadcast_to(x, b)."""
    return broadcast_to(x, node.type.dims)


@rule(Elementwise())
def operands_broadcast_themselves(node: Node) -> Any:
    """f(broadcast_to(x), y) -> f(x, y), when x and y alone meet in the same shape."""
    operands = list(node.inputs)
    for place, operand in enumerate(operands):
        if operand.op == "broadcast_to":
            operands[place] = operand.inputs[0]
            if _meet([other.type.dims for other in operands]) != node.type.dims:
                operands[place] = operand
    if tuple(operands) == node.inputs:
        return None
    return lookup(node.op).apply(tuple(map(Tracer, operands)), node.attrs)


def _meet(shapes: list[Dims]) -> Dims | None:
    try:
        return broadcast_dims(*shapes)
    except ShapeError:
        return None


@rule(P.strided_slice(x))
def slice_of_everything(x: Tracer, node: Node) -> Any:
    """strided_slice(x, 0, all, 1) -> x."""
    return x if x.type == node.type and _unit_steps(node) else None


@rule(P.strided_slice(once(var("inner", P.strided_slice(x)))))
def slices_merge(x: Tracer, inner: Tracer, node: Node) -> Any:
    """slice(slice(x, a..), b..) -> slice(x, a + b..), the inner one in steps of 1."""
    if not _unit_steps(inner.node):
        return None
    offsets, steps = inner.node.attrs["starts"], node.attrs["steps"]
    starts, stops = (tuple(map(add, offsets, node.attrs[key])) for key in ("starts", "stops"))
    return strided_slice(x, starts, stops, steps)


def _unit_steps(node: Node) -> bool:
    return all(step == 1 for step in node.attrs["steps"])


@rule(P.join(x))
def join_of_one(x: Tracer) -> Any:
    """join([x]) -> x."""
    return x


_REDUCTIONS = (
    "reduce_sum", "reduce_prod", "reduce_mean", "reduce_max", "reduce_min", "reduce_any",
    "reduce_all",
)  # fmt: skip


@rule(one_of(*_REDUCTIONS)(x))
def reduction_of_single_elements(x: Tracer, node: Node) -> Any:
    """reduce(x, axes) -> x, when all ``axes`` have size 1."""
    return x if all(x.type.dims[axis] == 1 for axis in node.attrs["axes"]) else None


@rule(one_of("reduce_max", "reduce_min", "reduce_any", "reduce_all")(once(var("inner"))))
def reductions_merge(inner: Tracer, node: Node) -> Any:
    """max(max(x, a), b) -> max(x, a + b), and so for min, any and all."""
    if inner.node.op != node.op:
        return None
    axes = sorted({*inner.node.attrs["axes"], *node.attrs["axes"]})
    return lookup(node.op)(Tracer(inner.node.inputs[0]), tuple(axes))


RULES = [
    transposes_merge,
    transpose_in_order_is_reshape,
    reshapes_merge,
    reshape_to_its_own_shape,
    broadcasts_merge,
    operands_broadcast_themselves,
    slice_of_everything,
    slices_merge,
    join_of_one,
    reduction_of_single_elements,
    reductions_merge,
]
