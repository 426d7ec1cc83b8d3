from __future__ import annotations

import pytest

from kgraph.compiler.rules import slices as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

COLUMNS = "strided_slice(%0, starts=(0, 1), stops=({B}, 3), steps=(1, 1)) : f32[B, 2]"
ROWS = "strided_slice(%0, starts=(0, 0), stops=(1, 4), steps=(1, 1)) : f32[1, 4]"

TURNED = "strided_slice(%0, starts=(0, 3), stops=({B}, -1), steps=(1, -1)) : f32[B, 4]"

PRODUCT = """
    %x: f32[B, 5]
    %w: f32[5, 4] = variable
    %0 = batched_matmul(%x, %w) : f32[B, 4]
    """
DENSE = """
    %x: f32[B, 5]
    %w: f32[5, 4] = variable
    %b: f32[4] = variable
    %0 = dense(%x, %w, %b) : f32[B, 4]
    """
SPARSE = """
    %data: f32[T]
    %indices: i32[T]
    %indptr: i32[B + 1]
    %w: f32[4, 4] = variable
    %b: f32[4] = variable
    """
CSR = SPARSE + "%0 = csr_matmul(%data, %indices, %indptr, %w) : f32[B, 4]\n    "
CSR_DENSE = SPARSE + "%0 = csr_dense(%data, %indices, %indptr, %w, %b) : f32[B, 4]\n    "
JOINED = """
    %x: f32[B, 2]
    %y: f32[B, 1]
    %z: f32[B, 3]
    %0 = join(%x, %y, %z, axis=1) : f32[B, 6]
    """


MATRICES = """
    %x: f32[B, 5]
    %w: f32[2, 5, 4] = variable
    %0 = batched_matmul(%x, %w) : f32[2, B, 4]
    """
BLOCKS = """
    %x: f32[2, 3, 5]
    %w: f32[5, 4] = variable
    %b: f32[4] = variable
    %0 = dense(%x, %w, %b) : f32[2, 3, 4]
    """
SUM = """
    %x: f32[B, 4]
    %y: f32[B, 4]
    %0 = add(%x, %y) : f32[B, 4]
    """
UNPROVED = """
    %x: f32[B, 2]
    %y: f32[N, 1]
    %z: f32[B, 3]
    %0 = join(%x, %y, %z, axis=1) : f32[B, 6]
    """
FROM_UNKNOWN = (
    "strided_slice(%0, starts=(0, {min(B, 2)}), stops=({B}, 3), steps=(1, 1)) : "
    "f32[B, -min(B, 2) + 3]"
)
TO_UNKNOWN = (
    "strided_slice(%0, starts=(0, 1), stops=({B}, {min(B, 3)}), steps=(1, 1)) : "
    "f32[B, min(B, 3) - 1]"
)


def then(line: str) -> str:
    return f"%1 = {line}\n    return %1"


def cut(first: int, stop: int, step: int = 1) -> str:
    size = (stop - first) // step
    return (
        f"strided_slice(%0, starts=(0, {first}), stops=({{B}}, {stop}), steps=(1, {step})) : "
        f"f32[B, {size}]"
    )


def taken(value: str, positions: str = "[2, 0]:i64[2]") -> str:
    return f"""
    %x: f32[B, 5]
    %y: f32[B, 4]
    %w: f32[5, 4] = variable
    %b: f32[4] = variable
    %0 = {value} : f32[B, 4]
    %1 = transpose_axes(%0, axes=(1, 0)) : f32[4, B]
    %2 = gather_rows(%1, {positions}) : f32[2, B]
    %3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 2]
    return %3"""


def taken_of_blocks(
    value: str, there: str = "(2, 0, 1)", back: str = "(1, 2, 0)", positions: str = "[2, 0]:i64[2]"
) -> str:
    return f"""
    %x: f32[2, B, 5]
    %y: f32[2, B, 4]
    %w: f32[5, 4] = variable
    %b: f32[4] = variable
    %0 = {value} : f32[2, B, 4]
    %1 = transpose_axes(%0, axes={there}) : f32[4, 2, B]
    %2 = gather_rows(%1, {positions}) : f32[2, 2, B]
    %3 = transpose_axes(%2, axes={back}) : f32[2, B, 2]
    return %3"""


