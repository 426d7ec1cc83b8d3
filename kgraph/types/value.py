"""Small immutable values: what ``dataclass(frozen=True)`` gives, without generating code.

Each dataclass compiles its methods anew whenever its module is loaded: ten of them were a fifth of
the time of ``import kgraph``.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar, NoReturn


class Value:
    """Base of immutable objects that are compared, hashed and shown by their fields.

    A subclass names its fields in ``__match_args__`` and puts them in place, once, in ``__init__``:
    ``vars(self).update(x=x, y=y)``.

    >>> class Point(Value):
    ...     __match_args__ = ("x", "y")
    ...     def __init__(self, x: int, y: int) -> None:
    ...         vars(self).update(x=x, y=y)
    >>> Point(1, 2)
    Point(x=1, y=2)
    >>> Point(1, 2) == Point(1, 2)
    True
    """

    __match_args__: ClassVar[tuple[str, ...]]
    _content: ClassVar[attrgetter[Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._content = attrgetter(*cls.__match_args__)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        content = self._content
        return bool(content(self) == content(other))

    def __hash__(self) -> int:
        return hash(self._content(self))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}: cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}: cannot delete field {name!r}")

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"
