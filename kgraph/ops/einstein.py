"""Einstein's summation: a product of values whose axes have letters.

An expression of many operands is worked out two at a time, from the left.  Each pair is one matrix
product: letters in both operands and in what comes later are its batch, letters in both alone are
summed, the others are rows and columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.ops.arithmetic import multiply
from kgraph.ops.casting import promoted
from kgraph.ops.dtype_rules import arithmetic
from kgraph.ops.linear import matmul
from kgraph.ops.op import Arrays, Op, register
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to, transpose_axes
from kgraph.ops.reduction import drop_axes, sum
from kgraph.ops.samples import f32
from kgraph.ops.triangles import every_step
from kgraph.types.dims import Dims, Size, product
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message

_MATRIX = f32([[1, 2, 3], [4, 5, -6]])
_VECTOR = f32([1, -1, 0.5])
_CUBE = np.arange(24, dtype=np.float32).reshape(2, 4, 3) / 8
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class EinsumOp(Op):
    """An op whose first argument is its expression, and all others are operands."""

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if args and isinstance(args[0], str):
            kwargs = {**kwargs, "subscripts": args[0].replace(" ", "")}
            args = (list(args[1:]),)
        if not isinstance(kwargs.get("subscripts"), str):
            raise KGraphTypeError(
                message(
                    "einsum: the first argument is the expression",
                    received=type(args[0]).__name__ if args else "nothing",
                    expected='a string, as in einsum("bij,bjk->bik", x, y)',
                )
            )
        return super().bind(args, kwargs)


def _einsum(operands: Arrays, subscripts: str) -> Any:
    """Sum of products of values whose axes have letters: equal letters are equal positions.

    Shapes    ``subscripts`` names the axes of each operand and, behind ``->``, of the result;
              without ``->`` these are the letters that stand once, in order; ``...`` stands for
              leading axes, which broadcast; a letter twice in one operand is its diagonal
    Dtypes    all; operands are promoted as in Keras 3
    Errors    ValueError for an expression that does not fit the operands
    Source    keras.ops.einsum, numpy.einsum

    >>> import kgraph as kg
    >>> kg.ops.einsum("ij,jk->ik", [[1, 2]], [[3], [4]])
    array([[11]], dtype=int32)
    """
    return np.einsum(subscripts, *operands)


_einsum.__name__ = "einsum"
einsum = register(EinsumOp(_einsum, arithmetic))


@einsum.lower
def _two_at_a_time(operands: Sequence[Any], subscripts: str) -> Any:
    if not operands:
        raise KGraphTypeError("einsum: there are no operands")
    terms, result = parse(subscripts, [type_of(x).ndim for x in operands])
    values = promoted(einsum, *operands)
    sizes = _sizes(subscripts, values, terms)
    value, letters = _prepared(values[0], terms[0], set(result).union(*terms[1:]), sizes)
    for number in range(1, len(values)):
        later = set(result).union(*terms[number + 1 :])
        other, other_letters = _prepared(values[number], terms[number], later | set(letters), sizes)
        value, letters = _product(value, letters, other, other_letters, later)
    value, letters = _prepared(value, letters, set(result), sizes)
    missing = [letter for letter in result if letter not in letters]
    if missing:  # an axis of size 1 that broadcast against nothing
        value = reshape_to(value, (*dims_of(value), *(1,) * len(missing)))
        letters += "".join(missing)
    order = tuple(letters.index(letter) for letter in result)
    return value if order == tuple(range(len(order))) else transpose_axes(value, order)


def parse(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The letters of each operand's axes and of the result's, ellipses written out.

    >>> parse("...ij,jk", [3, 2])
    (['Zij', 'jk'], 'Zik')
    """
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise KGraphValueError(
            message(
                f"einsum: the expression has {len(terms)} operands, {len(ranks)} are given",
                received=subscripts,
            )
        )
    used = set(subscripts)
    spare = [letter for letter in reversed(_LETTERS[:26]) if letter not in used]
    written = [
        _without_ellipsis(term, rank, spare, subscripts)
        for term, rank in zip(terms, ranks, strict=True)
    ]
    leading = max(
        (
            rank - len(term.replace("...", ""))
            for term, rank in zip(terms, ranks, strict=True)
            if "..." in term
        ),
        default=0,
    )
    front = "".join(reversed(spare[:leading]))
    if arrow:
        result = right.replace("...", front)
    else:
        everything = "".join(terms).replace("...", "")
        result = front + "".join(
            letter for letter in sorted(set(everything)) if everything.count(letter) == 1
        )
    unknown = set(result) - set("".join(written))
    if unknown or len(set(result)) != len(result):
        raise KGraphValueError(
            message("einsum: the letters of the result do not fit", received=subscripts)
        )
    return written, result


def _without_ellipsis(term: str, rank: int, spare: list[str], subscripts: str) -> str:
    named = term.replace("...", "")
    free = rank - len(named)
    fits = free >= 0 if "..." in term else free == 0
    if not fits or not all(letter in _LETTERS for letter in named) or term.count("...") > 1:
        raise KGraphValueError(
            message(
                f"einsum: {term!r} does not name the axes of a value of {rank} axes",
                received=subscripts,
                expected="one letter for each axis; `...` for leading axes",
            )
        )
    return term.replace("...", "".join(reversed(spare[:free])))


