"""The compiler: one visible list of passes, from a Function to a Plan.

lower → freeze → canonicalize → fold → cse → dce → legalise → own_outputs
    → fuse → schedule → place → emit
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kgraph.compiler.canonicalize import canonicalize
from kgraph.compiler.cse import cse
from kgraph.compiler.dce import dce
from kgraph.compiler.emit import emit
from kgraph.compiler.flat import Builder, Flattener, Table
from kgraph.compiler.fold import fold
from kgraph.compiler.freeze import freeze as freeze_variables
from kgraph.compiler.fuse import fuse
from kgraph.compiler.ir import Graph, Node
from kgraph.compiler.kernels import Fused
from kgraph.compiler.legalise import legalise, own_outputs
from kgraph.compiler.lower import Lowered, lower
from kgraph.compiler.place import place, schedule
from kgraph.compiler.plan import Plan
from kgraph.graph.function import Function
from kgraph.types.errors import KGraphValueError

Pass = Callable[[Graph], Graph]

PASSES: dict[str, Pass] = {
    "canonicalize": canonicalize,
    "fold": fold,
    "cse": cse,
    "dce": dce,
    "legalise": legalise,
}
DEFAULT = ("canonicalize", "fold", "cse", "canonicalize", "fold", "dce", "legalise", "fold", "cse")
REQUIRED = ("legalise",)


@dataclass(frozen=True, eq=False)
class Compiled:
    """All that compiling a function gave.

    ``stages`` holds the graph after each pass; ``statics`` are the weights from whose values the
    constants of the plan are made.
    """

    lowered: Lowered
    stages: tuple[tuple[str, Graph], ...]
    fused: Fused
    plan: Plan
    statics: tuple[Node, ...]

    @property
    def graph(self) -> Graph:
        """The graph that was fused."""
        return self.fused.graph

    def __reduce__(self) -> tuple[Any, ...]:
        graphs = [self.lowered.graph, *(graph for _, graph in self.stages), self.graph]
        flat = Flattener(graphs)
        types = (self.lowered.input_types, self.lowered.output_types)
        return _restore, (
            flat.table,
            [flat.graph(graph) for graph in graphs],
            [name for name, _ in self.stages],
            [flat.region(region) for region in self.fused.regions],
            types,
            self.plan,
            flat.all(self.statics),
        )


def _restore(
    table: Table,
    graphs: list[Any],
    names: list[str],
    regions: list[Any],
    types: tuple[Any, Any],
    plan: Plan,
    statics: list[int],
) -> Compiled:
    build = Builder(table)
    lowered, *stages, fused = map(build.graph, graphs)
    return Compiled(
        Lowered(lowered, *types),
        tuple(zip(names, stages, strict=True)),
        build.fused(fused, regions),
        plan,
        tuple(build.all(statics)),
    )


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
    separate_batches: bool = False,
) -> Compiled:
    """Compile a function: ``freeze`` takes the weights as they are now, else plans follow them.

    ``separate_batches`` is for inputs with different numbers of rows, see ``lower``.
    """
    lowered = lower(function, separate_batches=separate_batches)
    stages = [("lower", lowered.graph)]
    graph = lowered.graph
    if freeze:
        graph = freeze_variables(graph)
        stages.append(("freeze", graph))
    for name in pass_names(passes):
        graph = PASSES[name](graph)
        stages.append((name, graph))
    graph = own_outputs(graph)
    stages.append(("own_outputs", graph))
    fused = schedule(fuse(graph))
    placement = place(fused)
    plan, statics = emit(replace(lowered, graph=graph), fused, placement)
    return Compiled(lowered, tuple(stages), fused, plan, tuple(statics))
