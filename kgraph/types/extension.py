"""ExtensionType: a class of values made of arrays, written as annotated fields."""

from __future__ import annotations

import abc
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

import numpy as np

from kgraph.types import extension_fields as fields
from kgraph.types.composite import parts_of
from kgraph.types.errors import (
    KGraphAttributeError,
    KGraphTypeError,
    did_you_mean,
    message,
)
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import is_sparse, to_csr
from kgraph.types.specs import spec_of
from kgraph.types.symbolic import Symbolic
from kgraph.types.type_spec import TypeSpec

_MAKING_CLASSES = (__file__, abc.__file__, "<frozen abc>")  # the code that runs in between


class _Sealing(abc.ABCMeta):
    """Objects are checked and become immutable when their ``__init__`` is done."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        made._seal()
        return made._composed()


class _Sealed(metaclass=_Sealing):
    """What extension values and their specs share: named fields, set once."""

    field_types: ClassVar[Mapping[str, Any]] = {}
    field_defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = fields.bind(type(self).__qualname__, self.field_types, args, kwargs)
        for name in self.field_types:
            if name in given or name in self.field_defaults:
                setattr(self, name, given.get(name, self.field_defaults.get(name)))

    def _seal(self) -> None:
        missing = [name for name in self.field_types if name not in vars(self)]
        if missing:
            raise KGraphTypeError(
                message(
                    f"{type(self).__qualname__}: field {missing[0]!r} is missing",
                    expected=fields.signature(self.field_types),
                )
            )
        for name, annotation in self.field_types.items():
            where = f"{type(self).__qualname__}: field {name!r}"
            vars(self)[name] = self._read_field(annotation, vars(self)[name], where)
        vars(self)["_is_sealed"] = True

    def _read_field(self, annotation: Any, value: Any, where: str) -> Any:
        raise NotImplementedError

    def _composed(self) -> Any:
        return self

    def _field_values(self) -> dict[str, Any]:
        return {name: vars(self)[name] for name in self.field_types}

    @classmethod
    def _make(cls, values: Mapping[str, Any]) -> Any:
        """An object with these fields, which are known to be right."""
        made = object.__new__(cls)
        vars(made).update(values, _is_sealed=True)
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if "_is_sealed" in vars(self):
            self._refuse_change(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._refuse_change(name)

    def _refuse_change(self, name: str) -> NoReturn:
        raise KGraphAttributeError(
            f"a {type(self).__qualname__} is immutable: cannot change {name!r}; make a new one"
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise KGraphAttributeError(
            message(
                f"a {type(self).__qualname__} has no field {name!r}",
                expected=", ".join(self.field_types),
                hint=did_you_mean(name, self.field_types),
            )
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._field_values().items())
        return f"{type(self).__qualname__}({shown})"


class ExtensionSpec(_Sealed, TypeSpec):
    """The spec of an extension type: a spec for each field of arrays, the value of any other."""

    config_name: ClassVar[str] = "ExtensionSpec"
    value_type: ClassVar[Any] = None
    _is_sealed: bool

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(self.field_types)

    def plain_data(self) -> dict[str, Any]:
        """The fields that hold no arrays: what a value must share with its spec."""
        pairs = self._field_values().items()
        return {name: value for name, value in pairs if fields.keep_specs(value) is fields.NOTHING}

    def _read_field(self, annotation: Any, value: Any, where: str) -> Any:
        return fields.read_spec(annotation, value, where)

    def _serialize(self) -> tuple[Any, ...]:
        return tuple(self._field_values().items())

    @classmethod
    def _deserialize(cls, serialization: tuple[Any, ...]) -> Any:
        return cls._make(dict(serialization))

    @property
    def _component_specs(self) -> dict[str, Any]:
        kept = {k: fields.keep_specs(v) for k, v in self._field_values().items()}
        return {name: value for name, value in kept.items() if value is not fields.NOTHING}

    def _to_components(self, value: Any) -> dict[str, Any]:
        pairs = self._field_values().items()
        kept = {name: fields.along_specs(spec, getattr(value, name)) for name, spec in pairs}
        return {name: part for name, part in kept.items() if part is not fields.NOTHING}

    def _from_components(self, components: Mapping[str, Any]) -> Any:
        pairs = self._field_values().items()
        values = {name: fields.fill_specs(spec, components.get(name)) for name, spec in pairs}
        return self.value_type._make(values)

    __eq__ = TypeSpec.__eq__
    __hash__ = TypeSpec.__hash__


class ExtensionType(_Sealed):
    """Base of classes of values made of arrays: annotate the fields, and kgraph does the rest.

    A field is annotated as ``kg.Tensor`` (dense), ``kg.RaggedTensor``, ``kg.SparseTensor``,
    another ExtensionType, a class of plain data (``int``, ``str``, ``bool``, ``float``), or as
    ``X | None``, ``tuple[X, ...]``, ``tuple[X, Y]``, ``Mapping[str, X]``; it may have a default.
    Plain data belong to the type: a batch must have those of its Input.

    Values are immutable, compared by content, and pickled.  ``Point.Spec(x=..., y=...)`` is their
    TypeSpec: ``Input(type_spec=...)`` makes a symbolic value, ``s.x`` is its symbolic field,
    methods and properties of the class work on it, and models take and return the values.  Made
    of symbolic fields, ``Point(x=..., y=...)`` is a symbolic value itself.

    Shapes    the first None of each field's shape is the batch
    Edges     ``__validate__`` of a subclass is called when a value is made; so is an ``__init__``
              of its own, which must set every field; ``class Spec:`` inside it may say more, say
              a ``shape``
    Errors    KGraphTypeError for fields that are missing, unknown or of another type;
              KGraphAttributeError for a change
    Source    tf.experimental.ExtensionType

    >>> import kgraph as kg
    >>> class Masked(kg.ExtensionType):
    ...     values: kg.Tensor
    ...     mask: kg.Tensor
    ...     def filled(self, by=0.0):
    ...         return kg.where(self.mask, self.values, by)
    >>> Masked([1.0, 2.0], [True, False]).filled(9.0)
    array([1., 9.], dtype=float32)
    >>> spec = Masked.Spec(kg.TensorSpec((None, 2)), kg.TensorSpec((None, 2), "bool"))
    >>> m = kg.Input(type_spec=spec, name="m")
    >>> kg.Model(m, m.filled())(Masked([[1.0, 2.0]], [[True, False]]))
    array([[1., 0.]], dtype=float32)
    """

    Spec: ClassVar[Any] = ExtensionSpec
    _is_sealed: bool

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = fields.read_annotations(cls, _defining_names())
        cls.field_types = {**cls.field_types, **own}
        defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        for name in defaults:
            delattr(cls, name)
        cls.field_defaults = {**cls.field_defaults, **defaults}
        fields.check_order(cls.__qualname__, cls.field_types, cls.field_defaults)
        cls.Spec = _spec_class(cls)

    def __validate__(self) -> None:
        """Called when a value is made; raises if its fields do not fit together."""

    def _read_field(self, annotation: Any, value: Any, where: str) -> Any:
        return fields.read_value(annotation, value, where)

    def _seal(self) -> None:
        super()._seal()
        self.__validate__()

    def _composed(self) -> Any:
        """The value itself; made of the symbolic values of a graph, a symbolic one."""
        parts = parts_of(self)
        if any(isinstance(part, Symbolic) and part.composes for part in parts):
            return OPS["compose"].apply(tuple(parts), {"spec": self._type_spec})  # type: ignore[attr-defined]
        return self

    @property
    def _type_spec(self) -> ExtensionSpec:
        specs = {k: fields.specs_of(v, spec_of) for k, v in self._field_values().items()}
        made: ExtensionSpec = self.Spec._make(specs)
        return made

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self._type_spec, other._type_spec
        if mine != theirs:
            return False
        pairs = zip(parts_of(self), parts_of(other), strict=True)
        return all(a is b or _equal(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def get_config(self) -> dict[str, Any]:
        """The fields, in JSON's types."""
        from kgraph.types.value_config import encode_value

        return {name: encode_value(value) for name, value in self._field_values().items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], find: Any = None) -> Any:
        """The value that :meth:`get_config` described."""
        from kgraph.types.value_config import decode_value

        return cls._make({name: decode_value(value, find) for name, value in config.items()})


