"""Pass ``emit``: write the Plan of placed regions: what it reads, checks and gives.

``emit_steps.py`` writes its regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kgraph.compiler.constraints import broadcasts, constraints, public_name
from kgraph.compiler.costs import CostTable
from kgraph.compiler.emit_steps import emit_region
from kgraph.compiler.emitter import Emitter
from kgraph.compiler.interpret import symbol_and_offset
from kgraph.compiler.ir import Graph, Node
from kgraph.compiler.kernels import Fused, Step
from kgraph.compiler.lookups import FALLIBLE, Lookup, lookups
from kgraph.compiler.place import Placement
from kgraph.compiler.plan import Check, Constraint, Plan, Symbol
from kgraph.ops.operands import component_types
from kgraph.types.array_type import RaggedType, SparseType, ValueType
from kgraph.types.dims import Dim, Size


def emit(
    given: Sequence[ValueType],
    fused: Fused,
    placement: Placement,
    costs: CostTable,
    *,
    is_first: bool = True,
    drawn: Graph | None = None,
) -> tuple[Plan, list[Node]]:
    """The plan, and the static nodes from whose values its constants are made.

    ``given`` are the types of the values that come first among the inputs.  The first plan of a
    graph checks their row bounds and indices, and what the graph as it was ``drawn`` trusts of
    their sizes; each, the positions that it looks up itself.
    """
    graph = fused.graph
    emitter = Emitter(graph, placement, costs)
    input_dims = tuple(tuple(map(emitter.size, node.type.dims)) for node in graph.inputs)
    output_dims = tuple(tuple(map(emitter.size, node.type.dims)) for node in graph.outputs)
    rows = _row_splits(given)
    found = _found_early(fused, len(rows))
    checks = (_checks(given, emitter) if is_first else ()) + tuple(
        _check_ids(lookup, rows, emitter) for lookup in found.values()
    )
    trusted = tuple(
        _constraint(emitter.size(found.size), node, found.says, found.about, found.op)
        for found, node in constraints(graph, drawn)
    )
    spread = tuple(
        replace(
            _constraint(-1, node, "the sizes {} and {} cannot be broadcast together", atom.args),
            operands=(),  # their sizes may be what cannot be said
        )
        for atom, node in broadcasts(graph)
    )
    regions = tuple(emit_region(region, emitter) for region in fused.regions)
    plan = Plan(
        name=graph.name,
        input_names=tuple(str(node.attrs["name"]) for node in graph.inputs),
        inputs=tuple(node.type for node in graph.inputs),
        outputs=tuple(node.type for node in graph.outputs),
        symbols=_symbols(graph),
        checks=checks,
        constraints=trusted,
        broadcasts=spread,
        sizes=tuple(emitter.sizes),
        input_dims=input_dims,
        output_dims=output_dims,
        buffers=tuple(emitter.buffer_list),
        lifetimes=placement.lifetimes,
        regions=regions,
        grain=costs.grain,
        recipes=tuple(emitter.recipes),
        given=len(rows),
        may_fail=any(_may_fail(step, found) for region in fused.regions for step in region.steps),
    )
    return plan, emitter.statics


def _constraint(
    size: int, node: Node, says: str, about: tuple[Size, ...], op: str = ""
) -> Constraint:
    operands = tuple(operand.type for operand in node.inputs)
    op, label = op or public_name(node.op), node.scope or node.op
    return Constraint(size, label, node.line, op, says, about, operands)


def _symbols(graph: Graph) -> tuple[Symbol, ...]:
    found: dict[str, Symbol] = {}
    for number, node in enumerate(graph.inputs):
        for axis, size in enumerate(node.type.dims):
            told = symbol_and_offset(size) if isinstance(size, Dim) else None
            if told is not None:
                name, offset = told
                found.setdefault(name, Symbol(name, number, axis, offset))
    for name, number in graph.longest.items():
        found[name] = Symbol(name, number, -1)
    return tuple(found.values())


def _checks(types: Sequence[ValueType], emitter: Emitter) -> tuple[Check, ...]:
    checks: list[Check] = []
    number = 0
    for type in types:
        if isinstance(type, RaggedType):
            inner = [splits.dims[0] - 1 for splits in type.splits[1:]]
            for level, total in enumerate([*inner, type.flat.dims[0]]):
                checks.append(Check("splits", number + 1 + level, emitter.size(total)))
            number += 1 + len(type.splits)
        elif isinstance(type, SparseType):
            checks.append(Check("splits", number + 2, emitter.size(type.data.dims[0])))
            checks.append(Check("indices", number + 1, emitter.size(type.width)))
            number += len(type.parts)
        else:
            number += 1
    return tuple(checks)


def _row_splits(types: Sequence[ValueType]) -> list[tuple[int, ...]]:
    """For each array of the values, the numbers of those that bound its rows."""
    found: list[tuple[int, ...]] = []
    for type in types:
        first, count = len(found), len(component_types(type))
        ragged = isinstance(type, RaggedType)
        found.append(tuple(range(first + 1, first + count)) if ragged else ())
        found += [()] * (count - 1)
    return found


def _found_early(fused: Fused, given: int) -> dict[Node, Lookup]:
    """Look-ups by node, of which a batch's faults are found when it is bound."""
    inputs = set(fused.graph.inputs[:given])
    return {found.node: found for found in lookups(fused.graph.nodes) if found.ids in inputs}


def _check_ids(found: Lookup, rows: Sequence[tuple[int, ...]], emitter: Emitter) -> Check:
    """The table says whose ids they are, if it is the weight of a layer."""
    number = emitter.input_number[found.ids]
    maker = found.maker if found.maker.is_static and found.maker.scope else found.node
    return Check(
        "ids",
        number,
        emitter.size(found.rows),
        found.wraps,
        maker.scope or public_name(found.node.op),
        maker.line or found.node.line,
        rows[number],
        found.table,
    )


def _may_fail(step: Step, found: Mapping[Node, Lookup]) -> bool:
    """Can the kernel meet a fault in what was computed?"""
    return step.kind == "host" or any(
        node.op in FALLIBLE and node not in found for node in step.nodes
    )
