"""Composite values in graphs: fields of symbolic ones, models that take and return them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input, Model, Tensor, TensorSpec, TypeSpec


class Inner(kg.ExtensionType):
    a: Tensor
    n: int = 3


class Batch(kg.ExtensionType):
    values: Tensor
    rows: kg.RaggedTensor
    matrix: kg.SparseTensor
    inner: Inner
    pair: tuple[Tensor, Tensor]
    label: str = "a"

    @property
    def total(self) -> Any:
        return self.values + self.rows.to_tensor().sum(axis=1)

    def scaled(self, by: float) -> Any:
        return Batch(
            self.values * by,
            self.rows * by,
            kg.multiply(self.matrix, by),
            self.inner,
            self.pair,
            self.label,
        )


class Two:
    """A class of the user's own, with a TypeSpec written by hand."""

    def __init__(self, x: Any, y: Any, color: str = "red") -> None:
        self.x, self.y, self.color = x, y, color

    @property
    def _type_spec(self) -> TwoSpec:
        return TwoSpec(TypeSpec.from_value(self.x), TypeSpec.from_value(self.y), self.color)


class TwoSpec(TypeSpec):
    value_type = Two

    def __init__(self, x_spec: Any, y_spec: Any, color: str = "red") -> None:
        self.x_spec, self.y_spec, self.color = x_spec, y_spec, color

    def _serialize(self) -> tuple[Any, ...]:
        return (self.x_spec, self.y_spec, self.color)

    @property
    def _component_specs(self) -> Any:
        return (self.x_spec, self.y_spec)

    def _to_components(self, value: Any) -> Any:
        return (value.x, value.y)

    def _from_components(self, components: Any) -> Any:
        return Two(*components, self.color)


class Swap(kg.layers.Layer):
    def call(self, two: Any) -> Any:
        assert isinstance(two, Two)
        return Two(two.y * 2, two.x + 1, two.color)


class Halve(kg.layers.Layer):
    def call(self, batch: Any) -> Any:
        assert isinstance(batch, Batch)
        return batch.scaled(0.5)


CLASSES = {"Inner": Inner, "Batch": Batch, "Swap": Swap, "Halve": Halve, "TwoSpec": TwoSpec}
SPEC = Batch.Spec(
    values=TensorSpec((None,)),
    rows=kg.RaggedTensorSpec((None, None)),
    matrix=kg.SparseTensorSpec((None, 4)),
    inner=Inner.Spec(TensorSpec((None, 2))),
    pair=(TensorSpec((None,), "int32"), TensorSpec((3,))),
)


def batch(size: int = 5, **changed: Any) -> Batch:
    fields: dict[str, Any] = {
        "values": np.arange(size, dtype=np.float32),
        "rows": kg.RaggedTensor.from_row_lengths(
            np.arange(size * (size - 1) // 2, dtype=np.float32), np.arange(size)
        ),
        "matrix": scipy.sparse.eye_array(size, 4, format="csr", dtype=np.float32),
        "inner": Inner(np.ones((size, 2), np.float32)),
        "pair": (np.arange(size, dtype=np.int32), np.float32([1, 2, 3])),
    }
    return Batch(**{**fields, **changed})


@pytest.fixture
def x() -> Any:
    return Input(type_spec=SPEC, name="x")


def copies(model: Model) -> list[Any]:
    """The model, what its config, pickle and clone give, and the compiled graph with its pickle."""
    config = json.loads(json.dumps(model.get_config()))
    compiled = kg.compile(model)
    return [
        model,
        Model.from_config(config, custom_objects=CLASSES),
        pickle.loads(pickle.dumps(model)),
        kg.models.clone_model(model),
        compiled,
        pickle.loads(pickle.dumps(compiled)),
    ]


# -- fields ---------------------------------------------------------------------------------------


@pytest.mark.promise("A1.type-spec-own", "seed.type-spec.arbitrary")
def test_fields_of_a_symbolic_value_are_symbolic(x: Any) -> None:
    assert isinstance(x, kg.KerasTensor)
    assert x.type_spec == SPEC
    assert x.values.shape == (None,)  # the field, not the values of a ragged or sparse tensor
    assert x.rows.ragged
    assert x.matrix.sparse
    assert x.inner.a.shape == (None, 2)
    assert x.pair[1].shape == (3,)
    assert (x.label, x.inner.n) == ("a", 3)
    assert x.values is x.values
    assert "Batch(values: f32[B], rows: ragged f32[B, ~]" in repr(x)
    assert x.shape["inner"] == {"a": (None, 2)}


@pytest.mark.promise("A1.type-spec-own", "seed.type-spec.arbitrary")
def test_methods_of_the_class_build_the_graph(x: Any) -> None:
    value = batch()
    expected = np.asarray(value.total)
    model = Model(x, [x.total, x.inner.a * 2, x.scaled(2.0), x.pair[1]])
    for copy in copies(model):
        total, doubled, scaled, fixed = copy(value)
        np.testing.assert_allclose(total, expected)
        assert doubled.tolist() == [[2, 2]] * 5
        assert scaled == value.scaled(2.0)
        assert fixed.tolist() == [1, 2, 3]


def test_unknown_fields_are_refused_with_a_near_name(x: Any) -> None:
    with pytest.raises(AttributeError, match=r"no field 'lable'(.|\n)*did you mean 'label'"):
        x.lable  # noqa: B018
    with pytest.raises(AttributeError, match="Batch has no dtype of its own"):
        x.dtype  # noqa: B018
    two = Input(type_spec=TwoSpec(TensorSpec((None,)), TensorSpec((None,))))
    with pytest.raises(AttributeError, match=r"no field 'z'(.|\n)*x, y, color"):
        two.z  # noqa: B018


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1,
        lambda x: np.ones(3) * x,
        lambda x: x.inner.a + x,
        lambda x: x.rows + x,
        lambda x: np.tanh(x),
        lambda x: kg.softmax(x),
        lambda x: kg.concatenate([x.inner.a, x]),
        lambda x: x[0],
        lambda x: kg.layers.Dense(2)(x),
        lambda x: kg.layers.Add()([x, x]),
        lambda x: Model(x.inner.a, x.inner.a)(x),
    ],
)
def test_what_takes_arrays_refuses_composite_values(x: Any, use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="Batch") as caught:
        use(x)
    assert isinstance(caught.value, kg.KGraphError)


