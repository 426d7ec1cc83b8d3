"""Type specs: equality, text, configs, compatibility, and the types that graphs compute with."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from kgraph import Input
from kgraph.types import dtypes
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphTypeError, KGraphValueError
from kgraph.types.ragged import RaggedTensor, constant
from kgraph.types.size_text import parse_size
from kgraph.types.specs import (
    RaggedTensorSpec,
    SparseTensorSpec,
    TensorSpec,
    TypeSpec,
    spec_to_type,
    type_to_spec,
)
from kgraph.types.symbolic import Symbolic

SHAPES = st.lists(st.none() | st.integers(0, 9), max_size=4).map(tuple)
DTYPES = st.sampled_from([*dtypes.NUMERIC, dtypes.string])


@st.composite
def specs(draw):
    shape, dtype = draw(SHAPES), draw(DTYPES)
    kinds = [
        TensorSpec(shape, dtype, draw(st.none() | st.just("x"))),
        SparseTensorSpec(shape, dtype),
    ]
    if shape:
        rank = draw(st.integers(0, len(shape) - 1))
        splits = draw(st.sampled_from(["int32", "int64"]))
        kinds.append(RaggedTensorSpec(shape, dtype, rank, splits))
    return draw(st.sampled_from(kinds))


@given(specs())
def test_a_config_makes_the_same_spec(spec):
    config = json.loads(json.dumps(spec.get_config()))
    twin = type(spec).from_config(config)
    assert twin == spec == pickle.loads(pickle.dumps(spec))
    assert hash(twin) == hash(spec)
    assert repr(twin) == repr(spec)
    assert spec.is_compatible_with(twin)


@given(specs(), specs())
def test_equal_specs_look_alike(a, b):
    assert (a == b) == (repr(a) == repr(b))


def test_specs_look_like_tensorflows():
    assert repr(TensorSpec((None, 32), name="x")) == (
        "TensorSpec(shape=(None, 32), dtype=float32, name='x')"
    )
    assert repr(SparseTensorSpec([None, 5], "int8")) == "SparseTensorSpec((None, 5), int8)"
    assert repr(RaggedTensorSpec((None, None), "string")) == (
        "RaggedTensorSpec((None, None), string, 1, int64)"
    )
    assert TensorSpec(None).shape is None
    assert TensorSpec(3).shape == (3,)
    assert TensorSpec((np.int64(2),)).shape == (2,)


def test_ragged_rank_is_the_rank_less_one():
    assert RaggedTensorSpec((None, None, None)).ragged_rank == 2
    assert RaggedTensorSpec((None, None, 8), ragged_rank=1).flat_values_spec == TensorSpec(
        (None, 8)
    )
    assert RaggedTensorSpec(None, ragged_rank=2).flat_values_spec == TensorSpec(None)


def test_specs_do_not_change():
    with pytest.raises(AttributeError, match="cannot assign to field 'shape'"):
        TensorSpec((None,)).shape = (3,)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: TensorSpec((None, -1)),
            KGraphValueError,
            r"size 1 of a shape is negative(.|\n)*-1",
        ),
        (lambda: TensorSpec((None, 2.0)), KGraphTypeError, "size 1 of a shape is no integer"),
        (lambda: SparseTensorSpec(("a",)), KGraphTypeError, "'a' in shape"),
        (lambda: TensorSpec((True,)), KGraphTypeError, "True in shape"),
        (lambda: TensorSpec("ab"), KGraphTypeError, "shape must be a tuple(.|\n)*'ab'"),
        (lambda: TensorSpec(2.5), KGraphTypeError, "shape must be a tuple(.|\n)*2.5"),
        (lambda: TensorSpec((), "flaot32"), KGraphTypeError, "'flaot32' is not a dtype"),
        (lambda: RaggedTensorSpec(), KGraphValueError, "needs a ragged_rank, or a shape"),
        (
            lambda: RaggedTensorSpec((None, None), ragged_rank=2),
            KGraphValueError,
            "ragged_rank = 2",
        ),
        (lambda: RaggedTensorSpec(()), KGraphValueError, "ragged_rank is out of range"),
        (
            lambda: RaggedTensorSpec((None,), ragged_rank=-1),
            KGraphValueError,
            "must not be negative",
        ),
        (lambda: RaggedTensorSpec((None,), ragged_rank=0.5), KGraphTypeError, "must be an integer"),
        (
            lambda: RaggedTensorSpec((None, None), row_splits_dtype="int16"),
            KGraphValueError,
            "row_splits_dtype is int32 or int64, not 'int16'",
        ),
    ],
)
def test_bad_specs_are_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


# ---- values

ROWS = constant([[1.0, 2.0], [3.0]])
CSR = scipy.sparse.csr_array(np.eye(3, dtype=np.float32))


class Tracer(Symbolic):
    __slots__ = ()

    def __init__(self, type_):
        self.type = type_

    def record(self, op, inputs, attrs):
        raise AssertionError("nothing is recorded here")


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        (np.zeros((2, 3), np.int8), TensorSpec((2, 3), "int8")),
        (np.float32(1), TensorSpec(())),
        (["a", "b"], TensorSpec((2,), "string")),
        (ROWS, RaggedTensorSpec((2, None))),
        (CSR, SparseTensorSpec((3, 3))),
        (scipy.sparse.coo_array(np.ones(4)), SparseTensorSpec((4,), "float64")),
        (Tracer(ArrayType(dtypes.int32, (Dim.symbol("B"), 3))), TensorSpec((None, 3), "int32")),
        (TensorSpec((3,)), TensorSpec((3,))),
    ],
)
def test_values_have_a_spec(value, spec):
    assert TypeSpec.from_value(value) == type(spec).from_value(value) == spec
    assert spec.is_compatible_with(value)


def test_a_spec_of_another_kind_is_refused():
    with pytest.raises(KGraphTypeError, match="TensorSpec does not describe this value"):
        TensorSpec.from_value(ROWS)
    with pytest.raises(KGraphTypeError, match=r"the value is no array(.|\n)*list"):
        TypeSpec.from_value([[1], [1, 2]])
    with pytest.raises(KGraphTypeError, match=r"the value is no array(.|\n)*object"):
        TypeSpec.from_value(object())


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (TensorSpec((None, 4)), np.zeros((2, 3), np.float32)),
        (TensorSpec((None,)), np.zeros((2, 3), np.float32)),
        (TensorSpec((None, 3)), np.zeros((2, 3))),
        (TensorSpec((None, None)), ROWS),
        (TensorSpec(None), object()),
        (RaggedTensorSpec((3, None)), ROWS),
        (RaggedTensorSpec((None, None), row_splits_dtype="int32"), ROWS),
        (RaggedTensorSpec((None, None, None)), ROWS),
        (RaggedTensorSpec((None, 2)), ROWS),
        (SparseTensorSpec((None, 2)), CSR),
    ],
)
def test_specs_tell_what_does_not_fit(spec, value):
    assert not spec.is_compatible_with(value)


def test_specs_tell_what_fits():
    assert TensorSpec(None).is_compatible_with(np.zeros((2, 3), np.float32))
    assert TensorSpec((None, 3)).is_compatible_with(TensorSpec(None))
    assert RaggedTensorSpec((None, 2)).is_compatible_with(constant([[1.0, 2.0], [3.0, 4.0]]))
    assert SparseTensorSpec(None).is_compatible_with(CSR)


# ---- types


@given(specs())
def test_types_and_specs_go_back_and_forth(spec):
    if isinstance(spec, SparseTensorSpec) and not spec.shape:
        with pytest.raises(KGraphValueError, match="a sparse input has rows: a rank of 1 or more"):
            spec_to_type(spec, "x")
        return
    if isinstance(spec, SparseTensorSpec) and spec.dtype in (dtypes.float16, dtypes.string):
        with pytest.raises(KGraphTypeError, match=r"sparse inputs of dtype .* are not possible"):
            spec_to_type(spec, "x")
        return
    kind = spec_to_type(spec, "x")
    back = type_to_spec(kind)
    assert spec.dtype == back.dtype == kind.dtype
    assert spec_to_type(back, "x") == kind
    if not isinstance(spec, RaggedTensorSpec):
        assert back.shape == spec.shape
    else:
        inner = spec.shape[spec.ragged_rank + 1 :]
        assert back.shape[spec.ragged_rank + 1 :] == inner


def test_symbols_are_named_after_the_input():
    assert str(spec_to_type(TensorSpec((None, None, 3)), "x")) == "f32[B, x_d1, 3]"
    assert str(spec_to_type(TensorSpec((4, None)), "my input/1")) == "f32[4, my_input_1_d1]"
    kind = spec_to_type(RaggedTensorSpec((None, None, None, None, 8), "int32", 2, "int32"), "w")
    assert str(kind) == "ragged i32[B, ~, ~, w_d3, 8]"
    assert str(kind.flat) == "i32[T2_w, w_d3, 8]"
    assert [str(splits) for splits in kind.splits] == ["i32[B + 1]", "i32[T1_w + 1]"]
    kind = spec_to_type(SparseTensorSpec((None, 5), "float64"), "s")
    assert [str(part) for part in (kind.data, kind.indices, kind.indptr)] == [
        "f64[nnz_s]",
        "i32[nnz_s]",
        "i32[B + 1]",
    ]
    assert kind.dims == (Dim.symbol("B"), 5)
    assert str(spec_to_type(RaggedTensorSpec((None,), ragged_rank=0), "x")) == "f32[B]"


@given(st.text(min_size=1))
def test_symbols_of_any_name_read_back(name):
    for spec in (TensorSpec((None, None)), SparseTensorSpec((None, None))):
        size = spec_to_type(spec, name).dims[1]
        assert parse_size(str(size)) == size
    flat = spec_to_type(RaggedTensorSpec((None, None)), name).flat
    assert parse_size(str(flat.dims[0])) == flat.dims[0]


def test_an_unknown_rank_has_no_type():
    for spec in (TensorSpec(None), RaggedTensorSpec(None, ragged_rank=1), SparseTensorSpec()):
        with pytest.raises(KGraphValueError, match="the input 'x' needs a shape"):
            spec_to_type(spec, "x")


def test_a_type_of_a_value_shows_its_spec():
    x = RaggedTensor.from_row_splits(np.zeros((3, 2), np.float32), [0, 3])
    assert type_to_spec(x.type) == RaggedTensorSpec((1, None, 2), ragged_rank=1)


# ---- the protocol


@given(specs(), specs())
def test_a_spec_that_narrows_another_is_compatible_with_it(a, b):
    assert a.is_subtype_of(a)
    if a.is_subtype_of(b):
        assert b.is_compatible_with(a)


@given(specs(), specs())
def test_the_most_specific_type_describes_both(a, b):
    try:
        both = a.most_specific_compatible_type(b)
    except KGraphValueError:
        assert not a.is_subtype_of(b)
        assert not b.is_subtype_of(a)
        return
    assert a.is_subtype_of(both)
    assert b.is_subtype_of(both)
    if isinstance(a, TensorSpec):
        assert both.shape == b.most_specific_compatible_type(a).shape
    else:
        assert both == b.most_specific_compatible_type(a)


def test_specs_of_other_kinds_have_no_common_type():
    with pytest.raises(KGraphValueError, match="no TypeSpec describes the values of both"):
        TensorSpec((3,)).most_specific_compatible_type(SparseTensorSpec((3,)))
    with pytest.raises(KGraphValueError, match="no TypeSpec describes the values of both"):
        TensorSpec((3,)).most_specific_compatible_type(TensorSpec((3,), "int32"))
    merged = TensorSpec((3, 4)).most_specific_compatible_type(TensorSpec((3, 5)))
    assert merged == TensorSpec((3, None))
    assert TensorSpec((3,)).most_specific_compatible_type(TensorSpec((3, 5))) == TensorSpec(None)


@pytest.mark.parametrize("value", [np.ones((2, 3)), ROWS, CSR])
def test_values_are_taken_apart_and_put_together(value):
    spec = TypeSpec.from_value(value)
    assert isinstance(value, spec.value_type)
    parts = spec._to_components(value)
    inner = spec._component_specs
    for part, own in zip(
        [parts] if inner is spec else parts, [inner] if inner is spec else inner, strict=True
    ):
        assert own.is_compatible_with(part)
    twin = spec._from_components(parts)
    assert type(twin) is type(value)
    assert TypeSpec.from_value(twin) == spec
    assert type(spec)._deserialize(spec._serialize()) == spec


def test_dense_specs_are_made_of_values_and_specs():
    x = Input((3,), name="x")
    assert TensorSpec.from_tensor(x) == TensorSpec((None, 3), name="x")
    assert TensorSpec.from_tensor(np.zeros(2), "y") == TensorSpec((2,), "float64", "y")
    assert TensorSpec.from_spec(TensorSpec((3,), name="q")) == TensorSpec((3,), name="q")
    assert TensorSpec.from_spec(SparseTensorSpec((3, 4), "int8")) == TensorSpec((3, 4), "int8")
    assert [TensorSpec(None).rank, TensorSpec((3, None)).rank] == [None, 2]


def test_a_ragged_spec_takes_the_dtype_of_its_flat_values():
    flat = TensorSpec((None,), "int32")
    spec = RaggedTensorSpec((None, None), flat_values_spec=flat)
    assert spec == RaggedTensorSpec((None, None), "int32")
    assert RaggedTensorSpec((None, None), "int32", flat_values_spec=flat) == spec
    with pytest.raises(KGraphValueError, match="`dtype` differs from that of `flat_values_spec`"):
        RaggedTensorSpec((None, None), "int8", flat_values_spec=flat)
