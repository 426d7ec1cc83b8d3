"""Type specs: what a user says of a value before it is there.

A spec is a shape with holes (``None``) and a dtype.  :func:`spec_to_type` turns it into the type
the compiler computes with, each hole a named symbol; :func:`type_to_spec` goes back.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from kgraph.types import dtypes, tree
from kgraph.types.array_type import (
    ArrayType,
    CompositeType,
    RaggedType,
    SparseType,
    ValueType,
)
from kgraph.types.calling import checked_methods
from kgraph.types.casting import dtype_name
from kgraph.types.composite import is_composite
from kgraph.types.csr import CSR
from kgraph.types.dims import Dim, Dims, Shape, Size, row_width
from kgraph.types.dtypes import DType, as_dtype
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.ragged_tensor import RaggedTensor
from kgraph.types.row_partition import INDEX_DTYPES, whole_number
from kgraph.types.shapes import as_shape, listed, merged_shape, shape_narrows, shapes_fit
from kgraph.types.sparse import from_csr, index_dtype_for, is_sparse, to_csr
from kgraph.types.sparse_places import require_countable
from kgraph.types.symbolic import Symbolic
from kgraph.types.type_spec import TypeSpec as TypeSpec  # the base stands in a file of its own
from kgraph.types.value import Value

Spec = TypeVar("Spec", bound="ArraySpec")


class ArraySpec(Value, TypeSpec):
    """What the specs of dense, sparse and ragged arrays share: a shape with holes, and a dtype."""

    __match_args__ = ("shape", "dtype")
    shape: Shape | None
    dtype: DType

    @abstractmethod
    def __init__(self, shape: Any, dtype: Any = dtypes.float32, *rest: Any) -> None:
        raise NotImplementedError

    @property
    def rank(self) -> int | None:
        """Number of axes; None if it is not known."""
        return None if self.shape is None else len(self.shape)

    def _serialize(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def _fits(self, other: Any) -> bool:
        return bool(self.dtype == other.dtype) and shapes_fit(self.shape, other.shape)

    def _narrows(self, other: Any) -> bool:
        fixed = self._serialize()[1:] == other._serialize()[1:]
        return fixed and shape_narrows(self.shape, other.shape)

    def _merged(self: Spec, other: Any) -> Spec:
        if self._serialize()[1:] != other._serialize()[1:]:
            self._refuse_merge(other)
        return type(self)(merged_shape(self.shape, other.shape), *self._serialize()[1:])

    @classmethod
    def from_config(cls: type[Spec], config: Mapping[str, Any], find: Any = None) -> Spec:
        return cls(**config)


@checked_methods()
class TensorSpec(ArraySpec):
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

    @classmethod
    def from_spec(cls, spec: TypeSpec, name: str | None = None) -> TensorSpec:
        """The dense spec of the shape and dtype of another."""
        other: Any = spec
        return cls(other.shape, other.dtype, name or getattr(spec, "name", None))

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The spec of a dense value, symbolic or not; a symbolic one brings its name.

        >>> TensorSpec.from_tensor(np.zeros((2, 3)))
        TensorSpec(shape=(2, 3), dtype=float64, name=None)
        """
        spec = cls.from_value(tensor)
        return cls(spec.shape, spec.dtype, name or getattr(tensor, "name", None))

    @property
    def value_type(self) -> Any:
        return np.ndarray

    @property
    def _component_specs(self) -> TypeSpec:
        return self

    def _to_components(self, value: Any) -> Any:
        return value

    def _from_components(self, components: Any) -> Any:
        return components

    def _narrows(self, other: Any) -> bool:  # the name says nothing of the values
        return bool(self.dtype == other.dtype) and shape_narrows(self.shape, other.shape)

    def _merged(self, other: Any) -> TensorSpec:
        if self.dtype != other.dtype:
            self._refuse_merge(other)
        name = self.name if self.name == other.name else None
        return TensorSpec(merged_shape(self.shape, other.shape), self.dtype, name)

    def get_config(self) -> dict[str, Any]:
        return {"shape": listed(self.shape), "dtype": dtype_name(self.dtype), "name": self.name}

    def __repr__(self) -> str:
        dtype = dtype_name(self.dtype)
        return f"TensorSpec(shape={self.shape}, dtype={dtype}, name={self.name!r})"


