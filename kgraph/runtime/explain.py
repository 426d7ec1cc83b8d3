"""Finding out what became of a graph: what ``CompiledGraph.explain`` tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kgraph._kernels.linear import pack
from kgraph.compiler.cost import Moved, moved, nbytes, operations
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Region, Step
from kgraph.compiler.kinds import DENSIFYING, KINDS, densified_constants, kinds_of
from kgraph.compiler.pipeline import Compiled, Planned
from kgraph.compiler.plan import PlanStep, Symbol
from kgraph.compiler.text import name_nodes
from kgraph.runtime import explanation as told
from kgraph.runtime.explanation import Amount
from kgraph.types.dims import Size, estimate, evaluate, symbols

_ROWS = 1024  # the batch for which totals are given
_ITEMS = 16  # what any other size is taken for: items of a ragged row, entries of a sparse one


def explain(
    compiled: Compiled,
    arena_bytes: Sequence[tuple[int, int]],
    threads: int,
    *,
    fast_math: bool = False,
) -> told.Explanation:
    """What became of the graph: regions, kernels, what fused, why the rest did not, the cost.

    ``arena_bytes`` are, for each phase, those of the arena and of each thread's scratch, (0, 0)
    before a first call; ``fast_math`` says how it was compiled.  Apart from them, the bytes of
    packed weights depend on the instruction set, and nothing else on the machine.
    """
    passes = [
        told.PassEffect(name, sum(not node.is_leaf for node in graph.nodes))
        for name, graph in compiled.stages
    ]
    finders = [_Finder(planned, number) for number, planned in enumerate(compiled.planned)]
    phases = [finder.phase(used) for finder, used in zip(finders, arena_bytes, strict=True)]
    return told.Explanation(
        compiled.planned[0].plan.name,
        threads,
        tuple(passes),
        tuple(phases),
        _kinds(compiled),
        tuple(finders[0].constants(compiled)),
        fast_math,
    )


def _kinds(compiled: Compiled) -> dict[str, int]:
    """How many values of each kind there are, weights left out."""
    found = kinds_of(compiled.graph, compiled.lowered.input_types)
    counts = Counter(kind for node, kind in found.items() if not node.is_static)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


@dataclass(frozen=True, eq=False)
class _Finder:
    """One phase; what several regions need is found once."""

    planned: Planned
    number: int

    def phase(self, arena_bytes: tuple[int, int]) -> told.Phase:
        plan = self.planned.plan
        reads = zip(plan.input_names, plan.inputs, strict=True)
        return told.Phase(
            plan.name,
            self.number,
            tuple(told.Value(name, str(type)) for name, type in reads),
            tuple(map(str, plan.outputs)),
            tuple(self.region(number, region) for number, region in enumerate(self.regions)),
            self.totals(arena_bytes),
            tuple(
                told.Maker(node.op, str(node.type), self.layer(node) or node.op, node.line)
                for node in self.planned.phase.makers
            ),
        )

    @cached_property
    def regions(self) -> Sequence[Region]:
        return self.planned.fused.regions

    @cached_property
    def function(self) -> str:
        return self.planned.phase.graph.name

    @cached_property
    def names(self) -> Mapping[Node, str]:
        return name_nodes(self.planned.phase.graph)

    @cached_property
    def makers(self) -> Mapping[Node, int]:
        return {node: place for place, region in enumerate(self.regions) for node in region.nodes}

    @cached_property
    def moved(self) -> Sequence[Sequence[Moved]]:
        """What each kernel of each region moves."""
        exported = exported_values(self.planned)
        return [moved(region, exported) for region in self.regions]

    @cached_property
    def moved_by(self) -> Mapping[Step, Moved]:
        """What each kernel moves, and each part of one."""
        exported = exported_values(self.planned)
        found: dict[Step, Moved] = {}
        for region, kernels in zip(self.regions, self.moved, strict=True):
            parts = list(region.kernels)
            apart = moved(replace(region, steps=parts), exported)
            found.update(zip(parts, apart, strict=True))
            found.update(zip(region.steps, kernels, strict=True))
        return found

    # -- a region ---------------------------------------------------------------------------------

    def region(self, number: int, region: Region) -> told.Region:
        made = self.planned.plan.regions[number].steps
        return told.Region(
            number,
            str(region.rows) if region.allowed else None,
            tuple(map(self.kernel, region.steps, made)),
            Amount(_work(region)),
            Amount(_total(one.far for one in self.moved[number])),
            Amount(_total(one.weights for one in self.moved[number])),
            tuple(self.boundaries(number, region)),
            str(region.bags.items) if region.bags else None,
        )

    def kernel(self, step: Step, made: PlanStep) -> told.Kernel:
        """Whence its nodes came, and which ops fused into it."""
        bytes = self.moved_by[step]
        return told.Kernel(
            made.title,
            tuple(node.op for node in step.nodes),
            *self.origin(step.nodes),
            str(step.nodes[-1].type),
            step.kind == "host",
            Amount(operations(step)),
            Amount(bytes.far),
            Amount(bytes.near),
            Amount(bytes.weights),
            tuple(map(self.kernel, step.parts, made.parts)),
            tuple(Amount(nbytes(node)) for node in step.nodes if node.op in DENSIFYING),
        )

    def constants(self, compiled: Compiled) -> Iterator[told.DenseConstant]:
        """Constant sparse matrices that were made dense."""
        for node in densified_constants(graph for _, graph in compiled.stages):
            rows, columns = (evaluate(size, {}) for size in node.type.dims)
            stored = evaluate(node.inputs[0].type.size, {})
            origin = told.origin_text(*self.origin([node]))
            yield told.DenseConstant(origin, stored, rows * columns, evaluate(nbytes(node), {}))

    def origin(self, nodes: Sequence[Node]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The layers that nodes came from, and the user's source lines, each once."""
        layers = dict.fromkeys(self.layer(node) for node in nodes)
        lines = dict.fromkeys(node.line for node in nodes)
        return tuple(filter(None, layers)), tuple(filter(None, lines))

    def layer(self, node: Node) -> str:
        """The scope without the name of the graph itself."""
        if node.scope == self.function:
            return ""
        return node.scope.removeprefix(self.function + "/")

    def boundaries(self, number: int, region: Region) -> Iterator[told.Boundary]:
        """For each value from another region: why its maker is not in this one."""
        for value, reason in region.why.items():
            home = self.makers[value]
            if home != number:
                origin = self.layer(value) or value.op
                yield told.Boundary(self.names[value], origin, home, reason)

    # -- the totals -------------------------------------------------------------------------------

    def totals(self, arena_bytes: tuple[int, int]) -> told.Totals:
        env = self.nominal
        work = sum(estimate(_work(region), env) for region in self.regions)
        far_and_weights = (one.far + one.weights for kernels in self.moved for one in kernels)
        arena, scratch = arena_bytes
        called = scratch > 0  # every call needs some
        return told.Totals(
            env,
            work,
            sum(estimate(size, env) for size in far_and_weights),
            self.constant_bytes,
            arena if called else None,
            scratch if called else None,
        )

    @cached_property
    def nominal(self) -> dict[str, int]:
        """A value for each size that the costs depend on: the batch, and items in each row."""
        used: set[str] = set()
        for region, kernels in zip(self.regions, self.moved, strict=True):
            used |= symbols(_work(region)) | symbols(_total(one.far for one in kernels))
        values = {s.name: _nominal(s) for s in self.planned.plan.symbols if s.name in used}
        return dict(sorted(values.items(), key=lambda item: (item[0] != "B", item[0])))

    @property
    def constant_bytes(self) -> int:
        recipes = dict.fromkeys(self.planned.plan.recipes)
        return sum(_packed_bytes(self.planned.statics[r.node], r.packed) for r in recipes)


def exported_values(planned: Planned) -> set[Node]:
    """The values that are outputs, or that another region than their maker's reads."""
    found = {root(node) for node in planned.phase.graph.outputs}
    for region in planned.fused.regions:
        inside = set(region.nodes)
        found |= {value for step in region.steps for value in step.reads} - inside
    return found


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


def _work(region: Region) -> Size:
    return _total(map(operations, region.steps))


def _total(sizes: Iterator[Size]) -> Size:
    total: Size = 0
    for size in sizes:
        total = total + size
    return total
