"""Feeds: what a user hands to a graph, turned into the flat arrays of its plan.

All that can be wrong with a value is found here or in the executor's checks, before any kernel
runs, and said in terms of the input: its name, what was expected, what came, what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

import numpy as np

from kgraph.ops.operands import component_types
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType, SparseType, ValueType
from kgraph.types.composite import from_fields, is_composite, parts_of, require_same_data
from kgraph.types.config import config
from kgraph.types.csr import CSR
from kgraph.types.dtypes import DType, is_float, is_integer
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor, as_ragged
from kgraph.types.row_sizes import check_row_sizes
from kgraph.types.sparse import (
    csr_from_dense,
    is_canonical,
    is_sparse,
    to_csr,
)
from kgraph.types.strings import string_array
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable


@dataclass(frozen=True, eq=False)
class InputSlot:
    """One input of a graph: its name, its type, and what it takes where nothing is fed.

    ``default`` is fed then; without one, ``optional`` says that None is as good as a value.
    ``canonical`` asks for a sparse matrix's entries in order, none at the place of another.
    """

    name: str
    type: ValueType
    default: Any = None
    optional: bool = False
    canonical: bool = True

    @property
    def may_be_absent(self) -> bool:
        return self.optional or self.default is not None


def has_none(values: Sequence[Any]) -> bool:
    """Is any of them None?  Every call asks, and a generator would take thrice as long."""
    for value in values:  # noqa: SIM110
        if value is None:
            return True
    return False


def with_defaults(slots: Sequence[InputSlot], values: Sequence[Any]) -> list[Any]:
    """The values, with the default of its input in place of each None."""
    pairs = zip(slots, values, strict=True)
    return [slot.default if value is None else value for slot, value in pairs]


def flat_arrays(slot: InputSlot, value: Any) -> list[np.ndarray]:
    """The component arrays of a value fed to an input.

    Errors    TypeError for a wrong kind or dtype, ValueError for a wrong rank or size
    """
    if value is None:
        raise KGraphValueError(
            message(
                f"The input {slot.name!r} is not optional, but None was passed.",
                expected=str(slot.type),
                hint="feed a batch, or declare Input(..., optional=True)",
            )
        )
    if isinstance(value, Symbolic):
        raise KGraphTypeError(f"input {slot.name!r}: {value!r} has no value to compute with")
    return list(map(_in_order, _components(slot, value)))


def _components(slot: InputSlot, value: Any) -> list[np.ndarray]:
    if isinstance(slot.type, RaggedType):
        return _ragged(slot.name, slot.type, value)
    if isinstance(slot.type, SparseType):
        return _sparse(slot, slot.type, value)
    if isinstance(slot.type, CompositeType):
        return _composite(slot.name, slot.type, value)
    return [_dense(slot.name, slot.type, value)]


def _in_order(array: np.ndarray) -> np.ndarray:
    """As kernels read it, row after row and aligned: copied if it lies otherwise."""
    flags = array.flags
    return array if flags.c_contiguous and flags.aligned else array.copy(order="C")


def plain_arrays(slots: Sequence[InputSlot], values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The component arrays of values that come in just the form of their inputs; else None.

    The quick way for what is right already: the executor still checks dtypes, sizes and bounds.
    """
    found: list[Any] = []
    for slot, value in zip(slots, values, strict=True):
        if type(value) is np.ndarray:
            if not isinstance(slot.type, ArrayType):
                return None
            found.append(value)
        elif type(value) is RaggedTensor:
            if not isinstance(slot.type, RaggedType) or _has_sizes(slot.type):
                return None
            found += (value.flat_values, *value.nested_row_splits)
        elif getattr(value, "format", None) == "csr" and is_sparse(value):
            if not isinstance(slot.type, SparseType):
                return None
            if value.shape[1:] != slot.type.dims[1:] or value.shape[0] != len(value.indptr) - 1:
                return None
            if slot.canonical and not is_canonical(value.indices, value.indptr):
                return None
            found += (value.data, value.indices, value.indptr)
        else:
            return None
    return tuple(found)


def _has_sizes(type: RaggedType) -> bool:
    """Is there a ragged axis whose rows must all have one length?"""
    return type.uniform.count(None) < len(type.uniform)


# -- dense ---------------------------------------------------------------------------------------


