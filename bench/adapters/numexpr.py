"""numexpr: an elementwise graph as one expression, compiled once and evaluated anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bench.adapters import Builds, Call
from bench.graph import Unsupported, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("numexpr",)
MOST_NAMES = 31  # its virtual machine takes no more operands


def builds(scenario: Scenario, threads: int) -> Builds:
    import numexpr

    numexpr.set_num_threads(threads)
    ops = Expression(scenario.dtype)
    names = {node: node.attrs["name"] for node in scenario.inputs}
    text = evaluate(scenario.nodes, names, ops)
    if len(ops.constants) + len(names) > MOST_NAMES:
        raise Unsupported("more arrays than an expression may have")

    def build(batch: Batch) -> Call:
        return _call(text, list(names.values()), ops.constants, batch, scenario)

    return {"evaluate": build}


def _call(
    text: str, names: list[str], constants: Mapping[str, Any], batch: Batch, scenario: Scenario
) -> Call:
    import numexpr
    from numexpr.necompiler import double  # ``float`` is float32 to it

    kind = {"float32": float, "float64": double}[scenario.dtype]
    signature = [(name, kind) for name in (*names, *constants)]
    expression = numexpr.NumExpr(text, signature=signature)
    rest = tuple(constants.values())
    more: dict[str, Any] = {}
    if scenario.reuse_outputs:
        more = {"out": np.empty_like(batch[0]), "ex_uses_vml": False}
    return lambda *values: expression(*values, *rest, **more)


class Expression:
    """One method for each elementwise op; values are text."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype).type
        self.constants: dict[str, Any] = {}

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = self.dtype(value) if np.isscalar(value) else value
        return name

    def add(self, a: str, b: str) -> str:
        return f"({a} + {b})"

    def sub(self, a: str, b: str) -> str:
        return f"({a} - {b})"

    def mul(self, a: str, b: str) -> str:
        return f"({a} * {b})"

    def neg(self, x: str) -> str:
        return f"(-{x})"

    def sigmoid(self, x: str) -> str:
        return f"(1 / (1 + exp(-{x})))"

    def relu(self, x: str) -> str:
        return f"where({x} > 0, {x}, 0)"

    def tanh(self, x: str) -> str:
        return f"tanh({x})"

    def exp(self, x: str) -> str:
        return f"exp({x})"

    def log1p(self, x: str) -> str:
        return f"log1p({x})"

    def sqrt(self, x: str) -> str:
        return f"sqrt({x})"

    def abs(self, x: str) -> str:
        return f"abs({x})"
