"""Rewriting by rules: a rule is a pattern, a guard, a replacement, and a sentence.

    @rule(P.add(once(P.batched_matmul(x, w)), b))
    def product_and_bias_are_dense(x, w, b):
        '''add(batched_matmul(x, w), b) -> dense(x, w, b), when b is one row of the result.'''
        ...

The function gets what its parameters name: variables of the pattern as tracers, on which ops can be
called, ``node``, the node that matched, and ``costs``, the cost table.  It returns the replacement,
or None for "not here".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.compiler.ir import INPUT, Graph, Node, Tracer, as_node, sort_nodes
from kgraph.compiler.pattern import Pattern
from kgraph.graph.scope import scope
from kgraph.types.errors import InternalError

_MAX_SWEEPS = 16  # rules that chase each other are a bug; real graphs settle in two or three
_MAX_STEPS = 64  # replacements of one node in one sweep, likewise


@dataclass(frozen=True)
class Rule:
    """A pattern, and the function that builds what takes its place."""

    name: str
    pattern: Pattern
    build: Callable[..., Any]
    parameters: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return inspect.cleandoc(self.build.__doc__ or "")

    def apply(self, node: Node, uses: Mapping[Node, int], costs: CostTable) -> Node | None:
        """The replacement of ``node``, or None where the rule does not fit."""
        for found in self.pattern.matches(node, {}, uses):
            with scope(*node.place):
                known = {"node": node, "costs": costs} | {n: Tracer(x) for n, x in found.items()}
                result = self.build(**{name: known[name] for name in self.parameters})
            if result is None:
                continue
            replacement = as_node(result)
            if replacement.type != node.type:
                raise InternalError(
                    f"the rule {self.name} replaces {node.op} of type {node.type} by "
                    f"{replacement.op} of type {replacement.type}; this is a bug in kgraph"
                )
            return replacement if replacement is not node else None
        return None

    def __repr__(self) -> str:
        return f"<rule {self.name}>"


def rule(pattern: Pattern) -> Callable[[Callable[..., Any]], Rule]:
    """Make the decorated function the replacement of what fits ``pattern``."""

    def define(build: Callable[..., Any]) -> Rule:
        return Rule(build.__name__, pattern, build, tuple(inspect.signature(build).parameters))

    return define


def rewrite(graph: Graph, rules: Sequence[Rule], costs: CostTable = DEFAULT_COSTS) -> Graph:
    """Apply ``rules`` until none fits; the first that fits in their order wins.

    A graph in which no rule fits is returned as it is.
    """
    for _ in range(_MAX_SWEEPS):
        result = _Sweep(graph, rules, costs).run()
        if result is graph:
            return graph
        graph = result
    raise InternalError(f"rules chase each other; this is a bug in kgraph. The graph now:\n{graph}")


def rewrite_with(rules: Sequence[Rule]) -> Callable[[Graph], Graph]:
    """The pass that applies ``rules``."""
    return lambda graph: rewrite(graph, rules)


class _Sweep:
    """One walk from the inputs to the outputs.

    ``uses`` counts the readers of each node exactly, while nodes are replaced: a reader that is not
    visited yet counts for what its old operand has become.
    """

    def __init__(self, graph: Graph, rules: Sequence[Rule], costs: CostTable) -> None:
        self.graph = graph
        self.rules = rules
        self.costs = costs
        self.by_op: dict[str, list[Rule]] = {}
        self.live = sort_nodes(graph.outputs, graph.makers)
        self.uses = Graph(graph.inputs, self.live, graph.outputs).uses()
        self.new: dict[Node, Node] = {node: node for node in graph.inputs}

    def run(self) -> Graph:
        for node in self.live:
            self.visit(node)
        outputs = [self.new[node] for node in self.graph.outputs]
        if all(self.new[node] is node for node in self.live):
            return self.graph
        makers = {name: self.new.get(node, node) for name, node in self.graph.makers.items()}
        return self.graph.with_outputs(outputs, makers)

    def visit(self, node: Node) -> None:
        """Settle ``node``, whose operands are settled."""
        current = self.relink(node)
        for _ in range(_MAX_STEPS):
            replacement = self.find(current)
            if replacement is None:
                break
            settled = replacement in self.uses
            self.adopt(current, replacement)
            if settled:
                current = replacement
                break
            current = self.relink(replacement)
        else:
            raise InternalError(f"rules chase each other at {current}; this is a bug in kgraph")
        self.new[node] = current

    def find(self, node: Node) -> Node | None:
        rules = self.by_op.get(node.op)
        if rules is None:
            rules = [rule for rule in self.rules if rule.pattern.may_match(node.op)]
            self.by_op[node.op] = rules
        for candidate in rules:
            replacement = candidate.apply(node, self.uses, self.costs)
            if replacement is not None:
                return replacement
        return None

    def relink(self, node: Node) -> Node:
        """``node`` on what its operands have become."""
        linked = node.with_inputs([self.new.get(operand, operand) for operand in node.inputs])
        if linked is not node:
            self.uses[linked] = self.uses.pop(node)
        return linked

    def adopt(self, node: Node, replacement: Node) -> None:
        """Let the readers of ``node`` read ``replacement``; settle what is new below it."""
        fresh = self.fresh_nodes(replacement)
        readers = self.uses[node]
        for made in fresh:
            self.uses[made] = 0
        for made in fresh:
            for operand in made.inputs:
                self.uses[operand] += 1
        self.uses[replacement] += readers
        self.uses[node] -= readers
        if not self.uses[node]:
            self.release(node)
        for made in fresh:
            if made is not replacement:
                self.visit(made)

    def fresh_nodes(self, root: Node) -> list[Node]:
        """The nodes of a replacement that the graph does not have, operands first."""
        order: list[Node] = []
        seen: set[Node] = set()
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen and node not in self.uses and node.op != INPUT:
                seen.add(node)
                stack.append((node, True))
                stack.extend((operand, False) for operand in node.inputs)
        return order

    def release(self, node: Node) -> None:
        """Take back the reads of a node that nobody reads any more."""
        stack = [node]
        while stack:
            for operand in stack.pop().inputs:
                self.uses[operand] -= 1
                if not self.uses[operand]:
                    stack.append(operand)
