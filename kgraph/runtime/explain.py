"""``CompiledGraph.explain``: what became of a graph, as a text to read.

softmax: 2 kernels in 1 region
  reads     x: f32[B, 64]
  gives     f32[B, 16]
  passes    lower 7 ops, canonicalize 6

region 0: 2 kernels over B rows, panel by panel
  gemm_f32  dense (train.py:12)
            dense -> f32[B, 16]
  program   dense (train.py:12)
            reduce_max, subtract, exp, reduce_sum, divide -> f32[B, 16]
  work      2,144 FLOP per row
  traffic   320 bytes per row, and 4,160 bytes of weights
...
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

import numpy as np

from kgraph._kernels.linear import pack
from kgraph.compiler.cost import nbytes, operations, traffic, weights_read
from kgraph.compiler.ir import Graph, Node, root
from kgraph.compiler.kernels import Region, Step
from kgraph.compiler.kinds import DENSIFYING, KINDS, densified_constants, kinds_of
from kgraph.compiler.pipeline import Compiled, Planned
from kgraph.compiler.plan import PlanStep, Symbol
from kgraph.compiler.text import name_nodes
from kgraph.types.dims import Size, estimate, evaluate, symbols

_WIDTH = 100
_ROWS = 1024  # the batch for which totals are given
_ITEMS = 16  # what any other size is taken for: items of a ragged row, entries of a sparse one
_LABEL = 10  # columns of the labels on the left, at least


def explain(
    compiled: Compiled, arena_bytes: Sequence[tuple[int, int]], *, fast_math: bool = False
) -> str:
    """What became of the graph: regions, kernels, what fused, why the rest did not, the cost.

    ``arena_bytes`` are, for each phase, those of the arena and of each thread's scratch, (0, 0)
    before a first call; ``fast_math`` says how it was compiled.  The text depends on the graph, on
    ``arena_bytes`` and, in the bytes of packed weights, on the instruction set.
    """
    lines: list[str] = []
    for number, (planned, used) in enumerate(zip(compiled.planned, arena_bytes, strict=True)):
        if len(compiled.planned) > 1:
            lines += ["", f"phase {number}"] if number else [f"phase {number}"]
        lines += _Explanation(compiled, planned, fast_math).lines(used)
        lines += _makers(planned)
    return "\n".join(lines) + "\n"


def _makers(planned: Planned) -> Iterator[str]:
    """What is computed after a phase, because it makes a size."""
    for node in planned.phase.makers:
        yield f"then {node.op} -> {node.type}, computed by NumPy: its size is known only after it"


@dataclass(frozen=True, eq=False)
class _Explanation:
    """The text while it is being written; what several regions need is found once."""

    compiled: Compiled
    planned: Planned
    fast_math: bool

    def lines(self, arena_bytes: tuple[int, int]) -> Iterator[str]:
        yield from self.head()
        for number, region in enumerate(self.regions):
            yield ""
            yield from self.region(number, region)
        yield ""
        yield from self.totals(arena_bytes)

    @cached_property
    def regions(self) -> Sequence[Region]:
        return self.planned.fused.regions

    @cached_property
    def width(self) -> int:
        """Columns of the labels: the longest is the name of a kernel."""
        kernels = [step.title for region in self.planned.plan.regions for step in region.steps]
        return max([_LABEL, *(len(kernel) + 2 for kernel in kernels)])

    @cached_property
    def names(self) -> Mapping[Node, str]:
        return name_nodes(self.planned.phase.graph)

    @cached_property
    def makers(self) -> Mapping[Node, int]:
        return {node: place for place, region in enumerate(self.regions) for node in region.nodes}

    @cached_property
    def exported(self) -> set[Node]:
        """The values that are outputs, or that another region than their maker's reads."""
        found = {root(node) for node in self.planned.phase.graph.outputs}
        for region in self.regions:
            inside = set(region.nodes)
            found |= {value for step in region.steps for value in step.reads} - inside
        return found

    def entry(self, label: str, text: str) -> list[str]:
        """``  label     text``, the text wrapped beside its label."""
        return textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=f"  {label:<{self.width}}",
            subsequent_indent=" " * (self.width + 2),
            break_on_hyphens=False,
        )

    def head(self) -> Iterator[str]:
        plan = self.planned.plan
        kernels = sum(len(region.steps) for region in plan.regions)
        yield f"{plan.name}: {_count(kernels, 'kernel')} in {_count(len(plan.regions), 'region')}"
        inputs = zip(plan.input_names, plan.inputs, strict=True)
        yield from self.entry("reads", ", ".join(f"{name}: {type}" for name, type in inputs))
        yield from self.entry("gives", ", ".join(map(str, plan.outputs)))
        yield from self.entry("passes", _passes(self.compiled.stages))
        if self.planned is self.compiled.planned[0]:
            yield from self.kinds()
        if self.fast_math:
            yield from self.entry("fast_math", "sums may be added in another order than written")

    def kinds(self) -> Iterator[str]:
        """How many values are dense, ragged and sparse, and which constants became dense."""
        compiled = self.compiled
        found = kinds_of(compiled.graph, compiled.lowered.input_types)
        counts = Counter(kind for node, kind in found.items() if not node.is_static)
        if set(counts) - {"dense"}:
            parts = (f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
            yield from self.entry("kinds", ", ".join(parts))
        for node in densified_constants(graph for _, graph in compiled.stages):
            rows, columns = node.type.dims
            origin = _origin([node], self.planned.phase.graph.name)
            stored = f"{node.inputs[0].type.size:,} of {rows * columns:,} entries"
            size = _amount(nbytes(node), "bytes")
            yield from self.entry("densified", f"constant of {origin}, {stored}: {size}")

    # -- a region ---------------------------------------------------------------------------------

    def region(self, number: int, region: Region) -> Iterator[str]:
        planned = self.planned.plan.regions[number]
        yield f"region {number}: {_count(len(region.steps), 'kernel')}{_rows(region)}"
        for step, made in zip(region.steps, planned.steps, strict=True):
            yield from self.kernel(step, made)
        yield from self.entry("work", _work_text(region))
        yield from self.entry("traffic", self.traffic_text(region))
        yield from self.boundaries(number, region)

    def kernel(self, step: Step, made: PlanStep) -> Iterator[str]:
        """Whence its nodes came, and which ops fused into it."""
        yield from self.entry(made.title, _origin(step.nodes, self.planned.phase.graph.name))
        ops = ", ".join(node.op for node in step.nodes)
        note = ", computed by NumPy" if step.kind == "host" else ""
        yield from self.entry("", f"{ops} -> {step.nodes[-1].type}{note}")
        for node in step.nodes:
            if node.op in DENSIFYING:
                yield from self.entry("", f"densified: {_amount(nbytes(node), 'bytes')}")

    def traffic_text(self, region: Region) -> str:
        text = _amount(traffic(region, self.exported), "bytes")
        weights = weights_read(region)
        return f"{text}, and {_amount(weights, 'bytes')} of weights" if weights else text

    def boundaries(self, number: int, region: Region) -> Iterator[str]:
        """For each value from another region: why its maker is not in this one."""
        for value, reason in region.why.items():
            home = self.makers[value]
            if home != number:
                origin = _layer(value, self.planned.phase.graph.name) or value.op
                what = f"%{self.names[value]} ({origin})"
                yield from self.entry("apart", f"from region {home}, the maker of {what}: {reason}")

    # -- the totals -------------------------------------------------------------------------------

    def totals(self, arena_bytes: tuple[int, int]) -> Iterator[str]:
        env = self.nominal
        work, moved = 0, 0
        for region in self.regions:
            work += estimate(_work(region), env)
            moved += estimate(traffic(region, self.exported), env)
            moved += estimate(weights_read(region), env)
        sizes = ", ".join(f"{name} = {value:,}" for name, value in env.items())
        yield f"in all, for {sizes}" if sizes else "in all"
        yield from self.entry("work", f"{work:,} FLOP")
        ratio = work / moved if moved else 0.0
        yield from self.entry("traffic", f"{moved:,} bytes: {ratio:.1f} FLOP per byte")
        yield from self.entry("weights", f"{self.constant_bytes:,} bytes as packed")
        arena, scratch = arena_bytes
        called = scratch > 0  # every call needs some
        after = "known after a first call"
        yield from self.entry("arena", f"{arena:,} bytes" if called else after)
        yield from self.entry("scratch", f"{scratch:,} bytes a thread" if called else after)

    @cached_property
    def nominal(self) -> dict[str, int]:
        """A value for each size that the costs depend on: the batch, and items in each row."""
        used: set[str] = set()
        for region in self.regions:
            used |= symbols(_work(region)) | symbols(traffic(region, self.exported))
        values = {s.name: _nominal(s) for s in self.planned.plan.symbols if s.name in used}
        return dict(sorted(values.items(), key=lambda item: (item[0] != "B", item[0])))

    @property
    def constant_bytes(self) -> int:
        recipes = dict.fromkeys(self.planned.plan.recipes)
        return sum(_packed_bytes(self.planned.statics[r.node], r.packed) for r in recipes)


def _nominal(symbol: Symbol) -> int:
    """A leading size that is not the batch's counts the items of all its rows."""
    if symbol.name == "B":
        return _ROWS
    return _ROWS * _ITEMS if symbol.axis == 0 else _ITEMS


def _packed_bytes(node: Node, packed: bool) -> int:
    if not packed:
        return evaluate(nbytes(node), {})
    rows, columns = (evaluate(size, {}) for size in node.type.dims)
    one_row = np.zeros((1, columns), node.type.dtype)
    return int(pack(one_row).nbytes) * rows  # packing pads columns, to the vectors of this CPU


def _passes(stages: Sequence[tuple[str, Graph]]) -> str:
    """The passes that changed how many ops there are, and how many they left."""
    counts = [sum(not node.is_leaf for node in graph.nodes) for _, graph in stages]
    text = f"{stages[0][0]} {_count(counts[0], 'op')}"
    for (name, _), before, after in zip(stages[1:], counts, counts[1:], strict=False):
        if before != after:
            text += f", {name} {after}"
    return text


# -- what a region is called and does ------------------------------------------------------------


def _rows(region: Region) -> str:
    if not region.allowed:
        return ", run as a whole"
    panels = ", panel by panel" if len(region.steps) > 1 else ""
    return f" over {region.rows} rows{panels}"


def _origin(nodes: Sequence[Node], function: str) -> str:
    """The layers that nodes came from, and the user's source lines: ``dense (train.py:4, 7)``."""
    layers = dict.fromkeys(_layer(node, function) for node in nodes)
    files: dict[str, list[str]] = {}
    for line in dict.fromkeys(node.line for node in nodes if node.line):
        file, _, number = line.rpartition(":")
        files.setdefault(PurePath(file).name, []).append(number)
    lines = ", ".join(f"{file}:{', '.join(numbers)}" for file, numbers in files.items())
    named = ", ".join(filter(None, layers)) or "no layer"
    return f"{named} ({lines})" if lines else named


def _layer(node: Node, function: str) -> str:
    """The scope without the name of the graph itself."""
    return "" if node.scope == function else node.scope.removeprefix(function + "/")


def _work(region: Region) -> Size:
    total: Size = 0
    for step in region.steps:
        total = total + operations(step)
    return total


def _work_text(region: Region) -> str:
    if all(step.kind == "host" for step in region.steps):
        return "NumPy's, not counted"
    return _amount(_work(region), "FLOP")


# -- numbers as text -----------------------------------------------------------------------------


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _amount(size: Size, unit: str) -> str:
    """``8 bytes per row + 4``, or a polynomial where more than the batch matters."""
    if isinstance(size, int):
        return f"{size:,} {unit}"
    terms = {"*".join(atom.text for atom in monomial): count for monomial, count in size.terms}
    if set(terms) <= {"B", ""}:
        constant = terms.get("", 0)
        return f"{terms['B']:,} {unit} per row" + (f" + {constant:,}" if constant else "")
    pieces = [f"{count:,}*{name}" if name else f"{count:,}" for name, count in terms.items()]
    return f"{' + '.join(pieces)} {unit}"