def _dense(name: str, type: ArrayType, value: Any) -> np.ndarray:
    if isinstance(value, RaggedTensor):
        value = _pad(name, type, value)
    elif is_sparse(value):
        value = _densify(name, value)
    elif isinstance(value, Variable):
        value = value.value
    array = _as_array(name, type, value)
    array = _cast(name, array, type.dtype, str(type))
    if array.ndim != type.ndim:
        array = _fix_rank(name, type, array)
    for axis, size in enumerate(type.dims):
        if isinstance(size, int) and array.shape[axis] != size:
            _refuse_size(name, type, array.shape, axis)
    return array


def _as_array(name: str, type: ValueType, value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise KGraphValueError(
            message(
                f"input {name!r}: the value is no array",
                received=f"{_kind_of(value)}: {error}",
                expected=str(type),
                hint="rows of unequal length need Input(..., ragged=True)",
            )
        ) from None


def _cast(name: str, array: np.ndarray, dtype: DType, expected: str) -> np.ndarray:
    """To the input's dtype: floats among themselves, integers and bools to either."""
    if array.dtype == dtype:
        return array.astype(dtype, copy=False)
    if dtype.kind == "T":
        return string_array(array, f"input {name!r}")
    kind = array.dtype.kind
    allowed = kind in "b" or (kind in "iu") or (kind == "f" and is_float(dtype))
    if kind not in "biuf" or not allowed:
        raise KGraphTypeError(
            message(
                f"input {name!r}: values of dtype {array.dtype} cannot become {dtype}",
                received=f"array of dtype {array.dtype}, shape {array.shape}",
                expected=expected,
                hint=_cast_hint(array.dtype, dtype),
            )
        )
    if kind in "iu" and is_integer(dtype):
        _check_range(name, array, dtype)
    if kind in "iu" and dtype.kind == "b":
        raise KGraphTypeError(
            message(f"input {name!r}: integers are no truth values", hint="feed x != 0")
        )
    return array.astype(dtype)


def _cast_hint(given: DType, wanted: DType) -> str:
    if given.kind == "f" and wanted.kind in "iu":
        return f"round and cast it yourself: x.astype({str(wanted)!r})"
    if given.kind == "c":
        return "feed x.real, or x.real and x.imag as two inputs"
    if given.kind == "O":
        return "an object array has no dtype; rows of unequal length need Input(..., ragged=True)"
    return "feed numbers"


def _check_range(name: str, array: np.ndarray, dtype: DType) -> None:
    if np.can_cast(array.dtype, dtype) or array.size == 0:
        return
    limits = np.iinfo(dtype)
    low, high = int(array.min()), int(array.max())
    if low < limits.min or high > limits.max:
        raise KGraphValueError(
            message(
                f"input {name!r}: numbers outside the range of {dtype}",
                received=f"{array.dtype} from {low} to {high}",
                expected=f"{limits.min} to {limits.max}",
                hint="give the Input a wider dtype",
            )
        )


def _fix_rank(name: str, type: ArrayType, array: np.ndarray) -> np.ndarray:
    """As Keras: a missing or an extra last axis of size 1 is added or dropped; no other."""
    if array.ndim == type.ndim + 1 and array.shape[-1] == 1:
        return array[..., 0]
    if array.ndim == type.ndim - 1 and array.ndim > 0 and type.dims[-1] == 1:
        return array[..., None]
    raise ShapeError(
        message(
            f"input {name!r} has {array.ndim} axes, expected {type.ndim}",
            received=f"shape {array.shape}",
            expected=f"shape {_shape_text(type)}",
            hint="the first axis is the batch: feed x[None] for a single row"
            if array.ndim == type.ndim - 1
            else None,
        )
    )


def _refuse_size(name: str, type: ArrayType, shape: tuple[int, ...], axis: int) -> None:
    what = "rows" if axis == 0 else f"entries on axis {axis}"
    raise ShapeError(
        message(
            f"input {name!r} has {shape[axis]} {what}, expected {type.dims[axis]}",
            received=f"shape {shape}",
            expected=f"shape {_shape_text(type)}",
        )
    )


def _shape_text(type: ValueType) -> str:
    return str(type.shape)


def _densify(name: str, value: Any) -> np.ndarray:
    needed = int(np.prod(value.shape, dtype=np.int64)) * value.dtype.itemsize
    if needed > config.densify_limit:
        raise KGraphValueError(
            message(
                f"input {name!r} is dense: this sparse batch would take {needed:,} bytes so",
                expected=f"at most kgraph.config.densify_limit = {config.densify_limit:,} bytes",
                hint="declare Input(..., sparse=True), feed fewer rows, or raise the limit",
            )
        )
    return np.asarray(value.toarray())


def _pad(name: str, type: ArrayType, value: RaggedTensor) -> np.ndarray:
    shape = (None, *(size if isinstance(size, int) else None for size in type.dims[1:]))
    if len(shape) != value.type.ndim:
        raise ShapeError(
            message(
                f"input {name!r} is dense and has {type.ndim} axes",
                received=f"a RaggedTensor of shape {value.shape}",
                expected=f"shape {_shape_text(type)}",
            )
        )
    return np.asarray(value.to_tensor(shape=shape))


def _kind_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of dtype {value.dtype}, shape {value.shape}"
    return type(value).__name__


# -- ragged and sparse ---------------------------------------------------------------------------


def _ragged(name: str, type: RaggedType, value: Any) -> list[np.ndarray]:
    inner = tuple(size if isinstance(size, int) else None for size in type.flat.dims[1:])
    try:
        ragged = as_ragged(value, type.dtype, type.ragged_rank, inner)
    except KGraphTypeError as error:
        raise KGraphTypeError(f"input {name!r}: {error}") from None
    except (ValueError, TypeError) as error:
        raise KGraphValueError(f"input {name!r}: {error}") from None
    flat = _cast(name, np.asarray(ragged.flat_values), type.dtype, str(type))
    if flat.ndim != type.flat.ndim:
        raise ShapeError(
            message(
                f"input {name!r}: its items have {flat.ndim - 1} axes, "
                f"expected {type.flat.ndim - 1}",
                received=f"RaggedTensor of shape {ragged.shape}",
                expected=f"shape {_shape_text(type)}",
            )
        )
    for axis, size in enumerate(type.flat.dims[1:], 1):
        if isinstance(size, int) and flat.shape[axis] != size:
            raise ShapeError(
                message(
                    f"input {name!r}: its items have {flat.shape[axis]} entries on axis {axis}, "
                    f"expected {size}",
                    received=f"RaggedTensor of shape {ragged.shape}",
                    expected=f"shape {_shape_text(type)}",
                )
            )
    ragged = _with_splits_of(name, type, ragged)
    splits = [np.ascontiguousarray(splits) for splits in ragged.nested_row_splits]
    rows = type.splits[0].dims[0] - 1
    if isinstance(rows, int) and len(splits[0]) - 1 != rows:
        raise ShapeError(f"input {name!r} has {len(splits[0]) - 1} rows, expected {rows}")
    check_row_sizes(splits, type.uniform, f"input {name!r}")
    return [np.ascontiguousarray(flat), *splits]


def _with_splits_of(name: str, type: RaggedType, value: RaggedTensor) -> RaggedTensor:
    """``value`` with row splits of the input's dtype, if that can hold them."""
    dtype = type.splits[0].dtype
    if all(splits.dtype == dtype for splits in value.nested_row_splits):
        return value
    try:
        return value.with_row_splits_dtype(dtype)
    except KGraphValueError as error:
        raise KGraphValueError(f"input {name!r}: {error}") from None


def _sparse(slot: InputSlot, type: SparseType, value: Any) -> list[np.ndarray]:
    name = slot.name
    if isinstance(value, RaggedTensor):
        raise KGraphTypeError(
            message(f"input {name!r} is sparse", received="a RaggedTensor", expected=str(type))
        )
    if not is_sparse(value):
        value = _cast(name, _as_array(name, type, value), type.dtype, str(type))
    if value.ndim != type.ndim:
        raise ShapeError(
            message(
                f"input {name!r} has {value.ndim} axes, expected {type.ndim}",
                received=f"{value.__class__.__name__} of shape {value.shape}",
                expected=f"a sparse value of shape {_shape_text(type)}",
                hint="kg.sparse.reshape, or kg.sparse.expand_dims",
            )
        )
    csr = _stored(slot, type, value)
    for axis, size in enumerate(type.dims):
        if isinstance(size, int) and csr.dims[axis] != size:
            _refuse_sparse_size(name, type, csr, axis)
    data = _cast(name, np.asarray(csr.data), type.dtype, str(type))
    told = [] if type.sizes is None else [np.empty((*csr.dims[1:], 0), type.sizes.dtype)]
    return [np.ascontiguousarray(part) for part in (data, csr.indices, csr.indptr, *told)]


def _stored(slot: InputSlot, type: SparseType, value: Any) -> CSR:
    """A SciPy value or an array as rows, with positions of the input's dtype."""
    dtype = type.indices.dtype
    try:
        if is_sparse(value):
            return to_csr(value, dtype, canonical=slot.canonical)
        return csr_from_dense(value, dtype)
    except KGraphTypeError as error:
        raise KGraphTypeError(f"input {slot.name!r}: {error}") from None
    except ValueError as error:
        raise KGraphValueError(f"input {slot.name!r}: {error}") from None


def _refuse_sparse_size(name: str, type: SparseType, csr: CSR, axis: int) -> NoReturn:
    what = "rows" if axis == 0 else "columns" if type.ndim == 2 else f"entries on axis {axis}"
    raise ShapeError(
        message(
            f"input {name!r} has {csr.dims[axis]} {what}, expected {type.dims[axis]}",
            received=f"a sparse {'matrix' if type.ndim == 2 else 'value'} of shape {csr.dims}",
            expected=f"shape {_shape_text(type)}",
        )
    )


# -- composite -----------------------------------------------------------------------------------


def _composite(name: str, type: CompositeType, value: Any) -> list[np.ndarray]:
    """The arrays of all components, of a value of the user's class or a dict of its fields."""
    if isinstance(value, dict):
        value = from_fields(name, type.spec, value)
    if not is_composite(value) or not isinstance(value, type.spec.value_type):
        raise KGraphTypeError(
            message(
                f"input {name!r} takes a {type.kind}",
                received=_kind_of(value),
                expected=str(type),
            )
        )
    slots = component_slots(name, type)
    parts = parts_of(value)
    require_same_data(f"input {name!r}", value._type_spec, type.spec)
    arrays = [flat_arrays(slot, part) for slot, part in zip(slots, parts, strict=True)]
    rows = _row_counts(slots, arrays)
    if len({rows[slot] for slot in rows if slot.type.dims[:1] == type.dims}) > 1:
        raise ShapeError(
            message(
                f"the fields of input {name!r} disagree about the number of rows",
                received=", ".join(f"{slot.name!r}: {count}" for slot, count in rows.items()),
                expected="the same number for every field",
            )
        )
    return [array for field in arrays for array in field]


def component_slots(name: str, type: CompositeType) -> list[InputSlot]:
    """The components of a composite input, each as an input of its own."""
    return list(map(InputSlot, type.part_names(name), type.parts))


def equal_batches(slots: Sequence[InputSlot], parts: Sequence[Sequence[np.ndarray]]) -> bool:
    """Whether all inputs whose number of rows is the batch size have equally many."""
    return len(set(_batch_sizes(slots, parts).values())) < 2


def refuse_unequal_batches(
    slots: Sequence[InputSlot], parts: Sequence[Sequence[np.ndarray]]
) -> NoReturn:
    rows = _batch_sizes(slots, parts)
    raise ShapeError(
        message(
            "the inputs disagree about the number of rows",
            received=", ".join(f"{name!r}: {count}" for name, count in rows.items()),
            expected="the same number for every input",
        )
    )


def _batch_sizes(
    slots: Sequence[InputSlot], parts: Sequence[Sequence[np.ndarray]]
) -> dict[str, int]:
    counts = _row_counts(slots, parts)
    return {slot.name: n for slot, n in counts.items() if str(slot.type.dims[0]) == "B"}


def _row_counts(
    slots: Sequence[InputSlot], parts: Sequence[Sequence[np.ndarray]]
) -> dict[InputSlot, int]:
    """How many rows each input has, those that are made of others taken apart."""
    rows: dict[InputSlot, int] = {}
    for slot, arrays in _leaves(slots, parts):
        if slot.type.dims:
            composite = not isinstance(slot.type, ArrayType)
            bounds = 1 if isinstance(slot.type, RaggedType) else 2
            rows[slot] = len(arrays[bounds]) - 1 if composite else len(arrays[0])
    return rows


def _leaves(
    slots: Sequence[InputSlot], parts: Sequence[Sequence[np.ndarray]]
) -> list[tuple[InputSlot, Sequence[np.ndarray]]]:
    """Inputs with their arrays, the components of composite ones each for itself."""
    found: list[tuple[InputSlot, Sequence[np.ndarray]]] = []
    for slot, arrays in zip(slots, parts, strict=True):
        if not isinstance(slot.type, CompositeType):
            found.append((slot, arrays))
            continue
        inner = component_slots(slot.name, slot.type)
        rest = iter(arrays)
        counts = [len(component_types(part.type)) for part in inner]
        found += _leaves(inner, [list(islice(rest, count)) for count in counts])
    return found
