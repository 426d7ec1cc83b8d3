"""Cuts between phases: what runs before each, so that the fewest bytes wait for what runs after.

    a = wide(x)    n = narrow(a)    m = maker(n)    return gather(b(a), m)
    →
    a, n | m | b(a), gather     or     a, n, b(a) | m | gather     if b(a) is smaller than a

What a maker of a size needs runs before it, what needs that size runs after it, and what may run
on either side is a matter of what would wait: each value that one side makes and the other reads,
but not the inputs of the graph, which are there anyhow.  The least is a minimum cut of the graph in
which a value costs its bytes (Picard, Maximal closure of a graph, 1976; a value of many readers is
paid for once).  Of cuts that cost the same the one that runs least before it is taken: kernels fuse
with their readers.  Sizes that vary are taken for ``flow.NOMINAL``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kgraph.compiler.flow import nominal_bytes
from kgraph.compiler.ir import INPUT, Graph, Node

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_WHOLE = 1 << 20  # what all values cost together; SciPy adds capacities up in 32 bits
_NEVER = np.iinfo(np.int32).max  # the capacity of an edge that no cut crosses
_SOURCE, _SINK = 0, 1


def latest(
    graph: Graph, levels: Mapping[Node, int], is_free: Callable[[Node], bool]
) -> dict[Node, int]:
    """In which phase each node runs: that of ``levels``, the first in which it may, or a later one.

    Nodes that are free, being made anew wherever they are read, and makers stay.
    """
    last = max(levels.values(), default=0)
    network = _Network(graph, is_free)
    phases = dict(levels)
    before: set[Node] = set()
    for level in range(last):
        before = network.before(before, levels, level)
        for node in network.movable - before:
            phases[node] = max(phases[node], level + 1)
    return phases


@dataclass
class _Network:
    """The graph without its free nodes: who needs what, and what each value costs."""

    graph: Graph
    is_free: Callable[[Node], bool]
    needs: dict[Node, list[Node]] = field(default_factory=dict)
    costs: dict[Node, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        through: dict[Node, list[Node]] = {}
        for node in self.graph.nodes:
            operands = [value for x in node.inputs for value in through.get(x, [x])]
            operands = [value for value in dict.fromkeys(operands) if value.op != INPUT]
            if self.is_free(node):
                through[node] = operands
                continue
            self.needs[node] = operands
            self.costs[node] = nominal_bytes(node)
        self.makers = {node for node in self.needs if node.made}
        self.movable = self.needs.keys() - self.makers
        outputs = [value for x in self.graph.outputs for value in through.get(x, [x])]
        self.outputs = [value for value in outputs if value.op != INPUT]
        self.numbers = {node: at for at, node in enumerate(self.needs)}
        self.scale = _WHOLE / max(1, sum(self.costs.values()))

    def before(self, sure: Collection[Node], levels: Mapping[Node, int], level: int) -> set[Node]:
        """The nodes that run in the phases up to ``level``, those that do for ``sure`` included."""
        edges: dict[tuple[int, int], int] = {}
        for node in [*sure, *(x for x in self.makers if levels[x] <= level + 1)]:
            edges[_SOURCE, self._runs(node)] = _NEVER
        for node in self.needs:
            if levels[node] > level + (node in self.makers):
                edges[self._runs(node), _SINK] = _NEVER
            for operand in self.needs[node]:
                edges[self._runs(node), self._runs(operand)] = _NEVER
                edges[self._waits(operand), self._runs(node)] = _NEVER
        for node in self.outputs:
            edges[self._waits(node), _SINK] = _NEVER
        for node, cost in self.costs.items():
            edges[self._runs(node), self._waits(node)] = max(1, int(cost * self.scale))
        reached = _source_side(edges, 2 + 2 * len(self.needs))
        return {node for node in self.movable if reached[self._runs(node)]}

    def _runs(self, node: Node) -> int:
        """The vertex that lies before the cut if ``node`` does."""
        return 2 + 2 * self.numbers[node]

    def _waits(self, node: Node) -> int:
        """The vertex that lies before the cut if all readers of ``node`` do, too."""
        return 3 + 2 * self.numbers[node]


def _source_side(edges: Mapping[tuple[int, int], int], count: int) -> np.ndarray:
    """The vertices before the minimum cut, of equal cuts the one that has fewest of them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    capacities = _matrix(edges, count)
    left = capacities - maximum_flow(capacities, _SOURCE, _SINK).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = np.zeros(count, np.bool_)
    reached[breadth_first_order(csr_array(left), _SOURCE, return_predecessors=False)] = True
    return reached


def _matrix(edges: Mapping[tuple[int, int], int], count: int) -> csr_array:
    from scipy.sparse import csr_array

    rows, columns = zip(*edges, strict=True)
    data = np.array(list(edges.values()), np.int32)
    return csr_array((data, (rows, columns)), shape=(count, count))
