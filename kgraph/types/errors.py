"""The errors a user can cause, and the one way their messages are laid out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


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


class RandomDrawError(KGraphValueError):
    """A graph that draws at random at each call: it is computed op by op, and not compiled."""


class InternalError(KGraphError, RuntimeError):
    """A broken invariant of kgraph itself: please report it with the text it carries."""


class KGraphWarning(UserWarning):
    """Base of the warnings: something is allowed, and is probably not what was meant."""


class DroppedMaskWarning(KGraphWarning):
    """A mask ends at a layer or op that knows nothing of masks."""


class UntrackedVariableWarning(KGraphWarning):
    """A variable stands in a graph, and no layer owns it."""


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
    rows = {"where": where, "received": received, "expected": expected, "try": hint}
    return _lay_out(what, rows)


_LABELS = ("where", "received", "expected", "try")
_INDENT = " " * 12


def _lay_out(what: str, rows: Mapping[str, str | None]) -> str:
    lines = [what]
    for label in _LABELS:
        text = rows.get(label)
        if text:
            lines.append(f"  {label:<9} " + text.replace("\n", "\n" + _INDENT))
    return "\n".join(lines)


def _read(text: str) -> tuple[str, dict[str, str]]:
    """The inverse of :func:`message`."""
    what, *parts = re.split(rf"\n  ({'|'.join(_LABELS)}) +", text)
    bodies = (body.replace("\n" + _INDENT, "\n") for body in parts[1::2])
    return what, dict(zip(parts[::2], bodies, strict=True))


def locate(error: KGraphError, *, where: str, received: str | None = None) -> None:
    """Add rows to the message of an error on its way up: who called knows more than who raised.

    A ``where`` that is there already stays: it was nearer.

    >>> error = ShapeError(message("the inner sizes differ", hint="transpose x2"))
    >>> locate(error, where="layer 'score', train.py:41")
    >>> print(error)
    the inner sizes differ
      where     layer 'score', train.py:41
      try       transpose x2
    """
    what, rows = _read(str(error))
    if received is not None:
        told = (rows.get("received") or "").splitlines()
        rows["received"] = "\n".join([*(line for line in told if line not in received), received])
    rows.setdefault("where", where)
    error.args = (_lay_out(what, rows),)


def did_you_mean(name: object, known: Iterable[str]) -> str | None:
    """A hint for an unknown name: the nearest known one, if one is near.

    >>> did_you_mean("shpae", ["shape", "dtype"])
    "did you mean 'shape'?"
    """
    import difflib  # here, because only errors need it

    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None
