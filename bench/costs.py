"""The cost table of this machine: `python -m bench costs [--json]`, from the root.

Small graphs are compiled for one thread and timed in turns; how often each pays each entry of the
table, the compiler itself counts.  The table that fits these times best, in proportion to each,
is printed beside the default one; with `--json` as `kg.compile(model, costs=...)` takes it.

    release_gil     the same call with the GIL released and kept
    wake_threads    next to nothing to do for each thread, after a rest

Measure on a quiet machine: whatever else runs makes all entries larger, some more than others.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import nnls

import kgraph as kg
from bench.measure import ROUNDS, compare
from bench.report import table
from kgraph import ops
from kgraph._kernels import roofline
from kgraph.compiler.cost import counts
from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.runtime.compiled import CompiledGraph
from kgraph.runtime.threads import available_processors
from kgraph.types.dims import evaluate

PICOSECONDS = 1e12
RESTS, REST_SECONDS = 40, 0.005
STAYS_SPARSE = {"gemm_multiply_add": 10**6}  # costs with which no sparse matrix is written out


@dataclass(frozen=True)
class Case:
    """A graph on a batch, and how often that pays each entry of the table."""

    call: Callable[[], object]
    paid: Mapping[str, int]


# -- the graphs ----------------------------------------------------------------------------------


def cases() -> dict[str, Case]:
    """One case or more for each entry but those that are paid once for a call or a region."""
    return {**_dense_cases(), **_attention_cases(), **_gather_cases(), **_sparse_cases()}


def _dense_cases() -> dict[str, Case]:
    wide, square = kg.Input((256,)), kg.Input((64, 64))
    bent = ops.tanh(wide * 0.5 + 0.1) * ops.sigmoid(wide) + ops.sqrt(ops.absolute(wide) + 1.0)
    dense = kg.layers.Dense(256, use_bias=False)
    rows, squares = _normal(1024, 256), _normal(128, 64, 64)
    long, one = kg.Input((1024,)), _normal(1, 1024)
    other = kg.Input((64, 64))
    return {
        "chain": _counted([wide], bent - ops.log1p(ops.exp(-ops.absolute(wide))), rows),
        "softmax": _counted([wide], ops.softmax(wide), rows),
        "sort": _counted([wide], ops.sort(wide), rows),
        "dense": _counted([wide], dense(wide), rows),
        "dense, one row": _counted([long], kg.layers.Dense(1024, use_bias=False)(long), one),
        "product": _counted([square, other], square @ other, squares, squares),
        "sum": _counted([wide], ops.sum(wide, axis=0), rows),
        "transpose": _counted([square], ops.transpose(square, (0, 2, 1)), squares),
        "join": _counted([square], ops.concatenate([square, square], axis=1), squares),
    }


def _attention_cases() -> dict[str, Case]:
    found = {}
    for width in (16, 128):
        inputs = [kg.Input((64, 4, width)) for _ in range(3)]
        value = _normal(16, 64, 4, width)
        out = ops.dot_product_attention(*inputs)
        found[f"attention, width {width}"] = _counted(inputs, out, value, value, value)
    return found


def _gather_cases(rows: int = 50_000) -> dict[str, Case]:
    """Sums of few and of many rows, narrow and wide, of tables that no cache holds."""
    found = {}
    for width, length in ((16, 1), (16, 40), (128, 1), (128, 40)):
        ids = kg.Input((None,), ragged=True, dtype="int32")
        items = kg.layers.Embedding(rows, width)(ids)
        drawn = np.random.default_rng(0).integers(0, rows, 40_000, dtype=np.int32)
        bags = kg.RaggedTensor.from_row_splits(drawn, np.arange(0, len(drawn) + 1, length))
        name = f"bags of {length}, width {width}"
        found[name] = _counted([ids], ops.sum(items, axis=1), bags)
    return found


def _sparse_cases(side: int = 512, rows: int = 256) -> dict[str, Case]:
    """A batch times a constant sparse matrix, counted as ``rules/kinds.py`` counts."""
    found = {}
    for density in (0.01, 0.2):
        matrix = sp.random_array((side, side), density=density, format="csr", rng=0)
        x, batch = kg.Input((side,)), _normal(rows, side)
        model = kg.Model(x, ops.matmul(x, matrix.astype(np.float32)))
        graph = kg.compile(model, threads=1, costs=STAYS_SPARSE)
        paid = {"sparse_multiply_add": rows * matrix.nnz, "turned_element": rows * 2 * side}
        found[f"sparse matrix, {density:.0%}"] = Case(_call(graph, [batch]), paid)
    return found


def _counted(inputs: Sequence[Any], output: Any, *batch: Any) -> Case:
    graph = kg.compile(kg.Model(list(inputs), output), threads=1)
    sizes = graph.profile(*batch, rounds=1).sizes
    paid: Counter[str] = Counter()
    (planned,) = graph._compiled.planned
    for step in (step for region in planned.fused.regions for step in region.steps):
        for part in step.parts or [step]:
            paid.update({entry: evaluate(n, sizes) for entry, n in counts(part).items()})
    return Case(_call(graph, batch), paid)


def _call(graph: CompiledGraph, batch: Sequence[Any]) -> Callable[[], object]:
    """Into memory that is there: new pages would cost more than many a kernel."""
    out = graph(*batch)
    return lambda: graph(*batch, out=out)


def _normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


# -- from times to costs -------------------------------------------------------------------------


def fitted(paid: Sequence[Mapping[str, int]], seconds: Sequence[float]) -> dict[str, float]:
    """Picoseconds of each entry: the least squares of the errors in proportion to the times."""
    names = sorted(set().union(*paid))
    shares = np.array([[one.get(name, 0) for name in names] for one in paid], np.float64)
    shares /= np.array(seconds)[:, None] * PICOSECONDS
    found, _ = nnls(shares, np.ones(len(seconds)))
    return dict(zip(names, found.tolist(), strict=True))


def release_gil(rounds: int = ROUNDS) -> float:
    """Picoseconds of giving the GIL away: a call that does, against one that does not."""
    x, batch = kg.Input((32,)), _normal(1, 32)
    model = kg.Model(x, ops.tanh(x))
    kept = kg.compile(model, threads=1, costs={"release_gil": 10**9})
    released = kg.compile(model, threads=1, costs={"release_gil": 1})
    calls = {"kept": _call(kept, [batch]), "released": _call(released, [batch])}
    found = compare(calls, rounds)
    return (found["released"].median_us - found["kept"].median_us) * PICOSECONDS / 1e6


def wake_threads(rests: int = RESTS, rest_seconds: float = REST_SECONDS) -> float | None:
    """Picoseconds until every thread has copied a line, after a rest; None on one processor."""
    threads = available_processors()
    if threads < 2:
        return None
    seconds = []
    for _ in range(rests):
        time.sleep(rest_seconds)
        seconds += roofline.copies(64, threads, 1, 1)
    return statistics.median(seconds) * PICOSECONDS


def measured(rounds: int = ROUNDS) -> CostTable:
    """The table of this machine; what it cannot tell is as in the default one."""
    known = cases()
    times = compare({name: case.call for name, case in known.items()}, rounds)
    seconds = [timing.median_us / 1e6 for timing in times.values()]
    found: dict[str, float | None] = {
        **fitted([case.paid for case in known.values()], seconds),
        "release_gil": release_gil(rounds),
        "wake_threads": wake_threads(),
    }
    # What costs next to nothing beside the others may come out as nothing.
    return CostTable.of({name: max(cost, 1) for name, cost in found.items() if cost is not None})


def rows(found: CostTable) -> Iterator[list[str]]:
    yield ["entry", "here, ps", "default, ps", "ratio"]
    for field in fields(CostTable):
        here, default = getattr(found, field.name), getattr(DEFAULT_COSTS, field.name)
        yield [field.name, f"{here:,}", f"{default:,}", f"{here / default:.2f}"]


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench costs", description="measure the costs")
    parser.add_argument("--json", action="store_true", help="as kg.compile takes them")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each call")
    chosen = parser.parse_args(arguments)
    found = measured(chosen.rounds)
    print(json.dumps(asdict(found)) if chosen.json else "\n".join(table(rows(found))))


if __name__ == "__main__":
    main()
