"""What inference had to take on trust: sizes that a batch must make agree before a kernel may run.

Where two sizes are polynomials that nothing proves equal (``T_a`` and ``T_b`` beneath a
``concatenate``), inference assumes that they are.  Here every such assumption becomes a size that
must be zero; the executor looks when it binds a batch, so no kernel ever reads past an array.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kgraph.compiler.dce import dce
from kgraph.compiler.ir import Graph, Node, place_of
from kgraph.compiler.loop_names import ROWWISE_SEGMENTS, SEGMENTS, WEIGHED
from kgraph.ops.primitives.attention import scores_of
from kgraph.ops.primitives.sizes import unequal
from kgraph.types.dims import Atom, Dims, Size, opaque, product, symbols
from kgraph.types.errors import ShapeError, message


class Trusted(NamedTuple):
    """A size that must be zero, and what to say if a batch makes it another number.

    ``says`` has a pair of braces for the number that each of ``about`` then is.
    """

    size: Size
    says: str
    about: tuple[Size, ...] = ()
    op: str = ""  # what users call it, if not the op of the node


# What the ops of the IR are called where users meet them.
_PUBLIC = {
    "join": "concatenate",
    "batched_matmul": "matmul",
    "dense": "matmul",
    "reshape_to": "reshape",
    "strided_slice": "slice",
    "getitem_at": "getitem",
    "top_positions": "top_k",
    "ragged_boolean_mask": "boolean_mask",
}


# Where among their operands the ops over rows with bounds have the row splits.
_OVER_ROWS = {
    **dict.fromkeys(SEGMENTS, 1),
    **dict.fromkeys(("segment_mean", "repeat_rows", "ragged_to_dense"), 1),
    **dict.fromkeys(ROWWISE_SEGMENTS, 1),
    **dict.fromkeys(WEIGHED, 2),
    "segment_attention": 3,
    "row_ids": 0,
}


def public_name(op: str) -> str:
    """The name under which users know an op of the IR."""
    return _PUBLIC.get(op, op.removeprefix("reduce_"))


def constraints(graph: Graph, drawn: Graph | None = None) -> list[tuple[Trusted, Node]]:
    """Sizes that must be zero, each once, with the node that relies on it.

    ``drawn`` is the graph before rules rewrote it: what it takes on trust about the sizes of its
    inputs holds, too, though a rule may have left out the node that relied on it.

    Errors    ValueError for one that is certainly not zero
    """
    found: dict[Size, tuple[Trusted, Node]] = {}
    told = {name for node in graph.inputs for size in node.type.dims for name in symbols(size)}
    own, before = set(graph.nodes), () if drawn is None else dce(drawn).nodes
    for node in (*graph.nodes, *before):
        for trusted in _trusted(node):
            size = trusted.size
            if isinstance(size, int) and size != 0:
                received = "\n".join(str(x.type) for x in node.inputs)
                op = trusted.op or public_name(node.op)
                raise ShapeError(
                    message(
                        f"{op}: {trusted.says.format(*trusted.about)}",
                        where=place_of(node),
                        received=received,
                    )
                )
            if not isinstance(size, int) and (node in own or symbols(size) <= told):
                found.setdefault(size, (trusted, node))
    return list(found.values())


def broadcasts(graph: Graph) -> list[tuple[Atom, Node]]:
    """Each pair of sizes that meet only if they are equal or one is 1, with the node they meet in.

    The executor finds out by itself that two sizes do not; this tells whose they are.
    """
    found: dict[Atom, Node] = {}
    # a `broadcast_to` stands for the op that asked for it
    for node in sorted(graph.nodes, key=lambda node: node.op == "broadcast_to"):
        for size in node.type.dims:
            for atom in () if isinstance(size, int) else _spread(size):
                found.setdefault(atom, node)
    return list(found.items())


def _spread(size: Size) -> Iterator[Atom]:
    if not isinstance(size, int):
        for atom in size.atoms():
            for arg in atom.args:
                yield from _spread(arg)
            if atom.fn == "bcast":
                yield atom


def _trusted(node: Node) -> Iterator[Trusted]:
    operands = [operand.type.dims for operand in node.inputs]
    if node.op in ("attention", "masked_attention", "segment_attention"):
        yield from _of_attention(node.op, operands)
    if node.op == "join":
        for dims in operands:
            for axis, size in enumerate(dims):
                if axis != node.attrs["axis"]:
                    wanted = node.type.dims[axis]
                    says = f"the inputs differ on axis {axis}, {{}} and {{}}"
                    yield Trusted(size - wanted, says, (wanted, size))
    elif node.op in ("batched_matmul", "dense"):
        inner = operands[0][-1], operands[1][-2]
        yield Trusted(inner[0] - inner[1], "the inner sizes differ, {} and {}", inner)
    elif node.op == "reshape_to":
        dims, size = node.type.dims, node.inputs[0].type.size
        other = _only_other_axis(operands[0], dims)
        if other is not None:  # the same value under another size, as `with_sizes` writes it
            about = operands[0][other], dims[other]
            says = f"axis {other} has {{}} entries, and {{}} are wanted"
            yield Trusted(
                size - product(dims),
                says,
                about,
                public_name(node.asked),
            )
            return
        says = f"{{}} numbers do not fill the shape ({', '.join(['{}'] * len(dims))})"
        yield Trusted(size - product(dims), says, (size, *dims), public_name(node.asked))
    elif node.op == "broadcast_to":
        last = node.type.dims[len(node.type.dims) - len(operands[0]) :]
        for size, wanted in zip(operands[0], last, strict=True):
            if size not in (1, wanted):
                says = "an axis of {} entries does not spread over {}"
                yield Trusted(opaque("bcast", size, wanted) - wanted, says, (size, wanted))
    elif node.op == "with_equal":
        about = node.attrs["size"], node.attrs["wanted"]
        yield Trusted(about[0] - about[1], unequal(node.attrs["axis"]), about, "a sparse value")
    elif node.op == "strided_slice":
        yield from _in_range(node)
    elif node.op in _OVER_ROWS:
        count = operands[_OVER_ROWS[node.op]][0]
        rows = count - 1
        if isinstance(rows, int) or rows.as_symbol() is None:  # no input's row splits
            yield Trusted(
                opaque("max", 1 - count, 0), "row splits begin with 0: they are not empty"
            )
    elif node.op == "top_positions":
        about = node.attrs["k"], operands[0][-1]
        says = "{} elements are asked for, and the last axis has {}"
        yield Trusted(opaque("max", about[0] - about[1], 0), says, about)
    elif node.op in ("reduce_argmax", "reduce_argmin"):
        size = operands[0][node.attrs["axis"]]
        if not isinstance(size, int):  # an empty axis has no extreme
            yield Trusted(opaque("max", 1 - size, 0), "the axis has no entries")


def _of_attention(op: str, operands: list[Dims]) -> Iterator[Trusted]:
    """Queries, keys and values belong together, row by row and head by head."""
    q, k, v, *further = operands
    pairs = [
        (k[-3], v[-3], "numbers of keys and of values"),
        (q[-1], k[-1], "widths of queries and of keys"),
        (q[-2], k[-2], "heads of queries and of keys"),
        (k[-2], v[-2], "heads of keys and of values"),
    ]
    if op == "segment_attention":
        pairs.append((further[0][0] - 1, further[1][0] - 1, "rows of queries and of keys"))
    else:
        pairs += [
            (q[0], k[0], "rows of queries and of keys"),
            (k[0], v[0], "rows of keys and of values"),
        ]
        for mask in further:
            sizes = zip(mask, scores_of(q, k), strict=True)
            pairs += [
                (size, full, "axes of a mask and of scores") for size, full in sizes if size != 1
            ]
    for a, b, what in pairs:
        yield Trusted(a - b, f"the {what} differ, {{}} and {{}}", (a, b))


def _only_other_axis(before: Dims, after: Dims) -> int | None:
    """The axis on which alone the shapes differ."""
    if len(before) != len(after):
        return None
    others = [axis for axis, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    return others[0] if len(others) == 1 else None


def _in_range(node: Node) -> Iterator[Trusted]:
    """A slice begins and ends within its axis (one that takes nothing may begin anywhere)."""
    attrs, taken = node.attrs, node.type.dims
    sizes = node.inputs[0].type.dims
    for axis, (size, start, step, count) in enumerate(
        zip(sizes, attrs["starts"], attrs["steps"], taken, strict=True)
    ):
        if count == size and step == 1 and start == 0:
            continue
        last = start + (count - 1) * step
        low, high = (start, last) if step > 0 else (last, start)
        some = opaque("min", count, 1)
        outside = f"entry {{}} is asked for, and axis {axis} has {{}}"
        yield Trusted(some * opaque("max", high - size + 1, 0), outside, (high, size))
        yield Trusted(some * opaque("max", low * -1, 0), outside, (low, size))
        yield Trusted(opaque("max", count * -1, 0), f"{{}} entries of axis {axis}", (count,))
