"""What ``CompiledGraph.explain`` tells, as data: phases, regions, kernels, boundaries, costs.

``explain.py`` finds it out, ``explain_text.py`` and ``explain_html.py`` show it, and profiles say
with it what they measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import PurePath
from typing import Any

from kgraph.types.dims import Size, evaluate


@dataclass(frozen=True)
class Amount:
    """A cost of a whole batch: a polynomial over the batch's sizes.

    >>> from kgraph.types.dims import Dim
    >>> amount = Amount(Dim.symbol("B") * 528 + 4)
    >>> amount.text("bytes"), amount.at({"B": 2})
    ('528 bytes per row + 4', 1060)
    """

    size: Size

    @property
    def terms(self) -> dict[str, int]:
        """The factor of each product of sizes; that of ``""`` is the constant.

        >>> from kgraph.types.dims import Dim
        >>> Amount(Dim.symbol("B") * 528 + 4).terms
        {'B': 528, '': 4}
        """
        if isinstance(self.size, int):
            return {"": self.size} if self.size else {}
        terms = self.size.terms
        return {"*".join(atom.text for atom in monomial): count for monomial, count in terms}

    def at(self, env: Mapping[str, int]) -> int:
        """The number for these sizes."""
        return evaluate(self.size, env)

    def text(self, unit: str) -> str:
        """``8 bytes per row + 4``, or a polynomial where more than the batch matters."""
        if isinstance(self.size, int):
            return f"{self.size:,} {unit}"
        terms = self.terms
        if set(terms) <= {"B", ""}:
            constant = terms.get("", 0)
            return f"{terms['B']:,} {unit} per row" + (f" + {constant:,}" if constant else "")
        pieces = [f"{count:,}*{name}" if name else f"{count:,}" for name, count in terms.items()]
        return f"{' + '.join(pieces)} {unit}"


@dataclass(frozen=True)
class Value:
    """A value that a graph reads: its name and type."""

    name: str
    type: str


@dataclass(frozen=True)
class PassEffect:
    """A pass, and how many ops it left."""

    name: str
    ops: int


def origin_text(layers: Sequence[str], lines: Sequence[str]) -> str:
    """Layers and source lines, a file's together: ``dense (train.py:4, 7)``."""
    files: dict[str, list[str]] = {}
    for line in lines:
        file, _, number = line.rpartition(":")
        files.setdefault(PurePath(file).name, []).append(number)
    places = ", ".join(f"{file}:{', '.join(numbers)}" for file, numbers in files.items())
    named = ", ".join(layers) or "no layer"
    return f"{named} ({places})" if places else named


@dataclass(frozen=True)
class Kernel:
    """One kernel: what fused into it, whence that came, and what it costs.

    ``layers`` and ``lines`` are those of the user's program; ``host`` kernels are computed by NumPy
    and their ``work`` is not counted.  ``far`` bytes come from outside the region or leave it,
    ``near`` ones are still in cache, ``weights`` are read whole.  ``parts`` are the kernels that
    this one runs one after the other, tile by tile: a product, and the program that takes it up.
    ``densified`` are the bytes of each value that it writes out dense though it was not.
    """

    kernel: str
    ops: tuple[str, ...]
    layers: tuple[str, ...]
    lines: tuple[str, ...]
    result: str
    host: bool
    work: Amount
    far: Amount
    near: Amount
    weights: Amount
    parts: tuple[Kernel, ...] = ()
    densified: tuple[Amount, ...] = ()

    @property
    def origin(self) -> str:
        """The layers and the user's source lines: ``dense (train.py:4, 7)``."""
        return origin_text(self.layers, self.lines)


@dataclass(frozen=True)
class Boundary:
    """Why a region does not hold the maker of a value it reads: it is in region ``home``."""

    value: str
    origin: str
    home: int
    reason: str


@dataclass(frozen=True)
class Region:
    """Kernels that run panel by panel over ``rows`` rows; without ``rows`` they run as a whole.

    With ``items``, some of them run over the items of these rows: so many in all.
    """

    number: int
    rows: str | None
    kernels: tuple[Kernel, ...]
    work: Amount
    traffic: Amount
    weights: Amount
    boundaries: tuple[Boundary, ...]
    items: str | None = None

    @property
    def host(self) -> bool:
        """Whether NumPy computes all of it."""
        return all(kernel.host for kernel in self.kernels)


@dataclass(frozen=True)
class Totals:
    """Costs of a phase for the sizes in ``sizes``.

    ``weights`` are bytes as packed for the kernels.  ``arena`` and ``scratch`` (of a thread) are
    those of the last batch, None before a first call.
    """

    sizes: Mapping[str, int]
    work: int
    traffic: int
    weights: int
    arena: int | None
    scratch: int | None

    @property
    def flop_per_byte(self) -> float:
        return self.work / self.traffic if self.traffic else 0.0


@dataclass(frozen=True)
class DenseConstant:
    """A constant sparse matrix that was made dense: ``stored`` of ``entries`` were stored."""

    origin: str
    stored: int
    entries: int
    bytes: int


@dataclass(frozen=True)
class Maker:
    """An op that makes a size: NumPy computes it once its phase is done."""

    op: str
    result: str
    origin: str
    line: str


@dataclass(frozen=True)
class Phase:
    """A part of a graph that runs in one go, and what is computed after it."""

    name: str
    number: int
    reads: tuple[Value, ...]
    gives: tuple[str, ...]
    regions: tuple[Region, ...]
    totals: Totals
    makers: tuple[Maker, ...]

    @property
    def kernels(self) -> int:
        return sum(len(region.kernels) for region in self.regions)


@dataclass(frozen=True)
class Explanation:
    """What became of a graph; most graphs are one phase.

    ``threads`` is the most that a call may use; ``fast_math`` says how the graph was compiled.
    ``kinds`` counts its dense, ragged and sparse values.  ``str`` gives the text that ``explain()``
    gives.
    """

    name: str
    threads: int
    passes: tuple[PassEffect, ...]
    phases: tuple[Phase, ...]
    kinds: Mapping[str, int]
    densified: tuple[DenseConstant, ...]
    fast_math: bool

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, strings and numbers, which JSON can hold."""
        return as_dict(self)

    def __str__(self) -> str:
        from kgraph.runtime.explain_text import text_of

        return text_of(self)


# Properties that a reader of the dict would else compute again.
_DERIVED = {Kernel: ("origin",), Totals: ("flop_per_byte",)}


def as_dict(told: Any) -> dict[str, Any]:
    """A dataclass of this module as a dict that JSON can hold."""
    names = [field.name for field in fields(told)] + list(_DERIVED.get(type(told), ()))
    return {name: _plain(getattr(told, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Amount):
        return value.terms
    if is_dataclass(value):
        return as_dict(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value