@checked_methods()
class SparseTensorSpec(ArraySpec):
    """A sparse array of rank 1 or more.

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

    @property
    def value_type(self) -> Any:
        from scipy.sparse import coo_array, csr_array

        return csr_array if self.shape is None or len(self.shape) == 2 else coo_array

    @property
    def _component_specs(self) -> list[TypeSpec]:
        rows, index = (self.shape or (None,))[0], index_dtype_for(self.shape or (None, None))
        bounds = TensorSpec((None if rows is None else rows + 1,), index)
        return [TensorSpec((None,), self.dtype), TensorSpec((None,), index), bounds]

    def _to_components(self, value: Any) -> list[Any]:
        csr = to_csr(value)
        return [csr.data, csr.indices, csr.indptr]

    def _from_components(self, components: Any) -> Any:
        data, indices, indptr = components
        inner = [size for size in (self.shape or (None, None))[1:] if size is not None]
        if len(inner) + 1 != len(self.shape or (None, None)):
            raise KGraphValueError(f"{self!r}: the size of an axis after the first is not known")
        return from_csr(CSR(data, indices, indptr, (len(indptr) - 1, *inner)))

    def get_config(self) -> dict[str, Any]:
        return {"shape": listed(self.shape), "dtype": dtype_name(self.dtype)}

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self.shape}, {dtype_name(self.dtype)})"


@checked_methods()
class RaggedTensorSpec(ArraySpec):
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
        flat_values_spec: TensorSpec | None = None,
    ) -> None:
        if flat_values_spec is not None:
            dtype = _flat_dtype(flat_values_spec, dtype)
        sizes, splits_dtype = as_shape(shape), as_dtype(row_splits_dtype)
        if splits_dtype not in INDEX_DTYPES:
            raise KGraphValueError(f"row_splits_dtype is int32 or int64, not {row_splits_dtype!r}")
        rank = _checked_ragged_rank(ragged_rank, sizes)
        vars(self).update(shape=sizes, dtype=as_dtype(dtype))
        vars(self).update(ragged_rank=rank, row_splits_dtype=splits_dtype)

    @property
    def value_type(self) -> Any:
        return RaggedTensor

    @property
    def _component_specs(self) -> list[TypeSpec]:
        rows = (self.shape or (None,))[0]
        sizes = [None if rows is None else rows + 1, *[None] * (self.ragged_rank - 1)]
        splits = [TensorSpec((size,), self.row_splits_dtype) for size in sizes[: self.ragged_rank]]
        return [self.flat_values_spec, *splits]

    def _to_components(self, value: Any) -> list[Any]:
        return [value.flat_values, *value.nested_row_splits]

    def _from_components(self, components: Any) -> Any:
        flat, *splits = components
        return RaggedTensor._make(flat, tuple(splits)) if splits else flat

    @property
    def flat_values_spec(self) -> TensorSpec:
        """The spec of the innermost values, all ragged axes merged into one."""
        inner = None if self.shape is None else (None, *self.shape[self.ragged_rank + 1 :])
        return TensorSpec(inner, self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            "shape": listed(self.shape),
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


def _flat_dtype(spec: TensorSpec, dtype: Any) -> DType:
    if as_dtype(dtype) not in (spec.dtype, dtypes.float32):
        raise KGraphValueError(
            message(
                "RaggedTensorSpec: `dtype` differs from that of `flat_values_spec`",
                received=f"{as_dtype(dtype)} and {spec!r}",
            )
        )
    return spec.dtype


SPECS: dict[str, type[TypeSpec]] = {
    cls.__name__: cls for cls in (TensorSpec, SparseTensorSpec, RaggedTensorSpec)
}
"""The specs of kgraph by name, as configs call them."""


def spec_of(value: Any) -> TypeSpec:
    """What :meth:`TypeSpec.from_value` documents, for a spec of any class."""
    if isinstance(value, TypeSpec):
        return value
    if is_composite(value):
        own: TypeSpec = value._type_spec
        return own
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
    Errors    KGraphValueError for an unknown rank, and for a sparse value without rows

    >>> spec_to_type(TensorSpec((None, None, 3)), "x")
    f32[B, x_d1, 3]
    >>> spec_to_type(RaggedTensorSpec((None, None, 8), ragged_rank=1), "words").flat
    f32[T1_words, 8]
    """
    if not isinstance(spec, ArraySpec):
        return _composite_type(spec, name)
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
    flat = ArrayType(spec.dtype, (rows[-1], *sizes[rank + 1 :]))
    known = (spec.shape or ())[1 : rank + 1]
    return RaggedType(flat, splits, known)


