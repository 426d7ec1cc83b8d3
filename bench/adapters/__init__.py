"""One file for each implementation; the runner's only list of them.

An adapter has

    REQUIRES                     packages without which it is absent
    builds(scenario, threads)    -> {variant: build}; all are checked and the fastest is timed
    build(batch)                 -> the call: it takes the batch's values from NumPy and SciPy as
                                 they are, and returns a NumPy array

A build does what one does once (draw, compile, pack weights, open a session), for the batch at hand
where that makes the call faster.  ``Unsupported`` says why there is none.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from bench.scenario import Batch, Scenario

Call = Callable[..., Any]
Build = Callable[[Batch], Call]
Builds = Mapping[str, Build]

ADAPTERS = {
    name: f"bench.adapters.{name}"
    for name in (
        "kgraph",
        "numpy",
        "scipy",
        "mkl",
        "onnxruntime",
        "openvino",
        "litert",
        "jax",
        "torch",
        "tensorflow",
        "tf_keras",
        "numexpr",
        "numba",
        "pytensor",
    )
}


def missing(module: str) -> list[str]:
    """The packages that an adapter wants and this environment lacks; imports none of them."""
    wanted = importlib.import_module(module).REQUIRES
    return [package for package in wanted if importlib.util.find_spec(package) is None]


def builds(module: str, scenario: Scenario, threads: int) -> Builds:
    made: Builds = importlib.import_module(module).builds(scenario, threads)
    return made
