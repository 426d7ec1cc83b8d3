"""Operations and bytes of kernels, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kgraph.compiler.cost import Moved, moved, operations, picoseconds, traffic, weights_read
from kgraph.compiler.costs import CostTable
from kgraph.compiler.fuse import fuse
from kgraph.compiler.kernels import Region
from kgraph.compiler.text import parse
from kgraph.types.dims import Dim

B, T, NNZ = Dim.symbol("B"), Dim.symbol("T"), Dim.symbol("NNZ")
WEIGHT = {"0": np.ones((8, 4), np.float32)}


def region_of(text: str) -> Region:
    """The only region of a graph, all of whose results are outputs."""
    (region,) = fuse(parse(text, WEIGHT)).regions
    return region


DENSE = """\
%x: f32[B, 8]
%0 = constant() : f32[8, 4]
%1 = dense(%x, %0, [0.0, 0.0, 0.0, 0.0]:f32[4]) : f32[B, 4]
return %1
"""
CHAIN = """\
%x: f32[B, 8]
%0 = exp(%x) : f32[B, 8]
%1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]
%2 = divide(%0, %1) : f32[B, 8]
return %2
"""
GATHER = """\
%ids: i32[T]
%splits: i64[B + 1]
%0 = constant() : f32[8, 4]
%1 = gather_sum(%0, %ids, %splits) : f32[B, 4]
return %1
"""
SPARSE = """\
%data: f32[NNZ]
%indices: i32[NNZ]
%indptr: i32[B + 1]
%0 = constant() : f32[8, 4]
%1 = csr_dense(%data, %indices, %indptr, %0, [0.0, 0.0, 0.0, 0.0]:f32[4]) : f32[B, 4]
return %1
"""
HOST = """\
%x: f32[B, 8]
%0 = cummax(%x, axis=1) : f32[B, 8]
return %0
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DENSE, B * (4 * 8 * 2 + 4)),
        (CHAIN, B * 8 * 3),
        (GATHER, T * 4),
        (SPARSE, NNZ * 4 * 2 + B * 4),
    ],
)
def test_operations(text: str, expected: Dim) -> None:
    (step,) = region_of(text).steps
    assert operations(step) == expected
    assert picoseconds([step], CostTable()) != 0


@pytest.mark.parametrize(
    ("text", "values", "weights"),
    [
        (DENSE, B * (8 + 4) * 4, (8 * 4 + 4) * 4),
        (CHAIN, B * (8 + 8) * 4, 0),  # what only the program itself needs is never moved
        (GATHER, T * 4 + (B + 1) * 8 + T * 4 * 4 + B * 4 * 4, 0),  # rows of the table, not all
        (SPARSE, NNZ * (4 + 4) + (B + 1) * 4 + NNZ * 4 * 4 + B * 4 * 4, 4 * 4),
    ],
)
def test_traffic(text: str, values: Dim, weights: int) -> None:
    region = region_of(text)
    assert traffic(region, set(region.steps[-1].nodes[-1:])) == values
    assert weights_read(region) == weights


def test_a_host_step_counts_no_operations() -> None:
    (step,) = region_of(HOST).steps
    assert step.kind == "host"
    assert operations(step) == 0


def test_a_sort_compares_each_element_once_for_each_doubling() -> None:
    (step,) = region_of(HOST.replace("cummax", "sort")).steps
    assert operations(step) == B * 8 * 3


MLP = """\
%x: f32[B, 8]
%0 = constant() : f32[8, 4]
%1 = dense(%x, %0) : f32[B, 4]
%2 = constant() : f32[4, 2]
%3 = dense(%1, %2) : f32[B, 2]
return %3
"""


def test_what_stays_in_the_panel_is_near_and_what_comes_and_goes_is_far() -> None:
    region = region_of(MLP)
    first, second = moved(region, {region.steps[-1].nodes[-1]})
    assert first == Moved(far=B * 8 * 4, near=B * 4 * 4, weights=8 * 4 * 4)
    assert second == Moved(far=B * 2 * 4, near=B * 4 * 4, weights=4 * 2 * 4)


TWICE = """\
%x: f32[B, 8]
%0 = constant() : f32[8, 4]
%1 = dense(%x, %0) : f32[B, 4]
%2 = dense(%x, %0) : f32[B, 4]
%3 = join(%1, %2, axis=1) : f32[B, 8]
return %3
"""


def test_what_is_read_twice_is_far_once() -> None:
    region = region_of(TWICE)
    first, second, joined = moved(region, {region.steps[-1].nodes[-1]})
    assert first == Moved(far=B * 8 * 4, near=B * 4 * 4, weights=8 * 4 * 4)
    assert second == Moved(far=0, near=B * (4 + 8) * 4 + 8 * 4 * 4, weights=0)
    assert joined == Moved(far=B * 8 * 4, near=B * 2 * 4 * 4, weights=0)


def test_what_stays_in_a_tile_is_not_moved() -> None:
    region = region_of(TWICE.replace("join(%1, %2, axis=1) : f32[B, 8]", "add(%1, %2) : f32[B, 4]"))
    (tiles,) = moved(region, {region.steps[-1].nodes[-1]})
    assert region.steps[0].kind == "tiles"
    assert tiles == Moved(far=B * (8 + 4) * 4, near=0, weights=8 * 4 * 4)
