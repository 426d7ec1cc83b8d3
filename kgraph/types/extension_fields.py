"""Fields of extension types: annotations read, values and specs held to them."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from inspect import get_annotations
from typing import Any, ClassVar, Union, get_args, get_origin

import numpy as np

from kgraph.types import dtypes
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType, SparseType
from kgraph.types.composite import is_composite
from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphError, KGraphTypeError, did_you_mean, message
from kgraph.types.ragged import RaggedTensor, constant
from kgraph.types.sparse import SparseTensor, is_sparse
from kgraph.types.specs import RaggedTensorSpec, SparseTensorSpec, TensorSpec
from kgraph.types.symbolic import Symbolic
from kgraph.types.type_spec import TypeSpec


class Tensor:
    """The annotation of a field of an :class:`ExtensionType` that holds a dense array.

    >>> import kgraph as kg
    >>> class Point(kg.ExtensionType):
    ...     x: kg.Tensor
    >>> Point([1.0, 2.0]).x
    array([1., 2.], dtype=float32)
    """

    def __init__(self) -> None:
        raise KGraphTypeError(
            "kg.Tensor is an annotation: NumPy arrays are the dense values of kgraph, "
            "and kg.Input makes a symbolic one"
        )


NOTHING = object()
"""Stands for the components of a field that has none."""
_PLAIN = (str, int, float, bool, bytes, type(None), np.dtype)


# -- the class -----------------------------------------------------------------------------------


def read_annotations(cls: type, names: Mapping[str, Any]) -> dict[str, Any]:
    """The annotated fields of a class itself; ``names`` is what is known where it is written.

    Errors    KGraphTypeError for an annotation that is not known or means no field
    """
    try:
        found = get_annotations(cls, eval_str=True, locals={**names, cls.__name__: cls})
    except NameError as error:
        raise KGraphTypeError(
            message(
                f"{cls.__qualname__}: an annotation is not known: {error}",
                hint="import the name at the top of the module, not under TYPE_CHECKING",
            )
        ) from None
    kept = {name: what for name, what in found.items() if not _is_class_variable(what)}
    for name, annotation in kept.items():
        if name.startswith("_"):
            raise KGraphTypeError(f"{cls.__qualname__}: a field is not called {name!r}")
        _check_annotation(annotation, f"{cls.__qualname__}: field {name!r}")
    return kept


def _is_class_variable(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return annotation is ClassVar or origin is ClassVar


def _check_annotation(annotation: Any, where: str) -> None:
    inner = [item for item in get_args(annotation) if item is not Ellipsis]
    origin = get_origin(annotation)
    if origin in (tuple, Union, types.UnionType):
        for item in inner:
            _check_annotation(item, where)
    elif origin is not None and _is_mapping(origin):
        if len(inner) != 2 or inner[0] is not str:
            raise KGraphTypeError(f"{where}: the keys of a mapping are strings: Mapping[str, ...]")
        _check_annotation(inner[1], where)
    elif annotation not in (None, np.ndarray, SparseTensor) and not _is_field_class(annotation):
        raise KGraphTypeError(
            message(
                f"{where}: {annotation!r} is no type of a field",
                expected="kg.Tensor, kg.RaggedTensor, kg.SparseTensor, an ExtensionType, str, int, "
                "float, bool, or tuple[...], Mapping[str, ...] and unions of them",
            )
        )


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_field_class(annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    known = issubclass(annotation, (Tensor, RaggedTensor, *_PLAIN))
    return known or hasattr(annotation, "tocsr") or hasattr(annotation, "_type_spec")


def check_order(name: str, types_: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Fields without a default stand before those with one, as in any signature."""
    seen = ""
    for field in types_:
        if field in defaults:
            seen = field
        elif seen:
            raise KGraphTypeError(
                f"{name}: field {field!r} has no default, but stands after {seen!r}, which has one"
            )


# -- making objects ------------------------------------------------------------------------------


