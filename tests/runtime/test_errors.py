"""A bad batch is refused before a kernel runs, in the user's words, at any call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops
from kgraph.runtime.compiled import compile_function
from tests.property.comparing import assert_same_bits, parts


@dataclass(frozen=True)
class Case:
    """A graph, a batch it takes, a batch it must refuse, and words of the refusal."""

    name: str
    graph: Callable[[], kg.Function]
    good: Callable[[], Any]
    bad: Callable[[], Any]
    words: tuple[str, ...]
    error: type[Exception] = ValueError


def dense() -> kg.Function:
    x = kg.Input((3,), name="pixels")
    return kg.Function(x, layers.Dense(2, activation="relu")(x))


def numbers() -> np.ndarray:
    return np.float32([[1, 2, 3], [4, 5, 6]])


def whole() -> kg.Function:
    x = kg.Input((3,), name="counts", dtype="int32")
    return kg.Function(x, ops.sum(x, axis=-1))


def pair() -> kg.Function:
    x, y = kg.Input((3,), name="left"), kg.Input((3,), name="right")
    return kg.Function([x, y], ops.tanh(x) + y)


def bag() -> kg.Function:
    ids = kg.Input((None,), ragged=True, dtype="int32", name="words")
    items = layers.Embedding(9, 4)(ids)
    return kg.Function(ids, layers.GlobalAveragePooling1D()(items))


def longest() -> kg.Function:
    x = kg.Input((None,), ragged=True, name="words")
    return kg.Function(x, ops.to_dense(ops.tanh(x)))


def rows(values: Any = (1, 2, 3, 4), splits: Any = (0, 2, 2, 4), dtype: str = "int32") -> Any:
    """Ragged rows, unchecked: what mutation after construction may leave."""
    return kg.RaggedTensor._make(np.array(values, dtype), (np.array(splits, np.int64),))


def table() -> kg.Function:
    ids = kg.Input((2,), dtype="int32", name="colours")
    return kg.Function(ids, layers.Embedding(9, 4)(ids))


def stored() -> kg.Function:
    x = kg.Input((4,), sparse=True, name="terms")
    return kg.Function(x, layers.Dense(2)(x))


def spread() -> kg.Function:
    x = kg.Input((4,), sparse=True, name="terms")
    return kg.Function(x, ops.to_dense(ops.tanh(x)))


def csr(**parts: Any) -> Any:
    """A CSR matrix whose arrays were changed after it was built."""
    matrix = sp.csr_array(np.float32([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 0]]))
    for name, value in parts.items():
        setattr(matrix, name, value)
    return matrix


def i32(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)


CASES = [
    Case("rank", dense, numbers, lambda: np.zeros((2, 2, 3), "f4"), ("pixels", "3 axes", "2")),
    Case("one row", dense, numbers, lambda: np.zeros(3, "f4"), ("pixels", "(3,)", "batch")),
    Case("scalar", dense, numbers, lambda: np.float32(1), ("pixels", "0 axes")),
    Case("width", dense, numbers, lambda: np.zeros((2, 4), "f4"), ("pixels", "(2, 4)", "3")),
    Case(
        "complex", dense, numbers, lambda: np.zeros((2, 3), "c8"), ("pixels", "complex"), TypeError
    ),
    Case("text", dense, numbers, lambda: np.array([["a"] * 3]), ("pixels", "<U1"), TypeError),
    Case("words", dense, numbers, lambda: [["a"] * 3], ("pixels", "float32"), TypeError),
    Case(
        "object", dense, numbers, lambda: np.array([[1, 2, None]]), ("pixels", "object"), TypeError
    ),
    Case(
        "dates",
        dense,
        numbers,
        lambda: np.zeros((2, 3), "M8[s]"),
        ("pixels", "datetime"),
        TypeError,
    ),
    Case("records", dense, numbers, lambda: np.zeros((2, 3), "f4,f4"), ("pixels", "f0"), TypeError),
    Case("uneven", dense, numbers, lambda: [[1, 2, 3], [4]], ("pixels", "ragged")),
    Case("none", dense, numbers, lambda: None, ("pixels", "None")),
    Case("a function", dense, numbers, lambda: len, ("pixels",), TypeError),
    Case("symbolic", dense, numbers, lambda: kg.Input((3,)), ("pixels", "no value"), TypeError),
    Case("ragged", dense, numbers, lambda: rows(np.zeros((4, 2, 1)), dtype="f4"), ("pixels",)),
    Case("wide sparse", dense, numbers, lambda: sp.eye_array(5, dtype="f4"), ("pixels", "(5, 5)")),
    Case("floats", whole, lambda: np.ones((2, 3), "i4"), numbers, ("counts", "int32"), TypeError),
    Case(
        "range",
        whole,
        lambda: np.ones((2, 3), "i4"),
        lambda: np.full((2, 3), 1 << 40),
        ("counts", "int32", str(1 << 40)),
    ),
    Case(
        "batches",
        pair,
        lambda: [numbers(), numbers()],
        lambda: [numbers(), np.ones((5, 3), "f4")],
        ("left", "right", "(5, 3)"),
    ),
    Case("two for three", pair, lambda: [numbers(), numbers()], lambda: [numbers()], ("2 inputs",)),
    Case("too many", pair, lambda: [numbers(), numbers()], lambda: [numbers()] * 3, ("2 inputs",)),
    Case(
        "unknown name",
        pair,
        lambda: {"left": numbers(), "right": numbers()},
        lambda: {"left": numbers(), "rihgt": numbers()},
        ("right",),
    ),
    Case(
        "missing name",
        pair,
        lambda: [numbers(), numbers()],
        lambda: {"left": numbers()},
        ("right",),
    ),
    Case(
        "one is none", pair, lambda: [numbers(), numbers()], lambda: [numbers(), None], ("right",)
    ),
    Case("falling splits", bag, rows, lambda: rows(splits=(0, 3, 2, 4)), ("words", "3", "2")),
    Case("late first split", bag, rows, lambda: rows(splits=(1, 2, 2, 4)), ("words", "0")),
    Case("far last split", bag, rows, lambda: rows(splits=(0, 2, 2, 1000)), ("words", "1000", "4")),
    Case("near last split", bag, rows, lambda: rows(splits=(0, 2, 2, 3)), ("words", "3", "4")),
    Case("negative split", bag, rows, lambda: rows(splits=(0, -2, 2, 4)), ("words", "-2")),
    Case(
        "huge split",
        longest,
        lambda: rows(dtype="f4"),
        lambda: rows(splits=(0, 1 << 60, 1, 4), dtype="f4"),
        ("words",),
    ),
    Case("no splits", bag, rows, lambda: rows(splits=()), ("words",)),
    Case(
        "ragged floats",
        bag,
        rows,
        lambda: rows((0.5, 1.5, 2, 3), dtype="f4"),
        ("words", "float32"),
        TypeError,
    ),
    Case("ragged items", bag, rows, lambda: rows(np.ones((4, 2))), ("words",)),
    Case("ragged id", bag, rows, lambda: rows((1, 2, 3, 9)), ("embedding", "0 to 8")),
    Case("negative ragged id", bag, rows, lambda: rows((1, -2, 3, 8)), ("embedding", "0 to 8")),
    Case("flat for ragged", bag, rows, lambda: i32(1, 2, 3), ("words",)),
    Case(
        "id",
        table,
        lambda: np.ones((2, 2), "i4"),
        lambda: i32(1, 2, 3, 9).reshape(2, 2),
        ("embedding", "0 to 8"),
    ),
    Case(
        "negative id",
        table,
        lambda: np.ones((2, 2), "i4"),
        lambda: i32(1, -1).reshape(1, 2),
        ("embedding", "0 to 8"),
    ),
    Case("column", stored, csr, lambda: csr(indices=i32(1, 7, 0)), ("terms", "7", "4")),
    Case("negative column", stored, csr, lambda: csr(indices=i32(1, -3, 0)), ("terms", "-3")),
    Case(
        "far column", spread, csr, lambda: csr(indices=i32(1, 1 << 30, 0)), ("terms", str(1 << 30))
    ),
    Case("falling indptr", stored, csr, lambda: csr(indptr=i32(0, 3, 2, 3)), ("terms",)),
    Case("far indptr", stored, csr, lambda: csr(indptr=i32(0, 2, 2, 30)), ("terms",)),
    Case("late indptr", stored, csr, lambda: csr(indptr=i32(1, 2, 2, 3)), ("terms",)),
    Case("negative indptr", spread, csr, lambda: csr(indptr=i32(0, -2, 2, 3)), ("terms",)),
    Case("short indptr", stored, csr, lambda: csr(indptr=i32(0, 3)), ("terms",)),
    Case("short data", stored, csr, lambda: csr(data=np.ones(1, "f4")), ("terms",)),
    Case("long data", stored, csr, lambda: csr(data=np.ones(9, "f4")), ("terms",)),
    Case(
        "columns",
        stored,
        csr,
        lambda: sp.csr_array((3, 5), dtype="f4"),
        ("terms", "5 columns", "4"),
    ),
    Case(
        "sparse complex",
        stored,
        csr,
        lambda: sp.csr_array(np.ones((3, 4), "c8")),
        ("terms", "complex"),
        TypeError,
    ),
    Case("vector for sparse", stored, csr, lambda: np.ones(4, "f4"), ("terms", "1 axes")),
    Case(
        "ragged for sparse",
        stored,
        csr,
        lambda: rows(dtype="f4"),
        ("terms", "RaggedTensor"),
        TypeError,
    ),
]


def refuse(compiled: Any, case: Case) -> None:
    with pytest.raises(case.error) as caught:
        compiled.call_with(case.bad())
    assert isinstance(caught.value, kg.KGraphError), repr(caught.value)
    missing = [word for word in case.words if word not in str(caught.value)]
    assert not missing, f"{missing} not in\n{caught.value}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_batch_is_refused_at_any_call(case: Case) -> None:
    compiled = compile_function(case.graph())
    refuse(compiled, case)
    wanted = parts(compiled.call_with(case.good()))
    refuse(compiled, case)
    refuse(compiled, case)
    assert_same_bits(parts(compiled.call_with(case.good())), wanted)


def test_big_endian_arrays_and_other_dtypes_are_converted() -> None:
    compiled = compile_function(dense())
    wanted = parts(compiled(numbers()))
    for dtype in (">f4", ">f8", "f8", "f2", "i8", ">i2", "u1"):
        assert_same_bits(parts(compiled(numbers().astype(dtype))), wanted)
    assert_same_bits(parts(compiled(numbers().tolist())), wanted)
    stored_rows = compile_function(stored())
    swapped = csr(data=csr().data.astype(">f4"))
    assert_same_bits(parts(stored_rows(swapped)), parts(stored_rows(csr())))
    words = compile_function(bag())
    swapped = kg.RaggedTensor._make(rows().flat_values.astype(">i4"), rows().nested_row_splits)
    assert_same_bits(parts(words(swapped)), parts(words(rows())))


def test_out_of_a_wrong_make_is_refused() -> None:
    compiled = compile_function(dense())
    x = numbers()
    good = np.empty((2, 2), np.float32)
    block = np.zeros(100, np.float32)
    square = compile_function(kg.Function(y := kg.Input((2,)), ops.tanh(y)))
    for bad in (
        np.empty((3, 2), np.float32),
        np.empty((2, 2), np.float64),
        np.empty((2, 4), np.float32)[:, ::2],
        np.empty((2, 2), ">f4"),
        np.asfortranarray(np.empty((2, 2), np.float32)),
        [[0, 0], [0, 0]],
        [good, good],
    ):
        with pytest.raises(ValueError, match="out"):
            compiled(x, out=bad)
    good.flags.writeable = False
    with pytest.raises(kg.KGraphError, match="writeable"):
        compiled(x, out=good)
    overlapping = block[2:6].reshape(2, 2)
    with pytest.raises(kg.KGraphError, match="shares memory"):
        square(block[:4].reshape(2, 2), out=overlapping)
    assert_same_bits([compiled(x, out=np.empty((2, 2), np.float32))], [compiled(x)])


def test_outputs_may_not_share_memory() -> None:
    x = kg.Input((2,))
    compiled = compile_function(kg.Function(x, [ops.tanh(x), ops.exp(x)]))
    block = np.zeros((3, 2), np.float32)
    with pytest.raises(kg.KGraphError, match="share"):
        compiled(np.ones((2, 2), np.float32), out=[block[:2], block[1:]])


def test_an_error_names_the_line_that_made_the_layer() -> None:
    compiled = compile_function(table())
    with pytest.raises(kg.KGraphError, match=r"test_errors\.py"):
        compiled(i32(9, 9).reshape(1, 2))
