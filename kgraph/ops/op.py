"""An op: one definition that the graph, the compiler, the interpreter, docs and tests all read.

The decorated function *is* the reference semantics, in plain NumPy.  Its parameters annotated
``Array`` take values, one annotated ``Arrays`` takes a sequence of them, all others are attributes.
Rules stand below the definition::

    @op(dtypes=common)
    def maximum(x1: Array, x2: Array) -> Array: ...

    @maximum.infer      # array types in (dtypes already promoted), array type out
    @maximum.lower      # or: the op written with other ops; then it needs no `infer`
    @maximum.ragged     # what it does to RaggedTensors, written with ops on their components
    @maximum.sparse     # what it does to CSR matrices, likewise
    maximum.sample(...) # small, odd arguments for the suite that walks the registry

An op without ``lower`` is a *primitive*: it stands in the IR under its own name.

Calling an op does one of three things: on a ``Symbolic`` argument it is recorded, on ragged or
sparse values its composite rule runs, on arrays and numbers it is computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeAlias, TypeVar

import numpy as np

import kgraph.ops.inferring as inferring
import kgraph.ops.operands as operands
from kgraph.types.array_type import ArrayType, ValueType
from kgraph.types.csr import CSR
from kgraph.types.densify import overheard
from kgraph.types.dtypes import DType, Weak, as_dtype
from kgraph.types.errors import KGraphError, KGraphTypeError, did_you_mean, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic

Array: TypeAlias = Any
"""Annotation of a parameter that takes one value: array, number, ragged, sparse or symbolic."""
Arrays: TypeAlias = Sequence[Any]
"""Annotation of a parameter that takes a sequence of values."""

AnyOp = TypeVar("AnyOp", bound="Op")
DTypeRule: TypeAlias = Callable[[Sequence["DType | Weak"]], Sequence[DType]]
Emit: TypeAlias = Callable[["Op", tuple[Any, ...], Mapping[str, Any], ArrayType], Any]


class Sample:
    """Arguments on which the suite tries an op."""

    __slots__ = ("attrs", "inputs")

    def __init__(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> None:
        self.inputs = inputs
        self.attrs = attrs


class Op:
    """A named operation and all its rules."""

    elementwise = False
    keeps_masks = False
    """Whether step i of the result is step i of the operand, so that its mask goes on."""

    def __init__(self, reference: Callable[..., Any], dtypes: DTypeRule) -> None:
        assert isinstance(reference, FunctionType)
        self.name = reference.__name__
        self.reference_function = reference
        self.dtypes = dtypes
        self.infer_rule: Callable[..., ArrayType] | None = None
        self.lower_rule: Callable[..., Any] | None = None
        self.ragged_rule: Callable[..., Any] | None = None
        self.sparse_rule: Callable[..., Any] | None = None
        self.samples: list[Sample] = []
        self._types: dict[tuple[Any, ...], inferring.Kept] = {}
        self._read_signature(reference)
        self.__doc__ = reference.__doc__
        self.__name__ = self.name
        self.__module__ = reference.__module__
        self.__wrapped__ = reference

    def _read_signature(self, function: FunctionType) -> None:
        # By hand: inspect.signature on all ops was a quarter of the time of `import kgraph`.
        code, defaults = function.__code__, function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        annotations = function.__annotations__
        self.parameters = names
        self.variadic = "Arrays" in annotations.values()
        self.tensor_names = tuple(n for n in names if annotations.get(n) in ("Array", "Arrays"))
        positional = names[: code.co_argcount]
        self.defaults = dict(
            zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
        )
        self.defaults |= function.__kwdefaults__ or {}
        self.attr_defaults = {k: v for k, v in self.defaults.items() if k not in self.tensor_names}
        self.required_attrs = tuple(
            n for n in names if n not in self.tensor_names and n not in self.defaults
        )

    # -- rules ---------------------------------------------------------------------------------

    def infer(self, rule: Callable[..., ArrayType]) -> Callable[..., ArrayType]:
        self.infer_rule = rule
        return rule

    def lower(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        self.lower_rule = rule
        return rule

    def ragged(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        self.ragged_rule = rule
        return rule

    def sparse(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        self.sparse_rule = rule
        return rule

    def sample(self, *inputs: Any, **attrs: Any) -> None:
        """Add arguments on which the suite tries the op; every op has at least one set."""
        self.samples.append(Sample(inputs, attrs))

    @property
    def is_primitive(self) -> bool:
        return self.lower_rule is None

    # -- calling -------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, attrs = self.bind(args, kwargs)
        return self.apply(inputs, attrs)

    def apply(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Record or compute, on arguments that are sorted already."""
        recorder = operands.find_recorder(inputs)
        if recorder is not None:
            return recorder.record(self, inputs, attrs)
        return self.compute(inputs, attrs)

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort arguments into values and attributes, as the signature says."""
        bound = self._by_name(args, kwargs)
        try:
            raw: Sequence[Any] = [bound[name] for name in self.tensor_names]
            attrs = {
                name: freeze_attr(bound.get(name, default))
                for name, default in self.attr_defaults.items()
            }
            for name in self.required_attrs:
                attrs[name] = freeze_attr(bound[name])
        except KeyError as error:
            raise KGraphTypeError(f"{self.signature()}: {error.args[0]} is missing") from None
        if self.variadic:
            raw = raw[0]
        inputs = tuple([operands.as_operand(value, self.name) for value in raw])
        if len(inputs) == 1:
            inputs = (operands.lone_number(inputs[0]),)
        if attrs.get("dtype") is not None:
            attrs["dtype"] = as_dtype(attrs["dtype"])
        return inputs, attrs

    def _by_name(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What was given, by the names of the parameters."""
        bound = dict(zip(self.parameters, args, strict=False))
        unknown = [name for name in kwargs if name not in self.parameters or name in bound]
        if len(args) > len(self.parameters) or unknown:
            extra = f"unexpected or repeated {', '.join(unknown)}" if unknown else "too many"
            hint = did_you_mean(unknown[0], self.parameters) if unknown else None
            raise KGraphTypeError(
                message(f"{self.signature()}: arguments do not fit ({extra})", hint=hint)
            )
        bound.update(kwargs)
        return bound

    def signature(self) -> str:
        return f"{self.name}({', '.join(self.parameters)})"

    def reference(self, *inputs: Any, **attrs: Any) -> Any:
        """Run the defining NumPy function on arrays of the promoted dtypes."""
        if self.variadic:
            return self.reference_function(list(inputs), **attrs)
        return self.reference_function(*inputs, **attrs)

    def compute(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Compute eagerly, on concrete values."""
        inputs = tuple(operands.open_sparse(value) for value in inputs)
        if any(isinstance(value, RaggedTensor | CSR) for value in inputs):
            with np.errstate(all="ignore"):
                return operands.close_sparse(self.trace(inputs, attrs, _emit_eagerly))
        out_type = self.result_type(inputs, attrs)
        if not isinstance(out_type, ArrayType):  # a sparse value made of dense ones
            return operands.close_sparse(self.trace(inputs, attrs, _emit_eagerly))
        arrays = self.promoted_arrays(inputs)
        with np.errstate(all="ignore"):
            return np.asarray(self.reference(*arrays, **attrs), dtype=out_type.dtype)

    def promoted_arrays(self, inputs: Sequence[Any]) -> list[np.ndarray]:
        dtypes = self.promoted_dtypes(inputs)
        return [np.asarray(value, dtype) for value, dtype in zip(inputs, dtypes, strict=True)]

    def promoted_dtypes(self, inputs: Sequence[Any]) -> Sequence[DType]:
        try:
            return self.dtypes([operands.dtype_key(value) for value in inputs])
        except KGraphError as error:
            raise KGraphTypeError(f"{self.name}: {error}") from None

    # -- tracing: what symbolic values of any floor do -------------------------------------------

    def result_type(self, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> ValueType:
        """The type of the result, on values or symbolic values of any kind.

        It follows from the types of the inputs, the numbers among them and the attributes, so it
        is worked out once for each of these: tracing `std` takes ten times as long as finding it.
        """
        key, names = inferring.question(inputs, attrs)
        try:
            known = self._types.get(key)
        except TypeError:  # an attribute without a hash
            return self._traced_type(inputs, attrs)
        if known is not None:
            return known.again(names)
        with overheard() as said:
            found = self._traced_type(inputs, attrs)
        kept = inferring.kept(found, inputs, attrs, said)
        if kept is not None:
            if len(self._types) >= inferring.KEPT_PER_OP:
                self._types.clear()
            self._types[key] = kept
        return found

    def _traced_type(self, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> ValueType:
        abstract = tuple([abstract_value(value) for value in inputs])
        return operands.type_of(self.trace(abstract, attrs, _emit_type))

    def trace(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any], emit: Emit) -> Any:
        """Take the op apart into primitives on arrays and hand each of them to ``emit``."""
        if operands.has_any(RaggedTensor, inputs):
            return self._apply_composite("ragged", self.ragged_rule, inputs, attrs)
        if operands.has_any(CSR, inputs):
            if self.sparse_rule is None:
                return self(*self._spread(operands.densified(self.name, inputs)), **attrs)
            return self._apply_composite("sparse", self.sparse_rule, inputs, attrs)
        if self.lower_rule is not None:
            return self.lower_rule(*self._spread(inputs), **attrs)
        dtypes = self.promoted_dtypes(inputs)
        inputs = tuple(map(cast_operand, inputs, dtypes))
        types = [_array_type(value) for value in inputs]
        if self.infer_rule is None:
            raise NotImplementedError(f"op {self.name} has neither `infer` nor `lower`")
        try:
            return emit(self, inputs, attrs, self.infer_rule(*types, **attrs))
        except KGraphError as error:
            if str(error).startswith(self.name + ":"):
                raise
            received = "\n".join(map(str, types))
            raise type(error)(message(f"{self.name}: {error}", received=received)) from None

    def _spread(self, inputs: Any) -> list[Any]:
        """Positional arguments as the defining function takes them."""
        return [list(inputs)] if self.variadic else list(inputs)

    def _apply_composite(
        self,
        kind: str,
        rule: Callable[..., Any] | None,
        inputs: tuple[Any, ...],
        attrs: Mapping[str, Any],
    ) -> Any:
        if rule is None:
            received = ", ".join(str(operands.type_of(value)) for value in inputs)
            raise KGraphTypeError(
                message(
                    f"{self.name}: has no meaning on {kind} values",
                    received=received,
                    hint="take its .values, or make it dense with .to_tensor()"
                    if kind == "ragged"
                    else "make it dense with ops.to_dense(x)",
                )
            )
        return rule(*self._spread(inputs), **attrs)

    def __repr__(self) -> str:
        return f"<op {self.signature()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (lookup, (self.name,))


def lookup(name: str) -> Op:
    """The op called ``name``."""
    found = OPS.get(name) or next(filter(None, (find(name) for find in LATE_OPS)), None)
    if not isinstance(found, Op):
        raise KGraphTypeError(f"there is no op called {name!r}")
    return found


LATE_OPS: list[Callable[[str], Op | None]] = []
"""Who makes ops of a name that nobody has asked for yet: there are more than one cares to list."""


def op(*, dtypes: DTypeRule) -> Callable[[Callable[..., Any]], Op]:
    """Make the decorated reference function an op and enter it in the registry."""

    def define(reference: Callable[..., Any]) -> Op:
        return register(Op(reference, dtypes))

    return define


def register(made: AnyOp) -> AnyOp:
    """Enter an op in the registry; its name must be free."""
    if made.name in OPS:
        raise ValueError(f"op {made.name} is defined twice")
    OPS[made.name] = made
    return made


def freeze_attr(value: Any) -> Any:
    """Attributes are hashable: nodes are compared by content."""
    if value is None or type(value) in operands.NUMBERS:
        return value
    if isinstance(value, (list, tuple)):
        return tuple([freeze_attr(item) for item in value])
    if isinstance(value, np.ndarray):
        return freeze_attr(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    return value


# -- abstract values: types that flow through the same rules -------------------------------------


class Abstract(Symbolic):
    """A value of which nothing but the type is known."""

    __slots__ = ()

    def __init__(self, type: ValueType) -> None:
        self.type = type

    def record(self, op: Any, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        inputs = tuple([operands.open_sparse(value) for value in inputs])
        if operands.has_any(RaggedTensor, inputs) or operands.has_any(CSR, inputs):
            return op.trace(inputs, attrs, _emit_type)  # which keeps the parts they share
        return operands.symbolic_like(op.result_type(inputs, attrs), Abstract)

    def __repr__(self) -> str:
        return f"<{self.type}>"


def abstract_value(value: Any) -> Any:
    """``value`` with its numbers forgotten; composites keep their shape of components."""
    if isinstance(value, operands.NUMBERS):
        return value
    return operands.symbolic_like(operands.type_of(value), Abstract)


def cast_operand(value: Any, dtype: DType) -> Any:
    """Bring an operand to ``dtype``; symbolic ones through the op ``cast``."""
    if isinstance(value, Symbolic):
        return value if value.dtype == dtype else OPS["cast"](value, dtype)
    if isinstance(value, operands.ConstantLike):
        return value if value.dtype == dtype else OPS["cast"](value, dtype)
    return np.asarray(value, dtype)


def _array_type(value: Any) -> ArrayType:
    found = operands.type_of(value)
    assert isinstance(found, ArrayType)
    return found


def _emit_type(op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any], type: ArrayType) -> Any:
    return Abstract(type)


def _emit_eagerly(
    op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any], type: ArrayType
) -> Any:
    return op.compute(inputs, attrs)
