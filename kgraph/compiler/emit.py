"""Pass ``emit``: write the Plan of placed regions.

The order of buffers and sizes of each kernel is the one its implementation in
``_kernels/steps.pyx`` states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kgraph.compiler.constraints import broadcasts, constraints, public_name
from kgraph.compiler.cost import picoseconds
from kgraph.compiler.emit_program import emit_program
from kgraph.compiler.interpret import symbol_and_offset
from kgraph.compiler.ir import Graph, Node, place_of, root
from kgraph.compiler.kernels import Fused, Region, Step, is_input_view
from kgraph.compiler.lookups import FALLIBLE, Lookup, lookups
from kgraph.compiler.loop_names import reduced_axes, reduction_name
from kgraph.compiler.place import TILE, Placement
from kgraph.compiler.plan import (
    Buffer,
    Check,
    Constraint,
    HostCall,
    Plan,
    PlanRegion,
    PlanStep,
    Recipe,
    Symbol,
)
from kgraph.compiler.strides import copy_geometry
from kgraph.ops.operands import component_types
from kgraph.types.array_type import RaggedType, SparseType, ValueType
from kgraph.types.dims import Dim, Size, opaque, product
from kgraph.types.dtypes import short_name


class Emitter:
    """The tables of a plan while it is being written."""

    def __init__(self, graph: Graph, placement: Placement) -> None:
        self.graph = graph
        self.placement = placement
        self.sizes: dict[Size, int] = {}
        self.buffers: dict[tuple[Any, ...], int] = {}
        self.buffer_list: list[Buffer] = []
        self.recipes: list[Recipe] = []
        self.statics: list[Node] = []
        self.input_number = {node: number for number, node in enumerate(graph.inputs)}

    def size(self, size: Size) -> int:
        """The number of a size in the table."""
        return self.sizes.setdefault(size, len(self.sizes))

    def buffer(self, node: Node, *, packed: bool = False, row_bytes: Size = 0) -> int:
        """The number of the buffer in which the value of ``node`` lies."""
        base = root(node)
        base = self.placement.under.get(base, base)
        key = (base, packed)
        if key not in self.buffers:
            kind, index = self._whereabouts(base, packed)
            offset = self.size(_view_offset(base)) if is_input_view(base) else -1
            whole = base.type.size * base.type.dtype.itemsize
            self.buffers[key] = len(self.buffer_list)
            number = self.size(row_bytes if kind in ("panel", "tile") else whole)
            self.buffer_list.append(Buffer(kind, index, number, offset))
        return self.buffers[key]

    def _whereabouts(self, base: Node, packed: bool) -> tuple[str, int]:
        if is_input_view(base):
            return "input", self.input_number[root(base.inputs[0])]
        if base in self.input_number:
            return "input", self.input_number[base]
        if base.is_static:
            if base not in self.statics:
                self.statics.append(base)
            self.recipes.append(Recipe(self.statics.index(base), packed))
            return "constant", len(self.recipes) - 1
        return self.placement.of[base]


def emit(
    given: Sequence[ValueType],
    fused: Fused,
    placement: Placement,
    *,
    is_first: bool = True,
    drawn: Graph | None = None,
) -> tuple[Plan, list[Node]]:
    """The plan, and the static nodes from whose values its constants are made.

    ``given`` are the types of the values that come first among the inputs.  The first plan of a
    graph checks their row bounds and indices, and what the graph as it was ``drawn`` trusts of
    their sizes; each, the positions that it looks up itself.
    """
    graph = fused.graph
    emitter = Emitter(graph, placement)
    input_dims = tuple(tuple(map(emitter.size, node.type.dims)) for node in graph.inputs)
    output_dims = tuple(tuple(map(emitter.size, node.type.dims)) for node in graph.outputs)
    rows = _row_splits(given)
    found = _found_early(fused, len(rows))
    checks = (_checks(given, emitter) if is_first else ()) + tuple(
        _check_ids(lookup, rows, emitter) for lookup in found.values()
    )
    trusted = tuple(
        _constraint(emitter.size(found.size), node, found.says, found.about, found.op)
        for found, node in constraints(graph, drawn)
    )
    spread = tuple(
        replace(
            _constraint(-1, node, "the sizes {} and {} cannot be broadcast together", atom.args),
            operands=(),  # their sizes may be what cannot be said
        )
        for atom, node in broadcasts(graph)
    )
    regions = tuple(_region(region, emitter) for region in fused.regions)
    plan = Plan(
        name=graph.name,
        input_names=tuple(str(node.attrs["name"]) for node in graph.inputs),
        inputs=tuple(node.type for node in graph.inputs),
        outputs=tuple(node.type for node in graph.outputs),
        symbols=_symbols(graph),
        checks=checks,
        constraints=trusted,
        broadcasts=spread,
        sizes=tuple(emitter.sizes),
        input_dims=input_dims,
        output_dims=output_dims,
        buffers=tuple(emitter.buffer_list),
        lifetimes=placement.lifetimes,
        regions=regions,
        recipes=tuple(emitter.recipes),
        given=len(rows),
        may_fail=any(_may_fail(step, found) for region in fused.regions for step in region.steps),
    )
    return plan, emitter.statics


def _constraint(
    size: int, node: Node, says: str, about: tuple[Size, ...], op: str = ""
) -> Constraint:
    operands = tuple(operand.type for operand in node.inputs)
    op, label = op or public_name(node.op), node.scope or node.op
    return Constraint(size, label, node.line, op, says, about, operands)


def _view_offset(view: Node) -> Size:
    """Bytes before the first row of a view into an input."""
    row_bytes = product(view.type.dims[1:]) * view.type.dtype.itemsize
    start: Size = view.attrs["starts"][0]
    return start * row_bytes


def _symbols(graph: Graph) -> tuple[Symbol, ...]:
    found: dict[str, Symbol] = {}
    for number, node in enumerate(graph.inputs):
        for axis, size in enumerate(node.type.dims):
            told = symbol_and_offset(size) if isinstance(size, Dim) else None
            if told is not None:
                name, offset = told
                found.setdefault(name, Symbol(name, number, axis, offset))
    for name, number in graph.longest.items():
        found[name] = Symbol(name, number, -1)
    return tuple(found.values())


def _checks(types: Sequence[ValueType], emitter: Emitter) -> tuple[Check, ...]:
    checks: list[Check] = []
    number = 0
    for type in types:
        if isinstance(type, RaggedType):
            inner = [splits.dims[0] - 1 for splits in type.splits[1:]]
            for level, total in enumerate([*inner, type.flat.dims[0]]):
                checks.append(Check("splits", number + 1 + level, emitter.size(total)))
            number += 1 + len(type.splits)
        elif isinstance(type, SparseType):
            checks.append(Check("splits", number + 2, emitter.size(type.data.dims[0])))
            checks.append(Check("indices", number + 1, emitter.size(type.width)))
            number += len(type.parts)
        else:
            number += 1
    return tuple(checks)


def _row_splits(types: Sequence[ValueType]) -> list[tuple[int, ...]]:
    """For each array of the values, the numbers of those that bound its rows."""
    found: list[tuple[int, ...]] = []
    for type in types:
        first, count = len(found), len(component_types(type))
        ragged = isinstance(type, RaggedType)
        found.append(tuple(range(first + 1, first + count)) if ragged else ())
        found += [()] * (count - 1)
    return found


def _found_early(fused: Fused, given: int) -> dict[Node, Lookup]:
    """Look-ups by node, of which a batch's faults are found when it is bound."""
    inputs = set(fused.graph.inputs[:given])
    return {found.node: found for found in lookups(fused.graph.nodes) if found.ids in inputs}


