"""Dense against the NumPy formula, on each kind, and its errors."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.layers import Dense

from .samples import floats, ragged, sparse


def built(
    units: int = 3, features: int = 4, **kwargs: object
) -> tuple[Dense, np.ndarray, np.ndarray]:
    layer = Dense(units, **kwargs)
    layer(np.zeros((1, features), np.float32))
    kernel, bias = floats(features, units), floats(units)
    layer.set_weights([kernel, bias])
    return layer, kernel, bias


def test_result_is_product_plus_bias() -> None:
    layer, kernel, bias = built()
    x = floats(5, 4)
    np.testing.assert_allclose(layer(x), x @ kernel + bias, rtol=1e-6, atol=1e-6)


def test_leading_axes_are_kept() -> None:
    layer, kernel, bias = built()
    x = floats(2, 3, 4)
    np.testing.assert_allclose(layer(x), x @ kernel + bias, rtol=1e-6, atol=1e-6)


def test_activation_is_applied_last() -> None:
    layer, kernel, bias = built(activation="relu")
    x = floats(5, 4)
    np.testing.assert_allclose(layer(x), np.maximum(x @ kernel + bias, 0), rtol=1e-6, atol=1e-6)


def test_without_bias_the_kernel_is_the_only_weight() -> None:
    layer = Dense(2, use_bias=False)
    layer(floats(1, 3))
    assert [w.name for w in layer.weights] == ["kernel"]


def test_dense_ragged_and_sparse_forms_of_equal_rows_agree() -> None:
    layer, *_ = built()
    matrix = sparse(5, 4)
    dense = layer(matrix.toarray())
    np.testing.assert_allclose(layer(matrix), dense, rtol=1e-6, atol=1e-6)
    rows = kg.RaggedTensor.from_row_splits(matrix.toarray(), [0, 2, 2, 5])
    np.testing.assert_array_equal(layer(rows).flat_values, dense)


@pytest.mark.parametrize("form", ["csr_array", "csr_matrix", "coo_array", "csc_matrix"])
def test_every_sparse_format_is_taken(form: str) -> None:
    layer, kernel, bias = built()
    matrix = getattr(scipy.sparse, form)(sparse(3, 4))
    np.testing.assert_allclose(layer(matrix), matrix @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_sparse_float64_is_cast_to_the_dtype_of_the_layer() -> None:
    layer, *_ = built()
    wide = scipy.sparse.csr_array(sparse(3, 4).astype(np.float64))
    assert layer(wide).dtype == np.float32
    assert layer(kg.Input((4,), dtype="float64", sparse=True)).dtype == np.float32


def test_ragged_rows_keep_their_bounds() -> None:
    layer, *_ = built()
    x = ragged(4)
    assert layer(x).nested_row_splits[0] is x.nested_row_splits[0]


@pytest.mark.parametrize("units", [0, -1, 2.5, "a", None, True])
def test_units_must_be_a_positive_integer(units: object) -> None:
    with pytest.raises(ValueError, match="invalid value for `units`, expected a positive integer"):
        Dense(units)


def test_numpy_integer_is_an_integer() -> None:
    assert Dense(np.int64(3)).units == 3


def test_last_axis_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"size of axis -1 .* is not known"):
        Dense(3)(kg.Input((None,)))


def test_ragged_last_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="size of axis -1"):
        Dense(3)(kg.Input((None,), ragged=True))


def test_ragged_last_axis_is_refused_after_it_was_built() -> None:
    layer, *_ = built()
    with pytest.raises(ValueError, match="different lengths"):
        layer(kg.Input((None,), ragged=True))


def test_rank_must_be_two_or_more() -> None:
    with pytest.raises(ValueError, match="expected min_ndim=2, found ndim=1"):
        Dense(3)(np.zeros(4, np.float32))


@pytest.mark.parametrize("given", [kg.Input((5,)), np.zeros((2, 5), np.float32)])
def test_width_must_be_that_of_the_kernel(given: object) -> None:
    layer = Dense(3, name="score")
    layer(kg.Input((4,)))
    expected = (
        'Input 0 of layer "score" is incompatible with the layer: '
        "expected axis -1 of input shape to have value 4, but received input with shape"
    )
    with pytest.raises(ValueError, match=expected) as caught:
        layer(given)
    assert "where" in str(caught.value)
    assert "test_dense.py" in str(caught.value)


def test_lists_of_numbers_are_taken_as_an_array() -> None:
    assert Dense(2)([[1.0, 2.0, 3.0]]).shape == (1, 2)


def test_lists_of_unequal_length_point_to_ragged_rows() -> None:
    with pytest.raises(ValueError, match="RaggedTensor"):
        Dense(2)([[1.0, 2.0], [3.0]])


def test_adapters_and_quantization_are_refused_not_ignored() -> None:
    with pytest.raises(ValueError, match="`lora_rank` is not supported"):
        Dense(2, lora_rank=4)
    with pytest.raises(ValueError, match="not supported"):
        Dense(2).enable_lora(4)


def test_regularizers_and_constraints_are_kept_in_the_config() -> None:
    class L2:
        def get_config(self) -> dict[str, float]:
            return {"l2": 0.5}

    config = Dense(2, kernel_regularizer=L2(), bias_constraint="non_neg").get_config()
    assert config["kernel_regularizer"]["class_name"] == "L2"
    assert config["kernel_regularizer"]["config"] == {"l2": 0.5}
    assert config["bias_constraint"] == "non_neg"
    assert Dense.from_config(config).get_config() == config
