"""Programs of the block VM: nodes become instructions over registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kgraph.compiler.ir import Node
from kgraph.compiler.kernels import Step, root
from kgraph.compiler.plan import ProgramText
from kgraph.compiler.steps import REDUCTIONS, loop_name, operand_class, reduction_name
from kgraph.types.dims import Size


@dataclass
class _Register:
    kind: str
    itemsize: int
    place: int
    is_float: int = 0


@dataclass
class _Writer:
    """A program while it is being written; temporaries get their numbers at the end."""

    step: Step
    places: Mapping[Node, tuple[str, int]]
    registers: list[_Register] = field(default_factory=list)
    instructions: list[tuple[str, str, int, int, int, int, int]] = field(default_factory=list)
    buffers: list[Node] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    of: dict[tuple[Any, ...], int] = field(default_factory=dict)
    is_row: dict[int, bool] = field(default_factory=dict)

    def register(self, key: tuple[Any, ...], made: _Register, row: bool) -> int:
        if key not in self.of:
            self.of[key] = len(self.registers)
            self.is_row[self.of[key]] = row
            self.registers.append(made)
        return self.of[key]

    def temporary(self, key: tuple[Any, ...], itemsize: int, row: bool) -> int:
        return self.register(key, _Register("temporary", itemsize, -1), row)

    def place(self, node: Node) -> int:
        """The position of a buffer among those of the step."""
        if node not in self.buffers:
            self.buffers.append(node)
        return self.buffers.index(node)


def emit_program(
    step: Step, places: Mapping[Node, tuple[str, int]]
) -> tuple[ProgramText, list[Node], list[Size]]:
    """The program of a step, the nodes whose buffers it uses, and the sizes it reads as numbers."""
    writer = _Writer(step, places)
    for node in step.nodes:
        _write(writer, node)
    _number_temporaries(writer)
    registers = tuple((r.kind, r.itemsize, r.place, r.is_float) for r in writer.registers)
    return ProgramText(registers, tuple(writer.instructions)), writer.buffers, writer.sizes


def _write(writer: _Writer, node: Node) -> None:
    step = writer.step
    row = operand_class(node.type.dims, step.full, step.split) == "row"
    if node.op in REDUCTIONS:
        name = reduction_name(node)
        source = _full_operand(writer, node.inputs[0])
        target = _target(writer, node, row=True)
        writer.instructions.append(("reduce", name or "", 0, target, source, -1, -1))
        return
    operands = [_row_operand(writer, x) if row else _full_operand(writer, x) for x in node.inputs]
    a, b, c = operands + [-1] * (3 - len(operands))
    target = _target(writer, node, row)
    kind = "row" if row else "full"
    writer.instructions.append((kind, loop_name(node) or "", 0, target, a, b, c))


def _target(writer: _Writer, node: Node, row: bool) -> int:
    itemsize = node.type.dtype.itemsize
    if node in writer.places:
        made = _Register("row" if row else "full", itemsize, writer.place(node))
        return writer.register((node,), made, row)
    return writer.temporary((node,), itemsize, row)


def _operand(writer: _Writer, node: Node) -> int:
    """The register in which an operand lies as it is."""
    base = root(node)
    if (base,) in writer.of:
        return writer.of[base,]
    itemsize = node.type.dtype.itemsize
    if base.op == "size_like":
        writer.sizes.append(base.attrs["size"])
        is_float = int(node.type.dtype.kind == "f")
        made = _Register("size", itemsize, len(writer.sizes), is_float)
        return writer.register((base,), made, False)
    kind = operand_class(node.type.dims, writer.step.full, writer.step.split)
    assert kind is not None
    key = (base, kind)
    if key in writer.of:
        return writer.of[key]
    return writer.register(key, _Register(kind, itemsize, writer.place(base)), kind == "row")


def _full_operand(writer: _Writer, node: Node) -> int:
    """The register of an operand with an element for each row and column."""
    register = _operand(writer, node)
    if not writer.is_row[register]:
        return register
    key = ("expanded", register)
    if key in writer.of:
        return writer.of[key]
    itemsize = node.type.dtype.itemsize
    target = writer.temporary(key, itemsize, False)
    writer.instructions.append(("expand", "", itemsize, target, register, -1, -1))
    return target


def _row_operand(writer: _Writer, node: Node) -> int:
    return _operand(writer, node)


def _number_temporaries(writer: _Writer) -> None:
    """Give temporaries blocks, each block to one value after another (a linear scan)."""
    last_use: dict[int, int] = {}
    for number, (_, _, _, _, *operands) in enumerate(writer.instructions):
        for register in operands:
            last_use[register] = number
    free: list[int] = []
    count = 0
    for number, (_, _, _, target, *operands) in enumerate(writer.instructions):
        made = writer.registers[target]
        dying = {r for r in operands if r >= 0 and last_use[r] == number and r != target}
        released = [
            writer.registers[r].place for r in dying if writer.registers[r].kind == "temporary"
        ]
        if made.kind == "temporary" and made.place < 0:
            if free:
                made.place = free.pop()
            else:
                made.place = count
                count += 1
        free.extend(released)
