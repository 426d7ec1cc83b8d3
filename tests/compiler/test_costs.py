"""The cost table: what it takes, what it refuses, and what it decides."""

from __future__ import annotations

import pickle
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import ops
from kgraph.compiler.cost import counts, picoseconds
from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.compiler.fuse import fuse
from kgraph.compiler.kernels import Step
from kgraph.compiler.plan import Grain
from kgraph.compiler.text import parse
from kgraph.runtime.compiled import CompiledGraph
from kgraph.types.dims import Dim

B = Dim.symbol("B")
ENTRIES = [field.name for field in fields(CostTable)]


def test_a_table_is_the_default_with_what_is_given() -> None:
    assert CostTable.of(None) is DEFAULT_COSTS
    assert CostTable.of(DEFAULT_COSTS) is DEFAULT_COSTS
    assert CostTable.of({}) == DEFAULT_COSTS
    given = {"moved_byte": np.float32(7.4), "wake_threads": 3}
    assert CostTable.of(given) == CostTable(moved_byte=7, wake_threads=3)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("cost", [0, -1, 0.2, float("nan"), float("inf"), 1e10])
def test_a_cost_out_of_range_is_refused(entry: str, cost: float) -> None:
    with pytest.raises(kg.KGraphError, match=f"costs: {entry} is out of range"):
        CostTable.of({entry: cost})


@pytest.mark.parametrize("cost", ["22", None, True, 1j, [1]])
def test_what_is_no_number_is_refused(cost: Any) -> None:
    with pytest.raises(TypeError, match="costs: moved_byte is no number"):
        CostTable.of({"moved_byte": cost})


def test_an_unknown_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'moved_byte'"):
        CostTable.of({"moved_bytes": 3})


@pytest.mark.parametrize("costs", [3, [22], "costs.json"])
def test_what_is_no_table_is_refused(costs: Any) -> None:
    x = kg.Input((2,))
    with pytest.raises(TypeError, match="costs: this is no table of costs"):
        kg.compile(kg.Model(x, x + 1.0), costs=costs)


# -- what is counted -----------------------------------------------------------------------------

KERNELS: list[tuple[str, str, dict[str, Any]]] = [
    ("program", "%1 = exp(%x) : f32[B, 8]", {"program_element": B * 8}),
    (
        "gemm",
        "%1 = dense(%x, %w) : f32[B, 4]",
        {"gemm_multiply_add": B * 4 * 8, "gemm_weight": 32},
    ),
    ("matmul", "%1 = batched_matmul(%x, %y) : f32[B, 4]", {"matmul_multiply_add": B * 4 * 8}),
    ("reduce", "%1 = reduce_sum(%x, axes=(0,)) : f32[1, 8]", {"reduced_element": B * 8}),
    ("strided", "%1 = transpose_axes(%x, axes=(1, 0)) : f32[8, B]", {"moved_byte": B * 32}),
]  # fmt: skip


def step_of(line: str) -> Step:
    text = "%x: f32[B, 8]\n%y: f32[8, 4]\n%w = constant() : f32[8, 4]\n"
    graph = parse(f"{text}{line}\nreturn %1", {"w": np.ones((8, 4), np.float32)})
    (region,) = fuse(graph).regions
    return region.steps[0]


@pytest.mark.parametrize(("kind", "line", "wanted"), KERNELS, ids=[kind for kind, *_ in KERNELS])
def test_what_a_kernel_pays(kind: str, line: str, wanted: dict[str, Any]) -> None:
    step = step_of(line)
    assert step.kind == kind
    assert counts(step) == wanted
    costs = CostTable.of(dict.fromkeys(wanted, 7))
    assert picoseconds([step], costs) == sum(wanted.values()) * 7
    in_all = sum(count * getattr(DEFAULT_COSTS, entry) for entry, count in wanted.items())
    assert picoseconds([step], DEFAULT_COSTS) == in_all


# -- what is decided -----------------------------------------------------------------------------


def nearly_full(**costs: float) -> CompiledGraph:
    x = kg.Input((4,), dtype="int32")
    matrix = sp.csr_array(np.eye(4, dtype=np.float32) + 1)
    return kg.compile(kg.Model(x, ops.matmul(ops.cast(x, "float32"), matrix)), costs=costs)


def test_costs_choose_the_kind_of_a_product() -> None:
    dense = nearly_full()
    sparse = nearly_full(gemm_multiply_add=10_000)
    assert "csr" not in dense.ir
    assert "csr_matmul" in sparse.ir
    batch = np.arange(12, dtype=np.int32).reshape(3, 4)
    assert dense(batch).tobytes() == sparse(batch).tobytes()


def test_the_grain_follows_the_costs() -> None:
    x = kg.Input((4,), name="x")
    model = kg.Model(x, ops.tanh(x))
    assert kg.compile(model).plan.grain == Grain(1_000_000, 50_000_000, 25_000_000)
    costs = {"release_gil": 1, "wake_threads": 2, "program_element": 10}
    eager = kg.compile(model, costs=costs, threads=2)
    assert eager.plan.grain == Grain(20, 10, 5)
    assert eager.plan.sizes[eager.plan.regions[0].cost] == B * 40
    batch = np.linspace(-2, 2, 400, dtype=np.float32).reshape(100, 4)
    assert eager(batch).tobytes() == kg.compile(model, threads=1)(batch).tobytes()
    copy = pickle.loads(pickle.dumps(eager))
    assert copy.plan == eager.plan
    assert copy(batch).tobytes() == eager(batch).tobytes()


def test_what_is_compiled_later_has_the_same_costs() -> None:
    x, y = kg.Input((4,), name="x"), kg.Input((4,), name="y")
    joined = kg.Model([x, y], ops.concatenate([x, y], axis=0))
    graph = kg.compile(joined, costs={"wake_threads": 2})
    graph(np.ones((2, 4), np.float32), np.ones((3, 4), np.float32))
    assert graph._separate is not None
    assert graph._separate.plan.grain == graph.plan.grain
