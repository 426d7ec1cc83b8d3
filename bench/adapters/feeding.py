"""Which of a call's flat arrays belong to which input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.adapters.padded import Padded
from bench.graph import Node
from bench.scenario import Scenario


def feeds(scenario: Scenario, arrays: Sequence[Any], ragged: Any = Padded) -> dict[Node, Any]:
    """A dense input takes one array; CSR three: data, indices, splits; ragged rows one, and one for
    each level, which ``ragged`` holds together."""
    found: dict[Node, Any] = {}
    left = list(arrays)
    for node in scenario.inputs:
        first = left.pop(0)
        if node.attrs["kind"] == "ragged":
            levels = tuple(left.pop(0) for _ in range(node.attrs["rank"]))
            found[node] = ragged(first, levels)
        elif node.attrs["kind"] == "sparse":
            found[node] = (first, left.pop(0), left.pop(0))
        else:
            found[node] = first
    return found
