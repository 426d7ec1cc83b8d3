"""NumPy as one writes it by hand for speed: straight-line code, ``out=`` everywhere.

The code is written out from the graph for the shapes at hand; intermediates live in buffers that
the calls share, and a buffer is taken over as soon as its last reader has run.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from bench.adapters import Build, Builds, Call
from bench.graph import Array, Node, Ragged, Unsupported, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("numpy", "scipy")


def builds(scenario: Scenario, threads: int) -> Builds:
    return {"out=": build_with(Writer, scenario)}


def build_with(writer: type[Writer], scenario: Scenario) -> Build:
    """Code by a writer's rules."""

    def build(batch: Batch) -> Call:
        writing = writer(scenario, batch)
        evaluate(scenario.nodes, writing.feeds(), Reading(writing, scenario))
        return writing.function()

    return build


class Value(NamedTuple):
    """A name in the code, and its shape; ``splits`` of ragged rows are names, outermost first."""

    name: str
    shape: tuple[int, ...] = ()
    splits: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


class Reading:
    """Tells the writer which values have their last reader, op by op."""

    def __init__(self, writer: Writer, scenario: Scenario) -> None:
        self.writer = writer
        reads = [x for node in scenario.nodes for x in node.inputs if isinstance(x, Node)]
        self.left = Counter(map(id, reads))
        self.nodes = [node for node in scenario.nodes if node.op != "input"]

    def constant(self, value: Any) -> Value:
        return self.writer.constant(value)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.writer, name, None)
        if method is None:
            raise Unsupported(f"no way to do {name}")

        def run(*values: Value, **attrs: Any) -> Value:
            node = self.nodes.pop(0)
            self.writer.last = not self.nodes
            self.writer.dying = self._dying(node, values)
            made: Value = method(*values, **attrs)
            self.writer.release()
            return made

        return run

    def _dying(self, node: Node, values: tuple[Value, ...]) -> list[Value]:
        found = {}
        for x, value in zip(node.inputs, values, strict=True):
            if isinstance(x, Node):
                self.left[id(x)] -= 1
                if not self.left[id(x)]:
                    found[value.name] = value
        return list(found.values())


