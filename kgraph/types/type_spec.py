"""TypeSpec: the protocol by which kgraph takes values apart into arrays and puts them together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from kgraph.types import tree
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message

Spec = TypeVar("Spec", bound="TypeSpec")


class TypeSpec(ABC):
    """What is known of a value before it is there: its kind, its shape, its dtype, its parts.

    Subclass it to hand values of your own to ``Input(type_spec=...)``: say with
    ``_component_specs`` what they are made of (a spec, or lists, tuples and dicts of them), and how
    to take one apart and put it together.  The class of the values has a property ``_type_spec``
    that gives its spec.  Layers then get real values of ``value_type``, whose components are the
    graph's, and models take and return them.  :class:`kgraph.ExtensionType` writes all of this from
    annotated fields.

    Edges     the first None of each component's shape is the batch
    Errors    KGraphTypeError for values of another kind
    Source    tf.TypeSpec

    >>> class PairSpec(TypeSpec):
    ...     def __init__(self, x_spec, y_spec):
    ...         self.x_spec, self.y_spec = x_spec, y_spec
    ...     value_type = tuple
    ...     def _serialize(self):
    ...         return (self.x_spec, self.y_spec)
    ...     @property
    ...     def _component_specs(self):
    ...         return [self.x_spec, self.y_spec]
    ...     def _to_components(self, value):
    ...         return list(value)
    ...     def _from_components(self, components):
    ...         return tuple(components)
    >>> PairSpec(1, 2) == PairSpec(1, 2)
    True
    """

    # -- what a subclass says --------------------------------------------------------------------

    @property
    @abstractmethod
    def value_type(self) -> Any:
        """The class of the values."""

    @abstractmethod
    def _serialize(self) -> tuple[Any, ...]:
        """The arguments that make this spec anew; equal ones mean equal specs."""

    @property
    @abstractmethod
    def _component_specs(self) -> Any:
        """What the values are made of: a spec, or specs in lists, tuples and dicts."""

    @abstractmethod
    def _to_components(self, value: Any) -> Any:
        """The components of a value, nested as ``_component_specs``."""

    @abstractmethod
    def _from_components(self, components: Any) -> Any:
        """Inverse of ``_to_components``; also called with symbolic components."""

    @classmethod
    def _deserialize(cls: type[Spec], serialization: tuple[Any, ...]) -> Spec:
        """Inverse of ``_serialize``."""
        return cls(*serialization)

    # -- what it gets ----------------------------------------------------------------------------

    @property
    def component_labels(self) -> tuple[str, ...]:
        """How errors call the components: ``x``, ``inner.x``, ``[0]``, …"""
        return tuple(
            path.replace("']['", ".").replace("['", "").replace("']", "")
            for path in tree.paths(self._component_specs)
        )

    def get_config(self) -> dict[str, Any]:
        """What makes this spec anew, in JSON's types."""
        from kgraph.types.value_config import encode_value

        return {"serialized": [encode_value(item) for item in self._serialize()]}

    @classmethod
    def from_config(cls: type[Spec], config: Mapping[str, Any], find: Any = None) -> Spec:
        """The spec that :meth:`get_config` described; ``find`` knows classes by their names."""
        if set(config) != {"serialized"}:
            return cls(**config)
        from kgraph.types.value_config import decode_value

        return cls._deserialize(tuple(decode_value(item, find) for item in config["serialized"]))

    @classmethod
    def from_value(cls: type[Spec], value: Any) -> Spec:
        """The spec of a value that is there, or of a symbolic one.

        >>> import kgraph as kg
        >>> TypeSpec.from_value(kg.ops.zeros((2, 3)))
        TensorSpec(shape=(2, 3), dtype=float32, name=None)
        """
        from kgraph.types.specs import spec_of

        spec = spec_of(value)
        if not isinstance(spec, cls):
            raise KGraphTypeError(
                message(f"{cls.__name__} does not describe this value", received=repr(spec))
            )
        return spec

    def is_compatible_with(self, value: Any) -> bool:
        """Could ``value`` (or a value of the spec ``value``) be meant by this spec?

        Edges     dtypes must be equal: nothing is cast here
        """
        from kgraph.types.specs import spec_of

        try:
            other = value if isinstance(value, TypeSpec) else spec_of(value)
        except KGraphTypeError:
            return False
        return type(other) is type(self) and self._fits(other)

    def _fits(self, other: Any) -> bool:
        return _walk(self._serialize(), other._serialize(), lambda a, b: a.is_compatible_with(b))

    def is_subtype_of(self, other: TypeSpec) -> bool:
        """Is every value that this spec describes also described by ``other``?"""
        return type(other) is type(self) and self._narrows(other)

    def _narrows(self, other: Any) -> bool:
        return _walk(self._serialize(), other._serialize(), lambda a, b: a.is_subtype_of(b))

    def most_specific_compatible_type(self: Spec, other: TypeSpec) -> Spec:
        """The narrowest spec that describes the values of both.

        Errors    KGraphValueError if there is none
        """
        if type(other) is not type(self):
            self._refuse_merge(other)
        return self._merged(other)

    def _merged(self: Spec, other: Any) -> Spec:
        merged = self._merged_fields(self._serialize(), other._serialize(), other)
        return type(self)._deserialize(merged)

    def _merged_fields(self, mine: Any, theirs: Any, other: TypeSpec) -> Any:
        if mine == theirs:
            return mine
        if isinstance(mine, TypeSpec) and isinstance(theirs, TypeSpec):
            return mine.most_specific_compatible_type(theirs)
        if isinstance(mine, (list, tuple)) and type(mine) is type(theirs):
            if len(mine) == len(theirs):
                pairs = zip(mine, theirs, strict=True)
                return type(mine)(self._merged_fields(a, b, other) for a, b in pairs)
        elif isinstance(mine, dict) and isinstance(theirs, dict) and mine.keys() == theirs.keys():
            return {key: self._merged_fields(mine[key], theirs[key], other) for key in mine}
        return self._refuse_merge(other)

    def _refuse_merge(self, other: Any) -> NoReturn:
        raise KGraphValueError(
            message("no TypeSpec describes the values of both", received=f"{self!r}\n{other!r}")
        )

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self._serialize() == other._serialize())

    def __hash__(self) -> int:
        return hash((type(self), _hashable(self._serialize())))

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(map(repr, self._serialize()))})"


def _walk(mine: Any, theirs: Any, ask: Any) -> bool:
    """Whether two serialisations agree, specs inside as ``ask`` says."""
    if isinstance(mine, TypeSpec) and isinstance(theirs, TypeSpec):
        return bool(ask(mine, theirs))
    if isinstance(mine, (list, tuple)) and type(mine) is type(theirs):
        return len(mine) == len(theirs) and all(
            _walk(a, b, ask) for a, b in zip(mine, theirs, strict=True)
        )
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return mine.keys() == theirs.keys() and all(
            _walk(mine[key], theirs[key], ask) for key in mine
        )
    return bool(mine == theirs)


def _hashable(content: Any) -> Any:
    if isinstance(content, (list, tuple)):
        return tuple(map(_hashable, content))
    if isinstance(content, dict):
        return tuple((key, _hashable(value)) for key, value in content.items())
    return content
