"""Symbolic sizes: small canonical polynomials over named symbols.

A *size* is an ``int`` or a :class:`Dim`.  Two sizes that are equal as polynomials compare equal, so
the compiler proves ``B*T == T*B`` or ``(N+1)-1 == N`` where Keras sees only ``None``.  What is no
polynomial (a maximum, a floor division) is an *atom* of its own, once the laws of such functions
have made it as simple as they can: no size is negative, so ``max(N + 1, 0)`` is ``N + 1``.

    >>> b, t = Dim.symbol("B"), Dim.symbol("T")
    >>> (b + 1) * t
    B*T + T
    >>> (b + 1) * t - t == t * b
    True
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, Union

from kgraph.types.errors import ShapeError
from kgraph.types.value import Value

Size: TypeAlias = Union[int, "Dim"]
Dims: TypeAlias = tuple[Size, ...]
Shape: TypeAlias = tuple[int | None, ...]


class Atom(Value):
    """An indivisible factor: a named symbol, or ``fn(args)`` of other sizes."""

    __match_args__ = ("text", "fn", "args")
    text: str
    fn: str
    args: tuple[Size, ...]

    def __init__(self, text: str, fn: str = "", args: tuple[Size, ...] = ()) -> None:
        vars(self).update(text=text, fn=fn, args=args)

    def value(self, env: Mapping[str, int]) -> int:
        if not self.fn:
            return env[self.text]
        return FUNCTIONS[self.fn](*(evaluate(arg, env) for arg in self.args))


Monomial: TypeAlias = tuple[Atom, ...]  # sorted; () is the constant term


class Dim:
    """A size that is no constant: an immutable, canonical polynomial with integer coefficients."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    @staticmethod
    def symbol(name: str) -> Dim:
        """The size called ``name``, known only when a batch is bound."""
        return Dim((((Atom(name),), 1),))

    def __add__(self, other: Size) -> Size:
        if other == 0:
            return self
        return _collect([*self.terms, *_terms(other)])

    __radd__ = __add__

    def __neg__(self) -> Size:
        return self * -1

    def __sub__(self, other: Size) -> Size:
        return self + other * -1

    def __rsub__(self, other: Size) -> Size:
        return self * -1 + other

    def __mul__(self, other: Size) -> Size:
        if other == 1:
            return self
        if isinstance(other, int) and other:  # the terms stay in their order
            return Dim(tuple([(monomial, count * other) for monomial, count in self.terms]))
        return _collect(
            (tuple(sorted(m1 + m2, key=_by_text)), c1 * c2)
            for m1, c1 in self.terms
            for m2, c2 in _terms(other)
        )

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return opaque("div", self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return opaque("div", other, self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Dim], tuple[object]]:
        return Dim, (self.terms,)  # the stored hash of strings holds in one process only

    def __index__(self) -> int:
        raise ShapeError(f"the size {self} is known only when a batch is bound")

    def __repr__(self) -> str:
        text = ""
        for monomial, coefficient in self.terms:
            factors = "*".join(atom.text for atom in monomial)
            size = abs(coefficient)
            piece = (
                factors if factors and size == 1 else f"{size}*{factors}" if factors else f"{size}"
            )
            sign = "-" if coefficient < 0 else "+"
            text += (f" {sign} " if text else ("-" if sign == "-" else "")) + piece
        return text

    def atoms(self) -> set[Atom]:
        return {atom for monomial, _ in self.terms for atom in monomial}

    def as_symbol(self) -> str | None:
        """The name, if this is one bare symbol."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            atom = self.terms[0][0][0]
            return None if atom.fn else atom.text
        return None


def _by_text(atom: Atom) -> str:
    return atom.text


def _terms(size: Size) -> tuple[tuple[Monomial, int], ...]:
    return size.terms if isinstance(size, Dim) else (((), operator.index(size)),)


def _collect(terms: Iterable[tuple[Monomial, int]]) -> Size:
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in total.items() if c]
    if not kept:
        return 0
    if len(kept) == 1 and not kept[0][0]:
        return kept[0][1]
    # highest degree first, then by name: the constant term stands last, as on paper
    kept.sort(key=lambda term: (-len(term[0]), [atom.text for atom in term[0]]))
    return Dim(tuple(kept))


def _bcast(a: int, b: int) -> int:
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    raise ShapeError(f"sizes {a} and {b} cannot be broadcast together")


FUNCTIONS: dict[str, Callable[..., int]] = {
    "max": max,
    "min": min,
    "div": operator.floordiv,
    "bcast": _bcast,
}


def opaque(fn: str, *args: Size) -> Size:
    """``fn`` of sizes: computed if they are all known, simpler where a law proves it, else an atom.

    >>> n = Dim.symbol("N")
    >>> opaque("max", n + 1, 0), opaque("div", n * 2 + 3, 2)
    (N + 1, N + 1)
    """
    if all(isinstance(arg, int) for arg in args):
        return int(FUNCTIONS[fn](*args))
    return _simplified(fn, *args)


@functools.lru_cache(4096)
def _simplified(fn: str, a: Size, b: Size) -> Size:
    return _LAWS[fn](a, b)


def _atom(fn: str, *args: Size) -> Size:
    text = f"{fn}({', '.join(map(str, args))})"
    return Dim((((Atom(text, fn, args),), 1),))


def _ordered(a: Size, b: Size) -> tuple[Size, Size]:
    """Two sizes in the order in which both ways round print alike: constants stand last."""
    return (b, a) if (isinstance(a, int), str(a)) > (isinstance(b, int), str(b)) else (a, b)


def _max(a: Size, b: Size) -> Size:
    if never_negative(a - b):
        return a
    if never_negative(b - a):
        return b
    for mine, other in ((a, b), (b, a)):
        split = _lone("max", mine)
        if split is None:
            continue
        rest, (x, y) = split
        for kept, lost in ((x, y), (y, x)):  # max(max(x, y) + r, b) = max(x + r, b) if y + r <= b
            if never_negative(other - rest - lost):
                return opaque("max", rest + kept, other)
    return _atom("max", *_ordered(a, b))


def _min(a: Size, b: Size) -> Size:
    if never_negative(b - a):
        return a
    if never_negative(a - b):
        return b
    return _atom("min", *_ordered(a, b))


def _div(a: Size, b: Size) -> Size:
    """Floor division: what divides comes out of it, and two in a row are one."""
    exact = exact_div(a, b)
    if exact is not None:
        return exact
    if not isinstance(b, int) or b < 1:
        return _atom("div", a, b)
    whole = _collect((monomial, count // b) for monomial, count in _terms(a))
    rest = a - whole * b
    split = _lone("div", rest)
    if split is not None and isinstance(split[1][1], int) and split[1][1] > 0:
        inner, (x, number) = split
        return whole + opaque("div", x + inner * number, number * b)
    if never_negative(rest) and never_negative(rest * -1 + (b - 1)):
        return whole
    return whole + (rest // b if isinstance(rest, int) else _atom("div", rest, b))


def _lone(fn: str, size: Size) -> tuple[Size, tuple[Size, ...]] | None:
    """``size`` as a rest plus one ``fn`` of sizes, if it is that: the rest, and the sizes."""
    for monomial, count in _terms(size):
        if count == 1 and len(monomial) == 1 and monomial[0].fn == fn:
            return size - Dim(((monomial, 1),)), monomial[0].args
    return None


def _meet(a: Size, b: Size) -> Size:
    if a == b or b == 1 or b in _met(a):
        return a
    if a == 1 or a in _met(b):
        return b
    return _atom("bcast", *_ordered_by_text(a, b))


def _ordered_by_text(a: Size, b: Size) -> tuple[Size, Size]:
    return (a, b) if str(a) <= str(b) else (b, a)


def _met(size: Size) -> set[Size]:
    """All sizes that met in ``size``, if it is where sizes meet."""
    split = _lone("bcast", size)
    if split is None or split[0] != 0:
        return set()
    return set(split[1]).union(*map(_met, split[1]))


_LAWS: dict[str, Callable[[Size, Size], Size]] = {
    "max": _max,
    "min": _min,
    "div": _div,
    "bcast": _meet,
}


def never_negative(size: Size, splits: int = 4) -> bool:
    """Whether ``size >= 0`` is proved for all symbols, none of which is negative.

    Where the signs of the terms do not tell, a maximum, minimum or floor division is replaced by
    what bounds it, at most ``splits`` of them one in another.

    >>> n = Dim.symbol("N")
    >>> never_negative(n - opaque("max", n - 3, 0)), never_negative(n - 1)
    (True, False)
    """
    if isinstance(size, int):
        return size >= 0
    if all(count > 0 and all(map(_counts, monomial)) for monomial, count in size.terms):
        return True
    lone = [term for term in size.terms if len(term[0]) == 1 and term[0][0].fn]
    if not lone or not splits:
        return False
    term = min(lone, key=lambda term: term[1])  # what is taken away first: its bounds cancel most
    return _bounded(size - Dim((term,)), term[1], term[0][0], splits - 1)


def _counts(atom: Atom) -> bool:
    """Whether an atom is never negative."""
    if not atom.fn:
        return True
    known = list(map(never_negative, atom.args))
    return any(known) if atom.fn == "max" else all(known)


def _bounded(rest: Size, count: int, atom: Atom, splits: int) -> bool:
    """Whether ``rest + count * atom >= 0`` follows from what bounds the atom."""
    a, b = atom.args
    if atom.fn == "div":
        return isinstance(b, int) and b > 0 and _bounded_div(rest, count, a, b, splits)
    either = atom.fn == ("max" if count > 0 else "min")
    found = (never_negative(rest + arg * count, splits) for arg in (a, b))
    return any(found) if either else all(found)


def _bounded_div(rest: Size, count: int, a: Size, b: int, splits: int) -> bool:
    """As ``_bounded``, for a floor division: a - (b - 1) <= b * div(a, b) <= a."""
    common = math.gcd(count, b)
    if count < 0 and common > 1:  # c * div(a, c * d) <= div(a, d)
        finer = opaque("div", a, b // common) * (count // common)
        return never_negative(rest + finer, splits)
    bound = a - (b - 1) if count > 0 else a
    return never_negative(rest * b + bound * count, splits)


_counter: ContextVar[Iterator[int] | None] = ContextVar("size_counter", default=None)
_names = itertools.count()


def new_size(stem: str) -> Dim:
    """A size that only the numbers of a batch decide: a symbol that no other value has.

    While a user draws, its name has a dot, which no symbol of an Input has; with a colon it is a
    number in a type that is kept.
    """
    counter = _counter.get()
    if counter is None:
        return Dim.symbol(f"{stem}.{next(_names)}")
    return Dim.symbol(f"{stem}{next(counter)}")


@contextmanager
def sizes_numbered() -> Iterator[None]:
    """Within, new sizes are numbered from 0: a graph is the same whenever it is drawn."""
    token = _counter.set(itertools.count())
    try:
        yield
    finally:
        _counter.reset(token)


def exact_div(a: Size, b: Size) -> Size | None:
    """``a / b`` where it is provably a polynomial, else None.

    >>> n = Dim.symbol("N")
    >>> exact_div(n * n - 1, n + 1), exact_div(n, 2)
    (N - 1, None)
    """
    if isinstance(a, int) and isinstance(b, int):
        return a // b if b and a % b == 0 else None
    if a == b:
        return 1
    if b == 0:
        return None
    quotient: Size = 0
    while a != 0:  # long division: each turn takes the leading term away
        factor = _leading_quotient(_terms(a)[0], _terms(b)[0])
        if factor is None:
            return None
        quotient, a = quotient + factor, a - factor * b
    return quotient


def _leading_quotient(a: tuple[Monomial, int], b: tuple[Monomial, int]) -> Size | None:
    rest = list(a[0])
    for atom in b[0]:
        if atom not in rest:
            return None
        rest.remove(atom)
    return _collect([(tuple(rest), a[1] // b[1])]) if a[1] % b[1] == 0 else None


def evaluate(size: Size, env: Mapping[str, int]) -> int:
    """The number a size stands for when each symbol has the value ``env`` gives it."""
    if isinstance(size, int):
        return size
    return sum(c * math.prod(atom.value(env) for atom in m) for m, c in size.terms)


def estimate(size: Size, env: Mapping[str, int]) -> int:
    """As ``evaluate``, for values of ``env`` that no batch has: sizes that they do not let
    broadcast together count as the larger."""
    if isinstance(size, int):
        return size
    return sum(c * math.prod(_estimate_atom(atom, env) for atom in m) for m, c in size.terms)


def _estimate_atom(atom: Atom, env: Mapping[str, int]) -> int:
    if not atom.fn:
        return env[atom.text]
    combine = max if atom.fn == "bcast" else FUNCTIONS[atom.fn]
    return combine(*(estimate(arg, env) for arg in atom.args))


def substitute(size: Size, values: Mapping[str, Size]) -> Size:
    """Replace symbols by sizes."""
    if isinstance(size, int):
        return size
    name = size.as_symbol()  # as most sizes are
    if name is not None:
        return values.get(name, size)
    if not _mentions(size, values):
        return size
    total: Size = 0
    for monomial, coefficient in size.terms:
        piece: Size = coefficient
        for atom in monomial:
            piece = piece * _substitute_atom(atom, values)
        total = total + piece
    return total


def _mentions(size: Size, names: Mapping[str, Size]) -> bool:
    """Does the size depend on one of the symbols?"""
    if isinstance(size, int):
        return False
    for monomial, _ in size.terms:
        for atom in monomial:
            if atom.text in names or any(_mentions(arg, names) for arg in atom.args):
                return True
    return False


def _substitute_atom(atom: Atom, values: Mapping[str, Size]) -> Size:
    if atom.fn:
        args = [substitute(arg, values) for arg in atom.args]
        return opaque(atom.fn, *(sorted(args, key=str) if atom.fn == "bcast" else args))
    found = values.get(atom.text)
    return Dim((((atom,), 1),)) if found is None else found


def made_symbols(size: Size) -> Iterator[str]:
    """The symbols of `new_size` that a size depends on, in the order in which it names them."""
    if isinstance(size, int):
        return
    for monomial, _ in size.terms:
        for atom in monomial:
            if not atom.fn and ("." in atom.text or ":" in atom.text):
                yield atom.text
            for arg in atom.args:
                yield from made_symbols(arg)


def symbols(size: Size) -> set[str]:
    """Names of all symbols a size depends on."""
    if isinstance(size, int):
        return set()
    names: set[str] = set()
    for atom in size.atoms():
        names |= set().union(*(symbols(arg) for arg in atom.args)) if atom.fn else {atom.text}
    return names


def product(sizes: Iterable[Size]) -> Size:
    total: Size = 1
    for size in sizes:
        total = total * size
    return total


def row_width(dims: Dims) -> Size:
    """How many elements one row of a value of these sizes has.

    >>> row_width((7, 2, 3)), row_width((7,))
    (6, 1)
    """
    return product(dims[1:])


def broadcast_size(a: Size, b: Size) -> Size:
    """The size in which ``a`` and ``b`` meet; if unproved, checked when a batch is bound."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if isinstance(a, int) and isinstance(b, int):
        raise ShapeError(f"the sizes {a} and {b} differ and neither is 1")
    # a known size above 1 is what the other must turn out to be (or 1)
    return opaque("bcast", a, b)


def broadcast_dims(*shapes: Dims) -> Dims:
    """NumPy broadcasting of shapes."""
    result: Dims = ()
    for shape in shapes:
        if not result:
            result = shape
        elif shape and shape != result:
            result = _broadcast_two(result, shape)
    return result


def _broadcast_two(a: Dims, b: Dims) -> Dims:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    split = len(longer) - len(shorter)
    pairs = zip(a[-len(shorter) :], b[-len(shorter) :], strict=True)
    return (*longer[:split], *(broadcast_size(x, y) for x, y in pairs))


def public_shape(dims: Dims) -> Shape:
    """The shape a user sees: None where the size is not a constant."""
    return tuple(size if isinstance(size, int) else None for size in dims)
