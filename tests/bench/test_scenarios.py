"""Every scenario means what its formula says, and those who can compute it agree."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit, logsumexp, softmax

from bench import adapters
from bench.graph import Unsupported, dense_input, evaluate, op, ragged_input
from bench.reference import Reference
from bench.scenario import Scenario, Wrong
from bench.scenarios import SCENARIOS

ALWAYS_THERE = ("kgraph", "numpy", "scipy")
SIZES = (1, 5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("implementation", ALWAYS_THERE)
def test_an_adapter_gives_the_right_result(implementation: str, name: str, size: int) -> None:
    scenario = SCENARIOS[name]
    batch = scenario.batch(size)
    try:
        builds = adapters.builds(adapters.ADAPTERS[implementation], scenario, 1)
        calls = [build(batch) for build in builds.values()]
    except Unsupported:
        assert (implementation, name) in UNSUPPORTED
        return
    assert (implementation, name) not in UNSUPPORTED
    for call in calls:
        first = call(*batch)
        scenario.require_right(first, scenario.reference(batch))
        scenario.require_right(call(*batch), scenario.reference(batch))


_SPARSE = ("csr", "csr_binary", "csr_256", "csr_mlp")
_SUMS = (*_SPARSE, "bag", "attention", "documents", "transformer_ragged")
UNSUPPORTED = {("numpy", name) for name in _SPARSE} | {
    ("scipy", name) for name in SCENARIOS if name not in _SUMS
}


def weights(scenario: Scenario, kind: str) -> list[Any]:
    return [node.attrs for node in scenario.nodes if node.op == kind]


def affine(x: Any, layer: Any) -> Any:
    return x @ layer["kernel"].astype(np.float64) + layer["bias"]


def gelu(x: Any) -> Any:
    return x / 2 * (1 + erf(x / np.sqrt(2)))


def _chain(scenario: Scenario, x: Any) -> Any:
    left = np.tanh(x * 0.5 + 0.1) * expit(x) + np.sqrt(np.abs(x) + 1)
    return left - np.log1p(np.exp(-np.abs(x)))


def _mlp(activation: Any) -> Any:
    def formula(scenario: Scenario, x: Any) -> Any:
        *hidden, last = weights(scenario, "dense")
        for layer in hidden:
            x = activation(affine(x, layer))
        return softmax(affine(x, last), axis=-1)

    return formula


def _norm(scenario: Scenario, x: Any) -> Any:
    (norm,) = weights(scenario, "layer_norm")
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-3)
    return x + gelu(scaled * norm["scale"] + norm["offset"])


def _csr(scenario: Scenario, x: Any) -> Any:
    (layer,) = weights(scenario, "sparse_dense")
    return softmax(affine(x.toarray().astype(np.float64), layer), axis=-1)


def _click(scenario: Scenario, ids: Any, x: Any) -> Any:
    (embedding,) = weights(scenario, "embed_columns")
    rows = [
        np.concatenate([table[i] for i, table in zip(row, embedding["tables"], strict=True)])
        for row in ids
    ]
    first = np.concatenate([np.stack(rows).astype(np.float64), x], axis=1)
    cross1, cross2, deep1, deep2, last = weights(scenario, "dense")
    crossed = first * affine(first, cross1) + first
    crossed = first * affine(crossed, cross2) + crossed
    deep = np.maximum(affine(np.maximum(affine(first, deep1), 0), deep2), 0)
    return expit(affine(np.concatenate([crossed, deep], axis=1), last))


def _bag(scenario: Scenario, ids: Any) -> Any:
    (attrs,) = weights(scenario, "embedding_mean")
    table = attrs["table"].astype(np.float64)
    (splits,) = ids.splits
    return np.stack([table[ids.values[a:b]].mean(axis=0) for a, b in pairwise(splits)])


def _attention(scenario: Scenario, x: Any) -> Any:
    (attrs,) = weights(scenario, "attention_pool")
    rows = [x.values[a:b].astype(np.float64) for a, b in pairwise(x.splits[0])]
    return np.stack([(softmax(row @ attrs["query"])[:, None] * row).sum(axis=0) for row in rows])


def _standard(x: Any, norm: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6)
    return centred / deviation * norm["scale"] + norm["offset"]


def _block(scenario: Scenario, x: Any) -> Any:
    """The encoder block of one sequence (T, D), head by head."""
    (attention,) = weights(scenario, "self_attention")
    hidden, last = weights(scenario, "dense")
    first, second = weights(scenario, "layer_norm")
    q, k, v = (x @ attention[name][0] + attention[name][1] for name in ("query", "key", "value"))
    parts = [slice(start, start + 64) for start in range(0, 256, 64)]
    heads = [softmax(q[:, p] @ k[:, p].T / 8, axis=-1) @ v[:, p] for p in parts]
    kernel, bias = attention["output"]
    h = _standard(x + np.concatenate(heads, axis=1) @ kernel + bias, first)
    return _standard(h + affine(gelu(affine(h, hidden)), last), second)


def _transformer(scenario: Scenario, x: Any) -> Any:
    return np.stack([_block(scenario, row) for row in x])


def _transformer_ragged(scenario: Scenario, x: Any) -> Any:
    rows = [x.values[a:b].astype(np.float64) for a, b in pairwise(x.splits[0])]
    return np.stack([_block(scenario, row).mean(axis=0) for row in rows])


def _documents(scenario: Scenario, ids: Any) -> Any:
    (attrs,) = weights(scenario, "embedding_mean")
    hidden, last = weights(scenario, "dense")
    outer, inner = ids.splits
    pooled = []
    for first, end in pairwise(outer):
        sentences = [ids.values[inner[s] : inner[s + 1]] for s in range(first, end)]
        means = [attrs["table"][words].astype(np.float64).mean(axis=0) for words in sentences]
        pooled.append(np.tanh(affine(np.stack(means), hidden)).mean(axis=0))
    return softmax(affine(np.stack(pooled), last), axis=-1)


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


FORMULAS = {
    "logistic": _mlp(relu),
    "mlp": _mlp(relu),
    "mlp_wide": _mlp(gelu),
    "mlp_deep": _mlp(relu),
    "click": _click,
    "chain": _chain,
    "chain_f64": _chain,
    "memory": lambda s, x: relu(x * 1.5 + 0.25) * x - np.abs(x),
    "norm": _norm,
    "softmax": lambda s, x: softmax(x, axis=-1),
    "logsumexp": lambda s, x: logsumexp(x, axis=-1),
    "moments_rows": lambda s, x: x.mean(1) + x.var(1),
    "moments_columns": lambda s, x: x.mean(0) + x.var(0),
    "csr": _csr,
    "bag": _bag,
    "attention": _attention,
    "documents": _documents,
    "transformer": _transformer,
    "transformer_ragged": _transformer_ragged,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_reference_is_the_formula(name: str) -> None:
    scenario = SCENARIOS[name]
    batch = scenario.batch(3)
    wide = [v.astype(np.float64) if getattr(v, "dtype", None) == "float32" else v for v in batch]
    expected = FORMULAS[name](scenario, *wide)
    np.testing.assert_allclose(scenario.reference(batch), expected, rtol=1e-9, atol=1e-12)


def test_rows_without_items_give_zeros() -> None:
    from bench.graph import Ragged

    empty = Ragged(np.ones((1, 2)), (np.array([0, 0, 1]),))
    assert Reference().ragged_mean(empty).tolist() == [[0, 0], [1, 1]]
    assert Reference().attention_pool(empty, np.ones(2)).tolist() == [[0, 0], [1, 1]]


def test_what_works_item_by_item_takes_ragged_rows() -> None:
    from bench.graph import Ragged

    x = ragged_input("x", 2)
    total = x + x
    rows = Ragged(np.array([[1.0, -2.0], [3.0, 4.0]]), (np.array([0, 0, 2]),))
    found = evaluate([x, total, op("relu", total)], {x: rows}, Reference())
    assert found.values.tolist() == [[2, 0], [6, 8]]
    assert found.splits is rows.splits


def test_small_ops_are_200() -> None:
    nodes = SCENARIOS["small_ops"].nodes
    assert len([node for node in nodes if node.op != "input"]) == 200


def test_an_op_without_a_method_is_unsupported() -> None:
    x = dense_input("x", 2)
    with pytest.raises(Unsupported, match="no way to do softmax"):
        evaluate([x, op("softmax", x)], {x: 0}, object())


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (np.zeros((2, 16)), "gives float64, not float32"),
        (np.zeros((3, 16), np.float32), r"gives \(3, 16\), not \(2, 16\)"),
        (np.full((2, 16), np.nan, np.float32), "off by nan"),
        (np.float32([[1 / 16] * 16] * 2), "off by .* of the largest value"),
        ([0.0], "gives <class 'list'>"),
    ],
)
def test_a_wrong_result_is_refused(result: Any, words: str) -> None:
    scenario = SCENARIOS["logistic"]
    expected = scenario.reference(scenario.batch(2))
    scenario.require_right(expected.astype(np.float32), expected)
    with pytest.raises(Wrong, match=words):
        scenario.require_right(result, expected)


def test_half_precision_is_wrong() -> None:
    scenario = SCENARIOS["mlp"]
    expected = scenario.reference(scenario.batch(8))
    half = expected.astype(np.float16).astype(np.float32)
    with pytest.raises(Wrong):
        scenario.require_right(half, expected)