def _defining_names() -> Mapping[str, Any]:
    """The names that are known where the class statement stands."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename in _MAKING_CLASSES:
        frame = frame.f_back
    return {**frame.f_globals, **frame.f_locals}


def _spec_class(cls: type[ExtensionType]) -> Any:
    """``cls.Spec``: what the class says of it, if it does, and what its fields say."""
    own = cls.__dict__.get("Spec")
    bases = (ExtensionSpec,) if own is None else (own, ExtensionSpec)
    content = {
        "__module__": cls.__module__,
        "__qualname__": f"{cls.__qualname__}.Spec",
        "__doc__": f"The TypeSpec of {cls.__name__}.",
        "config_name": f"{cls.__name__}.Spec",
        "value_type": cls,
        "field_types": cls.field_types,
        "field_defaults": {k: v for k, v in cls.field_defaults.items() if fields.is_plain(v)},
    }
    made: Any = _Sealing("Spec", bases, content)
    return made


def _equal(a: Any, b: Any) -> bool:
    """Whether two components of equal specs hold the same numbers; symbolic ones must be one."""
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        return False
    if isinstance(a, RaggedTensor):
        pairs = zip(
            (a.flat_values, *a.nested_row_splits),
            (b.flat_values, *b.nested_row_splits),
            strict=True,
        )
        return all(np.array_equal(x, y) for x, y in pairs)
    if is_sparse(a):
        one, two = to_csr(a), to_csr(b)
        names = ("data", "indices", "indptr")
        return all(np.array_equal(getattr(one, n), getattr(two, n)) for n in names)
    if isinstance(a, ExtensionType):
        return bool(a == b)
    return bool(np.array_equal(a, b))
