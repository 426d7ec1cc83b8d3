"""What an op may be given, and the few questions it asks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph.types import dtypes
from kgraph.types.array_type import (
    ArrayType,
    CompositeType,
    RaggedType,
    SparseType,
    ValueType,
    type_of_array,
)
from kgraph.types.composite import is_composite, parts_of, symbolic_part, value_of
from kgraph.types.csr import CSR
from kgraph.types.densify import say_densified
from kgraph.types.dims import Dims
from kgraph.types.dtypes import DType, Weak
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

ConstantLike = Variable
# As tuples: a union `a | b` in a function is made anew at each call, and these questions are asked
# many times for each op of a graph.
NUMBERS = (bool, int, float)
_OPERANDS = (Symbolic, RaggedTensor, CSR, Variable, *NUMBERS)
_TYPED = (Symbolic, Variable, RaggedTensor)
_NOT_SPARSE = (Symbolic, np.ndarray, *NUMBERS)

# Who records an op on variables alone: nobody (it is computed), or the lowering under way.
_variable_recorder: ContextVar[Symbolic | None] = ContextVar("variable_recorder", default=None)


@contextmanager
def recording_variables(recorder: Symbolic) -> Iterator[None]:
    """Within this context an op on variables alone is recorded, so that it follows them."""
    token = _variable_recorder.set(recorder)
    try:
        yield
    finally:
        _variable_recorder.reset(token)


def as_operand(value: Any, op_name: str) -> Any:
    """Check that an op can take ``value``; sequences of numbers become arrays."""
    if isinstance(value, _OPERANDS):
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = value
    elif is_sparse(value) or is_composite(value):
        return value
    else:
        array = _array_of(value, op_name)
        if array.dtype == np.float64 and not hasattr(value, "dtype"):
            array = array.astype(dtypes.default_float())
        elif array.dtype == np.int64 and not hasattr(value, "dtype"):
            array = array.astype(np.int32)
    if array.dtype.kind not in "biuf":
        raise KGraphTypeError(
            message(
                f"{op_name}: cannot compute with this value",
                received=f"{type(value).__name__} of dtype {array.dtype}",
                expected="bool, integer or float arrays, ragged, sparse or symbolic values",
            )
        )
    return array


def as_dense(value: Any, op_name: str) -> Any:
    """As :func:`as_operand`, of dense values: sparse ones are written out, others refused."""
    value = open_sparse(lone_number(as_operand(value, op_name)))
    found = type_of(value)
    if isinstance(found, SparseType):
        say_densified(op_name, found)
        return OPS["to_dense"](value)
    if isinstance(found, RaggedType):
        hint = "take its .values, or make it dense with .to_tensor()"
        raise KGraphTypeError(
            message(f"{op_name}: has no meaning on ragged values", received=str(found), hint=hint)
        )
    if isinstance(found, CompositeType):
        hint = f"take one of its components: {', '.join(found.labels)}"
        raise KGraphTypeError(
            message(
                f"{op_name}: has no meaning on {found.kind} values", received=str(found), hint=hint
            )
        )
    return value


def _array_of(value: Any, op_name: str) -> np.ndarray:
    try:
        return np.asarray(value)
    except ValueError as error:
        raise KGraphValueError(
            message(
                f"{op_name}: the lists are not equally long",
                received=f"a {type(value).__name__}: {error}",
                hint="kg.RaggedTensor.from_row_lengths(values, row_lengths) for ragged rows, "
                "which need Input(..., ragged=True)",
            )
        ) from None


def lone_number(value: Any) -> Any:
    """A Python number with nothing beside it to be weak against, as an array."""
    if isinstance(value, NUMBERS) and not isinstance(value, np.generic):
        return np.asarray(value, dtypes.weak_default(type(value)))
    return value


def find_recorder(inputs: Sequence[Any]) -> Symbolic | None:
    """The symbolic value that decides what happens to this call, if there is one."""
    variable = False
    for value in inputs:
        if isinstance(value, Symbolic):
            return value
        found = _symbolic_part(value)
        if found is not None:
            return found
        variable = variable or isinstance(value, Variable)
    return _variable_recorder.get() if variable else None


def _symbolic_part(value: Any) -> Symbolic | None:
    if isinstance(value, RaggedTensor):
        parts: Sequence[Any] = (value.flat_values, *value.nested_row_splits)
    elif isinstance(value, CSR):
        parts = (value.data, value.indices, value.indptr)
    else:
        return symbolic_part(value) if is_composite(value) else None
    return next((part for part in parts if isinstance(part, Symbolic)), None)


def has_any(kind: type, inputs: Sequence[Any]) -> bool:
    """Is there a value of this class among ``inputs``?"""
    for value in inputs:  # noqa: SIM110 - `any` over a generator takes three times as long
        if isinstance(value, kind):
            return True
    return False


def dtype_key(value: Any) -> DType | Weak:
    if isinstance(value, CSR):
        return dtype_key(value.data)
    if is_composite(value):
        _dense_type(value)
    return dtypes.dtype_key(value)


def type_of(value: Any) -> ValueType:
    """The type of anything an op may be given."""
    if isinstance(value, _TYPED):
        return value.type
    if isinstance(value, CSR):
        parts = (_dense_type(part) for part in (value.data, value.indices, value.indptr))
        data, indices, indptr = parts
        return SparseType(data, indices, indptr, value.dims)
    if is_sparse(value):
        return type_of(to_csr(value))
    if isinstance(value, NUMBERS) and not isinstance(value, np.generic):
        return ArrayType(dtypes.weak_default(type(value)), ())
    if is_composite(value):
        return CompositeType(value._type_spec, tuple(type_of(part) for part in parts_of(value)))
    return type_of_array(value)


def _dense_type(value: Any) -> ArrayType:
    found = type_of(value)
    if isinstance(found, CompositeType):
        raise KGraphTypeError(
            message(
                f"has no meaning on {found.kind} values",
                received=str(found),
                hint=f"take one of its components: {', '.join(found.labels)}",
            )
        )
    assert isinstance(found, ArrayType)
    return found


def dims_of(value: Any) -> Dims:
    """The sizes of a dense value."""
    return _dense_type(value).dims


def symbolic_like(type: ValueType, make: Callable[[ArrayType], Symbolic]) -> Any:
    """A value of ``type`` whose component arrays ``make`` provides."""
    if isinstance(type, RaggedType):
        splits = tuple(make(splits) for splits in type.splits)
        return RaggedTensor._make(make(type.flat), splits, type.uniform)
    if isinstance(type, SparseType):
        return CSR(make(type.data), make(type.indices), make(type.indptr), type.dims)
    if isinstance(type, CompositeType):
        return value_of(type.spec, [symbolic_like(part, make) for part in type.parts])
    return make(type)


def components(value: Any) -> tuple[Any, ...]:
    """The arrays a value is made of, in the order in which lowering lists them."""
    if isinstance(value, RaggedTensor):
        return (value.flat_values, *value.nested_row_splits)
    if isinstance(value, CSR):
        return (value.data, value.indices, value.indptr)
    if is_composite(value):
        return tuple(array for part in parts_of(value) for array in components(open_sparse(part)))
    return (value,)


def component_types(type: ValueType) -> tuple[ArrayType, ...]:
    if isinstance(type, RaggedType):
        return (type.flat, *type.splits)
    if isinstance(type, SparseType):
        return type.parts
    if isinstance(type, CompositeType):
        return tuple(array for part in type.parts for array in component_types(part))
    return (type,)


def rebuild(type: ValueType, parts: Sequence[Any]) -> Any:
    """Inverse of :func:`components`."""
    if isinstance(type, RaggedType):
        return RaggedTensor._make(parts[0], tuple(parts[1:]), type.uniform)
    if isinstance(type, SparseType):
        return CSR(parts[0], parts[1], parts[2], type.dims)
    if isinstance(type, CompositeType):
        arrays = iter(parts)
        inner = [rebuild(t, list(islice(arrays, len(component_types(t))))) for t in type.parts]
        return value_of(type.spec, inner)
    return parts[0]


def open_sparse(value: Any) -> Any:
    """A SciPy matrix as its CSR components; anything else as it is."""
    if isinstance(value, _NOT_SPARSE):
        return value
    return to_csr(value) if is_sparse(value) else value


def close_sparse(value: Any) -> Any:
    """CSR components as a SciPy array; anything else as it is."""
    return from_csr(value) if isinstance(value, CSR) else value


def densify(value: Any) -> Any:
    return OPS["to_dense"](value) if isinstance(value, CSR) else value


def densified(op_name: str, inputs: Sequence[Any]) -> list[Any]:
    """``inputs`` with their sparse values made dense, of which the user hears once."""
    found = next((value for value in inputs if isinstance(value, CSR)), None)
    if found is not None:
        type = type_of(found)
        assert isinstance(type, SparseType)
        say_densified(op_name, type)
    return [densify(value) for value in inputs]
