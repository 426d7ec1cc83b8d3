"""Programs of the block VM: nodes become instructions over registers.

Each value that no one outside needs is a temporary; ``temporaries.py`` chooses the order of the
instructions, and shares out the blocks of scratch in which temporaries lie.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Step
from kgraph.compiler.layout import Layout
from kgraph.compiler.loop_names import loop_name, reduction_name, rowwise_name
from kgraph.compiler.loop_pairs import with_pairs
from kgraph.compiler.place import Placement
from kgraph.compiler.plan import Instruction, ProgramText
from kgraph.compiler.temporaries import Access, best_order, blocks
from kgraph.types.dims import Size

_NAMES = {
    "loop": loop_name,
    **dict.fromkeys(("reduce", "reduce_rows"), reduction_name),
    **dict.fromkeys(("rowwise", "rowwise_rows", "weigh_rows", "top", "order"), rowwise_name),
}
_EXPANDED = {("row", "full"), ("row", "narrow"), ("segment_row", "segment_full")}
# What may write its result over an operand of the same item size: each element, or each row, is
# read before it is written.  Expansions and repetitions write more than they have read; so do those
# that make one row of each segment, where segments are empty.
_IN_PLACE = frozenset({"loop", "reduce", "rowwise", "rowwise_rows"})


class _Register(NamedTuple):
    kind: str
    itemsize: int
    place: int = -1
    is_float: int = 0
    memory: Hashable = None  # what is overwritten by whoever writes there


@dataclass
class _Writer:
    """A program while it is being written: every temporary has a register of its own."""

    layout: Layout
    placement: Placement
    registers: list[_Register] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    buffers: list[Node] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    of: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def register(self, key: tuple[Any, ...], made: _Register) -> int:
        if key not in self.of:
            self.of[key] = len(self.registers)
            self.registers.append(made)
        return self.of[key]

    def buffer(self, key: tuple[Any, ...], node: Node, lie: str) -> int:
        """The register of a value in memory."""
        if node not in self.buffers:
            self.buffers.append(node)
        place, memory = self.buffers.index(node), self.placement.memory(node)
        return self.register(key, _Register(lie, node.type.dtype.itemsize, place, memory=memory))

    def temporary(self, key: tuple[Any, ...], itemsize: int) -> int:
        return self.register(key, _Register("temporary", itemsize))


def emit_program(
    step: Step, layout: Layout, placement: Placement
) -> tuple[ProgramText, list[Node], list[Size]]:
    """The program of a step, the nodes whose buffers it uses, and the sizes it reads as numbers."""
    writer = _Writer(layout, placement)
    if layout.bounds is not None:
        writer.sizes.append(step.longest)
        writer.buffer((layout.bounds,), layout.bounds, "bounds")
    elif layout.narrow is not None:
        writer.sizes.append(layout.narrow)
    for node in step.nodes:
        _write(writer, node)
    memory = [made.memory for made in writer.registers]
    writer.instructions = with_pairs(writer.instructions, memory)
    return _ordered(writer), writer.buffers, writer.sizes


def _write(writer: _Writer, node: Node) -> None:
    how = writer.layout.fit(node)
    operands = [
        _operand(writer, operand, lie, how.result if how.instruction == "loop" else lie)
        for operand, lie in zip(node.inputs, how.operands, strict=True)
        if lie != "bounds"
    ]
    if how.instruction == "order":
        operands.append(writer.temporary(("room", node), 8))
    a, b, c = operands + [-1] * (3 - len(operands))
    target = _target(writer, node, how.result)
    name = _NAMES[how.instruction](node) or "" if how.instruction in _NAMES else ""
    itemsize = 0 if name else node.type.dtype.itemsize
    writer.instructions.append((how.instruction, how.shape, name, itemsize, target, a, b, c))


def _target(writer: _Writer, node: Node, lie: str) -> int:
    if writer.placement.is_in_memory(node):
        return writer.buffer((node,), node, lie)
    return writer.temporary((node,), node.type.dtype.itemsize)


def _operand(writer: _Writer, node: Node, lie: str, wanted: str) -> int:
    """The register of an operand, which lies as ``lie`` and is to be read as ``wanted``."""
    register = _register(writer, root(node), node, lie)
    if (lie, wanted) not in _EXPANDED:
        return register
    key = ("expanded", register, wanted)
    if key not in writer.of:
        itemsize = node.type.dtype.itemsize
        target = writer.temporary(key, itemsize)
        writer.instructions.append(("expand", wanted, "", itemsize, target, register, -1, -1))
    return writer.of[key]


def _register(writer: _Writer, base: Node, node: Node, lie: str) -> int:
    if (base,) in writer.of:  # made in this program, or a size
        return writer.of[base,]
    if base.op == "size_like":
        writer.sizes.append(base.attrs["size"])
        dtype = node.type.dtype
        made = _Register("size", dtype.itemsize, len(writer.sizes), int(dtype.kind == "f"))
        return writer.register((base,), made)
    return writer.buffer((base, lie), base, lie)


# -- the order, and the blocks of temporaries ----------------------------------------------------


def _ordered(writer: _Writer) -> ProgramText:
    """The program with a register for each block of temporaries, behind those in memory."""
    accesses = _accesses(writer)
    order = best_order(accesses)
    block_of = blocks(accesses, order)
    kept = [at for at, made in enumerate(writer.registers) if made.kind != "temporary"]
    numbers = {-1: -1, **{at: number for number, at in enumerate(kept)}}
    numbers |= {at: len(kept) + block for at, block in block_of.items()}
    registers = [writer.registers[at][:4] for at in kept]
    registers += [("temporary", 0, block, 0) for block in sorted(set(block_of.values()))]
    return ProgramText(
        tuple(registers),
        tuple(_renumbered(writer.instructions[at], numbers) for at in order),
    )


def _accesses(writer: _Writer) -> list[Access]:
    found: list[Access] = []
    maker: dict[int, int] = {}  # of registers
    readers: dict[Hashable, list[int]] = {}  # of memory
    for number, (kind, _, _, _, target, *operands) in enumerate(writer.instructions):
        made = writer.registers[target]
        is_temporary = made.kind == "temporary"
        read = {at: writer.registers[at] for at in operands if at >= 0}
        temporary = [at for at, register in read.items() if register.kind == "temporary"]
        own = tuple(at for at in temporary if at in maker)
        rooms = tuple(at for at in temporary if at not in maker)
        fits = is_temporary and kind in _IN_PLACE
        over = tuple(at for at in own if fits and read[at].itemsize == made.itemsize)
        after = {maker[at] for at in read if at in maker}
        if not is_temporary:
            after.update(readers.get(made.memory, ()))
        makes = target if is_temporary else None
        found.append(Access(makes, own, over, tuple(sorted(after)), rooms))
        maker[target] = number
        for register in read.values():
            readers.setdefault(register.memory, []).append(number)
    return found


def _renumbered(found: Instruction, numbers: dict[int, int]) -> Instruction:
    kind, shape, name, itemsize, target, a, b, c = found
    return kind, shape, name, itemsize, numbers[target], numbers[a], numbers[b], numbers[c]
