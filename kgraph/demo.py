"""``kgraph demo``: four small trained models on dense, sparse and ragged batches, each compiled,
explained, checked against plain NumPy and SciPy, and timed beside them.

The plain way of each model is written out here, as one would write it without kgraph and with an
eye on speed: weights at hand, results written in place, no Python loop.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import sparse

import kgraph as kg
from kgraph._kernels import loops
from kgraph.data import (
    N_LETTER_PAIRS,
    N_NGRAMS,
    character_rows,
    load_digits,
    load_names,
    load_weights,
    ngram_csr,
)
from kgraph.layers import Dense, Embedding, GlobalAveragePooling1D
from kgraph.runtime.threads import get_threads

Array = NDArray[Any]
Weights = Sequence[Array]
Forward = Callable[[Any], Array]

BATCH_SIZES = (1, 32, 1024)
TOLERANCE = 1e-5  # of probabilities, absolute and relative; both sides sum in float32
_ROUNDS = 15
_ROUND_SECONDS = 0.003


@dataclass(frozen=True)
class Problem:
    """Rows, their classes, and which rows the weights have not seen."""

    select: Callable[[NDArray[np.int64]], tuple[Any, Any]]  # rows for kgraph, and for the plain way
    labels: NDArray[np.int64]
    held_out: NDArray[np.bool_]


@dataclass(frozen=True)
class Scenario:
    """One trained model, in kgraph and the plain way."""

    name: str  # of the weights
    title: str
    problem: Callable[[], Problem]
    build: Callable[[], kg.Model]
    plain: Callable[[Weights], Forward]


# -- the models, as a user writes them -----------------------------------------------------------


def _as_users(build: Callable[[], kg.Model]) -> Callable[[], kg.Model]:
    """The function as if it stood outside kgraph: explain() shows source lines of users alone."""
    assert isinstance(build, FunctionType)
    code = build.__code__.replace(co_filename=Path(__file__).name)
    return FunctionType(code, build.__globals__, build.__name__)


@_as_users
def digits_softmax() -> kg.Model:
    pixels = kg.Input((64,), name="pixels")
    digit = Dense(10, activation="softmax", name="digit")(pixels)
    return kg.Model(pixels, digit, name="digits_softmax")


@_as_users
def digits_mlp() -> kg.Model:
    pixels = kg.Input((64,), name="pixels")
    hidden = Dense(64, activation="relu", name="hidden_1")(pixels)
    hidden = Dense(32, activation="relu", name="hidden_2")(hidden)
    digit = Dense(10, activation="softmax", name="digit")(hidden)
    return kg.Model(pixels, digit, name="digits_mlp")


@_as_users
def names_ngrams() -> kg.Model:
    ngrams = kg.Input((N_NGRAMS,), sparse=True, name="ngrams")
    group = Dense(3, activation="softmax", name="group")(ngrams)
    return kg.Model(ngrams, group, name="names_ngrams")


@_as_users
def names_embedding() -> kg.Model:
    pairs = kg.Input((None,), ragged=True, dtype="int32", name="pairs")
    embedded = Embedding(N_LETTER_PAIRS, 32, name="embedding")(pairs)
    mean = GlobalAveragePooling1D(name="mean")(embedded)
    group = Dense(3, activation="softmax", name="group")(mean)
    return kg.Model(pairs, group, name="names_embedding")


# -- the same by hand ----------------------------------------------------------------------------


def _softmax(z: Array) -> Array:
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def _plain_linear(weights: Weights) -> Forward:
    """Softmax regression; ``x`` may be an array or a CSR matrix."""
    kernel, bias = weights

    def forward(x: Any) -> Array:
        z = x @ kernel
        z += bias
        return _softmax(z)

    return forward


def _plain_mlp(weights: Weights) -> Forward:
    kernel_1, bias_1, kernel_2, bias_2, kernel_3, bias_3 = weights

    def forward(x: Array) -> Array:
        h = x @ kernel_1
        h += bias_1
        np.maximum(h, 0, out=h)
        h = h @ kernel_2
        h += bias_2
        np.maximum(h, 0, out=h)
        z = h @ kernel_3
        z += bias_3
        return _softmax(z)

    return forward


_FEW_ITEMS = 200  # below, np.add.reduceat is faster than building a CSR matrix


def _plain_embedding(weights: Weights) -> Forward:
    table, kernel, bias = weights

    def sums(ids: Array, splits: Array) -> Array:
        if len(ids) < _FEW_ITEMS:
            out = np.zeros((len(splits) - 1, table.shape[1]), table.dtype)
            filled = splits[1:] > splits[:-1]  # reduceat takes an empty row for the next item
            out[filled] = np.add.reduceat(table[ids], splits[:-1][filled], axis=0)
            return out
        ones = np.ones(len(ids), table.dtype)
        shape = (len(splits) - 1, len(table))
        return np.asarray(sparse.csr_array((ones, ids, splits), shape=shape) @ table)

    def forward(rows: tuple[Array, Array]) -> Array:
        ids, splits = rows
        mean = sums(ids, splits)
        mean /= np.maximum(np.diff(splits), 1).astype(table.dtype)[:, None]
        z = mean @ kernel
        z += bias
        return _softmax(z)

    return forward


# -- the data ------------------------------------------------------------------------------------


def _dense_digits() -> Problem:
    digits = load_digits()

    def select(rows: NDArray[np.int64]) -> tuple[Any, Any]:
        x = digits.x[rows]
        return x, x

    return Problem(select, digits.y, digits.held_out)


def _sparse_names() -> Problem:
    names = load_names()
    counts = ngram_csr(names.names)

    def select(rows: NDArray[np.int64]) -> tuple[Any, Any]:
        x = counts[rows]
        return x, x

    return Problem(select, names.label, names.held_out)


def _ragged_names() -> Problem:
    names = load_names()

    def select(rows: NDArray[np.int64]) -> tuple[Any, Any]:
        ids, splits = character_rows(names.names[row] for row in rows)
        return kg.RaggedTensor.from_row_splits(ids, splits), (ids, splits)

    return Problem(select, names.label, names.held_out)


SCENARIOS = (
    Scenario(
        "digits_softmax",
        "dense: a digit from 64 pixels, softmax regression",
        _dense_digits,
        digits_softmax,
        _plain_linear,
    ),
    Scenario(
        "digits_mlp",
        "dense: a digit from 64 pixels, two hidden layers",
        _dense_digits,
        digits_mlp,
        _plain_mlp,
    ),
    Scenario(
        "names_ngrams",
        f"sparse: the group of a surname from counts of {N_NGRAMS:,} letter pairs and triples",
        _sparse_names,
        names_ngrams,
        _plain_linear,
    ),
    Scenario(
        "names_embedding",
        "ragged: the group of a surname from the letter pairs it is spelled with, embedded",
        _ragged_names,
        names_embedding,
        _plain_embedding,
    ),
)


# -- running them --------------------------------------------------------------------------------


def run(scenarios: Sequence[Scenario], say: Callable[[str], Any] = print) -> dict[str, Any]:
    """Run the scenarios and tell about each with ``say``; the results, ready for JSON.

    ``results["agree"]`` says whether kgraph and the plain way gave the same probabilities, within
    ``TOLERANCE``, for every scenario and batch size.
    """
    versions = {"kgraph": kg.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    machine = {"instruction set": loops.target(), "threads": get_threads()}
    named = [f"{name} {version}" for name, version in (versions | machine).items()]
    say(", ".join(named))
    say(f"Times are medians of {_ROUNDS} rounds in which kgraph and the plain way take turns.")
    results = [_run_scenario(scenario, say) for scenario in scenarios]
    agree = all(result["agree"] for result in results)
    say("All results agree." if agree else "SOME RESULTS DISAGREE, see above.")
    return {"versions": versions, "machine": machine, "scenarios": results, "agree": agree}


def _run_scenario(scenario: Scenario, say: Callable[[str], Any]) -> dict[str, Any]:
    problem = scenario.problem()
    weights = list(load_weights(scenario.name).values())
    model = scenario.build()
    model.set_weights(weights)
    compile = kg.compile  # which loads the compiler: not part of its time
    start = time.perf_counter()
    compiled = compile(model)
    compile_ms = (time.perf_counter() - start) * 1e3
    plain = scenario.plain(weights)
    say(f"\n{'=' * 100}\n{scenario.title}\n{'=' * 100}\n")
    model.summary(print_fn=say)
    scores = _score(problem, compiled, plain)
    say(f"\ncompiled in {compile_ms:.1f} ms:\n\n{compiled.explain()}")
    say(
        f"accuracy on {scores['held_out_rows']:,} held-out rows: {scores['accuracy']:.1%}"
        f" (always the most common class: {scores['majority']:.1%})\n"
    )
    calls = [_time_batch(problem, compiled, plain, size) for size in BATCH_SIZES]
    differences = [scores["max_abs_difference"], *(call["max_abs_difference"] for call in calls)]
    agree = scores["agree"] and all(call["agree"] for call in calls)
    say(_table(calls))
    verdict = "agree" if agree else "DISAGREE"
    say(f"\nkgraph and the plain way {verdict}: greatest difference {max(differences):.1e}\n")
    found = {"name": scenario.name, "compile_ms": compile_ms, **scores, "calls": calls}
    return found | {"max_abs_difference": max(differences), "agree": agree}


def _score(problem: Problem, compiled: kg.CompiledGraph, plain: Forward) -> dict[str, Any]:
    """Accuracy on the held-out rows, and whether both ways say the same there."""
    rows = np.flatnonzero(problem.held_out)
    ours, theirs = problem.select(rows)
    probabilities = compiled(ours)
    labels = problem.labels[rows]
    most_common = np.bincount(problem.labels[~problem.held_out]).argmax()
    return {
        "held_out_rows": len(rows),
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "majority": float((labels == most_common).mean()),
        **_compare(probabilities, plain(theirs)),
    }


def _time_batch(
    problem: Problem, compiled: kg.CompiledGraph, plain: Forward, size: int
) -> dict[str, Any]:
    """Both ways on the first rows, in turn, so that a busy machine hurts them alike."""
    ours, theirs = problem.select(np.arange(size))
    found: dict[str, Any] = {"batch": size, **_compare(compiled(ours), plain(theirs))}
    ways = {"kgraph": lambda: compiled(ours), "plain": lambda: plain(theirs)}
    for name, seconds in _medians(ways).items():
        found[f"{name}_us"] = seconds * 1e6
    found["ratio"] = found["plain_us"] / found["kgraph_us"]
    return found


def _compare(ours: Array, theirs: Array) -> dict[str, Any]:
    return {
        "max_abs_difference": float(np.abs(ours - theirs).max(initial=0)),
        "agree": bool(np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)),
    }


def _medians(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds per call of each way: the median of rounds that take turns."""
    repeats = {name: max(1, int(_ROUND_SECONDS / _seconds(call, 3))) for name, call in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, call in ways.items():
            times[name].append(_seconds(call, repeats[name]))
    return {name: statistics.median(rounds) for name, rounds in times.items()}


def _seconds(call: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def _table(calls: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"{'batch':>8} {'kgraph us':>12} {'plain us':>12} {'plain / kgraph':>16}"]
    lines += [
        f"{c['batch']:>8,} {c['kgraph_us']:>12,.1f} {c['plain_us']:>12,.1f} {c['ratio']:>16.2f}"
        for c in calls
    ]
    return "\n".join(lines)
