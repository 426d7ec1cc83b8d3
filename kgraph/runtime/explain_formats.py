"""``explain(format=...)``: an explanation in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kgraph.types.errors import KGraphValueError, did_you_mean, message

if TYPE_CHECKING:
    from kgraph.runtime.inspection import Inspection


def explain_as(graph: Inspection, format: str) -> Any:
    """What became of ``graph``, as ``format`` has it.

    Errors    ValueError for a format that is not in ``FORMATS``
    """
    show = FORMATS.get(format) if isinstance(format, str) else None
    if show is None:
        raise KGraphValueError(
            message(
                "explain: there is no such format",
                received=f"format={format!r}",
                expected=", ".join(map(repr, FORMATS)),
                hint=did_you_mean(format, FORMATS),
            )
        )
    return show(graph)


def _html(graph: Inspection) -> str:
    from kgraph.runtime.explain_html import page_of

    return page_of(graph.explanation, graph.plot().svg)


FORMATS: dict[str, Callable[[Inspection], Any]] = {
    "text": lambda graph: str(graph.explanation),
    "dict": lambda graph: graph.explanation.to_dict(),
    "html": _html,
}
