"""The arguments of ``Input``, read: which type of batch they mean, and what is fed by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from kgraph.types import dtypes, tree
from kgraph.types.dims import Shape
from kgraph.types.dtypes import DType, as_dtype, default_float
from kgraph.types.errors import (
    KGraphError,
    KGraphTypeError,
    KGraphValueError,
    did_you_mean,
    locate,
    message,
)
from kgraph.types.ragged import RaggedTensor
from kgraph.types.shapes import as_shape
from kgraph.types.sparse import is_sparse
from kgraph.types.specs import ArraySpec, RaggedTensorSpec, SparseTensorSpec, TensorSpec, TypeSpec
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

KEYWORDS = (
    "shape", "batch_size", "name", "dtype", "sparse", "tensor", "ragged", "type_spec", "optional",
    "batch_shape", "batch_input_shape",
)  # fmt: skip
_BATCH_SPELLINGS = ("batch_shape", "batch_input_shape")
_COMPUTED = "biufT"  # bool, integers, floats, strings


@contextmanager
def naming_the_line(line: str) -> Iterator[None]:
    """Errors within say in which line of the user's program the Input stands."""
    try:
        yield
    except KGraphError as error:
        text = str(error)
        named = type(error)(text if text.startswith("Input") else f"Input: {text}")
        locate(named, where=line)
        raise named from None


def read_arguments(given: Mapping[str, Any]) -> tuple[TypeSpec, Any]:
    """The spec of a whole batch, and the value that is fed where none is (None: there is none).

    ``given`` holds the keywords of ``Input`` but ``name`` and ``optional``.

    Errors    as :func:`kgraph.Input`
    """
    said = {key: value for key, value in given.items() if value is not None}
    _check_keywords(said)
    if "type_spec" in said:
        return _checked(_only_type_spec(said)), None
    if "tensor" in said:
        value = _as_value(said.pop("tensor"))
        spec = TypeSpec.from_value(value)
        _compare(spec, said)
        return _checked(spec), None if isinstance(value, Symbolic) else _snapshot(value)
    return _checked(_from_shape(said)), None


def _check_keywords(said: Mapping[str, Any]) -> None:
    unknown = [key for key in said if key not in KEYWORDS]
    if unknown:
        raise KGraphValueError(
            message(
                f"Input: unrecognized keyword arguments: {unknown}",
                expected=", ".join(KEYWORDS),
                hint=did_you_mean(unknown[0], KEYWORDS),
            )
        )


def _only_type_spec(said: Mapping[str, Any]) -> TypeSpec:
    type_spec = said["type_spec"]
    if not isinstance(type_spec, TypeSpec):
        raise KGraphTypeError(
            message(
                "Input: `type_spec` is not a TypeSpec",
                received=f"{type_spec!r} of type {type(type_spec).__name__}",
                hint="kg.TensorSpec(shape, dtype), kg.RaggedTensorSpec(...) or kg.SparseTensorSpec",
            )
        )
    extra = [key for key in said if key != "type_spec"]
    if extra:
        raise KGraphValueError(
            message(
                f"Input: beside `type_spec` nothing but `name` may be given, got {extra}",
                hint="put shape and dtype into the spec: it describes the whole batch",
            )
        )
    return type_spec


def _checked(spec: TypeSpec) -> TypeSpec:
    """A spec whose values can be computed with."""
    if not isinstance(spec, ArraySpec):
        for part in tree.flatten(spec._component_specs):
            if isinstance(part, TypeSpec):  # what is none is refused with its label, later
                _checked(part)
        return spec
    dtype = spec.dtype
    if dtype.kind not in _COMPUTED:
        is_complex = dtype.kind == "c"
        raise KGraphTypeError(
            message(
                f"Input: values of dtype {dtype} are not computed with",
                expected="bool, integers, floats or string",
                hint="two Inputs, for the real and the imaginary part" if is_complex else None,
            )
        )
    return spec


# -- tensor --------------------------------------------------------------------------------------


def _as_value(tensor: Any) -> Any:
    """What ``tensor`` is, lists of numbers as arrays.

    Errors    KGraphTypeError for what no spec describes
    """
    if isinstance(tensor, Symbolic | RaggedTensor) or is_sparse(tensor):
        return tensor
    if hasattr(type(tensor), "_type_spec"):
        return tensor
    if isinstance(tensor, Variable):
        return tensor.value
    if isinstance(tensor, str | bytes | dict | set | TypeSpec | type) or callable(tensor):
        raise _no_tensor(tensor)
    try:
        array = np.asarray(tensor)
    except (ValueError, TypeError):
        hint = "kg.ragged.constant(rows) for rows of different lengths"
        raise _no_tensor(tensor, hint) from None
    if array.dtype.kind == "U":
        return array.astype(dtypes.string)
    if array.dtype.kind == "O":
        raise _no_tensor(tensor)
    if hasattr(tensor, "dtype"):
        return array
    weak = {"f": default_float(), "i": dtypes.int32}.get(array.dtype.kind)
    return array if weak is None else array.astype(weak)


def _no_tensor(tensor: Any, hint: str | None = None) -> KGraphTypeError:
    is_spec = isinstance(tensor, TypeSpec)
    return KGraphTypeError(
        message(
            "Input: `tensor` is no value that a batch could have",
            received=f"{tensor!r}"[:200] + f" of type {type(tensor).__name__}",
            expected="an array, a scipy.sparse matrix, a RaggedTensor, an ExtensionType "
            "or a KerasTensor",
            hint="Input(type_spec=...) takes a spec" if is_spec else hint,
        )
    )


