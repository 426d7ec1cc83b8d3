"""numba: an elementwise graph as one loop, other graphs as loops called from one compiled function.

``fastmath`` is off.  With threads the loops are tried in parallel, too, and the faster is timed.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from bench.adapters import Build, Builds, Call
from bench.adapters.numpy import joined
from bench.graph import Array, Ragged, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("numba",)
SMALL = 1 << 16  # bytes; larger arrays are arguments, not constants of the code


def builds(scenario: Scenario, threads: int) -> Builds:
    import numba

    numba.set_num_threads(threads)
    elementwise = scenario.ops <= set(_SCALAR)
    made = _one_loop if elementwise else _string_of_loops

    def build(parallel: bool) -> Build:
        return lambda batch: made(scenario, batch, parallel)

    alone = {"njit": build(False)}
    return alone | {"njit, parallel": build(True)} if threads > 1 else alone


def _jitted(names: dict[str, Any], parallel: bool) -> Any:
    import numba

    return numba.njit(names["call"], parallel=parallel, fastmath=False, error_model="numpy")


# One loop

_SCALAR = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "neg": "-{0}",
    "tanh": "math.tanh({0})",
    "sigmoid": "one / (one + math.exp(-{0}))",
    "exp": "math.exp({0})",
    "log1p": "math.log1p({0})",
    "sqrt": "math.sqrt({0})",
    "abs": "abs({0})",
    "relu": "max({0}, zero)",
}


class Body:
    """The statements of a loop over single numbers; ``j`` is the column."""

    def __init__(self, dtype: str) -> None:
        import math

        self.dtype = np.dtype(dtype).type
        self.lines: list[str] = []
        self.names = {"np": np, "math": math, "one": self.dtype(1), "zero": self.dtype(0)}

    def constant(self, value: Any) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = self.dtype(value) if np.isscalar(value) else np.ascontiguousarray(value)
        return name if np.isscalar(value) else f"{name}[j]"

    def __getattr__(self, op: str) -> Any:
        def write(*values: str) -> str:
            name = f"v{len(self.lines)}"
            self.lines.append(f"{name} = {_SCALAR[op].format(*values)}")
            return name

        return write


def _one_loop(scenario: Scenario, batch: Batch, parallel: bool) -> Call:
    import numba

    (x,) = scenario.inputs
    body = Body(scenario.dtype)
    element = "x[i, j]" if x.attrs["shape"] else "x[i]"
    result = evaluate(scenario.nodes, {x: "x_ij"}, body)
    columns = "for j in range(x.shape[1]):" if x.attrs["shape"] else "for j in range(1):"
    lines = ["for i in numba.prange(x.shape[0]):", f"    {columns}"]
    lines += [f"        {line}" for line in (f"x_ij = {element}", *body.lines)]
    lines += [f"        {element.replace('x[', 'out[')} = {result}", "return out"]
    names: dict[str, Any] = {**body.names, "numba": numba}
    exec("def call(x, out):\n    " + "\n    ".join(lines) + "\n", names)
    function = _jitted(names, parallel)
    if scenario.reuse_outputs:
        out = np.empty_like(batch[0])
        return lambda x: function(x, out)
    return lambda x: function(x, np.empty_like(x))


# A string of loops


class Chain:
    """The statements of a function that calls loops; a method for each op of ``bench.graph``."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"np": np}
        self.arguments: list[str] = []
        self.values: list[Array] = []

    def constant(self, value: Any) -> str:
        return self.weight(np.float32(value) if np.isscalar(value) else value)

    def weight(self, value: Any) -> str:
        name = f"c{len(self.names)}_{len(self.values)}"
        if np.asarray(value).nbytes > SMALL:
            self.arguments.append(name)
            self.values.append(value)
        else:
            self.names[name] = value if np.isscalar(value) else np.ascontiguousarray(value)
        return name

    def write(self, text: str) -> str:
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def add(self, a: str, b: str) -> str:
        return self.write(f"{a} + {b}")

    def sub(self, a: str, b: str) -> str:
        return self.write(f"{a} - {b}")

    def mul(self, a: str, b: str) -> str:
        return self.write(f"{a} * {b}")

    def gelu(self, x: str) -> str:
        return self.write(f"gelu({x})")

    def softmax(self, x: str) -> str:
        return self.write(f"softmax({x})")

    def logsumexp(self, x: str) -> str:
        return self.write(f"logsumexp({x})")

    def mean(self, x: str, axis: int) -> str:
        return self.write(f"mean({x}, {axis})")

    def var(self, x: str, axis: int) -> str:
        return self.write(f"column_var({x})" if axis == 0 else f"var({x}, {axis})")

    def concat(self, *parts: str) -> str:
        return self.write(f"np.concatenate(({', '.join(parts)}), axis=1)")

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, Ragged):
            return x._replace(values=self.dense(x.values, kernel, bias, activation))
        return self.write(f"dense({x}, {self._layer(kernel, bias, activation)})")

    def _layer(self, kernel: Array, bias: Array, activation: str | None) -> str:
        from bench.adapters.numba_loops import ACTIVATIONS

        code = ACTIVATIONS.index(activation)
        return f"{self.weight(kernel)}, {self.weight(bias)}, {code}"

    def sparse_dense(
        self, x: tuple[str, ...], kernel: Array, bias: Array, activation: str | None = None
    ) -> str:
        layer = self._layer(kernel, bias, activation)
        return self.write(f"sparse_dense({', '.join(x)}, {layer})")

    def layer_norm(self, x: str, scale: Array, offset: Array, epsilon: float) -> str:
        weights = f"{self.weight(scale)}, {self.weight(offset)}"
        return self.write(f"layer_norm({x}, {weights}, {epsilon})")

    def embed_columns(self, ids: str, tables: list[Array]) -> str:
        weights = ", ".join(map(self.weight, joined(tables)))
        return self.write(f"embed_columns({ids}, {weights})")

    def embedding_mean(self, ids: Any, table: Array) -> Any:
        *outer, inner = ids.splits
        means = self.write(f"embedding_mean({ids.values}, {inner}, {self.weight(table)})")
        return Ragged(means, tuple(outer)) if outer else means

    def ragged_mean(self, x: Any) -> str:
        return self.write(f"ragged_mean({x.values}, {x.splits[0]})")

    def attention_pool(self, x: Any, query: Array) -> str:
        return self.write(f"attention_pool({x.values}, {x.splits[0]}, {self.weight(query)})")


