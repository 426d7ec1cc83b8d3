"""NumPy's ufuncs on symbolic values build the graph of the op, and give what NumPy gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from tests.ops.tracing import Traced, plain, traced
from tests.tolerances import tolerance

X = np.float32([[0.25, 0.5, 0.75], [0.9, 0.1, 0.3]])
Y = np.float32([[2, 1, 0.5]])
WHOLE = [np.int32([[6, 5, 3], [1, 7, 2]]), np.int32([[1], [2]])]
SQUARE = np.float32([[1, -2, 3], [0, 5, -6], [7, 0.5, 9]])

OF_WHOLE = "bitwise_and bitwise_or bitwise_xor left_shift right_shift invert gcd lcm bitwise_count"
# what graphs cannot hold: dates, and bits of a float beside its value
REFUSED = {"isnat"}
UFUNCS = sorted(
    {u for u in vars(np).values() if isinstance(u, np.ufunc) and u.__name__ not in REFUSED},
    key=lambda ufunc: ufunc.__name__,
)


def arguments(ufunc: np.ufunc) -> list[np.ndarray]:
    name = ufunc.__name__
    if name in OF_WHOLE.split():
        return WHOLE[: ufunc.nin]
    special = {
        "arccosh": [X + 1],
        "matmul": [X, Y.T.copy()],
        "matvec": [X, Y[0]],
        "vecmat": [Y[0, :2], X],
        "ldexp": [X, WHOLE[1]],
    }
    return special.get(name, [X, Y][: ufunc.nin])


def close(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            close(one, other)
        return
    assert isinstance(found, Traced)
    array = plain(found)
    assert array.shape == np.shape(expected)
    rtol, atol = tolerance(array.dtype)
    np.testing.assert_allclose(array, expected, rtol=rtol, atol=atol)


@pytest.mark.promise("A2.numpy-functions")
@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
def test_every_ufunc_of_numpy(ufunc: np.ufunc) -> None:
    arrays = arguments(ufunc)
    close(ufunc(*traced(arrays)), ufunc(*arrays))


def test_dates_are_refused() -> None:
    with pytest.raises(kg.KGraphError, match=r"np\.isnat cannot be part of a graph"):
        np.isnat(kg.Input((3,)))


METHODS: dict[str, Callable[[Any], Any]] = {
    "add.reduce": lambda x: np.add.reduce(x),
    "add.reduce axis": lambda x: np.add.reduce(x, 1, keepdims=True),
    "add.reduce all": lambda x: np.add.reduce(x, axis=None),
    "add.reduce dtype": lambda x: np.add.reduce(x, 1, dtype="float64"),
    "add.reduce initial": lambda x: np.add.reduce(x, 1, initial=2.5),
    "add.reduce where": lambda x: np.add.reduce(x, 1, where=x > 0),
    "multiply.reduce": lambda x: np.multiply.reduce(x, 1),
    "multiply.reduce where": lambda x: np.multiply.reduce(x, 0, where=x > 0),
    "maximum.reduce": lambda x: np.maximum.reduce(x, -1),
    "maximum.reduce where": lambda x: np.maximum.reduce(x, -1, where=x < 3, initial=-100),
    "minimum.reduce": lambda x: np.minimum.reduce(x, axis=(0, 1), initial=-3),
    "logical_and.reduce": lambda x: np.logical_and.reduce(x, 1),
    "logical_or.reduce": lambda x: np.logical_or.reduce(x, 0, where=x > 8),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, 1),
    "subtract.reduce": lambda x: np.subtract.reduce(x, 1, keepdims=True),
    "hypot.reduce": lambda x: np.hypot.reduce(x, 0),
    "add.accumulate": lambda x: np.add.accumulate(x, 1),
    "multiply.accumulate": lambda x: np.multiply.accumulate(x),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, 1),
    "subtract.accumulate": lambda x: np.subtract.accumulate(x, 1),
    "add.outer": lambda x: np.add.outer(x, np.float32([1, 2])),
    "outer reflected": lambda x: np.multiply.outer(np.float32([1, 2]), x),
    "outer of a number": lambda x: np.subtract.outer(x, 2.0),
    "outer of both": lambda x: np.subtract.outer(x, x),
    "dtype": lambda x: np.add(x, 1, dtype="float64"),
    "harmless keywords": lambda x: np.add(x, 1, out=None, casting="same_kind", where=True),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_keywords(name: str) -> None:
    (x,) = traced([SQUARE])
    close(METHODS[name](x), METHODS[name](SQUARE))


REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "at": (lambda x: np.add.at(x, [0], 1), r"np.add.at cannot be part of a graph"),
    "reduceat": (lambda x: np.add.reduceat(x, [0, 2], 1), r"np.add.reduceat cannot be part"),
    "out": (lambda x: np.add(x, 1, out=np.ones(3)), r"np.add\(out=…\) cannot be part"),
    "where": (lambda x: np.add(x, 1, where=x > 0), r"np.add\(where=…\) cannot [\s\S]*ops.where"),
    "casting": (lambda x: np.add(x, 1, casting="unsafe"), r"np.add\(casting=…\)[\s\S]*ops.cast"),
    "dtype": (lambda x: np.sqrt(x, dtype="int32"), r"np.sqrt\(dtype=int32\) cannot be part"),
    "reduce out": (lambda x: np.add.reduce(x, 1, out=np.ones(3)), r"np.add.reduce\(out=…\)"),
    "no identity": (
        lambda x: np.maximum.reduce(x, 1, where=x > 0),
        r"np.maximum.reduce\(where=…\) has no value where all is masked\n  try +give initial=",
    ),
    "unknown size": (lambda x: np.subtract.reduce(x, 0), r"entry by entry[\s\S]*axis 0 of f32\[B"),
    "two axes": (lambda x: np.subtract.reduce(x, (0, 1)), r"give one axis"),
    "foreign ufunc": (
        lambda x: np.frompyfunc(lambda a: a, 1, 1)(x),
        r"no op stands for this ufunc",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_a_graph_cannot_do_is_refused_by_name(name: str) -> None:
    call, words = REFUSALS[name]
    with pytest.raises(kg.KGraphError, match=words):
        call(kg.Input((3,)))


def test_modf_of_infinity_has_no_fraction() -> None:
    array = np.float32([[np.inf, -np.inf, -2.5]])
    close(np.modf(*traced([array])), np.modf(array))


@pytest.mark.promise("A2.numpy-functions")
def test_a_model_of_ufuncs_runs_as_numpy_does() -> None:
    x = kg.Input((3,))
    model = kg.Model(x, np.maximum.accumulate(np.fmin(np.cbrt(x), 1.0), 1) * np.signbit(-x))
    expected = np.maximum.accumulate(np.fmin(np.cbrt(X), 1.0), 1) * np.signbit(-X)
    np.testing.assert_allclose(model(X), expected, rtol=1e-6)
    again = kg.models.model_from_json(model.to_json())
    np.testing.assert_array_equal(again(X), model(X))
