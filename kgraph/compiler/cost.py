"""What kernels cost: operations, bytes, and a rough time, as polynomials over a batch's sizes.

An operation is one floating-point or integer operation on one element: a multiply-add counts two, a
transcendental function one, a cast or a copy none.  Bytes are those that must be moved at least
once: what a region reads from outside, each value once, and what others need of it.  Values that
stay in a panel cost none, and of a table only the rows that are looked up count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Region, Step, is_input_view
from kgraph.compiler.loop_names import REDUCTIONS, SEGMENTS, WEIGHED
from kgraph.types.dims import Size, product

_FREE = frozenset({"cast", "copy", "reshape_to", "size_like"})
# Of each element: maximum, difference, exponential, sum and quotient, or what else it is made of.
_ROWWISE = {"softmax_rows": 5, "segment_softmax": 5, "standardize_rows": 5}
_REDUCING = frozenset({*REDUCTIONS, *SEGMENTS})
# Where a kernel reads rows of a table: the operands that hold the table and the row numbers.
_TABLES = {"gather_rows": (0, 1), "gather_sum": (0, 1), "csr_matmul": (3, 1), "csr_dense": (3, 1)}


def operations(step: Step) -> Size:
    """Operations of one kernel; none for a host step: what NumPy does is not known here."""
    if step.kind == "host":
        return 0
    if step.parts:
        return _total(map(operations, step.parts))
    return _total(_operations(node, step) for node in step.nodes)


def _operations(node: Node, step: Step) -> Size:
    out = node.type.size
    if node.op in ("dense", "batched_matmul"):
        bias = len(node.inputs) > 2
        return out * 2 * node.inputs[0].type.dims[-1] + (out if bias else 0)
    if node.op == "gather_sum":
        return node.inputs[1].type.size * product(node.type.dims[1:])
    if node.op in ("csr_matmul", "csr_dense"):
        bias = len(node.inputs) > 4
        return node.inputs[1].type.size * 2 * node.type.dims[1] + (out if bias else 0)
    if node.op in WEIGHED:
        return node.inputs[0].type.size * 2
    if node.op in _REDUCING:
        return node.inputs[0].type.size
    if step.kind == "attention":
        width = node.inputs[0].type.dims[-1] + node.type.dims[-1]
        return product(node.type.dims[:-1]) * step.longest * (2 * width + _ROWWISE["softmax_rows"])
    if node.op in _ROWWISE:
        return out * _ROWWISE[node.op]
    is_arithmetic = step.kind in ("program", "gemm") and node.op not in _FREE
    return out if is_arithmetic else 0


def traffic(region: Region, exported: Collection[Node]) -> Size:
    """Bytes of values that a region reads from outside and leaves for others; no weights."""
    inside = set(region.nodes)
    values = [node for node in _reads(region) if node not in inside and not node.is_static]
    read = {id(node) for node in values}
    moved = [
        *(node for node in values if not _is_part_of(node, read)),
        *(node for node in region.nodes if node in exported),
    ]
    return _total(nbytes(node) for node in moved) + _looked_up(region)


def weights_read(region: Region) -> Size:
    """Bytes of weights that a region reads whole; tables, of which it reads rows, left out."""
    return _total(nbytes(node) for node in _reads(region) if node.is_static)


def nbytes(node: Node) -> Size:
    """Bytes of a value."""
    return node.type.size * node.type.dtype.itemsize


def _reads(region: Region) -> list[Node]:
    found: dict[Node, None] = {}
    for step in region.steps:
        tables = {root(node.inputs[_TABLES[node.op][0]]) for node in step.nodes if _has_table(node)}
        found.update((value, None) for value in step.reads if value not in tables)
    return list(found)


def _has_table(node: Node) -> bool:
    return node.op in _TABLES


def _is_part_of(node: Node, read: Collection[int]) -> bool:
    return is_input_view(node) and id(root(node.inputs[0])) in read


def _looked_up(region: Region) -> Size:
    total: Size = 0
    for node in region.nodes:
        if _has_table(node):
            table, ids = (node.inputs[place].type for place in _TABLES[node.op])
            total = total + ids.size * product(table.dims[1:]) * table.dtype.itemsize
    return total


def _total(sizes: Iterable[Size]) -> Size:
    total: Size = 0
    for size in sizes:
        total = total + size
    return total


def picoseconds(step: Step) -> Size:
    """A rough time: enough to tell whether threads are worth waking."""
    if step.parts:
        return _total(map(picoseconds, step.parts))
    out = step.nodes[-1].type
    if step.layout is not None:
        return product(step.layout.full) * len(step.nodes) * 400
    if step.kind == "gemm":
        return out.size * step.nodes[0].inputs[1].type.dims[0] * 25
    if step.kind == "matmul":
        return out.size * step.nodes[0].inputs[0].type.dims[-1] * 30
    if step.kind == "attention":
        width = step.nodes[0].inputs[0].type.dims[-1] + out.dims[-1]
        return product(out.dims[:-1]) * step.longest * (width * 25 + 600)
    if step.kind == "gather_sum":
        ids = step.nodes[0].inputs[1].type.dims[0]
        return ids * (out.dims[-1] * 60 + 2000) + out.size * 100
    if step.kind in ("segment", "reduce"):
        return step.nodes[0].inputs[0].type.size * 300
    return nbytes(step.nodes[-1]) * 100
