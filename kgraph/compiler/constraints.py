"""What inference had to take on trust: sizes that a batch must make agree before a kernel may run.

Where two sizes are polynomials that nothing proves equal (``T_a`` and ``T_b`` beneath a
``concatenate``), inference assumes that they are.  Here every such assumption becomes a size that
must be zero; the executor looks when it binds a batch, so no kernel ever reads past an array.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgraph.compiler.ir import Graph, Node
from kgraph.types.dims import Size, opaque, product
from kgraph.types.errors import ShapeError, message


def constraints(graph: Graph) -> list[tuple[Size, Node]]:
    """Sizes that must be zero, each once, with the node that relies on it.

    Errors    ValueError for one that is certainly not zero
    """
    found: dict[Size, Node] = {}
    for node in graph.nodes:
        for size in _trusted(node):
            if isinstance(size, int) and size != 0:
                received = "\n".join(str(x.type) for x in node.inputs)
                where = f"{node.scope} {node.line}".strip()
                raise ShapeError(
                    message(f"{node.op}: sizes do not agree", where=where, received=received)
                )
            if not isinstance(size, int):
                found.setdefault(size, node)
    return list(found.items())


def _trusted(node: Node) -> Iterator[Size]:
    operands = [operand.type.dims for operand in node.inputs]
    if node.op == "join":
        for dims in operands:
            for axis, size in enumerate(dims):
                if axis != node.attrs["axis"]:
                    yield size - node.type.dims[axis]
    elif node.op in ("batched_matmul", "dense"):
        yield operands[0][-1] - operands[1][-2]
    elif node.op == "reshape_to":
        yield node.inputs[0].type.size - product(node.type.dims)
    elif node.op == "broadcast_to":
        last = node.type.dims[len(node.type.dims) - len(operands[0]) :]
        for size, wanted in zip(operands[0], last, strict=True):
            if size not in (1, wanted):
                yield opaque("bcast", size, wanted) - wanted
    elif node.op == "strided_slice":
        yield from _in_range(node)
    elif node.op in ("reduce_argmax", "reduce_argmin"):
        size = operands[0][node.attrs["axis"]]
        if not isinstance(size, int):  # an empty axis has no extreme
            yield opaque("max", 1 - size, 0)


def _in_range(node: Node) -> Iterator[Size]:
    """A slice begins and ends within its axis (one that takes nothing may begin anywhere)."""
    attrs, taken = node.attrs, node.type.dims
    for size, start, step, count in zip(
        node.inputs[0].type.dims, attrs["starts"], attrs["steps"], taken, strict=True
    ):
        if count == size and step == 1 and start == 0:
            continue
        last = start + (count - 1) * step
        low, high = (start, last) if step > 0 else (last, start)
        some = opaque("min", count, 1)
        yield some * opaque("max", high - size + 1, 0)
        yield some * opaque("max", low * -1, 0)
        yield opaque("max", count * -1, 0)
