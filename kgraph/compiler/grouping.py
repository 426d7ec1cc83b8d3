"""Groups of steps or nodes that never come to wait for each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Member = TypeVar("Member")
Group = TypeVar("Group")


class Grouping(Generic[Member, Group]):
    """Groups of a directed acyclic graph that stay acyclic among themselves."""

    def __init__(self) -> None:
        self.groups: list[Group | None] = []
        self.of: dict[Member, int] = {}
        self.behind: list[int] = []  # bit j of behind[i]: group i depends on group j

    def add(self, member: Member, group: Group, needs: set[int]) -> int:
        number = len(self.groups)
        self.groups.append(group)
        self.behind.append(0)
        self.of[member] = number
        self._depend(number, needs)
        return number

    def can_join(self, number: int, needs: set[int]) -> bool:
        """Whether a newcomer with these needs may join: nothing it needs depends on the group."""
        return not any(self.behind[other] >> number & 1 for other in needs if other != number)

    def can_merge(self, a: int, b: int) -> bool:
        """Whether no third group lies on a way between the two."""
        between = (self.behind[a] | self.behind[b]) & ~(1 << a | 1 << b)
        return not any(
            between >> other & 1 and (bits >> a & 1 or bits >> b & 1)
            for other, bits in enumerate(self.behind)
        )

    def join(self, member: Member, number: int, needs: set[int]) -> None:
        self.of[member] = number
        self._depend(number, needs - {number})

    def merge(self, keep: int, gone: int) -> None:
        """Group ``gone`` becomes part of ``keep``."""
        for member, number in self.of.items():
            if number == gone:
                self.of[member] = keep
        self.groups[gone] = None
        for number, bits in enumerate(self.behind):
            if bits >> gone & 1:
                self.behind[number] = bits & ~(1 << gone) | 1 << keep
        # whoever depended on one of the two now depends on all that is behind either
        gained = (self.behind[gone] | self.behind[keep]) & ~(1 << keep)
        self.behind[gone] = 0
        self.behind[keep] &= ~(1 << keep)
        self._spread(keep, gained)

    def ordered(self, numbers: Sequence[int]) -> list[int]:
        """Group numbers, each after those it depends on, else in their own order."""
        # A group depends, directly or not, on strictly more groups than any it depends on.
        return sorted(numbers, key=lambda number: (self.behind[number].bit_count(), number))

    def _depend(self, number: int, needs: set[int]) -> None:
        gained = 0
        for other in needs:
            gained |= 1 << other | self.behind[other]
        self._spread(number, gained)

    def _spread(self, number: int, gained: int) -> None:
        self.behind[number] |= gained
        for other, bits in enumerate(self.behind):
            if bits >> number & 1:
                self.behind[other] = bits | gained
