"""Arithmetic, reductions and products of sparse values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgraph import ops
from kgraph.ops.composite import values as values_of
from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.sparse_entries import sparse_reduce_max, sparse_retain, sparse_softmax
from kgraph.ops.sparse_parts import sparse_values_like, sparse_with_values
from kgraph.sparse.making import from_dense
from kgraph.sparse.operand import sparse_operand
from kgraph.types.array_type import SparseType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.sparse import is_sparse
from kgraph.types.symbolic import Symbolic


def add(a: Any, b: Any, threshold: float = 0) -> Any:
    """Sum of two sparse values, or of a sparse and a dense one.

    Shapes    equal; sparse + sparse is sparse, sparse + dense is dense
    Dtypes    promoted as in Keras 3
    Edges     sums of a magnitude below ``threshold`` are left out of a sparse result
    Errors    TypeError if neither is sparse
    Source    tf.sparse.add

    >>> import kgraph as kg
    >>> kg.sparse.add(kg.sparse.eye(2), kg.sparse.eye(2)).toarray()
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """
    a, b = as_operand(a, "kg.sparse.add"), as_operand(b, "kg.sparse.add")
    if not _is_sparse(a):
        sparse_operand("add", b)
    total = ops.add(a, b)
    if not threshold or not _is_sparse(total):
        return total
    return sparse_retain(total, ops.absolute(values_of(total)) >= threshold)


def _is_sparse(value: Any) -> bool:
    return isinstance(type_of(value), SparseType)


def maximum(sp_a: Any, sp_b: Any) -> Any:
    """The greater of two sparse values, place by place; what is not stored counts as 0.

    Shapes    sparse (B, ...), sparse (B, ...) -> sparse (B, ...)
    Source    tf.sparse.maximum

    >>> import kgraph as kg
    >>> kg.sparse.maximum(kg.sparse.eye(2), ops.negative(kg.sparse.eye(2, 2))).toarray()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return ops.maximum(sparse_operand("maximum", sp_a), sparse_operand("maximum", sp_b))


def minimum(sp_a: Any, sp_b: Any) -> Any:
    """The less of two sparse values, place by place; what is not stored counts as 0.

    Shapes    sparse (B, ...), sparse (B, ...) -> sparse (B, ...)
    Source    tf.sparse.minimum

    >>> import kgraph as kg
    >>> kg.sparse.minimum(kg.sparse.eye(2), ops.negative(kg.sparse.eye(2, 2))).toarray()
    array([[-1.,  0.],
           [ 0., -1.]], dtype=float32)
    """
    return ops.minimum(sparse_operand("minimum", sp_a), sparse_operand("minimum", sp_b))


