"""What is left to check when a batch is bound: nothing that mathematics proves while drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph import ops
from kgraph.compiler import emit
from kgraph.compiler.constraints import broadcasts, constraints

PADDED = ((0, 0), (1, 1), (0, 0))


def sizes(x: Any) -> Any:
    """The sizes of a symbolic value, or of a batch."""
    return x.type.dims if hasattr(x, "type") else x.shape


PROVED: dict[str, Callable[[Any], Any]] = {
    "stride_of_stride": lambda x: x[:, ::2][:, ::2] + x[:, ::4],
    "parts_joined": lambda x: x + ops.concatenate([x[:, :3], x[:, 3:]], 1),
    "tail_of_tail": lambda x: x[:, 1:][:, 1:] + x[:, 2:],
    "reversed": lambda x: x[:, ::-1] + x,
    "rows_merged_and_parted": lambda x: ops.reshape(ops.reshape(x, (-1, 4)), (*sizes(x)[:2], 4)),
    "every_second_of_twice": lambda x: ops.concatenate([x, x], 1)[:, ::2] + x,
    "differences": lambda x: x[:, 1:] - x[:, :-1],
    "padded_and_cut": lambda x: ops.pad(x, PADDED)[:, 1:-1] + x,
    "greatest_of_padded": lambda x: ops.argmax(ops.pad(x, PADDED), axis=1),
    "first_of_padded": lambda x: ops.pad(x, PADDED)[:, 0],
}


@pytest.fixture
def left(monkeypatch):
    """What the graphs compiled since leave to check."""
    found: list[Any] = []

    def noted(find):
        def note(*graphs):
            found.extend(find(*graphs))
            return find(*graphs)

        return note

    monkeypatch.setattr(emit, "constraints", noted(constraints))
    monkeypatch.setattr(emit, "broadcasts", noted(broadcasts))
    return found


@pytest.mark.parametrize("name", PROVED)
@pytest.mark.parametrize("length", [0, 1, 2, 3, 8])
def test_what_is_proved_is_not_checked_and_holds(left, name, length):
    x = kg.Input((None, 4))
    compiled = kg.compile(kg.Model(x, PROVED[name](x)))
    assert left == []
    batch = np.random.default_rng(length).normal(size=(3, length, 4)).astype(np.float32)
    np.testing.assert_array_equal(compiled(batch), PROVED[name](batch))


def test_an_axis_that_may_be_empty_is_checked(left):
    x = kg.Input((None, 4))
    compiled = kg.compile(kg.Model(x, ops.argmax(x, axis=1)))
    assert len(left) == 1
    with pytest.raises(ValueError, match="entries"):
        compiled(np.zeros((2, 0, 4), np.float32))


def test_sizes_of_two_inputs_that_meet_twice_are_checked_once(left):
    x, y = kg.Input((None, 4)), kg.Input((None, 4))
    compiled = kg.compile(kg.Model([x, y], (x + y) * y + x))
    assert len(left) == 1
    with pytest.raises(ValueError, match=r"test_constraints\.py"):
        compiled(np.zeros((2, 2, 4), np.float32), np.zeros((2, 3, 4), np.float32))


A, C = (kg.Input((None, 3), name=name) for name in "ac")
LEFT_OUT = {
    "slice of a join": kg.Function([A, C], ops.concatenate([A, C], axis=2)[:, :, :3]),
    "maximum of a join": kg.Function([A, C], ops.max(ops.concatenate([A, C], axis=2), axis=2)),
    "slice of a sum": kg.Function([A, C], (A + C)[:, :, :2]),
}


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.parametrize("passes", ["default", "none"])
def test_what_a_rule_leaves_out_is_checked_as_it_was_drawn(name, passes):
    compiled = kg.compile(LEFT_OUT[name], passes=passes)
    four, five = np.ones((2, 4, 3), np.float32), np.ones((2, 5, 3), np.float32)
    compiled(four, four)
    with pytest.raises(kg.KGraphError):
        compiled(four, five)


def test_what_no_output_needs_is_not_checked():
    joined = ops.concatenate([A, C], axis=2)
    compiled = kg.compile(kg.Function([A, C], [A * 2.0, C * 2.0]))
    assert joined.shape == (None, None, 6)
    compiled(np.ones((2, 4, 3), np.float32), np.ones((2, 5, 3), np.float32))
