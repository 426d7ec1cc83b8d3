"""In which dtypes an op computes, given what its operands bring to promotion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgraph.types.dtypes import (
    DType,
    Weak,
    as_float,
    float64,
    int32,
    int64,
    promote,
    uint32,
    weak_default,
)
from kgraph.types.errors import KGraphTypeError

Keys = Sequence["DType | Weak"]


def common(keys: Keys) -> list[DType]:
    """All operands meet in one dtype."""
    return [promote(keys)] * len(keys)


def floating(keys: Keys) -> list[DType]:
    """All operands meet in one float dtype; integers become ``floatx()``."""
    return [as_float(promote(keys))] * len(keys)


def floating_by_width(keys: Keys) -> list[DType]:
    """As ``floating``, but int64 becomes float64: where Keras keeps the width."""
    dtype = promote(keys)
    return [float64 if dtype == int64 else as_float(dtype)] * len(keys)


def arithmetic(keys: Keys) -> list[DType]:
    """As ``common``, but bools count as int32."""
    dtype = promote(keys)
    return [int32 if dtype.kind == "b" else dtype] * len(keys)


def unchanged(keys: Keys) -> list[DType]:
    """Each operand keeps its own dtype."""
    return [key if isinstance(key, np.dtype) else weak_default(key) for key in keys]


def boolean(keys: Keys) -> list[DType]:
    """All operands are taken as truth values."""
    return [np.dtype("bool")] * len(keys)


def condition_first(keys: Keys) -> list[DType]:
    """A truth value, then operands that meet in one dtype."""
    return [np.dtype("bool"), *common(keys[1:])]


def indices_second(keys: Keys) -> list[DType]:
    """A value of any dtype, then integer positions (int32 and int64 stay, others become int64)."""
    first, second = unchanged(keys)
    return [
        first,
        second if second in (np.dtype("int32"), np.dtype("int64")) else np.dtype("int64"),
    ]


def integral(keys: Keys) -> list[DType]:
    """As ``common``, and floats are refused: they have no bits to combine."""
    dtype = promote(keys)
    if dtype.kind == "f":
        raise KGraphTypeError(f"bits of {dtype} values cannot be combined; give bool or integers")
    return [dtype] * len(keys)


def shifting(keys: Keys) -> list[DType]:
    """As ``integral``, but bools count as int32."""
    return arithmetic(integral(keys))


def accumulating(keys: Keys) -> list[DType]:
    """The dtype in which sums and products are kept: small integers become 32 bits wide."""
    return [_wide(dtype) for dtype in unchanged(keys)]


def _wide(dtype: DType) -> DType:
    if dtype.kind == "b" or (dtype.kind == "i" and dtype.itemsize < 4):
        return int32
    if dtype.kind == "u" and dtype.itemsize < 4:
        return uint32
    return dtype


def whole(keys: Keys) -> list[DType]:
    """All operands meet in one integer dtype; bools count as int32, floats are refused."""
    dtype = promote(keys)
    if dtype.kind == "f":
        raise KGraphTypeError(f"{dtype} values are not whole; use ops.cast(x, 'int32') if they are")
    return [int32 if dtype.kind == "b" else dtype] * len(keys)


def float_then_whole(keys: Keys) -> list[DType]:
    """A float, then an int32."""
    first, second = keys
    return [*floating([first]), *([int32] if whole([second]) else [])]