def signature(types_: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {show(annotation)}" for name, annotation in types_.items())


def show(annotation: Any) -> str:
    """An annotation as one writes it."""
    if annotation in (Tensor, RaggedTensor, SparseTensor):
        return f"kg.{annotation.__name__}"
    if not get_args(annotation) and hasattr(annotation, "__name__"):
        return str(annotation.__name__)
    known = re.sub(r"kgraph\.types\.\w+\.(\w*Tensor)\b", r"kg.\1", str(annotation))
    return re.sub(r"\b(\w+\.)*(?=(Mapping|Optional|Union)\[)", "", known)


def bind(
    name: str, types_: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments by the names of the fields they are meant for."""
    bound = dict(zip(types_, args, strict=False))
    unknown = [key for key in kwargs if key not in types_]
    twice = [key for key in kwargs if key in bound]
    if len(args) > len(types_) or unknown or twice:
        problem = (
            f"has no field {unknown[0]!r}"
            if unknown
            else f"got field {twice[0]!r} twice"
            if twice
            else f"got {len(args)} values for {len(types_)} fields"
        )
        raise KGraphTypeError(
            message(
                f"{name}: {problem}",
                expected=signature(types_),
                hint=did_you_mean(unknown[0], types_) if unknown else None,
            )
        )
    return {**bound, **kwargs}


# -- values --------------------------------------------------------------------------------------


def read_value(annotation: Any, value: Any, where: str) -> Any:
    """``value`` as a field of this annotation holds it.

    Errors    KGraphTypeError if it is of another type
    """
    found = _try_value(annotation, value, where)
    if found is NOTHING:
        raise KGraphTypeError(
            message(
                f"{where} is no {show(annotation)}",
                received=f"{value!r}"[:200] + f" of type {type(value).__name__}",
            )
        )
    return found


def _try_value(annotation: Any, value: Any, where: str) -> Any:
    """The value as the field holds it; NOTHING if it is of another type."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        tried = (_try_value(item, value, where) for item in inner)
        return next((found for found in tried if found is not NOTHING), NOTHING)
    if origin is not None:
        return _nested(annotation, value, lambda a, v, at: read_value(a, v, at), where)
    if annotation in (Tensor, np.ndarray):
        return _read_dense(value)
    if annotation is RaggedTensor:
        return _read_ragged(value, where)
    if annotation is SparseTensor or hasattr(annotation, "tocsr"):
        return _read_sparse(value)
    if annotation is None or issubclass(annotation, _PLAIN):
        return _read_plain(annotation, value)
    is_symbol = isinstance(value, Symbolic) and isinstance(value.type, CompositeType)
    if isinstance(value, Mapping):
        return annotation(**value)
    kind = value.type.spec.value_type if is_symbol else type(value)
    return value if isinstance(kind, type) and issubclass(kind, annotation) else NOTHING


def _nested(annotation: Any, value: Any, read: Callable[..., Any], where: str) -> Any:
    """A tuple or mapping with each item read; NOTHING if it is none or of another length."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            return NOTHING
        if len(inner) == 2 and inner[1] is Ellipsis:
            inner = (inner[0],) * len(value)
        if len(inner) != len(value):
            return NOTHING
        numbered = enumerate(zip(inner, value, strict=True))
        return tuple(read(a, v, f"{where}[{number}]") for number, (a, v) in numbered)
    if not isinstance(value, Mapping):
        return NOTHING
    return {str(k): read(inner[1], v, f"{where}[{k!r}]") for k, v in value.items()}


def _read_dense(value: Any) -> Any:
    if isinstance(value, Symbolic):
        return value if isinstance(value.type, ArrayType) else NOTHING
    if isinstance(value, RaggedTensor | CSR | str | bytes | Mapping) or is_sparse(value):
        return NOTHING
    if value is None or is_composite(value) or isinstance(value, TypeSpec):
        return NOTHING
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return NOTHING
    if array.dtype.kind == "U":
        array = array.astype(dtypes.string)
    if array.dtype.kind not in "biufT":
        return NOTHING
    if not hasattr(value, "dtype"):  # as for any op: numbers of Python take the default dtypes
        weak = {"f": dtypes.default_float(), "i": dtypes.int32}.get(array.dtype.kind)
        array = array if weak is None else array.astype(weak)
    view = array.view()
    view.flags.writeable = False
    return view


def _read_ragged(value: Any, where: str) -> Any:
    if isinstance(value, RaggedTensor):
        return value
    if isinstance(value, Symbolic):
        return value if isinstance(value.type, RaggedType) else NOTHING
    if not isinstance(value, list | tuple):
        return NOTHING
    try:
        made = constant(value)
    except KGraphError as error:
        raise type(error)(f"{where}: {error}") from None
    return made if isinstance(made, RaggedTensor) else NOTHING


def _read_sparse(value: Any) -> Any:
    if isinstance(value, Symbolic):
        return value if isinstance(value.type, SparseType) else NOTHING
    return value if is_sparse(value) or isinstance(value, CSR) else NOTHING


def _read_plain(annotation: Any, value: Any) -> Any:
    if annotation in (None, type(None)):
        return None if value is None else NOTHING
    if isinstance(value, bool) and annotation is not bool:
        return NOTHING
    if annotation is float and isinstance(value, (int, float, np.floating)):
        return float(value)
    if annotation is int and isinstance(value, np.integer):
        return int(value)
    return value if isinstance(value, annotation) else NOTHING


# -- specs ---------------------------------------------------------------------------------------


def read_spec(annotation: Any, value: Any, where: str) -> Any:
    """``value`` as the spec of a field: a TypeSpec for arrays, else plain data."""
    found = _try_spec(annotation, value, where)
    if found is NOTHING:
        expected = _expected_spec(annotation)
        raise KGraphTypeError(
            message(
                f"{where} is {'no' if expected is None else 'not the spec of a'} "
                f"{show(annotation)}",
                received=f"{value!r}"[:200] + f" of type {type(value).__name__}",
                expected=expected,
            )
        )
    return found


def _try_spec(annotation: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        tried = (_try_spec(item, value, where) for item in inner)
        return next((found for found in tried if found is not NOTHING), NOTHING)
    if origin is not None:
        return _nested(annotation, value, lambda a, v, at: read_spec(a, v, at), where)
    if annotation in (Tensor, np.ndarray):
        return value if isinstance(value, TensorSpec) else NOTHING
    if annotation is RaggedTensor:
        return value if isinstance(value, RaggedTensorSpec) else NOTHING
    if annotation is SparseTensor or hasattr(annotation, "tocsr"):
        return value if isinstance(value, SparseTensorSpec) else NOTHING
    if annotation is None or issubclass(annotation, _PLAIN):
        return _read_plain(annotation, value)
    kind = value.value_type if isinstance(value, TypeSpec) else None
    return value if isinstance(kind, type) and issubclass(kind, annotation) else NOTHING


def _expected_spec(annotation: Any) -> str | None:
    names = {
        Tensor: "kg.TensorSpec(shape, dtype)",
        np.ndarray: "kg.TensorSpec(shape, dtype)",
        RaggedTensor: "kg.RaggedTensorSpec(shape, dtype, ragged_rank)",
        SparseTensor: "kg.SparseTensorSpec(shape, dtype)",
    }
    if annotation in names:
        return names[annotation]
    return f"{annotation.__name__}.Spec(...)" if hasattr(annotation, "Spec") else None


# -- between values, specs and components ----------------------------------------------------------


def specs_of(value: Any, spec_of: Callable[[Any], TypeSpec]) -> Any:
    """A field's value with the spec of each array in its place."""
    if isinstance(value, tuple):
        return tuple(specs_of(item, spec_of) for item in value)
    if isinstance(value, dict):
        return {key: specs_of(item, spec_of) for key, item in value.items()}
    is_array = isinstance(value, np.ndarray | Symbolic | RaggedTensor) or is_sparse(value)
    if isinstance(value, CSR):
        shape = tuple(size if isinstance(size, int) else None for size in value.dims)
        return SparseTensorSpec(shape, value.data.dtype)
    return spec_of(value) if is_array or is_composite(value) else value


def is_plain(value: Any) -> bool:
    """Plain data, or tuples and dicts of them: no array is among it."""
    if isinstance(value, (tuple, dict)):
        return all(map(is_plain, value.values() if isinstance(value, dict) else value))
    return isinstance(value, _PLAIN)


def keep_specs(value: Any) -> Any:
    """The specs in a field of a spec, nested as they are; NOTHING if there is none."""
    return along_specs(value, value)


def along_specs(spec: Any, value: Any) -> Any:
    """The parts of ``value`` where ``spec`` has specs, nested alike; NOTHING if it has none."""
    if isinstance(spec, TypeSpec):
        return value
    if isinstance(spec, tuple):
        kept = [along_specs(a, b) for a, b in zip(spec, value, strict=True)]
        kept = [item for item in kept if item is not NOTHING]
        return tuple(kept) if kept else NOTHING
    if isinstance(spec, dict):
        pairs = {key: along_specs(spec[key], value[key]) for key in spec}
        pairs = {key: item for key, item in pairs.items() if item is not NOTHING}
        return pairs or NOTHING
    return NOTHING


def fill_specs(spec: Any, components: Any) -> Any:
    """Inverse of :func:`along_specs`: the field's value, its plain data taken from the spec."""
    if isinstance(spec, TypeSpec):
        return components
    if isinstance(spec, tuple):
        rest = iter(components or ())
        return tuple(
            item if keep_specs(item) is NOTHING else fill_specs(item, next(rest)) for item in spec
        )
    if isinstance(spec, dict):
        given = components or {}
        return {key: fill_specs(item, given.get(key)) for key, item in spec.items()}
    return spec
