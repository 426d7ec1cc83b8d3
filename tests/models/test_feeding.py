"""What a model is given: lists, dicts, nested structures, and values that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph.models.feeding import as_value, conform, match


def one(rows: int = 1) -> Any:
    return np.ones((rows, 2), "float32")


def pair() -> kg.Model:
    a, b = kg.Input(shape=(2,), name="a"), kg.Input(shape=(2,), name="b")
    return kg.Model([a, b], a - 2.0 * b)


def flat(model: kg.Model, given: Any) -> list[Any]:
    return match(model.input, model.inputs, given, model.name)


@pytest.mark.parametrize(
    "given", [["A", "B"], ("A", "B"), {"a": "A", "b": "B"}, {"b": "B", "a": "A"}]
)
def test_a_list_of_inputs_takes_lists_and_dicts_by_name(given: Any) -> None:
    assert flat(pair(), given) == ["A", "B"]


def test_a_dict_of_inputs_takes_dicts_by_key_and_flat_lists() -> None:
    a, b = kg.Input(shape=(2,), name="a"), kg.Input(shape=(2,), name="b")
    model = kg.Model({"left": a, "right": b}, a + b)
    assert flat(model, {"right": "R", "left": "L"}) == ["L", "R"]
    assert flat(model, ["L", "R"]) == ["L", "R"]


def test_nested_inputs_take_the_same_nesting_and_names() -> None:
    a, b, c = (kg.Input(shape=(2,), name=name) for name in "abc")
    model = kg.Model({"u": [a, b], "v": {"w": c}}, a + b + c)
    assert flat(model, {"v": {"w": "C"}, "u": ["A", "B"]}) == ["A", "B", "C"]
    assert flat(model, {"a": "A", "b": "B", "c": "C"}) == ["A", "B", "C"]


def test_one_input_takes_a_value_or_a_list_of_it() -> None:
    x = kg.Input(shape=(2,), name="x")
    model = kg.Model(x, x + 1.0)
    data = one()
    assert flat(model, data)[0] is data
    assert flat(model, [data])[0] is data
    assert flat(model, {"x": data})[0] is data


def test_a_missing_name_is_named() -> None:
    text = (
        r'Missing data for input "b"\. You passed a data dictionary with keys \[\'a\'\]\. '
        r"Expected the following keys: \['a', 'b'\]"
    )
    with pytest.raises(ValueError, match=text):
        flat(pair(), {"a": one()})


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="has no input 'c'"):
        flat(pair(), {"a": one(), "b": one(), "c": one()})


def test_a_wrong_number_of_values() -> None:
    with pytest.raises(ValueError, match=r"expects 2 input\(s\), but it received 1 input"):
        flat(pair(), [one()])


# -- values ----------------------------------------------------------------------------------------


def given_to(value: Any, **kind: Any) -> Any:
    tensor = kg.Input(name=kg.graph.naming.unique_name("given"), **kind)
    return conform(as_value(value, tensor), tensor, "m")


def test_integers_become_floats() -> None:
    assert given_to(np.ones((1, 2), "int64"), shape=(2,)).dtype == "float32"


def test_floats_never_become_integers() -> None:
    with pytest.raises(TypeError, match="holds no floats"):
        given_to(np.float32([[1.5, 2.0]]), shape=(2,), dtype="int32")


def test_a_sparse_value_is_densified_for_a_dense_input() -> None:
    np.testing.assert_array_equal(given_to(scipy.sparse.eye_array(2), shape=(2,)), np.eye(2))


def test_ragged_rows_are_padded_for_a_dense_input() -> None:
    rows = kg.RaggedTensor.from_row_splits(np.float32([1, 2, 3]), [0, 2, 3])
    np.testing.assert_array_equal(given_to(rows, shape=(None,)), [[1, 2], [3, 0]])


def test_nested_lists_are_rows_of_a_ragged_input() -> None:
    rows = given_to([[1, 2], [], [3]], shape=(None,), ragged=True)
    assert rows.to_list() == [[1.0, 2.0], [], [3.0]]


def test_a_dense_value_for_a_sparse_input_is_refused() -> None:
    with pytest.raises(TypeError, match="takes sparse values"):
        given_to(one(), shape=(2,), sparse=True)


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 2, 1)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected shape=\(None, 2\), found shape="):
        given_to(np.ones(shape, "float32"), shape=(2,))


def test_none_is_taken_by_an_optional_input_only() -> None:
    assert given_to(None, shape=(2,), optional=True) is None
    with pytest.raises(ValueError, match="is not optional, but None was passed"):
        given_to(None, shape=(2,))


def test_sizes_that_a_symbolic_feed_leaves_open_are_proved_by_the_batch() -> None:
    inner_input = kg.Input((3,), name="a")
    inner = kg.Model(inner_input, inner_input * 2)
    x = kg.Input((None,), name="b")
    model = kg.Model(x, inner(x))
    assert model.output_shape == (None, 3)
    for _ in range(2):
        assert model(np.ones((2, 3))).tolist() == [[2.0] * 3] * 2
        with pytest.raises(ValueError, match="4"):
            model(np.ones((2, 4)))
