"""A scenario's computation as plain data: a few ops, which each adapter spells in its framework.

    x = dense_input("x", 32)
    y = op("softmax", op("dense", x, kernel=KERNEL, bias=BIAS))

| op | inputs | attributes |
|---|---|---|
| dense | (…, K), of a dense value or of the items of ragged rows | kernel, bias, activation |
| sparse_dense | CSR (n, K) | kernel, bias, activation |
| tanh, sigmoid, exp, log1p, sqrt, abs, neg, relu, gelu | any | |
| add, sub, mul | any, a number, or an array that stands in the graph | |
| softmax, logsumexp | (…, D), over the last axis | |
| mean, var | (n, D) | axis |
| layer_norm | (…, D) | scale, offset, epsilon |
| concat | (n, D1), (n, D2), … | |
| embed_columns | ids (n, C) | tables: one for each column; gives them side by side |
| embedding_mean | ids in ragged rows | table; over the innermost rows, zeros for an empty one |
| ragged_mean | ragged rows of (D,) | zeros for a row without items |
| attention_pool | ragged rows of (D,) | query: softmax(x @ query) in each row weighs its items |
| self_attention | (n, T, D), or ragged rows of (D,) | heads; PROJECTIONS: (kernel, bias) each |

What works item by item (``ITEM_BY_ITEM``) takes ragged rows, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Ragged(NamedTuple):
    """Ragged rows of a batch: the items of all, and for each level, outermost first, its splits.

    Arrays, or what an adapter has in their place.
    """

    values: Any
    splits: tuple[Any, ...]


PROJECTIONS = ("query", "key", "value", "output")  # of self_attention, in the order of Keras
ITEM_BY_ITEM = {"add", "sub", "mul", "relu", "gelu", "tanh", "sigmoid", "layer_norm"}


class Unsupported(Exception):
    """A peer has no way to do this; the words say why."""


@dataclass(frozen=True, eq=False)
class Node:
    """One value of a graph; equal to itself alone."""

    op: str
    inputs: tuple[Any, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __add__(self, other: Any) -> Node:
        return op("add", self, other)

    def __sub__(self, other: Any) -> Node:
        return op("sub", self, other)

    def __mul__(self, other: Any) -> Node:
        return op("mul", self, other)


def op(name: str, *inputs: Any, **attrs: Any) -> Node:
    return Node(name, inputs, attrs)


def dense_input(name: str, *shape: int | None, dtype: str = "float32") -> Node:
    """Arrays of (n, \\*shape)."""
    return Node("input", (), {"name": name, "kind": "dense", "shape": shape, "dtype": dtype})


def sparse_input(name: str, columns: int) -> Node:
    """CSR matrices (n, columns), float32 with int32 indices."""
    return Node("input", (), {"name": name, "kind": "sparse", "shape": (columns,)})


def ragged_input(name: str, *item: int, dtype: str = "float32", rank: int = 1) -> Node:
    """Ragged rows of items of shape ``item``; of rank 2: rows of rows."""
    return Node(
        "input",
        (),
        {"name": name, "kind": "ragged", "shape": item, "dtype": dtype, "rank": rank},
    )


def in_order(output: Node) -> list[Node]:
    """Every node after those it reads."""
    done: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(output, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if ready:
            done[id(node)] = node
            continue
        stack.append((node, True))
        stack.extend((x, False) for x in reversed(node.inputs) if isinstance(x, Node))
    return list(done.values())


def evaluate(nodes: Iterable[Node], feeds: Mapping[Node, Any], backend: Any) -> Any:
    """Call the method of ``backend`` that bears an op's name, for each node in order.

    Numbers and arrays among the inputs go through ``backend.constant``.

    Errors    Unsupported for an op that the backend has no method for
    """
    known = dict(feeds)
    result = None
    for node in nodes:
        if node.op != "input":
            method = getattr(backend, node.op, None)
            if method is None:
                raise Unsupported(f"no way to do {node.op}")
            given = (known[x] if isinstance(x, Node) else backend.constant(x) for x in node.inputs)
            run = _on_items(method) if node.op in ITEM_BY_ITEM else method
            known[node] = run(*given, **node.attrs)
        result = known[node]
    return result


def _on_items(method: Callable[..., Any]) -> Callable[..., Any]:
    """``method`` on the items of rows that are held as a tuple of values and where rows lie."""

    def run(*given: Any, **attrs: Any) -> Any:
        rows = [x for x in given if isinstance(x, tuple) and hasattr(x, "values")]
        if not rows:
            return method(*given, **attrs)
        items = (x.values if isinstance(x, type(rows[0])) else x for x in given)
        return rows[0]._replace(values=method(*items, **attrs))

    return run


def ops_of(output: Node) -> set[str]:
    return {node.op for node in in_order(output)} - {"input"}


def gemm_flop_per_item(output: Node) -> int:
    """Floating-point operations of the dense products, for one row (or one item of a row)."""
    kernels = [node.attrs["kernel"] for node in in_order(output) if node.op == "dense"]
    return sum(2 * int(np.prod(kernel.shape)) for kernel in kernels)
