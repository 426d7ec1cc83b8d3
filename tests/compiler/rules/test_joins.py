from __future__ import annotations

import pytest

from kgraph.compiler.rules import joins as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

JOINED = """
    %x: f32[B, 20]
    %y: f32[B, 12]
    %0 = join(%x, %y, axis=1) : f32[B, 32]
    """

FIRES = [
    Fires(
        rules.extreme_of_joined,
        JOINED + "%1 = reduce_max(%0, axes=(1,)) : f32[B, 1]\n    return %1",
        """
        %x: f32[B, 20]
        %y: f32[B, 12]
        %0 = reduce_max(%x, axes=(1,)) : f32[B, 1]
        %1 = reduce_max(%y, axes=(1,)) : f32[B, 1]
        %2 = maximum(%0, %1) : f32[B, 1]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.extreme_of_joined,
        """
        %x: b1[B, 2, 3]
        %y: b1[B, N, 3]
        %0 = join(%x, %y, %x, axis=1) : b1[B, N + 4, 3]
        %1 = reduce_any(%0, axes=(0, 1)) : b1[1, 1, 3]
        return %1""",
        """
        %x: b1[B, 2, 3]
        %y: b1[B, N, 3]
        %0 = reduce_any(%x, axes=(0, 1)) : b1[1, 1, 3]
        %1 = reduce_any(%y, axes=(0, 1)) : b1[1, 1, 3]
        %2 = logical_or(%0, %1) : b1[1, 1, 3]
        %3 = reduce_any(%x, axes=(0, 1)) : b1[1, 1, 3]
        %4 = logical_or(%2, %3) : b1[1, 1, 3]
        return %4""",
        exact=True,
    ),
]

STAYS = [
    Stays(
        rules.extreme_of_joined,  # short parts are copied faster than each is reduced
        """
        %x: f32[B, 4]
        %y: f32[B, 12]
        %0 = join(%x, %y, axis=1) : f32[B, 16]
        %1 = reduce_max(%0, axes=(1,)) : f32[B, 1]
        return %1""",
    ),
    Stays(
        rules.extreme_of_joined,  # which of the two copies is the smaller, nobody knows
        JOINED + "%1 = reduce_max(%0, axes=(0,)) : f32[1, 32]\n    return %1",
    ),
    Stays(
        rules.extreme_of_joined,
        JOINED + "%1 = reduce_min(%0, axes=(1,)) : f32[B, 1]\n    return %0, %1",
    ),
    Stays(
        rules.extreme_of_joined,  # that they fit, only a batch tells, which the join must ask
        """
        %x: f32[B, 20]
        %y: f32[T, 12]
        %0 = join(%x, %y, axis=1) : f32[B, 32]
        %1 = reduce_max(%0, axes=(0, 1)) : f32[1, 1]
        return %1""",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
