"""The errors a user can cause, and the one way their messages are laid out."""

from __future__ import annotations

from collections.abc import Iterable


class KGraphError(Exception):
    """Base of every error that kgraph raises on purpose."""


class KGraphValueError(KGraphError, ValueError):
    """A value, shape or structure that cannot be what was meant."""


class KGraphTypeError(KGraphError, TypeError):
    """An object, dtype or kind (dense, sparse, ragged) that cannot stand here."""


class KGraphAttributeError(KGraphError, AttributeError):
    """An attribute that is not defined here, or not yet."""


class ShapeError(KGraphValueError):
    """Shapes that do not fit together."""


class InternalError(KGraphError, RuntimeError):
    """A broken invariant of kgraph itself: please report it with the text it carries."""


def message(
    what: str,
    *,
    where: str | None = None,
    received: str | None = None,
    expected: str | None = None,
    hint: str | None = None,
) -> str:
    """Lay out an error: what is wrong, then where, received, expected and what to try.

    >>> print(message("matmul: the inner sizes differ", received="64 and 32", hint="transpose x2"))
    matmul: the inner sizes differ
      received  64 and 32
      try       transpose x2
    """
    rows = [("where", where), ("received", received), ("expected", expected), ("try", hint)]
    lines = [what]
    for label, text in rows:
        if text:
            body = text.replace("\n", "\n" + " " * 12)
            lines.append(f"  {label:<9} {body}")
    return "\n".join(lines)


def did_you_mean(name: object, known: Iterable[str]) -> str | None:
    """A hint for an unknown name: the nearest known one, if one is near.

    >>> did_you_mean("shpae", ["shape", "dtype"])
    "did you mean 'shape'?"
    """
    import difflib  # here, because only errors need it

    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None
