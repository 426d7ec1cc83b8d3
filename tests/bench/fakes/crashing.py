"""Ends its process: in the first build, or with threads to spare in the second round."""

from __future__ import annotations

import os
from typing import Any

from tests.bench.fakes import slow

REQUIRES = ("numpy",)


def builds(scenario: Any, threads: int) -> dict[str, Any]:
    if threads == 1:
        return {"exit": lambda batch: os._exit(7)}
    call = slow.builds(scenario, threads)["slow"](None)
    calls = iter(range(8))  # enough to be checked and calibrated, no round

    def dying(x: Any) -> Any:
        if next(calls, None) is None:
            os._exit(9)
        return call(x)

    return {"exit later": lambda batch: dying}
