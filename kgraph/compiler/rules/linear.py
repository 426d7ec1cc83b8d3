"""Matrix products take in the biases and scales that follow them.

What is not called exact computes the same sum with its factors gathered in another way: the result
differs by rounding.  What is folded must be static, so that it is computed once.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, once, one_of, static, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.arithmetic import negative, subtract
from kgraph.ops.op import lookup
from kgraph.ops.primitives.bounds import csr_matmul
from kgraph.ops.primitives.fused import csr_dense, dense
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import broadcast_to, reshape_to, transpose_axes
from kgraph.types.dims import Dims, Size

x, w, b, s, r = var("x"), static("w"), static("b"), static("s"), static("r")
_csr = (var("data"), var("indices"), var("indptr"))


def as_row(value: Tracer, width: Size) -> Tracer | None:
    """A static value that broadcasts to ``width`` columns, as the row (N,); None for several rows.

    So of shape (), (1,), (N,), (1, .., N).
    """
    dims = value.type.dims
    if not isinstance(width, int) or any(size != 1 for size in dims[:-1]):
        return None
    row = with_shape(value, dims[-1:])
    spread: Tracer = row if row.type.dims == (width,) else broadcast_to(row, (width,))
    return spread


def with_shape(value: Tracer, dims: Dims) -> Tracer:
    made: Tracer = value if value.type.dims == dims else reshape_to(value, dims)
    return made


def row_beside(value: Tracer, product: Tracer, node: Node) -> Tracer | None:
    """``value`` as one row of ``product``, if combining the two (``node``) leaves its type."""
    return as_row(value, product.type.dims[-1]) if product.type == node.type else None


def is_weight(w: Tracer, x: Tracer) -> bool:
    return w.ndim == 2 and x.dtype.kind == "f"


# -- products written the other way round --------------------------------------------------------


@rule(P.transpose_axes(once(P.batched_matmul(w, P.transpose_axes(x)))))
def product_of_transposed(w: Tracer, x: Tracer, node: Node) -> Any:
    """transpose(batched_matmul(w, transpose(x))) -> batched_matmul(x, transpose(w)), for matrices:
    the one transpose of a weight is computed once."""
    inner = node.inputs[0].inputs[1]
    if not node.attrs["axes"] == inner.attrs["axes"] == (1, 0):
        return None
    return batched_matmul(x, transpose_axes(w, (1, 0)))


# -- a bias after the product --------------------------------------------------------------------


@rule(P.add(once(var("product", P.batched_matmul(x, w))), b))
def product_and_bias_are_dense(product: Tracer, x: Tracer, w: Tracer, b: Tracer, node: Node) -> Any:
    """add(batched_matmul(x, w), b) -> dense(x, w, b), when b is one row of the result.  Exact."""
    row = row_beside(b, product, node)
    return dense(x, w, row) if row is not None and is_weight(w, x) else None


@rule(P.subtract(once(var("product", P.batched_matmul(x, w))), b))
def product_less_bias_is_dense(product: Tracer, x: Tracer, w: Tracer, b: Tracer, node: Node) -> Any:
    """subtract(batched_matmul(x, w), b) -> dense(x, w, -b), when b is one row.  Exact."""
    row = row_beside(b, product, node)
    return dense(x, w, negative(row)) if row is not None and is_weight(w, x) else None


@rule(P.add(once(var("product", P.csr_matmul(*_csr, w))), b))
def sparse_product_and_bias_are_dense(
    product: Tracer, data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, b: Tracer, node: Node
) -> Any:
    """add(csr_matmul(x, w), b) -> csr_dense(x, w, b), when b is one row of the result.  Exact."""
    row = row_beside(b, product, node)
    return csr_dense(data, indices, indptr, w, row) if row is not None else None


# -- a scale or shift after the product ----------------------------------------------------------


SCALE = one_of("multiply", "divide")
SHIFT = one_of("add", "subtract")


@rule(SCALE(once(var("product", P.batched_matmul(x, w))), s))
def scale_after_product(product: Tracer, x: Tracer, w: Tracer, s: Tracer, node: Node) -> Any:
    """multiply(batched_matmul(x, w), s) -> batched_matmul(x, w * s), for a row s; so for divide."""
    row = row_beside(s, product, node)
    return batched_matmul(x, lookup(node.op)(w, row)) if row is not None else None


@rule(SCALE(once(var("product", P.dense(x, w, b))), s))
def scale_after_dense(
    product: Tracer, x: Tracer, w: Tracer, b: Tracer, s: Tracer, node: Node
) -> Any:
    """multiply(dense(x, w, b), s) -> dense(x, w * s, b * s), for a row s; so for divide."""
    row = row_beside(s, product, node)
    if row is None:
        return None
    scale = lookup(node.op)
    return dense(x, scale(w, row), scale(b, row))


@rule(SHIFT(once(var("product", P.dense(x, w, b))), r))
def shift_after_dense(
    product: Tracer, x: Tracer, w: Tracer, b: Tracer, r: Tracer, node: Node
) -> Any:
    """add(dense(x, w, b), r) -> dense(x, w, b + r), for a row r; so for subtract."""
    row = row_beside(r, product, node)
    return dense(x, w, lookup(node.op)(b, row)) if row is not None else None


@rule(P.subtract(r, once(var("product", P.dense(x, w, b)))))
def dense_from_row(product: Tracer, x: Tracer, w: Tracer, b: Tracer, r: Tracer, node: Node) -> Any:
    """subtract(r, dense(x, w, b)) -> dense(x, -w, r - b), for a row r."""
    row = row_beside(r, product, node)
    return dense(x, negative(w), subtract(row, b)) if row is not None else None


@rule(SCALE(once(var("product", P.csr_matmul(*_csr, w))), s))
def scale_after_sparse_product(
    product: Tracer, data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, s: Tracer, node: Node
) -> Any:
    """multiply(csr_matmul(x, w), s) -> csr_matmul(x, w * s), for a row s; so for divide."""
    row = row_beside(s, product, node)
    return None if row is None else csr_matmul(data, indices, indptr, lookup(node.op)(w, row))


@rule(
    one_of("multiply", "divide", "add", "subtract")(
        once(var("product", P.csr_dense(*_csr, w, b))), s
    )
)
def row_after_sparse_dense(
    product: Tracer, data: Tracer, indices: Tracer, indptr: Tracer,
    w: Tracer, b: Tracer, s: Tracer, node: Node,
) -> Any:  # fmt: skip
    """multiply(csr_dense(x, w, b), s) -> csr_dense(x, w * s, b * s), for a row s; divide likewise;
    add and subtract change b alone."""
    row = row_beside(s, product, node)
    if row is None:
        return None
    combine = lookup(node.op)
    table = combine(w, row) if node.op in ("multiply", "divide") else w
    return csr_dense(data, indices, indptr, table, combine(b, row))


RULES = [
    product_of_transposed,
    product_and_bias_are_dense,
    product_less_bias_is_dense,
    sparse_product_and_bias_are_dense,
    scale_after_product,
    scale_after_dense,
    shift_after_dense,
    dense_from_row,
    scale_after_sparse_product,
    row_after_sparse_dense,
]
