"""Sparse products take in the scales of the entries in front of them.

The same sum is computed with its factors gathered in another way: the result differs by rounding.
"""

from __future__ import annotations

from typing import Any

from kgraph.compiler.ir import Tracer
from kgraph.compiler.pattern import P, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import SCALE, with_shape
from kgraph.ops.op import lookup
from kgraph.ops.primitives.bounds import csr_matmul
from kgraph.ops.primitives.fused import csr_dense

data, indices, indptr = var("data"), var("indices"), var("indptr")
w, b, s = static("w"), static("b"), static("s")

_by_number = once(var("scaled", SCALE(data, s)))
_by_column = once(var("scaled", SCALE(data, once(P.gather_rows(s, indices)))))


def _scaled(scaled: Tracer, data: Tracer, s: Tracer, w: Tracer) -> Tracer | None:
    """The weight multiplied with (divided by) ``s``, if the entries are as many without it."""
    made: Tracer = lookup(scaled.node.op)(w, s)
    return made if scaled.type == data.type else None


def _scaled_by_number(scaled: Tracer, data: Tracer, s: Tracer, w: Tracer) -> Tracer | None:
    return _scaled(scaled, data, s, w) if s.type.size == 1 else None


def _scaled_by_row(scaled: Tracer, data: Tracer, s: Tracer, w: Tracer) -> Tracer | None:
    """The weight whose rows are scaled as the entries of their columns are."""
    if s.type.dims != w.type.dims[:1]:
        return None
    return _scaled(scaled, data, with_shape(s, (*s.type.dims, 1)), w)


@rule(P.csr_matmul(_by_number, indices, indptr, w))
def number_before_sparse_product(
    scaled: Tracer, data: Tracer, s: Tracer, indices: Tracer, indptr: Tracer, w: Tracer
) -> Any:
    """csr_matmul(x * s, w) -> csr_matmul(x, w * s), for a number s; x / s likewise."""
    table = _scaled_by_number(scaled, data, s, w)
    return None if table is None else csr_matmul(data, indices, indptr, table)


@rule(P.csr_dense(_by_number, indices, indptr, w, b))
def number_before_sparse_dense(
    scaled: Tracer, data: Tracer, s: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, b: Tracer
) -> Any:
    """csr_dense(x * s, w, b) -> csr_dense(x, w * s, b), for a number s; x / s likewise."""
    table = _scaled_by_number(scaled, data, s, w)
    return None if table is None else csr_dense(data, indices, indptr, table, b)


@rule(P.csr_matmul(_by_column, indices, indptr, w))
def columns_before_sparse_product(
    scaled: Tracer, data: Tracer, s: Tracer, indices: Tracer, indptr: Tracer, w: Tracer
) -> Any:
    """csr_matmul(x * gather_rows(s, columns of x), w) -> csr_matmul(x, w * s[:, None]), for a row
    s; x / s likewise."""
    table = _scaled_by_row(scaled, data, s, w)
    return None if table is None else csr_matmul(data, indices, indptr, table)


@rule(P.csr_dense(_by_column, indices, indptr, w, b))
def columns_before_sparse_dense(
    scaled: Tracer, data: Tracer, s: Tracer, indices: Tracer, indptr: Tracer, w: Tracer, b: Tracer
) -> Any:
    """csr_dense(x * gather_rows(s, columns of x), w, b) -> csr_dense(x, w * s[:, None], b), for a
    row s; x / s likewise."""
    table = _scaled_by_row(scaled, data, s, w)
    return None if table is None else csr_dense(data, indices, indptr, table, b)


RULES = [
    number_before_sparse_product,
    number_before_sparse_dense,
    columns_before_sparse_product,
    columns_before_sparse_dense,
]