def _sizes(subscripts: str, values: Sequence[Any], terms: Sequence[str]) -> dict[str, Size]:
    """The size of each letter; a size of 1 gives way to any other."""
    sizes: dict[str, Size] = {}
    for value, term in zip(values, terms, strict=True):
        for letter, size in zip(term, dims_of(value), strict=True):
            known = sizes.setdefault(letter, size)
            if known == 1:
                sizes[letter] = size
            elif size != 1 and isinstance(size, int) and isinstance(known, int) and size != known:
                raise ShapeError(
                    message(
                        f"einsum: the axes called {letter} have sizes {known} and {size}",
                        received="\n".join([subscripts, *(str(type_of(x)) for x in values)]),
                    )
                )
            elif isinstance(size, int):
                sizes[letter] = known if size == 1 else size
    return sizes


def _prepared(x: Any, letters: str, kept: set[str], sizes: Mapping[str, Size]) -> tuple[Any, str]:
    """x with every letter once, and without the letters that nobody asks for later."""
    for letter in sorted(set(letters)):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = every_step("einsum", x, 0, first, second)
            others = [c for place, c in enumerate(letters) if place not in (first, second)]
            letters = "".join([*others, letter])
    dims = dims_of(x)
    spread = tuple(
        place for place, letter in enumerate(letters) if dims[place] == 1 != sizes[letter]
    )
    if spread:  # broadcasts: what is not there is the same everywhere
        x = drop_axes(x, spread)
        letters = "".join(c for place, c in enumerate(letters) if place not in spread)
    lost = tuple(place for place, letter in enumerate(letters) if letter not in kept)
    if lost:
        x = sum(x, lost)
        letters = "".join(letter for letter in letters if letter in kept)
    return x, letters


def _product(a: Any, in_a: str, b: Any, in_b: str, later: set[str]) -> tuple[Any, str]:
    """The product of two operands, summed over the letters that only they have."""
    batch = [c for c in in_a if c in in_b and c in later]
    inner = [c for c in in_a if c in in_b and c not in later]
    rows, columns = [c for c in in_a if c not in in_b], [c for c in in_b if c not in in_a]
    found = "".join([*batch, *rows, *columns])
    left, left_dims = _arranged(a, in_a, batch, rows, inner)
    right, right_dims = _arranged(b, in_b, batch, inner, columns)
    front = left_dims[: len(batch)]
    row_dims, column_dims = left_dims[len(batch) :][: len(rows)], right_dims[-len(columns) :]
    shape = (*front, *row_dims, *(column_dims if columns else ()))
    if not inner:
        left = reshape_to(left, (*front, *row_dims, *(1,) * len(columns)))
        ones = (1,) * len(rows)
        right = reshape_to(right, (*right_dims[: len(batch)], *ones, *right_dims[len(batch) :]))
        return multiply(left, right), found
    return reshape_to(matmul(left, right), shape), found


def _arranged(x: Any, letters: str, *groups: list[str]) -> tuple[Any, Dims]:
    """x with its axes in the order of the groups, each group one axis but the batch; its sizes."""
    order = [letters.index(letter) for group in groups for letter in group]
    dims = tuple(dims_of(x)[place] for place in order)
    moved = x if order == list(range(len(order))) else transpose_axes(x, tuple(order))
    batch, first = len(groups[0]), len(groups[0]) + len(groups[1])
    shape = (*dims[:batch], product(dims[batch:first]), product(dims[first:]))
    return reshape_to(moved, shape) if shape != dims else moved, dims


einsum.sample([_MATRIX, _MATRIX.T], subscripts="ij,jk->ik")
einsum.sample([_MATRIX], subscripts="ij->j")
einsum.sample([_MATRIX], subscripts="ij")
einsum.sample([_MATRIX], subscripts="ij->ji")
einsum.sample([_CUBE, _CUBE], subscripts="bij,bkj->bik")
einsum.sample([_CUBE, _MATRIX], subscripts="...ij,kj->...ik")
einsum.sample([_CUBE, _VECTOR], subscripts="bij,j->bi")
einsum.sample([_VECTOR, _MATRIX[0]], subscripts="i,j->ij")
einsum.sample([_VECTOR, _VECTOR], subscripts="i,i")
einsum.sample([_MATRIX @ _MATRIX.T], subscripts="ii->i")
einsum.sample([np.arange(8, dtype=np.float32).reshape(2, 2, 2), _VECTOR[:2]], subscripts="iii,i->i")
einsum.sample([_MATRIX, _VECTOR, _MATRIX], subscripts="ij,j,kj->ki")
einsum.sample([_CUBE, _CUBE[:1]], subscripts="...i,...i->...")
einsum.sample([_CUBE, f32([[2.0], [3.0]])], subscripts="bij,bi->b")
