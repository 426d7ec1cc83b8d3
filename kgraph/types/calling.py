"""Calls that do not fit a signature: told as kgraph tells everything, with what may be meant.

``checked`` decorates one function, ``checked_methods`` a class, and ``checked_functions`` stands at
the end of a package for the functions that it exports.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import update_wrapper
from os.path import dirname
from types import FrameType, FunctionType
from typing import Any, TypeVar

from kgraph.types.errors import KGraphTypeError, did_you_mean, message

_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C", bound=type)
_PACKAGE = dirname(dirname(__file__))
_MARK = "_tells_what_does_not_fit"
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def checked(function: _F) -> _F:
    """``function``, of which a user's call that does not fit is a KGraphTypeError.

    Nothing is bound or compared beforehand: Python finds out, and this says it.  What the function
    itself raises stays as it is, and so do kgraph's own calls.

    >>> @checked
    ... def half(number):
    ...     return number / 2
    >>> half(3)
    1.5
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                raise  # it came from inside: the call did fit
            complain(function, args, kwargs, getframe(1))
            raise

    if hasattr(function, _MARK):
        return function
    complain, getframe = _complain, sys._getframe
    # In the globals of the function: doctest looks there for what belongs to a module.
    made = FunctionType(
        call.__code__, function.__globals__, function.__name__, None, call.__closure__
    )
    update_wrapper(made, function)
    setattr(made, _MARK, True)
    return made  # type: ignore[return-value]


def checked_methods(*, also: Iterable[str] = (), but: Iterable[str] = ()) -> Callable[[_C], _C]:
    """Decorate the public methods of a class and the making of one; ``also`` others, ``but`` not
    those that are called too often for one frame more."""

    def decorate(cls: _C) -> _C:
        for name, member in list(vars(cls).items()):
            if name in but or (name.startswith("_") and name not in ("__init__", *also)):
                continue
            if isinstance(member, classmethod | staticmethod):
                setattr(cls, name, type(member)(checked(member.__func__)))
            elif isinstance(member, FunctionType):
                setattr(cls, name, checked(member))
        return cls

    return decorate


def checked_functions(namespace: dict[str, Any], names: Iterable[str]) -> None:
    """Decorate the functions among the ``names`` of a module."""
    for name in names:
        if isinstance(namespace.get(name), FunctionType):
            namespace[name] = checked(namespace[name])


def no_such_argument(
    function: str, unknown: Iterable[str], known: Iterable[str], where: str
) -> KGraphTypeError:
    """``function`` was given a keyword that it does not take."""
    name, takes = next(iter(unknown)), list(known)
    return KGraphTypeError(
        message(
            f"{function} has no argument {name!r}",
            where=where,
            expected=", ".join(takes) or "no arguments",
            hint=did_you_mean(name, takes),
        )
    )


def misfit(
    function: Callable[..., Any],
    who: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    where: str,
) -> KGraphTypeError | None:
    """What is wrong with a call of ``function``, which the error calls ``who``; None if nothing."""
    parameters = list(inspect.signature(function).parameters.values())
    if parameters and parameters[0].name in ("self", "cls"):
        parameters, args = parameters[1:], args[1:]
    kinds = {parameter.kind for parameter in parameters}
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    known = [parameter.name for parameter in named]
    unknown = [name for name in kwargs if name not in known]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        return no_such_argument(who, unknown, known, where)
    placed = [parameter.name for parameter in named if parameter.kind in _BY_POSITION]
    if len(args) > len(placed) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        return _too_many(who, len(args), placed, known, where)
    given = {*placed[: len(args)], *kwargs}
    twice = [name for name in placed[: len(args)] if name in kwargs]
    if twice:
        problem = f"{who} is given {twice[0]!r} twice, by position and by name"
        return KGraphTypeError(message(problem, where=where, expected=", ".join(known)))
    missing = [p.name for p in named if p.default is p.empty and p.name not in given]
    if missing:
        problem = f"{who}: argument {missing[0]!r} is missing"
        return KGraphTypeError(message(problem, where=where, expected=", ".join(known)))
    return None


def _too_many(
    who: str, count: int, placed: list[str], known: list[str], where: str
) -> KGraphTypeError:
    by_name = [name for name in known if name not in placed]
    plural, were = ("" if len(placed) == 1 else "s"), ("was" if count == 1 else "were")
    return KGraphTypeError(
        message(
            f"{who} takes {len(placed) or 'no'} argument{plural} by position, {count} {were} given",
            where=where,
            expected=", ".join(known) or "no arguments",
            hint=f"give {', '.join(by_name)} by name" if by_name else None,
        )
    )


def _complain(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    caller: FrameType,
) -> None:
    if caller.f_code.co_filename.startswith(_PACKAGE):
        return  # our own mistake
    where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    error = misfit(function, _called(function, args), args, kwargs, where)
    if error is not None:
        raise error from None


def _called(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """How a user calls it: ``clone_model``, ``Model.summary``, ``Dense``."""
    *owner, name = function.__qualname__.split(".")
    if not owner or owner[-1] == "<locals>":
        return name
    cls = owner[-1]
    if args and any(owner[-1] == base.__name__ for base in type(args[0]).__mro__):
        cls = type(args[0]).__name__
    elif args and isinstance(args[0], type):
        cls = args[0].__name__
    return cls if name == "__init__" else f"{cls}.{name}"
