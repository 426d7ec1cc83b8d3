"""What `explain()` says, word for word.

Widths are multiples of 16: then packed weights take the same bytes for every instruction set.
"""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import numpy as np
import pytest

import kgraph as kg


def build(source: str) -> kg.CompiledGraph:
    """Compile the `model` of a program in a file called model.py; its lines count from 1."""
    kg.clear_session()
    names: dict[str, Any] = {}
    exec(compile(textwrap.dedent(source), "/home/user/model.py", "exec"), names)
    return kg.compile(names["model"])


def explained(source: str) -> str:
    return build(source).explain()


CHAIN = """\
import kgraph as kg
x = kg.Input((64,), name="x")
h = kg.layers.Dense(32, activation="relu", name="hidden")(x)
y = kg.layers.Dense(16, activation="softmax", name="score")(h)
model = kg.Model(x, y, name="mlp")
"""


APART = """\
import kgraph as kg
x = kg.Input((16,), name="x")
summed = kg.ops.cummax(x * 2.0, axis=1)
y = kg.layers.Dense(16, name="score")(summed)
model = kg.Model(x, y, name="sums")
"""


def test_a_chain_is_one_region_of_kernels_with_their_layers_and_lines() -> None:
    assert (
        explained(CHAIN)
        == """\
mlp: 2 kernels in 1 region
  reads               x: f32[B, 64]
  gives               f32[B, 16]
  passes              lower 10 ops, canonicalize 8, combine 4

region 0: 2 kernels over B rows, panel by panel
  gemm_f32            hidden (model.py:3)
                      dense, relu -> f32[B, 32]
  gemm_f32 + program  score (model.py:4)
                      dense, softmax_rows -> f32[B, 16]
  work                5,280 FLOP per row
  traffic             320 bytes per row, and 10,432 bytes of weights

in all, for B = 1,024
  work                5,406,720 FLOP
  traffic             338,112 bytes: 16.0 FLOP per byte
  weights             10,432 bytes as packed
  arena               known after a first call
  scratch             known after a first call
"""
    )


def test_a_call_makes_the_working_memory_known() -> None:
    compiled = build(CHAIN)
    before = compiled.explain()
    compiled(np.zeros((3, 64), np.float32))
    arena, scratch = compiled.arena_bytes
    assert scratch > 0
    unknown = "known after a first call"
    known = before.replace(unknown, f"{arena:,} bytes", 1)
    known = known.replace(unknown, f"{scratch:,} bytes a thread")
    assert compiled.explain() == known


def test_boundaries_say_why_and_host_steps_say_so() -> None:
    text = explained(APART)
    assert (
        text
        == """\
sums: 3 kernels in 3 regions
  reads     x: f32[B, 16]
  gives     f32[B, 16]
  passes    lower 4 ops, canonicalize 3

region 0: 1 kernel over 16*B rows
  program   no layer (model.py:3)
            multiply -> f32[B, 16]
  work      16 FLOP per row
  traffic   128 bytes per row, and 4 bytes of weights

region 1: 1 kernel, run as a whole
  host      no layer (model.py:3)
            cummax -> f32[B, 16], computed by NumPy
  work      NumPy's, not counted
  traffic   128 bytes per row
  apart     from region 0, the maker of %0 (multiply): its rows are not where the rows of its
            operands are

region 2: 1 kernel over B rows
  gemm_f32  score (model.py:4)
            dense -> f32[B, 16]
  work      528 FLOP per row
  traffic   128 bytes per row, and 1,088 bytes of weights
  apart     from region 1, the maker of %1 (cummax): its rows are not where the rows of its operands
            are

in all, for B = 1,024
  work      557,056 FLOP
  traffic   394,308 bytes: 1.4 FLOP per byte
  weights   1,092 bytes as packed
  arena     known after a first call
  scratch   known after a first call
"""
    )


