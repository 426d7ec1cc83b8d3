"""Slots that live at once never overlap, in an arena that is hardly larger than it must be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgraph._kernels.packing import pack
from tests.compiler.arena import check_packing, most_live

LINE = 64


@st.composite
def slots(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int]]:
    lives = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), max_size=20))
    lifetimes = sorted((first, first + length) for first, length in lives)
    sizes = [LINE * draw(st.integers(0, 9)) for _ in lifetimes]
    return lifetimes, sizes


@given(slots())
def test_slots_that_live_at_once_lie_apart(drawn: tuple[list[tuple[int, int]], list[int]]) -> None:
    lifetimes, sizes = drawn
    starts, total = pack(lifetimes, sizes)
    check_packing(lifetimes, sizes, starts, total)
    assert all(start % LINE == 0 for start in starts)
    assert most_live(lifetimes, sizes) <= total <= sum(sizes)


@given(slots(), st.data())
def test_a_layout_that_is_taken_again_is_sound_and_no_worse(
    drawn: tuple[list[tuple[int, int]], list[int]], data: st.DataObject
) -> None:
    lifetimes, sizes = drawn
    before = [LINE * data.draw(st.integers(0, 9)) for _ in sizes]
    starts, total = pack(lifetimes, sizes, before)
    check_packing(lifetimes, sizes, starts, total)
    assert all(start % LINE == 0 for start in starts)
    least, least_before = most_live(lifetimes, sizes), most_live(lifetimes, before)
    anew, total_before = pack(lifetimes, sizes)[1], pack(lifetimes, before)[1]
    assert total <= anew or total * least_before <= total_before * least


@given(slots(), st.integers(1, 50))
def test_a_larger_batch_takes_its_share(
    drawn: tuple[list[tuple[int, int]], list[int]], factor: int
) -> None:
    lifetimes, sizes = drawn
    larger = [size * factor for size in sizes]
    assert pack(lifetimes, larger, sizes)[1] == factor * pack(lifetimes, sizes)[1]


def test_a_batch_of_other_proportions_is_packed_anew() -> None:
    lifetimes = [(0, 2), (1, 2), (2, 4), (3, 3)]
    before, sizes = [256, 192, 256, 192], [192, 448, 320, 512]
    # with the first still at the bottom, the second and then the third on it, it would be 1280
    assert pack(lifetimes, sizes, before) == pack(lifetimes, sizes)
    assert pack(lifetimes, sizes)[1] == 960


def test_a_chain_takes_its_two_largest_neighbours() -> None:
    sizes = [640, 64, 640, 128, 1280, 64]
    lifetimes = [(at, at + 1) for at in range(len(sizes))]
    _, total = pack(lifetimes, sizes)
    assert total == most_live(lifetimes, sizes) == 1280 + 128


def test_a_small_slot_fills_the_gap_that_fits_it_best() -> None:
    starts, total = pack([(0, 0), (0, 1), (0, 0), (0, 1), (1, 1)], [128, 64, 64, 64, 64])
    assert (starts[4], total) == (192, 320)


def test_no_slots_need_no_arena() -> None:
    assert pack([], []) == ([], 0)
