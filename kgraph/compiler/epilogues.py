"""Epilogues: a product and the program that takes it up become one kernel.

    region over B
      gemm     %0 = dense(%x, %w, %b)
      program  %1 = … erf(…%0…) …
    →
    region over B
      tiles    gemm %0, program %1

Such a kernel works tile by tile, so that the program finds the product in the nearest cache.  The
product needs no memory beyond a tile; mostly not even that, for it is written where the result of
the program will stand.  All products that one program reads are parts of its kernel, and so are
programs that work for it alone, such as the lengths of rows by which sums are divided.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgraph.compiler.grouping import Grouping
from kgraph.compiler.kernels import Step
from kgraph.types.dims import Dims, product

PRODUCTS = frozenset({"gemm", "matmul", "gather_sum"})


def join_epilogues(steps: Sequence[Step]) -> list[Step]:
    """The steps of a region, with each program joined to the products that it reads."""
    grouping: Grouping[Step, list[Step]] = Grouping()
    maker = {node: step for step in steps for node in step.nodes}
    reads = {
        step: list(dict.fromkeys(maker[value] for value in step.reads if value in maker))
        for step in steps
    }
    for step in steps:
        number = grouping.add(step, [step], {grouping.of[found] for found in reads[step]})
        for found in reads[step]:
            if can_take_up(found, step):
                _join(grouping, found, number)
    for step in steps:
        number = grouping.of[step]
        group = grouping.groups[number]
        if len(group) > 1 and group[-1] is step:
            for found in reads[step]:
                if _works_for(found, step, steps):
                    _join(grouping, found, number)
    return [_kernel(group) for group in grouping.ordered()]


def _join(grouping: Grouping[Step, list[Step]], found: Step, number: int) -> None:
    """Take a step into the kernel of the program that reads it, if one can wait for the other."""
    group, own = grouping.groups[grouping.of[found]], grouping.groups[number]
    if len(group) > 1:
        return
    if grouping.can_merge(number, grouping.of[found]):
        grouping.merge(number, grouping.of[found])
        own.insert(-1, found)


def can_take_up(product: Step, program: Step) -> bool:
    """Whether the program may run on a tile of the product as soon as that is there.

    Both are steps of one region: a row of the program reads that row alone of the product.
    """
    return product.kind in PRODUCTS and program.kind == "program"


def _works_for(found: Step, program: Step, steps: Sequence[Step]) -> bool:
    """Whether a program makes one value, for another program alone."""
    made = {node for node in found.nodes if any(node in step.reads for step in steps)}
    return (
        found.kind == "program"
        and made == {found.nodes[-1]}
        and not any(step is not program and found.nodes[-1] in step.reads for step in steps)
    )


def _kernel(group: list[Step]) -> Step:
    if len(group) == 1:
        return group[0]
    nodes = [node for step in group for node in step.nodes]
    made = set(nodes)
    whole = {value for step in group for value in step.reads if value not in step.local}
    local = {value for step in group for value in step.local if value not in made} - whole
    return Step("tiles", nodes, _shared_lead(group), local, parts=group)


def _shared_lead(group: Sequence[Step]) -> Dims:
    """The most leading axes that make rows in which all can be handed out: steps of one region have
    the rows of the region at least."""
    lead = group[0].lead
    prefixes = (lead[:count] for count in range(len(lead), 0, -1))
    return next(
        prefix for prefix in prefixes if all(product(prefix) in step.prefixes() for step in group)
    )