def test_costs_of_ragged_rows_depend_on_their_items() -> None:
    text = explained(
        """\
        import kgraph as kg
        ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
        items = kg.layers.Embedding(100, 16, name="words")(ids)
        y = kg.ops.sum(items, axis=1)
        model = kg.Model(ids, y, name="bag")
        """
    )
    assert (
        text
        == """\
bag: 1 kernel in 1 region
  reads                   ids.values: i32[T1_ids], ids.row_splits: i64[B + 1]
  gives                   f32[B, 16]
  passes                  lower 2 ops, canonicalize 1
  kinds                   1 dense, 2 ragged

region 0: 1 kernel over B rows
  gather_sum_f32_i32_i64  no layer (model.py:4)
                          gather_sum -> f32[B, 16]
  work                    16*T1_ids FLOP
  traffic                 72*B + 68*T1_ids + 8 bytes

in all, for B = 1,024, T1_ids = 16,384
  work                    262,144 FLOP
  traffic                 1,187,848 bytes: 0.2 FLOP per byte
  weights                 6,400 bytes as packed
  arena                   known after a first call
  scratch                 known after a first call
"""
    )


def test_a_sparse_row_costs_its_entries() -> None:
    text = explained(
        """\
        import kgraph as kg
        x = kg.Input((5000,), sparse=True, name="x")
        model = kg.Model(x, kg.layers.Dense(16, name="score")(x), name="linear")
        """
    )
    assert "  work                    16*B + 32*nnz_x FLOP\n" in text
    assert "  traffic                 68*B + 72*nnz_x + 4 bytes, and 64 bytes of weights\n" in text


@pytest.mark.parametrize("count", [1, 40])
def test_no_line_is_wider_than_100_columns(count: int) -> None:
    x = kg.Input((8,), name="a_rather_long_name_of_an_input_of_this_model")
    value = x
    for _ in range(count):
        value = kg.ops.tanh(value * 0.5 + 0.1)
    model = kg.Model(x, [value, kg.ops.sum(value, axis=1), kg.ops.cumsum(value, axis=0)])
    text = kg.compile(model).explain()
    assert max(map(len, text.splitlines())) <= 100
    assert len(re.findall(r"(?<!\()tanh", text)) == count  # "(tanh)" names a value, not a step
    assert text.isascii()


def test_the_text_is_the_same_each_time() -> None:
    assert explained(CHAIN) == explained(CHAIN)
    assert build(CHAIN).explain() == explained(CHAIN)


KINDS = """\
import kgraph as kg
import numpy as np
import scipy.sparse as sp
s = kg.Input((16,), sparse=True, name="s")
r = kg.Input((None,), ragged=True, name="r")
full = sp.csr_array(np.ones((16, 16), np.float32))
rows = kg.ops.sum(kg.ops.tanh(r), axis=1, keepdims=True)
wide = kg.ops.exp(kg.ops.to_dense(s))
model = kg.Model([s, r], [wide + rows, kg.ops.matmul(wide, full)], name="kinds")
"""


def test_kinds_are_counted_and_what_becomes_dense_is_told_with_its_bytes() -> None:
    text = explained(KINDS)
    assert re.search(r"  kinds +6 dense, 3 ragged, 3 sparse\n", text)
    assert re.search(
        r"  densified +constant of no layer \(model.py:9\), 256 of 256 entries: 1,024 bytes\n", text
    )
    assert re.search(r"csr_to_dense -> f32\[B, 16\]\n +densified: 64 bytes per row\n", text)


def test_a_graph_of_dense_values_has_no_line_of_kinds() -> None:
    assert "kinds " not in explained(CHAIN)


def test_the_dict_says_the_same_and_json_holds_it() -> None:
    told = build(CHAIN).explain("dict")
    assert json.loads(json.dumps(told)) == told
    kernels = told["phases"][0]["regions"][0]["kernels"]
    assert kernels[0] == {
        "kernel": "gemm_f32",
        "ops": ["dense", "relu"],
        "layers": ["hidden"],
        "lines": ["/home/user/model.py:3"],
        "result": "f32[B, 32]",
        "host": False,
        "work": {"B": 64 * 32 * 2 + 32 + 32},
        "far": {"B": 64 * 4},
        "near": {"B": 32 * 4},
        "weights": {"": (64 * 32 + 32) * 4},
        "parts": [],
        "densified": [],
        "origin": "hidden (model.py:3)",
    }
    assert told["phases"][0]["totals"] == {
        "sizes": {"B": 1024},
        "work": 5406720,
        "traffic": 338112,
        "weights": 10432,
        "arena": None,
        "scratch": None,
        "flop_per_byte": 5406720 / 338112,
    }


