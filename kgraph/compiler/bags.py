"""Bags: what is computed for each item of a ragged row runs with what the row makes of its items.

    region over T items                 region over B rows
      gemm     %0 = dense(%x, %w)         gemm     %0 = dense(%x, %w), over their items
    region over B rows              →     segment  %1 = segment_sum(%0, %splits)
      segment  %1 = segment_sum(%0, %splits)

A panel then is a run of rows, and of their items: what is made of an item is taken up while it is
in cache, and needs no memory for all items of the batch unless others read it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kgraph.compiler.grouping import Grouping
from kgraph.compiler.ir import Node, root
from kgraph.compiler.kernels import Bags, Region, Step
from kgraph.types.dims import Size


def join_items(regions: Sequence[Region], longest: Mapping[Node, Size]) -> list[Region]:
    """The regions, those over items joined to the one over the rows that these are items of.

    ``longest`` tells of row bounds that are inputs, and so known to hold all items, how many items
    the longest row has.
    """
    grouping: Grouping[Region, list[Region]] = Grouping()
    maker = {node: region for region in regions for node in region.nodes}
    reads = {region: _read_regions(region, maker) for region in regions}
    for region in regions:
        grouping.add(region, [region], {grouping.of[found] for found in reads[region]})
    for region in regions:
        bags = _bags(region, longest)
        if bags is None:
            continue
        for found in reads[region]:
            number, other = grouping.of[region], grouping.of[found]
            group = grouping.groups[number]
            # A region over items that reads another reads other items than its own.
            apart = all(found not in reads[one] for one in group[:-1])
            alone = len(grouping.groups[other]) == 1
            if not (alone and apart and can_join(found, region, bags)):
                continue
            if grouping.can_merge(number, other):
                grouping.merge(number, other)
                group.insert(0, found)
    return [_joined(group, longest) for group in grouping.ordered()]


def can_join(items: Region, rows: Region, bags: Bags) -> bool:
    """Whether a region works over items, and ``rows`` reads of it the items of its own rows alone.

    A kernel that has bounds, those of the one set of rows that the region has, reads through them.
    """
    made = set(items.nodes)
    whole = (step for step in rows.kernels if _bounds(step) is None)
    return bags.items in items.allowed and not any(made.intersection(s.reads) for s in whole)


def _read_regions(region: Region, maker: Mapping[Node, Region]) -> list[Region]:
    makers = (maker.get(value) for step in region.steps for value in step.reads)
    return [found for found in dict.fromkeys(makers) if found not in (None, region)]


def _bags(region: Region, longest: Mapping[Node, Size]) -> Bags | None:
    """The items that a region over rows reads, if all its bounds are those of one input."""
    found = {bounds: _items(step) for step in region.kernels if (bounds := _bounds(step))}
    if len(found) != 1:
        return None
    ((bounds, items),) = found.items()
    return Bags(bounds, items, longest[bounds]) if bounds in longest else None


def _bounds(step: Step) -> Node | None:
    """The bounds of the rows whose items a kernel reads."""
    if step.kind == "segment":
        return root(step.nodes[0].inputs[1])
    return None if step.layout is None else step.layout.bounds


def _items(step: Step) -> Size:
    return step.layout.full[0] if step.layout is not None else step.nodes[0].inputs[0].type.dims[0]


def _joined(group: Sequence[Region], longest: Mapping[Node, Size]) -> Region:
    *before, rows = group
    if not before:
        return rows
    for step in (step for region in before for step in region.steps):
        step.of_items = True
    steps = [step for region in group for step in region.steps]
    made = {node for step in steps for node in step.nodes}
    why = {node: text for region in group for node, text in region.why.items() if node not in made}
    return replace(rows, steps=steps, why=why, bags=_bags(rows, longest))
