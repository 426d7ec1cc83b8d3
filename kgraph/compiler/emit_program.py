"""Programs of the block VM: nodes become instructions over registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Step
from kgraph.compiler.layout import Layout
from kgraph.compiler.loop_names import loop_name, reduction_name, rowwise_name
from kgraph.compiler.plan import Instruction, ProgramText
from kgraph.types.dims import Size

_NAMES = {
    "loop": loop_name,
    **dict.fromkeys(("reduce", "reduce_rows"), reduction_name),
    **dict.fromkeys(("rowwise", "rowwise_rows", "weigh_rows", "top", "order"), rowwise_name),
}
_EXPANDED = {("row", "full"), ("row", "narrow"), ("segment_row", "segment_full")}


@dataclass
class _Register:
    kind: str
    itemsize: int
    place: int
    is_float: int = 0


@dataclass
class _Writer:
    """A program while it is being written; temporaries get their numbers at the end."""

    layout: Layout
    places: Mapping[Node, tuple[str, int]]
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

    def place(self, node: Node) -> int:
        """The position of a buffer among those of the step."""
        if node not in self.buffers:
            self.buffers.append(node)
        return self.buffers.index(node)


def emit_program(
    step: Step, layout: Layout, places: Mapping[Node, tuple[str, int]]
) -> tuple[ProgramText, list[Node], list[Size]]:
    """The program of a step, the nodes whose buffers it uses, and the sizes it reads as numbers."""
    writer = _Writer(layout, places)
    if layout.bounds is not None:
        writer.sizes.append(step.longest)
        writer.register((layout.bounds,), _Register("bounds", 8, writer.place(layout.bounds)))
    elif layout.narrow is not None:
        writer.sizes.append(layout.narrow)
    for node in step.nodes:
        _write(writer, node)
    _number_temporaries(writer)
    registers = tuple((r.kind, r.itemsize, r.place, r.is_float) for r in writer.registers)
    return ProgramText(registers, tuple(writer.instructions)), writer.buffers, writer.sizes


def _write(writer: _Writer, node: Node) -> None:
    how = writer.layout.fit(node)
    operands = [
        _operand(writer, operand, lie, how.result if how.instruction == "loop" else lie)
        for operand, lie in zip(node.inputs, how.operands, strict=True)
        if lie != "bounds"
    ]
    if how.instruction == "order":
        operands.append(writer.register(("room", node), _Register("temporary", 8, -1)))
    a, b, c = operands + [-1] * (3 - len(operands))
    target = _target(writer, node, how.result)
    name = _NAMES[how.instruction](node) or "" if how.instruction in _NAMES else ""
    itemsize = 0 if name else node.type.dtype.itemsize
    writer.instructions.append((how.instruction, how.shape, name, itemsize, target, a, b, c))


def _target(writer: _Writer, node: Node, lie: str) -> int:
    itemsize = node.type.dtype.itemsize
    if node in writer.places:
        return writer.register((node,), _Register(lie, itemsize, writer.place(node)))
    return writer.register((node,), _Register("temporary", itemsize, -1))


def _operand(writer: _Writer, node: Node, lie: str, wanted: str) -> int:
    """The register of an operand, which lies as ``lie`` and is to be read as ``wanted``."""
    register = _register(writer, root(node), node, lie)
    if (lie, wanted) not in _EXPANDED:
        return register
    key = ("expanded", register, wanted)
    if key not in writer.of:
        itemsize = node.type.dtype.itemsize
        target = writer.register(key, _Register("temporary", itemsize, -1))
        writer.instructions.append(("expand", wanted, "", itemsize, target, register, -1, -1))
    return writer.of[key]


def _register(writer: _Writer, base: Node, node: Node, lie: str) -> int:
    if (base,) in writer.of:  # made in this program, or a size
        return writer.of[base,]
    itemsize = node.type.dtype.itemsize
    if base.op == "size_like":
        writer.sizes.append(base.attrs["size"])
        is_float = int(node.type.dtype.kind == "f")
        return writer.register((base,), _Register("size", itemsize, len(writer.sizes), is_float))
    return writer.register((base, lie), _Register(lie, itemsize, writer.place(base)))


def _number_temporaries(writer: _Writer) -> None:
    """Give temporaries blocks, each block to one value after another (a linear scan)."""
    last_use: dict[int, int] = {}
    for number, (*_, a, b, c) in enumerate(writer.instructions):
        for register in (a, b, c):
            last_use[register] = number
    free: list[int] = []
    count = 0
    for number, (*_, target, a, b, c) in enumerate(writer.instructions):
        used = {r: writer.registers[r] for r in (target, a, b, c) if r >= 0}
        temporaries = {r: made for r, made in used.items() if made.kind == "temporary"}
        for made in temporaries.values():
            if made.place < 0:
                made.place = free.pop() if free else count
                count = max(count, made.place + 1)
        free.extend(
            made.place for r, made in temporaries.items() if r != target and last_use[r] == number
        )
