"""What every op must keep, asked of each one in the registry."""

from __future__ import annotations

import doctest
import importlib
import pickle
import pkgutil
import re
from typing import Any

import numpy as np
import pytest

import kgraph.ops.names  # which defines every op
from kgraph.ops import operands
from kgraph.ops.composite_op import CompositeOp
from kgraph.ops.elementwise import ElementwiseOp
from kgraph.ops.op import Op, Sample, abstract_value, lookup
from kgraph.ops.sparse_elementwise import ABSORBS
from kgraph.types.array_type import ArrayType
from kgraph.types.csr import CSR
from kgraph.types.dims import evaluate
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from tests.ops.tracing import plain, sizes_of, traced
from tests.tolerances import tolerance

EVERY_OP = [
    op for op in OPS.values() if isinstance(op, Op) and op.__module__.startswith("kgraph.ops")
]
PUBLIC = [op for op in EVERY_OP if not op.__module__.startswith("kgraph.ops.primitives")]
SAMPLES = [(op, sample) for op in EVERY_OP for sample in op.samples]
DENSE = [
    (op, sample)
    for op, sample in SAMPLES
    if not isinstance(op, CompositeOp)
    and not any(isinstance(value, RaggedTensor | CSR) for value in sample.inputs)
]
ELEMENTWISE = [op for op in EVERY_OP if isinstance(op, ElementwiseOp)]


def called(op: Op) -> str:
    return op.name


def described(value: Any) -> str:
    if isinstance(value, Op):
        return value.name
    if isinstance(value, Sample):
        kinds = [str(operands.type_of(v)) if not np.isscalar(v) else str(v) for v in flat(value)]
        return ",".join([*kinds, *(f"{k}={v}" for k, v in value.attrs.items())])
    return str(value)


def flat(sample: Sample) -> list[Any]:
    """The values of a sample, those in a sequence too."""
    listed = [value if isinstance(value, list) else [value] for value in sample.inputs]
    return [item for items in listed for item in items]


def bound(op: Op, sample: Sample) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return op.bind(sample.inputs, sample.attrs)


def assert_same(found: Any, expected: Any, exact: bool = False) -> None:
    found, expected = operands.open_sparse(found), operands.open_sparse(expected)
    assert type(found) is type(expected)
    if isinstance(found, CSR) and found.ndim != 2:  # a coo_array tells no dtype of columns
        found, expected = (
            CSR(x.data, x.indices.astype("int64"), x.indptr.astype("int64"), x.dims)
            for x in (found, expected)
        )
    for a, b in zip(operands.components(found), operands.components(expected), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype
        rtol, atol = (0, 0) if exact else tolerance(a.dtype)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def test_registry_is_full() -> None:
    assert len(EVERY_OP) > 150
    missing = [name for name in kgraph.ops.__all__ if not callable(getattr(kgraph.ops, name))]
    assert missing == []


@pytest.mark.parametrize("op", EVERY_OP, ids=called)
def test_op_has_a_sample_and_one_way_to_be_computed(op: Op) -> None:
    assert op.samples
    assert (op.infer_rule is not None) or (op.lower_rule is not None)
    assert lookup(op.name) is op
    assert pickle.loads(pickle.dumps(op)) is op


@pytest.mark.parametrize("op", PUBLIC, ids=called)
def test_docstring_has_its_sections(op: Op) -> None:
    first, _, rest = (op.__doc__ or "").partition("\n\n")
    assert re.fullmatch(r"\S.*", first), "one line says what it does"
    sections = re.findall(r"^    (Shapes|Dtypes|Edges|Errors|Cost|Source)  +\S", rest, re.M)
    assert sections[:2] == ["Shapes", "Dtypes"]
    assert "Source" in sections or op.name not in kgraph.ops.__all__
    assert ">>> " in rest


def run_example(text: str, name: str) -> None:
    test = doctest.DocTestParser().get_doctest(text, {"np": np}, name, None, None)
    complaints: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)


