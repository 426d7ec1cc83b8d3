"""Hypothesis strategies: graphs drawn through the public ops and layers.

Numbers stay of order 1, so that rounding stays comparable to the tolerances.  What jumps (a
comparison, an argmax, a cast to int) is drawn on *exact* values only: inputs, integers, and what
was but moved or selected from such; on others one rounding more would turn the answer over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.types.dims import Dim, Size

Draw = Callable[[Any], Any]
WEIGHTS = np.random.default_rng(3)
D, T, IDS, COLUMNS = 4, 3, 9, 6


def weight(*shape: int, dtype: str = "float32") -> np.ndarray:
    return WEIGHTS.uniform(-0.5, 0.5, shape).astype(dtype)


@dataclass
class Value:
    tensor: KerasTensor
    exact: bool

    @property
    def dims(self) -> tuple[Size, ...]:
        return self.tensor.type.dims  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        return str(np.dtype(self.tensor.dtype).kind)


@dataclass
class Drawing:
    """A graph while it is drawn: inputs by name, values so far, and how to draw more."""

    draw: Draw
    inputs: dict[str, KerasTensor] = field(default_factory=dict)
    dense: list[Value] = field(default_factory=list)
    ragged: list[Value] = field(default_factory=list)
    sparse: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    row_wise: bool = False  # a row of an output depends on that row of the inputs alone

    def input(self, name: str) -> Value:
        if name not in self.inputs:
            self.inputs[name] = INPUTS[name](name)
            value = Value(self.inputs[name], True)
            pool = {"r": self.ragged, "s": self.sparse}.get(name[0], self.dense)
            pool.append(value)
        return next(
            v for v in [*self.dense, *self.ragged, *self.sparse] if v.tensor is self.inputs[name]
        )

    def pick(self, test: Callable[[Value], bool] = lambda value: True) -> Value:
        found = [value for value in self.dense if test(value)]
        return self.draw(st.sampled_from(found)) if found else self.input("x")

    def floats(self) -> Value:
        return self.pick(lambda value: value.kind == "f")

    def add(self, tensor: KerasTensor, exact: bool = False) -> None:
        self.dense.append(Value(tensor, exact or np.dtype(tensor.dtype).kind in "iub"))


INPUTS: dict[str, Callable[[str], KerasTensor]] = {
    "x": lambda name: kg.Input((D,), name=name),
    "y": lambda name: kg.Input((1,), name=name),
    "t": lambda name: kg.Input((T, D), name=name),
    "d": lambda name: kg.Input((D,), name=name, dtype="float64"),
    "i": lambda name: kg.Input((D,), name=name, dtype="int32"),
    "l": lambda name: kg.Input((D,), name=name, dtype="int64"),
    "b": lambda name: kg.Input((D,), name=name, dtype="bool"),
    "n": lambda name: kg.Input((None,), name=name),
    "r_ids": lambda name: kg.Input((None,), name=name, dtype="int32", ragged=True),
    "r_items": lambda name: kg.Input((None,), name=name, ragged=True),
    "r_rows": lambda name: kg.Input((None, 2), name=name, dtype="float64", ragged=True),
    "s": lambda name: kg.Input((COLUMNS,), name=name, sparse=True),
}


def batch_first(value: Value) -> bool:
    return bool(value.dims) and isinstance(value.dims[0], Dim) and value.dims[0] == Dim.symbol("B")


# -- what a step may draw --------------------------------------------------------------------------

UNARY: list[Callable[[Any], Any]] = [
    ops.tanh, ops.sigmoid, ops.sin, ops.erf, ops.softsign, ops.absolute, ops.negative, ops.relu,
    lambda x: ops.exp(ops.tanh(x)), lambda x: ops.sqrt(ops.absolute(x) + 1),
    lambda x: ops.log1p(ops.absolute(x)), lambda x: ops.clip(x, -0.75, 0.5), lambda x: 1 - x,
    lambda x: x * 0.5 + 0.25, lambda x: ops.gelu(x), lambda x: ops.silu(x), ops.elu,
    lambda x: ops.square(ops.tanh(x)),
]  # fmt: skip
EXACT_UNARY = {ops.absolute, ops.negative, ops.relu}
BINARY: list[Callable[[Any, Any], Any]] = [
    ops.add, ops.subtract, ops.maximum, ops.minimum,
    lambda x, y: ops.multiply(ops.tanh(x), y), lambda x, y: x / (ops.absolute(ops.tanh(y)) + 1),
]  # fmt: skip
SELECT = {ops.maximum, ops.minimum}
REDUCE: list[Callable[..., Any]] = [ops.mean, ops.max, ops.min, ops.logsumexp]


def elementwise(g: Drawing) -> None:
    op = g.draw(st.sampled_from(UNARY))
    x = g.floats()
    g.add(op(x.tensor), x.exact and op in EXACT_UNARY)


def together(a: Value, b: Value) -> bool:
    """Whether two values broadcast for certain, and no rounding of float32 ends up in float64."""
    alike = a.tensor.dtype == b.tensor.dtype or a.kind + b.kind != "ff"
    dims = zip(a.dims, b.dims, strict=False)
    return alike and len(a.dims) == len(b.dims) and all(p == q or 1 in (p, q) for p, q in dims)


def binary(g: Drawing) -> None:
    x = g.pick(lambda value: value.kind != "b")
    y = g.pick(lambda value: value.kind != "b" and together(x, value))
    if not together(x, y):
        return
    op = g.draw(st.sampled_from(BINARY[:5] if "f" not in x.kind + y.kind else BINARY))
    exact = x.exact and y.exact and op in SELECT and x.tensor.dtype == y.tensor.dtype
    g.add(op(x.tensor, y.tensor), exact)


def with_constant(g: Drawing) -> None:
    x = g.floats()
    last = x.dims[-1] if x.dims else 1
    forms = [(), (1,)]
    if isinstance(last, int):
        forms.append((last,))
        if len(x.dims) > 2 and isinstance(x.dims[-2], int):
            forms += [(x.dims[-2], last), (x.dims[-2], 1)]
    constant = weight(*g.draw(st.sampled_from(forms)), dtype=str(x.tensor.dtype))
    op = g.draw(st.sampled_from([ops.add, ops.subtract, ops.multiply, ops.maximum]))
    if g.draw(st.booleans()):
        g.add(op(x.tensor, constant))
    else:
        g.add(op(constant, x.tensor))


def compare(g: Drawing) -> None:
    x = g.pick(lambda value: value.exact and value.kind != "b")
    y = g.pick(lambda v: v.exact and v.kind != "b" and together(x, v))
    if not (x.exact and y.exact and together(x, y)):
        return
    op = g.draw(st.sampled_from([ops.greater, ops.less_equal, ops.equal, ops.not_equal]))
    g.add(op(x.tensor, y.tensor) if g.draw(st.booleans()) else op(x.tensor, 0))


def logic(g: Drawing) -> None:
    x = g.pick(lambda value: value.kind == "b")
    y = g.pick(lambda value: value.kind == "b" and together(x, value))
    if x.kind != "b" or y.kind != "b" or not together(x, y):
        return
    op = g.draw(st.sampled_from([ops.logical_and, ops.logical_or, ops.logical_xor]))
    g.add(op(x.tensor, ops.logical_not(y.tensor)))


def where(g: Drawing) -> None:
    test = g.pick(lambda value: value.kind == "b")
    x = g.pick(lambda value: value.kind != "b" and together(test, value))
    y = g.pick(lambda value: value.kind != "b" and together(test, value) and together(x, value))
    if test.kind == "b" and together(test, x) and together(test, y) and together(x, y):
        g.add(ops.where(test.tensor, x.tensor, y.tensor))


def cast(g: Drawing) -> None:
    x = g.pick()
    kinds = ["float32", str(x.tensor.dtype)]
    if x.exact:
        kinds += ["float64", "int32", "int64", "bool"]
    if x.kind == "i":  # large integers are exact in float64 alone
        kinds.remove("float32")
    g.add(ops.cast(x.tensor, g.draw(st.sampled_from(kinds))), x.exact and x.kind != "f")


def reduce(g: Drawing) -> None:
    x = g.pick(lambda value: len(value.dims) > 0 and value.kind == "f" and batch_first(value))
    if not batch_first(x):
        return
    count = len(x.dims)
    axes = [None, *range(-count, count), *((a, b) for a in range(count) for b in range(a))]
    axes += [(0, 1, 2)] if count == 3 else []
    axis = g.draw(st.sampled_from([a for a in axes if not touches_batch(a, count)] or [-1]))
    op = g.draw(st.sampled_from([*REDUCE, lambda x, **k: ops.sum(x, **k) * 0.25]))
    keep = g.draw(st.booleans())
    if touches_batch(axis, count):
        return
    g.add(op(x.tensor, axis=axis, keepdims=keep), x.exact and op in (ops.max, ops.min))


def touches_batch(axis: Any, count: int) -> bool:
    """A maximum over a batch of no rows has no value: such axes have tests of their own."""
    axes = range(count) if axis is None else [axis] if isinstance(axis, int) else axis
    return any(a % count == 0 for a in axes)


def over_batch(g: Drawing) -> None:
    if g.row_wise:
        return
    x = g.pick(lambda value: len(value.dims) > 1 and value.kind == "f" and batch_first(value))
    if len(x.dims) > 1 and batch_first(x):
        axis = g.draw(st.sampled_from([None, 0, (0, 1), (0, -1)]))
        g.add(
            ops.tanh(ops.sum(ops.tanh(x.tensor), axis=axis, keepdims=g.draw(st.booleans())) * 0.01)
        )


def over_integers(g: Drawing) -> None:
    x = g.pick(lambda value: value.kind in "ib" and len(value.dims) == 2 and value.dims[1] == D)
    if x.kind == "b":
        g.add(g.draw(st.sampled_from([ops.any, ops.all]))(x.tensor, axis=-1, keepdims=True))
    elif x.kind == "i" and len(x.dims) == 2:
        op = g.draw(st.sampled_from([ops.sum, ops.max, ops.prod, ops.argmax, ops.mean]))
        g.add(op(x.tensor, axis=-1, keepdims=True))


def normalise(g: Drawing) -> None:
    x = g.pick(lambda value: value.kind == "f" and len(value.dims) > 1)
    if len(x.dims) > 1 and batch_first(x):
        op = g.draw(st.sampled_from([ops.softmax, ops.log_softmax]))
        axis = g.draw(st.sampled_from([-1, *range(1, len(x.dims))]))
        g.add(op(x.tensor, axis=axis))


def product(g: Drawing) -> None:
    x = g.pick(lambda v: v.kind == "f" and len(v.dims) > 1 and isinstance(v.dims[-1], int))
    width = x.dims[-1] if x.dims else 0
    if not isinstance(width, int) or len(x.dims) < 2:
        return
    dtype = str(np.dtype(x.tensor.dtype))
    form = g.draw(st.sampled_from(["constant", "variable", "dense", "normalise", "run-time"]))
    columns = g.draw(st.sampled_from([1, 3, 4]))
    if form == "constant":
        g.add(ops.matmul(ops.tanh(x.tensor), weight(width, columns, dtype=dtype)))
    elif form == "variable":
        matrix = kg.Variable(weight(width, columns, dtype=dtype))
        g.add(ops.matmul(ops.tanh(x.tensor), matrix) + weight(columns, dtype=dtype))
    elif form == "dense" and batch_first(x):
        activation = g.draw(st.sampled_from([None, "relu", "tanh", "softmax"]))
        g.add(layers.Dense(columns, activation=activation, dtype=dtype)(x.tensor))
    elif form == "normalise" and batch_first(x) and width > 2:
        g.add(layers.LayerNormalization(dtype=dtype, epsilon=0.1)(x.tensor))
    elif form == "run-time" and len(x.dims) == 3 and batch_first(x):
        y = ops.transpose(x.tensor, (0, 2, 1))
        g.add(ops.tanh(ops.matmul(ops.tanh(x.tensor), y)))


def move(g: Drawing) -> None:
    x = g.pick(batch_first)
    if not batch_first(x):
        return
    rank, t = len(x.dims), x.tensor
    inner = x.dims[1:]
    forms: list[Callable[[], Any]] = [
        lambda: t[:1] if g.row_wise else t[::-1],
        lambda: t[:, None],
        lambda: t[1:],
        lambda: t[:1],
    ]
    if rank > 1 and all(isinstance(size, int) for size in inner):
        total = int(np.prod(inner))
        forms += [
            lambda: ops.reshape(t, (-1, total)),
            lambda: ops.reshape(t, (-1,)),
            lambda: t[..., ::-1],
            lambda: t[..., -1:],
            lambda: t[..., 0],
            lambda: t[:, ::-2],
            lambda: ops.concatenate([t, t[..., :1]], axis=-1),
            lambda: ops.stack([t, t[::1]], axis=1),
            lambda: ops.pad(t, [(0, 0)] * (rank - 1) + [(1, 2)]),
            lambda: ops.take(t, np.array([0, -1, 0]), axis=-1),
            lambda: ops.transpose(t),
            lambda: ops.flip(t, axis=-1),
            lambda: ops.repeat(t, 2, axis=-1),
            lambda: ops.expand_dims(t, 1),
        ]
    if rank == 3:
        forms += [lambda: ops.transpose(t, (0, 2, 1)), lambda: t[:, 0], lambda: t[:, :2, 1:]]
    g.add(g.draw(st.sampled_from(forms))(), x.exact)


def join(g: Drawing) -> None:
    x = g.pick(batch_first)
    y = g.pick(lambda v: batch_first(v) and v.dims[:-1] == x.dims[:-1] and len(v.dims) > 1)
    ranks = min(len(x.dims), len(y.dims)) > 1 and x.tensor.dtype == y.tensor.dtype
    if ranks and batch_first(y) and y.dims[:-1] == x.dims[:-1]:
        g.add(ops.concatenate([x.tensor, y.tensor, x.tensor], axis=-1))


def positions(g: Drawing) -> None:
    ids = ops.absolute(ops.mod(g.input("i").tensor, 5))
    form = g.draw(st.sampled_from(["hot", "take", "embed"]))
    if form == "hot":
        g.add(ops.one_hot(ids, 5), True)
    elif form == "take":
        g.add(ops.take(weight(5, 2), ids, axis=0), True)
    else:
        g.add(layers.Embedding(5, D)(ids), True)


def ragged(g: Drawing) -> None:
    name = g.draw(st.sampled_from(["r_ids", "r_items", "r_rows"]))
    value = g.input(name).tensor
    if name == "r_ids":
        value = layers.Embedding(IDS, D)(value)
    for _ in range(g.draw(st.integers(0, 2))):
        value = g.draw(st.sampled_from([ops.tanh, ops.negative, lambda x: x * 0.5 + 0.25]))(value)
    if g.draw(st.booleans()):
        value = ops.softmax(value, axis=1)
    form = g.draw(st.sampled_from(["mean", "max", "sum", "dense", "values", "ragged", "lengths"]))
    if form in ("mean", "sum"):
        g.add(getattr(ops, form)(ops.tanh(value), axis=1))
    elif form == "max":  # an empty row has the lowest number
        g.add(ops.maximum(ops.max(value, axis=1), -2.0))
    elif form == "dense":
        g.outputs.append(Value(ops.to_dense(value), False))
    elif form == "values":
        g.outputs.append(Value(value.flat_values, False))
    elif form == "lengths":
        g.add(ops.row_lengths(value))
    else:
        g.ragged.append(Value(value, False))
        g.outputs.append(g.ragged[-1])


def sparse(g: Drawing) -> None:
    value = g.input("s").tensor
    form = g.draw(st.sampled_from(["dense layer", "relu layer", "zeros", "to dense", "matmul"]))
    if form in ("dense layer", "relu layer"):
        g.add(layers.Dense(D, activation="relu" if form == "relu layer" else None)(value))
    elif form == "matmul":
        g.add(ops.matmul(value, weight(COLUMNS, 2)))
    else:
        kept = g.draw(st.sampled_from([ops.tanh, ops.negative, ops.relu, lambda x: x * 0.5]))(value)
        if form == "zeros":
            g.outputs.append(Value(kept, False))
        else:
            g.add(ops.to_dense(kept))


def to_be_folded(g: Drawing) -> None:
    """What rules take apart: one-hot products, padded sums, written zeros, parts of products."""
    form = g.draw(st.sampled_from(["hot", "table", "padded", "zeros", "parts", "greatest"]))
    ids = ops.mod(g.input("i").tensor, 7) - 1  # of which some are no class
    x = g.input("x").tensor
    if form == "hot":
        g.add(layers.Dense(3)(ops.one_hot(ids, 5)))
    elif form == "table":
        rows = layers.BatchNormalization()(layers.Embedding(6, D)(ops.absolute(ids)))
        g.add(rows * weight(D))
    elif form == "padded":
        rows = ops.to_dense(g.input("r_items").tensor)
        g.add(ops.sum(ops.tanh(rows) * ops.cast(rows != 2, "float32"), axis=1))
    elif form == "zeros":
        g.add(layers.Dense(3)(ops.to_dense(g.input("s").tensor)))
    elif form == "parts":
        made = ops.tanh(layers.Dense(6)(x))[:, g.draw(st.integers(0, 5)) :]
        g.add(made if g.draw(st.booleans()) else made[:1])
    else:
        joined = ops.concatenate([x, ops.tanh(x), x], axis=1)
        g.add(ops.max(joined, axis=1, keepdims=True))
        g.add(ops.concatenate([joined, x], axis=1)[:, 2:11])


STEPS = [
    elementwise, elementwise, binary, binary, with_constant, compare, logic, where, cast, reduce,
    reduce, over_batch, over_integers, normalise, product, product, move, move, move, join,
    positions, ragged, ragged, sparse, to_be_folded,
]  # fmt: skip


@st.composite
def functions(draw: Any, steps: int = 8) -> Function:
    """A graph of up to ``steps`` steps over dense, ragged and sparse inputs, and its outputs."""
    g = drawn(draw, Drawing(draw), steps)
    values = [*g.dense, *g.outputs] or [*g.ragged, *g.sparse]
    last = values[-1:]  # the newest value always leaves, others may, inputs and repeats among them
    pool = [*g.dense, *g.ragged, *g.outputs] or values
    others = draw(st.lists(st.sampled_from(pool), max_size=3))
    return Function(list(g.inputs.values()), [v.tensor for v in [*g.outputs, *last, *others]])


@st.composite
def row_wise_functions(draw: Any, steps: int = 8) -> Function:
    """A graph whose outputs are dense and have, for each row of the inputs, a row of their own."""
    g = drawn(draw, Drawing(draw, row_wise=True), steps)
    product(g)
    rows = [v for v in g.dense if batch_first(v) and all(isinstance(d, int) for d in v.dims[1:])]
    if not rows:
        rows = [g.input("x")]
    others = draw(st.lists(st.sampled_from(rows), max_size=3))
    return Function(list(g.inputs.values()), [v.tensor for v in [rows[-1], *others]])


def drawn(draw: Any, g: Drawing, steps: int) -> Drawing:
    for name in draw(st.lists(st.sampled_from(sorted(INPUTS)), min_size=1, max_size=4)):
        g.input(name)
    for _ in range(draw(st.integers(1, steps))):
        draw(st.sampled_from(STEPS))(g)
    return g
