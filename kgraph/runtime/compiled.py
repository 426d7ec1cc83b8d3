"""CompiledGraph: a plan with its weights, callable on batches of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kgraph._kernels.plan import Executor
from kgraph.compiler.interpret import evaluate_static, number
from kgraph.compiler.ir import Graph
from kgraph.compiler.pipeline import Compiled, compile_plan
from kgraph.compiler.plan import HostCall, Plan, PlanStep
from kgraph.compiler.size_code import encode
from kgraph.compiler.text import show
from kgraph.graph.function import Function
from kgraph.ops.op import lookup
from kgraph.ops.values import component_types
from kgraph.runtime.feed import InputSlot, flat_arrays, require_equal_batches
from kgraph.runtime.threads import get_threads
from kgraph.types import tree
from kgraph.types.array_type import ArrayType, RaggedType, SparseType, ValueType
from kgraph.types.csr import CSR
from kgraph.types.dims import evaluate
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr
from kgraph.types.variable import EPOCH


class CompiledGraph(Executor):
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
        self, function: Function, compiled: Compiled, *, threads: int | None, freeze: bool
    ) -> None:
        self.name = function.name
        self.freeze = freeze
        self._compiled = compiled
        self._epoch = EPOCH.number
        self._inputs_structure = tree.map_leaves(lambda x: x.name, function.inputs_structure)
        self._outputs_structure = tree.map_leaves(lambda _: None, function.outputs_structure)
        names = [x.name for x in function.inputs]
        self._slots = [InputSlot(n, t) for n, t in zip(names, compiled.lowered.input_types)]
        self._output_types = compiled.lowered.output_types
        plan = compiled.plan
        code, slots = encode(plan.sizes, [symbol.name for symbol in plan.symbols])
        super().__init__(plan, code, slots, host_function, threads or 0)
        self._take_weights()
        dense = all(isinstance(slot.type, ArrayType) for slot in self._slots)
        single = not tree.is_branch(self._outputs_structure) and len(plan.outputs) == 1
        self.plain = dense and single and freeze

    # -- weights -----------------------------------------------------------------------------------

    def _take_weights(self) -> None:
        statics = self._compiled.statics
        values = [evaluate_static(statics[recipe.node]) for recipe in self.plan.recipes]
        self.set_constants(values)

    def _follow_weights(self) -> None:
        if not self.freeze and self._epoch != EPOCH.number:
            self._epoch = EPOCH.number
            self._take_weights()

    # -- calling -----------------------------------------------------------------------------------

    def call_with(self, inputs: Any, out: Any = None) -> Any:
        """Run on inputs in the structure of the model: lists by order, dicts by name."""
        if self.plain and out is None and type(inputs) is np.ndarray and len(self._slots) == 1:
            return self(inputs)
        return self._run_values(match_structure(self._inputs_structure, self._slots, inputs), out)

    def _call_adapted(self, inputs: tuple[Any, ...], out: Any) -> Any:
        if len(inputs) == len(self._slots):
            return self._run_values(list(inputs), out)
        given: Any = inputs[0] if len(inputs) == 1 else list(inputs)
        return self.call_with(given, out)

    def _run_values(self, values: Sequence[Any], out: Any) -> Any:
        self._follow_weights()
        parts = [flat_arrays(slot, value) for slot, value in zip(self._slots, values)]
        require_equal_batches(self._slots, parts)
        flat = [array for arrays in parts for array in arrays]
        target = None if out is None else self._check_out(out, flat)
        results = self.run(flat, target)
        if out is not None:
            return out
        return self._deliver(results, parts)

    def _deliver(self, results: list[np.ndarray], parts: Sequence[Sequence[np.ndarray]]) -> Any:
        values, at = [], 0
        env = self._sizes_by_name()
        for type in self._output_types:
            count = len(component_types(type))
            values.append(_assemble(type, results[at : at + count], env))
            at += count
        return tree.pack_like(self._outputs_structure, values)

    def _sizes_by_name(self) -> Mapping[str, int]:
        if not any(isinstance(type, SparseType) for type in self._output_types):
            return {}
        sizes = dict(zip(map(str, self.plan.sizes), self.bound_sizes))
        return sizes

    def _check_out(self, out: Any, inputs: Sequence[np.ndarray]) -> Any:
        """``out`` as the executor takes it: an array, or a list of them, of the right make."""
        arrays = tree.flatten(out)
        if len(arrays) != len(self.plan.outputs):
            raise KGraphValueError(
                f"out: {len(self.plan.outputs)} arrays are needed, got {len(arrays)}"
            )
        env = self._input_sizes(inputs)
        for array, type in zip(arrays, self.plan.outputs):
            shape = tuple(evaluate(size, env) for size in type.dims)
            _check_out_array(array, type, shape, inputs)
        return arrays[0] if len(arrays) == 1 else arrays

    def _input_sizes(self, inputs: Sequence[np.ndarray]) -> dict[str, int]:
        from kgraph.compiler.interpret import bind_sizes

        return bind_sizes(self._compiled.lowered.graph, inputs)

    def _default_threads(self) -> int:
        return get_threads()

    # -- errors ------------------------------------------------------------------------------------

    def _refuse_shape(self, number: int, arrays: Any, expected: tuple[int, ...]) -> None:
        raise ShapeError(
            message(
                f"input {self.plan.input_names[number]!r} does not fit the other inputs",
                received=f"shape {arrays[number].shape}",
                expected=f"shape {expected}, i.e. {self.plan.inputs[number]}",
            )
        )

    def _refuse_numbers(self, number: int, error: Exception) -> None:
        raise KGraphValueError(f"input {self.plan.input_names[number]!r}: {error}") from None

    def _refuse_broadcast(self, arrays: Any) -> None:
        named = zip(self.plan.input_names, arrays)
        raise ShapeError(
            message(
                f"{self.name}: the sizes of this batch cannot be broadcast together",
                received=", ".join(f"{name!r}: {array.shape}" for name, array in named),
            )
        )

    def _raise_fault(self, number: int) -> None:
        try:
            super()._raise_fault(number)
        except IndexError:
            pass
        step = self._step(number)
        if step.kernel == "match_rows":
            raise ShapeError(
                message(
                    f"{step.label}: the ragged operands have rows of different lengths",
                    where=step.line or None,
                    expected="equal row_splits",
                )
            )
        limit = self.plan.sizes[step.sizes[1 if step.kernel.startswith("take") else 0]]
        raise KGraphValueError(
            message(
                f"{step.label}: a position is outside the table",
                where=step.line or None,
                expected=f"integers from 0 to {limit} - 1",
                hint="give the Embedding a larger input_dim, or mend the ids",
            )
        )

    def _step(self, number: int) -> PlanStep:
        steps = [step for region in self.plan.regions for step in region.steps]
        return steps[number]

    # -- looking inside ----------------------------------------------------------------------------

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

    def explain(self) -> str:
        """What became of the graph: regions, kernels, what fused, and why what did not."""
        from kgraph.runtime.explain import explain

        return explain(self._compiled, self.arena_bytes)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key != "_step_list"}
        return (_restore, (type(self), self.plan, state, self.constants, self.threads, self.plain))

    def __repr__(self) -> str:
        kernels = sum(len(region.steps) for region in self.plan.regions)
        return f"<CompiledGraph {self.name} inputs={[s.name for s in self._slots]} kernels={kernels}>"


def _restore(
    cls: type[CompiledGraph],
    plan: Plan,
    state: dict[str, Any],
    constants: tuple[np.ndarray, ...],
    threads: int,
    plain: bool,
) -> CompiledGraph:
    made = cls.__new__(cls)
    code, slots = encode(plan.sizes, [symbol.name for symbol in plan.symbols])
    Executor.__init__(made, plan, code, slots, host_function, threads)
    made.__dict__.update(state)
    made._take_weights()
    made.plain = plain
    return made


def host_function(call: HostCall, executor: Executor) -> Callable[..., Any]:
    """What a host step calls: the op's reference with its attributes at this batch's sizes."""
    op = lookup(call.op)
    attrs = dict(call.attrs)
    symbols = [symbol.name for symbol in executor.plan.symbols]

    def compute(*arrays: np.ndarray) -> Any:
        env: dict[str, int] = {}
        for type, array in zip(call.types, arrays):
            for size, actual in zip(type.dims, array.shape):
                if str(size) in symbols:
                    env[str(size)] = actual
        return op.reference(*arrays, **{key: number(value, env) for key, value in attrs.items()})

    return compute


def compile_function(
    function: Function,
    *,
    name: str | None = None,
    threads: int | None = None,
    freeze: bool = True,
    passes: str | Sequence[str] = "default",
) -> CompiledGraph:
    """Compile a function; see ``kg.compile``."""
    compiled = compile_plan(function, freeze=freeze, passes=passes)
    return CompiledGraph(function, compiled, threads=threads, freeze=freeze)


def compile(
    model: Any,
    *,
    threads: int | None = None,
    freeze: bool = True,
    passes: str | Sequence[str] = "default",
) -> CompiledGraph:
    """Compile a model or a function to kernels.

    Args
        model    a functional Model, a Sequential that is built, or a Function
        threads  the most threads a call may use; None: ``kg.set_threads``, or all that may be used
        freeze   take the weights as they are now (and fold them); False: follow assignments
        passes   "default", "none", or a list of pass names

    Source    the passes are listed in ``kgraph.compiler.pipeline``

    >>> import kgraph as kg
    >>> x = kg.Input((4,))
    >>> fast = kg.compile(kg.Model(x, kg.ops.softmax(x)))
    >>> fast(np.zeros((1, 4), np.float32))
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
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
    return compile_function(function, threads=threads, freeze=freeze, passes=passes)


