"""Slices move up: what is cut away later is not computed in the first place.

All are exact: the elements that are left are computed as they were.  (Those of a product, too: each
is one sum in the order of k, whatever stands beside it.)  Only a value that nobody else reads is
cut, and only where less work is left than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import Elementwise, P, Pattern, const, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.op import lookup
from kgraph.ops.primitives.bounds import csr_matmul
from kgraph.ops.primitives.fused import csr_dense, dense
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import join, strided_slice, transpose_axes
from kgraph.types.dims import Size

x, w, b = var("x"), static("w"), static("b")
_csr = (var("data"), var("indices"), var("indptr"))


def _range(node: Node, axis: int) -> tuple[Size, Size, int]:
    """(start, stop, step) of a slice on one axis."""
    attrs = node.attrs
    return attrs["starts"][axis], attrs["stops"][axis], attrs["steps"][axis]


# -- slices of elementwise results ---------------------------------------------------------------


@rule(P.strided_slice(once(var("value", Elementwise()))))
def slice_of_elementwise(value: Tracer, node: Node) -> Any:
    """strided_slice(f(x, y)) -> f(strided_slice(x), strided_slice(y)), when no more elements of
    the operands are copied then than f computed before."""
    operands = value.node.inputs
    cut = [_cut_operand(operand, value.node, node) for operand in operands]
    if any(operand is None for operand in cut) or not _pays(operands, value.node, node):
        return None
    return lookup(value.node.op)(*cut, **value.node.attrs)


def _cut_operand(operand: Node, value: Node, node: Node) -> Tracer | None:
    """The part of an operand that the slice ``node`` of ``value`` needs; None if nobody knows.

    Along an axis on which it is broadcast the operand stays as it is.
    """
    parts: list[tuple[Size, Size, int]] = []
    for axis, size in enumerate(operand.type.dims, -operand.type.ndim):
        if size == value.type.dims[axis]:
            parts.append(_range(node, axis))
        elif size == 1:
            parts.append((0, 1, 1))
        else:
            return None
    if parts == [(0, size, 1) for size in operand.type.dims]:
        return Tracer(operand)
    return strided_slice(Tracer(operand), *zip(*parts, strict=True))  # type: ignore[no-any-return]


def _pays(operands: Sequence[Node], value: Node, node: Node) -> bool:
    full = {x for x in operands if not x.is_static and x.type.dims == value.type.dims}
    return prod(map(_share, value.type.dims, node.type.dims), start=len(full)) <= 1


def _share(size: Size, taken: Size) -> float:
    """How much of an axis a slice takes; of one of unknown size, next to nothing or all."""
    if not isinstance(taken, int):
        return 1
    return taken / size if isinstance(size, int) and size else 0


# -- slices of products --------------------------------------------------------------------------


def _columns(node: Node) -> tuple[Size, Size, int] | None:
    """(start, stop, step) of a slice of the last axis, if it takes all of the others."""
    others = node.inputs[0].type.dims[:-1]
    if any(_range(node, axis) != (0, size, 1) for axis, size in enumerate(others)):
        return None
    return _range(node, -1)


def _cut(x: Tracer, part: tuple[Size, Size, int]) -> Tracer:
    """``part`` of the last axis of a weight."""
    starts, stops, steps = part
    full = x.type.dims[:-1]
    return strided_slice(  # type: ignore[no-any-return]
        x, (*(0 for _ in full), starts), (*full, stops), (*(1 for _ in full), steps)
    )


@rule(P.strided_slice(once(P.batched_matmul(x, w))))
def columns_of_product(x: Tracer, w: Tracer, node: Node) -> Any:
    """columns of batched_matmul(x, w) -> batched_matmul(x, columns of w)."""
    part = _columns(node)
    return None if part is None else batched_matmul(x, _cut(w, part))


@rule(P.strided_slice(once(P.dense(x, w, b))))
def columns_of_dense(x: Tracer, w: Tracer, b: Tracer, node: Node) -> Any:
    """columns of dense(x, w, b) -> dense(x, columns of w, columns of b)."""
    part = _columns(node)
    return None if part is None else dense(x, _cut(w, part), _cut(b, part))


@rule(P.strided_slice(once(P.csr_matmul(*_csr, w))))
def columns_of_sparse_product(
    data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, node: Node
) -> Any:
    """columns of csr_matmul(x, w) -> csr_matmul(x, columns of w)."""
    part = _columns(node)
    return None if part is None else csr_matmul(data, indices, indptr, _cut(w, part))


@rule(P.strided_slice(once(P.csr_dense(*_csr, w, b))))
def columns_of_sparse_dense(
    data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, b: Tracer, node: Node
) -> Any:
    """columns of csr_dense(x, w, b) -> csr_dense(x, columns of w, columns of b)."""
    part = _columns(node)
    if part is None:
        return None
    return csr_dense(data, indices, indptr, _cut(w, part), _cut(b, part))


@rule(P.strided_slice(once(P.batched_matmul(x, w))))
def rows_of_product(x: Tracer, w: Tracer, node: Node) -> Any:
    """rows of batched_matmul(x, w) -> batched_matmul(rows of x, w), for a matrix w."""
    cut = _rows(x, node) if w.ndim == 2 else None
    return None if cut is None else batched_matmul(cut, w)


@rule(P.strided_slice(once(P.dense(x, w, b))))
def rows_of_dense(x: Tracer, w: Tracer, b: Tracer, node: Node) -> Any:
    """rows of dense(x, w, b) -> dense(rows of x, w, b)."""
    cut = _rows(x, node)
    return None if cut is None else dense(cut, w, b)


def _rows(x: Tracer, node: Node) -> Tracer | None:
    """The part of x for a slice of the product that takes all columns."""
    if _range(node, -1) != (0, node.inputs[0].type.dims[-1], 1):
        return None
    starts, stops, steps = (node.attrs[key][:-1] for key in ("starts", "stops", "steps"))
    return strided_slice(  # type: ignore[no-any-return]
        x, (*starts, 0), (*stops, x.type.dims[-1]), (*steps, 1)
    )


# -- columns taken at known positions: take(dense(x), [2, 0], axis=-1) ---------------------------

# `take` on the last axis is a look-up in the value with this axis first, which then goes back.
positions = const("positions")


def _taken(value: Pattern) -> Pattern:
    """The pattern of ``take(value, positions, axis=-1)``."""
    turned = once(var("turned", P.transpose_axes(once(value))))
    return P.transpose_axes(once(P.gather_rows(turned, positions)))


def _takes_columns(turned: Tracer, positions: Tracer, node: Node) -> bool:
    """Whether the axes go there and back, and no more columns are taken than there are."""
    first, back = _turns(turned.ndim)
    if turned.node.attrs["axes"] != first or node.attrs["axes"] != back:
        return False
    there = turned.type.dims[0]
    return isinstance(there, int) and positions.node.value.size <= there


def _turns(ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The transpose that makes the last axis the first, and its inverse."""
    return (ndim - 1, *range(ndim - 1)), (*range(1, ndim), 0)


