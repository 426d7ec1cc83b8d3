"""The tables of a plan while they are being written: sizes, buffers, recipes of constants."""

from __future__ import annotations

from typing import Any

from kgraph.compiler.costs import CostTable
from kgraph.compiler.ir import Graph, Node, root
from kgraph.compiler.kernels import is_input_view
from kgraph.compiler.place import Placement
from kgraph.compiler.plan import PARTS, Buffer, Recipe
from kgraph.types.dims import Size, product


class Emitter:
    """The tables of a plan while it is being written."""

    def __init__(self, graph: Graph, placement: Placement, costs: CostTable) -> None:
        self.graph = graph
        self.placement = placement
        self.costs = costs
        self.sizes: dict[Size, int] = {}
        self.buffers: dict[tuple[Any, ...], int] = {}
        self.buffer_list: list[Buffer] = []
        self.recipes: list[Recipe] = []
        self.statics: list[Node] = []
        self.input_number = {node: number for number, node in enumerate(graph.inputs)}

    def size(self, size: Size) -> int:
        """The number of a size in the table."""
        return self.sizes.setdefault(size, len(self.sizes))

    def buffer(self, node: Node, *, packed: bool = False, row_bytes: Size = 0) -> int:
        """The number of the buffer in which the value of ``node`` lies."""
        base = root(node)
        base = self.placement.under.get(base, base)
        key = (base, packed)
        if key not in self.buffers:
            kind, index = self._whereabouts(base, packed)
            offset = self.size(_view_offset(base)) if is_input_view(base) else -1
            whole = base.type.size * base.type.dtype.itemsize
            self.buffers[key] = len(self.buffer_list)
            number = self.size(row_bytes if kind in PARTS else whole)
            self.buffer_list.append(Buffer(kind, index, number, offset))
        return self.buffers[key]

    def _whereabouts(self, base: Node, packed: bool) -> tuple[str, int]:
        if is_input_view(base):
            return "input", self.input_number[root(base.inputs[0])]
        if base in self.input_number:
            return "input", self.input_number[base]
        if base.is_static:
            if base not in self.statics:
                self.statics.append(base)
            self.recipes.append(Recipe(self.statics.index(base), packed))
            return "constant", len(self.recipes) - 1
        return self.placement.of[base]


def _view_offset(view: Node) -> Size:
    """Bytes before the first row of a view into an input."""
    row_bytes = product(view.type.dims[1:]) * view.type.dtype.itemsize
    start: Size = view.attrs["starts"][0]
    return start * row_bytes
