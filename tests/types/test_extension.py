"""ExtensionType: fields, values and specs; what graphs do with them is in tests/graph."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Optional

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import ExtensionType, RaggedTensor, SparseTensor, Tensor, TensorSpec, TypeSpec
from kgraph.types.value_config import decode_spec, decode_value, encode_spec, encode_value


class Inner(ExtensionType):
    a: Tensor
    n: int = 3


class Everything(ExtensionType):
    x: Tensor
    rows: RaggedTensor
    matrix: SparseTensor
    inner: Inner
    several: tuple[Tensor, ...]
    named: Mapping[str, Tensor]
    pair: tuple[Tensor, str] = (np.zeros(1), "p")
    maybe: Optional[Tensor] = None  # noqa: UP045 - both spellings are known
    label: str = "a"
    scale: float = 1.0
    kept: ClassVar[int] = 7


class Masked(ExtensionType):
    values: Tensor
    mask: Tensor
    shape = property(lambda self: self.values.shape)

    class Spec:
        def __init__(self, shape: Any, dtype: Any = "float32") -> None:
            self.values = TensorSpec(shape, dtype)
            self.mask = TensorSpec(shape, "bool")

        shape = property(lambda self: self.values.shape)
        dtype = property(lambda self: self.values.dtype)


class Derived(Inner):
    b: Tensor = 1.0


class Scaled(ExtensionType):
    x: Tensor

    def __init__(self, x: Any, by: float) -> None:
        self.x = kg.multiply(x, by)

    def __validate__(self) -> None:
        if self.x.ndim != 1:
            raise ValueError("x is a vector")


def everything(size: int = 2, **changed: Any) -> Everything:
    fields: dict[str, Any] = {
        "x": np.arange(size),
        "rows": [[1.0]] * size,
        "matrix": scipy.sparse.eye_array(size, 4, format="csr"),
        "inner": Inner(np.ones((size, 2))),
        "several": [np.ones(size), np.zeros((size, 3))],
        "named": {"u": np.ones(size)},
    }
    return Everything(**{**fields, **changed})


CLASSES = {"Inner": Inner, "Everything": Everything, "Masked": Masked}


# -- values ---------------------------------------------------------------------------------------


def test_fields_are_read_as_they_are_annotated() -> None:
    value = everything()
    assert value.x.dtype == "int64"
    assert isinstance(value.rows, RaggedTensor)
    assert isinstance(value.several, tuple)
    assert value.maybe is None
    assert (value.label, value.scale, value.kept) == ("a", 1.0, 7)
    assert Inner([1, 2]).a.dtype == "int32"
    assert Inner([1.0], np.int64(4)).n == 4
    assert everything(scale=2).scale == 2.0
    assert everything(maybe=[1.0]).maybe.dtype == "float32"
    assert everything(inner={"a": [1.0]}).inner == Inner([1.0])
    assert everything(pair=([1.0], "q")).pair[1] == "q"


def test_fields_are_inherited_and_follow_an_init_of_ones_own() -> None:
    assert Derived([1.0]).b.tolist() == 1.0
    assert list(Derived.field_types) == ["a", "n", "b"] != list(Inner.field_types)
    assert Scaled([1.0, 2.0], by=3.0).x.tolist() == [3.0, 6.0]
    with pytest.raises(ValueError, match="x is a vector"):
        Scaled([[1.0]], 2.0)


def test_values_do_not_change() -> None:
    array = np.ones(2)
    value = Inner(array)
    with pytest.raises(AttributeError, match="immutable: cannot change 'a'"):
        value.a = 3
    with pytest.raises(AttributeError, match="immutable"):
        del value.a
    with pytest.raises(ValueError, match="read-only"):
        value.a[0] = 5
    assert array.flags.writeable


def test_values_are_compared_by_content() -> None:
    value = everything()
    assert value == everything() != everything(label="b")
    assert value != everything(x=[0, 2])
    assert value != everything(rows=[[1.0], [2.0]])
    assert value != everything(matrix=scipy.sparse.csr_array((2, 4)))
    assert value != everything(inner=Inner(np.zeros((2, 2))))
    assert value != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_values_are_copied_and_pickled() -> None:
    value = everything()
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert twin == value
        with pytest.raises(AttributeError, match="immutable"):
            twin.x = 3


def test_values_stand_in_configs() -> None:
    value = everything()
    written = json.loads(json.dumps(encode_value(value)))
    assert decode_value(written, CLASSES.get) == value
    config = json.loads(json.dumps(value.get_config()))
    assert Everything.from_config(config, CLASSES.get) == value


def test_a_value_shows_its_fields() -> None:
    assert repr(Inner([1.0])) == "Inner(a=array([1.], dtype=float32), n=3)"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Inner(), r"Inner: field 'a' is missing\n  expected  a: kg.Tensor, n: int"),
        (lambda: Inner([1.0], m=3), "Inner: has no field 'm'"),
        (lambda: everything(lable="b"), "did you mean 'label'"),
        (lambda: Inner([1.0], 2, 3), "got 3 values for 2 fields"),
        (lambda: Inner([1.0], a=[2.0]), "got field 'a' twice"),
        (lambda: Inner("text"), r"field 'a' is no kg.Tensor\n  received  'text' of type str"),
        (lambda: Inner([[1], [1, 2]]), "field 'a' is no kg.Tensor"),
        (lambda: Inner(None), "field 'a' is no kg.Tensor"),
        (lambda: Inner(everything().rows), "field 'a' is no kg.Tensor"),
        (lambda: Inner(np.ones(2, complex)), "field 'a' is no kg.Tensor"),
        (lambda: Inner([1.0], "x"), "field 'n' is no int"),
        (lambda: Inner([1.0], True), "field 'n' is no int"),
        (lambda: everything(rows=np.ones(3)), "field 'rows' is no kg.RaggedTensor"),
        (lambda: everything(matrix=np.eye(2)), "field 'matrix' is no kg.SparseTensor"),
        (lambda: everything(inner=Masked([1.0], [True])), "field 'inner' is no Inner"),
        (lambda: everything(several=[np.ones(2), "x"]), r"field 'several'\[1\] is no kg.Tensor"),
        (lambda: everything(several=np.ones(2)), r"is no tuple\[kg.Tensor, ...\]"),
        (lambda: everything(pair=([1.0],)), r"field 'pair' is no tuple\[kg.Tensor, str\]"),
        (lambda: everything(named=[1.0]), r"field 'named' is no Mapping\[str, kg.Tensor\]"),
        (lambda: everything(maybe="x"), "field 'maybe' is no "),
        (lambda: kg.Tensor(), "kg.Tensor is an annotation"),
    ],
)
def test_wrong_fields_are_refused(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(TypeError, match=text) as caught:
        make()
    assert isinstance(caught.value, kg.KGraphError)


def test_uneven_lists_are_no_rows() -> None:
    with pytest.raises(ValueError, match=r"Everything: field 'rows': (.|\n)*different depths"):
        everything(rows=[1, [2]])


def test_unknown_fields_are_refused_with_a_near_name() -> None:
    with pytest.raises(AttributeError, match=r"no field 'lable'(.|\n)*did you mean 'label'"):
        everything().lable  # noqa: B018


@pytest.mark.parametrize(
    ("annotations", "text"),
    [
        ({"x": list}, "<class 'list'> is no type of a field"),
        ({"x": "Unheard"}, "an annotation is not known: name 'Unheard'"),
        ({"_x": Tensor}, "a field is not called '_x'"),
        ({"x": Mapping[int, Tensor]}, "keys of a mapping are strings"),
        ({"x": tuple[Tensor, set]}, "is no type of a field"),
    ],
)
def test_wrong_annotations_are_refused(annotations: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        type(ExtensionType)("Wrong", (ExtensionType,), {"__annotations__": annotations})


def test_fields_without_default_come_first() -> None:
    with pytest.raises(TypeError, match="'y' has no default, but stands after 'x'"):

        class Wrong(ExtensionType):
            x: int = 1
            y: int


# -- specs ----------------------------------------------------------------------------------------

SPEC = Inner.Spec(TensorSpec((None, 2)))


def test_a_spec_is_derived_from_the_fields() -> None:
    spec = TypeSpec.from_value(everything())
    assert type(spec) is Everything.Spec
    assert spec.value_type is Everything
    assert spec.inner == Inner.Spec(TensorSpec((2, 2), "float64"), n=3)
    assert spec.component_labels == (
        "x",
        "rows",
        "matrix",
        "inner",
        "several[0]",
        "several[1]",
        "named.u",
        "pair[0]",
    )
    assert repr(SPEC) == (
        "Inner.Spec(a=TensorSpec(shape=(None, 2), dtype=float32, name=None), n=3)"
    )
    parts = spec._to_components(everything())
    assert spec._from_components(parts) == everything()


def test_a_spec_may_be_written_by_hand() -> None:
    spec = Masked.Spec((None, 3), "float64")
    assert spec.shape == (None, 3)
    assert spec.dtype == "float64"
    assert spec.is_compatible_with(Masked(np.ones((2, 3)), np.ones((2, 3), bool)))
    assert not spec.is_compatible_with(Masked(np.ones((2, 4)), np.ones((2, 3), bool)))
    with pytest.raises(AttributeError, match="immutable"):
        spec.values = spec.mask


def test_specs_are_values() -> None:
    spec = TypeSpec.from_value(everything())
    twins = (
        pickle.loads(pickle.dumps(spec)),
        decode_spec(json.loads(json.dumps(encode_spec(spec))), CLASSES.get),
        type(spec).from_config(json.loads(json.dumps(spec.get_config())), CLASSES.get),
        TypeSpec.from_value(everything(x=np.int64([5, 6]))),
    )
    for twin in twins:
        assert twin == spec
        assert hash(twin) == hash(spec)


def test_a_spec_of_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'Inner': TheClass"):
        decode_spec(encode_spec(SPEC))
    with kg.layers.custom_object_scope(CLASSES):
        x = kg.Input(type_spec=SPEC)
        assert type(x.layer).from_config(x.layer.get_config()).type_spec == SPEC


def test_specs_tell_what_fits() -> None:
    narrow = Inner.Spec(TensorSpec((4, 2)))
    assert SPEC.is_compatible_with(Inner(np.ones((5, 2), np.float32)))
    assert not SPEC.is_compatible_with(Inner(np.ones((5, 3), np.float32)))
    assert not SPEC.is_compatible_with(Inner(np.ones((5, 2), np.float32), 4))
    assert not SPEC.is_compatible_with(np.ones((5, 2)))
    assert narrow.is_subtype_of(SPEC)
    assert not SPEC.is_subtype_of(narrow)
    wide = Inner.Spec(TensorSpec((6, 2)))
    assert narrow.most_specific_compatible_type(wide) == SPEC
    for other in (Inner.Spec(TensorSpec((4, 2)), n=4), TensorSpec((4, 2))):
        with pytest.raises(ValueError, match="no TypeSpec describes the values of both"):
            narrow.most_specific_compatible_type(other)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Inner.Spec(), "Inner.Spec: field 'a' is missing"),
        (lambda: Inner.Spec(np.ones(2)), "is not the spec of a kg.Tensor"),
        (
            lambda: Inner.Spec(kg.RaggedTensorSpec((None, None))),
            r"expected  kg.TensorSpec\(shape, dtype\)",
        ),
        (lambda: Everything.Spec(inner=SPEC), "field 'x' is missing"),
        (lambda: Inner.Spec(TensorSpec(()), n="x"), "'n' is no int"),
    ],
)
def test_wrong_specs_are_refused(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        make()