def _assemble(
    type: ValueType, parts: Sequence[np.ndarray], sizes: Mapping[str, int]
) -> Any:
    if isinstance(type, RaggedType):
        return RaggedTensor._make(parts[0], tuple(parts[1:]))
    if isinstance(type, SparseType):
        columns = type.dims[1]
        known = columns if isinstance(columns, int) else sizes[str(columns)]
        return from_csr(CSR(parts[0], parts[1], parts[2], (len(parts[2]) - 1, known)))
    return parts[0]


def _check_out_array(
    array: Any, type: ArrayType, shape: tuple[int, ...], inputs: Sequence[np.ndarray]
) -> None:
    fits = (
        isinstance(array, np.ndarray)
        and array.dtype == type.dtype
        and array.shape == shape
        and array.flags.c_contiguous
        and array.flags.writeable
    )
    if not fits:
        received = getattr(array, "dtype", None)
        raise KGraphValueError(
            message(
                "out: the array does not fit the output",
                received=f"{array.__class__.__name__} {received} {getattr(array, 'shape', '')}",
                expected=f"a writeable C-contiguous {type.dtype} array of shape {shape}",
            )
        )
    if any(np.may_share_memory(array, given) for given in inputs):
        raise KGraphValueError("out: the array shares memory with an input; give one of its own")


