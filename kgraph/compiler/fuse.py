"""Pass ``fuse``: group nodes into steps (kernels), and steps into regions that run panel by panel.

    %0 = dense(%x, %w, %b) : f32[B, 4]
    %1 = reduce_max(%0, axes=(1,)) : f32[B, 1]
    %2 = subtract(%0, %1) : f32[B, 4]
    →
    region over B
      tiles    gemm %0, program %1 %2

First each node joins the program of its operands where the block VM can hold both; then each step
joins the region of its operands where both work over the same rows.  Both are the same greedy
grouping: a newcomer may join a group unless another of its operands depends on that group.  Last,
ends over the same rows run together (``horizontal.py``), programs become the epilogues of the
products that they read (``epilogues.py``), and what is computed of the items of ragged rows runs
with what is made of the rows (``bags.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from kgraph.compiler.bags import join_items
from kgraph.compiler.epilogues import join_epilogues
from kgraph.compiler.grouping import Grouping
from kgraph.compiler.horizontal import merge_ends
from kgraph.compiler.ir import Graph, Node, root
from kgraph.compiler.kernels import Fused, Region, Step, is_input_view
from kgraph.compiler.layout import Layout
from kgraph.compiler.loop_names import SEGMENTS
from kgraph.compiler.steps import longest_keys, make_step
from kgraph.types.dims import Dim, Size


def fuse(graph: Graph) -> Fused:
    """Group the nodes of a legalised graph into regions of steps, in an order they can run in."""
    longest = {graph.inputs[at]: Dim.symbol(name) for name, at in graph.longest.items()}
    steps = _group_nodes(graph, longest)
    order = {node: place for place, node in enumerate(graph.nodes)}
    regions = merge_ends(_group_steps(steps), partial(_join_independent, order, longest))
    for region in regions:
        region.steps = join_epilogues(region.steps)
    return Fused(graph, join_items(regions, longest))


# -- nodes into steps ----------------------------------------------------------------------------


def _group_nodes(graph: Graph, longest: Mapping[Node, Size]) -> list[Step]:
    grouping: Grouping[Node, Step] = Grouping()
    uses = graph.uses()
    for node in graph.nodes:
        if node.is_static or node.op in ("reshape_to", "size_like") or is_input_view(node):
            continue
        if node.op == "relu" and uses[node.inputs[0]] == 1 and _join_gemm(grouping, node):
            continue
        made = make_step(node)
        makers = {root(operand) for operand in node.inputs}
        needs = {grouping.of[maker] for maker in makers if maker in grouping.of}
        if made.layout is None or not _join_program(grouping, node, made.layout, needs, longest):
            grouping.add(node, made, needs)
    position = {node: place for place, node in enumerate(graph.nodes)}
    for step in grouping.groups.values():
        step.nodes.sort(key=position.__getitem__)
        _finish(step, longest)
    return grouping.ordered()


def _join_gemm(grouping: Grouping[Node, Step], node: Node) -> bool:
    """A relu that alone reads a product is done before the product is stored."""
    number = grouping.of.get(node.inputs[0])
    if number is None or grouping.groups[number].kind != "gemm":
        return False
    step = grouping.groups[number]
    step.relu = True
    step.nodes.append(node)
    grouping.of[node] = number
    return True


def _join_program(
    grouping: Grouping[Node, Step],
    node: Node,
    own: Layout,
    needs: set[int],
    longest: Mapping[Node, Size],
) -> bool:
    """Put a node into the programs of its operands, which become one; ``own`` is its layout."""
    home: int | None = None
    for number in sorted(needs):
        step = grouping.groups[number]
        if step.layout is None:
            continue
        if home is not None:
            if grouping.can_merge(home, number):
                _merge_programs(grouping, home, number, longest)
        elif grouping.can_join(number, needs):
            layout = _joined(step.layout, own, longest)
            if layout is not None:
                home, step.layout = number, layout
                step.nodes.append(node)
                grouping.join(node, number, needs)
    return home is not None


def _merge_programs(
    grouping: Grouping[Node, Step], home: int, other: int, longest: Mapping[Node, Size]
) -> None:
    a, b = grouping.groups[home], grouping.groups[other]
    assert a.layout is not None
    assert b.layout is not None
    layout = _joined(a.layout, b.layout, longest)
    if layout is not None:
        a.layout = layout
        a.nodes += b.nodes
        grouping.merge(home, other)


def _join_independent(
    order: Mapping[Node, int], longest: Mapping[Node, Size], a: Step, b: Step
) -> bool:
    """Make ``a`` the program of both, if they are programs over the same rows and columns."""
    if a.layout is None or b.layout is None or a.layout.full != b.layout.full:
        return False
    if a.layout.split != b.layout.split:
        return False
    layout = _joined(a.layout, b.layout, longest)
    if layout is None:
        return False
    a.layout = layout
    a.nodes = sorted((*a.nodes, *b.nodes), key=order.__getitem__)
    _finish(a, longest)
    return True


def _joined(a: Layout, b: Layout, longest: Mapping[Node, Size]) -> Layout | None:
    """One layout for both; segments only if it is known how much room the longest takes."""
    bounds = a.bounds if b.bounds is None else b.bounds
    return a.joined(b) if bounds is None or bounds in longest else None


def _finish(step: Step, longest: Mapping[Node, Size]) -> None:
    """What is known of a step once it has all its nodes."""
    if step.kind == "attention":
        step.longest = longest_keys(step.nodes[0], longest)
    layout = step.layout
    if layout is None:
        return
    whole = {
        root(operand)
        for node in step.nodes
        for place, operand in enumerate(node.inputs)
        if layout.is_whole(node, place)
    }
    step.lead = layout.lead
    step.local = set(step.reads) - whole
    if layout.bounds is not None:
        step.longest = longest.get(layout.bounds, step.longest)
        if len(step.nodes) == 1 and step.nodes[0].op in SEGMENTS:
            step.kind, step.layout = "segment", None  # it needs no tiles


# -- steps into regions --------------------------------------------------------------------------


def _group_steps(steps: Sequence[Step]) -> list[Region]:
    grouping: Grouping[Step, Region] = Grouping()
    maker = {node: step for step in steps for node in step.nodes}
    for step in steps:
        needs = {grouping.of[maker[value]] for value in step.reads if value in maker}
        why: dict[Node, str] = {}
        home: int | None = None
        for number in sorted(needs):
            region = grouping.groups[number]
            refusal = _refusal(region, step)
            if refusal is None and not grouping.can_join(number, needs):
                refusal = "another operand depends on that region"
            if refusal is None and home is not None:
                refusal = _merge_regions(grouping, home, number, step)
                if refusal is None:
                    needs.remove(number)
                    continue
            if refusal is None:
                home = number
            else:
                made = set(region.nodes)
                why.update((value, refusal) for value in step.reads if value in made)
        if home is None:
            grouping.add(step, Region([step], step.prefixes(), why), needs)
            continue
        region = grouping.groups[home]
        region.allowed = _common(region.allowed, step.prefixes())
        region.steps.append(step)
        region.why.update(why)
        grouping.join(step, home, needs)
    return grouping.ordered()


def _merge_regions(
    grouping: Grouping[Step, Region], home: int, other: int, step: Step
) -> str | None:
    """Make one of two regions that ``step`` reads, neither of which depends on the other.

    Or say why they stay two.
    """
    a, b = grouping.groups[home], grouping.groups[other]
    allowed = _common(_common(a.allowed, b.allowed), step.prefixes())
    if not allowed:
        return f"it works over {b.rows} rows, another operand over {a.rows}"
    a.steps += b.steps
    a.allowed = allowed
    a.why |= b.why
    grouping.merge(home, other)
    return None


def _refusal(region: Region, step: Step) -> str | None:
    """Why ``step`` cannot run in ``region``; None if it can."""
    inside = set(region.nodes)
    whole = [value for value in step.reads if value in inside and value not in step.local]
    if whole and step.lead:
        return f"it reads all rows of a {whole[0].op}"
    if not step.aligned or not region.aligned:
        return "its rows are not where the rows of its operands are"
    if not _common(region.allowed, step.prefixes()):
        rows = step.prefixes()[-1] if step.lead else 1
        return f"it works over {rows} rows, its operand over {region.rows}"
    return None


def _common(a: Sequence[Size], b: Sequence[Size]) -> list[Size]:
    return [size for size in a if size in b]
