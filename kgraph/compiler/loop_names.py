"""Which vector loop computes a node: the names under which ``_kernels/loops`` keeps them."""

from __future__ import annotations

from functools import lru_cache

from kgraph.compiler.ir import Node
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import lookup
from kgraph.types.dtypes import short_name

REDUCTIONS = {
    "reduce_sum": "sum", "reduce_prod": "prod", "reduce_max": "max", "reduce_min": "min",
    "reduce_any": "any", "reduce_all": "all", "reduce_argmax": "argmax", "reduce_argmin": "argmin",
}  # fmt: skip
SEGMENTS = {
    "segment_sum": "sum",
    "segment_prod": "prod",
    "segment_max": "max",
    "segment_min": "min",
}

SCANS = {"cumsum": "cumsum", "cumprod": "cumprod"}
ROWWISE = {"softmax_rows": "softmax", "standardize_rows": "standardize", **SCANS}
ROWWISE_SEGMENTS = {
    "segment_softmax": "softmax", "segment_cumsum": "cumsum", "segment_cumprod": "cumprod",
}  # fmt: skip
WEIGHED = {"segment_weighted_sum": "weighted_sum"}
TOP = {"top_positions": "top_positions"}
ORDERS = {"sort": "sort", "argsort": "argsort"}


@lru_cache(maxsize=1)
def _kernel_names() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    from kgraph._kernels import loops

    of_rows = frozenset().union(
        loops.rowwise_names(), loops.weigh_names(), loops.top_names(), loops.order_names()
    )
    return frozenset(loops.loop_names()), frozenset(loops.reduce_names()), of_rows


def has_loop(name: str) -> bool:
    """Whether there is a vector loop over elements of this name, ``add_f32``."""
    return name in _kernel_names()[0]


def loop_name(node: Node) -> str | None:
    """The vector loop that computes an elementwise node, if there is one."""
    op = lookup(node.op)
    if not isinstance(op, ElementwiseOp) or op.loop is None:
        return None
    dtype = node.inputs[-1].type.dtype
    name = f"{op.loop}_{short_name(dtype)}"
    if op.loop == "cast":
        name = f"cast_{short_name(dtype)}_{short_name(node.type.dtype)}"
    return name if has_loop(name) else None


def reduction_name(node: Node) -> str | None:
    """The loop that computes a reduction, of axes or of segments, if there is one."""
    base = REDUCTIONS.get(node.op) or SEGMENTS.get(node.op)
    name = f"{base}_{short_name(node.inputs[0].type.dtype)}"
    return name if name in _kernel_names()[1] else None


def rowwise_name(node: Node) -> str | None:
    """The loop over whole rows that computes a node, if there is one."""
    base = {**ROWWISE, **ROWWISE_SEGMENTS, **WEIGHED, **TOP, **ORDERS}.get(node.op)
    dtype = node.inputs[0].type.dtype
    if node.op in SCANS and dtype != node.type.dtype:
        return None
    name = f"{base}_{short_name(dtype)}"
    return name if name in _kernel_names()[2] else None


def reduced_axes(node: Node) -> tuple[int, ...]:
    """The axes over which a reduction, or what is done to whole rows, goes; in order."""
    axes: tuple[int, ...] | None = node.attrs.get("axes")
    if axes is not None:
        return axes
    axis, ndim = node.attrs["axis"], node.inputs[0].type.ndim
    return tuple(range(ndim)) if axis is None else (axis % ndim,)
