"""Products with one-hot rows are look-ups.

A product with one-hot rows adds zeros to the row it picks; in what is picked here -0.0 became 0.0,
as it does there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.compiler.ir import CONSTANT, Node, Tracer
from kgraph.compiler.pattern import P, finite, once, static, var
from kgraph.compiler.rewrite import rule
from kgraph.compiler.rules.linear import is_weight
from kgraph.ops.arithmetic import add
from kgraph.ops.casting import cast
from kgraph.ops.comparison import greater_equal, less
from kgraph.ops.logic import logical_and
from kgraph.ops.primitives.gather import gather_rows
from kgraph.ops.primitives.shape import join, reshape_to
from kgraph.ops.selection import where
from kgraph.types.dims import evaluate

w, b = finite("w"), static("b")


one_hot = once(var("one_hot", P.cast(P.equal())))


def positions_of(one_hot: Tracer) -> Tracer | None:
    """Where each row of ``cast(equal(ids, [0, 1, .. K - 1]))`` is 1, or K where it is 0 throughout,
    for ids on a last axis of size 1."""
    ids, classes = map(Tracer, one_hot.node.inputs[0].inputs)
    if ids.type.dims[-1:] != (1,) or not _counts_up(classes.node):
        return None
    count = evaluate(classes.type.dims[0], {})
    ids = reshape_to(ids, ids.type.dims[:-1])
    if ids.dtype not in (np.int32, np.int64):
        ids = cast(ids, "int64")
    known = logical_and(greater_equal(ids, 0), less(ids, count))
    return where(known, ids, count)  # type: ignore[no-any-return]


def _counts_up(node: Node) -> bool:
    """Whether it is [0, 1, .. K - 1], or cast from that; a dtype too narrow would count anew."""
    dtype = node.type.dtype
    if node.type.ndim != 1 or dtype.kind not in "iu":
        return False
    if node.op == "cast":
        (node,) = node.inputs
    if node.op != CONSTANT:
        return False
    return bool((node.value.astype(dtype) == np.arange(len(node.value))).all())


def with_zero_row(w: Tracer) -> Tracer:
    """The table for the classes, and for none of them."""
    zero = np.zeros((1, w.type.dims[1]), w.dtype)
    return join([add(w, np.zeros((), w.dtype)), zero], 0)  # type: ignore[no-any-return]


def _picked(one_hot: Tracer, w: Tracer) -> Tracer | None:
    ids = positions_of(one_hot) if is_weight(w, one_hot) else None
    return None if ids is None else gather_rows(with_zero_row(w), ids)


@rule(P.batched_matmul(one_hot, w))
def product_with_one_hot_is_a_look_up(one_hot: Tracer, w: Tracer) -> Any:
    """batched_matmul(one_hot(ids), w) -> gather_rows(w and a row of zeros, ids), for a finite w;
    ids that are no class find the zeros."""
    return _picked(one_hot, w)


@rule(P.dense(one_hot, w, b))
def dense_of_one_hot_is_a_look_up(one_hot: Tracer, w: Tracer, b: Tracer) -> Any:
    """dense(one_hot(ids), w, b) -> gather_rows(w and a row of zeros, ids) + b, for a finite w; the
    sum becomes part of the table."""
    found = _picked(one_hot, w)
    return None if found is None else add(found, b)


RULES = [product_with_one_hot_is_a_look_up, dense_of_one_hot_is_a_look_up]