def match_structure(structure: Any, slots: Sequence[InputSlot], inputs: Any) -> list[Any]:
    """The values in the order of the inputs: nested as declared, or a dict by name, or a list."""
    names = [slot.name for slot in slots]
    if not tree.is_branch(structure):
        if isinstance(inputs, dict):
            return _by_name(names, inputs)
        if isinstance(inputs, list | tuple) and len(inputs) == 1 and _is_batch(inputs[0]):
            return [inputs[0]]
        return [inputs]
    if isinstance(structure, list | tuple):
        if isinstance(inputs, dict):
            return _by_name(names, inputs)
        if not isinstance(inputs, list | tuple) or len(inputs) != len(structure):
            _refuse_structure(structure, inputs)
        return _nested(structure, slots, list(inputs))
    if not isinstance(inputs, dict):
        _refuse_structure(structure, inputs)
    if set(inputs) == set(names) != set(structure):
        return _by_name(names, inputs)
    _require_keys(list(structure), inputs)
    return _nested(list(structure.values()), slots, [inputs[key] for key in structure])


def _is_batch(value: Any) -> bool:
    return isinstance(value, np.ndarray | RaggedTensor) or hasattr(value, "tocsr")


def _nested(structures: Sequence[Any], slots: Sequence[InputSlot], values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for child, value in zip(structures, values):
        count = len(tree.flatten(child))
        part = slots[len(found) : len(found) + count]
        found += match_structure(child, part, value) if tree.is_branch(child) else [value]
    return found


def _by_name(names: Sequence[str], inputs: Mapping[str, Any]) -> list[Any]:
    _require_keys(names, inputs)
    return [inputs[name] for name in names]


def _require_keys(names: Sequence[str], inputs: Mapping[str, Any]) -> None:
    missing = [name for name in names if name not in inputs]
    extra = [name for name in inputs if name not in names]
    if missing or extra:
        what = f"Missing data for input {missing[0]!r}" if missing else f"unknown input {extra[0]!r}"
        raise KGraphValueError(
            message(
                what,
                received=f"a dict with keys {list(inputs)}",
                expected=f"the keys {list(names)}",
            )
        )


def _refuse_structure(structure: Any, inputs: Any) -> None:
    count = len(tree.flatten(structure))
    received = len(inputs) if isinstance(inputs, list | tuple | dict) else 1
    raise KGraphValueError(
        message(
            f"the graph takes {count} inputs, got {received}",
            received=f"{type(inputs).__name__}",
            expected=f"a structure like {structure}",
        )
    )
