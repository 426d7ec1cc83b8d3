"""One file for each scenario; a new one is added to this list."""

from __future__ import annotations

from bench.scenario import Scenario
from bench.scenarios import bag, chain, csr, logistic, mlp, overhead

SCENARIOS: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO for module in (overhead, logistic, mlp, chain, csr, bag)
}