FIRES = [
    Fires(
        rules.slice_of_elementwise,
        "    %x: f32[B, 4]\n    %0 = tanh(%x) : f32[B, 4]\n    " + then(COLUMNS),
        """
        %x: f32[B, 4]
        %0 = strided_slice(%x, starts=(0, 1), stops=({B}, 3), steps=(1, 1)) : f32[B, 2]
        %1 = tanh(%0) : f32[B, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # what is broadcast is not cut where it is
        """
        %x: b1[N, 4]
        %y: f32[N, 1]
        %row: f32[4] = variable
        %0 = where(%x, %y, %row) : f32[N, 4]
        %1 = strided_slice(%0, starts=(1, 3), stops=({N}, -1), steps=(1, -2)) : f32[N - 1, 2]
        return %1""",
        """
        %x: b1[N, 4]
        %y: f32[N, 1]
        %0 = strided_slice(%x, starts=(1, 3), stops=({N}, -1), steps=(1, -2)) : b1[N - 1, 2]
        %1 = strided_slice(%y, starts=(1, 0), stops=({N}, 1), steps=(1, 1)) : f32[N - 1, 1]
        %row: f32[4] = variable
        %2 = strided_slice(%row, starts=(3,), stops=(-1,), steps=(-2,)) : f32[2]
        %3 = where(%0, %1, %2) : f32[N - 1, 2]
        return %3""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # all of it, in another order: no more is copied than computed
        "    %x: f32[B, 4]\n    %0 = exp(%x) : f32[B, 4]\n    " + then(TURNED),
        """
        %x: f32[B, 4]
        %0 = strided_slice(%x, starts=(0, 3), stops=({B}, -1), steps=(1, -1)) : f32[B, 4]
        %1 = exp(%0) : f32[B, 4]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # one row of two operands is less than all rows of their sum
        SUM + then(ROWS),
        """
        %x: f32[B, 4]
        %y: f32[B, 4]
        %0 = strided_slice(%x, starts=(0, 0), stops=(1, 4), steps=(1, 1)) : f32[1, 4]
        %1 = strided_slice(%y, starts=(0, 0), stops=(1, 4), steps=(1, 1)) : f32[1, 4]
        %2 = add(%0, %1) : f32[1, 4]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # a weight is cut before any batch comes
        """
        %x: f32[3, 4]
        %w: f32[3, 4] = variable
        %0 = add(%x, %w) : f32[3, 4]
        %1 = strided_slice(%0, starts=(0, 0), stops=(3, 3), steps=(1, 1)) : f32[3, 3]
        return %1""",
        """
        %x: f32[3, 4]
        %0 = strided_slice(%x, starts=(0, 0), stops=(3, 3), steps=(1, 1)) : f32[3, 3]
        %w: f32[3, 4] = variable
        %1 = strided_slice(%w, starts=(0, 0), stops=(3, 3), steps=(1, 1)) : f32[3, 3]
        %2 = add(%0, %1) : f32[3, 3]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # one column for all is no second copy, nor is one row cut
        """
        %c: b1[B, 1]
        %x: f32[B, 4]
        %row: f32[4] = variable
        %0 = where(%c, %x, %row) : f32[B, 4]
        %1 = strided_slice(%0, starts=(1, 0), stops=({B}, 4), steps=(1, 1)) : f32[B - 1, 4]
        return %1""",
        """
        %c: b1[B, 1]
        %x: f32[B, 4]
        %0 = strided_slice(%c, starts=(1, 0), stops=({B}, 1), steps=(1, 1)) : b1[B - 1, 1]
        %1 = strided_slice(%x, starts=(1, 0), stops=({B}, 4), steps=(1, 1)) : f32[B - 1, 4]
        %row: f32[4] = variable
        %2 = where(%0, %1, %row) : f32[B - 1, 4]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # a row of two axes less
        """
        %x: f32[2, 3, 4]
        %row: f32[4] = variable
        %0 = add(%x, %row) : f32[2, 3, 4]
        %1 = strided_slice(%0, starts=(0, 2, 1), stops=(2, 3, 4), steps=(1, 1, 2)) : f32[2, 1, 2]
        return %1""",
        """
        %x: f32[2, 3, 4]
        %0 = strided_slice(%x, starts=(0, 2, 1), stops=(2, 3, 4), steps=(1, 1, 2)) : f32[2, 1, 2]
        %row: f32[4] = variable
        %1 = strided_slice(%row, starts=(1,), stops=(4,), steps=(2,)) : f32[2]
        %2 = add(%0, %1) : f32[2, 1, 2]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.slice_of_elementwise,  # an axis without entries
        """
        %x: f32[B, 0]
        %y: f32[B, 0]
        %0 = add(%x, %y) : f32[B, 0]
        %1 = strided_slice(%0, starts=(1, 0), stops=({B}, 0), steps=(1, 1)) : f32[B - 1, 0]
        return %1""",
        """
        %x: f32[B, 0]
        %y: f32[B, 0]
        %0 = strided_slice(%x, starts=(1, 0), stops=({B}, 0), steps=(1, 1)) : f32[B - 1, 0]
        %1 = strided_slice(%y, starts=(1, 0), stops=({B}, 0), steps=(1, 1)) : f32[B - 1, 0]
        %2 = add(%0, %1) : f32[B - 1, 0]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.columns_of_product,
        PRODUCT + then(COLUMNS),
        """
        %x: f32[B, 5]
        %w: f32[5, 4] = variable
        %0 = strided_slice(%w, starts=(0, 1), stops=(5, 3), steps=(1, 1)) : f32[5, 2]
        %1 = batched_matmul(%x, %0) : f32[B, 2]
        return %1""",
    ),
    Fires(
        rules.columns_of_product,  # of each of several matrices
        MATRICES
        + then(
            "strided_slice(%0, starts=(0, 0, 1), stops=(2, {B}, 3), steps=(1, 1, 1)) : f32[2, B, 2]"
        ),
        """
        %x: f32[B, 5]
        %w: f32[2, 5, 4] = variable
        %0 = strided_slice(%w, starts=(0, 0, 1), stops=(2, 5, 3), steps=(1, 1, 1)) : f32[2, 5, 2]
        %1 = batched_matmul(%x, %0) : f32[2, B, 2]
        return %1""",
    ),
    Fires(
        rules.columns_of_dense,
        DENSE + then(cut(0, 4, 2)),
        """
        %x: f32[B, 5]
        %w: f32[5, 4] = variable
        %0 = strided_slice(%w, starts=(0, 0), stops=(5, 4), steps=(1, 2)) : f32[5, 2]
        %b: f32[4] = variable
        %1 = strided_slice(%b, starts=(0,), stops=(4,), steps=(2,)) : f32[2]
        %2 = dense(%x, %0, %1) : f32[B, 2]
        return %2""",
    ),
    Fires(
        rules.columns_of_sparse_product,
        CSR + then(COLUMNS),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 4] = variable
        %0 = strided_slice(%w, starts=(0, 1), stops=(4, 3), steps=(1, 1)) : f32[4, 2]
        %1 = csr_matmul(%data, %indices, %indptr, %0) : f32[B, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.columns_of_sparse_dense,
        CSR_DENSE + then(COLUMNS),
        """
        %data: f32[T]
        %indices: i32[T]
        %indptr: i32[B + 1]
        %w: f32[4, 4] = variable
        %0 = strided_slice(%w, starts=(0, 1), stops=(4, 3), steps=(1, 1)) : f32[4, 2]
        %b: f32[4] = variable
        %1 = strided_slice(%b, starts=(1,), stops=(3,), steps=(1,)) : f32[2]
        %2 = csr_dense(%data, %indices, %indptr, %0, %1) : f32[B, 2]
        return %2""",
        exact=True,
    ),
    Fires(
        rules.rows_of_product,
        PRODUCT + then(ROWS),
        """
        %x: f32[B, 5]
        %0 = strided_slice(%x, starts=(0, 0), stops=(1, 5), steps=(1, 1)) : f32[1, 5]
        %w: f32[5, 4] = variable
        %1 = batched_matmul(%0, %w) : f32[1, 4]
        return %1""",
    ),
    Fires(
        rules.rows_of_dense,
        """
        %x: f32[B, 5]
        %w: f32[5, 4] = variable
        %b: f32[4] = variable
        %0 = dense(%x, %w, %b) : f32[B, 4]
        %1 = strided_slice(%0, starts=({B - 1}, 0), stops=({B}, 4), steps=(1, 1)) : f32[1, 4]
        return %1""",
        """
        %x: f32[B, 5]
        %0 = strided_slice(%x, starts=({B - 1}, 0), stops=({B}, 5), steps=(1, 1)) : f32[1, 5]
        %w: f32[5, 4] = variable
        %b: f32[4] = variable
        %1 = dense(%0, %w, %b) : f32[1, 4]
        return %1""",
    ),
    Fires(
        rules.rows_of_dense,  # all rows but the first, of the last block first
        BLOCKS
        + then(
            "strided_slice(%0, starts=(1, 1, 0), stops=(-1, 3, 4), steps=(-1, 1, 1)) : f32[2, 2, 4]"
        ),
        """
        %x: f32[2, 3, 5]
        %0 = strided_slice(%x, starts=(1, 1, 0), stops=(-1, 3, 5), steps=(-1, 1, 1)) : f32[2, 2, 5]
        %w: f32[5, 4] = variable
        %b: f32[4] = variable
        %1 = dense(%0, %w, %b) : f32[2, 2, 4]
        return %1""",
    ),
    Fires(
        rules.columns_taken_of_product,
        taken("batched_matmul(%x, %w)"),
        """
        %x: f32[B, 5]
        %y: f32[B, 4]
        %w: f32[5, 4] = variable
        %0 = transpose_axes(%w, axes=(1, 0)) : f32[4, 5]
        %1 = gather_rows(%0, [2, 0]:i64[2]) : f32[2, 5]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[5, 2]
        %3 = batched_matmul(%x, %2) : f32[B, 2]
        return %3""",
    ),
    Fires(
        rules.columns_taken_of_dense,
        taken("dense(%x, %w, %b)"),
        """
        %x: f32[B, 5]
        %y: f32[B, 4]
        %w: f32[5, 4] = variable
        %0 = transpose_axes(%w, axes=(1, 0)) : f32[4, 5]
        %1 = gather_rows(%0, [2, 0]:i64[2]) : f32[2, 5]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[5, 2]
        %b: f32[4] = variable
        %3 = gather_rows(%b, [2, 0]:i64[2]) : f32[2]
        %4 = dense(%x, %2, %3) : f32[B, 2]
        return %4""",
    ),
    Fires(
        rules.columns_taken_of_product,
        taken_of_blocks("batched_matmul(%x, %w)"),
        """
        %x: f32[2, B, 5]
        %y: f32[2, B, 4]
        %w: f32[5, 4] = variable
        %0 = transpose_axes(%w, axes=(1, 0)) : f32[4, 5]
        %1 = gather_rows(%0, [2, 0]:i64[2]) : f32[2, 5]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[5, 2]
        %3 = batched_matmul(%x, %2) : f32[2, B, 2]
        return %3""",
    ),
    Fires(
        rules.columns_taken_of_product,  # of each of several matrices
        MATRICES
        + """%1 = transpose_axes(%0, axes=(2, 0, 1)) : f32[4, 2, B]
    %2 = gather_rows(%1, [2, 0]:i64[2]) : f32[2, 2, B]
    %3 = transpose_axes(%2, axes=(1, 2, 0)) : f32[2, B, 2]
    return %3""",
        """
        %x: f32[B, 5]
        %w: f32[2, 5, 4] = variable
        %0 = transpose_axes(%w, axes=(2, 0, 1)) : f32[4, 2, 5]
        %1 = gather_rows(%0, [2, 0]:i64[2]) : f32[2, 2, 5]
        %2 = transpose_axes(%1, axes=(1, 2, 0)) : f32[2, 5, 2]
        %3 = batched_matmul(%x, %2) : f32[2, B, 2]
        return %3""",
    ),
    Fires(
        rules.columns_taken_of_dense,  # all of them, in another order
        taken("dense(%x, %w, %b)", "[3, 2, 1, 0]:i64[4]")
        .replace("[2, B]", "[4, B]")
        .replace("[B, 2]", "[B, 4]"),
        """
        %x: f32[B, 5]
        %y: f32[B, 4]
        %w: f32[5, 4] = variable
        %0 = transpose_axes(%w, axes=(1, 0)) : f32[4, 5]
        %1 = gather_rows(%0, [3, 2, 1, 0]:i64[4]) : f32[4, 5]
        %2 = transpose_axes(%1, axes=(1, 0)) : f32[5, 4]
        %b: f32[4] = variable
        %3 = gather_rows(%b, [3, 2, 1, 0]:i64[4]) : f32[4]
        %4 = dense(%x, %2, %3) : f32[B, 4]
        return %4""",
    ),
    Fires(
        rules.columns_taken_of_elementwise,
        taken_of_blocks("tanh(%y)"),
        """
        %x: f32[2, B, 5]
        %y: f32[2, B, 4]
        %0 = transpose_axes(%y, axes=(2, 0, 1)) : f32[4, 2, B]
        %1 = gather_rows(%0, [2, 0]:i64[2]) : f32[2, 2, B]
        %2 = transpose_axes(%1, axes=(1, 2, 0)) : f32[2, B, 2]
        %3 = tanh(%2) : f32[2, B, 2]
        return %3""",
        exact=True,
    ),
    Fires(
        rules.columns_taken_of_elementwise,  # what is one column for all stays so
        """
        %x: f32[B, 1]
        %b: f32[4] = variable
        %0 = add(%x, %b) : f32[B, 4]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[4, B]
        %2 = gather_rows(%1, [2, 0]:i64[2]) : f32[2, B]
        %3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 2]
        return %3""",
        """
        %x: f32[B, 1]
        %b: f32[4] = variable
        %0 = gather_rows(%b, [2, 0]:i64[2]) : f32[2]
        %1 = add(%x, %0) : f32[B, 2]
        return %1""",
        exact=True,
    ),
    Fires(
        rules.columns_taken_of_elementwise,
        taken("multiply(%b, %y)"),
        """
        %x: f32[B, 5]
        %y: f32[B, 4]
        %b: f32[4] = variable
        %0 = gather_rows(%b, [2, 0]:i64[2]) : f32[2]
        %1 = transpose_axes(%y, axes=(1, 0)) : f32[4, B]
        %2 = gather_rows(%1, [2, 0]:i64[2]) : f32[2, B]
        %3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 2]
        %4 = multiply(%0, %3) : f32[B, 2]
        return %4""",
        exact=True,
    ),
    Fires(
        rules.slice_of_one_part,
        JOINED + then(cut(4, 6)),
        """
        %x: f32[B, 2]
        %y: f32[B, 1]
        %z: f32[B, 3]
        %0 = strided_slice(%z, starts=(0, 1), stops=({B}, 3), steps=(1, 1)) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.slice_of_one_part,  # all of it, in steps of two
        JOINED + then("strided_slice(%0, starts=(0, 3), stops=({B}, 6), steps=(1, 2)) : f32[B, 2]"),
        """
        %x: f32[B, 2]
        %y: f32[B, 1]
        %z: f32[B, 3]
        %0 = strided_slice(%z, starts=(0, 0), stops=({B}, 3), steps=(1, 2)) : f32[B, 2]
        return %0""",
        exact=True,
    ),
    Fires(
        rules.slice_of_one_part,  # which is read elsewhere, too
        JOINED + "%1 = " + cut(2, 3) + "\n    return %0, %1",
        """
        %x: f32[B, 2]
        %y: f32[B, 1]
        %z: f32[B, 3]
        %0 = join(%x, %y, %z, axis=1) : f32[B, 6]
        %1 = strided_slice(%y, starts=(0, 0), stops=({B}, 1), steps=(1, 1)) : f32[B, 1]
        return %0, %1""",
        exact=True,
    ),
    Fires(
        rules.slice_of_some_parts,
        JOINED + then(cut(1, 3)),
        """
        %x: f32[B, 2]
        %y: f32[B, 1]
        %z: f32[B, 3]
        %0 = strided_slice(%x, starts=(0, 1), stops=({B}, 2), steps=(1, 1)) : f32[B, 1]
        %1 = strided_slice(%y, starts=(0, 0), stops=({B}, 1), steps=(1, 1)) : f32[B, 1]
        %2 = join(%0, %1, axis=1) : f32[B, 2]
        return %2""",
        exact=True,
    ),
]

STAYS = [
    Stays(
        rules.slice_of_elementwise,  # all of it is wanted, too
        "%x: f32[B, 4]\n%0 = tanh(%x) : f32[B, 4]\n%1 = " + COLUMNS + "\nreturn %0, %1",
    ),
    Stays(
        rules.slice_of_elementwise,  # three copies of three quarters are more than one
        """
        %x: f32[B, 4]
        %y: f32[B, 4]
        %0 = add(%x, %y) : f32[B, 4]
        %1 = strided_slice(%0, starts=(0, 0), stops=({B}, 3), steps=(1, 1)) : f32[B, 3]
        return %1""",
    ),
    Stays(
        rules.slice_of_elementwise,  # that T and B are one, only a batch tells
        """
        %x: f32[T]
        %y: f32[B]
        %0 = add(%x, %y) : f32[bcast(B, T)]
        %1 = strided_slice(%0, starts=(0,), stops=(1,), steps=(1,)) : f32[1]
        return %1""",
    ),
    Stays(
        rules.slice_of_elementwise,  # nor that B and what it met are one
        """
        %x: f32[T]
        %y: f32[B]
        %0 = add(%x, %y) : f32[bcast(B, T)]
        %1 = multiply(%0, %y) : f32[bcast(B, T)]
        %2 = strided_slice(%1, starts=(0,), stops=(1,), steps=(1,)) : f32[1]
        return %0, %2""",
    ),
    Stays(
        rules.slice_of_elementwise,  # how many of the columns are left, only a batch tells
        SUM
        + then(
            "strided_slice(%0, starts=(0, 0), stops=({B}, {min(B, 4)}), steps=(1, 1)) : "
            "f32[B, min(B, 4)]"
        ),
    ),
    Stays(rules.columns_of_product, PRODUCT + then(ROWS)),
    Stays(
        rules.columns_of_dense,  # nor of all blocks
        BLOCKS
        + then(
            "strided_slice(%0, starts=(0, 0, 1), stops=(1, 3, 3), steps=(1, 1, 1)) : f32[1, 3, 2]"
        ),
    ),
    Stays(
        rules.columns_of_product,  # no weight
        PRODUCT.replace(" = variable", "") + then(COLUMNS),
    ),
    Stays(rules.columns_of_dense, DENSE + then(ROWS)),
    Stays(rules.columns_of_sparse_product, CSR + then(ROWS)),
    Stays(rules.columns_of_sparse_dense, CSR_DENSE + then(ROWS)),
    Stays(rules.rows_of_product, PRODUCT + then(COLUMNS)),
    Stays(rules.rows_of_dense, DENSE + then(COLUMNS)),
    Stays(
        rules.rows_of_product,  # the first of several matrices, and its first row
        MATRICES
        + then(
            "strided_slice(%0, starts=(0, 0, 0), stops=(1, 1, 4), steps=(1, 1, 1)) : f32[1, 1, 4]"
        ),
    ),
    Stays(
        rules.rows_of_dense,
        DENSE + "%1 = " + ROWS + "\n    %2 = exp(%0) : f32[B, 4]\n    return %1, %2",
    ),
    Stays(
        rules.columns_taken_of_product,  # positions that a batch tells
        """
        %x: f32[B, 5]
        %ids: i64[2]
        %w: f32[5, 4] = variable
        %0 = batched_matmul(%x, %w) : f32[B, 4]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[4, B]
        %2 = gather_rows(%1, %ids) : f32[2, B]
        %3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 2]
        return %3""",
    ),
    Stays(
        rules.columns_taken_of_product,  # some of them so often that they are more than there are
        taken("batched_matmul(%x, %w)", "[2, 0, 1, 0, 1]:i64[5]")
        .replace("[2, B]", "[5, B]")
        .replace("[B, 2]", "[B, 5]"),
    ),
    Stays(
        rules.columns_taken_of_dense,  # more columns than there are
        taken("dense(%x, %w, %b)", "[2, 0, 1, 0, 1]:i64[5]")
        .replace("[2, B]", "[5, B]")
        .replace("[B, 2]", "[B, 5]"),
    ),
    Stays(
        rules.columns_taken_of_dense,  # blocks are turned on the way there
        taken_of_blocks("dense(%x, %w, %b)", there="(2, 1, 0)")
        .replace("f32[4, 2, B]", "f32[4, B, 2]")
        .replace("f32[2, 2, B]", "f32[2, B, 2]")
        .replace(
            "%3 = transpose_axes(%2, axes=(1, 2, 0)) : f32[2, B, 2]",
            "%3 = transpose_axes(%2, axes=(1, 2, 0)) : f32[B, 2, 2]",
        ),
    ),
    Stays(
        rules.columns_taken_of_dense,  # blocks are turned on the way back
        taken_of_blocks("dense(%x, %w, %b)", back="(2, 1, 0)").replace(
            "%3 = transpose_axes(%2, axes=(2, 1, 0)) : f32[2, B, 2]",
            "%3 = transpose_axes(%2, axes=(2, 1, 0)) : f32[B, 2, 2]",
        ),
    ),
    Stays(rules.columns_taken_of_elementwise, taken("multiply(%y, %y)")),
    Stays(
        rules.columns_taken_of_elementwise,  # from how many, only a batch tells
        """
        %x: f32[B, N]
        %0 = tanh(%x) : f32[B, N]
        %1 = transpose_axes(%0, axes=(1, 0)) : f32[N, B]
        %2 = gather_rows(%1, [2, 0]:i64[2]) : f32[2, B]
        %3 = transpose_axes(%2, axes=(1, 0)) : f32[B, 2]
        return %3""",
    ),
    Stays(rules.slice_of_one_part, JOINED + then(cut(1, 3))),
    Stays(
        rules.slice_of_one_part,  # where the first part ends, only a batch tells
        """
        %x: f32[B, 2]
        %y: f32[3, 2]
        %0 = join(%x, %y, axis=0) : f32[B + 3, 2]
        %1 = strided_slice(%0, starts=(0, 0), stops=(1, 2), steps=(1, 1)) : f32[1, 2]
        return %1""",
    ),
    Stays(
        rules.slice_of_one_part,  # that it has B rows, only a batch tells
        UNPROVED + then(cut(2, 3)),
    ),
    Stays(rules.slice_of_one_part, JOINED + then(FROM_UNKNOWN)),
    Stays(rules.slice_of_one_part, JOINED + then(TO_UNKNOWN)),
    Stays(rules.slice_of_some_parts, JOINED + then(FROM_UNKNOWN)),
    Stays(rules.slice_of_some_parts, JOINED + then(TO_UNKNOWN)),
    Stays(
        rules.slice_of_some_parts,  # that one of them has B rows, only a batch tells
        UNPROVED + then(cut(1, 3)),
    ),
    Stays(rules.slice_of_some_parts, JOINED + then(cut(3, 3))),  # of none of them
    Stays(
        rules.slice_of_some_parts,  # steps that begin anew in each part would take another column
        JOINED + then(cut(1, 3, 2)),
    ),
    Stays(
        rules.slice_of_some_parts,  # where the last part ends, only a batch tells
        """
        %x: f32[3, 2]
        %y: f32[2, 2]
        %z: f32[B, 2]
        %0 = join(%x, %y, %z, axis=0) : f32[B + 5, 2]
        %1 = strided_slice(%0, starts=(4, 0), stops=(6, 2), steps=(1, 1)) : f32[2, 2]
        return %1""",
    ),
    Stays(rules.slice_of_some_parts, JOINED + then(cut(1, 5))),
    Stays(
        rules.slice_of_some_parts,
        JOINED + "%1 = " + cut(1, 3) + "\n    return %0, %1",
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_rule_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_rule_stays_away(case: Stays) -> None:
    check_stays(case)
