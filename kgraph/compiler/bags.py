"""Bags: what is computed for each item of a ragged row runs with what the row makes of its items.

    region over T items                 region over B rows
      gemm     %0 = dense(%x, %w)         gemm     %0 = dense(%x, %w), over their items
    region over B rows              →     segment  %1 = segment_sum(%0, %splits)
      segment  %1 = segment_sum(%0, %splits)

A panel then is a run of rows, and of their items: what is made of an item is taken up while it is
in cache, and needs no memory for all items of the batch unless others read it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from kgraph.compiler.grouping import Grouping
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Bags, Region, Step
from kgraph.types.dims import Size, product


def join_items(regions: Sequence[Region], longest: Mapping[Node, Size]) -> list[Region]:
    """The regions, those over items joined to the one over the rows that these are items of.

    ``longest`` tells of row bounds that are inputs, and so known to hold all items, how many items
    the longest row has.
    """
    grouping: Grouping[Region, list[Region]] = Grouping()
    maker = {node: region for region in regions for node in region.nodes}
    reads = {
        region: list(
            dict.fromkeys(
                maker[value] for step in region.steps for value in step.reads if value in maker
            )
        )
        for region in regions
    }
    for region in regions:
        needs = {grouping.of[found] for found in reads[region] if found is not region}
        grouping.add(region, [region], needs)
    for region in regions:
        bags = _bags(region, longest)
        if bags is None:
            continue
        for found in reads[region]:
            number, other = grouping.of[region], grouping.of[found]
            alone = len(grouping.groups[other]) == 1
            if alone and can_join(found, region, bags) and grouping.can_merge(number, other):
                grouping.merge(number, other)
                grouping.groups[number].insert(-1, found)
    return [_joined(group, longest) for group in grouping.ordered()]


def can_join(items: Region, rows: Region, bags: Bags) -> bool:
    """Whether all that ``rows`` reads of the region over items are the items of its own rows."""
    made = set(items.nodes)
    return (
        items is not rows
        and items.aligned
        and bags.items in items.allowed
        and not any(_bounds(step) for step in _kernels(items))
        and all(_reads_own_items(step, made, bags) for step in _kernels(rows))
    )


def _bags(region: Region, longest: Mapping[Node, Size]) -> Bags | None:
    """The bounds of the items that a region over rows reads, if they are all those of one input."""
    found = {bounds for step in _kernels(region) if (bounds := _bounds(step)) is not None}
    if len(found) != 1:
        return None
    (bounds,) = found
    if bounds not in longest or region.rows != bounds.type.dims[0] - 1:
        return None
    (items,) = {_items(step) for step in _kernels(region) if _bounds(step) is not None}
    return Bags(bounds, items, longest[bounds])


def _bounds(step: Step) -> Node | None:
    """The bounds of the rows whose items a kernel reads."""
    if step.kind == "segment":
        return root(step.nodes[0].inputs[1])
    return None if step.layout is None else step.layout.bounds


def _items(step: Step) -> Size:
    return step.layout.full[0] if step.layout is not None else step.nodes[0].inputs[0].type.dims[0]


def _reads_own_items(step: Step, made: Collection[Node], bags: Bags) -> bool:
    """Whether a kernel, for a row, reads of these values no more than the items of that row."""
    read = [value for value in step.reads if value in made]
    if not read or step.layout is None:
        return not read or step.kind == "segment"
    return step.layout.bounds is bags.bounds and all(
        step.layout.is_of_items(node, place)
        for node in step.nodes
        for place, operand in enumerate(node.inputs)
        if root(operand) in read
    )


def _kernels(region: Region) -> Iterator[Step]:
    return (part for step in region.steps for part in step.parts or [step])


def _joined(group: Sequence[Region], longest: Mapping[Node, Size]) -> Region:
    *before, rows = group
    if not before:
        return rows
    for step in (step for region in before for step in region.steps):
        step.of_items = True
    steps = [step for region in group for step in region.steps]
    made = {node for step in steps for node in step.nodes}
    why = {node: text for region in group for node, text in region.why.items() if node not in made}
    bags = _bags(rows, longest)
    return replace(rows, steps=steps, why=why, bags=bags)


def bytes_of_an_item(region: Region) -> Size:
    """What the kernels of a region read and make of each item."""
    assert region.bags is not None
    values: dict[Node, None] = {}
    for step in region.steps:
        values |= dict.fromkeys((*step.nodes, *step.reads))
    total: Size = 0
    for value in values:
        if value.type.dims and value.type.dims[0] == region.bags.items and not value.is_static:
            total = total + product(value.type.dims[1:]) * value.type.dtype.itemsize
    return total
