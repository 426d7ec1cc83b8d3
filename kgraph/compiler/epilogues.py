"""Epilogues: a product and the program that takes it up become one kernel.

    region over B
      gemm     %0 = dense(%x, %w, %b)
      program  %1 = … erf(…%0…) …
    →
    region over B
      tiles    gemm %0, program %1

Such a kernel works tile by tile, so that the program finds the product in the nearest cache.  The
product needs no memory beyond a tile; mostly not even that, for it is written where the result of
the program will stand.  All products that one program reads are parts of its kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgraph.compiler.grouping import Grouping
from kgraph.compiler.kernels import Step
from kgraph.types.dims import Size, product

PRODUCTS = frozenset({"gemm", "matmul", "gather_sum"})


def join_epilogues(steps: Sequence[Step]) -> list[Step]:
    """The steps of a region, with each program joined to the products that it reads."""
    grouping: Grouping[Step, list[Step]] = Grouping()
    maker = {node: step for step in steps for node in step.nodes}
    for step in steps:
        reads = [maker[value] for value in step.reads if value in maker]
        number = grouping.add(step, [step], {grouping.of[found] for found in reads})
        for found in dict.fromkeys(reads):
            _join(grouping, found, step, number)
    groups = {number: group for number, group in enumerate(grouping.groups) if group is not None}
    return [_kernel(groups[number]) for number in grouping.ordered(list(groups))]


def _join(grouping: Grouping[Step, list[Step]], product: Step, program: Step, number: int) -> None:
    """Take the product into the kernel of the program, where one can wait for the other."""
    group, own = grouping.groups[grouping.of[product]], grouping.groups[number]
    if group is None or own is None or len(group) > 1:
        return
    if not can_take_up(product, program) or _shared_rows([product, *own]) is None:
        return
    if grouping.can_merge(number, grouping.of[product]):
        grouping.merge(number, grouping.of[product])
        own.insert(-1, product)


def can_take_up(product: Step, program: Step) -> bool:
    """Whether the program may run on a tile of the product as soon as that is there."""
    made = product.nodes[-1]
    return (
        product.kind in PRODUCTS
        and program.kind == "program"
        and product.aligned
        and program.aligned
        and made in program.local
        and made not in product.reads
    )


def _kernel(group: list[Step]) -> Step:
    if len(group) == 1:
        return group[0]
    count = _shared_rows(group)
    assert count is not None
    nodes = [node for step in group for node in step.nodes]
    made = set(nodes)
    whole = {value for step in group for value in step.reads if value not in step.local}
    local = {value for step in group for value in step.local if value not in made} - whole
    return Step("tiles", nodes, group[0].lead[:count], local, parts=group)


def _shared_rows(group: Sequence[Step]) -> int | None:
    """How many leading axes of the first step make rows in which all can be handed out."""
    lead = group[0].lead
    for count in range(len(lead), 0, -1):
        rows: Size = product(lead[:count])
        if all(rows in step.prefixes() for step in group):
            return count
    return None
