"""Groups of steps or nodes that never come to wait for each other."""

from __future__ import annotations

from typing import Generic, TypeVar

Member = TypeVar("Member")
Group = TypeVar("Group")


class Grouping(Generic[Member, Group]):
    """Groups of a directed acyclic graph that stay acyclic among themselves."""

    def __init__(self) -> None:
        self.groups: dict[int, Group] = {}
        self.of: dict[Member, int] = {}
        self.behind: list[int] = []  # bit j of behind[i]: group i depends on group j

    def add(self, member: Member, group: Group, needs: set[int]) -> int:
        number = len(self.behind)
        self.groups[number] = group
        self.behind.append(0)
        self.of[member] = number
        self._depend(number, needs)
        return number

    def can_join(self, number: int, needs: set[int]) -> bool:
        """Whether a newcomer with these needs may join: nothing it needs depends on the group."""
        return not any(self.behind[other] >> number & 1 for other in needs)

    def can_merge(self, a: int, b: int) -> bool:
        """Whether no third group lies on a way between the two."""
        both, behind = 1 << a | 1 << b, self.behind[a] | self.behind[b]
        return not any(
            behind >> other & 1 and bits & both for other, bits in enumerate(self.behind)
        )

    def join(self, member: Member, number: int, needs: set[int]) -> None:
        self.of[member] = number
        self._depend(number, needs - {number})

    def merge(self, keep: int, gone: int) -> None:
        """Group ``gone`` becomes part of ``keep``."""
        for member, number in self.of.items():
            if number == gone:
                self.of[member] = keep
        del self.groups[gone]
        both = 1 << keep | 1 << gone
        behind = (self.behind[keep] | self.behind[gone]) & ~both
        for number, bits in enumerate(self.behind):
            if bits & both:  # who depended on one of the two depends on all that is behind either
                self.behind[number] = bits & ~(1 << gone) | 1 << keep | behind
        self.behind[keep] = behind

    def ordered(self) -> list[Group]:
        """The groups, each after those it depends on, else in the order of their numbers."""
        # A group depends, directly or not, on strictly more groups than any it depends on.
        numbers = sorted(self.groups, key=lambda number: self.behind[number].bit_count())
        return [self.groups[number] for number in numbers]

    def _depend(self, number: int, needs: set[int]) -> None:
        gained = 0
        for other in needs:
            gained |= 1 << other | self.behind[other]
        self.behind[number] |= gained
        for other, bits in enumerate(self.behind):
            if bits >> number & 1:
                self.behind[other] = bits | gained
