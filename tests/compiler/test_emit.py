"""The kernel, buffers and sizes of one node after another, as `_kernels/steps.pyx` reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import layers, ops
from kgraph.graph.function import Function
from kgraph.runtime.compiled import compile_function
from tests.compiler.plans import plan_text
from tests.property.comparing import check

NODES: list[tuple[str, Callable[[Any], Any], str]] = [
    ("reversed", lambda x: x[:, ::-1],
     "strided(b1, b0, -; 4, 3, 16, 0, 24, B, 24, 24, 3, -8, 8, 2, 4, 4)"),
    ("transposed", lambda x: ops.transpose(x, (0, 2, 1)),
     "strided(b1, b0, -; 4, 3, 0, 0, 24, B, 24, 24, 2, 4, 12, 3, 8, 4)"),
    ("padded", lambda x: ops.pad(x, [(0, 0), (1, 0), (0, 0)]),
     "strided(b2, b0, b1; 4, 3, 0, 8, 32, B, 24, 32, 3, 8, 8, 2, 4, 4)"),
    ("joined", lambda x: ops.concatenate([x, x], axis=1), "join(b0, b1, b1; 48, 24, 24)"),
    ("reduced", lambda x: ops.max(x, axis=1), "reduce(b1, b0; 3, 2, 24, 8)"),
    ("multiplied", lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
     "matmul_f32(b1, b0, b2; 3, 2, 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "kernel"), [n[1:] for n in NODES], ids=[n[0] for n in NODES])
def test_a_node_becomes_its_kernel(draw: Callable[[Any], Any], kernel: str) -> None:
    x = kg.Input((3, 2), name="x")
    function = Function(x, draw(x))
    assert kernel in plan_text(function)
    for rows in (2, 0):
        check(function, [np.arange(rows * 6, dtype=np.float32).reshape(rows, 3, 2)])


def test_a_slice_of_whole_rows_is_read_where_it_lies() -> None:
    x = kg.Input((4,), name="x")
    compiled = compile_function(Function(x, ops.tanh(x[1:])))
    assert [b.kind for b in compiled.plan.buffers] == ["output", "input"]
    assert "b1: input 0, 16*max(B - 1, 0) bytes from byte " in str(compiled.plan)
    for rows in (3, 1, 0):
        check(compiled._function, [np.ones((rows, 4), np.float32)], compiled)


def test_a_weight_is_one_buffer_however_often_it_is_read() -> None:
    x = kg.Input((4,))
    row = kg.Variable(np.float32([1, 2, 3, 4]))
    plan = compile_function(Function(x, ops.tanh(x + row) * row), freeze=False).plan
    assert len(plan.recipes) == 1
    assert [b.kind for b in plan.buffers].count("constant") == 1


def test_a_matrix_that_is_multiplied_and_read_is_packed_and_kept() -> None:
    x = kg.Input((4,))
    matrix = np.arange(16, dtype=np.float32).reshape(4, 4) / 16
    function = Function(x, [ops.matmul(x, matrix), ops.take(matrix, [1], axis=0) + x])
    check(function, [np.ones((3, 4), np.float32)], freeze=False)


WIDTHS = [1, 2, 1023, 1024, 1025, 2500]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("rows", [0, 1, 3, 70])
def test_programs_keep_to_their_blocks(width: int, rows: int) -> None:
    """Rows shorter, as long and longer than a block; with operands for each row and column."""
    random = np.random.default_rng(width)
    column = random.uniform(-1, 1, width).astype(np.float32)
    x, y = kg.Input((width,), name="x"), kg.Input((1,), name="y")
    outputs = [
        ops.softmax(x), ops.tanh(x * column + 0.5), x * y + column, ops.max(x, axis=-1) * y[:, 0],
        layers.LayerNormalization()(x), ops.argmax(x, axis=-1), (x > y) & (x > 0), x * 2 - y,
    ]  # fmt: skip
    values = [random.uniform(-1, 1, (rows, n)).astype(np.float32) for n in (width, 1)]
    check(Function([x, y], outputs), values)


@pytest.mark.parametrize("rows", [0, 1, 5])
@pytest.mark.parametrize("shape", [(700, 3), (1, 5), (40, 1), (0, 3), (3, 0)])
def test_matrices_meet_rows_columns_and_matrices(rows: int, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(7)
    t = kg.Input(shape, name="t")
    draw = lambda *dims: random.uniform(-1, 1, dims).astype(np.float32)  # noqa: E731
    outputs = [t + draw(*shape), t * draw(shape[0], 1), t - draw(1, shape[1]), t / 3 + draw(1)]
    outputs += [ops.sum(t, axis=1), ops.sum(t, axis=2), ops.sum(t, axis=(1, 2)), t[:, ::-1, ::-1]]
    check(Function(t, [ops.tanh(out) for out in outputs]), [draw(rows, *shape) * 0.01])


def test_an_axis_of_no_rows_has_no_argmax() -> None:
    x = kg.Input((4,), name="x")
    compiled = compile_function(Function(x, ops.argmax(x, axis=0)))
    for _ in range(2):
        with pytest.raises(kg.KGraphError, match="argmax: the axis has no entries"):
            compiled(np.ones((0, 4), np.float32))
        assert compiled(np.eye(4, dtype=np.float32)).tolist() == [0, 1, 2, 3]
