"""Says that it cannot."""

from __future__ import annotations

from typing import Any

from bench.graph import Unsupported

REQUIRES = ("numpy",)


def builds(scenario: Any, threads: int) -> dict[str, Any]:
    raise Unsupported("no products on Sundays")