def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``op`` applied to the stored entries of its sparse arguments, which share their places.

    Shapes    sparse (B, ...), … -> sparse (B, ...); ``op`` sees vectors (nnz,)
    Errors    ValueError if the sparse arguments store entries at different places, or ``op`` gives
              another number of values; TypeError if none is sparse
    Source    tf.sparse.map_values

    >>> import kgraph as kg
    >>> kg.sparse.map_values(kg.exp, kg.SparseTensor([[0, 1]], [0.0], (1, 3))).toarray()
    array([[0., 1., 0.]])
    """
    sparse = [x for x in (*args, *kwargs.values()) if _is_sparse_argument(x)]
    if not sparse:
        raise KGraphTypeError(
            message(
                "kg.sparse.map_values: no argument is sparse",
                received=", ".join(type(x).__name__ for x in (*args, *kwargs.values())),
            )
        )
    model = sparse[0]

    def stored(x: Any) -> Any:
        if not _is_sparse_argument(x):
            return x
        return values_of(x) if x is model else sparse_values_like(x, model)

    found = op(*map(stored, args), **{name: stored(x) for name, x in kwargs.items()})
    return sparse_with_values(model, found)


def _is_sparse_argument(x: Any) -> bool:
    return is_sparse(x) or (isinstance(x, Symbolic) and x.sparse)


def reduce_sum(
    sp_input: Any, axis: Any = None, keepdims: bool = False, output_is_sparse: bool = False
) -> Any:
    """Sum over ``axis``.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Errors    ValueError for a sparse output that is a single number
    Source    tf.sparse.reduce_sum

    >>> import kgraph as kg
    >>> kg.sparse.reduce_sum(kg.sparse.eye(2, 3), 0)
    array([1., 1., 0.], dtype=float32)
    """
    found = ops.sum(sparse_operand("reduce_sum", sp_input), axis, keepdims)
    return _as_asked("reduce_sum", found, output_is_sparse)


def reduce_max(
    sp_input: Any, axis: Any = None, keepdims: bool = False, output_is_sparse: bool = False
) -> Any:
    """Greatest of the *stored* entries over ``axis``; 0 where none is stored.

    ``ops.max`` counts the zeros that are not stored, too.

    Shapes    the reduced axes disappear, or stay with size 1 (``keepdims``)
    Errors    ValueError for a sparse output that is a single number
    Source    tf.sparse.reduce_max

    >>> import kgraph as kg
    >>> kg.sparse.reduce_max(kg.SparseTensor([[0, 0], [1, 1]], [-7, 4], (3, 2)), 1)
    array([-7,  4,  0])
    """
    found = sparse_reduce_max(sparse_operand("reduce_max", sp_input), axis, keepdims)
    return _as_asked("reduce_max", found, output_is_sparse)


def _as_asked(name: str, found: Any, output_is_sparse: bool) -> Any:
    if not output_is_sparse:
        return found
    if not type_of(found).dims:
        raise KGraphValueError(
            message(
                f"kg.sparse.{name}: a single number is no sparse value",
                received=str(type_of(found)),
                hint="keepdims=True",
            )
        )
    return from_dense(found)


def softmax(sp_input: Any) -> Any:
    """Softmax of the stored entries along the last axis; what is not stored does not take part.

    Shapes    sparse (B, ..., N) -> sparse (B, ..., N)
    Errors    TypeError for integers
    Source    tf.sparse.softmax

    >>> import kgraph as kg
    >>> kg.sparse.softmax(kg.SparseTensor([[0, 0], [0, 2]], [7.0, 7.0], (1, 3))).toarray()
    array([[0.5, 0. , 0.5]])
    """
    return sparse_softmax(sparse_operand("softmax", sp_input))


def sparse_dense_matmul(sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False) -> Any:
    """Product of a sparse matrix and a dense one, either of them first.

    Shapes    (M, K) @ (K, N) -> (M, N), after ``adjoint_a`` and ``adjoint_b`` turned the factors
    Errors    TypeError unless just one factor is sparse; ValueError where the inner sizes differ,
              and for factors that are no matrices
    Source    tf.sparse.sparse_dense_matmul

    >>> import kgraph as kg
    >>> kg.sparse.sparse_dense_matmul(kg.sparse.eye(2, 3), [[1.0], [2.0], [3.0]])
    array([[1.],
           [2.]], dtype=float32)
    """
    factors = [as_operand(value, "kg.sparse.sparse_dense_matmul") for value in (sp_a, b)]
    if sum(map(_is_sparse, factors)) != 1:
        raise KGraphTypeError(
            message(
                "kg.sparse.sparse_dense_matmul: one factor is sparse, the other dense",
                received="\n".join(str(type_of(value)) for value in factors),
                hint="ops.matmul takes two sparse or two dense ones",
            )
        )
    if any(type_of(value).ndim != 2 for value in factors):
        raise ShapeError(
            message(
                "kg.sparse.sparse_dense_matmul: the factors are matrices",
                received="\n".join(str(type_of(value)) for value in factors),
                hint="ops.matmul takes more axes, or kg.sparse.reshape(x, (-1, n)) first",
            )
        )
    turned = [
        ops.transpose(value) if adjoint else value
        for value, adjoint in zip(factors, (adjoint_a, adjoint_b), strict=True)
    ]
    return ops.matmul(*turned)
