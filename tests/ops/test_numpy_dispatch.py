"""NumPy's functions on symbolic values build the graph of the op."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

from kgraph.types.operators import NUMPY_FUNCTIONS
from tests.ops.tracing import Traced, plain, traced
from tests.tolerances import tolerance

X = np.float32([[0.25, 0.5, 0.75], [0.9, 0.1, 0.3]])
Y = np.float32([[2, 1, 0.5]])
BINARY_OF_WHOLE = {"bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"}
UFUNCS = [function for function in NUMPY_FUNCTIONS if isinstance(function, np.ufunc)]


def close(found: object, expected: np.ndarray) -> None:
    assert isinstance(found, Traced)
    array = plain(found)
    assert array.shape == np.shape(expected)
    rtol, atol = tolerance(array.dtype)
    np.testing.assert_allclose(array, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda ufunc: ufunc.__name__)
def test_ufunc(ufunc: np.ufunc) -> None:
    name = ufunc.__name__
    arrays = [X + 1 if name == "arccosh" else X, Y][: ufunc.nin]
    if name in BINARY_OF_WHOLE:
        arrays = [np.int32([[6, 5, 3]]), np.int32([[1], [2]])]
    elif name == "matmul":
        arrays = [X, Y.T.copy()]
    close(ufunc(*traced(arrays)), ufunc(*arrays))


CALLS = {
    "sum": lambda x: np.sum(x, axis=1, keepdims=True),
    "sum_all": lambda x: np.sum(x),
    "mean": lambda x: np.mean(x, 0),
    "var": lambda x: np.var(x, axis=-1),
    "std": lambda x: np.std(x),
    "max": lambda x: np.max(x, 1),
    "argmax": lambda x: np.argmax(x, axis=1),
    "any": lambda x: np.any(x > 0.5, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "where": lambda x: np.where(x > 0.3, x, 0),
    "clip": lambda x: np.clip(x, 0.2, 0.6),
    "clip_below": lambda x: np.clip(x, 0.2, None),
    "concatenate": lambda x: np.concatenate([x, x], axis=-1),
    "concatenate_flat": lambda x: np.concatenate([x, x], axis=None),
    "stack": lambda x: np.stack([x, x], axis=1),
    "hstack": lambda x: np.hstack([x, x]),
    "vstack": lambda x: np.vstack((x, x)),
    "reshape": lambda x: np.reshape(x, (3, -1)),
    "transpose": lambda x: np.transpose(x),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, 0), axis=0),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "tile": lambda x: np.tile(x, (1, 2)),
    "flip": lambda x: np.flip(x, 1),
    "roll": lambda x: np.roll(x, 1, axis=1),
    "pad": lambda x: np.pad(x, ((0, 0), (1, 0)), constant_values=2),
    "take": lambda x: np.take(x, [0, 2], axis=1),
    "round": lambda x: np.round(x, 1),
    "dot": lambda x: np.dot(x, np.ones((3, 2), np.float32)),
    "tensordot": lambda x: np.tensordot(x, np.ones((3, 2), np.float32), 1),
    "outer": lambda x: np.outer(x, np.float32([1, 2])),
    "zeros_like": lambda x: np.zeros_like(x),
    "ones_like": lambda x: np.ones_like(x),
    "operators": lambda x: -x @ np.ones((3, 1), np.float32) / 2 + abs(x[:, :1]) ** 2 - 1,
    "reflected": lambda x: 1 - 2 / x + np.float32([1, 2, 3]) * x,
    "index": lambda x: x[:, 1:][..., None],
}


@pytest.mark.parametrize("name", CALLS)
def test_function(name: str) -> None:
    (x,) = traced([X])
    close(CALLS[name](x), CALLS[name](X))


def test_split_gives_a_list() -> None:
    (x,) = traced([X])
    for found, expected in zip(np.split(x, 3, axis=1), np.split(X, 3, axis=1), strict=True):
        close(found, expected)


def test_shape_and_ndim_are_asked_of_the_type() -> None:
    (x,) = traced([X], rows=2)
    assert np.shape(x) == (None, 3)
    assert np.ndim(x) == 2


@pytest.mark.parametrize("name", ["expit", "log_expit", "erf", "erfc"])
def test_scipy_ufuncs_are_known_by_name(name: str) -> None:
    (x,) = traced([X])
    close(getattr(scipy.special, name)(x), getattr(scipy.special, name)(X))


def test_what_no_op_stands_for_is_refused() -> None:
    (x,) = traced([X])
    with pytest.raises(TypeError, match="no implementation found"):
        np.linalg.norm(x)
    with pytest.raises(TypeError, match=r"did not contain a loop|returned NotImplemented"):
        np.nextafter(x, 1)
    with pytest.raises(TypeError, match=r"np.sum: where cannot be given for symbolic values"):
        np.sum(x, where=X > 0.5)
    with pytest.raises(TypeError, match="returned NotImplemented"):
        np.add.reduce(x)