# -- models ---------------------------------------------------------------------------------------


@pytest.mark.promise("A1.type-spec-own", "seed.type-spec.arbitrary")
def test_models_take_and_return_values(x: Any) -> None:
    value = batch()
    model = Model(x, Halve()(x))
    for copy in copies(model):
        for size in (5, 1, 0, 5):
            assert copy(batch(size)) == batch(size).scaled(0.5)
    assert model(value, training=True) == value.scaled(0.5)
    assert Model(x, x)(value) == value


@pytest.mark.promise("A1.type-spec-own")
@pytest.mark.parametrize("size", [None, 1, 2, 5, 32])
def test_predict_cuts_and_joins_the_fields(x: Any, size: int | None) -> None:
    value = batch()
    model = Model(x, [x, x.scaled(2.0), x.total])
    same, scaled, total = model.predict(value, batch_size=size, verbose=0)
    assert same == value
    assert scaled == value.scaled(2.0)
    np.testing.assert_array_equal(total, np.asarray(value.total))


def test_a_field_without_rows_must_be_the_same_for_all_batches(x: Any) -> None:
    varying = Model(x, Inner(kg.sum(x.values)))
    assert varying.predict(batch(), batch_size=None, verbose=0).a == 10
    with pytest.raises(ValueError, match="has no rows, and differs between batches"):
        varying.predict(batch(), batch_size=2, verbose=0)


def test_values_are_made_of_symbolic_fields() -> None:
    a, b = Input((2,)), Input((2,))
    made = Inner(a + b)
    assert isinstance(made, kg.KerasTensor)
    model = Model([a, b], {"sum": made, "nested": Inner(made.a * 2, n=4)})
    for copy in copies(model):
        found = copy([np.float32([[1, 2]]), np.float32([[3, 4]])])
        assert found["sum"] == Inner(np.float32([[4, 6]]))
        assert found["nested"] == Inner(np.float32([[8, 12]]), n=4)


@pytest.mark.promise("A1.type-spec-own", "seed.type-spec.arbitrary")
def test_a_spec_written_by_hand_crosses_layers_and_models() -> None:
    spec = TwoSpec(TensorSpec((None, 2)), kg.RaggedTensorSpec((None, None)))
    x = Input(type_spec=spec)
    assert (x.x.shape, x.y.ragged, x.color) == ((None, 2), True, "red")
    value = Two(np.float32([[1, 2], [3, 4]]), kg.RaggedTensor.from_row_lengths([1.0, 2], [2, 0]))
    model = Model(x, Swap()(x))
    for copy in copies(model):
        found = copy(value)
        assert isinstance(found, Two)
        assert found.x.to_list() == [[2, 4], []]
        assert found.y.tolist() == [[2, 3], [4, 5]]
    found = model.predict(value, batch_size=1, verbose=0)
    assert found.x.to_list() == [[2, 4], []]
    assert found.y.tolist() == [[2, 3], [4, 5]]


