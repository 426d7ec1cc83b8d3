"""Values: immutable, and equal by their fields."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from kgraph.layers import InputSpec
from kgraph.types.array_type import ArrayType, RaggedType, SparseType
from kgraph.types.csr import CSR
from kgraph.types.dims import Atom, Dim
from kgraph.types.specs import RaggedTensorSpec, SparseTensorSpec, TensorSpec
from kgraph.types.value import Value

FLAT = ArrayType(np.dtype("float32"), (Dim.symbol("T"), 4))
SPLITS = ArrayType(np.dtype("int64"), (Dim.symbol("B") + 1,))
VALUES = [
    Atom("B"),
    Atom("max(B, 3)", "max", (Dim.symbol("B"), 3)),
    FLAT,
    SPLITS,
    RaggedType(FLAT, (SPLITS,)),
    SparseType(FLAT, SPLITS, SPLITS, (2, 3)),
    TensorSpec((None, 3), name="x"),
    SparseTensorSpec((None, 3)),
    RaggedTensorSpec((None, None, 3), ragged_rank=1),
    InputSpec(min_ndim=2),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_equals_its_original(value: Value, copied: object) -> None:
    again = copied(value)  # type: ignore[operator]
    assert again is not value
    assert again == value
    assert hash(again) == hash(value)
    assert repr(again) == repr(value)


def test_values_of_different_content_or_class_differ() -> None:
    for i, first in enumerate(VALUES):
        for second in VALUES[:i]:
            assert first != second
    assert TensorSpec((None, 3), "float32") != SparseTensorSpec((None, 3), "float32")
    assert Atom("B") != ("B", "", ())


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_field_is_neither_set_nor_deleted(value: Value) -> None:
    field = value.__match_args__[0]
    before = getattr(value, field)
    with pytest.raises(AttributeError, match=f"cannot assign to field '{field}'"):
        setattr(value, field, None)
    with pytest.raises(AttributeError, match=f"cannot delete field '{field}'"):
        delattr(value, field)
    assert getattr(value, field) is before


def test_matrices_hash_by_identity_and_compare_element_by_element() -> None:
    parts = np.float32([1.0]), np.int32([0]), np.int32([0, 1])
    first, second = CSR(*parts, (1, 1)), CSR(*parts, (1, 1))
    assert len({first, second}) == 2
    assert (first != second).sum() == 0
    with pytest.raises(AttributeError, match="cannot assign to field 'data'"):
        first.data = None