def _take(x: Tracer, positions: Tracer) -> Tracer:
    """The columns of ``x`` at ``positions``."""
    if x.ndim == 1:
        return gather_rows(x, positions)  # type: ignore[no-any-return]
    first, back = _turns(x.ndim)
    found = gather_rows(transpose_axes(x, first), positions)
    return transpose_axes(found, back)  # type: ignore[no-any-return]


@rule(_taken(P.batched_matmul(x, w)))
def columns_taken_of_product(
    turned: Tracer, x: Tracer, w: Tracer, positions: Tracer, node: Node
) -> Any:
    """take(batched_matmul(x, w), positions, -1) -> batched_matmul(x, take(w, positions, -1)), for
    at least as many columns."""
    if not _takes_columns(turned, positions, node):
        return None
    return batched_matmul(x, _take(w, positions))


@rule(_taken(P.dense(x, w, b)))
def columns_taken_of_dense(
    turned: Tracer, x: Tracer, w: Tracer, b: Tracer, positions: Tracer, node: Node
) -> Any:
    """take(dense(x, w, b), positions, -1) -> dense(x, take(w, positions, -1), take(b, positions)),
    for at least as many columns."""
    if not _takes_columns(turned, positions, node):
        return None
    return dense(x, _take(w, positions), gather_rows(b, positions))