def keys(told: Any, path: str = "") -> set[str]:
    """The paths of all values in nested dicts and lists; sizes have names of the user's."""
    if isinstance(told, dict) and not path.endswith((".sizes", ".work", ".far", ".near")):
        inner = {key: f"{path}.{key}" if path else key for key in told}
        return {found for key, value in told.items() for found in keys(value, inner[key])}
    if isinstance(told, list):
        return {found for value in told for found in keys(value, f"{path}[]")} or {path}
    return {path}


def test_the_dict_has_these_keys() -> None:
    told = build(APART).explain("dict")
    kernel = "phases[].regions[].kernels[]"
    assert sorted(keys(told)) == sorted(
        [
            "name",
            "threads",
            "kinds.dense",
            "densified",
            "fast_math",
            "passes[].name",
            "passes[].ops",
            "phases[].name",
            "phases[].number",
            "phases[].reads[].name",
            "phases[].reads[].type",
            "phases[].gives[]",
            "phases[].makers",
            "phases[].regions[].items",
            "phases[].regions[].number",
            "phases[].regions[].rows",
            "phases[].regions[].work",
            "phases[].regions[].traffic.B",
            "phases[].regions[].weights.",
            "phases[].regions[].boundaries",
            "phases[].regions[].boundaries[].home",
            "phases[].regions[].boundaries[].origin",
            "phases[].regions[].boundaries[].reason",
            "phases[].regions[].boundaries[].value",
            f"{kernel}.kernel",
            f"{kernel}.ops[]",
            f"{kernel}.layers",
            f"{kernel}.layers[]",
            f"{kernel}.lines[]",
            f"{kernel}.result",
            f"{kernel}.host",
            f"{kernel}.origin",
            f"{kernel}.work",
            f"{kernel}.far",
            f"{kernel}.near",
            f"{kernel}.weights.",
            f"{kernel}.parts",
            f"{kernel}.densified",
            *(f"phases[].totals.{name}" for name in ("arena", "flop_per_byte", "scratch")),
            *(f"phases[].totals.{name}" for name in ("sizes", "traffic", "weights", "work")),
        ]
    )


@pytest.mark.parametrize("source", [CHAIN, APART])
def test_kernels_move_what_their_regions_move(source: str) -> None:
    for phase in build(source).explanation.phases:
        for region in phase.regions:
            for name, total in (("far", region.traffic), ("weights", region.weights)):
                moved = [getattr(kernel, name).at({"B": 7}) for kernel in region.kernels]
                assert sum(moved) == total.at({"B": 7})


def test_parts_of_a_kernel_find_in_the_tile_what_the_others_leave() -> None:
    _, score = build(CHAIN).explanation.phases[0].regions[0].kernels
    product, program = score.parts
    assert (product.kernel, program.kernel) == ("gemm_f32", "program")
    assert product.ops + program.ops == score.ops
    assert product.near.at({"B": 1}) == (32 + 16) * 4
    assert program.near.at({"B": 1}) == 16 * 4
    assert score.near.at({"B": 1}) == 32 * 4
    assert program.far == score.far
    assert product.weights == score.weights


def test_kinds_and_what_becomes_dense_are_data() -> None:
    told = build(KINDS).explain("dict")
    assert told["kinds"] == {"dense": 6, "ragged": 3, "sparse": 3}
    assert told["densified"] == [
        {"origin": "no layer (model.py:9)", "stored": 256, "entries": 256, "bytes": 1024}
    ]
    kernels = [one for region in told["phases"][0]["regions"] for one in region["kernels"]]
    assert [one["densified"] for one in kernels if one["densified"]] == [[{"B": 64}]]


def test_str_of_the_explanation_is_the_text() -> None:
    compiled = build(CHAIN)
    assert str(compiled.explanation) == compiled.explain() == compiled.explain("text")