class Writer:
    """Writes the lines of one function; a method for each op of ``bench.graph``."""

    def __init__(self, scenario: Scenario, batch: Batch) -> None:
        self.scenario, self.batch = scenario, batch
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"np": np, "expit": special.expit, "erf": special.erf}
        self.parameters: list[str] = []
        self.free: list[Value] = []
        self.owned: set[str] = set()
        self.dying: list[Value] = []
        self.last = False
        self.result = ""

    # What the ops are written with

    def feeds(self) -> dict[Node, Value]:
        pairs = zip(self.scenario.inputs, self.batch, strict=True)
        return {node: self.feed(f"x{i}", value) for i, (node, value) in enumerate(pairs)}

    def feed(self, name: str, value: Any) -> Value:
        self.parameters.append(name)
        if not isinstance(value, Ragged):
            return Value(name, value.shape)
        splits = tuple(f"{name}_splits{level}" for level in range(len(value.splits)))
        self.lines.append(f"{name}_values, ({', '.join(splits)},) = {name}")
        rows = tuple(len(level) - 1 for level in value.splits)
        return Value(f"{name}_values", value.values.shape, splits, rows)

    def name(self, value: Any) -> str:
        """A name for an object that the code reads."""
        made = f"c{len(self.names)}"
        self.names[made] = value
        return made

    def constant(self, value: Any) -> Value:
        scalar = np.dtype(self.scenario.dtype).type
        return Value(self.name(scalar(value) if np.isscalar(value) else value), np.shape(value))

    def write(self, line: str, **names: Any) -> None:
        self.lines.append(line.format(**names))

    def buffer(self, shape: tuple[int, ...], over: bool = False) -> Value:
        """Room for a value; with ``over`` what dies here may be written over."""
        if over:
            self.release()
        if self.last and not self.scenario.reuse_outputs:
            return self._fresh(shape)
        for i, value in enumerate(self.free):
            if value.shape == shape:
                return self.free.pop(i)
        made = Value(self.name(np.empty(shape, self.scenario.dtype)), shape)
        self.owned.add(made.name)
        return made

    def _fresh(self, shape: tuple[int, ...]) -> Value:
        made = Value("result", shape)
        self.write("result = np.empty({shape}, {dtype!r})", shape=shape, dtype=self.scenario.dtype)
        return made

    def scratch(self, shape: tuple[int, ...]) -> Value:
        """Room that the op alone uses."""
        last, self.last = self.last, False
        made = self.buffer(shape)
        self.last = last
        return made

    def release(self) -> None:
        self.free += [value for value in self.dying if value.name in self.owned]
        self.dying = []

    def give_back(self, *values: Value) -> None:
        self.free += values

    def finish(self, value: Value) -> Value:
        self.result = value.name
        return value

    def function(self) -> Call:
        body = "\n    ".join([*self.lines, f"return {self.result}"])
        # Constants and buffers are defaults of parameters: local names, the quickest to read.
        parameters = ", ".join([*self.parameters, *(f"{name}={name}" for name in self.names)])
        exec(f"def call({parameters}):\n    {body}\n", self.names)
        made: Call = self.names["call"]
        return made

    # Elementwise

    def elementwise(self, line: str, *values: Value) -> Value:
        shape = np.broadcast_shapes(*(value.shape for value in values))
        given = [value.name for value in values]
        out = self.buffer(shape, over=True)
        self.lines.append(line.format(*given, out=out.name))
        return self.finish(_rows_of(next((v for v in values if v.splits), out), out))

    def add(self, a: Value, b: Value) -> Value:
        return self.elementwise("np.add({0}, {1}, out={out})", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self.elementwise("np.subtract({0}, {1}, out={out})", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        return self.elementwise("np.multiply({0}, {1}, out={out})", a, b)

    def tanh(self, x: Value) -> Value:
        return self.elementwise("np.tanh({0}, out={out})", x)

    def sigmoid(self, x: Value) -> Value:
        return self.elementwise("expit({0}, out={out})", x)

    def exp(self, x: Value) -> Value:
        return self.elementwise("np.exp({0}, out={out})", x)

    def log1p(self, x: Value) -> Value:
        return self.elementwise("np.log1p({0}, out={out})", x)

    def sqrt(self, x: Value) -> Value:
        return self.elementwise("np.sqrt({0}, out={out})", x)

    def abs(self, x: Value) -> Value:
        return self.elementwise("np.abs({0}, out={out})", x)

    def neg(self, x: Value) -> Value:
        return self.elementwise("np.negative({0}, out={out})", x)

    def relu(self, x: Value) -> Value:
        return self.elementwise("np.maximum({0}, 0, out={out})", x)

    def gelu(self, x: Value) -> Value:
        spare = self.scratch(x.shape)
        self._erf_part(x, spare)
        out = self.buffer(x.shape, over=True)
        self.write("np.multiply({x}, {s}, out={o})", x=x.name, s=spare.name, o=out.name)
        self.give_back(spare)
        return self.finish(out)

    def _erf_part(self, x: Value, spare: Value) -> None:
        root = self.name(np.asarray(0.5**0.5, self.scenario.dtype)[()])
        self.write("np.multiply({x}, {r}, out={s})", x=x.name, r=root, s=spare.name)
        for line in ("erf({s}, out={s})", "{s} += 1", "{s} *= 0.5"):
            self.write(line, s=spare.name)

    # Products

    def dense(self, x: Value, kernel: Array, bias: Array, activation: str | None = None) -> Value:
        out = self.buffer((*x.shape[:-1], kernel.shape[1]))
        self.write("np.matmul({x}, {k}, out={o})", x=x.name, k=self.name(kernel), o=out.name)
        self.finish_dense(out, bias, activation)
        return self.finish(_rows_of(x, out))

    def self_attention(
        self,
        x: Value,
        heads: int,
        query: tuple[Array, Array],
        key: tuple[Array, Array],
        value: tuple[Array, Array],
        output: tuple[Array, Array],
    ) -> Value:
        """One product makes queries, keys and values; ragged rows go one by one."""
        scale = np.float32((query[0].shape[1] // heads) ** -0.5)
        kernels = np.concatenate([query[0] * scale, key[0], value[0]], axis=1)
        biases = np.concatenate([query[1] * scale, key[1], value[1]])
        self.names |= {"attend": attend, "pairwise": pairwise}
        made = self.scratch((*x.shape[:-1], kernels.shape[1]))
        found = self.scratch((*x.shape[:-1], output[0].shape[0]))
        out = self.buffer((*x.shape[:-1], output[0].shape[1]))
        for line in (
            "np.matmul({x}, {k}, out={m})",
            "{m} += {b}",
            "for a, b in pairwise({s}.tolist()): attend({m}[a:b], {f}[a:b], {h})"
            if x.splits
            else "attend({m}, {f}, {h})",
            "np.matmul({f}, {ko}, out={o})",
            "{o} += {bo}",
        ):
            self.write(
                line,
                x=x.name,
                k=self.name(kernels),
                b=self.name(biases),
                m=made.name,
                f=found.name,
                s=x.splits[0] if x.splits else "",
                h=heads,
                ko=self.name(output[0]),
                o=out.name,
                bo=self.name(output[1]),
            )
        self.give_back(made, found)
        return self.finish(_rows_of(x, out))

    def finish_dense(self, out: Value, bias: Array, activation: str | None) -> None:
        self.write("{o} += {b}", o=out.name, b=self.name(bias))
        if activation == "gelu":
            spare = self.scratch(out.shape)
            self._erf_part(out, spare)
            self.write("{o} *= {s}", o=out.name, s=spare.name)
            self.give_back(spare)
        elif activation:
            lines = {"relu": "np.maximum({o}, 0, out={o})", "tanh": "np.tanh({o}, out={o})"}
            self.write(lines.get(activation, "expit({o}, out={o})"), o=out.name)

    # Along rows

    def softmax(self, x: Value) -> Value:
        small = self.scratch((*x.shape[:-1], 1))
        out = self.buffer(x.shape, over=True)
        for line in (
            "np.max({x}, axis=-1, keepdims=True, out={s})",
            "np.subtract({x}, {s}, out={o})",
            "np.exp({o}, out={o})",
            "np.sum({o}, axis=-1, keepdims=True, out={s})",
            "{o} /= {s}",
        ):
            self.write(line, x=x.name, s=small.name, o=out.name)
        self.give_back(small)
        return self.finish(out)

    def logsumexp(self, x: Value) -> Value:
        spare, greatest = self.scratch(x.shape), self.scratch((*x.shape[:-1], 1))
        out = self.buffer(x.shape[:-1])
        for line in (
            "np.max({x}, axis=-1, keepdims=True, out={g})",
            "np.subtract({x}, {g}, out={s})",
            "np.exp({s}, out={s})",
            "np.sum({s}, axis=-1, out={o})",
            "np.log({o}, out={o})",
            "{o} += {g}[..., 0]",
        ):
            self.write(line, x=x.name, s=spare.name, g=greatest.name, o=out.name)
        self.give_back(spare, greatest)
        return self.finish(out)

    def mean(self, x: Value, axis: int) -> Value:
        out = self.buffer(tuple(np.delete(x.shape, axis)))
        self.write("np.mean({x}, axis={a}, out={o})", x=x.name, a=axis, o=out.name)
        return self.finish(out)

    def var(self, x: Value, axis: int) -> Value:
        out = self.buffer(tuple(np.delete(x.shape, axis)))
        self.write("np.var({x}, axis={a}, out={o})", x=x.name, a=axis, o=out.name)
        return self.finish(out)

    def layer_norm(self, x: Value, scale: Array, offset: Array, epsilon: float) -> Value:
        small = self.scratch((*x.shape[:-1], 1))
        out = self.buffer(x.shape, over=True)
        width = np.dtype(self.scenario.dtype).type(x.shape[-1])
        for line in (
            "np.mean({x}, axis=-1, keepdims=True, out={s})",
            "np.subtract({x}, {s}, out={o})",
            "np.einsum('...i,...i->...', {o}, {o}, out={s}[..., 0])",
            "{s} /= {w}",
            "{s} += {e}",
            "np.sqrt({s}, out={s})",
            "{o} /= {s}",
            "{o} *= {scale}",
            "{o} += {offset}",
        ):
            self.write(
                line,
                x=x.name,
                s=small.name,
                o=out.name,
                w=self.name(width),
                e=self.name(np.dtype(self.scenario.dtype).type(epsilon)),
                scale=self.name(scale),
                offset=self.name(offset),
            )
        self.give_back(small)
        return self.finish(_rows_of(x, out))

    # Tables and rows

    def concat(self, *parts: Value) -> Value:
        out = self.buffer((*parts[0].shape[:-1], sum(part.shape[-1] for part in parts)))
        names = ", ".join(part.name for part in parts)
        self.write("np.concatenate([{parts}], axis=-1, out={o})", parts=names, o=out.name)
        return self.finish(out)

    def embed_columns(self, ids: Value, tables: list[Array]) -> Value:
        table, offsets = joined(tables)
        out = self.buffer((ids.shape[0], len(tables) * table.shape[1]))
        self.write(
            "np.take({t}, {i} + {f}, axis=0, mode='clip', out={o}.reshape({shape}))",
            t=self.name(table),
            i=ids.name,
            f=self.name(offsets),
            o=out.name,
            shape=(*ids.shape, table.shape[1]),
        )
        return self.finish(out)

    def embedding_mean(self, ids: Value, table: Array) -> Value:
        items = self.scratch((*ids.shape, table.shape[1]))
        self.write(
            "np.take({t}, {i}, axis=0, mode='clip', out={o})",
            t=self.name(table),
            i=ids.name,
            o=items.name,
        )
        made = self.ragged_mean(ids._replace(name=items.name, shape=items.shape))
        self.give_back(items)
        return made

    def ragged_mean(self, x: Value) -> Value:
        *outer, inner = x.splits
        *rows, count = x.rows
        out = self.buffer((count, *x.shape[1:]))
        self.write("{o}[...] = segment_sums({x}, {s})", o=out.name, x=x.name, s=inner)
        self.write("{o} /= lengths({s})", o=out.name, s=inner)
        self.names |= {"segment_sums": segment_sums, "lengths": lengths}
        return self.finish(out._replace(splits=tuple(outer), rows=tuple(rows)))

    def attention_pool(self, x: Value, query: Array) -> Value:
        self.names |= {"segment_sums": segment_sums}
        out = self.buffer((x.rows[0], x.shape[1]))
        for line in (
            "weights = {x} @ {q}",
            "full = np.flatnonzero({s}[1:] > {s}[:-1])",
            "counts = np.diff({s})",
            "greatest = np.maximum.reduceat(weights, {s}[:-1][full])",
            "weights -= np.repeat(greatest, counts[full])",
            "np.exp(weights, out=weights)",
            "weights /= np.repeat(np.add.reduceat(weights, {s}[:-1][full]), counts[full])",
            "{o}[...] = segment_sums(weights[:, None] * {x}, {s})",
        ):
            self.write(line, x=x.name, q=self.name(query), s=x.splits[0], o=out.name)
        return self.finish(out)


def _rows_of(x: Value, made: Value) -> Value:
    """``made`` with the rows of ``x``."""
    return made._replace(splits=x.splits, rows=x.rows)


def attend(made: Array, found: Array, heads: int) -> None:
    """Attention of queries, keys and values side by side (..., T, 3 * D), into ``found``."""
    split = made.reshape(*made.shape[:-1], 3, heads, -1)
    q, k, v = np.moveaxis(split, (-3, -2), (0, -3))
    scores = np.matmul(q, k.swapaxes(-1, -2))
    scores -= scores.max(axis=-1, keepdims=True, initial=-np.inf)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    into = found.reshape(*found.shape[:-1], heads, -1).swapaxes(-2, -3)
    np.matmul(scores, v, out=into)


def segment_sums(items: Array, splits: Array) -> Array:
    """The sum of each row's items; ``reduceat`` by itself has no empty rows."""
    full = splits[1:] > splits[:-1]
    if full.all():
        return np.asarray(np.add.reduceat(items, splits[:-1], axis=0))
    sums = np.zeros((len(full), *items.shape[1:]), items.dtype)
    if full.any():
        sums[full] = np.add.reduceat(items, splits[:-1][full], axis=0)
    return sums


def lengths(splits: Array) -> Array:
    """The length of each row as a float32 column, at least one."""
    return np.maximum(np.diff(splits), 1).astype(np.float32)[:, None]


def joined(tables: list[Array]) -> tuple[Array, Array]:
    """Tables as one, and what to add to the ids of each column."""
    starts = np.cumsum([0, *(len(table) for table in tables[:-1])])
    return np.concatenate(tables), starts.astype(np.int32)
