"""Products with sparse values that were made dense: the zeros are not multiplied.

The entries of a row are added in the order in which they stand, which is that of the columns: the
sum has the same bits with the zeros and without, if the weights are finite.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Tracer
from kgraph.compiler.pattern import P, finite, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import is_weight
from kgraph.ops.primitives.bounds import csr_matmul
from kgraph.ops.primitives.fused import csr_dense

w, b = finite("w"), static("b")
_dense = once(var("x", P.csr_to_dense(var("data"), var("indices"), var("indptr"))))


@rule(P.batched_matmul(_dense, w))
def product_of_densified_is_sparse(
    x: Tracer, data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer
) -> Any:
    """batched_matmul(csr_to_dense(x), w) -> csr_matmul(x, w), for a finite w."""
    if not _fits(x, data, w):
        return None
    return csr_matmul(data, indices, indptr, w)


@rule(P.dense(_dense, w, b))
def dense_of_densified_is_sparse(
    x: Tracer, data: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, b: Tracer
) -> Any:
    """dense(csr_to_dense(x), w, b) -> csr_dense(x, w, b), for a finite w."""
    return csr_dense(data, indices, indptr, w, b) if _fits(x, data, w) else None


def _fits(x: Tracer, data: Tracer, w: Tracer) -> bool:
    if not is_weight(w, x) or data.node.is_static:
        return False
    return bool(x.type.dims[1] == w.type.dims[0])


RULES = [product_of_densified_is_sparse, dense_of_densified_is_sparse]
