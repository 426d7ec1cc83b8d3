"""Plans as text: an outline to read, and the whole, which is read back.

    Plan(
        name='net',
        ...
        buffers=(
            Buffer('input', 0, 1),    # b0: input 0, 32*B bytes
        ),

The whole is written as Python writes values; what stands behind a ``#`` is for the reader.  Reading
it back evaluates literals and the names of plan.py, and nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from kgraph.compiler import plan as parts
from kgraph.compiler.plan import PARTS, Buffer, Instruction, Plan, PlanRegion, PlanStep
from kgraph.compiler.text import parse_type
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim
from kgraph.types.errors import KGraphValueError
from kgraph.types.size_text import parse_size

_CLASSES = frozenset(
    {"Buffer", "Check", "Constraint", "Grain", "HostCall", "Plan", "PlanRegion", "PlanStep"}
    | {"ProgramText", "Recipe", "Symbol"}
)
_READERS: dict[str, Callable[..., Any]] = {
    **{name: getattr(parts, name) for name in _CLASSES},
    "array": parse_type,
    "size": parse_size,
    "dtype": np.dtype,
}


# -- the outline ---------------------------------------------------------------------------------


def outline(plan: Plan) -> str:
    """Buffers, then regions with their kernels."""
    lines = [f"plan {plan.name}"]
    lines += [f"  b{n}: {_buffer(plan, buffer)}" for n, buffer in enumerate(plan.buffers)]
    for number, region in enumerate(plan.regions):
        lines.append(f"  region {number} over {plan.sizes[region.rows]} rows")
        for step in region.steps:
            lines += _step_outline(plan, step, "    ")
    return "\n".join(lines)


def _step_outline(plan: Plan, step: PlanStep, indent: str) -> Iterator[str]:
    yield f"{indent}{_step(plan, step)}  # {step.label}"
    if step.program is not None:
        yield from (f"{indent}  {_instruction(found)}" for found in step.program.instructions)
    for part in step.parts:
        yield from _step_outline(plan, part, indent + "  ")


def _buffer(plan: Plan, buffer: Buffer) -> str:
    unit = f" per {PARTS[buffer.kind]}" if buffer.kind in PARTS else ""
    start = f" from byte {plan.sizes[buffer.offset]}" if buffer.offset >= 0 else ""
    return f"{buffer.kind} {buffer.index}, {plan.sizes[buffer.bytes]} bytes{unit}{start}"


def _step(plan: Plan, step: PlanStep) -> str:
    buffers = ", ".join(f"b{b}" if b >= 0 else "-" for b in step.buffers)
    sizes = ", ".join(str(plan.sizes[s]) for s in step.sizes)
    items = " over items" if step.of_items else ""
    return f"{step.kernel}({buffers}; {sizes}){items}"


def _instruction(found: Instruction) -> str:
    kind, shape, name, _, target, *operands = found
    arguments = ", ".join(f"r{register}" for register in operands if register >= 0)
    what = shape if kind == "loop" else f"{kind} {shape}"
    return f"r{target} = {name or kind}({arguments})  [{what}]"


# -- the whole -----------------------------------------------------------------------------------


def show_plan(plan: Plan) -> str:
    """All that ``parse_plan`` needs to make an equal plan."""
    return "\n".join(_Writer(plan).lines())


class _Writer:
    """One field of the plan a line; tables, regions and programs an entry a line."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def lines(self) -> Iterator[str]:
        yield "Plan("
        for field in fields(Plan):
            yield from self.field(field.name, getattr(self.plan, field.name))
        yield ")"

    def field(self, name: str, value: Any) -> Iterator[str]:
        if not isinstance(value, tuple) or not value:
            yield f"    {name}={literal(value)},"
            return
        yield f"    {name}=("
        for number, entry in enumerate(value):
            if isinstance(entry, PlanRegion):
                yield from self.region(number, entry)
            else:
                note = self.note(name, number, entry)
                yield f"        {literal(entry)},{note}"
        yield "    ),"

    def note(self, name: str, number: int, entry: Any) -> str:
        if isinstance(entry, Buffer):
            return f"    # b{number}: {_buffer(self.plan, entry)}"
        return f"    # s{number}" if name == "sizes" else ""

    def region(self, number: int, region: PlanRegion) -> Iterator[str]:
        note = f"region {number} over {self.plan.sizes[region.rows]} rows"
        yield f"        PlanRegion({region.rows}, {region.cost}, (    # {note}"
        for step in region.steps:
            yield from self.step(step, " " * 12)
        yield f"        ), {region.parallel}, {region.by_columns}, {region.bags}),"

    def step(self, step: PlanStep, indent: str) -> Iterator[str]:
        yield f"{indent}PlanStep(    # {_step(self.plan, step)}"
        for field in fields(PlanStep):
            value = getattr(step, field.name)
            if field.name == "program" and value is not None:
                yield from self.program(value, indent + "    ")
            elif field.name == "parts" and value:
                yield f"{indent}    parts=("
                for part in value:
                    yield from self.step(part, indent + "        ")
                yield f"{indent}    ),"
            elif value != field.default:
                yield f"{indent}    {field.name}={literal(value)},"
        yield f"{indent}),"

    def program(self, program: parts.ProgramText, indent: str) -> Iterator[str]:
        yield f"{indent}program=ProgramText({literal(program.registers)}, ("
        for found in program.instructions:
            yield f"{indent}    {literal(found)},    # {_instruction(found)}"
        yield f"{indent})),"


def literal(value: Any) -> str:
    """A part of a plan as ``parse_plan`` reads it."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, Dim):
        return f"size({str(value)!r})"
    if isinstance(value, ArrayType):
        return f"array({str(value)!r})"
    if isinstance(value, np.dtype):
        return f"dtype({value.name!r})"
    if is_dataclass(value) and type(value).__name__ in _CLASSES:
        given = [(f.name, getattr(value, f.name)) for f in fields(value)]
        inner = ", ".join(f"{name}={literal(found)}" for name, found in given)
        return f"{type(value).__name__}({inner})"
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if np.isfinite(value) else f"float({str(value)!r})"
    raise KGraphValueError(f"a plan cannot be written with {value!r} in it")


# -- reading back --------------------------------------------------------------------------------


def parse_plan(text: str) -> Plan:
    """The plan that ``show_plan`` printed.

    Errors    ValueError if the text is no plan

    >>> import kgraph as kg
    >>> x = kg.Input((4,), name="x")
    >>> plan = kg.compile(kg.Model(x, kg.tanh(x))).plan
    >>> parse_plan(str(plan)) == plan
    True
    """
    try:
        found = _read(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, TypeError, ValueError, RecursionError) as error:
        raise KGraphValueError(f"this is not the text of a plan: {error}") from error
    if not isinstance(found, Plan):
        raise KGraphValueError(f"this is not the text of a plan, but of {found!r}")
    return found


def _read(node: ast.expr) -> Any:
    if isinstance(node, ast.Tuple):
        return tuple([_read(entry) for entry in node.elts])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        reader = float if node.func.id == "float" else _READERS.get(node.func.id)
        if reader is None:
            raise ValueError(f"a plan has no {node.func.id}")
        given = {str(entry.arg): _read(entry.value) for entry in node.keywords}
        return reader(*map(_read, node.args), **given)
    return ast.literal_eval(node)
