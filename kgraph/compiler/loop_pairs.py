"""Two instructions of a program that one loop does together.

    r4 = mul(r0, r1)    r5 = add(r4, r2)
    →
    r5 = multiply_add(r0, r1, r2)

The value between is neither written nor read again: that is a pass over a block less.  Such a loop
rounds as the two do one after the other, so no bit of a result changes.  Three operands may have to
be alive at a time where two were, and take a block more: the pass less is worth more than that, as
long as the blocks fit the first-level cache, and they do in all but the largest programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from kgraph.compiler.loop_names import has_loop
from kgraph.compiler.plan import Instruction

# The loop of what only the second reads, the second, and the loop for both.  Operands of the first
# come first.  Cycles of the one loop to those of the two, on blocks of 1024 float32 (AVX-512):
_PAIRS = {
    ("mul", "add"): "multiply_add",  # 0.62
    ("add", "relu"): "add_relu",  # 0.43
    ("sub", "exp"): "sub_exp",  # 0.91
}


def with_pairs(
    instructions: Sequence[Instruction], memory: Sequence[Hashable]
) -> list[Instruction]:
    """The program with one instruction for each such pair.

    ``memory`` tells of each register what is overwritten by whoever writes there; None for those
    that lie in no memory: temporaries.
    """
    readers = Counter(at for *_, a, b, c in instructions for at in (a, b, c))
    made: dict[int, int] = {}
    found: list[Instruction | None] = []
    for second in instructions:
        for register in second[5:]:
            place = made.get(register, -1)
            first = found[place] if place >= 0 else None
            if first is None or readers[register] > 1 or memory[register] is not None:
                continue
            pair = _pair(first, second, register)
            if pair is not None and not _overwrites(found[place:], first, memory):
                found[place], second = None, pair
                break
        made[second[4]] = len(found)
        found.append(second)
    return [instruction for instruction in found if instruction is not None]


def _pair(first: Instruction, second: Instruction, between: int) -> Instruction | None:
    """Both as one instruction; None if no loop does them."""
    *_, name, _, _, a, b, c = first
    kind, shape, other, itemsize, target, *operands = second
    op, _, dtype = name.rpartition("_")
    loop = _PAIRS.get((op, other.rpartition("_")[0]))
    if loop is None or not has_loop(f"{loop}_{dtype}"):
        return None
    rest = [at for at in (a, b, c, *operands) if at not in (-1, between)]
    a, b, c = rest + [-1] * (3 - len(rest))
    return kind, shape, f"{loop}_{dtype}", itemsize, target, a, b, c


def _overwrites(
    later: Sequence[Instruction | None], first: Instruction, memory: Sequence[Hashable]
) -> bool:
    """Whether an operand of ``first`` is gone when the instructions behind it have run."""
    needed = {memory[at] for at in first[5:] if at >= 0} - {None}
    return any(memory[one[4]] in needed for one in later if one is not None)
