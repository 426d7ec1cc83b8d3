"""What fusion makes of a graph: regions of steps.

A *step* is one kernel: a program of the block VM, a matrix product, a gather, a copy, …, or a
product with the program that takes it up, tile by tile.  A *region* is a chain of steps over the
same rows, run panel by panel: what one step leaves, the next finds in cache, and values that nobody
else needs live in a panel-sized scratch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kgraph.compiler.ir import INPUT, Graph, Node, root
from kgraph.compiler.layout import Layout
from kgraph.types.dims import Dims, Size, product


def is_input_view(node: Node) -> bool:
    """Whether the value is a run of whole rows of an input: it is read where it lies."""
    if node.op != "strided_slice" or root(node.inputs[0]).op != INPUT:
        return False
    source = node.inputs[0].type.dims
    unit = all(step == 1 for step in node.attrs["steps"])
    return unit and bool(source) and node.type.dims[1:] == source[1:]


@dataclass(eq=False)
class Step:
    """One kernel.

    ``lead`` are the leading sizes over which it works row by row: its rows may be handed out in
    ranges along any prefix of them.  ``local`` holds the operands of which row r needs row r alone;
    every other operand is read as a whole.  A program has a ``layout``, and, if its rows come in
    segments, ``longest`` is the size of the longest.  A step of the kind ``tiles`` has ``parts``:
    the steps that it runs one after the other, tile by tile.  One that is ``of_items`` works over
    the items of the rows of its region.
    """

    kind: str
    nodes: list[Node]
    lead: Dims
    local: set[Node] = field(default_factory=set)
    aligned: bool = True  # row r of what it writes belongs to row r
    layout: Layout | None = None
    longest: Size = 0  # of the segments of a program, of the rows of keys of an attention
    relu: bool = False  # gemm: max(0, .) before the store
    parts: list[Step] = field(default_factory=list)
    of_items: bool = False

    @property
    def reads(self) -> list[Node]:
        """What it needs from outside, each once; weights included, views resolved."""
        own = set(self.nodes)
        found: dict[Node, None] = {}
        for node in self.nodes:
            for operand in node.inputs:
                base = root(operand)
                if base not in own and base.op != "size_like":
                    found[base] = None
        return list(found)

    def prefixes(self) -> list[Size]:
        """All row counts in which the step can be handed out, fewest first."""
        return [product(self.lead[:count]) for count in range(1, len(self.lead) + 1)]


@dataclass(frozen=True)
class Bags:
    """Rows of items: their bounds, the items of all rows, and of the longest."""

    bounds: Node
    items: Size
    longest: Size


@dataclass(eq=False)
class Region:
    """Steps over the same rows; ``why`` says for each input why its maker is not in here.

    With ``bags``, some of the steps work over the items of these rows.
    """

    steps: list[Step]
    allowed: list[Size]
    why: dict[Node, str] = field(default_factory=dict)
    bags: Bags | None = None

    @property
    def rows(self) -> Size:
        """How many rows panels are cut from."""
        return self.allowed[-1] if self.allowed else 1

    @property
    def aligned(self) -> bool:
        """Whether all its steps are: one that is not stands alone."""
        return self.steps[0].aligned

    @property
    def nodes(self) -> Iterator[Node]:
        return (node for step in self.steps for node in step.nodes)

    @property
    def kernels(self) -> Iterator[Step]:
        """The steps, or the parts of those that have some."""
        return (part for step in self.steps for part in step.parts or [step])


@dataclass(frozen=True, eq=False)
class Fused:
    """A graph, and its regions in the order in which they run."""

    graph: Graph
    regions: list[Region]
