"""The compiler: one visible list of passes, from a Function to a Plan.

lower → freeze → canonicalize → fold → cse → kinds → dce → merge → combine → legalise → own_outputs
    → phases,
    and for each phase   fuse → schedule → place → emit
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kgraph.compiler.canonicalize import canonicalize, canonicalize_fast
from kgraph.compiler.combine import combine
from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.compiler.cse import cse
from kgraph.compiler.dce import dce
from kgraph.compiler.emit import emit
from kgraph.compiler.flat import Builder, Flattener, Table
from kgraph.compiler.fold import fold
from kgraph.compiler.freeze import freeze as freeze_variables
from kgraph.compiler.fuse import fuse
from kgraph.compiler.ir import Graph, Node
from kgraph.compiler.kernels import Fused
from kgraph.compiler.kinds import kinds, kinds_fast
from kgraph.compiler.legalise import legalise, own_outputs
from kgraph.compiler.lower import Lowered, lower
from kgraph.compiler.merge import merge
from kgraph.compiler.phases import Phase, phases
from kgraph.compiler.place import place
from kgraph.compiler.plan import Plan
from kgraph.compiler.schedule import schedule
from kgraph.graph.function import Function
from kgraph.types.errors import KGraphValueError

Pass = Callable[[Graph], Graph]

# Called with the name and the graph of each stage of each function; tests put their checks here.
watchers: list[Callable[[str, Graph], None]] = []

PASSES: dict[str, Pass] = {
    "canonicalize": canonicalize,
    "fold": fold,
    "cse": cse,
    "kinds": kinds,
    "dce": dce,
    "merge": merge,
    "combine": combine,
    "legalise": legalise,
}
DEFAULT = (
    "canonicalize", "fold", "cse", "kinds", "canonicalize", "fold", "dce", "merge", "combine",
    "legalise", "fold", "cse",
)  # fmt: skip
REQUIRED = ("legalise",)


@dataclass(frozen=True, eq=False)
class Planned:
    """A phase with its plan; ``statics`` are the weights from whose values its constants come."""

    phase: Phase
    fused: Fused
    plan: Plan
    statics: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Compiled:
    """All that compiling a function gave.

    ``stages`` holds the graph after each pass; ``planned`` the phases in which it runs, most often
    one.
    """

    lowered: Lowered
    stages: tuple[tuple[str, Graph], ...]
    planned: tuple[Planned, ...]

    @property
    def graph(self) -> Graph:
        """The graph after the last pass, as it was fused."""
        return self.stages[-1][1]

    @property
    def plan(self) -> Plan:
        """The plan of the last phase, which gives the outputs."""
        return self.planned[-1].plan

    def __reduce__(self) -> tuple[Any, ...]:
        graphs = [self.lowered.graph, *(graph for _, graph in self.stages)]
        graphs += [planned.phase.graph for planned in self.planned]
        makers = [node for planned in self.planned for node in planned.phase.makers]
        flat = Flattener(graphs, makers)
        types = (self.lowered.input_types, self.lowered.output_types)
        stages = [(name, flat.graph(graph)) for name, graph in self.stages]
        planned = [_flat(one, flat) for one in self.planned]
        return _restore, (flat.table, flat.graph(self.lowered.graph), types, stages, planned)


def _flat(planned: Planned, flat: Flattener) -> tuple[Any, ...]:
    return (
        flat.graph(planned.phase.graph),
        flat.all(planned.phase.makers),
        planned.phase.operands,
        planned.phase.kept,
        [flat.region(region) for region in planned.fused.regions],
        planned.plan,
        flat.all(planned.statics),
    )


def _restore(
    table: Table,
    lowered: Any,
    types: tuple[Any, Any],
    stages: list[tuple[str, Any]],
    planned: list[tuple[Any, ...]],
) -> Compiled:
    build = Builder(table)
    return Compiled(
        Lowered(build.graph(lowered), *types),
        tuple((name, build.graph(graph)) for name, graph in stages),
        tuple(_planned(one, build) for one in planned),
    )


def _planned(flat: tuple[Any, ...], build: Builder) -> Planned:
    graph, makers, operands, kept, regions, plan, statics = flat
    phase = Phase(build.graph(graph), tuple(build.all(makers)), operands, kept)
    return Planned(phase, build.fused(phase.graph, regions), plan, tuple(build.all(statics)))


def pass_names(passes: str | Sequence[str]) -> tuple[str, ...]:
    """The passes to run: "default", "none", or a list of names.

    What kernels cannot do without is added.
    """
    if passes == "default":
        return DEFAULT
    chosen = () if passes == "none" else (passes,) if isinstance(passes, str) else tuple(passes)
    unknown = [name for name in chosen if name not in PASSES]
    if unknown:
        raise KGraphValueError(f"unknown passes {unknown}; there are {', '.join(PASSES)}")
    return (*chosen, *(name for name in REQUIRED if name not in chosen))


def compile_plan(
    function: Function,
    *,
    freeze: bool = True,
    passes: str | Sequence[str] = "default",
    fast_math: bool = False,
    separate_batches: bool = False,
    costs: CostTable = DEFAULT_COSTS,
) -> Compiled:
    """Compile a function: ``freeze`` takes the weights as they are now, else plans follow them.

    ``fast_math`` allows ``rules/reassociate.py``, which changes results by more than rounding.
    ``separate_batches`` is for inputs with different numbers of rows, see ``lower``.  ``costs``
    tell what pays.
    """
    lowered = lower(function, separate_batches=separate_batches)
    stages = [("lower", lowered.graph)]
    graph = lowered.graph
    if freeze:
        graph = freeze_variables(graph)
        stages.append(("freeze", graph))
    known = _known_passes(fast_math, costs)
    for name in pass_names(passes):
        graph = known[name](graph)
        stages.append((name, graph))
    graph = own_outputs(graph)
    stages.append(("own_outputs", graph))
    for watch in watchers:
        for name, graph_then in stages:
            watch(name, graph_then)
    cut = phases(graph)
    planned = [
        _plan(phase, lowered, costs, is_first=number == 0) for number, phase in enumerate(cut)
    ]
    return Compiled(lowered, tuple(stages), tuple(planned))


def _known_passes(fast_math: bool, costs: CostTable) -> dict[str, Pass]:
    """The passes, two of which depend on what the user chose."""
    return PASSES | {
        "canonicalize": canonicalize_fast if fast_math else canonicalize,
        "kinds": partial(kinds_fast if fast_math else kinds, costs=costs),
    }


def _plan(phase: Phase, lowered: Lowered, costs: CostTable, *, is_first: bool) -> Planned:
    """Fuse and emit one phase; the first checks the row bounds in the inputs for all."""
    phase = replace(phase, graph=own_outputs(phase.graph))
    fused = schedule(fuse(phase.graph))
    drawn = lowered.graph if is_first else None
    plan, statics = emit(
        lowered.input_types, fused, place(fused), costs, is_first=is_first, drawn=drawn
    )
    return Planned(phase, fused, plan, tuple(statics))
