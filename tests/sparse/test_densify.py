"""What is said when a sparse value becomes dense, and when nothing is."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers, ops

SPARSE = sp.csr_array(np.float32([[0, 1.5, 0], [0, 0, 0], [3, 0, -1]]))


def placeholder(columns: int = 3) -> kg.KerasTensor:
    return kg.Input((columns,), sparse=True)


def test_the_op_the_value_its_bytes_and_the_line_are_named() -> None:
    x = placeholder(1000)
    with pytest.warns(kg.DensifyWarning) as said:
        ops.exp(x)
    (found,) = said
    assert found.filename == __file__
    text = str(found.message)
    assert text.startswith("exp: a sparse value becomes dense\n")
    assert f"where     {Path(__file__)}:{found.lineno}\n" in text
    assert "sparse f32[B, 1000], which takes 4,000 bytes for each row when dense" in text
    assert "ops.to_dense(x)" in text


def test_an_operator_and_a_layer_name_the_line_of_the_user() -> None:
    x = placeholder()
    for draw in (lambda: x + 1, lambda: layers.Activation("sigmoid")(x), lambda: np.cos(x)):
        with pytest.warns(kg.DensifyWarning) as said:
            draw()
        assert [warning.filename for warning in said] == [__file__]


def test_each_node_says_it_once_and_a_model_that_runs_says_nothing() -> None:
    x = placeholder()
    with pytest.warns(kg.DensifyWarning) as said:
        outputs = [ops.exp(x), ops.exp(x), ops.cos(x)]
    assert len(said) == 3
    model = kg.Model(x, outputs)
    inner = kg.Input((3,), sparse=True)
    model(SPARSE)
    model.predict(SPARSE, verbose=0)
    kg.compile(model)(SPARSE)
    kg.Model(inner, model(inner))(SPARSE)  # said when `model` was drawn
    kg.Function(x, outputs)(SPARSE)


def test_to_dense_is_silent() -> None:
    x = placeholder()
    found = kg.Model(x, [ops.to_dense(x) + 1, x.to_dense(), ops.exp(kg.sparse.to_dense(x))])
    np.testing.assert_array_equal(found(SPARSE)[0], SPARSE.toarray() + 1)


def test_values_say_it_too() -> None:
    with pytest.warns(kg.DensifyWarning, match="exp: a sparse value becomes dense"):
        ops.exp(SPARSE)


def test_it_can_be_made_an_error_or_silenced() -> None:
    x = placeholder()
    with warnings.catch_warnings():
        warnings.simplefilter("error", kg.DensifyWarning)
        with pytest.raises(kg.DensifyWarning):
            ops.exp(x)
        warnings.simplefilter("ignore", kg.DensifyWarning)
        assert not ops.exp(x).sparse


def test_past_the_limit_it_is_an_error_while_drawing() -> None:
    wide = kg.Input((2**20,), batch_size=2**20, sparse=True)
    with pytest.raises(ValueError, match="exp: this sparse value would take 4,398,046,511,104"):
        ops.exp(wide)
    huge = sp.csr_array((2**20, 2**20), dtype="float32")
    with pytest.raises(ValueError, match=r"at most kgraph\.config\.densify_limit"):
        ops.exp(huge)
    assert (ops.tanh(huge) @ huge).shape == (2**20, 2**20)  # what keeps zeros needs no room
