"""Type specs: what a user says of a value before it is there.

A spec is a shape with holes (``None``) and a dtype.  :func:`spec_to_type` turns it into the type
the compiler computes with, each hole a named symbol; :func:`type_to_spec` goes back.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, TypeVar

import numpy as np

from kgraph.types import dtypes
from kgraph.types.array_type import ArrayType, RaggedType, SparseType, ValueType
from kgraph.types.casting import dtype_name
from kgraph.types.dims import Dim, Dims, Shape, Size
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged_tensor import RaggedTensor
from kgraph.types.row_partition import INDEX_DTYPES, whole_number
from kgraph.types.sparse import is_sparse
from kgraph.types.symbolic import Symbolic
from kgraph.types.value import Value

Spec = TypeVar("Spec", bound="TypeSpec")


class TypeSpec(ABC):
    """What is known of a value before it is there: its kind, shape and dtype."""

    shape: Shape | None
    dtype: DType

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """The arguments that make this spec anew, in JSON's types."""

    @classmethod
    def from_config(cls: type[Spec], config: dict[str, Any]) -> Spec:
        """The spec that :meth:`get_config` described."""
        return cls(**config)

    @classmethod
    def from_value(cls: type[Spec], value: Any) -> Spec:
        """The spec of a value that is there, or of a symbolic one.

        >>> TypeSpec.from_value(np.zeros((2, 3)))
        TensorSpec(shape=(2, 3), dtype=float64, name=None)
        """
        spec = _spec_of(value)
        if not isinstance(spec, cls):
            raise KGraphTypeError(
                message(f"{cls.__name__} does not describe this value", received=repr(spec))
            )
        return spec

    def is_compatible_with(self, value: Any) -> bool:
        """Could ``value`` (or a value of the spec ``value``) be meant by this spec?

        >>> TensorSpec((None, 3), "float32").is_compatible_with(np.zeros((2, 3), "float32"))
        True
        """
        try:
            other = value if isinstance(value, TypeSpec) else _spec_of(value)
        except KGraphTypeError:
            return False
        return type(other) is type(self) and self.dtype == other.dtype and self._fits(other)

    def _fits(self, other: Any) -> bool:
        return _shapes_fit(self.shape, other.shape)


class TensorSpec(Value, TypeSpec):
    """A dense array: shape (None = unknown size; shape None = unknown rank), dtype, name.

    Errors    KGraphValueError for a negative size; KGraphTypeError for one that is no integer,
              and for an unknown dtype
    Source    tf.TensorSpec

    >>> TensorSpec((None, 32), "float32")
    TensorSpec(shape=(None, 32), dtype=float32, name=None)
    """

    __match_args__ = ("shape", "dtype", "name")
    shape: Shape | None
    dtype: DType
    name: str | None

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        vars(self).update(shape=as_shape(shape), dtype=as_dtype(dtype), name=name)

    def get_config(self) -> dict[str, Any]:
        return {"shape": _listed(self.shape), "dtype": dtype_name(self.dtype), "name": self.name}

    def __repr__(self) -> str:
        dtype = dtype_name(self.dtype)
        return f"TensorSpec(shape={self.shape}, dtype={dtype}, name={self.name!r})"


class SparseTensorSpec(Value, TypeSpec):
    """A sparse array; graphs take rank 2 now.

    Errors    as :class:`TensorSpec`
    Source    tf.SparseTensorSpec

    >>> SparseTensorSpec((None, 1000))
    SparseTensorSpec((None, 1000), float32)
    """

    __match_args__ = ("shape", "dtype")
    shape: Shape | None
    dtype: DType

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        vars(self).update(shape=as_shape(shape), dtype=as_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"shape": _listed(self.shape), "dtype": dtype_name(self.dtype)}

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self.shape}, {dtype_name(self.dtype)})"


