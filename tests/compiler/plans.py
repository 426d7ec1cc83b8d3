"""Plans of functions, as text and in parts."""

from __future__ import annotations

from kgraph.compiler.pipeline import Compiled, compile_plan
from kgraph.compiler.plan_text import outline
from kgraph.graph.function import Function


def plan_text(function: Function) -> str:
    """The regions of the plan; buffers are left out."""
    lines = outline(compile_plan(function).plan).splitlines()
    return "\n".join(line for line in lines[1:] if not line.startswith("  b"))


def kernels(compiled: Compiled) -> list[list[str]]:
    """The kernels of each region."""
    return [[step.title for step in region.steps] for region in compiled.plan.regions]
