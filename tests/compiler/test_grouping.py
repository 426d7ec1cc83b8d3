"""Groups grown and merged at random: who waits for whom, and what may become one."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kgraph.compiler.grouping import Grouping

Needs = dict[int, set[int]]  # which members each needs
SEEDS = st.integers(0, 2**32 - 1)


def grown(seed: int) -> Iterator[tuple[Grouping[int, str], Needs, Random]]:
    """A grouping after each newcomer, which stands alone or joins, and some merges."""
    random, grouping = Random(seed), Grouping[int, str]()
    needs: Needs = {}
    for member in range(12):
        needs[member] = set(random.sample(range(member), min(member, random.randrange(4))))
        homes = {grouping.of[needed] for needed in needs[member]}
        home = random.choice(sorted(grouping.groups)) if member else 0
        if random.random() < 0.4 and grouping.groups and grouping.can_join(home, homes):
            grouping.join(member, home, homes)
        else:
            assert grouping.groups[grouping.add(member, f"with {member}", homes)]
        if random.random() < 0.3 and len(grouping.groups) > 1:
            a, b = random.sample(sorted(grouping.groups), 2)
            if grouping.can_merge(a, b):
                grouping.merge(a, b)
        yield grouping, needs, random


def reached(grouping: Grouping[int, str], needs: Needs, number: int) -> set[int]:
    """The groups that members of a group need, directly or not."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        group = waiting.pop()
        members = [member for member, home in grouping.of.items() if home == group]
        for other in {grouping.of[needed] for member in members for needed in needs[member]}:
            if other != group and other not in found:
                found.add(other)
                waiting.append(other)
    return found


@given(SEEDS)
def test_groups_know_all_that_is_behind_them(seed: int) -> None:
    for grouping, needs, _ in grown(seed):
        assert set(grouping.groups) == set(grouping.of.values())
        for number in grouping.groups:
            bits = sum(1 << other for other in reached(grouping, needs, number))
            assert grouping.behind[number] == bits
            assert not bits >> number & 1  # no group waits for itself


@given(SEEDS)
def test_two_groups_can_merge_unless_a_third_lies_between(seed: int) -> None:
    for grouping, needs, _ in grown(seed):
        behind = {number: reached(grouping, needs, number) for number in grouping.groups}
        for a in behind:
            for b in behind.keys() - {a}:
                between = {c for c in behind[a] | behind[b] if behind[c] & {a, b}}
                assert grouping.can_merge(a, b) == (not between)


@given(SEEDS)
def test_a_newcomer_can_join_unless_its_needs_wait_for_the_group(seed: int) -> None:
    for grouping, needs, random in grown(seed):
        homes = set(random.sample(sorted(grouping.groups), min(2, len(grouping.groups))))
        for number in grouping.groups:
            waits = any(number in reached(grouping, needs, home) for home in homes)
            assert grouping.can_join(number, homes) == (not waits)


@given(SEEDS)
def test_groups_are_ordered_after_those_they_wait_for(seed: int) -> None:
    for grouping, needs, _ in grown(seed):
        place = {group: at for at, group in enumerate(grouping.ordered())}
        for number, group in grouping.groups.items():
            others = reached(grouping, needs, number)
            assert all(place[grouping.groups[other]] < place[group] for other in others)


def test_groups_that_do_not_wait_for_each_other_keep_their_order() -> None:
    grouping = Grouping[str, str]()
    for member in "abc":
        grouping.add(member, member, set())
    grouping.add("d", "d", {0})
    grouping.merge(2, 1)
    assert grouping.ordered() == ["a", "c", "d"]
