"""One file for each family of scenarios; a new one is added to this list."""

from __future__ import annotations

from bench.scenario import Scenario
from bench.scenarios import (
    attention,
    bag,
    chain,
    click,
    csr,
    documents,
    logistic,
    memory,
    mlp,
    norm,
    reductions,
    small_ops,
    transformer,
)

_FILES = (
    logistic,
    mlp,
    small_ops,
    click,
    chain,
    memory,
    norm,
    reductions,
    csr,
    bag,
    attention,
    documents,
    transformer,
)
SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for file in _FILES for scenario in file.SCENARIOS
}
