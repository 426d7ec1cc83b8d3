"""CompiledGraph: a plan with its weights, callable on batches of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from kgraph._kernels.plan import telling_keywords
from kgraph.compiler.costs import DEFAULT_COSTS, CostTable
from kgraph.compiler.interpret import bind_sizes
from kgraph.compiler.ir import VARIABLE, Graph
from kgraph.compiler.pipeline import Compiled, compile_plan
from kgraph.graph.arrange import arrange
from kgraph.graph.blame import refuse_arguments
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.placeholder import input_name, placeholder_of
from kgraph.graph.source import user_line
from kgraph.ops.operands import component_types
from kgraph.runtime.dump import prepare, write
from kgraph.runtime.feed import (
    InputSlot,
    equal_batches,
    flat_arrays,
    has_none,
    plain_arrays,
    refuse_unequal_batches,
    with_defaults,
)
from kgraph.runtime.inspection import Inspection
from kgraph.runtime.outputs import assemble, check_out_array
from kgraph.runtime.phase import PhaseRunner
from kgraph.types import tree
from kgraph.types.array_type import ArrayType, CompositeType, SparseType, ValueType
from kgraph.types.calling import checked, checked_methods
from kgraph.types.dims import evaluate
from kgraph.types.errors import KGraphError, KGraphTypeError, KGraphValueError, message
from kgraph.types.variable import EPOCH, Variable

if TYPE_CHECKING:
    from kgraph.runtime.profile import Profile

_MOST_OPTIONAL = 4  # inputs whose every pattern of None is compiled for a pickle


@checked_methods(but=("call_with",))
@telling_keywords
class CompiledGraph(Inspection):
    """A graph compiled to kernels; ``kg.compile`` makes one.

    Call it with one argument for each input (arrays, ``scipy.sparse`` matrices, RaggedTensors or
    nested lists, as the inputs are declared); it returns the outputs in the structure of the model.
    It releases the GIL on larger batches and may be called from many threads at once.

    Shapes    any batch size; sizes that vary are bound at each call, nothing is compiled anew
    Errors    kgraph errors for every fault of the arguments, before a kernel runs

    >>> import kgraph as kg
    >>> x = kg.Input((2,))
    >>> double = kg.compile(kg.Model(x, x * 2.0))
    >>> double(np.float32([[1, 2]]))
    array([[2., 4.]], dtype=float32)
    """

    def __init__(
        self,
        function: Function,
        compiled: Compiled,
        *,
        threads: int | None,
        freeze: bool,
        fast_math: bool = False,
        costs: CostTable = DEFAULT_COSTS,
    ) -> None:
        self.name = function.name
        self.freeze = freeze
        self.fast_math = fast_math
        self._compiled = compiled
        self._function: Function | None = function
        self._costs = costs
        self._separate: CompiledGraph | None = None
        self._without_inputs: dict[tuple[int, ...], CompiledGraph] = {}
        self._epoch = EPOCH.number
        self._inputs_structure = tree.map_leaves(input_name, function.inputs_structure)
        self._outputs_structure = tree.map_leaves(lambda _: None, function.outputs_structure)
        self._slots = [
            _slot(x, type, at, compiled.graph)
            for x, type, at in zip(
                function.inputs, compiled.lowered.input_types, _first_parts(compiled), strict=True
            )
        ]
        self._output_types = compiled.lowered.output_types
        *before, last = compiled.planned
        self._before = [PhaseRunner(planned, threads or 0) for planned in before]
        super().__init__(last, threads or 0)
        dense = all(isinstance(slot.type, ArrayType) for slot in self._slots)
        single = not tree.is_branch(self._outputs_structure)
        single = single and isinstance(self._output_types[0], ArrayType)
        self._one_array = single
        self.plain = dense and single and freeze and not before

    def _connect(self) -> None:
        for phase in self._before:  # one after the other, so that one block serves them all
            phase.executor.share_memory(self)

    # -- weights ----------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """The variables that the graph reads, each once."""
        found = [
            x.attrs["variable"] for x in self._compiled.lowered.graph.nodes if x.op == VARIABLE
        ]
        return list({id(variable): variable for variable in found}.values())

    def _follow_weights(self) -> None:
        if not self.freeze and self._epoch != EPOCH.number:
            self._epoch = EPOCH.number
            self.take_weights()
            for phase in self._before:
                phase.take_weights()

    # -- calling ----------------------------------------------------------------------------------

    def call_with(self, inputs: Any, out: Any = None) -> Any:
        """Run on inputs in the structure of the model: lists by order, dicts by name."""
        if self.plain and type(inputs) is np.ndarray and len(self._slots) == 1:
            return self(inputs, out=out)
        return self._run_values(arrange(self._inputs_structure, inputs, self.name), out)

    def _call_adapted(self, inputs: tuple[Any, ...], out: Any) -> Any:
        return self._run_values(self._arranged(inputs), out)

    def _arranged(self, inputs: tuple[Any, ...]) -> list[Any]:
        """One value for each input: they may be given nested as the model has them."""
        if len(inputs) == 1 and tree.is_branch(inputs[0]):
            return arrange(self._inputs_structure, inputs[0], self.name)
        if len(inputs) == len(self._slots):
            return list(inputs)
        return arrange(self._inputs_structure, list(inputs) or None, self.name)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        telling_keywords(cls)

    def _refuse_keywords(self, unknown: Sequence[str]) -> None:
        names = [str(slot.name) for slot in self._slots]
        unknown = [name for name in unknown if name not in names] or unknown
        if set(unknown) <= set(names):
            raise KGraphTypeError(
                message(
                    f"calling graph {self.name!r}: inputs are given by position, or in one dict",
                    where=user_line(),
                    received=f"{', '.join(unknown)} by name",
                    hint=f"graph({{{names[0]!r}: ...}})",
                )
            )
        refuse_arguments(f"calling graph {self.name!r}", unknown, ["inputs", "out"])

    def _run_values(self, values: Sequence[Any], out: Any) -> Any:
        self._follow_weights()
        if has_none(values):
            graph, values = self._given(values)
            if graph is not self:
                return graph._run_values(values, out)
        if out is None and not self._before:
            plain = self._run_plain(values)
            if plain is not None:
                return plain
        graph, flat = self._flat(values)
        known: Sequence[np.ndarray] = flat
        for phase in graph._before:
            known = phase.run(known)
        if out is None:
            return graph._deliver(graph.run(known), flat)
        graph._run_into(out, graph._check_out(out, known), known)
        return out

    def _given(self, values: Sequence[Any]) -> tuple[CompiledGraph, Sequence[Any]]:
        """Defaults for what is None; the graph that does without the inputs that stay None."""
        values = with_defaults(self._slots, values)
        absent = tuple(number for number, value in enumerate(values) if value is None)
        if not absent or not all(self._slots[number].optional for number in absent):
            return self, values
        return self._without(absent), [value for value in values if value is not None]

    def _flat(self, values: Sequence[Any]) -> tuple[CompiledGraph, list[np.ndarray]]:
        """The arrays that values are made of, and the graph that runs on them."""
        self._follow_weights()
        if has_none(values):
            graph, values = self._given(values)
            if graph is not self:
                return graph._flat(values)
        parts = [flat_arrays(slot, value) for slot, value in zip(self._slots, values, strict=True)]
        if not equal_batches(self._slots, parts):
            return self._with_separate_batches(parts)._flat(values)
        return self, [array for arrays in parts for array in arrays]

    def _run_into(self, out: Any, target: Any, known: Sequence[np.ndarray]) -> None:
        """Write all outputs, or none: what may fail on the way is computed apart from them."""
        if not self.plan.may_fail:
            self.run(known, target)
            return
        results = self.run(known)
        for array, result in zip(tree.flatten(out), results, strict=True):
            np.copyto(array, result)

    def _run_plain(self, values: Sequence[Any]) -> Any:
        """Run on values that need no conversion; None if they do, or if something is wrong with
        them: then the long way finds out what, and says it in terms of the input."""
        arrays = plain_arrays(self._slots, values)
        if arrays is None:
            return None
        try:
            results = self.run_if_plain(arrays)
        except KGraphError:
            return None
        return None if results is None else self._deliver(results, arrays)

    def _without(self, absent: tuple[int, ...]) -> CompiledGraph:
        """The same graph, compiled with None for some of its optional inputs."""
        made = self._without_inputs.get(absent)
        if made is None:
            names = ", ".join(repr(self._slots[number].name) for number in absent)
            if self._function is None:
                raise KGraphValueError(
                    message(
                        f"{self.name}: it cannot be called without {names}",
                        hint="pickle the model, or call the graph so once before pickling it",
                    )
                )
            if len(absent) == len(self._slots):
                raise KGraphValueError(
                    message(f"{self.name}: all of its inputs are None", hint="feed one of them")
                )
            function = self._function.without(absent)
            made = self._compiled_anew(function)
            self._without_inputs[absent] = made
        return made

    def _compile_without_inputs(self) -> None:
        """Before the graph of layers is let go: compile what calls without inputs will need."""
        optional = [number for number, slot in enumerate(self._slots) if slot.optional]
        if self._function is None or len(optional) > _MOST_OPTIONAL:
            return
        for count in range(1, len(optional) + 1):
            for absent in combinations(optional, count):
                with suppress(KGraphError):  # said again when it is called so
                    self._without(absent)

    def _with_separate_batches(self, parts: Sequence[Sequence[np.ndarray]]) -> CompiledGraph:
        """The same graph, compiled for inputs that differ in their number of rows.

        Keras lets them: ``concatenate([x, y], axis=0)``, or one row that meets many.
        """
        if self._separate is None:
            if self._function is None:
                refuse_unequal_batches(self._slots, parts)
            self._separate = self._compiled_anew(self._function, separate_batches=True)
        return self._separate

    def _compiled_anew(
        self, function: Function, *, separate_batches: bool = False
    ) -> CompiledGraph:
        """A form of this graph, compiled as it was."""
        how: dict[str, Any] = {
            "freeze": self.freeze, "fast_math": self.fast_math, "costs": self._costs
        }  # fmt: skip
        compiled = compile_plan(function, **how, separate_batches=separate_batches)
        return CompiledGraph(function, compiled, threads=self.threads, **how)

    def _deliver(self, results: list[np.ndarray], inputs: Sequence[np.ndarray]) -> Any:
        if self._one_array:
            return results[0]
        sparse = any(isinstance(type, SparseType | CompositeType) for type in self._output_types)
        sizes = bind_sizes(self._compiled.lowered.graph, inputs) if sparse else {}
        values, at = [], 0
        for type in self._output_types:
            count = len(component_types(type))
            values.append(assemble(type, results[at : at + count], sizes))
            at += count
        return tree.pack_like(self._outputs_structure, values)

    def _check_out(self, out: Any, inputs: Sequence[np.ndarray]) -> Any:
        """``out`` as the executor takes it: an array, or a list of them, of the right make."""
        arrays = tree.flatten(out)
        if len(arrays) != len(self.plan.outputs):
            raise KGraphValueError(
                f"out: {len(self.plan.outputs)} arrays are needed, got {len(arrays)}"
            )
        env = bind_sizes(self._compiled.planned[-1].phase.graph, inputs)
        for array, type in zip(arrays, self.plan.outputs, strict=True):
            shape = tuple(evaluate(size, env) for size in type.dims)
            check_out_array(array, type, shape, inputs)
        if any(np.may_share_memory(a, b) for a, b in combinations(arrays, 2)):
            raise KGraphValueError("out: two of the arrays share memory; give each its own")
        return arrays[0] if len(arrays) == 1 else arrays

    def _refuse_shape(self, number: int, arrays: Any, expected: tuple[int, ...]) -> None:
        if len(self._slots) == len(arrays):
            flat_arrays(self._slots[number], arrays[number])  # says what is wrong with it alone
        super()._refuse_shape(number, arrays, expected)

    # -- measuring --------------------------------------------------------------------------------

    def profile(
        self,
        *batch: Any,
        rounds: int = 30,
        threads: int | None = None,
        remeasure: bool = False,
    ) -> Profile:
        """Measure where the time of a call goes, kernel by kernel.

        Calls that are not profiled cost nothing more for it.  What kernels reach is compared with
        the most that this machine can do, which is measured at the first profile and then kept in
        ``kg.config.cache_folder``.

        Args
            batch      as for a call
            rounds     how often to run the batch; a profile gives medians
            threads    the most threads to use; None: as many as a call
            remeasure  measure anew what this machine can do

        Errors    those of a call; TypeError or ValueError for ``rounds`` or ``threads`` below 1

        >>> import kgraph as kg
        >>> x = kg.Input((64,), name="x")
        >>> compiled = kg.compile(kg.Model(x, kg.layers.Dense(16, activation="softmax")(x)))
        >>> profile = compiled.profile(np.ones((1024, 64), "float32"), rounds=5)
        >>> [kernel.about.kernel for kernel in profile.kernels]
        ['gemm_f32 + program']
        >>> profile.kernels[0].flop, profile.sizes
        (2195456, {'B': 1024})
        """
        from kgraph.runtime.profiling import profile

        return profile(self, batch, rounds, threads, remeasure=remeasure)

    def _state(self) -> dict[str, Any]:
        self._compile_without_inputs()
        # a plan needs no graph of layers
        return {**super()._state(), "_function": None, "_costs": DEFAULT_COSTS, "plain": self.plain}

    def __repr__(self) -> str:
        regions = [region for one in self._compiled.planned for region in one.plan.regions]
        kernels = sum(len(region.steps) for region in regions)
        fast = " fast_math" if self.fast_math else ""
        names = [slot.name for slot in self._slots]
        return f"<CompiledGraph {self.name} inputs={names} kernels={kernels}{fast}>"


_ADDING = frozenset({"csr_matmul", "csr_dense", "csr_to_dense"})  # entries at one place add up


def _slot(tensor: KerasTensor, type: ValueType, at: int, graph: Graph) -> InputSlot:
    placeholder = placeholder_of(tensor)
    parts = graph.inputs[at : at + len(component_types(type))]
    readers = [node for node in graph.nodes if not set(parts).isdisjoint(node.inputs)]
    adds = all(node.op in _ADDING for node in readers) and set(parts).isdisjoint(graph.outputs)
    return InputSlot(
        tensor.name, type, placeholder.default, placeholder.optional, canonical=not adds
    )


def _first_parts(compiled: Compiled) -> list[int]:
    """Where among the graph's inputs the arrays of each value begin."""
    counts = [len(component_types(type)) for type in compiled.lowered.input_types]
    return [sum(counts[:number]) for number in range(len(counts))]


