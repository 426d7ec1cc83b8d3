"""What a compiled graph shows of itself: its text, costs, memory and picture."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

from kgraph.compiler.ir import Graph
from kgraph.compiler.pipeline import Compiled
from kgraph.compiler.text import show
from kgraph.runtime.executor import PlanExecutor
from kgraph.runtime.memory import Memory
from kgraph.runtime.phase import PhaseRunner
from kgraph.runtime.threads import get_threads
from kgraph.types.calling import checked_methods
from kgraph.types.errors import KGraphValueError

if TYPE_CHECKING:
    from kgraph.drawing.drawing import Drawing
    from kgraph.runtime.explanation import Explanation


@checked_methods()
class Inspection(PlanExecutor):
    """The part of a compiled graph that looks inside; its executor is that of the last phase."""

    fast_math: bool
    _compiled: Compiled
    _before: list[PhaseRunner]

    @property
    def ir(self) -> str:
        """The graph that the kernels compute, as text."""
        return show(self._compiled.graph, scopes=True)

    def ir_after(self, name: str) -> str:
        """The graph after a pass, as text: "lower", "canonicalize", "fold", …"""
        found = [graph for stage, graph in self._compiled.stages if stage == name]
        if not found:
            stages = ", ".join(stage for stage, _ in self._compiled.stages)
            raise KGraphValueError(f"no pass {name!r} was run; there are {stages}")
        return show(found[-1], scopes=True)

    @property
    def graph(self) -> Graph:
        return self._compiled.graph

    @property
    def memory(self) -> Memory:
        """Bytes that the weights, working memory and the outputs take, of all phases together.

        They work in the same memory, one after the other, so that the most of any counts.

        >>> import kgraph as kg
        >>> x = kg.Input((4,))
        >>> softmax = kg.compile(kg.Model(x, kg.ops.softmax(x)), threads=1)
        >>> _ = softmax(np.zeros((100, 4), np.float32))
        >>> softmax.memory["arena"], softmax.memory["outputs"]
        (0, 1600)
        """
        last = super().memory
        phases = [*(phase.memory for phase in self._before), last]
        return Memory(
            weights=sum(one.weights for one in phases),
            arena=max(one.arena for one in phases),
            scratch=max(one.scratch for one in phases),
            threads=last.threads,
            outputs=sum(one.outputs for one in phases),
        )

    @property
    def explanation(self) -> Explanation:
        """What ``explain`` tells, as data."""
        from kgraph.runtime.explain import explain

        used = [*(phase.arena_bytes for phase in self._before), self.arena_bytes]
        threads = self.threads or get_threads()
        return explain(self._compiled, used, threads, fast_math=self.fast_math)

    @overload
    def explain(self, format: Literal["text", "html"] = "text") -> str: ...
    @overload
    def explain(self, format: Literal["dict"]) -> dict[str, Any]: ...
    @overload
    def explain(self, format: str) -> Any: ...

    def explain(self, format: str = "text") -> Any:
        """What became of the graph: regions, kernels, what fused, why what did not, the costs.

        Args
            format  "text" to read, "dict" of values that JSON can hold, or "html": a page that
                    needs nothing from outside, with a picture of the graph

        Errors    ValueError for another format

        >>> import kgraph as kg
        >>> x = kg.Input((4,))
        >>> compiled = kg.compile(kg.Model(x, kg.ops.tanh(x) + 1.0))
        >>> told = compiled.explain("dict")
        >>> [kernel["ops"] for kernel in told["phases"][0]["regions"][0]["kernels"]]
        [['tanh', 'add']]
        """
        from kgraph.runtime.explain_formats import explain_as

        return explain_as(self, format)

    def plot(
        self,
        to_file: str | PathLike[str] | None = None,
        fused: bool = True,
        rankdir: str = "TB",
        dpi: int = 200,
    ) -> Drawing:
        """Draw the graph that the kernels compute; notebooks show the result.

        Args
            to_file  where to write it: ``.svg`` or ``.dot``; ``.png`` and ``.pdf`` need the program
                     ``dot``; None writes nothing
            fused    the ops in a frame for each kernel, and these in one for each region; False:
                     the ops before they are fused
            rankdir  "TB" from top to bottom, "LR" from left to right, "BT" or "RL"
            dpi      dots per inch of a ``.png``

        Errors    ValueError for an unknown direction, and for a file of another kind

        >>> import kgraph as kg
        >>> x = kg.Input((4,))
        >>> compiled = kg.compile(kg.Model(x, kg.ops.tanh(x) + 1.0))
        >>> drawing = compiled.plot()
        >>> [cluster.title for cluster in drawing.diagram.clusters]
        ['region 0: 1 kernel over 4*B rows', 'program']
        """
        from kgraph.drawing.diagram import require_direction
        from kgraph.drawing.drawing import Drawing
        from kgraph.runtime.graph_diagram import fused_diagram, ir_diagram

        require_direction("plot", "rankdir", rankdir)
        if fused:
            drawing = Drawing(fused_diagram(self._compiled, self.explanation, rankdir))
        else:
            drawing = Drawing(ir_diagram(self._compiled, rankdir))
        if to_file is not None:
            drawing.save(to_file, dpi)
        return drawing
