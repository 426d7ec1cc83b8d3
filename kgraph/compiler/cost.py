"""What kernels cost: operations, bytes, and a rough time, as polynomials over a batch's sizes.

An operation is one floating-point or integer operation on one element: a multiply-add counts two, a
transcendental function one, a cast or a copy none.  Bytes are those that must be moved at least
once: what a region reads from outside, each value once, and what others need of it.  Values that
stay in a panel cost none, and of a table only the rows that are looked up count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kgraph.compiler.costs import CostTable
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Region, Step, is_input_view
from kgraph.compiler.loop_names import ORDERS, REDUCTIONS, SEGMENTS, TOP, WEIGHED
from kgraph.types.dims import Size, product

_FREE = frozenset({"cast", "copy", "reshape_to", "size_like", "take_along_axis"})
# Of each element: what one loop does in place of several ops, at the cost of these.
_TOGETHER = {
    "softmax_rows": 5, "segment_softmax": 5, "standardize_rows": 5, "gelu_erf": 5, "gelu_tanh": 9,
}  # fmt: skip
_REDUCING = frozenset({*REDUCTIONS, *SEGMENTS, *TOP})
# Where a kernel reads rows of a table: the operands that hold the table and the row numbers.
_TABLES = {
    "gather_rows": (0, 1), "gather_sum": (0, 1), "gather_sum_uniform": (0, 1),
    "csr_matmul": (3, 1), "csr_dense": (3, 1),
}  # fmt: skip


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
    if node.op in ("gather_sum", "gather_sum_uniform"):
        return node.inputs[1].type.size * node.type.dims[-1]
    if node.op in ("csr_matmul", "csr_dense"):
        bias = len(node.inputs) > 4
        return node.inputs[1].type.size * 2 * node.type.dims[1] + (out if bias else 0)
    if node.op in WEIGHED:
        return node.inputs[0].type.size * 2
    if node.op in _REDUCING:
        return node.inputs[0].type.size
    if step.kind == "attention":
        width = node.inputs[0].type.dims[-1] + node.type.dims[-1]
        return product(node.type.dims[:-1]) * step.longest * (2 * width + _TOGETHER["softmax_rows"])
    if node.op in _TOGETHER:
        return out * _TOGETHER[node.op]
    if node.op in ORDERS and step.kind == "program":
        return out * _rounds(node.type.dims[-1])
    is_arithmetic = step.kind in ("program", "gemm") and node.op not in _FREE
    return out if is_arithmetic else 0


def _rounds(length: Size) -> int:
    """How often a sort compares an element; of an unknown length, as if it were a thousand."""
    return (length - 1).bit_length() if isinstance(length, int) else 10


@dataclass(frozen=True)
class Moved:
    """Bytes that one kernel reads and writes, of a whole batch.

    ``far`` come from outside its region or leave it; ``near`` are still in cache: they stay in the
    panel, or the region read them before; ``weights`` are read whole, for the first time.
    """

    far: Size
    near: Size
    weights: Size


def moved(region: Region, exported: Collection[Node]) -> list[Moved]:
    """What each kernel of a region moves; ``exported`` are the values that others need."""
    inside = set(region.nodes)
    read_inside = {value for step in region.steps for value in step.reads}
    read = {id(value) for step in region.steps for value in _reads(step)}
    seen: set[Node] = set()
    found = []
    far: Size
    near: Size
    weights: Size
    for step in region.steps:
        far, near, weights = _looked_up(step), 0, 0
        for value in _reads(step):
            if value in inside or value in seen or _is_part_of(value, read):
                near = near + nbytes(value)
            elif value.is_static:
                weights = weights + nbytes(value)
            else:
                far = far + nbytes(value)
            seen.add(value)
        far = far + _total(nbytes(node) for node in step.nodes if node in exported)
        kept = (node for node in step.nodes if node in read_inside and node not in exported)
        found.append(Moved(far, near + _total(map(nbytes, kept)), weights))
    return found


def traffic(region: Region, exported: Collection[Node]) -> Size:
    """Bytes of values that a region reads from outside and leaves for others; no weights."""
    return _total(one.far for one in moved(region, exported))


def weights_read(region: Region) -> Size:
    """Bytes of weights that a region reads whole; tables, of which it reads rows, left out."""
    return _total(one.weights for one in moved(region, ()))


def nbytes(node: Node) -> Size:
    """Bytes of a value."""
    return node.type.size * node.type.dtype.itemsize


def _reads(step: Step) -> list[Node]:
    """What a kernel reads whole."""
    tables = {root(node.inputs[_TABLES[node.op][0]]) for node in step.nodes if node.op in _TABLES}
    return [value for value in step.reads if value not in tables]


def _is_part_of(node: Node, read: Collection[int]) -> bool:
    return is_input_view(node) and id(root(node.inputs[0])) in read


def _looked_up(step: Step) -> Size:
    """Bytes of the rows that it takes from tables."""
    total: Size = 0
    for node in step.nodes:
        if node.op in _TABLES:
            table, ids = (node.inputs[place].type for place in _TABLES[node.op])
            total = total + ids.size * product(table.dims[1:]) * table.dtype.itemsize
    return total


def bytes_of_an_item(region: Region) -> Size:
    """What the kernels of a region with bags read and make of each item."""
    assert region.bags is not None
    values = {value for step in region.steps for value in (*step.nodes, *step.reads)}
    items = (value.type for value in values if not value.is_static and value.type.dims)
    return _total(
        product(type.dims[1:]) * type.dtype.itemsize
        for type in items
        if type.dims[0] == region.bags.items
    )


def _total(sizes: Iterable[Size]) -> Size:
    total: Size = 0
    for size in sizes:
        total = total + size
    return total


def picoseconds(kernels: Iterable[Step], costs: CostTable) -> Size:
    """A rough time of kernels without parts: enough to tell whether threads are worth waking."""
    paid = (entry for kernel in kernels for entry in counts(kernel).items())
    return _total(count * getattr(costs, name) for name, count in paid)


def counts(step: Step) -> dict[str, Size]:
    """How often a kernel without parts pays each entry of a cost table."""
    first, out = step.nodes[0], step.nodes[-1].type
    if step.layout is not None:
        elements = product(step.layout.full)
        sorts = sum(_rounds(node.type.dims[-1]) for node in step.nodes if node.op in ORDERS)
        found = {"program_element": elements * len(step.nodes)}
        return found | {"sort_round": elements * sorts} if sorts else found
    if step.kind == "gemm":
        weights = first.inputs[1].type
        return {
            "gemm_multiply_add": out.size * weights.dims[0],
            "gemm_weight": weights.size,
        }
    if step.kind == "matmul":
        return {"matmul_multiply_add": out.size * first.inputs[0].type.dims[-1]}
    if step.kind == "attention":
        scores = product(out.dims[:-1]) * step.longest
        width = first.inputs[0].type.dims[-1] + out.dims[-1]
        return {"attention_score": scores, "attention_multiply_add": scores * width}
    if step.kind == "gather_sum":
        ids = first.inputs[1].type.size
        return {
            "gather_row": ids,
            "gather_element": ids * out.dims[-1],
            "gather_result": out.size,
        }
    if step.kind in ("segment", "reduce"):
        return {"reduced_element": first.inputs[0].type.size}
    return {"moved_byte": nbytes(step.nodes[-1])}