def compile_function(
    function: Function,
    *,
    name: str | None = None,
    threads: int | None = None,
    freeze: bool = True,
    passes: str | Sequence[str] = "default",
    fast_math: bool = False,
    costs: CostTable = DEFAULT_COSTS,
) -> CompiledGraph:
    """Compile a function; see ``kg.compile``."""
    compiled = compile_plan(
        function, freeze=freeze, passes=passes, fast_math=fast_math, costs=costs
    )
    return CompiledGraph(
        function, compiled, threads=threads, freeze=freeze, fast_math=fast_math, costs=costs
    )


_ARGUMENTS = ("model", "threads", "freeze", "passes", "fast_math", "costs", "dump")


@checked
def compile(
    model: Any,
    *,
    threads: int | None = None,
    freeze: bool = True,
    passes: str | Sequence[str] = "default",
    fast_math: bool = False,
    costs: CostTable | Mapping[str, float] | None = None,
    dump: str | PathLike[str] | None = None,
    **unknown: Any,
) -> CompiledGraph:
    """Compile a model or a function to kernels.

    Args
        model    a functional Model, a Sequential that is built, or a Function
        threads    the most threads a call may use; None: ``kg.set_threads``, or all there are
        freeze     take the weights as they are now (and fold them); False: follow assignments
        passes     "default", "none", or a list of pass names
        fast_math  False: a result differs from the formula as written by rounding alone.  True:
                   sums may be added in another order, weights multiplied with each other first, and
                   zeros left out or written out, so that digits which cancel come out otherwise and
                   inf and nan may spread, or not; a row still has the same bits in every batch
        costs      picoseconds that what kernels do takes, by the names of the entries of
                   ``kgraph.compiler.costs.CostTable``, as ``python -m bench costs`` measures them;
                   entries that are not given are the default ones.  Without ``fast_math`` they
                   change no result
        dump       a folder for the graph after each pass, the plan and what fused; it is made, or
                   it is there and empty

    Source    the passes are listed in ``kgraph.compiler.pipeline``, what ``fast_math`` allows in
              ``kgraph.compiler.rules.reassociate``

    >>> import kgraph as kg
    >>> x = kg.Input((4,))
    >>> fast = kg.compile(kg.Model(x, kg.ops.softmax(x)))
    >>> fast(np.zeros((1, 4), np.float32))
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    if unknown:
        refuse_arguments("compile", unknown, _ARGUMENTS)
    function = model if isinstance(model, Function) else getattr(model, "function", None)
    if not isinstance(function, Function):
        raise KGraphTypeError(
            message(
                "compile: this is no graph",
                received=f"{model!r} of type {type(model).__name__}",
                expected="a functional Model, a built Sequential, or a Function",
            )
        )
    if threads is not None and threads < 1:
        raise KGraphValueError(f"compile: threads must be at least 1, got {threads}")
    table = CostTable.of(costs)
    folder = None if dump is None else prepare(dump)
    made = compile_function(
        function, threads=threads, freeze=freeze, passes=passes, fast_math=fast_math, costs=table
    )
    if folder is not None:
        write(made._compiled, made.explain(), folder)
    return made
