"""One compiled graph, many threads; and a child process after a parallel call."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph.runtime.compiled import CompiledGraph, compile_function
from tests.property.comparing import assert_same_bits

SIZES = [1, 3, 700, 0, 56, 1200, 57, 2, 449]


def tower(threads: int | None = None, freeze: bool = True) -> CompiledGraph:
    x = kg.Input((32,))
    h = layers.Dense(64, activation="relu")(x)
    h = ops.cummax(h, axis=1)  # no kernel: NumPy computes it
    h = layers.LayerNormalization()(layers.Dense(48)(h))
    function = kg.Function(x, layers.Dense(7, activation="softmax")(h))
    return compile_function(function, threads=threads, freeze=freeze)


def batches() -> list[np.ndarray]:
    random = np.random.default_rng(5)
    return [random.normal(size=(rows, 32)).astype(np.float32) for rows in SIZES]


@pytest.mark.parametrize("threads", [1, 4])
def test_many_threads_may_call_one_graph(threads: int) -> None:
    compiled = tower(threads)
    given = batches()
    wanted = [compiled(x) for x in given]
    order = np.random.default_rng(1).integers(0, len(given), 160)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: compiled(given[number]), order))
    assert_same_bits(found, [wanted[number] for number in order])


def wide(dtype: str, hidden: int) -> kg.Model:
    x = kg.Input((300,), dtype=dtype)
    h = layers.Dense(hidden, activation="gelu", dtype=dtype)(x)
    h = layers.Dense(hidden, activation="relu", use_bias=False, dtype=dtype)(h)
    return kg.Model(x, layers.Dense(130, activation="softmax", dtype=dtype)(h))


@pytest.mark.parametrize("rows", [0, 1, 2, 23, 24, 47, 48])
@pytest.mark.parametrize("hidden", [512, 650])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_share_wide_products_of_few_rows(dtype: str, hidden: int, rows: int) -> None:
    model = wide(dtype, hidden)
    x = np.random.default_rng(rows).normal(size=(rows, 300)).astype(dtype)
    wanted = kg.compile(model, threads=1)(x)
    for threads in (2, 3, 4):
        shared = kg.compile(model, threads=threads, costs={"wake_threads": 1})
        assert_same_bits([shared(x)], [wanted])


@pytest.mark.parametrize("columns", [2, 63, 64, 65, 300, 1000])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_threads_share_the_columns_of_reductions(dtype: str, columns: int) -> None:
    x = kg.Input((columns,), dtype=dtype)
    reduced = [ops.sum(x, 0), ops.max(x, 0), ops.prod(x, 0), ops.argmin(x, 0)]
    model = kg.Model(x, reduced)
    values = np.random.default_rng(columns).normal(0, 3, (517, columns)).astype(dtype)
    wanted = kg.compile(model, threads=1)(values)
    for threads in (2, 3, 4):
        shared = kg.compile(model, threads=threads, costs={"wake_threads": 1})
        assert_same_bits(shared(values), wanted)
        assert_same_bits(shared(values[:1]), [values[0], values[0], values[0], wanted[3] * 0])


def test_one_row_wakes_threads() -> None:
    code = """
import numpy as np, kgraph as kg
from kgraph._kernels.pool import n_workers
x = kg.Input((512,))
h = kg.layers.Dense(512)(x)
model = kg.Model(x, kg.layers.Dense(512, activation="relu")(h))
row = np.ones((1, 512), np.float32)
kg.compile(model, threads=3)(row)
print(n_workers())
kg.compile(model, threads=3, costs={"wake_threads": 1})(row)
print(n_workers())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "2"]


def test_weights_may_be_assigned_while_others_call() -> None:
    x = kg.Input((16,))
    weight = kg.Variable(np.zeros((16, 16), np.float32))
    compiled = compile_function(kg.Function(x, ops.matmul(x, weight)), freeze=False)
    ones = np.ones((900, 16), np.float32)

    def call(number: int) -> set[float]:
        if number % 4 == 0:
            weight.assign(np.full((16, 16), float(number), np.float32))
        return set(np.unique(compiled(ones) / 16).tolist())

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(call, range(80)))
    assert all(len(values) == 1 and values <= set(range(80)) for values in found)


def test_errors_of_threads_stay_apart() -> None:
    ids, other = kg.Input((2,), dtype="int32"), kg.Input((2,))
    host = ops.take_along_axis(other, ids, axis=1)
    compiled = compile_function(kg.Function([ids, other], host))
    numbers = np.float32([[1, 2], [3, 4]])

    def call(number: int) -> str:
        position = 5 if number % 2 else 1
        try:
            return str(compiled(np.full((2, 2), position, np.int32), numbers).tolist())
        except kg.KGraphError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(call, range(200)))
    assert found == ["[[2.0, 2.0], [4.0, 4.0]]", "refused"] * 100


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_computes_the_same() -> None:
    compiled = tower(4)
    x = np.concatenate(batches() * 3)
    wanted = compiled(x)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        same = compiled(x).tobytes() == wanted.tobytes()
        os.write(writer, b"1" if same else b"0")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        assert answer.read() == b"1"
    assert os.waitpid(child, 0)[1] == 0
    assert_same_bits([compiled(x)], [wanted])