def _check_ids(found: Lookup, rows: Sequence[tuple[int, ...]], emitter: Emitter) -> Check:
    """The table says whose ids they are, if it is the weight of a layer."""
    number = emitter.input_number[found.ids]
    maker = found.maker if found.maker.is_static and found.maker.scope else found.node
    return Check(
        "ids",
        number,
        emitter.size(found.rows),
        found.wraps,
        maker.scope or public_name(found.node.op),
        maker.line or found.node.line,
        rows[number],
        found.table,
    )


def _may_fail(step: Step, found: Mapping[Node, Lookup]) -> bool:
    """Can the kernel meet a fault in what was computed?"""
    return step.kind == "host" or any(
        node.op in FALLIBLE and node not in found for node in step.nodes
    )


# -- regions -------------------------------------------------------------------------------------


def _region(region: Region, emitter: Emitter) -> PlanRegion:
    steps = tuple(_step(step, region.rows, emitter) for step in region.steps)
    cost: Size = 0
    for step in region.steps:
        cost = cost + picoseconds(step)
    parallel = all(step.kind != "host" for step in region.steps)
    return PlanRegion(emitter.size(region.rows), emitter.size(cost), steps, parallel)


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
        rows_per_row=emitter.size(per_row), label=_label(last), line=last.line, **fields
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
    text, nodes, extra = emit_program(step, layout, emitter.placement.of)
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
    q, k, v, *bounds = node.inputs
    scale = _constant(np.asarray(node.attrs["scale"], node.type.dtype))
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
        ),
        "sizes": (*uniform, heads, width, out_width, rows),
        "scratch": ("attention", width, step.longest, out_width, node.type.dtype.itemsize),
    }


def _gather_sum(step: Step, emitter: Emitter) -> dict[str, Any]:
    node = step.nodes[0]
    if node.op == "gather_sum":
        table, indices, splits = node.inputs
        weights, bias = -1, -1
    else:
        data, indices, splits, table, *rest = node.inputs
        weights = emitter.buffer(data)
        bias = emitter.buffer(rest[0]) if rest else -1
    dtypes = "_".join(short_name(x.type.dtype) for x in (table, indices, splits))
    rows, n = table.type.dims
    return {
        "kernel": f"gather_sum_{dtypes}",
        "buffers": (
            weights,
            *(emitter.buffer(x) for x in (indices, splits, table)),
            bias,
            emitter.buffer(node),
        ),
        "sizes": (rows, n, n),
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
        fill = emitter.buffer(_constant(value))
    return {
        "kernel": "strided",
        "buffers": (emitter.buffer(node.inputs[0]), emitter.buffer(node), fill),
        "sizes": tuple(geometry),
    }


def _constant(value: np.ndarray) -> Node:
    from kgraph.compiler.ir import constant

    return constant(value)


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
