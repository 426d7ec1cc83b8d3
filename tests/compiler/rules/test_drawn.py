"""Rules on graphs drawn from their patterns: each fires on every one, and keeps what it computes.

A form is the text of a pattern with sizes left open; Hypothesis draws them and the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgraph.compiler.canonicalize import canonicalize, canonicalize_fast
from kgraph.compiler.rewrite import Rule, rewrite
from kgraph.compiler.rules import (
    entries,
    joins,
    kinds,
    masked,
    one_hot,
    padding,
    reassociate,
    slices,
    stable,
    tables,
)
from kgraph.compiler.verify import verify
from tests.compiler.rule_cases import assert_same, assert_same_bits, batch, read

Form = Callable[[int, int, int], str]


@dataclass(frozen=True)
class Drawn:
    """``form(k, m, n)`` is a text on which ``rule`` fires, for sizes from 1 to 6."""

    rule: Rule
    form: Form
    exact: bool = False


def lines(*text: str) -> str:
    return "\n".join(text)


def product(k: int, n: int, dense: bool = False) -> str:
    weights = (f"%w: f32[{k}, {n}] = variable", f"%b: f32[{n}] = variable")
    made = "dense(%x, %w, %b)" if dense else "batched_matmul(%x, %w)"
    return lines(f"%x: f32[B, {k}]", *weights, f"%0 = {made} : f32[B, {n}]")


def csr(n: int, last: str) -> str:
    parts = ("%data: f32[T]", "%indices: i32[T]", "%indptr: i32[B + 1]")
    weights = (f"%w = constant() : f32[4, {n}]", f"%b: f32[{n}] = variable")
    return lines(*parts, *weights, f"%0 = {last}")


def columns(n: int, first: int) -> str:
    first = min(first, n) - 1
    return lines(
        f"%1 = strided_slice(%0, starts=(0, {first}), stops=({{B}}, {n}), steps=(1, 1)) "
        f": f32[B, {n - first}]",
        "return %1",
    )


def first_row(n: int) -> str:
    return lines(
        f"%1 = strided_slice(%0, starts=(0, 0), stops=(1, {n}), steps=(1, 1)) : f32[1, {n}]",
        "return %1",
    )


def taken(n: int) -> str:
    return lines(
        f"%1 = transpose_axes(%0, axes=(1, 0)) : f32[{n}, B]",
        f"%2 = gather_rows(%1, [{n - 1}]:i64[1]) : f32[1, B]",
        "%3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 1]",
        "return %3",
    )


def joined(k: int, m: int, reduction: str) -> str:
    k, m = 20 * k, 20 * m
    return lines(
        f"%x: f32[B, {k}]",
        f"%y: f32[B, {m}]",
        f"%0 = join(%x, %y, %x, axis=1) : f32[B, {2 * k + m}]",
        f"%1 = {reduction}",
        "return %1",
    )


def some_parts(k: int, m: int, n: int) -> str:
    last = k + m  # of three parts the second, and what is next to it
    return lines(
        f"%x: f32[B, {k}]",
        f"%y: f32[B, {m}]",
        f"%z: f32[B, {n}]",
        f"%0 = join(%x, %y, %z, axis=1) : f32[B, {k + m + n}]",
        f"%1 = strided_slice(%0, starts=(0, {k - 1}), stops=({{B}}, {last}), steps=(1, 1)) "
        f": f32[B, {m + 1}]",
        "return %1",
    )


def one_part(k: int, m: int, n: int) -> str:
    return lines(
        f"%x: f32[B, {k}]",
        f"%y: f32[B, {m}]",
        f"%0 = join(%x, %y, axis=1) : f32[B, {k + m}]",
        f"%1 = strided_slice(%0, starts=(0, {k}), stops=({{B}}, {k + m}), steps=(1, 1)) "
        f": f32[B, {m}]",
        "return %1",
    )


def one_hot_rows(k: int, n: int, last: str) -> str:
    classes = ", ".join(map(str, range(k)))
    return lines(
        "%ids: i32[B, 1]",
        f"%w = constant() : f32[{k}, {n}]",
        f"%b: f32[{n}] = variable",
        f"%0 = equal(%ids, [{classes}]:i32[{k}]) : b1[B, {k}]",
        f"%1 = cast(%0, dtype='float32') : f32[B, {k}]",
        f"%2 = {last} : f32[B, {n}]",
        "return %2",
    )


def counts(k: int, m: int, n: int, ragged: bool) -> str:
    classes = ", ".join(map(str, range(k)))
    dims = "T" if ragged else f"B, {m}"
    reduced = (
        [f"%2 = segment_sum(%1, %splits) : f32[B, {k}]"]
        if ragged
        else [
            f"%r = reduce_sum(%1, axes=(1,)) : f32[B, 1, {k}]",
            f"%2 = reshape_to(%r, shape=({{B}}, {k})) : f32[B, {k}]",
        ]
    )
    return lines(
        f"%ids: i32[{dims}, 1]",
        "%splits: i64[B + 1]",
        f"%w = constant() : f32[{k}, {n}]",
        f"%0 = equal(%ids, [{classes}]:i32[{k}]) : b1[{dims}, {k}]",
        f"%1 = cast(%0, dtype='float32') : f32[{dims}, {k}]",
        *reduced,
        f"%3 = batched_matmul(%2, %w) : f32[B, {n}]",
        "return %3",
    )


def masked_rows(k: int, op: str) -> str:
    return lines(
        f"%x: f32[T, {k}]",
        "%mask: b1[T]",
        "%splits: i64[B + 1]",
        "%0 = true_positions(%mask) : i64[n0]",
        f"%1 = gather_rows(%x, %0) : f32[n0, {k}]",
        "%2 = cast(%mask, dtype='int64') : i64[T]",
        "%3 = cumsum(%2, axis=None, dtype=None) : i64[T]",
        "%4 = join([0]:i64[1], %3, axis=0) : i64[T + 1]",
        "%5 = gather_rows(%4, %splits) : i64[B + 1]",
        f"%6 = segment_{op}(%1, %5) : f32[B, {k}]",
        "return %6",
    )


def padded(k: int, op: str, fill: str, own: str = "return %2", between: bool = True) -> str:
    read = "%1" if between else "%0"
    return lines(
        f"%x: f32[T, {k}]",
        "%splits: i64[B + 1]",
        f"%0 = ragged_to_dense(%x, %splits, {fill}:f32[], length={{longest_T}}) "
        f": f32[B, longest_T, {k}]",
        f"%1 = multiply(%0, 0.5:f32[]) : f32[B, longest_T, {k}]",
        f"%2 = reduce_{op}({read}, axes=(1,)) : f32[B, 1, {k}]",
        own,
    )


def chain(k: int, m: int, n: int, first: str, second: str) -> str:
    """Two products whose weights cost less as one: the middle is the widest."""
    m = k + n + m
    return lines(
        f"%x: f32[B, {k}]",
        f"%w: f32[{k}, {m}] = variable",
        f"%v: f32[{m}, {n}] = variable",
        f"%b: f32[{m}] = variable",
        f"%c: f32[{n}] = variable",
        f"%0 = {first} : f32[B, {m}]",
        f"%1 = {second} : f32[B, {n}]",
        "return %1",
    )


def left_chain(k: int, m: int, n: int) -> str:
    m = k + n + m
    return lines(
        f"%x: f32[{k}, B]",
        f"%w: f32[{n}, {m}] = variable",
        f"%v: f32[{m}, {k}] = variable",
        f"%0 = batched_matmul(%v, %x) : f32[{m}, B]",
        f"%1 = batched_matmul(%w, %0) : f32[{n}, B]",
        "return %1",
    )


def found(k: int, m: int, n: int) -> str:
    return lines(
        f"%ids: i32[B, {m}]",
        f"%table: f32[{k + 3}, {n}] = variable",
        f"%row: f32[{n}] = variable",
        f"%0 = gather_rows(%table, %ids) : f32[B, {m}, {n}]",
        f"%1 = multiply(%row, %0) : f32[B, {m}, {n}]",
        "return %1",
    )


def found_by_ids(k: int, m: int, n: int) -> str:
    return lines(
        f"%ids: i32[B, {m}]",
        f"%table: f32[{k + 3}, {n}] = variable",
        f"%0 = gather_rows(%table, %ids) : f32[B, {m}, {n}]",
        f"%1 = greater(%ids, {n - 2}:i32[]) : b1[B, {m}]",
        f"%2 = reshape_to(%1, shape=({{B}}, {m}, 1)) : b1[B, {m}, 1]",
        f"%3 = where(%2, %0, -1.0:f32[]) : f32[B, {m}, {n}]",
        "return %3",
    )


def found_and_reduced(k: int, m: int, n: int, op: str) -> str:
    return lines(
        f"%ids: i32[B, {m}]",
        f"%table: f32[{k + 3}, {n}]",
        f"%0 = gather_rows(%table, %ids) : f32[B, {m}, {n}]",
        f"%1 = {op}(%0, axes=(1,)) : f32[B, 1, {n}]",
        "return %1",
    )


def known(k: int, m: int, n: int, turned: bool = False) -> str:
    """A constant sparse matrix (m, k) without zeros, times x."""
    columns = ", ".join(map(str, [*range(k)] * m))
    bounds = ", ".join(str(k * row) for row in range(m + 1))
    a = (
        f"[{', '.join(str(at + 0.5) for at in range(m * k))}]:f32[{m * k}], "
        f"[{columns}]:i32[{m * k}], [{bounds}]:i32[{m + 1}]"
    )
    if not turned:
        return lines(f"%x: f32[{k}, {n}]", f"%0 = csr_matmul({a}, %x) : f32[{m}, {n}]", "return %0")
    return lines(
        f"%x: f32[B, {k}]",
        f"%0 = transpose_axes(%x, axes=(1, 0)) : f32[{k}, B]",
        f"%1 = csr_matmul({a}, %0) : f32[{m}, B]",
        f"%2 = transpose_axes(%1, axes=(1, 0)) : f32[B, {m}]",
        "return %2",
    )


def multiplied(k: int, m: int, n: int, last: str) -> str:
    k = k + n  # the table gets no larger
    return lines(
        f"%ids: i32[B, {m}]",
        f"%table: f32[{m + 3}, {k}] = variable",
        f"%w: f32[{k}, {n}] = variable",
        f"%b: f32[{n}] = variable",
        f"%0 = gather_rows(%table, %ids) : f32[B, {m}, {k}]",
        f"%1 = {last} : f32[B, {m}, {n}]",
        "return %1",
    )


def cut_rows(k: int, m: int, n: int) -> str:
    return lines(
        "%ids: i32[B]",
        f"%table: f32[{k + 3}, {n}] = variable",
        f"%0 = gather_rows(%table, %ids) : f32[B, {n}]",
        columns(n, m),
    )


def entries_scaled(n: int, last: str, column: bool) -> str:
    parts = ("%data: f32[T]", "%indices: i32[T]", "%indptr: i32[B + 1]")
    weights = (f"%w: f32[4, {n}] = variable", f"%b: f32[{n}] = variable")
    scale = ["%s: f32[4] = variable", "%g = gather_rows(%s, %indices) : f32[T]"]
    by = "%g" if column else "3.0:f32[]"
    made = f"%0 = multiply({by}, %data) : f32[T]"
    return lines(*parts, *weights, *scale, made, f"%1 = {last} : f32[B, {n}]", "return %1")


def scores(k: int, first: str, *then: str) -> str:
    return lines(f"%x: f32[B, {k}]", f"%0 = {first}(%x) : f32[B, {k}]", *then)


MATMUL, DENSE = "batched_matmul(%x, %w)", "dense(%x, %w, %b)"
SPARSE_PRODUCT = "csr_matmul(%0, %indices, %indptr, %w)"
SPARSE_DENSE = "csr_dense(%0, %indices, %indptr, %w, %b)"
THEN_MATMUL, THEN_DENSE = "batched_matmul(%0, %v)", "dense(%0, %v, %c)"

DRAWN = [
    Drawn(
        slices.slice_of_elementwise,
        lambda k, m, n: scores(n, "exp") + "\n" + columns(n, m),
        exact=True,
    ),
    Drawn(slices.columns_of_product, lambda k, m, n: product(k, n) + "\n" + columns(n, m)),
    Drawn(slices.columns_of_dense, lambda k, m, n: product(k, n, True) + "\n" + columns(n, m)),
    Drawn(
        slices.columns_of_sparse_product,
        lambda k, m, n: (
            csr(n, f"csr_matmul(%data, %indices, %indptr, %w) : f32[B, {n}]") + "\n" + columns(n, m)
        ),
    ),
    Drawn(
        slices.columns_of_sparse_dense,
        lambda k, m, n: (
            csr(n, f"csr_dense(%data, %indices, %indptr, %w, %b) : f32[B, {n}]")
            + "\n"
            + columns(n, m)
        ),
    ),
    Drawn(slices.rows_of_product, lambda k, m, n: product(k, n) + "\n" + first_row(n)),
    Drawn(slices.rows_of_dense, lambda k, m, n: product(k, n, True) + "\n" + first_row(n)),
    Drawn(slices.columns_taken_of_product, lambda k, m, n: product(k, n) + "\n" + taken(n)),
    Drawn(slices.columns_taken_of_dense, lambda k, m, n: product(k, n, True) + "\n" + taken(n)),
    Drawn(
        slices.columns_taken_of_elementwise,
        lambda k, m, n: scores(n, "tanh") + "\n" + taken(n),
        exact=True,
    ),
    Drawn(slices.slice_of_one_part, one_part, exact=True),
    Drawn(slices.slice_of_some_parts, some_parts, exact=True),
    Drawn(
        joins.extreme_of_joined,
        lambda k, m, n: joined(k, m, "reduce_min(%0, axes=(1,)) : f32[B, 1]"),
        exact=True,
    ),
    Drawn(tables.rows_found_are_ready, found, exact=True),
    Drawn(
        tables.rows_found_are_multiplied,
        lambda k, m, n: multiplied(k, m, n, "batched_matmul(%0, %w)"),
    ),
    Drawn(
        tables.rows_found_are_multiplied_and_shifted,
        lambda k, m, n: multiplied(k, m, n, "dense(%0, %w, %b)"),
    ),
    Drawn(tables.rows_found_are_cut, cut_rows, exact=True),
    Drawn(tables.rows_found_are_ready, found_by_ids, exact=True),
    Drawn(tables.sum_of_rows_found, lambda k, m, n: found_and_reduced(k, m, n, "reduce_sum")),
    Drawn(tables.mean_of_rows_found, lambda k, m, n: found_and_reduced(k, m, n, "reduce_mean")),
    Drawn(
        entries.number_before_sparse_product,
        lambda k, m, n: entries_scaled(n, SPARSE_PRODUCT, column=False),
    ),
    Drawn(
        entries.number_before_sparse_dense,
        lambda k, m, n: entries_scaled(n, SPARSE_DENSE, column=False),
    ),
    Drawn(
        entries.columns_before_sparse_product,
        lambda k, m, n: entries_scaled(n, SPARSE_PRODUCT, column=True),
    ),
    Drawn(
        entries.columns_before_sparse_dense,
        lambda k, m, n: entries_scaled(n, SPARSE_DENSE, column=True),
    ),
    Drawn(
        one_hot.product_with_one_hot_is_a_look_up,
        lambda k, m, n: one_hot_rows(k, n, "batched_matmul(%1, %w)"),
    ),
    Drawn(
        one_hot.dense_of_one_hot_is_a_look_up,
        lambda k, m, n: one_hot_rows(k, n, "dense(%1, %w, %b)"),
    ),
    Drawn(kinds.product_with_full_matrix_is_dense, lambda k, m, n: known(k, m, n)),
    Drawn(
        kinds.turned_product_with_full_matrix_is_dense,
        lambda k, m, n: known(k, m, n, turned=True),
    ),
    Drawn(reassociate.product_with_known_matrix_is_dense, lambda k, m, n: known(k, m, n)),
    Drawn(
        reassociate.turned_product_with_known_matrix_is_dense,
        lambda k, m, n: known(k, m, n, turned=True),
    ),
    Drawn(padding.reduction_of_padded_rows, lambda k, m, n: padded(k, "sum", "0.0")),
    Drawn(padding.reduction_of_padded_rows, lambda k, m, n: padded(k, "prod", "2.0")),
    Drawn(padding.reduction_of_padded_rows, lambda k, m, n: padded(k, "min", "inf"), exact=True),
    Drawn(padding.reduction_of_padded_rows, lambda k, m, n: padded(k, "max", "-0.5"), exact=True),
    Drawn(padding.reduction_of_padded_rows, lambda k, m, n: padded(k, "mean", "0.0")),
    Drawn(
        padding.reduction_of_rows_just_padded,
        lambda k, m, n: padded(k, "max", "nan", own="return %2, %0", between=False),
        exact=True,
    ),
    Drawn(masked.reduction_of_masked_rows, lambda k, m, n: masked_rows(k, "sum")),
    Drawn(masked.reduction_of_masked_rows, lambda k, m, n: masked_rows(k, "max"), exact=True),
    Drawn(masked.mean_of_masked_rows, lambda k, m, n: masked_rows(k, "mean")),
    Drawn(
        stable.log_of_other_sigmoid,
        lambda k, m, n: scores(
            k,
            "sigmoid",
            f"%1 = subtract(1.0:f32[], %0) : f32[B, {k}]",
            f"%2 = log(%1) : f32[B, {k}]",
            "return %2",
        ),
    ),
    Drawn(
        stable.log_of_sum_of_exp,
        lambda k, m, n: scores(
            k,
            "exp",
            "%1 = reduce_sum(%0, axes=(1,)) : f32[B, 1]",
            "%2 = log(%1) : f32[B, 1]",
            "return %2",
        ),
    ),
    Drawn(
        reassociate.sum_of_joined,
        lambda k, m, n: joined(k, m, "reduce_sum(%0, axes=(1,)) : f32[B, 1]"),
    ),
    Drawn(
        reassociate.mean_of_joined,
        lambda k, m, n: joined(k, m, "reduce_mean(%0, axes=(1,)) : f32[B, 1]"),
    ),
    Drawn(reassociate.weights_meet_first, lambda k, m, n: chain(k, m, n, MATMUL, THEN_MATMUL)),
    Drawn(
        reassociate.weights_meet_first_before_bias,
        lambda k, m, n: chain(k, m, n, MATMUL, THEN_DENSE),
    ),
    Drawn(
        reassociate.weights_meet_first_after_bias,
        lambda k, m, n: chain(k, m, n, DENSE, THEN_MATMUL),
    ),
    Drawn(
        reassociate.weights_meet_first_between_biases,
        lambda k, m, n: chain(k, m, n, DENSE, THEN_DENSE),
    ),
    Drawn(reassociate.weights_on_the_left_meet_first, left_chain),
    Drawn(reassociate.sums_of_one_hot_rows_are_bags, lambda k, m, n: counts(k, m, n, ragged=True)),
    Drawn(
        reassociate.counts_of_classes_are_look_ups, lambda k, m, n: counts(k, m, n, ragged=False)
    ),
]
NEW = (slices, joins, tables, entries, kinds, masked, padding, reassociate)


def test_every_rule_of_these_files_has_a_form() -> None:
    names = {rule.name for file in NEW for rule in file.RULES}
    assert names <= {case.rule.name for case in DRAWN}


SIZES = st.integers(1, 6)


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case.rule.name)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(k=SIZES, m=SIZES, n=SIZES, seed=st.integers(0, 2**16))
def test_a_rule_fires_on_its_pattern_and_keeps_what_it_computes(
    case: Drawn, k: int, m: int, n: int, seed: int
) -> None:
    before = verify(read(case.form(k, m, n)))
    after = verify(rewrite(before, [case.rule]), after=case.rule.name)
    assert after is not before
    same = assert_same_bits if case.exact else assert_same
    same(before, after, batch(before, case.exact, seed))


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case.rule.name)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(k=SIZES, m=SIZES, n=SIZES, seed=st.integers(0, 2**16))
def test_so_do_all_rules_together_and_a_second_run_changes_nothing(
    case: Drawn, k: int, m: int, n: int, seed: int
) -> None:
    before = verify(read(case.form(k, m, n)))
    for change in (canonicalize, canonicalize_fast):
        after = verify(change(before), after=change.__name__)
        assert change(after) is after
        assert_same(before, after, batch(before, False, seed))
