"""Which kernel computes a node, over which rows, and which operands it reads row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Step
from kgraph.compiler.layout import PICKING, Layout
from kgraph.compiler.loop_names import (
    REDUCTIONS,
    ROWWISE_SEGMENTS,
    SEGMENTS,
    WEIGHED,
    reduced_axes,
    reduction_name,
)
from kgraph.types.dims import Dims, Size, product
from kgraph.types.dtypes import short_name

FLOATS = (np.dtype("float32"), np.dtype("float64"))


def make_step(node: Node) -> Step:
    """The step that computes ``node`` alone."""
    maker = _MAKERS.get(node.op)
    if maker is not None:
        made = maker(node)
        if made is not None:
            return made
    return _program(node, node.type.dims) or Step("host", [node], (), aligned=False)


# -- programs ------------------------------------------------------------------------------------


def _program(node: Node, full: Dims, bounds: Node | None = None) -> Step | None:
    layout = Layout(full, bounds)
    return Step("program", [node], (), layout=layout) if layout.add(node) else None


def _reduce(node: Node) -> Step | None:
    if reduction_name(node) is None:
        return None
    source = node.inputs[0]
    axes = reduced_axes(node)
    full = source.type.dims
    if axes[-1] == len(full) - 1 and len(full) > len(axes):
        return _program(node, full)
    lead = full[: axes[0]]
    return Step("reduce", [node], lead, {root(source)} if lead else set(), aligned=bool(lead))


def _picking(node: Node) -> Step | None:
    return _program(node, node.inputs[0].type.dims)


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


def _attention(node: Node) -> Step | None:
    if node.type.dtype not in FLOATS:
        return None
    # Any queries can be handed out, but their keys are those of all of their row.
    queries = product(node.type.dims[:-2])
    return Step("attention", [node], (queries,), {root(node.inputs[0])}, aligned=False)


def longest_keys(node: Node, longest: Mapping[Node, Size]) -> Size:
    """How many keys a row of an attention has at most; ``longest`` knows it of some row bounds."""
    keys = node.inputs[1].type.dims
    if node.op == "segment_attention":
        return longest.get(root(node.inputs[4]), keys[0])
    return keys[1]


def _gather_sum(node: Node) -> Step | None:
    if node.type.dtype not in FLOATS:
        return None
    return Step("gather_sum", [node], node.type.dims[:1])


def _gather_sum_uniform(node: Node) -> Step | None:
    lead = node.type.dims[:-1]
    if node.type.dtype not in FLOATS or not lead:
        return None
    return Step("gather_sum", [node], lead, {root(node.inputs[1])})


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
    values, splits = node.inputs
    return _program(node, values.type.dims, root(splits))


def _rowwise_segments(node: Node) -> Step | None:
    return _program(node, node.type.dims, root(node.inputs[1]))


def _weighed(node: Node) -> Step | None:
    return _program(node, node.inputs[0].type.dims, root(node.inputs[2]))


def _repeat_rows(node: Node) -> Step | None:
    return _program(node, node.type.dims, root(node.inputs[1]))


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
    "attention": _attention,
    "masked_attention": _attention,
    "segment_attention": _attention,
    "csr_matmul": _gather_sum,
    "csr_dense": _gather_sum,
    "gather_sum": _gather_sum,
    "gather_sum_uniform": _gather_sum_uniform,
    "gather_rows": _take,
    "join": _join,
    "copy": _copy,
    "strided_slice": _strided,
    "transpose_axes": _strided,
    "broadcast_to": _strided,
    "pad_constant": _strided,
    "row_ids": _row_ids,
    "repeat_rows": _repeat_rows,
    "match_rows": _match_rows,
    "ragged_to_dense": _ragged_to_dense,
    "csr_to_dense": _csr_to_dense,
    **dict.fromkeys(REDUCTIONS, _reduce),
    **dict.fromkeys(PICKING, _picking),
    **dict.fromkeys(SEGMENTS, _segment),
    **dict.fromkeys(ROWWISE_SEGMENTS, _rowwise_segments),
    **dict.fromkeys(WEIGHED, _weighed),
}
