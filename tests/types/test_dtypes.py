"""Dtype names and promotion: a table of what Keras 3 does, and laws that hold for all dtypes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kgraph.types import dtypes
from kgraph.types.dtypes import as_dtype, dtype_key, promote
from kgraph.types.errors import KGraphTypeError, KGraphValueError

WEAK = {"int": int, "float": float, "bool*": bool}

# what keras.backend.result_type answers (floatx is float32; int, float and bool* are Python's)
PROMOTIONS = """
    bool bool -> bool            bool int8 -> int8            bool uint64 -> uint64
    bool float16 -> float16      int8 int16 -> int16          int32 int64 -> int64
    uint8 uint16 -> uint16       uint8 int8 -> int16          uint8 int16 -> int16
    uint16 int8 -> int32         uint16 int32 -> int32        uint32 int32 -> int64
    uint32 int8 -> int64         uint32 int64 -> int64        uint64 uint8 -> uint64
    uint64 int8 -> float32       uint64 int64 -> float32      int64 float16 -> float16
    int64 float32 -> float32     uint64 float16 -> float16    int8 float64 -> float64
    float16 float32 -> float32   float16 float64 -> float64   float32 float64 -> float64
    bool int -> int32            bool float -> float32        int8 int -> int8
    uint8 int -> uint8           int64 int -> int64           int32 float -> float32
    int64 float -> float32       uint64 float -> float32      float16 int -> float16
    float16 float -> float16     float64 float -> float64     float32 bool* -> float32
    int8 bool* -> int8           bool bool* -> bool           int float -> float32
    int int -> int32             float float -> float32       bool* bool* -> bool
    bool* int -> int32           uint64 int -> uint64         uint32 int -> uint32
"""


def _key(name: str):
    return WEAK.get(name) or np.dtype(name)


def _rows():
    words = PROMOTIONS.split()
    for at in range(0, len(words), 4):
        left, right, arrow, result = words[at : at + 4]
        assert arrow == "->"
        yield left, right, result


@pytest.mark.parametrize(("left", "right", "result"), list(_rows()))
def test_two_values_meet_as_in_keras(left, right, result):
    assert promote([_key(left), _key(right)]) == np.dtype(result)
    assert promote([_key(right), _key(left)]) == np.dtype(result)


@pytest.mark.parametrize("dtype", dtypes.NUMERIC, ids=str)
def test_a_dtype_meets_itself(dtype):
    assert promote([dtype]) == promote([dtype, dtype]) == dtype


def test_the_order_of_three_values_does_not_matter():
    keys = (*dtypes.NUMERIC, int, float)
    for three in itertools.combinations(keys, 3):
        assert len({promote(order) for order in itertools.permutations(three)}) == 1, three


@pytest.fixture
def floatx():
    before = dtypes.floatx()
    yield dtypes.set_floatx
    dtypes.set_floatx(before)


def test_floatx_is_what_a_python_float_brings(floatx):
    floatx("float64")
    assert dtypes.floatx() == "float64"
    assert promote([dtypes.int32, float]) == dtypes.float64
    assert promote([dtypes.uint64, dtypes.int8]) == dtypes.float64
    assert promote([dtypes.float16, float]) == dtypes.float16
    assert as_dtype(None) == as_dtype(float) == dtypes.as_float(dtypes.int8) == dtypes.float64


def test_floatx_is_a_float():
    with pytest.raises(KGraphValueError, match="set_floatx takes a float dtype, got 'int32'"):
        dtypes.set_floatx("int32")


@pytest.mark.parametrize("dtype", dtypes.NUMERIC, ids=str)
def test_every_spelling_names_the_dtype(dtype):
    assert as_dtype(dtype.name) == as_dtype(dtype) == as_dtype(dtype.type) == dtype
    swapped = as_dtype(dtype.newbyteorder(">"))
    assert swapped == dtype
    assert swapped.isnative
    assert dtypes.from_short(dtypes.short_name(dtype)) == dtype


def test_python_types_name_dtypes():
    assert as_dtype(int) == dtypes.int32
    assert as_dtype(True.__class__) == dtypes.bool
    assert as_dtype(str) == as_dtype("string") == as_dtype("<U4") == dtypes.string
    assert as_dtype(">f4") == dtypes.float32
    assert as_dtype(">f4").isnative


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("flaot32", r"'flaot32' is not a dtype(.|\n)*try +did you mean 'float32'?"),
        ("nonsense?", "'nonsense\\?' is not a dtype(.|\n)*expected  one of float16"),
        (["float32"], r"\['float32'\] is not a dtype"),
        (3, "3 is not a dtype"),
    ],
)
def test_what_is_no_dtype_is_refused(spec, text):
    with pytest.raises(KGraphTypeError, match=text):
        as_dtype(spec)


def test_strings_do_not_add():
    with pytest.raises(KGraphTypeError, match="do not take part in arithmetic"):
        promote([dtypes.string, dtypes.float32])
    with pytest.raises(KGraphTypeError, match="complex128 do not take part in arithmetic"):
        promote([np.dtype(complex), int])


def test_values_bring_their_dtype_or_their_python_type():
    assert dtype_key(np.int8(3)) == dtypes.int8
    assert dtype_key(True) is True.__class__
    assert dtype_key(3) is int
    assert dtype_key(3.0) is float
    with pytest.raises(KGraphTypeError, match="expected an array or a number, got list"):
        dtype_key([3])