@pytest.mark.parametrize("op", PUBLIC, ids=called)
def test_example_runs(op: Op) -> None:
    run_example(op.__doc__ or "", op.name)


MODULES = [f"kgraph.ops.{module.name}" for module in pkgutil.iter_modules(kgraph.ops.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_functions_run(name: str) -> None:
    module = importlib.import_module(name)
    for found in doctest.DocTestFinder().find(module, globs=dict(vars(module))):
        complaints: list[str] = []
        doctest.DocTestRunner().run(found, out=complaints.append)
        assert not complaints, "".join(complaints)


@pytest.mark.parametrize(("op", "sample"), DENSE, ids=described)
def test_inference_agrees_with_the_reference(op: Op, sample: Sample) -> None:
    inputs, attrs = bound(op, sample)
    abstract = tuple(abstract_value(value) for value in inputs)
    found = op.result_type(abstract, attrs)
    arrays = op.promoted_arrays(inputs)
    with np.errstate(all="ignore"):
        raw = np.asarray(op.reference(*arrays, **attrs))
    assert isinstance(found, ArrayType)
    env = sizes_of(found, raw)  # of sizes that the numbers decide
    assert tuple(evaluate(size, env) for size in found.dims) == raw.shape
    computed = op.compute(inputs, attrs)
    assert computed.dtype == found.dtype
    assert raw.dtype == found.dtype or (
        raw.dtype.kind == found.dtype.kind and np.all(raw == computed)
    )


@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=described)
def test_primitives_agree_with_the_reference(op: Op, sample: Sample) -> None:
    inputs, attrs = bound(op, sample)
    made = op.apply(traced(inputs), attrs)
    assert_same(plain(made), op.compute(inputs, attrs))


# these ask for a size that must be known when the graph is drawn
NEEDS_KNOWN_ROWS = {
    "cross": {"axis=0"},
    "diag": {"f32", "i32"},
    "diagflat": {"k=", "i32"},
    "diagonal": {"offset="},
    "einsum": {"ii->i", "iii,i->i"},
    "glu": {"axis=0"},
    "roll": {"shift=2", "axis=(0, 1)"},
    "trace": {"offset=", "i8"},
    "vander": {"N=None"},
}


# attributes of primitives are resolved sizes, so that they do not fit unknown ones
WITH_ROWS = [
    (op, sample)
    for op, sample in DENSE
    if op in PUBLIC and any(np.ndim(value) for value in flat(sample))
]


@pytest.mark.parametrize(("op", "sample"), WITH_ROWS, ids=described)
def test_an_unknown_number_of_rows_changes_nothing(op: Op, sample: Sample) -> None:
    inputs, attrs = bound(op, sample)
    rows = next(len(value) for value in inputs if np.ndim(value))
    made = traced(inputs, rows)
    if any(word in described(sample) for word in NEEDS_KNOWN_ROWS.get(op.name, ())):
        with pytest.raises(ValueError, match=rf"{op.name}: .*"):
            op.apply(made, attrs)
        return
    assert_same(plain(op.apply(made, attrs)), op.compute(inputs, attrs))


def awkward(value: Any) -> Any:
    """The same numbers, read-only and with a gap after each."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    wide = np.repeat(value, 2, axis=-1)
    gappy = wide[..., ::2]
    gappy.flags.writeable = False
    return gappy


@pytest.mark.parametrize(("op", "sample"), DENSE, ids=described)
def test_read_only_arrays_with_gaps_are_taken(op: Op, sample: Sample) -> None:
    inputs, attrs = bound(op, sample)
    before = [np.array(value) for value in inputs]
    expected = op.compute(inputs, attrs)
    assert_same(op.compute(tuple(awkward(value) for value in inputs), attrs), expected, exact=True)
    for value, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(value, copy)


FLOATS = ("float16", "float32", "float64")


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.zero_preserving], ids=called)
def test_zero_stays_zero(op: ElementwiseOp) -> None:
    zeros = [np.zeros(2, dtype) for dtype in FLOATS]
    for sample in op.samples:
        inputs, attrs = bound(op, sample)
        for zero in zeros:
            others = [(3.5, -2)] * (len(inputs) - 1)
            for number in range(2 if others else 1):
                found = op.compute((zero, *(pair[number] for pair in others)), attrs)
                assert not np.any(found)


def rows_of(array: np.ndarray) -> RaggedTensor:
    """The rows of ``array`` as the items of ragged rows, one of them empty."""
    bounds = np.array([0, (len(array) + 1) // 2, (len(array) + 1) // 2, len(array)])
    return RaggedTensor.from_row_splits(array, bounds)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=called)
def test_elementwise_ops_work_on_the_items_of_ragged_rows(op: ElementwiseOp) -> None:
    for sample in op.samples:
        inputs, attrs = bound(op, sample)
        shape = np.broadcast_shapes(*(np.shape(value) for value in inputs))
        if not shape:
            continue
        dense = [v if not np.ndim(v) else np.array(np.broadcast_to(v, shape)) for v in inputs]
        ragged = tuple(rows_of(value) if np.ndim(value) else value for value in dense)
        found = op.compute(ragged, attrs)
        assert_same(found, rows_of(op.compute(tuple(dense), attrs)), exact=True)
        assert_same(plain(op.apply(traced(ragged), attrs)), found)


def sparse_of(array: np.ndarray) -> CSR:
    """Every second entry of a matrix, stored."""
    kept = np.where(np.add.outer(*map(np.arange, array.shape)) % 2, array, array.dtype.type(0))
    rows, columns = np.nonzero(kept)
    indptr = np.searchsorted(rows, np.arange(len(array) + 1)).astype(np.int32)
    return CSR(kept[rows, columns], columns.astype(np.int32), indptr, array.shape)


@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
@pytest.mark.parametrize("op", ELEMENTWISE, ids=called)
def test_elementwise_ops_on_sparse_values_agree_with_dense_ones(op: ElementwiseOp) -> None:
    for sample in op.samples:
        inputs, attrs = bound(op, sample)
        first = np.asarray(inputs[0])
        if first.ndim != 2 or first.dtype.kind != "f":
            continue
        stored = sparse_of(np.nan_to_num(first))
        dense = OPS["to_dense"](stored)
        others = tuple(inputs[1:])
        found = op.trace((stored, *others), attrs, lambda op, i, a, t: op.compute(i, a))
        assert isinstance(found, CSR) == keeps_zeros(op, first, others, attrs)
        assert_same(OPS["to_dense"](found), op.compute((dense, *others), attrs), exact=True)


def keeps_zeros(
    op: ElementwiseOp, first: np.ndarray, others: tuple[Any, ...], attrs: dict[str, Any]
) -> bool:
    if all(np.ndim(value) == 0 for value in others):
        return not op.compute((first.dtype.type(0), *others), attrs).any()
    fits = np.broadcast_shapes(*map(np.shape, others)) == (*first.shape[:1], 1)
    return fits and 0 in ABSORBS.get(op.name, ())


@pytest.mark.parametrize(("name", "place"), [(n, p) for n in ABSORBS for p in ABSORBS[n]])
def test_a_zero_absorbs_what_the_op_says_it_does(name: str, place: int) -> None:
    for dtype in ("int32", "float32"):
        op = lookup(name)
        if op.infer_rule is None or (dtype == "float32" and name.startswith("bitwise")):
            continue
        others = np.arange(1, 9).astype(dtype) * np.array(-1).astype(dtype)
        operands_ = [others, np.zeros_like(others)] if place else [np.zeros_like(others), others]
        assert not np.any(op.compute(tuple(operands_), {}))
