"""What is known of a value before its numbers are, and plain values from others."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgraph.ops.axes import one_axis
from kgraph.ops.casting import cast
from kgraph.ops.composite import nrows
from kgraph.ops.densifying import to_dense
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import as_operand, close_sparse, dims_of, lone_number, type_of
from kgraph.ops.samples import f32
from kgraph.ops.sizing import number_of
from kgraph.types.array_type import RaggedType, SparseType
from kgraph.types.dims import Shape, product
from kgraph.types.dtypes import DType, as_dtype, int32
from kgraph.types.errors import KGraphTypeError, ShapeError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import is_sparse
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

_KINDS = {"sparse": SparseType, "ragged": RaggedType}


def _given(x: Any, op_name: str) -> Any:
    return lone_number(as_operand(x, op_name))


def shape(x: Any) -> Shape:
    """The sizes of x; None where they are known only when a batch arrives.

    >>> import kgraph as kg
    >>> kg.ops.shape(kg.Input((3,)))
    (None, 3)
    """
    return type_of(_given(x, "shape")).shape


def ndim(x: Any) -> int:
    """The number of axes of x.

    >>> import kgraph as kg
    >>> kg.ops.ndim(kg.Input((3,)))
    2
    """
    return type_of(_given(x, "ndim")).ndim


def dtype(x: Any) -> DType:
    """The dtype of x; it compares equal to its name.

    >>> import kgraph as kg
    >>> kg.ops.dtype(kg.Input((3,))) == "float32"
    True
    """
    return type_of(_given(x, "dtype")).dtype


@op(dtypes=unchanged)
def size(x: Array, axis: int | None = None) -> Array:
    """The number of elements of x, or along ``axis``, as a value that a batch may decide.

    Shapes    any -> ()
    Dtypes    all; the result is int32
    Edges     the items of a ragged value, the zeros of a sparse one too
    Source    keras.ops.size, numpy.size

    >>> import kgraph as kg
    >>> kg.ops.size([[1, 2], [3, 4]])
    array(4, dtype=int32)
    """
    return np.int32(np.size(x, axis))


@size.lower
def _product_of_sizes(x: Any, axis: int | None) -> Any:
    dims = dims_of(x)
    asked = dims if axis is None else (dims[one_axis("size", axis, len(dims))],)
    return cast(number_of(product(asked), x), int32)


@size.ragged
def _number_of_items(x: RaggedTensor, axis: int | None) -> Any:
    if axis is None:
        return size(x.flat_values)
    place, rank = one_axis("size", axis, x.type.ndim), x.type.ragged_rank
    if place == 0:
        return cast(nrows(x), int32)
    if place <= rank:
        raise ShapeError(f"size: the rows of {x.type} have no common size; take its row_lengths()")
    return size(x.flat_values, place - rank)


@size.sparse
def _stored_or_not(x: Any, axis: int | None) -> Any:
    asked = x.dims if axis is None else (x.dims[one_axis("size", axis, x.ndim)],)
    return cast(number_of(product(asked), x.data), int32)


size.sample(f32([[1, 2, 3]]))
size.sample(np.zeros((2, 0), np.float32))
size.sample(f32([[1, 2, 3]]), axis=-1)


def is_tensor(x: Any) -> bool:
    """Whether x is a value of a graph or of numbers: symbolic, array, ragged, sparse, variable.

    >>> import kgraph as kg
    >>> kg.ops.is_tensor(kg.Input((3,))), kg.ops.is_tensor([1, 2])
    (True, False)
    """
    return isinstance(x, Symbolic | np.ndarray | RaggedTensor | Variable) or is_sparse(x)


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """x as a value that ops take: lists become arrays, values stay what they are.

    Shapes    that of x
    Dtypes    ``dtype``, or that of x; numbers and lists become int32 or ``floatx()``
    Errors    TypeError where x is sparse or ragged and must not be (``sparse=False``)
    Source    keras.ops.convert_to_tensor

    >>> import kgraph as kg
    >>> kg.ops.convert_to_tensor([1.5, 2.0])
    array([1.5, 2. ], dtype=float32)
    """
    value = _given(x, "convert_to_tensor")
    for kind, wanted in (("sparse", sparse), ("ragged", ragged)):
        if wanted is False and isinstance(type_of(value), _KINDS[kind]):
            raise KGraphTypeError(
                message(
                    f"convert_to_tensor: the value is {kind}",
                    received=str(type_of(value)),
                    hint="ops.to_dense(x) writes it out",
                )
            )
    return value if dtype is None else close_sparse(cast(value, as_dtype(dtype)))


def convert_to_numpy(x: Any) -> np.ndarray:
    """The numbers of x as an array; ragged rows are filled up, zeros written out.

    Errors    TypeError for a symbolic value: it has no numbers yet
    Source    keras.ops.convert_to_numpy

    >>> import kgraph as kg
    >>> kg.ops.convert_to_numpy([1, 2])
    array([1, 2], dtype=int32)
    """
    value = _given(x, "convert_to_numpy")
    return np.asarray(value if isinstance(value, Symbolic) else to_dense(value))


def array(x: Any, dtype: Any = None) -> Any:
    """x as a value that ops take, of ``dtype`` if one is given.

    Shapes    that of x
    Dtypes    ``dtype``, or that of x; numbers and lists become int32 or ``floatx()``
    Source    keras.ops.array

    >>> import kgraph as kg
    >>> kg.ops.array([1, 2], dtype="float32")
    array([1., 2.], dtype=float32)
    """
    return convert_to_tensor(x, dtype)
