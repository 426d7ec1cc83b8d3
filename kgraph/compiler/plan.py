"""Plan: what the executor runs.  Plain data: it prints, pickles, and knows no op and no graph.

Sizes stand in one table, as polynomials over the symbols that a batch binds; everything else names
them by number.  So one plan serves every batch size: binding a batch evaluates the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kgraph.types import tree
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, Size, symbols

# instruction, shape, loop, item size, target, operands: see ``_kernels/program.pyx``
Instruction: TypeAlias = tuple[str, str, str, int, int, int, int, int]


# The kinds of buffers that hold a part of a value at a time, and what they have so many bytes for:
# a row of the region, an item of its rows (of which kernels over rows read ``bag``, and only those
# over items ``items``), or a row of the kernel.
PARTS = {"panel": "row", "items": "item", "bag": "item", "tile": "row"}


@dataclass(frozen=True)
class Buffer:
    """Memory that steps read and write.

    ``kind`` is ``input``, ``constant``, ``output`` or ``arena``, or one of ``PARTS``; ``index``
    says which input, constant, output or arena slot.  ``bytes`` is a size number: of the whole
    buffer, or of one row or item.  ``offset``, a size number too, is where it begins within its
    input; -1 for the start.
    """

    kind: str
    index: int
    bytes: int
    offset: int = -1


@dataclass(frozen=True)
class ProgramText:
    """A program of the block VM, as ``_kernels.program.Program`` takes it."""

    registers: tuple[tuple[str, int, int, int], ...]
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class HostCall:
    """An op without a kernel, computed by its NumPy reference: name, attributes, operand types.

    ``attrs`` holds sizes as expressions; ``types`` those of the operands, then that of the result;
    ``where`` says who drew it, and on which line.
    """

    op: str
    attrs: tuple[tuple[str, Any], ...]
    types: tuple[ArrayType, ...]
    where: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """What the attributes are worked out from: numbers that a batch binds."""
        sizes = tree.flatten([value for _, value in self.attrs])
        return tuple(sorted(set().union(*(symbols(s) for s in sizes if isinstance(s, Dim)))))


@dataclass(frozen=True)
class PlanStep:
    """One kernel call: its name, its buffers and sizes by number (-1: not there).

    ``scratch`` says what it needs beside: ("program", n) for a program whose longest row has n
    elements, ("packed", k, n, item size) for a matrix to pack, ("bytes", n), ("tiles",) for a tile
    and what the ``parts`` need, or nothing.  ``parts`` are the kernels that ``tiles`` runs one
    after the other, tile by tile.  If it is ``of_items``, its rows are those of the items of the
    region's rows.
    """

    kernel: str
    buffers: tuple[int, ...]
    sizes: tuple[int, ...]
    rows_per_row: int
    label: str
    line: str = ""
    loop: str = ""
    program: ProgramText | None = None
    host: HostCall | None = None
    scratch: tuple[Any, ...] = ()
    parts: tuple[PlanStep, ...] = ()
    of_items: bool = False

    @property
    def title(self) -> str:
        """The kernels that it runs, ``gemm_f32 + program``."""
        return " + ".join(part.kernel for part in self.parts) or self.kernel


@dataclass(frozen=True)
class PlanRegion:
    """Steps run panel by panel over ``rows`` rows.

    ``cost`` estimates the whole, in picoseconds, ``by_columns`` the part of kernels whose columns
    threads may share, or is -1 if there are none: products with weights, and reductions of leading
    axes.  Threads may share its rows if it is ``parallel``, and columns where rows are too few.
    ``bags`` tells of the items of its rows, if steps work over them: the buffer of the bounds, and
    as sizes all items, those of the longest row, and the bytes of each that the region works on.
    """

    rows: int
    cost: int
    steps: tuple[PlanStep, ...]
    parallel: bool = True
    by_columns: int = -1
    bags: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grain:
    """From which cost on, in picoseconds, a call releases the GIL and threads share a region; and
    the least cost of what one of them claims at a time."""

    release: int
    share: int
    chunk: int


@dataclass(frozen=True)
class Recipe:
    """How a constant buffer is made from static node number ``node``: as it is, or packed."""

    node: int
    packed: bool = False


@dataclass(frozen=True)
class Symbol:
    """A size symbol: input, axis and offset to read it from; axis -1: the longest row of splits."""

    name: str
    input: int
    axis: int
    offset: int = 0


@dataclass(frozen=True)
class Check:
    """Something to prove about the numbers in an input before any kernel runs.

    ``splits``: row bounds over ``total`` items.  ``indices``: each in 0 .. ``total`` - 1.
    ``ids``: likewise, integers or whole floats that a look-up takes; with ``wraps`` from -``total``
    on.  ``label`` and ``line`` say which look-up, ``table`` what it looks into; ``splits`` are the
    inputs that bound the rows of ragged ids, the outermost first.
    """

    kind: str
    input: int
    total: int
    wraps: bool = False
    label: str = ""
    line: str = ""
    splits: tuple[int, ...] = ()
    table: str = "the table"


@dataclass(frozen=True)
class Constraint:
    """A size that must be zero, and the layer and source line that rely on it.

    ``says`` is what is wrong if it is not, with a pair of braces for the number each of ``about``
    then is; ``op`` is the op that relies on it, ``operands`` its operands.
    """

    size: int
    label: str
    line: str
    op: str = ""
    says: str = "the sizes of this batch do not agree"
    about: tuple[Size, ...] = ()
    operands: tuple[ArrayType, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything the executor needs, save the arrays of the constants.

    ``lifetimes`` are the first and the last region in which each slot of the arena holds a value;
    ``broadcasts`` are the pairs of sizes (``about``) that must be equal or 1: to say which are not.
    ``given`` of the inputs are the user's, and come first; the others were computed before.
    ``may_fail``: a kernel may find a fault in what was computed, when outputs are half written.
    """

    name: str
    input_names: tuple[str, ...]
    inputs: tuple[ArrayType, ...]
    outputs: tuple[ArrayType, ...]
    symbols: tuple[Symbol, ...]
    checks: tuple[Check, ...]
    constraints: tuple[Constraint, ...]
    sizes: tuple[Size, ...]
    input_dims: tuple[tuple[int, ...], ...]
    output_dims: tuple[tuple[int, ...], ...]
    buffers: tuple[Buffer, ...]
    lifetimes: tuple[tuple[int, int], ...]
    regions: tuple[PlanRegion, ...]
    grain: Grain
    recipes: tuple[Recipe, ...] = field(default=())
    broadcasts: tuple[Constraint, ...] = field(default=())
    may_fail: bool = True
    given: int | None = None

    @property
    def steps(self) -> tuple[PlanStep, ...]:
        """All steps by their number: those of the regions, then the parts of each."""
        found = [step for region in self.regions for step in region.steps]
        return (*found, *(part for step in found for part in step.parts))

    def __str__(self) -> str:
        from kgraph.compiler.plan_text import show_plan

        return show_plan(self)