def _snapshot(value: Any) -> Any:
    """The value as it is now: what the caller does to an array later changes no graph."""
    if isinstance(value, np.ndarray):
        array = np.array(value)
        array.flags.writeable = False
        return array
    return value.copy() if is_sparse(value) else value


def _compare(spec: TypeSpec, said: Mapping[str, Any]) -> None:
    """Refuse arguments beside ``tensor`` that say something else than it does."""
    shape = getattr(spec, "shape", None)
    if isinstance(shape, tuple):
        _compare_shape(shape, said)
    kinds = {"sparse": isinstance(spec, SparseTensorSpec)}
    kinds["ragged"] = isinstance(spec, RaggedTensorSpec)
    for name, found in kinds.items():
        if said.get(name, found) != found:
            raise _differs(name, "kind", "sparse" if kinds["sparse"] else _kind(kinds), said[name])
    dtype = getattr(spec, "dtype", None)
    if "dtype" in said and as_dtype(said["dtype"]) != dtype:
        raise _differs("dtype", "dtype", dtype, as_dtype(said["dtype"]))


def _kind(kinds: Mapping[str, bool]) -> str:
    return "ragged" if kinds["ragged"] else "dense"


def _compare_shape(shape: Shape, said: Mapping[str, Any]) -> None:
    for key in ("shape", *_BATCH_SPELLINGS):
        if key in said:
            found = shape[1:] if key == "shape" else shape
            wanted = as_shape(said[key]) or ()
            agree = len(found) == len(wanted) and all(
                a is None or b is None or a == b for a, b in zip(found, wanted, strict=True)
            )
            if not agree:
                raise _differs(key, "shape", found, wanted)
    if "batch_size" in said and shape[:1] != (said["batch_size"],):
        raise _differs("batch_size", "shape", shape, said["batch_size"])


def _differs(argument: str, what: str, found: Any, given: Any) -> KGraphValueError:
    return KGraphValueError(
        message(
            f"Input: `tensor` and `{argument}` differ",
            received=f"a tensor of {what} {found}, and {argument}={given}",
            hint=f"leave out `{argument}`: the tensor says it",
        )
    )


# -- shape ---------------------------------------------------------------------------------------


def _from_shape(said: Mapping[str, Any]) -> TypeSpec:
    sparse, ragged = said.get("sparse"), said.get("ragged")
    if sparse and ragged:
        raise KGraphValueError(
            message(
                "Input: cannot set both `sparse` and `ragged`; choose one",
                received=f"sparse={sparse!r}, ragged={ragged!r}",
                hint="sparse=True for scipy.sparse batches, ragged=True for rows that differ in "
                "length",
            )
        )
    whole = _whole_shape(said)
    dtype: DType = as_dtype(said["dtype"]) if "dtype" in said else default_float()
    if sparse:
        return SparseTensorSpec(whole, dtype)
    if ragged:
        ragged_axes = [axis for axis, size in enumerate(whole) if size is None and axis > 0]
        if not ragged_axes:
            raise KGraphValueError(
                message(
                    "Input: `ragged=True`, but no size in `shape` is None",
                    received=f"shape={tuple(whole[1:])}",
                    hint="write None for the axis along which rows differ: shape=(None,)",
                )
            )
        return RaggedTensorSpec(whole, dtype, ragged_rank=ragged_axes[-1])
    return TensorSpec(whole, dtype)


def _whole_shape(said: Mapping[str, Any]) -> tuple[Any, ...]:
    spelled = [key for key in _BATCH_SPELLINGS if key in said]
    if "shape" in said and spelled:
        raise _said_twice("shape", spelled[0], said)
    if len(spelled) == 2:
        raise _said_twice(spelled[0], spelled[1], said)
    batch_size = said.get("batch_size")
    if spelled:
        return _with_batch(spelled[0], as_shape(said[spelled[0]]) or (), batch_size)
    if "shape" not in said:
        raise KGraphValueError(
            message(
                "Input: give a `shape`, a `tensor` or a `type_spec`",
                hint="shape=(32,) for batches of 32 numbers each; it leaves the batch out",
            )
        )
    inner = as_shape(said["shape"]) or ()
    if batch_size is not None:
        (batch_size,) = _batch_size(batch_size)
    return (batch_size, *inner)


def _said_twice(one: str, other: str, said: Mapping[str, Any]) -> KGraphValueError:
    return KGraphValueError(
        message(
            f"Input: give `{one}` or `{other}`, not both: they say the same thing",
            received=f"{one}={said[one]!r}, {other}={said[other]!r}",
            hint="`shape` leaves the batch out, `batch_shape` has it first",
        )
    )


def _with_batch(key: str, whole: Shape, batch_size: Any) -> Shape:
    if not whole:
        raise KGraphValueError(
            message(
                f"Input: `{key}` includes the batch; it cannot be empty",
                received=f"{key}=()",
                hint=f"{key}=(None,) for batches of single numbers",
            )
        )
    if batch_size is not None and whole[0] != batch_size:
        raise KGraphValueError(
            message(
                f"Input: `batch_size` contradicts `{key}`",
                received=f"batch_size={batch_size}, {key}={whole}",
                hint=f"leave out `batch_size`: it is the first size of `{key}`",
            )
        )
    return whole


def _batch_size(size: Any) -> Shape:
    try:
        return as_shape((size,)) or ()
    except KGraphError as error:
        raise type(error)(
            message(
                "Input: `batch_size` is not a number of rows",
                received=f"{size!r} of type {type(size).__name__}",
                expected="an integer from 0, or None if it varies",
            )
        ) from None
