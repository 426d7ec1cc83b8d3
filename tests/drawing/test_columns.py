"""Places in a row: as near to the wanted ones as the widths allow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgraph.drawing.columns import nearest_apart

NUMBERS = st.floats(-100, 100)


@given(st.data(), st.integers(1, 6))
def test_no_other_places_that_far_apart_are_nearer(data: st.DataObject, count: int) -> None:
    def row(numbers: st.SearchStrategy[float], length: int) -> list[float]:
        return data.draw(st.lists(numbers, min_size=length, max_size=length))

    wanted = row(NUMBERS, count)
    weights = row(st.floats(0.1, 8), count)
    steps = row(st.floats(0, 50), count - 1)
    places = nearest_apart(wanted, weights, steps)
    for number, step in enumerate(steps):
        assert places[number + 1] - places[number] >= step - 1e-9

    def cost(at: list[float]) -> float:
        return sum(w * (a - b) ** 2 for w, a, b in zip(weights, at, wanted, strict=True))

    other = [data.draw(NUMBERS)]
    for step in steps:
        other.append(other[-1] + step + data.draw(st.floats(0, 50)))
    for part in (0.001, 0.1, 1.0):  # a convex problem: nearby and far
        mixed = [a + part * (b - a) for a, b in zip(places, other, strict=True)]
        assert cost(places) <= cost(mixed) + 1e-6


def test_places_that_are_free_are_taken() -> None:
    assert nearest_apart([0.0, 100.0], [1.0, 1.0], [10.0]) == [0.0, 100.0]
