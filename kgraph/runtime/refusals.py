"""What a batch of the wrong sizes is told: the op, the sizes as they came, the user's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph._kernels.checks import first_bad_id
from kgraph.compiler.plan import Check, Constraint, Plan
from kgraph.types.dims import evaluate
from kgraph.types.errors import KGraphValueError, ShapeError, message

LARGER_TABLE = (
    "mend the ids, or give the layer that looks them up a larger table (`input_dim` of an "
    "Embedding)"
)


def wrong_sizes(plan: Plan, broken: Constraint, arrays: Sequence[Any]) -> ShapeError:
    """The error for sizes that had to agree, and do not."""
    env = _sizes(plan, arrays)
    says = broken.says.format(*(evaluate(size, env) for size in broken.about))
    operands = [
        f"x{number} = {type} of shape {tuple(evaluate(size, env) for size in type.dims)}"
        for number, type in enumerate(broken.operands, 1)
    ]
    return ShapeError(
        message(
            f"{broken.op or broken.label}: {says}",
            where=", ".join(filter(None, [broken.label, broken.line])),
            received="\n".join([*operands, shapes(plan, arrays)]),
            hint="feed batches whose sizes fit together, or write the sizes into the Inputs: then "
            "the graph is checked when it is drawn",
        )
    )


def no_broadcast(plan: Plan, arrays: Sequence[Any]) -> ShapeError:
    """The error for two sizes that are not equal, and neither is 1."""
    env = _sizes(plan, arrays)
    for pair in plan.broadcasts:
        try:
            a, b = (evaluate(size, env) for size in pair.about)
        except ShapeError:  # an earlier pair, which is further on in the list
            continue
        if a != b and 1 not in (a, b):
            return wrong_sizes(plan, pair, arrays)
    return ShapeError(
        message(
            f"{plan.name}: the sizes of this batch cannot be broadcast together",
            received=shapes(plan, arrays),
        )
    )


def bad_id(plan: Plan, check: Check, arrays: Sequence[Any], total: int) -> KGraphValueError:
    """The error for an input that holds a position outside the table that it is looked up in."""
    ids, lowest = arrays[check.input].reshape(-1), -total if check.wraps else 0
    place = first_bad_id(ids, lowest, total)
    assert place is not None
    value = ids[place].item()
    name = plan.input_names[check.input].removesuffix(".values" if check.splits else "")
    return KGraphValueError(
        message(
            f"{check.label}: {value} is outside {check.table}",
            where=", ".join(filter(None, [check.label, check.line])),
            received=f"input {name!r}{_row_of(check, arrays, place)}: {value}",
            expected=f"whole numbers from {lowest} to {total - 1}",
            hint=LARGER_TABLE if "/" in check.label else None,
        )
    )


def _row_of(check: Check, arrays: Sequence[Any], place: int) -> str:
    """The row of the batch in which the number at ``place`` of an input lies."""
    ids = arrays[check.input]
    if ids.ndim == 0:
        return ""
    place //= ids[:1].size
    for number in reversed(check.splits):
        place = int(np.searchsorted(arrays[number], place, "right")) - 1
    return f", row {place}"


def shapes(plan: Plan, arrays: Sequence[Any]) -> str:
    """The names and shapes of what the user fed."""
    named = zip(plan.input_names[: plan.given], arrays, strict=False)
    return ", ".join(f"input {name!r}: {array.shape}" for name, array in named)


def _sizes(plan: Plan, arrays: Sequence[Any]) -> Mapping[str, int]:
    """What this batch makes of the symbols."""
    env: dict[str, int] = {}
    for symbol in plan.symbols:
        array = arrays[symbol.input]
        if symbol.axis < 0:
            env[symbol.name] = int(np.diff(array).max(initial=0))
        else:
            env[symbol.name] = array.shape[symbol.axis] - symbol.offset
    return env
