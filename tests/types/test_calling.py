"""Calls that do not fit a signature."""

from __future__ import annotations

import doctest
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.types import calling
from kgraph.types.calling import checked, checked_functions, checked_methods, misfit
from kgraph.types.errors import KGraphTypeError


@checked
def drawn(first: int, second: int = 2, *, colour: str = "red") -> tuple[int, int, str]:
    """What it was given."""
    return first, second, colour


@checked_methods(also=("__call__",), but=("hot",))
class Pen:
    def __init__(self, width: int) -> None:
        self.width = width

    def line(self, length: int) -> int:
        return self.width * length

    @classmethod
    def thin(cls, colour: str = "red") -> Pen:
        return cls(1)

    @staticmethod
    def colours(count: int) -> list[str]:
        return ["red"] * count

    def hot(self, length: int) -> int:
        return length

    def __call__(self, length: int) -> int:
        return self.line(length)


class Quill(Pen):
    """A pen of another name."""


CALLS: dict[str, Any] = {
    "drawn has no argument 'color'(.|\n)*did you mean 'colour'": lambda: drawn(1, color="blue"),
    "drawn: argument 'first' is missing": lambda: drawn(),
    "drawn takes 2 arguments by position, 3 were given(.|\n)*give colour by name": lambda: drawn(
        1, 2, "blue"
    ),
    "drawn is given 'second' twice, by position and by name": lambda: drawn(1, 2, second=3),
    "Pen: argument 'width' is missing": lambda: Pen(),
    "Quill: argument 'width' is missing": lambda: Quill(),
    "Pen.line has no argument 'lenght'": lambda: Pen(1).line(lenght=2),
    "Quill.line: argument 'length' is missing": lambda: Quill(1).line(),
    "Pen.thin takes 1 argument by position, 2 were given": lambda: Pen.thin("red", 2),
    "Quill.thin has no argument 'color'": lambda: Quill.thin(color="blue"),
    "Pen.colours: argument 'count' is missing": lambda: Pen.colours(),
    "Pen.__call__: argument 'length' is missing": lambda: Pen(1)(),
}


@pytest.mark.parametrize("text", CALLS)
def test_a_call_that_does_not_fit_says_what_does(text: str) -> None:
    with pytest.raises(KGraphTypeError, match=text) as caught:
        CALLS[text]()
    assert "test_calling.py:" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_call_that_fits_is_the_call() -> None:
    assert drawn(1, colour="blue") == (1, 2, "blue")
    assert Quill.thin().line(3) == 3
    assert Pen.colours(2) == ["red", "red"]
    assert drawn.__doc__ == "What it was given."
    assert list(inspect.signature(drawn).parameters) == ["first", "second", "colour"]
    assert checked(drawn) is drawn
    assert pickle.loads(pickle.dumps(drawn)) is drawn


def test_what_a_function_raises_itself_stays_as_it_is() -> None:
    @checked
    def failing(number: int) -> Any:
        return len(number)  # type: ignore[arg-type]

    @checked
    def misspelling(number: int) -> Any:
        return hidden(numbr=number)  # type: ignore[call-arg]

    def hidden(number: int) -> int:
        return number

    for call in (failing, misspelling):
        with pytest.raises(TypeError) as caught:
            call(3)
        assert not isinstance(caught.value, KGraphTypeError)


def test_methods_that_are_called_too_often_are_left_alone() -> None:
    with pytest.raises(TypeError) as caught:
        Pen(1).hot()  # type: ignore[call-arg]
    assert not isinstance(caught.value, KGraphTypeError)


def test_functions_of_a_package_are_decorated_and_other_things_are_not() -> None:
    namespace: dict[str, Any] = {"f": lambda x: x, "number": 3, "Pen": Pen}
    checked_functions(namespace, ["f", "number", "Pen", "comes_later"])
    assert namespace["number"] == 3
    assert namespace["Pen"] is Pen
    with pytest.raises(KGraphTypeError, match="argument 'x' is missing"):
        namespace["f"]()


def test_a_call_that_fits_is_no_misfit() -> None:
    assert misfit(lambda x, *more, **options: x, "f", (1, 2), {"a": 3}, "") is None