def _composite_type(spec: TypeSpec, name: str) -> CompositeType:
    parts = tree.flatten(spec._component_specs)
    for label, part in zip(spec.component_labels, parts, strict=True):
        if not isinstance(part, TypeSpec):
            raise KGraphTypeError(
                message(
                    f"{type(spec).__qualname__}: component {label or 'of it'} is no TypeSpec",
                    received=f"{part!r} of type {type(part).__name__}",
                )
            )
    names = [tree.labelled(name, label) for label in spec.component_labels]
    types = tuple(spec_to_type(part, n) for part, n in zip(parts, names, strict=True))
    return CompositeType(spec, types)


def _sparse_type(spec: SparseTensorSpec, label: str, dims: Dims) -> SparseType:
    if not dims:
        raise KGraphValueError(
            message(
                "a sparse input has rows: a rank of 1 or more",
                received=repr(spec),
                hint="a dense Input for a single number",
            )
        )
    if isinstance(row_width(dims), int):
        require_countable([size for size in dims if isinstance(size, int)])
    if spec.dtype not in dtypes.NUMERIC or spec.dtype == dtypes.float16:
        raise KGraphTypeError(
            message(
                f"sparse inputs of dtype {dtype_name(spec.dtype)} are not possible",
                received=repr(spec),
                expected="bool, integers, float32 or float64: what scipy.sparse stores",
                hint="dtype='float32', or a dense or ragged Input",
            )
        )
    return sparse_input_type(spec.dtype, Dim.symbol(f"nnz_{label}"), dims)


def sparse_input_type(dtype: DType, entries: Size, dims: Dims) -> SparseType:
    """The type of a sparse input, whose fourth array tells the sizes that the others do not tell.

    >>> x = sparse_input_type(dtypes.float32, Dim.symbol("nnz"), (Dim.symbol("B"), Dim.symbol("n")))
    >>> x, x.sizes
    (sparse f32[B, n], b1[n, 0])
    """
    index = index_dtype_for(dims)
    known = all(isinstance(size, int) for size in dims[1:])
    return SparseType(
        data=ArrayType(dtype, (entries,)),
        indices=ArrayType(index, (entries,)),
        indptr=ArrayType(index, (dims[0] + 1,)),
        dims=dims,
        sizes=None if known else ArrayType(dtypes.bool, (*dims[1:], 0)),
    )


def type_to_spec(type_: ValueType) -> TypeSpec:
    """The spec that shows a type to a user: symbols become None again.

    >>> type_to_spec(spec_to_type(TensorSpec((None, 3)), "x"))
    TensorSpec(shape=(None, 3), dtype=float32, name=None)
    """
    if isinstance(type_, CompositeType):
        spec: TypeSpec = type_.spec
        return spec
    if isinstance(type_, RaggedType):
        return RaggedTensorSpec(type_.shape, type_.dtype, type_.ragged_rank, type_.splits[0].dtype)
    if isinstance(type_, SparseType):
        return SparseTensorSpec(type_.shape, type_.dtype)
    return TensorSpec(type_.shape, type_.dtype)