class RaggedTensorSpec(Value, TypeSpec):
    """Ragged rows: the axes 1 .. ragged_rank are ragged, those further in are uniform.

    Shapes    ragged_rank defaults to the rank less one; a known size on a ragged axis says that
              its rows all have that length
    Errors    as :class:`TensorSpec`, and KGraphValueError for a ragged_rank out of range
    Source    tf.RaggedTensorSpec

    >>> RaggedTensorSpec((None, None, 8), ragged_rank=1)
    RaggedTensorSpec((None, None, 8), float32, 1, int64)
    """

    __match_args__ = ("shape", "dtype", "ragged_rank", "row_splits_dtype")
    shape: Shape | None
    dtype: DType
    ragged_rank: int
    row_splits_dtype: DType

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        ragged_rank: int | None = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> None:
        sizes, splits_dtype = as_shape(shape), as_dtype(row_splits_dtype)
        if splits_dtype not in INDEX_DTYPES:
            raise KGraphValueError(f"row_splits_dtype is int32 or int64, not {row_splits_dtype!r}")
        rank = _checked_ragged_rank(ragged_rank, sizes)
        vars(self).update(shape=sizes, dtype=as_dtype(dtype))
        vars(self).update(ragged_rank=rank, row_splits_dtype=splits_dtype)

    @property
    def flat_values_spec(self) -> TensorSpec:
        """The spec of the innermost values, all ragged axes merged into one."""
        inner = None if self.shape is None else (None, *self.shape[self.ragged_rank + 1 :])
        return TensorSpec(inner, self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            "shape": _listed(self.shape),
            "dtype": dtype_name(self.dtype),
            "ragged_rank": self.ragged_rank,
            "row_splits_dtype": self.row_splits_dtype.name,
        }

    def is_compatible_with(self, value: Any) -> bool:
        """As for any spec; rows of a value must have the known length of their ragged axis."""
        return super().is_compatible_with(value) and (
            not isinstance(value, RaggedTensor)
            or not value._is_concrete()
            or self._lengths_fit(value)
        )

    def _fits(self, other: RaggedTensorSpec) -> bool:
        mine = (self.ragged_rank, self.row_splits_dtype)
        return mine == (other.ragged_rank, other.row_splits_dtype) and super()._fits(other)

    def _lengths_fit(self, value: RaggedTensor) -> bool:
        known = (self.shape or ())[1 : self.ragged_rank + 1]
        pairs = zip(known, value.nested_row_lengths(), strict=False)
        return all(size is None or bool((lengths == size).all()) for size, lengths in pairs)

    def __repr__(self) -> str:
        dtypes_ = dtype_name(self.dtype), self.row_splits_dtype.name
        return f"RaggedTensorSpec({self.shape}, {dtypes_[0]}, {self.ragged_rank}, {dtypes_[1]})"


def as_shape(shape: Any) -> Shape | None:
    """``shape`` as a tuple of sizes and None; an int means a 1-tuple, None an unknown rank.

    >>> as_shape([None, 3])
    (None, 3)
    """
    if shape is None:
        return None
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if isinstance(shape, (str, bytes)) or not hasattr(shape, "__iter__"):
        raise KGraphTypeError(
            message("shape must be a tuple", received=repr(shape), expected="sizes, or None")
        )
    return tuple(_as_size(size, at, tuple(shape)) for at, size in enumerate(tuple(shape)))


def _as_size(size: Any, at: int, shape: tuple[Any, ...]) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
        raise KGraphTypeError(
            message(
                f"size {at} of a shape is no integer",
                received=f"{size!r} in shape {shape}",
                expected="an integer, or None if it is not known",
            )
        )
    if size < 0:
        raise KGraphValueError(
            message(
                f"size {at} of a shape is negative",
                received=f"{size} in shape {shape}",
                hint="None, if the size is not known",
            )
        )
    return int(size)


def _checked_ragged_rank(ragged_rank: int | None, shape: Shape | None) -> int:
    if ragged_rank is None and shape is None:
        raise KGraphValueError("RaggedTensorSpec needs a ragged_rank, or a shape to take it from")
    rank = None if shape is None else len(shape)
    chosen = (rank or 0) - 1 if ragged_rank is None else whole_number(ragged_rank, "ragged_rank")
    if chosen < 0 or (rank is not None and chosen >= rank):
        raise KGraphValueError(
            message(
                "ragged_rank is out of range",
                received=f"ragged_rank = {chosen}, and shape {shape}",
                expected="0 <= ragged_rank < rank of the shape",
            )
        )
    return chosen


def _shapes_fit(mine: Shape | None, other: Shape | None) -> bool:
    if mine is None or other is None:
        return True
    return len(mine) == len(other) and all(
        a is None or b is None or a == b for a, b in zip(mine, other, strict=True)
    )


def _listed(shape: Shape | None) -> list[int | None] | None:
    return None if shape is None else list(shape)


