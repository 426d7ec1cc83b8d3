"""What a test of a rewrite rule says: IR text before and after, and text that must stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import dedent
from typing import Any

import numpy as np

from kgraph.compiler.interpret import interpret
from kgraph.compiler.ir import Graph, Node
from kgraph.compiler.rewrite import Rule, rewrite
from kgraph.compiler.text import parse, show
from kgraph.compiler.verify import verify
from kgraph.types.dims import evaluate, symbols
from tests.tolerances import tolerance

SIZES = {"B": 3, "T": 5, "N": 4, "M": 2}
_ODD = [np.nan, np.inf, -np.inf, -0.0, 0.0, -1.5]


@dataclass(frozen=True)
class Fires:
    """``rule`` turns ``before`` into ``after``; if ``exact``, without changing one bit."""

    rule: Rule
    before: str
    after: str
    exact: bool = False


@dataclass(frozen=True)
class Stays:
    """``rule`` must leave ``text`` alone."""

    rule: Rule
    text: str


def name_of(case: Fires | Stays) -> str:
    return case.rule.name


def check_fires(case: Fires) -> None:
    before = verify(read(case.before))
    after = verify(rewrite(before, [case.rule]), after=case.rule.name)
    assert show(after) == dedent(case.after).strip()
    arrays = batch(before, odd=case.exact)
    if case.exact:
        assert_same_bits(before, after, arrays)
        return
    for got, wanted in zip(interpret(after, arrays), interpret(before, arrays), strict=True):
        np.testing.assert_allclose(got, wanted, *tolerance(wanted.dtype))


def assert_same_bits(before: Graph, after: Graph, arrays: list[np.ndarray]) -> None:
    """Equal to the bit; a NaN may have another payload."""
    for got, wanted in zip(interpret(after, arrays), interpret(before, arrays), strict=True):
        np.testing.assert_array_equal(got, wanted)
        np.testing.assert_array_equal(_signs(got), _signs(wanted))


def assert_same(before: Graph, after: Graph, arrays: list[np.ndarray]) -> None:
    """Equal within the tolerance, in units of the largest number on the way to the result."""
    wanted = interpret(before, arrays)
    everything = before.with_outputs([node for node in before.nodes if _is_float(node)])
    found = [np.abs(value[np.isfinite(value)]) for value in interpret(everything, arrays)]
    largest = max((float(numbers.max(initial=1)) for numbers in found), default=1.0)
    for got, expected in zip(interpret(after, arrays), wanted, strict=True):
        rtol, atol = tolerance(expected.dtype)
        np.testing.assert_allclose(got, expected, rtol, atol * largest)


def _is_float(node: Node) -> bool:
    return node.type.dtype.kind == "f"


def _signs(array: np.ndarray) -> Any:
    """Signs, of zeros too; those of NaN mean nothing."""
    if array.dtype.kind != "f":
        return np.sign(array.astype(np.int64))
    return np.where(np.isnan(array), False, np.signbit(array))


def check_stays(case: Stays) -> None:
    graph = verify(read(case.text))
    assert rewrite(graph, [case.rule]) is graph


class Weights(dict[str, Any]):
    """Numbers for the variables and large constants of a text."""

    def get(self, name: str, default: Any = None) -> Any:
        random = np.random.default_rng(sum(map(ord, name)))
        numbers = random.uniform(0.5, 2, default.shape)
        return numbers.astype(default.dtype)


def read(text: str) -> Graph:
    """The graph of a text; ``longest_T`` is the longest row of the input called splits."""
    graph = parse(dedent(text), Weights())
    names = [node.attrs["name"] for node in graph.inputs]
    if "longest_T" not in text:
        return graph
    return replace(graph, longest={"longest_T": names.index("splits")})


def batch(graph: Graph, odd: bool, seed: int = 7) -> list[np.ndarray]:
    """An array for each input: row splits for one called so, else numbers, odd ones among them."""
    random = np.random.default_rng(seed)
    arrays = []
    for node in graph.inputs:
        sizes = dict(SIZES)
        for size in node.type.dims:
            sizes |= {name: 3 for name in symbols(size) if name not in sizes}
        shape = tuple(evaluate(size, sizes) for size in node.type.dims)
        name, dtype = node.attrs["name"], node.type.dtype
        if name in ("splits", "indptr"):
            arrays.append(np.array([0, 2, 2, 5], dtype))
        elif dtype.kind in "iu":
            arrays.append(random.integers(0, 4, shape).astype(dtype))
        elif dtype.kind == "b":
            arrays.append(random.random(shape) < 0.5)
        else:
            numbers = random.uniform(-2, 2, shape).astype(dtype)
            if odd:
                numbers.flat[: len(_ODD)] = _ODD[: numbers.size]
            arrays.append(numbers)
    return arrays