def _string_of_loops(scenario: Scenario, batch: Batch, parallel: bool) -> Call:
    from bench.adapters.feeding import feeds

    chain = Chain()
    parameters = [f"x{i}" for i in range(len(_arrays(batch)))]
    result = evaluate(scenario.nodes, feeds(scenario, parameters, Ragged), chain)
    head = f"def call({', '.join([*parameters, *chain.arguments])}):\n    "
    names = chain.names | _compiled_loops(parallel)
    exec(head + "\n    ".join([*chain.lines, f"return {result}"]) + "\n", names)
    function, weights = _jitted(names, False), chain.values
    if all(isinstance(value, np.ndarray) for value in batch):
        return lambda *values: function(*values, *weights)
    return lambda *values: function(*_arrays(values), *weights)


def _arrays(batch: Batch) -> list[Array]:
    arrays: list[Array] = []
    for value in batch:
        if isinstance(value, Ragged):
            arrays += [value.values, *value.splits]
        elif hasattr(value, "indptr"):
            arrays += [value.data, value.indices, value.indptr]
        else:
            arrays.append(value)
    return arrays


def _compiled_loops(parallel: bool) -> dict[str, Any]:
    """Copies of the loops' functions, each of which finds the others compiled."""
    import numba

    from bench.adapters import numba_loops

    names: dict[str, Any] = dict(vars(numba_loops))
    for group, threaded in ((numba_loops.INLINE, False), (numba_loops.LOOPS, parallel)):
        for loop in group:
            copy = FunctionType(loop.__code__, names, loop.__name__)
            names[loop.__name__] = numba.njit(copy, parallel=threaded, error_model="numpy")
    return {
        loop.__name__: names[loop.__name__] for loop in (*numba_loops.INLINE, *numba_loops.LOOPS)
    }