@rule(_taken(var("value", Elementwise())))
def columns_taken_of_elementwise(
    turned: Tracer, value: Tracer, positions: Tracer, node: Node
) -> Any:
    """take(f(x, row), positions, -1) -> f(take(x, positions, -1), take(row, positions, -1)), for at
    least as many columns and one operand that is not static."""
    if not _takes_columns(turned, positions, node):
        return None
    operands, columns = value.node.inputs, value.type.dims[-1:]
    if sum(not x.is_static for x in operands) != 1:
        return None
    cut = [
        _take(Tracer(x), positions) if x.type.dims[-1:] == columns else Tracer(x) for x in operands
    ]
    return lookup(value.node.op)(*cut, **value.node.attrs)


# -- slices of joins -----------------------------------------------------------------------------


@rule(P.strided_slice(var("joined", P.join())))
def slice_of_one_part(joined: Tracer, node: Node) -> Any:
    """strided_slice(join(a, b)) -> strided_slice(a), when it takes nothing of b."""
    axis = joined.node.attrs["axis"]
    first, stop, _ = _range(node, axis)
    if not isinstance(first, int) or not isinstance(stop, int):
        return None
    for part, begin, end in _parts(joined.node):
        if begin <= first < stop <= end:
            return _part_of(part, node, axis, first - begin, stop - begin)
    return None


@rule(P.strided_slice(once(var("joined", P.join()))))
def slice_of_some_parts(joined: Tracer, node: Node) -> Any:
    """strided_slice(join(a, b, c)) -> join(strided_slice(b), strided_slice(c)), when it takes
    nothing of a and nobody else reads the join."""
    axis = joined.node.attrs["axis"]
    first, stop, step = _range(node, axis)
    parts = list(_parts(joined.node))
    if step != 1 or len(parts) < len(joined.node.inputs):
        return None
    if not isinstance(first, int) or not isinstance(stop, int) or first >= stop:
        return None
    kept = [
        _part_of(part, node, axis, max(first, begin) - begin, min(stop, end) - begin)
        for part, begin, end in parts
        if max(first, begin) < min(stop, end)
    ]
    if len(kept) == len(parts) or any(part is None for part in kept):
        return None
    return join(kept, axis)


def _parts(joined: Node) -> Iterator[tuple[Node, int, int]]:
    """The parts of a join, and where each begins and ends, up to the first of unknown size."""
    end = 0
    for part in joined.inputs:
        size = part.type.dims[joined.attrs["axis"]]
        if not isinstance(size, int):
            return
        begin = end
        end += size
        yield part, begin, end


def _part_of(part: Node, node: Node, axis: int, first: int, stop: int) -> Tracer | None:
    """What ``node`` takes of one part, of which it takes ``first`` to ``stop`` on ``axis``."""
    others, wanted = list(part.type.dims), list(node.inputs[0].type.dims)
    del others[axis], wanted[axis]
    if others != wanted:
        return None  # that they are equal only a batch tells, which the join must then ask
    starts, stops = list(node.attrs["starts"]), list(node.attrs["stops"])
    starts[axis], stops[axis] = first, stop
    return strided_slice(  # type: ignore[no-any-return]
        Tracer(part), tuple(starts), tuple(stops), node.attrs["steps"]
    )


RULES = [
    slice_of_elementwise,
    columns_of_product,
    columns_of_dense,
    columns_of_sparse_product,
    columns_of_sparse_dense,
    rows_of_product,
    rows_of_dense,
    columns_taken_of_product,
    columns_taken_of_dense,
    columns_taken_of_elementwise,
    slice_of_one_part,
    slice_of_some_parts,
]