def test_models_are_called_on_symbolic_values(x: Any) -> None:
    inner = Model(x, x.scaled(3.0))
    y = Input(type_spec=SPEC)
    assert Model(y, inner(y))(batch()) == batch().scaled(3.0)
    assert Model(y.inner, y.inner.a * 2)(Inner(np.ones((2, 2)))).tolist() == [[2, 2], [2, 2]]
    with pytest.raises(TypeError, match=r"takes a Batch|takes extension values"):
        inner(Input((3,)))
    with pytest.raises(TypeError, match="takes extension values"):
        inner(y.inner)


def test_a_value_of_ones_own_is_the_default_feed() -> None:
    value = Inner(np.ones((2, 2)))
    x = Input(tensor=value)
    for copy in copies(Model(x, x.a * 2)):
        assert copy().tolist() == [[2, 2], [2, 2]]
    assert Model(x, x).predict(verbose=0) == value


def test_a_summary_shows_the_kind(x: Any) -> None:
    lines: list[str] = []
    Model(x, x.inner).summary(print_fn=lines.append)
    assert any("x (InputLayer)" in line and "extension" in line for line in lines)


# -- feeds ----------------------------------------------------------------------------------------


def test_a_dict_of_the_fields_is_a_feed(x: Any) -> None:
    value = batch(2)
    fields = {
        "values": [0.0, 1.0],
        "rows": [[], [0.0]],
        "matrix": value.matrix.tocoo(),
        "inner": {"a": [[1.0, 1.0], [1.0, 1.0]]},
        "pair": ([0, 1], [1.0, 2.0, 3.0]),
    }
    y = Input((), name="y")
    model, two = Model(x, x), Model({"p": x, "q": y}, [x, y])
    assert model(fields) == model.predict(fields, verbose=0) == value
    assert model(fields, training=True) == model({"x": fields}) == model([value]) == value
    assert two({"p": fields, "q": [1.0, 2.0]})[0] == value
    assert two({"x": value, "y": [1.0, 2.0]})[0] == value


def test_lists_are_fed_with_all_their_digits() -> None:
    x = Input(type_spec=Inner.Spec(TensorSpec((None,), "float64")))
    assert Model(x, x.a)({"a": [0.1]}).tolist() == [0.1]


@pytest.mark.parametrize(
    ("feed", "error", "text"),
    [
        (3, TypeError, "input 'x' takes a Batch\n  received  int"),
        (Inner([1.0]), TypeError, "input 'x' takes a Batch\n  received  Inner"),
        ({"values": [1.0]}, TypeError, "input 'x': Batch: field 'rows' is missing"),
        ({"valeus": [1.0]}, TypeError, "did you mean 'values'"),
        (
            batch(label="b"),
            ValueError,
            "differs in more than its arrays\n  received .*'label': 'b'",
        ),
        (batch(values=np.ones((5, 2))), ValueError, "input 'x.values' has 2 axes, expected 1"),
        (batch(inner=Inner(np.ones((5, 3)))), ValueError, "'x.inner.a' has 3 entries on axis 1"),
        (
            batch(pair=(np.ones(5), np.ones(3))),
            TypeError,
            r"'x.pair\[0\]': values of dtype float64",
        ),
        (
            batch(values=np.ones(4)),
            ValueError,
            "the fields of input 'x' disagree(.|\n)*'x.rows': 5",
        ),
    ],
)
def test_wrong_feeds_are_refused_at_every_call(
    x: Any, feed: Any, error: type[Exception], text: str
) -> None:
    model = Model(x, x)
    for _ in range(2):
        with pytest.raises(error, match=text) as caught:
            model(feed)
        assert isinstance(caught.value, kg.KGraphError)
        model(batch())


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Inner.Spec(TensorSpec((None,), "complex64")), "dtype complex64 are not computed with"),
        (Inner.Spec(TensorSpec(None)), r"\.a' needs a shape"),
        (TwoSpec(3, TensorSpec(())), r"component \[0\] is no TypeSpec"),
    ],
)
def test_specs_that_nothing_can_be_fed_to_are_refused(spec: Any, text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text) as caught:
        Input(type_spec=spec)
    assert isinstance(caught.value, kg.KGraphError)