def test_doctest_finds_decorated_functions_where_they_were_defined() -> None:
    from kgraph.models import clone

    names = {test.name for test in doctest.DocTestFinder().find(clone) if test.examples}
    assert "kgraph.models.clone.clone_model" in names
    assert calling.checked.__module__ == "kgraph.types.calling"


PUBLIC = {
    "kg.set_floatx": lambda: kg.set_floatx(),
    "kg.clear_session": lambda: kg.clear_session(1),
    "kg.set_threads": lambda: kg.set_threads(thread=1),
    "kg.compile": lambda: kg.compile(),
    "kg.Input": lambda: kg.Input(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    "kg.Variable": lambda: kg.Variable(vlaue=1),
    "kg.TensorSpec": lambda: kg.TensorSpec((1,), dtyp="float32"),
    "kg.SparseTensor": lambda: kg.SparseTensor([[0, 0]], [1.0]),
    "kg.Function": lambda: kg.Function(),
    "kg.Model": lambda: kg.Model(kg.Input((1,)), kg.Input((1,)), "a", "b"),
    "kg.Sequential.add": lambda: kg.Sequential().add(),
    "kg.models.model_from_json": lambda: kg.models.model_from_json("{}", custom={}),
    "kg.layers.serialize": lambda: kg.layers.serialize(),
    "kg.layers.concatenate": lambda: kg.layers.concatenate(),
    "kg.ragged.stack": lambda: kg.ragged.stack(),
    "kg.sparse.eye": lambda: kg.sparse.eye(rows=3),
    "kg.ones": lambda: kg.ones(),
    "kg.split": lambda: kg.split([1, 2], parts=2),
    "kg.relu": lambda: kg.relu(),
    "KerasTensor.set_shape": lambda: kg.Input((1,)).set_shape(),
    "KerasTensor.to_tensor": lambda: kg.Input((None,), ragged=True).to_tensor(defalt_value=1),
    "KerasTensor.max": lambda: kg.Input((1,)).max(axs=1),
    "RaggedTensor.to_tensor": lambda: kg.ragged.constant([[1]]).to_tensor(defalt_value=1),
    "layer.get_weights": lambda: kg.layers.Flatten().get_weights(1),
    "utils.set_random_seed": lambda: kg.utils.set_random_seed(),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_whatever_a_user_calls_tells_of_a_call_that_does_not_fit(name: str) -> None:
    with pytest.raises(KGraphTypeError):
        PUBLIC[name]()


def test_a_compiled_graph_takes_no_other_keywords_nor_after_pickling() -> None:
    x = kg.Input((2,), name="x")
    graph = kg.compile(kg.Model(x, x * 2.0))
    rows = np.ones((1, 2), np.float32)
    out = np.empty_like(rows)
    for made in (graph, pickle.loads(pickle.dumps(graph))):
        assert made(rows, out=out) is out
        with pytest.raises(KGraphTypeError, match=r"(?s)has no argument 'outt'.*did you mean"):
            made(rows, outt=out)
        with pytest.raises(KGraphTypeError, match="has no argument 'colour'"):
            made(x=rows, colour=out)
        with pytest.raises(KGraphTypeError, match="inputs are given by position, or in one dict"):
            made(x=rows)


def test_graphs_of_a_class_of_ones_own_tell_unknown_keywords() -> None:
    class Named(kg.CompiledGraph):
        pass

    class Called(kg.CompiledGraph):
        def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
            return sorted(kwargs)

    x = kg.Input((2,))
    graph = kg.compile(kg.Model(x, kg.tanh(x)))
    rows = np.ones((1, 2), np.float32)
    made = (graph._function, graph._compiled)
    named, called = (cls(*made, threads=1, freeze=True) for cls in (Named, Called))
    np.testing.assert_array_equal(named(rows, out=np.empty((1, 2), np.float32)), graph(rows))
    with pytest.raises(KGraphTypeError, match="has no argument 'outt'"):
        named(rows, outt=rows)
    assert called(rows, outt=1) == ["outt"]
