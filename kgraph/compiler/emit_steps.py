"""Part of pass ``emit``: the regions of a plan, and the steps of each kernel.

The order of buffers and sizes of each kernel is the one its implementation in
``_kernels/steps.pyx`` states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.compiler.constraints import public_name
from kgraph.compiler.cost import bytes_of_an_item, picoseconds
from kgraph.compiler.emit_program import emit_program
from kgraph.compiler.emitter import Emitter
from kgraph.compiler.ir import Node, constant, place_of
from kgraph.compiler.kernels import Region, Step
from kgraph.compiler.loop_names import reduced_axes, reduction_name
from kgraph.compiler.place import TILE
from kgraph.compiler.plan import HostCall, PlanRegion, PlanStep
from kgraph.compiler.strides import copy_geometry
from kgraph.types.dims import Dim, Size, opaque, product
from kgraph.types.dtypes import short_name


def emit_region(region: Region, emitter: Emitter) -> PlanRegion:
    bags = region.bags
    steps = tuple(
        _step(step, bags.items if bags and step.of_items else region.rows, emitter)
        for step in region.steps
    )
    parallel = all(step.kind != "host" for step in region.steps)
    by_columns = [
        kernel
        for kernel in region.kernels
        if kernel.kind == "gemm" or (kernel.kind == "reduce" and not kernel.lead)
    ]
    return PlanRegion(
        emitter.size(region.rows),
        emitter.size(picoseconds(region.kernels, emitter.costs)),
        steps,
        parallel,
        emitter.size(picoseconds(by_columns, emitter.costs)) if by_columns else -1,
        (emitter.buffer(bags.bounds), *map(emitter.size, _bag_sizes(region))) if bags else (),
    )


def _bag_sizes(region: Region) -> tuple[Size, Size, Size]:
    assert region.bags is not None
    return region.bags.items, region.bags.longest, bytes_of_an_item(region)


def _step(step: Step, rows: Size, emitter: Emitter) -> PlanStep:
    taken = _taken(step, rows)
    own = product(step.lead)  # rows of the step
    for part in step.parts or [step]:
        # outputs first: a panel's buffer wants to know its row
        for node in part.nodes:
            if node in emitter.placement.of:
                unit = own if emitter.placement.of[node][0] == "tile" else rows
                emitter.buffer(node, row_bytes=_row_bytes(node, part, unit))
    fields = _EMITTERS[step.kind](step, emitter)
    fields.setdefault("sizes", ())
    fields["sizes"] = tuple(emitter.size(size) for size in fields["sizes"])
    if "scratch" in fields:
        name, *sizes = fields["scratch"]
        fields["scratch"] = (name, *(emitter.size(size) for size in sizes))
    per_row = product(step.lead[taken:])
    last = step.nodes[-1]
    return PlanStep(
        rows_per_row=emitter.size(per_row),
        label=_label(last),
        line=last.line,
        of_items=step.of_items,
        **fields,
    )


def _row_bytes(node: Node, step: Step, rows: Size) -> Size:
    """Bytes of what the step makes for one of ``rows`` rows."""
    return product(node.type.dims[_taken(step, rows) :]) * node.type.dtype.itemsize


def _label(node: Node) -> str:
    """Who a step is told to be: the layer or, for what may find rows to differ, the op."""
    if node.op == "match_rows" and "/" not in node.scope:
        return public_name(node.asked or node.op)
    return node.scope or node.op


def _taken(step: Step, rows: Size) -> int:
    """How many leading axes of the step the rows of its region stand for."""
    for count in range(len(step.lead), 0, -1):
        if product(step.lead[:count]) == rows:
            return count
    return 0


# -- one kernel after another --------------------------------------------------------------------


def _tiles(step: Step, emitter: Emitter) -> dict[str, Any]:
    own = product(step.lead)  # rows of the kernel
    made = {part.nodes[-1]: _row_bytes(part.nodes[-1], part, own) for part in step.parts[:-1]}
    row_bytes: Size = 0
    for count in made.values():
        row_bytes = row_bytes + count
    first = step.parts[0]
    items = product(first.nodes[-1].type.dims[_taken(first, own) : -1])
    kept = [node for node in made if emitter.placement.of.get(node) == TILE]
    return {
        "kernel": "tiles",
        "buffers": tuple(emitter.buffer(node) for node in kept),
        "sizes": (own, row_bytes, items, *(made[node] for node in kept)),
        "scratch": ("tiles",),
        "parts": tuple(_step(part, own, emitter) for part in step.parts),
    }


def _program(step: Step, emitter: Emitter) -> dict[str, Any]:
    layout = step.layout
    assert layout is not None
    columns = layout.columns
    text, nodes, extra = emit_program(step, layout, emitter.placement)
    elements = columns  # of a row, or of the segment with most rows
    if layout.bounds is not None:
        elements = opaque("max", columns, 1) * opaque("max", step.longest, 1)
    return {
        "kernel": "program",
        "buffers": tuple(emitter.buffer(node) for node in nodes),
        "sizes": (columns, *extra),
        "program": text,
        "scratch": ("program", elements),
    }


def _gemm(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    x, w, *bias = node.inputs
    return {
        "kernel": f"gemm_{short_name(node.type.dtype)}",
        "buffers": (
            emitter.buffer(x),
            emitter.buffer(w, packed=True),
            emitter.buffer(bias[0]) if bias else -1,
            emitter.buffer(step.nodes[-1]),
        ),
        "sizes": (*w.type.dims, int(step.relu)),
    }


def _matmul(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    x1, x2 = node.inputs
    m = product(x1.type.dims[:-1]) if x2.type.ndim == 2 else x1.type.dims[-2]
    k, n = x2.type.dims[-2:]
    return {
        "kernel": f"matmul_{short_name(node.type.dtype)}",
        "buffers": (emitter.buffer(x1), emitter.buffer(x2), emitter.buffer(node)),
        "sizes": (m, k, n),
        "scratch": ("packed", k, n, node.type.dtype.itemsize),
    }


def _attention(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    q, k, v, *further = node.inputs
    bounds, masks = (further, []) if node.op == "segment_attention" else ([], further)
    scale = constant(np.asarray(node.attrs["scale"], node.type.dtype))
    hidden = constant(np.asarray(node.attrs.get("hidden", -np.inf), node.type.dtype))
    causal = bool(node.attrs.get("causal", False))
    uniform = (1, 1) if bounds else (q.type.dims[1], k.type.dims[1])
    rows = bounds[0].type.dims[0] - 1 if bounds else q.type.dims[0]
    heads, width = q.type.dims[-2:]
    out_width = v.type.dims[-1]
    return {
        "kernel": f"attention_{short_name(node.type.dtype)}",
        "buffers": (
            *(emitter.buffer(x) for x in (q, k, v, scale)),
            *((emitter.buffer(x) for x in bounds) if bounds else (-1, -1)),
            emitter.buffer(node),
            emitter.buffer(hidden) if causal or masks else -1,
            *map(emitter.buffer, masks),
        ),
        "sizes": (
            *(*uniform, heads, width, out_width, rows, int(causal)),
            int(node.attrs.get("dropped", False)),
            *(size for mask in masks for size in _mask_geometry(mask)),
        ),
        "scratch": ("attention", width, step.longest, out_width, node.type.dtype.itemsize),
    }


def _mask_geometry(mask: Node) -> tuple[Size, ...]:
    """Whether the mask hides, and how far apart its rows, heads, queries and keys are."""
    dims = mask.type.dims
    strides = (0 if size == 1 else product(dims[axis + 1 :]) for axis, size in enumerate(dims))
    return (int(mask.type.dtype.kind == "b"), *strides)


def _gather_sum(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    weights = bias = -1
    if node.op in ("gather_sum", "gather_sum_uniform"):
        table, indices, *splits = node.inputs
    else:
        data, indices, *splits, table = node.inputs[:4]
        weights = emitter.buffer(data)
        bias = emitter.buffer(node.inputs[4]) if len(node.inputs) > 4 else -1
    dtypes = "_".join(short_name(x.type.dtype) for x in (table, indices, *splits))
    rows, n = table.type.dims
    length = 0 if splits else indices.type.dims[-1]
    return {
        "kernel": f"gather_sum_{dtypes}",
        "buffers": (
            weights,
            emitter.buffer(indices),
            emitter.buffer(splits[0]) if splits else -1,
            emitter.buffer(table),
            bias,
            emitter.buffer(node),
        ),
        "sizes": (rows, n, n, length),
    }


def _take(step: Step, emitter: Emitter) -> dict[str, Any]:
    table, ids = step.nodes[0].inputs
    row_bytes = product(table.type.dims[1:]) * table.type.dtype.itemsize
    return {
        "kernel": f"take_{short_name(ids.type.dtype)}",
        "buffers": tuple(emitter.buffer(x) for x in (table, ids, step.nodes[0])),
        "sizes": (row_bytes, table.type.dims[0]),
    }


def _join(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    axis = len(step.lead)
    itemsize = node.type.dtype.itemsize
    parts = [product(x.type.dims[axis:]) * itemsize for x in (node, *node.inputs)]
    return {
        "kernel": "join",
        "buffers": tuple(emitter.buffer(x) for x in (node, *node.inputs)),
        "sizes": tuple(parts),
    }


def _strided(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    geometry = copy_geometry(node, len(step.lead) if step.local else 0, len(step.lead))
    fill = -1
    if node.op == "pad_constant":
        value = np.asarray(node.attrs["value"], node.type.dtype)
        fill = emitter.buffer(constant(value))
    return {
        "kernel": "strided",
        "buffers": (emitter.buffer(node.inputs[0]), emitter.buffer(node), fill),
        "sizes": tuple(geometry),
    }


def _reduce(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    source = node.inputs[0]
    axes = reduced_axes(node)
    length = product(source.type.dims[axes[0] : axes[-1] + 1])
    inner = product(source.type.dims[axes[-1] + 1 :])
    return {
        "kernel": "reduce",
        "loop": reduction_name(node),
        "buffers": (emitter.buffer(source), emitter.buffer(node)),
        "sizes": (
            length,
            inner,
            length * inner * source.type.dtype.itemsize,
            inner * node.type.dtype.itemsize,
        ),
    }


def _segment(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    values, splits = node.inputs
    inner = product(values.type.dims[1:])
    return {
        "kernel": "segment",
        "loop": reduction_name(node),
        "buffers": (emitter.buffer(values), emitter.buffer(splits), emitter.buffer(node)),
        "sizes": (inner, inner * values.type.dtype.itemsize, inner * node.type.dtype.itemsize),
    }


def _row_ids(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    return {
        "kernel": "row_ids",
        "buffers": (emitter.buffer(node.inputs[0]), emitter.buffer(node)),
    }


def _match_rows(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    values, _, *splits = node.inputs
    half = len(splits) // 2
    pairs = [x for pair in zip(splits[:half], splits[half:], strict=True) for x in pair]
    item = product(values.type.dims[1:]) * node.type.dtype.itemsize
    lengths = [splits.type.dims[0] * splits.type.dtype.itemsize for splits in splits[:half]]
    return {
        "kernel": "match_rows",
        "buffers": tuple(emitter.buffer(x) for x in (values, node, *pairs)),
        "sizes": (values.type.dims[0] * item, *lengths),
    }


def _ragged_to_dense(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    values, splits, default = node.inputs
    itemsize = node.type.dtype.itemsize
    item = product(values.type.dims[1:]) * itemsize
    return {
        "kernel": "ragged_to_dense",
        "buffers": tuple(emitter.buffer(x) for x in (values, splits, default, node)),
        "sizes": (item, node.attrs["length"], itemsize),
        "scratch": ("bytes", item),
    }


def _csr_to_dense(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    data, indices, indptr = node.inputs
    dtypes = f"{short_name(data.type.dtype)}_{short_name(indices.type.dtype)}"
    return {
        "kernel": f"csr_to_dense_{dtypes}",
        "buffers": tuple(emitter.buffer(x) for x in (data, indices, indptr, node)),
        "sizes": (node.type.dims[1],),
    }


def _host(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    types: Sequence[Any] = [*(x.type for x in node.inputs), node.type]
    call = HostCall(node.op, tuple(node.attrs.items()), tuple(types), place_of(node))
    of_arrays = [size for type in types for size in type.dims]
    return {
        "kernel": "host",
        "buffers": tuple(emitter.buffer(x) for x in (*node.inputs, node)),
        "sizes": (*of_arrays, *map(Dim.symbol, call.symbols)),
        "host": call,
    }


_EMITTERS = {
    "tiles": _tiles,
    "program": _program,
    "gemm": _gemm,
    "matmul": _matmul,
    "attention": _attention,
    "gather_sum": _gather_sum,
    "take": _take,
    "join": _join,
    "strided": _strided,
    "reduce": _reduce,
    "segment": _segment,
    "row_ids": _row_ids,
    "match_rows": _match_rows,
    "ragged_to_dense": _ragged_to_dense,
    "csr_to_dense": _csr_to_dense,
    "host": _host,
}
