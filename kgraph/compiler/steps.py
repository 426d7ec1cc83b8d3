"""Which kernel computes a node, over which rows, and which operands it reads row by row."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from kgraph.compiler.ir import Node
from kgraph.compiler.kernels import Step, root
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import lookup
from kgraph.types.dims import Dims
from kgraph.types.dtypes import short_name

FLOATS = (np.dtype("float32"), np.dtype("float64"))
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


@lru_cache(maxsize=1)
def _kernel_names() -> tuple[frozenset[str], frozenset[str]]:
    from kgraph._kernels import loops

    return frozenset(loops.loop_names()), frozenset(loops.reduce_names())


def loop_name(node: Node) -> str | None:
    """The vector loop that computes an elementwise node, if there is one."""
    op = lookup(node.op)
    if not isinstance(op, ElementwiseOp) or op.loop is None:
        return None
    dtype = node.inputs[-1].type.dtype
    name = f"{op.loop}_{short_name(dtype)}"
    if op.loop == "cast":
        name = f"cast_{short_name(dtype)}_{short_name(node.type.dtype)}"
    return name if name in _kernel_names()[0] else None


def reduction_name(node: Node) -> str | None:
    """The loop that computes a reduction, if there is one."""
    base = REDUCTIONS.get(node.op) or SEGMENTS.get(node.op)
    name = f"{base}_{short_name(node.inputs[0].type.dtype)}"
    return name if name in _kernel_names()[1] else None


def reduced_axes(node: Node) -> tuple[int, ...]:
    axes = node.attrs.get("axes")
    return (node.attrs["axis"],) if axes is None else axes


def make_step(node: Node) -> Step:
    """The step that computes ``node`` alone."""
    maker = _MAKERS.get(node.op)
    if maker is not None:
        made = maker(node)
        if made is not None:
            return made
    if loop_name(node) is not None:
        full = node.type.dims
        splits = allowed_splits(node, full)
        if splits:
            return Step("program", [node], full, full=full, splits=splits)
    return Step("host", [node], (), aligned=False)


# -- programs ------------------------------------------------------------------------------------


def operand_class(dims: Dims, full: Dims, split: int) -> str | None:
    """How an operand of these sizes is laid out over rows and columns of ``full``."""
    if len(dims) > len(full):
        extra, dims = dims[: len(dims) - len(full)], dims[len(dims) - len(full) :]
        if any(size != 1 for size in extra):
            return None
    padded = (1,) * (len(full) - len(dims)) + tuple(dims)
    if padded == full:
        return "full"
    if all(size == 1 for size in padded):
        return "scalar"
    head, tail = padded[:split], padded[split:]
    if head == full[:split] and all(size == 1 for size in tail):
        return "row"
    if tail == full[split:] and all(size == 1 for size in head):
        return "columns"
    return None


def allowed_splits(node: Node, full: Dims) -> set[int]:
    """Where ``full`` may part into rows and columns so that the VM can run ``node``."""
    if node.op in REDUCTIONS:
        axes = reduced_axes(node)
        suffix = tuple(range(axes[0], len(full)))
        return {axes[0]} if axes == suffix else set()
    values = [*node.inputs, node]
    return {
        split
        for split in range(len(full) + 1)
        if all(operand_class(value.type.dims, full, split) for value in values)
        and operand_class(node.type.dims, full, split) in ("full", "row")
    }


def program_splits(step: Step, node: Node) -> set[int]:
    """Where a program may part if ``node`` joins it; empty if it cannot."""
    if node.op in REDUCTIONS and node.inputs[0].type.dims != step.full:
        return set()
    splits = step.splits & allowed_splits(node, step.full)
    for operand in node.inputs:
        base = root(operand)
        if base is not operand and base in step.nodes:
            splits = {split for split in splits if _same_class(base, operand, step.full, split)}
    return splits


def _same_class(base: Node, view: Node, full: Dims, split: int) -> bool:
    """Whether a reshaped value of a program still lies in its register as its shape says."""
    laid_out = operand_class(base.type.dims, full, split)
    return laid_out == operand_class(view.type.dims, full, split)


def _reduce(node: Node) -> Step | None:
    if reduction_name(node) is None:
        return None
    source = node.inputs[0]
    axes = reduced_axes(node)
    full = source.type.dims
    if axes[-1] == len(full) - 1 and len(full) > len(axes):
        return Step("program", [node], full, full=full, splits={axes[0]})
    lead = full[: axes[0]]
    return Step("reduce", [node], lead, {root(source)} if lead else set(), aligned=bool(lead))


# -- products ------------------------------------------------------------------------------------


def _dense(node: Node) -> Step | None:
    x, w = node.inputs[:2]
    if node.type.dtype not in FLOATS or not w.is_static or w.type.ndim != 2:
        return _matmul(node)
    return Step("gemm", [node], node.type.dims[:-1], {root(x)})


def _matmul(node: Node) -> Step | None:
    if node.op != "batched_matmul" or node.type.dtype not in FLOATS:
        return None
    x1, x2 = node.inputs
    batch = node.type.dims[:-2]
    if x2.type.ndim == 2 and x1.type.ndim >= 2:
        return Step("matmul", [node], (), aligned=False)
    if x1.type.dims[:-2] != batch or x2.type.dims[:-2] != batch:
        return None
    return Step("matmul", [node], batch, {root(x1), root(x2)})


def _gather_sum(node: Node) -> Step | None:
    if node.type.dtype not in FLOATS:
        return None
    return Step("gather_sum", [node], node.type.dims[:1])


def _take(node: Node) -> Step:
    ids = node.inputs[1]
    if not ids.type.dims:
        return Step("take", [node], (), aligned=False)
    return Step("take", [node], ids.type.dims, {root(ids)})


# -- movement ------------------------------------------------------------------------------------


def _join(node: Node) -> Step:
    lead = node.type.dims[: node.attrs["axis"]]
    local = {root(operand) for operand in node.inputs} if lead else set()
    return Step("join", [node], lead, local, aligned=bool(lead))


def _copy(node: Node) -> Step:
    return Step("join", [node], node.type.dims[:1], {root(node.inputs[0])}, bool(node.type.dims))


def _strided(node: Node) -> Step | None:
    """Slices, transposes, broadcasts, padding: one strided copy for each range of rows."""
    source = node.inputs[0]
    if node.type.ndim > 7:
        return None
    if not node.type.dims:
        return Step("strided", [node], (), aligned=False)
    lead = node.type.dims[: _kept_axes(node)]
    if lead:
        return Step("strided", [node], lead, {root(source)})
    padded = node.op == "pad_constant"
    return Step("strided", [node], () if padded else node.type.dims[:1], aligned=not padded)


def _kept_axes(node: Node) -> int:
    """How many leading axes the copy leaves as they are."""
    source = node.inputs[0].type.dims
    count = 0
    for axis, size in enumerate(node.type.dims):
        if axis >= len(source) or not _keeps(node, axis, size):
            break
        count += 1
    return count


def _keeps(node: Node, axis: int, size: object) -> bool:
    source = node.inputs[0].type.dims
    if node.op == "transpose_axes":
        return bool(node.attrs["axes"][axis] == axis)
    if node.op == "strided_slice":
        return source[axis] == size and node.attrs["steps"][axis] == 1
    if node.op == "pad_constant":
        return bool(node.attrs["widths"][axis] == (0, 0))
    return len(source) == node.type.ndim and source[axis] == size


# -- rows with bounds ----------------------------------------------------------------------------


def _segment(node: Node) -> Step | None:
    if reduction_name(node) is None:
        return None
    return Step("segment", [node], node.type.dims[:1])


def _row_ids(node: Node) -> Step:
    return Step("row_ids", [node], (node.inputs[0].type.dims[0] - 1,), aligned=False)


def _match_rows(node: Node) -> Step:
    return Step("match_rows", [node], (), aligned=False)


def _ragged_to_dense(node: Node) -> Step:
    return Step("ragged_to_dense", [node], node.type.dims[:1])


def _csr_to_dense(node: Node) -> Step | None:
    if short_name(node.type.dtype) not in ("f32", "f64", "i32", "i64"):
        return None
    return Step("csr_to_dense", [node], node.type.dims[:1])


_MAKERS: dict[str, Callable[[Node], Step | None]] = {
    "dense": _dense,
    "batched_matmul": _dense,
    "csr_matmul": _gather_sum,
    "csr_dense": _gather_sum,
    "gather_sum": _gather_sum,
    "gather_rows": _take,
    "join": _join,
    "copy": _copy,
    "strided_slice": _strided,
    "transpose_axes": _strided,
    "broadcast_to": _strided,
    "pad_constant": _strided,
    "row_ids": _row_ids,
    "match_rows": _match_rows,
    "ragged_to_dense": _ragged_to_dense,
    "csr_to_dense": _csr_to_dense,
    **dict.fromkeys(REDUCTIONS, _reduce),
    **dict.fromkeys(SEGMENTS, _segment),
}
