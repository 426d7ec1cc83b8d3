"""Mutants: a file of the package with one small fault.

A condition that always or never holds, operands swapped, a bound off by one, ``and`` for ``or``, an
entry or a statement left out, a result negated.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult}
COMMUTATIVE = {"add", "multiply", "one_of"}  # patterns that match in both orders
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """A faulty text of a file; ``lines`` are those of the faulty expression or statement."""

    path: str
    lines: range
    within: str
    what: str
    source: str

    @property
    def key(self) -> str:
        """What the mutant is known by: its file and its whole text."""
        return hashlib.sha256(f"{self.path}\n{self.source}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """What it is called where it is explained: no line, which an edit elsewhere would move."""
        return f"{self.within}: {self.what}"


def faults(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], ast.AST]]]:
    """The ways in which one node of the syntax can be wrong: what is done, and a new node."""
    if isinstance(node, ast.If | ast.IfExp):
        for value in (True, False):
            yield f"if {value}", lambda n, v=value: _with(n, test=ast.Constant(v))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        other = COMPARED[type(node.ops[0])]
        yield f"compare with {other.__name__}", lambda n: _with(n, ops=[other(), *n.ops[1:]])
    if isinstance(node, ast.BoolOp):
        turned = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{turned.__name__.lower()}", lambda n: _with(n, op=turned())
        for i in range(len(node.values)):
            yield f"drop operand {i}", lambda n, i=i: _with(n, values=_without(n.values, i))
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        wrong = ARITHMETIC[type(node.op)]
        yield f"compute {wrong.__name__}", lambda n: _with(n, op=wrong())
        if not isinstance(node.op, ast.Mult):
            yield "swap operands", lambda n: _with(n, left=n.right, right=n.left)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "one more", lambda n: ast.Constant(n.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "other constant", lambda n: ast.Constant(not n.value)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            name = NAMES[node.func.id]
            yield f"call {name}", lambda n: _with(n, func=ast.Name(name, ast.Load()))
        commutes = getattr(node.func, "attr", getattr(node.func, "id", "")) in COMMUTATIVE
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if len(node.args) == 2 and not commutes and not starred:
            yield "swap arguments", lambda n: _with(n, args=n.args[::-1])
    if isinstance(node, ast.List | ast.Set) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        for i in range(len(node.elts)):
            yield f"drop entry {i}", lambda n, i=i: _with(n, elts=_without(n.elts, i))
    if isinstance(node, ast.Return) and node.value is not None:
        if not isinstance(node.value, ast.Constant):
            yield "return None", lambda n: ast.Return(ast.Constant(None))
        if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield "return not", lambda n: ast.Return(ast.UnaryOp(ast.Not(), n.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "drop not", lambda n: n.operand
    if isinstance(node, ast.Assign | ast.AugAssign) or _is_call_or_jump(node):
        yield "drop statement", lambda n: ast.Pass()


def _is_call_or_jump(node: ast.AST) -> bool:
    """A statement without which the code still reads: a call, break or continue; no docstring."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Break | ast.Continue)


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _without(items: list[Any], place: int) -> list[Any]:
    return items[:place] + items[place + 1 :]


class _Replace(ast.NodeTransformer):
    """Puts a new node where the ``place``-th of the tree (in the order of a walk) stands."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def mutants(path: str, text: str) -> list[Mutant]:
    """All mutants of a file that differ from it and from each other, in order of lines."""
    plain = ast.unparse(ast.parse(text))
    found: dict[str, Mutant] = {}
    for place, (node, within) in enumerate(_code(ast.parse(text))):
        for number, (what, _) in enumerate(list(faults(node))):
            tree = ast.parse(text)
            old = list(_code(tree))[place][0]
            new = list(faults(old))[number][1](old)
            source = ast.unparse(ast.fix_missing_locations(_Replace(old, new).visit(tree)))
            if source != plain:
                told = f"{what}: {ast.unparse(old).splitlines()[0]}"
                found.setdefault(source, Mutant(path, _lines(old), within, told, source))
    return sorted(found.values(), key=lambda mutant: (mutant.lines.start, mutant.what))


def _lines(node: Any) -> range:
    """Those of a statement or an expression, but only of its condition where it has one."""
    end = node.test if isinstance(node, ast.If) else node
    return range(node.lineno, end.end_lineno + 1)


def _code(node: ast.AST, within: str = "module") -> Iterator[tuple[Any, str]]:
    """Every node but those of annotations and imports, which nothing runs, and its function."""
    yield node, within
    inside = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else within
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(
                    child, ast.Import | ast.ImportFrom
                ):
                    yield from _code(child, inside)
