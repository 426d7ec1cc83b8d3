"""The attributes of a KerasTensor, what it refuses, and KerasTensors made by hand."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest

import kgraph as kg


@pytest.mark.promise("A2.repr")
def test_repr_names_shape_dtype_kind_and_maker() -> None:
    x = kg.Input((3,), name="shown")
    assert repr(x) == "<KerasTensor: shape=(None, 3) dtype=float32 (created by layer 'shown')>"
    assert repr(kg.Input((None,), name="rows", ragged=True)).startswith("<KerasTensor: ragged ")
    assert repr(kg.Input((3,), name="csr", sparse=True)).startswith("<KerasTensor: sparse ")
    assert (
        str(x)
        == f"{x}"
        == (
            "KerasTensor(type_spec=TensorSpec(shape=(None, 3), dtype=float32, name=None), "
            "name='shown', description=\"created by layer 'shown'\")"
        )
    )


@pytest.mark.promise("A2.attributes")
def test_attributes() -> None:
    x = kg.Input((3,), name="seen", dtype="float64")
    y = x * 2
    assert (x.shape, x.ndim, x.rank, x.name, x.size) == ((None, 3), 2, 2, "seen", None)
    assert x.get_shape() == x.shape
    assert x.dtype == "float64"
    assert (x.sparse, x.ragged) == (False, False)
    assert x.type_spec == kg.TensorSpec((None, 3), "float64")
    assert x.ref() is x
    assert y.layer is y.op is y.node.operation is kg.ops.multiply
    assert kg.Input((3,), batch_size=2).size == 6
    assert y.source.rpartition(":")[0] == __file__


@pytest.mark.promise("A2.attributes")
def test_history_tells_which_call_of_a_shared_layer_made_it() -> None:
    dense = kg.layers.Dense(2)
    first, second = dense(kg.Input((3,))), dense(kg.Input((3,)))
    assert first._keras_history == (dense, 0, 0)
    assert second._keras_history.node_index == 1
    assert (first + 1)._keras_history.operation is kg.ops.add


@pytest.mark.promise("A2.output-name")
def test_an_output_bears_the_name_of_its_layer() -> None:
    x = kg.Input((3,))
    assert kg.layers.Dense(2, name="score")(x).name == "score"
    assert kg.ops.tanh(x).name.startswith("tanh")


def test_an_unknown_attribute_names_the_nearest() -> None:
    x = kg.Input((3,))
    with pytest.raises(AttributeError, match="did you mean 'shape'"):
        _ = x.shap
    assert not hasattr(x, "device")
    assert not hasattr(x, "_private")


@pytest.mark.promise("A2.bool")
def test_it_is_neither_true_nor_false() -> None:
    x = kg.Input((3,))
    for question in (lambda: bool(x), lambda: x > 0 and 1, lambda: not x):
        with pytest.raises(TypeError, match=r"ops\.where\(condition, a, b\)"):
            question()


@pytest.mark.promise("A2.len")
def test_it_has_no_len() -> None:
    with pytest.raises(TypeError, match="no `len\\(\\)`"):
        len(kg.Input((3,)))


@pytest.mark.promise("A2.iteration")
def test_a_known_first_axis_can_be_iterated() -> None:
    rows = list(kg.Input((2,), batch_size=3))
    assert [row.shape for row in rows] == [(2,)] * 3
    with pytest.raises(TypeError, match="first dimension is not known"):
        iter(kg.Input((2,)))
    with pytest.raises(TypeError, match="is a scalar"):
        iter(kg.Input(type_spec=kg.TensorSpec((), "int32")))


@pytest.mark.promise("A2.int-and-float")
@pytest.mark.parametrize("convert", [int, float, complex, operator.index, range, "{:.2f}".format])
def test_it_is_no_number(convert: Any) -> None:
    with pytest.raises(TypeError, match="is symbolic: it has a shape and a dtype but no value"):
        convert(kg.Input((3,)))


@pytest.mark.promise("A2.np-array")
@pytest.mark.parametrize("convert", [np.array, np.asarray, lambda x: np.array([x, x])])
def test_it_is_no_array(convert: Any) -> None:
    with pytest.raises(TypeError, match="it is no NumPy array"):
        convert(kg.Input((3,)))


@pytest.mark.promise("A2.numpy-functions")
def test_numpy_functions_draw_the_graph() -> None:
    x = kg.Input((3,))
    batch = np.float32([[1, 2, 3], [4, 5, 6]])
    drawn = [np.square(x), np.mean(x), np.concatenate([x, x])]
    for found, expected in zip(
        kg.Model(x, drawn)(batch),
        [np.square(batch), np.mean(batch), np.concatenate([batch, batch])],
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.promise("A2.copy-and-pickle")
def test_copies_and_pickles_keep_the_graph() -> None:
    y = kg.Input((3,), name="kept") * 2
    assert copy.copy(y).node is y.node
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert repr(twin) == repr(y)
        model = kg.Model(twin.node.inputs[0], twin)
        np.testing.assert_array_equal(model(np.ones((1, 3), np.float32)), [[2, 2, 2]])


# -- set_shape and ensure_shape --------------------------------------------------------------------


@pytest.mark.promise("A2.attributes")
def test_set_shape_makes_a_size_known_that_was_not() -> None:
    x = kg.Input((None,))
    x.set_shape((None, 4))
    assert x.shape == (None, 4)
    model = kg.Model(x, kg.layers.Dense(2)(x))
    assert model(np.ones((3, 4))).shape == (3, 2)
    with pytest.raises(ValueError, match="5 entries on axis 1, expected 4"):
        model(np.ones((3, 5)))


def test_set_shape_on_a_value_inside_a_graph_is_checked_at_each_call() -> None:
    x = kg.Input((None,))
    y = x * 2
    y.set_shape((3, None))
    model = kg.Model(x, [y, y + 1])
    assert [out.shape for out in model.outputs] == [(3, None)] * 2
    for made in (model, kg.Model.from_config(model.get_config())):
        assert made(np.ones((3, 2)))[1].shape == (3, 2)
        with pytest.raises(ValueError, match="axis 0 has 2 entries, and 3 are wanted"):
            made(np.ones((2, 2)))


def test_set_shape_that_says_nothing_new_changes_nothing() -> None:
    x = kg.Input((4,))
    node = x.node
    x.set_shape((None, 4))
    assert x.node is node


def test_set_shape_refuses_a_contradiction() -> None:
    x = kg.Input((4,))
    for shape in ((None, 5), (None,), (None, 4, 1)):
        with pytest.raises(ValueError, match="ensure_shape: the shapes do not agree"):
            x.set_shape(shape)
    with pytest.raises(TypeError, match="give the Input the shape"):
        kg.Input((None,), ragged=True).set_shape((3, None))


# -- made by hand ----------------------------------------------------------------------------------


def test_one_made_by_hand_is_an_input() -> None:
    x = kg.KerasTensor((None, 2), "int32", name="by_hand")
    assert (x.shape, x.dtype, x.name, x.layer) == ((None, 2), np.dtype("int32"), "by_hand", None)
    model = kg.Model(x, x * 2)
    again = kg.Model.from_config(model.get_config())
    for made in (model, again):
        np.testing.assert_array_equal(made(np.int32([[1, 2]])), [[2, 4]])
    np.testing.assert_array_equal(kg.Function(x, x + 1)(np.int32([[1, 2]])), [[2, 3]])


def test_kinds_made_by_hand() -> None:
    assert kg.KerasTensor((None, 2)).dtype == kg.floatx()
    assert kg.KerasTensor((None, 2), sparse=True).sparse
    rows = kg.KerasTensor((None, None, 3), ragged=True, row_splits_dtype="int32")
    assert rows.ragged_rank == 1
    assert rows.row_splits.dtype == "int32"
    assert kg.KerasTensor((None, None, None), ragged=True, ragged_rank=1).ragged_rank == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shape": (2,), "sparse": True, "ragged": True}, "choose one"),
        ({"shape": (-1,)}, "-1"),
        ({"shape": None}, "needs a shape"),
        ({"shape": ("a",)}, "'a'"),
        ({"shape": (2,), "dtype": "flaot32"}, "flaot32"),
        ({"shape": (2,), "name": 3}, "`name` is a string"),
    ],
)
def test_arguments_that_make_no_keras_tensor(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(kg.KGraphError, match=words):
        kg.KerasTensor(**arguments)
