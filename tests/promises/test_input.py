"""Arguments and errors of Input, where Keras 2 and Keras 3 differ or leave holes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model


@pytest.mark.promise("A1.shape-tuple", "A1.shape-int", "A1.shape-none", "A1.shape-empty")
@pytest.mark.parametrize(
    ("shape", "whole"),
    [
        ((32,), (None, 32)),
        (32, (None, 32)),
        ([None, 3], (None, None, 3)),
        ((), (None,)),
        ((0,), (None, 0)),
        ((np.int64(3),), (None, 3)),
    ],
)
def test_shapes(shape, whole) -> None:
    x = Input(shape)
    assert x.shape == whole
    assert x.dtype == "float32"


@pytest.mark.promise("A1.shape-negative")
def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        Input((-1,))


@pytest.mark.promise("A1.shape-not-integer")
@pytest.mark.parametrize("size", [3.5, "3", True])
def test_a_size_is_an_integer_or_none(size) -> None:
    with pytest.raises(TypeError, match=repr(size)):
        Input((size,))


@pytest.mark.promise("A1.batch-size")
def test_another_batch_size_is_refused_at_every_call() -> None:
    x = Input((2,), batch_size=3, name="x")
    model = Model(x, x * 2)
    for _ in range(2):
        assert model(np.ones((3, 2))).shape == (3, 2)
        with pytest.raises(ValueError, match=r"'x'"):
            model(np.ones((5, 2)))


@pytest.mark.promise("A1.name")
def test_names_are_strings_of_any_letters() -> None:
    assert [Input((2,), name=name).name for name in ("a b", "a/b")] == ["a b", "a/b"]
    with pytest.raises(TypeError, match=r"`name`.*3"):
        Input((2,), name=3)


@pytest.mark.promise("A1.name-unique")
def test_two_inputs_may_share_a_name_until_one_model_holds_both() -> None:
    a, b = Input((2,), name="z"), Input((2,), name="z")
    assert Model(a, a * 2).input_names == Model(b, b * 2).input_names == ["z"]
    with pytest.raises(ValueError, match="z"):
        Model([a, b], a + b)


@pytest.mark.promise("A1.dtype")
@pytest.mark.parametrize("dtype", ["int64", np.int64, np.dtype("int64"), kg.int64])
def test_dtypes_by_any_spelling(dtype) -> None:
    assert Input((2,), dtype=dtype).dtype == "int64"


@pytest.mark.promise("A1.dtype")
def test_an_unknown_dtype_is_refused_with_a_near_name() -> None:
    with pytest.raises(TypeError, match="float32"):
        Input((2,), dtype="flaot32")


@pytest.mark.promise("A1.sparse")
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_every_scipy_format_feeds_a_sparse_input(layout: str) -> None:
    x = Input((3,), sparse=True)
    matrix = scipy.sparse.csr_array(np.float32([[0, 2, 0], [1, 0, 0]])).asformat(layout)
    assert Model(x, -x)(matrix).toarray().tolist() == [[0, -2, 0], [-1, 0, 0]]


RAGGED = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 1, 3])


@pytest.mark.promise("A1.tensor")
def test_every_kind_of_value_can_be_wrapped_and_is_the_default_feed() -> None:
    x = Input(tensor=scipy.sparse.csr_array(np.float32([[0, 2]])))
    assert Model(x, x * 2)().toarray().tolist() == [[0, 4]]
    r = Input(tensor=RAGGED)
    assert Model(r, r * 2)().to_list() == [[2.0], [4.0, 6.0]]
    assert Model(r, r * 2).predict(verbose=0).to_list() == [[2.0], [4.0, 6.0]]
    assert Input(tensor=Input((3,), dtype="int32")).type_spec == kg.TensorSpec((None, 3), "int32")


@pytest.mark.promise("A1.tensor")
def test_what_contradicts_the_tensor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"float64(.|\n)*int32"):
        Input(tensor=np.ones((2, 3)), dtype="int32")


@pytest.mark.promise("A1.type-spec-wrong")
@pytest.mark.parametrize("spec", [(None, 3), "float32", np.ones(2)])
def test_what_is_no_type_spec_is_refused(spec) -> None:
    with pytest.raises(TypeError, match="TypeSpec"):
        Input(type_spec=spec)


@pytest.mark.promise("A1.positional-order")
def test_arguments_come_in_the_order_of_keras_2() -> None:
    x = Input((3,), 4, "q", "int32", True)
    assert (x.shape, x.name, x.dtype, x.sparse) == ((4, 3), "q", "int32", True)


@pytest.mark.promise("A1.ragged-attributes")
def test_the_parts_of_a_ragged_input_are_symbolic() -> None:
    x = Input((None, None), ragged=True)
    assert x.ragged_rank == 2
    parts = {
        "values": x.values, "flat_values": x.flat_values, "row_splits": x.row_splits,
        "nested_row_splits": list(x.nested_row_splits), "row_lengths": x.row_lengths(),
        "value_rowids": x.value_rowids(), "nrows": x.nrows(),
        "bounding_shape": x.bounding_shape(), "to_tensor": x.to_tensor(),
        "with_values": x.with_values(x.values * 2),
    }  # fmt: skip
    value = kg.RaggedTensor.from_nested_row_splits(np.float32([1, 2, 3]), [[0, 2, 2], [0, 1, 3]])
    got = Model(x, parts)(value)
    assert got["flat_values"].tolist() == [1, 2, 3]
    assert got["values"].to_list() == [[1], [2, 3]]
    assert [s.tolist() for s in got["nested_row_splits"]] == [[0, 2, 2], [0, 1, 3]]
    assert got["row_splits"].tolist() == [0, 2, 2]
    assert got["row_lengths"].tolist() == [2, 0]
    assert got["value_rowids"].tolist() == [0, 0]
    assert got["nrows"] == 2
    assert got["bounding_shape"].tolist() == [2, 2, 2]
    assert got["to_tensor"].tolist() == [[[1, 0], [2, 3]], [[0, 0], [0, 0]]]
    assert got["with_values"].to_list() == [[[2], [4, 6]], []]


@pytest.mark.promise("A1.sparse-attributes")
def test_the_parts_of_a_sparse_input_are_symbolic() -> None:
    x = Input((3,), sparse=True)
    outputs = [x.values, x.indices, x.dense_shape, x.data, x.indptr]
    got = Model(x, outputs)(scipy.sparse.csr_array(np.float32([[0, 2, 0], [1, 0, 3]])))
    assert [part.tolist() for part in got] == [
        [2, 1, 3],
        [[0, 1], [1, 0], [1, 2]],
        [2, 3],
        [2, 1, 3],
        [0, 1, 3],
    ]
