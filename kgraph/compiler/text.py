"""The text form of a graph: what ``print`` shows, golden tests hold, and ``parse`` reads back."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from kgraph.compiler.ir import CONSTANT, INPUT, VARIABLE, Graph, Node
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim
from kgraph.types.dtypes import from_short
from kgraph.types.errors import KGraphValueError
from kgraph.types.size_text import parse_size

_SMALL = 4  # constants up to this many elements are written out


def show(graph: Graph, *, scopes: bool = False) -> str:
    """One line per value; ``scopes`` adds the layer that made each of them."""
    names = name_nodes(graph)
    entries = (*graph.inputs, *graph.nodes)
    lines = [line for node in entries for line in show_node(node, names, scopes=scopes)]
    outputs = ", ".join(_operand(node, names) for node in graph.outputs)
    return "\n".join([*lines, f"return {outputs}"])


def show_node(node: Node, names: Mapping[Node, str], *, scopes: bool = False) -> list[str]:
    """The line of one node; none for a small constant, which is written out where it is read."""
    if node.op == INPUT:
        return [f"%{names[node]}: {node.type}"]
    if node.op == VARIABLE:
        return [f"%{names[node]}: {node.type} = variable"]
    if node.op == CONSTANT and _is_small(node):
        return []
    return [_line(node, names, scopes)]


def name_nodes(graph: Graph) -> dict[Node, str]:
    """A name for each node: inputs and variables their own, others a number."""
    names: dict[Node, str] = {}
    taken: set[str] = set()
    number = 0
    for node in (*graph.inputs, *graph.nodes):
        if node.op in (INPUT, VARIABLE):
            wanted = _own_name(node)
            name, suffix = wanted, 1
            while name in taken:
                name, suffix = f"{wanted}.{suffix}", suffix + 1
        elif node.op == CONSTANT and _is_small(node):
            continue
        else:
            while str(number) in taken:  # an input may be called "0"
                number += 1
            name, number = str(number), number + 1
        taken.add(name)
        names[node] = name
    return names


def _own_name(node: Node) -> str:
    if node.op == INPUT:
        return re.sub(r"[^\w.]", "_", str(node.attrs["name"]))
    return re.sub(r"[^\w.]", "_", node.attrs["variable"].path.replace("/", "."))


def _is_small(node: Node) -> bool:
    return node.value.size <= _SMALL and node.value.ndim <= 1


def _operand(node: Node, names: Mapping[Node, str]) -> str:
    if node in names:
        return "%" + names[node]
    return f"{node.value.tolist()}:{node.type}"


def _line(node: Node, names: Mapping[Node, str], scopes: bool) -> str:
    where = f"    # {node.scope}" if scopes and node.scope else ""
    if node.op == CONSTANT:
        return f"%{names[node]} = constant() : {node.type}{where}"
    parts = [_operand(operand, names) for operand in node.inputs]
    parts += [f"{key}={attribute_text(value)}" for key, value in node.attrs.items()]
    return f"%{names[node]} = {node.op}({', '.join(parts)}) : {node.type}{where}"


def attribute_text(value: Any) -> str:
    """An attribute as the text of a graph has it."""
    if isinstance(value, tuple):
        inner = ", ".join(map(attribute_text, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, Dim):
        return "{" + str(value) + "}"
    if isinstance(value, np.dtype):
        return repr(value.name)
    return repr(value)


# -- reading back -------------------------------------------------------------------------------

_TYPE = re.compile(r"(\w+)\[(.*)\]")
_HEAD = re.compile(r"%([\w.]+): (.+?)( = variable)?$")
_NODE = re.compile(r"%([\w.]+) = (\w+)\((.*)\) : (\w+\[.*\])$")


def parse(text: str, constants: Mapping[str, Any] | None = None) -> Graph:
    """Read what :func:`show` wrote; large constants come from ``constants``, or are ones."""
    values: dict[str, Node] = {}
    inputs: list[Node] = []
    nodes: list[Node] = []
    for line in text.splitlines():
        line = line.split("    # ")[0].strip()
        if not line:
            continue
        if line.startswith("return "):
            outputs = [
                _read_operand(part, values, nodes) for part in _split(line[len("return ") :])
            ]
            return Graph(tuple(inputs), tuple(nodes), tuple(outputs))
        head = _HEAD.match(line)
        if head and " = " not in head.group(2):
            made = _read_leaf(head, constants or {})
            (nodes if head.group(3) else inputs).append(made)
            values[head.group(1)] = made
            continue
        name, made = _read_node(line, values, nodes, constants or {})
        nodes.append(made)
        values[name] = made
    raise KGraphValueError("the text of a graph ends with a line `return ...`")


def parse_type(text: str) -> ArrayType:
    match = _TYPE.fullmatch(text.strip())
    if match is None:
        raise KGraphValueError(f"{text!r} is not an array type such as f32[B, 16]")
    return ArrayType(from_short(match.group(1)), tuple(map(parse_size, _split(match.group(2)))))


def _read_leaf(head: re.Match[str], constants: Mapping[str, Any]) -> Node:
    name, type = head.group(1), parse_type(head.group(2))
    if not head.group(3):
        return Node(INPUT, (), {"name": name}, type)
    from kgraph.types.variable import Variable

    value = constants.get(name, np.ones([int(size) for size in type.dims], type.dtype))
    return Node(VARIABLE, (), {"variable": Variable(value, name=name)}, type)


def _read_node(
    line: str, values: Mapping[str, Node], nodes: list[Node], constants: Mapping[str, Any]
) -> tuple[str, Node]:
    match = _NODE.match(line)
    if match is None:
        raise KGraphValueError(f"cannot read the line {line!r}")
    name, op, body, type_text = match.groups()
    type = parse_type(type_text)
    if op == CONSTANT:
        value = constants.get(name, np.ones([int(size) for size in type.dims], type.dtype))
        return name, Node(CONSTANT, (), {"value": np.asarray(value, type.dtype)}, type)
    parts = _split(body)
    operands = tuple(_read_operand(part, values, nodes) for part in parts if not _is_attr(part))
    pairs = [part.split("=", 1) for part in parts if _is_attr(part)]
    return name, Node(op, operands, {key: _read_attr(value) for key, value in pairs}, type)


def _is_attr(part: str) -> bool:
    return re.match(r"\w+=", part) is not None


def _read_operand(text: str, values: Mapping[str, Node], nodes: list[Node]) -> Node:
    """A value by its name; a constant that is written out becomes a node before its reader."""
    text = text.strip()
    if text.startswith("%"):
        return values[text[1:]]
    literal, type_text = text.rsplit(":", 1)
    type = parse_type(type_text)
    numbers = literal.replace("nan", "float('nan')").replace("inf", "float('inf')")
    array = np.array(eval(numbers, {"float": float, "__builtins__": {}}), type.dtype)
    nodes.append(Node(CONSTANT, (), {"value": array.reshape(type.shape)}, type))
    return nodes[-1]


def _read_attr(text: str) -> Any:
    text = text.strip()
    if text.startswith("{"):
        return parse_size(text[1:-1])
    if text.startswith("("):
        return tuple(_read_attr(part) for part in _split(text[1:-1]) if part.strip())
    if text in ("inf", "-inf", "nan"):
        return float(text)
    return ast.literal_eval(text)


def _split(text: str) -> list[str]:
    """Split at commas outside brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    tail = text[start:].strip()
    return [*parts, tail] if tail else parts