def _spec_of(value: Any) -> TypeSpec:
    if isinstance(value, TypeSpec):
        return value
    spec = getattr(value, "type_spec", None)
    if isinstance(spec, TypeSpec):
        return spec
    if isinstance(value, (Symbolic, RaggedTensor)):
        return type_to_spec(value.type)
    if is_sparse(value):
        return SparseTensorSpec(value.shape, value.dtype)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise KGraphTypeError(
            message("the value is no array", received=type(value).__name__)
        ) from error
    if array.dtype == object:
        raise KGraphTypeError(message("the value is no array", received=type(value).__name__))
    return TensorSpec(array.shape, dtypes.string if array.dtype.kind == "U" else array.dtype)


def spec_to_type(spec: TypeSpec, name: str) -> ValueType:
    """The compiler's type of an input called ``name``: each unknown size becomes a symbol.

    Shapes    size 0 -> ``B``, the batch that all inputs share; size i -> ``name_d<i>``; the rows of
              ragged axis k -> ``T<k>_name``; the entries of a sparse value -> ``nnz_name``
    Errors    KGraphValueError for an unknown rank, and for a sparse value of another rank than 2

    >>> spec_to_type(TensorSpec((None, None, 3)), "x")
    f32[B, x_d1, 3]
    >>> spec_to_type(RaggedTensorSpec((None, None, 8), ragged_rank=1), "words").flat
    f32[T1_words, 8]
    """
    label = re.sub(r"[^A-Za-z0-9_.]", "_", name)
    if spec.shape is None:
        raise KGraphValueError(
            message(
                f"the input {name!r} needs a shape",
                received=repr(spec),
                hint="shape=(None, 3), with None for each size that is not known",
            )
        )
    # a symbol that opens with a digit could not be read back from IR text
    inner = label if re.match("[A-Za-z_]", label) else f"_{label}"
    sizes: list[Size] = [
        size if size is not None else Dim.symbol(f"{inner}_d{axis}" if axis else "B")
        for axis, size in enumerate(spec.shape)
    ]
    if isinstance(spec, RaggedTensorSpec) and spec.ragged_rank:
        return _ragged_type(spec, label, sizes)
    if isinstance(spec, SparseTensorSpec):
        return _sparse_type(spec, label, tuple(sizes))
    return ArrayType(spec.dtype, tuple(sizes))


def _ragged_type(spec: RaggedTensorSpec, label: str, sizes: list[Size]) -> RaggedType:
    rank = spec.ragged_rank
    rows = [sizes[0], *(Dim.symbol(f"T{axis}_{label}") for axis in range(1, rank + 1))]
    splits = tuple(ArrayType(spec.row_splits_dtype, (count + 1,)) for count in rows[:-1])
    return RaggedType(ArrayType(spec.dtype, (rows[-1], *sizes[rank + 1 :])), splits)


def _sparse_type(spec: SparseTensorSpec, label: str, dims: Dims) -> SparseType:
    if len(dims) != 2:
        raise KGraphValueError(
            message(
                "sparse inputs of rank 2 are supported now",
                received=repr(spec),
                hint="a dense Input for other ranks, or reshape to (batch, features)",
            )
        )
    if spec.dtype not in dtypes.NUMERIC or spec.dtype == dtypes.float16:
        raise KGraphTypeError(
            message(
                f"sparse inputs of dtype {dtype_name(spec.dtype)} are not possible",
                received=repr(spec),
                expected="bool, integers, float32 or float64: what scipy.sparse stores",
                hint="dtype='float32', or a dense or ragged Input",
            )
        )
    entries = (Dim.symbol(f"nnz_{label}"),)
    return SparseType(
        data=ArrayType(spec.dtype, entries),
        indices=ArrayType(dtypes.int32, entries),
        indptr=ArrayType(dtypes.int32, (dims[0] + 1,)),
        dims=dims,
    )


def type_to_spec(type_: ValueType) -> TypeSpec:
    """The spec that shows a type to a user: symbols become None again.

    >>> type_to_spec(spec_to_type(TensorSpec((None, 3)), "x"))
    TensorSpec(shape=(None, 3), dtype=float32, name=None)
    """
    if isinstance(type_, RaggedType):
        return RaggedTensorSpec(type_.shape, type_.dtype, type_.ragged_rank, type_.splits[0].dtype)
    if isinstance(type_, SparseType):
        return SparseTensorSpec(type_.shape, type_.dtype)
    return TensorSpec(type_.shape, type_.dtype)
