"""``verify``: what must hold of every graph; run after each pass in tests.

fold: node %1 says f32[B, 4], but its op infers f32[B, 8]
  %x: f32[B, 8]
> %1 = exp(%x) : f32[B, 4]
  return %1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kgraph.compiler.ir import INPUT, VARIABLE, Graph, Node, symbols_in
from kgraph.compiler.text import name_nodes, show_node
from kgraph.ops.op import Op
from kgraph.types.array_type import ArrayType, type_of_array
from kgraph.types.dims import Dim, Size, substitute, symbols
from kgraph.types.errors import InternalError, KGraphError
from kgraph.types.operators import OPS

_CONTEXT = 5  # lines shown before the fault; one less after it


def verify(graph: Graph, after: str = "") -> Graph:
    """Return the graph if it is sound.

    Errors    InternalError with the ten lines around the fault, and the pass that left it
    """
    fault = next(_faults(graph), None)
    if fault is None:
        return graph
    what, node = fault
    where = f"after {after}: " if after else ""
    lines = excerpt(graph, node)
    raise InternalError(f"{where}{what}\n{lines}\nThis is a bug in kgraph: please report it.")


def _faults(graph: Graph) -> Iterator[tuple[str, Node | None]]:
    yield from _input_faults(graph)
    bound = set(graph.longest)
    for node in graph.inputs:
        for size in node.type.dims:
            bound |= symbols(size)
    defined = set(graph.inputs)
    for node in graph.nodes:
        if node in defined:
            yield "a node stands twice", node
        if any(operand not in defined for operand in node.inputs):
            yield "an operand is used before it is defined", node
        bound |= node.made
        yield from ((what, node) for what in _node_faults(node, bound))
        defined.add(node)
    for node in graph.outputs:
        if node not in defined:
            yield f"an output, {node!r}, is not among the nodes", None


def _input_faults(graph: Graph) -> Iterator[tuple[str, Node | None]]:
    names: set[str] = set()
    for node in graph.inputs:
        if node.op != INPUT:
            yield "an input is no input node", node
        elif node.attrs["name"] in names:
            yield f"two inputs are called {node.attrs['name']!r}", node
        else:
            names.add(node.attrs["name"])
    for symbol, index in graph.longest.items():
        if index >= len(graph.inputs):
            yield f"the size {symbol} belongs to input {index}, which does not exist", None


def _node_faults(node: Node, bound: set[str]) -> Iterator[str]:
    unbound = symbols_in((*node.type.dims, *node.attrs.values())) - bound
    if unbound:
        yield f"no input tells the size {min(unbound)}"
    if node.op == INPUT:
        yield "an input stands among the nodes"
    elif node.is_leaf:
        held = node.attrs["variable"].type if node.op == VARIABLE else type_of_array(node.value)
        if held != node.type:
            yield f"the {node.op} holds {held}, its type says {node.type}"
    else:
        yield from _application_faults(node)


def _application_faults(node: Node) -> Iterator[str]:
    op = OPS.get(node.op)
    if not isinstance(op, Op) or not op.is_primitive or op.infer_rule is None:
        yield f"{node.op} is no primitive"
        return
    if not op.variadic and len(node.inputs) != len(op.tensor_names):
        yield f"{node.op} takes {len(op.tensor_names)} operands, not {len(node.inputs)}"
        return
    types = [operand.type for operand in node.inputs]
    try:
        wanted = list(op.dtypes([type.dtype for type in types]))
        inferred = op.infer_rule(*types, **node.attrs)
    except (KGraphError, TypeError) as error:
        yield f"{node.op} refuses its operands or attributes: {error}"
        return
    if wanted != [type.dtype for type in types]:
        yield f"{node.op} computes in {_names(wanted)}, its operands are {_names_of(types)}"
    if inferred != node.type and not _equal_but_for_names(inferred, node):
        yield f"the type is {node.type}, but {node.op} gives {inferred}"


def _equal_but_for_names(inferred: ArrayType, node: Node) -> bool:
    """Whether the types differ in nothing but the names of the sizes that the node makes."""
    if inferred.dtype != node.type.dtype or inferred.ndim != node.type.ndim:
        return False
    told = symbols_in([operand.type.dims for operand in node.inputs])
    renamed = {
        mine: Dim.symbol(theirs)
        for size, own in zip(inferred.dims, node.type.dims, strict=True)
        for mine, theirs in _new_names(own, size, told)
    }
    return inferred.dims == tuple(substitute(size, renamed) for size in node.type.dims)


def _new_names(own: Size, inferred: Size, told: set[str]) -> Iterator[tuple[str, str]]:
    """The one size that no operand tells, as the node calls it and as it is inferred now."""
    mine, theirs = symbols_in([own]) - told, symbols_in([inferred]) - told
    if len(mine) == len(theirs) == 1:
        yield mine.pop(), theirs.pop()


def _names(dtypes: list[Any]) -> str:
    return ", ".join(map(str, dtypes))


def _names_of(types: list[ArrayType]) -> str:
    return _names([type.dtype for type in types])


def excerpt(graph: Graph, node: Node | None) -> str:
    """The lines around ``node``, which is marked; the end of the graph if there is none."""
    names = name_nodes(graph)
    known = set(names) | set(graph.nodes)
    for reader in (*graph.nodes, *graph.outputs):
        for operand in (*reader.inputs, reader):
            if operand not in known:
                names[operand] = "undefined"
    entries: list[tuple[Node | None, str]] = []
    for entry in (*graph.inputs, *graph.nodes):
        entries += [(entry, line) for line in show_node(entry, names)]
    returned = ", ".join("%" + names[output] for output in graph.outputs if output in names)
    entries.append((None, f"return {returned}"))
    place = next((at for at, (entry, _) in enumerate(entries) if entry is node), len(entries) - 1)
    first = max(0, place - _CONTEXT)
    shown = enumerate(entries[first : place + _CONTEXT], first)
    return "\n".join(("> " if at == place else "  ") + line for at, (_, line) in shown)
