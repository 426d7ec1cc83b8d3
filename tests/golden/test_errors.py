"""The text of every error that a user's mistake can cause, word for word, in ``errors/*.txt``.

``pytest tests/golden --update-golden`` writes the files anew: read the difference before you keep
it.  Lines of this file stand in them as ``train.py:N``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers as la

ERRORS = Path(__file__).parent / "errors"
HERE = re.compile(r"\S*" + re.escape(Path(__file__).name) + r":\d+")

Mistake = Callable[[], Any]
MISTAKES: dict[str, Mistake] = {}
FEEDS: dict[str, Mistake] = {}


def mistake(made: Mistake) -> Mistake:
    """Enter a function that makes a mistake when a graph is drawn or looked at."""
    MISTAKES[made.__name__] = made
    return made


def feed(made: Mistake) -> Mistake:
    """Enter a function that returns a model, a batch it takes, and a batch it must refuse."""
    FEEDS[made.__name__] = made
    return made


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def text_of(run: Callable[[], Any]) -> str:
    with pytest.raises(kg.KGraphError) as caught:
        run()
    assert isinstance(caught.value, ValueError | TypeError | AttributeError)
    return f"{type(caught.value).__name__}: {HERE.sub('train.py:N', str(caught.value))}\n"


def require_golden(name: str, text: str, update: bool) -> None:
    path = ERRORS / f"{name}.txt"
    if update:
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no {path.name}: run pytest tests/golden --update-golden"
    assert text == path.read_text(encoding="utf-8")


def x_input(name: str = "x", *shape: int | None, **kwargs: Any) -> kg.KerasTensor:
    return kg.Input(shape or (4,), name=name, **kwargs)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


# -- while a graph is drawn ------------------------------------------------------------------------


@mistake
def input_of_a_negative_size() -> Any:
    return kg.Input((-1,))


@mistake
def input_sparse_and_ragged() -> Any:
    return kg.Input((None,), sparse=True, ragged=True)


@mistake
def input_with_a_misspelt_keyword() -> Any:
    return kg.Input((3,), dtpye="float32")


@mistake
def input_without_a_shape() -> Any:
    return kg.Input()


@mistake
def model_of_an_array() -> Any:
    return kg.Model(x_input(), ones(3))


@mistake
def model_that_lacks_an_input() -> Any:
    x, y = x_input(), x_input("y")
    return kg.Model(x, x + y)


@mistake
def model_with_an_input_twice() -> Any:
    x = x_input()
    return kg.Model([x, x], x * 2)


@mistake
def model_of_two_layers_of_one_name() -> Any:
    x = x_input()
    return kg.Model(x, la.Dense(2, name="q")(la.Dense(2, name="q")(x)))


@mistake
def model_without_outputs() -> Any:
    return kg.Model(x_input())


@mistake
def model_with_a_misspelt_keyword() -> Any:
    x = x_input()
    return kg.Model(x, outputz=x)


@mistake
def matmul_of_sizes_that_differ() -> Any:
    h = la.Dense(6, name="tower")(x_input())
    return h @ ones(3, 1)


@mistake
def sum_of_sizes_that_differ() -> Any:
    return x_input() + x_input("y", 5)


@mistake
def axis_that_is_not_there() -> Any:
    return kg.sum(x_input(), axis=3)


@mistake
def condition_on_a_symbolic_value() -> Any:
    return bool(x_input() > 0)


@mistake
def length_of_a_symbolic_value() -> Any:
    return len(x_input())


@mistake
def loop_over_an_unknown_batch() -> Any:
    return list(x_input())


@mistake
def layer_on_too_few_axes() -> Any:
    return la.GlobalAveragePooling1D(name="pool")(x_input())


@mistake
def layer_on_ragged_rows_that_mean_nothing_to_it() -> Any:
    return la.Flatten(name="flat")(x_input("r", None, ragged=True))


@mistake
def layer_on_another_width_than_it_was_built_for() -> Any:
    layer = la.Dense(2, name="score")
    layer(x_input())
    return layer(x_input("y", 5))


@mistake
def layer_with_a_misspelt_keyword() -> Any:
    return la.Dense(2, actvation="relu")


@mistake
def layer_with_a_misspelt_activation() -> Any:
    return la.Dense(2, activation="rellu")


@mistake
def layer_with_a_misspelt_initializer() -> Any:
    return la.Dense(2, kernel_initializer="golrot_uniform")


@mistake
def dense_on_an_unknown_axis() -> Any:
    return la.Dense(2, name="score")(x_input("x", None))


@mistake
def merged_shapes_that_differ() -> Any:
    return la.Add(name="sum")([x_input(), x_input("y", 5)])


@mistake
def joined_shapes_that_differ() -> Any:
    return la.Concatenate(axis=1, name="join")([x_input("a", 3, 2), x_input("b", 3, 5)])


@mistake
def reshape_to_another_number_of_elements() -> Any:
    return la.Reshape((3,), name="shape")(x_input())


class ReturnsNothing(la.Layer):
    def call(self, inputs: Any) -> None:
        inputs * 2


class WithoutSuper(la.Layer):
    def __init__(self) -> None:
        self.units = 3

    def call(self, inputs: Any) -> Any:
        return inputs


class WithoutCall(la.Layer):
    pass


class WrongInside(la.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs @ ones(7, 7)


class NameFirst(la.Layer):
    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight("kernel", (3,))

    def call(self, inputs: Any) -> Any:
        return inputs * self.kernel


class Misspelt(la.Layer):
    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((3,), intializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.kernel


@mistake
def layer_whose_call_returns_nothing() -> Any:
    return ReturnsNothing(name="none")(x_input())


@mistake
def layer_that_forgot_its_base() -> Any:
    return WithoutSuper()(x_input())


@mistake
def layer_without_call() -> Any:
    return WithoutCall(name="empty")(x_input())


@mistake
def layer_with_a_mistake_inside() -> Any:
    return WrongInside(name="wrong")(x_input())


@mistake
def weight_with_its_name_first() -> Any:
    return NameFirst(name="old")(x_input())


@mistake
def weight_with_a_misspelt_keyword() -> Any:
    return Misspelt(name="typo")(x_input())


@mistake
def layer_without_an_argument_that_it_needs() -> Any:
    return la.Dense(activation="relu")


@mistake
def layer_with_too_many_arguments() -> Any:
    return la.Flatten("channels_last", "flat")


@mistake
def layer_called_without_inputs() -> Any:
    return la.Dense(2, name="score")()


@mistake
def input_with_an_argument_given_twice() -> Any:
    return kg.Input((3,), shape=(3,))


@mistake
def ragged_value_without_row_splits() -> Any:
    return kg.RaggedTensor.from_row_splits(ones(3))


@mistake
def function_of_ragged_values_with_a_misspelt_keyword() -> Any:
    return kg.ragged.constant([[1]], ragged_rnk=1)


@mistake
def method_with_a_misspelt_keyword() -> Any:
    return x_input().sum(axs=1)


# -- while a model is looked at --------------------------------------------------------------------


def small() -> kg.Model:
    x = x_input()
    return kg.Model(x, la.Dense(2, name="score")(x), name="small")


@mistake
def layer_with_another_name() -> Any:
    return small().get_layer("scroe")


@mistake
def layer_at_an_index_that_is_not_there() -> Any:
    return small().get_layer(index=9)


@mistake
def get_layer_with_a_misspelt_keyword() -> Any:
    return small().get_layer(nme="score")


@mistake
def summary_with_a_misspelt_keyword() -> Any:
    return small().summary(line_len=80)


@mistake
def summary_with_too_many_arguments() -> Any:
    return small().summary(80, None, print, False, False, None, "score")


@mistake
def clone_with_a_misspelt_keyword() -> Any:
    return kg.models.clone_model(small(), clone_fn=None)


@mistake
def json_with_a_misspelt_keyword() -> Any:
    return small().to_json(indnt=2)


@mistake
def config_of_nothing() -> Any:
    return kg.Model.from_config()


@mistake
def weights_that_are_missing() -> Any:
    return small().set_weights()


@mistake
def weights_of_another_number() -> Any:
    return small().set_weights([ones(4, 2)])


@mistake
def weights_of_another_shape() -> Any:
    return small().set_weights([ones(4, 3), ones(2)])


@mistake
def config_of_an_unknown_class() -> Any:
    return la.deserialize({"class_name": "Dnse", "config": {}, "module": "keras.layers"})


@mistake
def config_with_a_lambda_as_activation() -> Any:
    x = x_input()
    return kg.Model(x, la.Dense(2, activation=lambda h: h * 2)(x)).to_json()


@mistake
def config_that_brings_code_along() -> Any:
    x = x_input()
    text = kg.Model(x, la.Lambda(lambda h: h * 2)(x)).to_json()
    return kg.models.model_from_json(text)


@mistake
def training() -> Any:
    return small().fit(ones(2, 4), ones(2, 2))


@mistake
def compiling_for_training() -> Any:
    return small().compile("adam", "mse")


@mistake
def measuring() -> Any:
    return small().evaluate(ones(2, 4), ones(2, 2))


@mistake
def writing_a_file() -> Any:
    return small().save("model.keras")


@mistake
def batches_of_no_rows() -> Any:
    return small().predict(ones(2, 4), batch_size=0)


@mistake
def predict_with_a_misspelt_keyword() -> Any:
    return small().predict(ones(2, 4), bacth_size=2)


@mistake
def model_called_with_a_misspelt_keyword() -> Any:
    return small()(ones(2, 4), trainig=True)


@mistake
def layer_called_with_a_misspelt_keyword() -> Any:
    return la.Dropout(0.5)(x_input("x"), trianing=True)


@mistake
def sequential_with_a_misspelt_keyword() -> Any:
    return kg.Sequential([], nmae="a")


@mistake
def compiling_with_a_misspelt_keyword() -> Any:
    return kg.compile(small(), thread=1)


@mistake
def compiling_with_too_many_arguments() -> Any:
    return kg.compile(small(), 2)


@mistake
def graph_called_with_a_misspelt_keyword() -> Any:
    return kg.compile(small())(ones(2, 4), oout=ones(2, 2))


@mistake
def graph_called_with_inputs_by_name() -> Any:
    return kg.compile(small())(x=ones(2, 4))


@mistake
def graph_explained_with_too_many_arguments() -> Any:
    return kg.compile(small()).explain("text", 80)


@mistake
def graph_plotted_with_a_misspelt_keyword() -> Any:
    return kg.compile(small()).plot(fuse=False)


@mistake
def graph_explained_with_an_argument() -> Any:
    return kg.compile(small()).explain(80)


@mistake
def model_called_with_too_many_arguments() -> Any:
    return small()(ones(2, 4), False, None, ones(2, 4))


@mistake
def predict_with_too_many_arguments() -> Any:
    return small().predict(ones(2, 4), 2, 0, None, None, 1)


@mistake
def predict_of_nothing() -> Any:
    return small().predict_on_batch()


@mistake
def explaining_in_a_misspelt_format() -> Any:
    return kg.compile(small()).explain("htlm")


@mistake
def profiling_in_no_rounds() -> Any:
    return kg.compile(small()).profile(ones(2, 4), rounds=0)


@mistake
def profiling_on_a_fraction_of_a_thread() -> Any:
    return kg.compile(small()).profile(ones(2, 4), threads=0.5)


@mistake
def plotting_a_layer() -> Any:
    return kg.plot_model(la.Dense(2))


@mistake
def plotting_in_a_misspelt_direction() -> Any:
    return kg.plot_model(small(), rankdir="tb")


@mistake
def plotting_to_a_file_of_an_unknown_kind() -> Any:
    return kg.plot_model(small(), "model.jpeg")


@mistake
def plotting_what_is_not_built() -> Any:
    return kg.plot_model(kg.Sequential([la.Dense(2)]))


@mistake
def inputs_of_different_lengths() -> Any:
    return pair().predict([ones(2, 4), ones(3, 4)])


@pytest.mark.promise(
    "A1.shape-negative",
    "A1.sparse-and-ragged",
    "A2.bool",
    "A2.iteration",
    "A2.len",
    "A2.shape-clash",
    "A3.configs",
    "A3.dense-on-none",
    "A3.disconnected",
    "A3.duplicate-names",
    "A3.fit",
    "A3.get-layer",
    "A3.input-twice",
    "A3.lambda-safe-mode",
    "A3.output-not-symbolic",
    "A3.predict",
    "A3.set-weights",
)
@pytest.mark.parametrize("make", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_drawing_is_told(make: Mistake, update_golden: bool) -> None:
    text = text_of(make)
    kg.clear_session()
    assert text_of(make) == text
    require_golden(make.__name__, text, update_golden)


# -- when a batch comes ----------------------------------------------------------------------------


def pair() -> kg.Model:
    a, b = x_input("a"), x_input("b")
    return kg.Model([a, b], a - 2.0 * b, name="pair")


def nested() -> kg.Model:
    a, b, c = (x_input(name) for name in "abc")
    return kg.Model({"u": [a, b], "v": {"w": c}}, a + b + c, name="nested")


@feed
def feed_of_another_width() -> Any:
    return small(), ones(2, 4), ones(2, 5)


@feed
def feed_of_another_rank() -> Any:
    return small(), ones(2, 4), ones(2, 4, 4)


@feed
def feed_of_one_row() -> Any:
    return small(), ones(2, 4), ones(4)


@feed
def feed_of_another_batch_size() -> Any:
    x = x_input(batch_size=3)
    return kg.Model(x, x * 2, name="three"), ones(3, 4), ones(2, 4)


@feed
def feed_of_text() -> Any:
    return small(), ones(2, 4), np.array([["a"] * 4] * 2)


@feed
def feed_of_complex_numbers() -> Any:
    return small(), ones(2, 4), np.ones((2, 4), "complex64")


@feed
def feed_of_objects() -> Any:
    return small(), ones(2, 4), np.array([[1, 2, 3, None]] * 2)


@feed
def feed_of_floats_for_integers() -> Any:
    x = x_input(dtype="int32")
    return kg.Model(x, x * 2, name="whole"), np.ones((2, 4), "int32"), ones(2, 4)


@feed
def feed_of_integers_out_of_range() -> Any:
    x = x_input(dtype="int8")
    return kg.Model(x, x * 2, name="bytes"), np.ones((2, 4), "int8"), np.full((2, 4), 300)


@feed
def feed_of_uneven_lists() -> Any:
    return small(), ones(2, 4), [[1, 2, 3, 4], [5]]


@feed
def feed_of_none() -> Any:
    return small(), ones(2, 4), None


@feed
def feed_of_none_among_others() -> Any:
    return pair(), [ones(2, 4), ones(2, 4)], [ones(2, 4), None]


@feed
def feed_of_too_few() -> Any:
    return pair(), [ones(2, 4), ones(2, 4)], [ones(2, 4)]


@feed
def feed_with_a_missing_key() -> Any:
    return pair(), {"a": ones(2, 4), "b": ones(2, 4)}, {"a": ones(2, 4)}


@feed
def feed_with_an_extra_key() -> Any:
    good = {"a": ones(2, 4), "b": ones(2, 4)}
    return pair(), good, {**good, "c": ones(2, 4)}


@feed
def feed_with_a_misspelt_key() -> Any:
    left, right = x_input("left"), x_input("right")
    model = kg.Model({"left": left, "right": right}, left - right, name="sides")
    good = {"left": ones(2, 4), "right": ones(2, 4)}
    return model, good, {"left": ones(2, 4), "rihgt": ones(2, 4)}


@feed
def feed_nested_in_another_way() -> Any:
    x = ones(2, 4)
    return nested(), {"u": [x, x], "v": {"w": x}}, {"u": [x], "v": {"w": x}}


@feed
def feed_of_a_list_for_a_dict_with_an_order_of_its_own() -> Any:
    a, b = x_input("a"), x_input("b")
    model = kg.Model({"b": b, "a": a}, a - b, name="unsorted")
    return model, {"a": ones(2, 4), "b": ones(2, 4)}, [ones(2, 4), ones(2, 4)]


@feed
def feed_of_batches_of_different_sizes() -> Any:
    return pair(), [ones(2, 4), ones(2, 4)], [ones(2, 4), ones(3, 4)]


def table(**kwargs: Any) -> kg.Model:
    ids = x_input("ids", 3, **kwargs)
    return kg.Model(ids, la.Embedding(9, 2, name="words")(ids), name="table")


@feed
def feed_of_an_id_outside_the_table() -> Any:
    return table(dtype="int32"), np.int32([[1, 2, 8]]), np.int32([[1, 2, 9]])


@feed
def feed_of_a_negative_id() -> Any:
    return table(dtype="int32"), np.int32([[1, 2, 8]]), np.int32([[1, -1, 2]])


@feed
def feed_of_an_id_with_a_fraction() -> Any:
    return table(), np.float32([[1, 2, 8]]), np.float32([[1, 2.5, 3]])


def bag() -> kg.Model:
    words = x_input("words", None, ragged=True)
    return kg.Model(words, kg.sum(words, axis=1), name="bag")


@feed
def feed_of_rows_nested_too_deep() -> Any:
    return bag(), [[1.0, 2.0], []], [[[1.0]], [[2.0, 3.0]]]


@feed
def feed_of_a_matrix_with_other_columns() -> Any:
    x = x_input("terms", 5, sparse=True)
    model = kg.Model(x, la.Dense(2, name="score")(x), name="terms")
    return model, sp.csr_array(ones(2, 5)), sp.csr_array(ones(2, 6))


@feed
def feed_whose_steps_do_not_meet() -> Any:
    a, b = x_input("a", None, 2), x_input("b", None, 2)
    model = kg.Model([a, b], kg.tanh(a) + b, name="steps")
    return model, [ones(2, 3, 2), ones(2, 3, 2)], [ones(2, 3, 2), ones(2, 4, 2)]


@feed
def feed_whose_items_do_not_fill_a_shape() -> Any:
    x = x_input("x", None)
    model = kg.Model(x, kg.reshape(x, (-1, 5)), name="fives")
    return model, ones(5, 4), ones(2, 4)


@pytest.mark.promise(
    "A1.batch-size",
    "A3.checks-stay",
    "A3.dict-model-list-feed",
    "A3.embedding-range",
    "A3.extra-key",
    "A3.feed-dtype",
    "A3.list-feed",
    "A3.missing-key",
    "A3.no-feed",
    "A3.ragged-lists",
    "A3.structures",
    "A3.wrong-number",
    "A3.wrong-rank",
    "A3.wrong-width",
)
@pytest.mark.parametrize("make", FEEDS.values(), ids=FEEDS)
def test_a_bad_batch_is_told_at_the_first_call_and_at_the_hundredth(
    make: Mistake, update_golden: bool
) -> None:
    model, good, bad = make()
    text = text_of(lambda: model(bad))
    text_of(lambda: model.predict(bad, verbose=0))  # refused too, as a kgraph error
    for _ in range(99):
        model(good)
    assert text_of(lambda: model(bad)) == text
    require_golden(make.__name__, text, update_golden)


# Whether an id is in the table, the kernel sees that looks it up.
BEFORE_KERNELS = {name: make for name, make in FEEDS.items() if "_id" not in name}


@pytest.mark.parametrize("make", BEFORE_KERNELS.values(), ids=BEFORE_KERNELS)
def test_a_bad_batch_is_refused_before_a_kernel_runs(make: Mistake) -> None:
    model, good, bad = make()
    compiled = kg.compile(model)
    found = compiled.call_with(good)
    out = np.full_like(found, 7)
    with pytest.raises(kg.KGraphError):
        compiled.call_with(bad, out)
    assert (out == 7).all()


def test_every_text_belongs_to_a_mistake() -> None:
    others = {"input"}  # of tests/layers/test_input_errors.py
    assert {path.stem for path in ERRORS.glob("*.txt")} - others == {*MISTAKES, *FEEDS}


class Broken(la.Layer):
    def call(self, inputs: Any) -> Any:
        return {}["scale"] * inputs


@pytest.mark.parametrize("value", [ones(2, 4), None])
def test_an_error_of_python_inside_a_layer_keeps_its_class_and_gets_a_note(value: Any) -> None:
    with pytest.raises(KeyError) as caught:
        Broken(name="broken")(x_input() if value is None else value)
    (note,) = caught.value.__notes__
    assert HERE.sub("train.py:N", note) == (
        "in layer 'broken' (Broken), train.py:N\n  raised at train.py:N"
    )
