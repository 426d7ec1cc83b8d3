"""Sparse matrices that are known, and nearly full: they are multiplied as dense ones.

Zeros that are written out add zeros, unless they meet inf or nan; so what they meet must be finite,
or the matrix have no zeros.  The same numbers are added in the same order.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.costs import CostTable
from kgraph.compiler.finite import is_finite
from kgraph.compiler.ir import Node, Tracer
from kgraph.compiler.pattern import P, const, once, var
from kgraph.compiler.rewrite import rule
from kgraph.ops.primitives.bounds import csr_to_dense
from kgraph.ops.primitives.linear import batched_matmul
from kgraph.ops.primitives.shape import transpose_axes
from kgraph.types.config import config
from kgraph.types.dims import evaluate

x = var("x")
known_product = P.csr_matmul(const("data"), const("indices"), const("indptr"), x)
# `matmul(x, a)` of a sparse a: the product of both transposed, transposed again
known_product_turned = P.transpose_axes(
    once(P.csr_matmul(const("data"), const("indices"), const("indptr"), P.transpose_axes(x)))
)


@rule(known_product)
def product_with_full_matrix_is_dense(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Any:
    """csr_matmul(a, x) -> batched_matmul(csr_to_dense(a), x), for a constant sparse a that is
    cheaper as a dense one, and has no zeros or meets a finite x."""
    if not _exact(data, node, x):
        return None
    return dense_product(data, indices, indptr, x, node, costs)


@rule(known_product_turned)
def turned_product_with_full_matrix_is_dense(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Any:
    """transpose(csr_matmul(a, transpose(x))) -> batched_matmul(x, transpose(csr_to_dense(a))), for
    such an a."""
    if not _exact(data, node.inputs[0], x):
        return None
    return dense_product_turned(data, indices, indptr, x, node, costs)


def _exact(data: Tracer, product: Node, x: Tracer) -> bool:
    """Whether zeros that are written out change nothing."""
    rows, columns = _size(product)
    return data.type.size == rows * columns or is_finite(x.node)


def dense_product(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Tracer | None:
    """The product with the matrix written out, if that is cheaper; of an x of known sizes, since
    the kernel for it may add in an order that depends on them."""
    known = all(isinstance(size, int) for size in x.type.dims)
    if not known or not _is_cheaper(data, _size(node), costs, turned=False):
        return None
    a = csr_to_dense(data, indices, indptr, x.type.dims[0])
    return batched_matmul(a, x)  # type: ignore[no-any-return]


def dense_product_turned(
    data: Tracer, indices: Tracer, indptr: Tracer, x: Tracer, node: Node, costs: CostTable
) -> Tracer | None:
    """The same for a product of both transposed, x of any size."""
    inner = node.inputs[0]
    swap = node.attrs["axes"] == inner.inputs[3].attrs["axes"] == (1, 0)
    if not swap or not _is_cheaper(data, _size(inner), costs, turned=True):
        return None
    a = csr_to_dense(data, indices, indptr, x.type.dims[1])
    return batched_matmul(x, transpose_axes(a, (1, 0)))  # type: ignore[no-any-return]


def _size(product: Node) -> tuple[int, int]:
    """Rows and columns of the constant matrix."""
    rows, columns = product.inputs[2].type.dims[0], product.inputs[3].type.dims[0]
    return evaluate(rows, {}) - 1, evaluate(columns, {})  # a constant tells both


def _is_cheaper(data: Tracer, size: tuple[int, int], costs: CostTable, *, turned: bool) -> bool:
    """Whether a row of the other factor costs less with all zeros written out."""
    rows, columns = size
    elements = rows * columns
    if elements * data.dtype.itemsize > config.densify_limit:
        return False
    stored = evaluate(data.type.size, {})
    around = costs.turned_element * (rows + columns) if turned else 0
    return elements * costs.gemm_multiply_add < stored * costs.sparse_multiply_add + around


RULES = [product_with_full_matrix_is_dense, turned_product_with_full_matrix_is_dense]
