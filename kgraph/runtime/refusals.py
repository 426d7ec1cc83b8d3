"""What a batch of the wrong sizes is told: the op, the sizes as they came, the user's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.compiler.plan import Constraint, Plan
from kgraph.types.dims import evaluate
from kgraph.types.errors import ShapeError, message


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


def shapes(plan: Plan, arrays: Sequence[Any]) -> str:
    """The names and shapes of what came in."""
    named = zip(plan.input_names, arrays, strict=True)
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
