"""The cost table: what the kernels of a machine take, as far as the compiler asks.

Costs decide which form of a product is compiled (``rules/kinds.py``), and at a call whether it
releases the GIL, which regions threads share, and into how many chunks.  None of that changes a bit
of a result, save where ``fast_math`` lets zeros be written out.  A rough table will do: where a
choice hangs on a factor of two, little is lost by the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any

from kgraph.compiler.plan import Grain
from kgraph.types.errors import KGraphTypeError, KGraphValueError, did_you_mean, message

_MOST = 10**6  # of what is counted by the element: sizes times costs stay far below 2**63
_MOST_ONCE = 10**9
_ONCE = frozenset({"release_gil", "wake_threads"})  # for each call, or each region


@dataclass(frozen=True)
class CostTable:
    """Picoseconds, on one thread.

    The defaults are what ``python -m bench costs`` found on a core with AVX-512 (Zen 4), rounded;
    waking threads is taken to be twice as dear, as it is where cores sleep deeper.  The same
    command measures any machine, and writes JSON that ``kg.compile(model, costs=...)`` takes.
    Entries of one kernel are told apart by running it on several sizes.

    Args
        program_element         an element in one op of an elementwise or row program; the mean over
                                a chain of cheap ops and transcendental ones
        sort_round              an element in one of the log2(length) rounds of the sort of a row
        gemm_multiply_add       a multiply-add with packed weights; also of a constant sparse matrix
                                that is written out
        gemm_weight             a packed weight: to bring it from a cache that is not the core's own
        matmul_multiply_add     a multiply-add of two matrices that a batch brings
        attention_multiply_add  a multiply-add of queries and keys, or of scores and values
        attention_score         a score of a query and a key: its share of the softmax
        gather_row              an entry of a sparse row, or an item of a bag: to find its row of
                                the table, which is too large for a cache
        gather_element          an element of such a row, weighted and added
        gather_result           an element of the sum
        reduced_element         an element that is added up by a kernel of its own
        moved_byte              a byte that any other kernel writes: copies, joins, look-ups
        sparse_multiply_add     a multiply-add with a constant sparse matrix
        turned_element          an element of the operand and of the result of a product with a
                                sparse matrix on the right, which are both turned round
        release_gil             to give the GIL away and to take it back
        wake_threads            to wake the threads of the pool and to wait for the last

    >>> CostTable.of({"wake_threads": 5e6}).wake_threads
    5000000
    """

    program_element: int = 200
    sort_round: int = 1000
    gemm_multiply_add: int = 18
    gemm_weight: int = 25
    matmul_multiply_add: int = 22
    attention_multiply_add: int = 30
    attention_score: int = 350
    gather_row: int = 2300
    gather_element: int = 85
    gather_result: int = 300
    reduced_element: int = 60
    moved_byte: int = 30
    sparse_multiply_add: int = 40
    turned_element: int = 750
    release_gil: int = 50_000
    wake_threads: int = 10_000_000

    @staticmethod
    def of(given: CostTable | Mapping[str, Any] | None) -> CostTable:
        """The table that a user gives: None for the default, a mapping for other entries of it.

        Errors    TypeError for what is neither or no number, ValueError for an unknown entry and
                  for a cost below 1 picosecond or beyond all reason
        """
        if given is None:
            return DEFAULT_COSTS
        if isinstance(given, CostTable):
            return given
        if not isinstance(given, Mapping):
            raise KGraphTypeError(
                message(
                    "costs: this is no table of costs",
                    received=f"{given!r} of type {type(given).__name__}",
                    expected="a mapping from entries to picoseconds, or a CostTable",
                )
            )
        known = [field.name for field in fields(CostTable)]
        for name in given:
            if name not in known:
                raise KGraphValueError(
                    message(
                        f"costs: there is no entry {name!r}",
                        expected=f"entries among {', '.join(known)}",
                        hint=did_you_mean(str(name), known),
                    )
                )
        return replace(DEFAULT_COSTS, **given)

    def __post_init__(self) -> None:
        for field in fields(self):
            value = _picoseconds(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)

    @property
    def grain(self) -> Grain:
        """What pays: a call of 20 times what it costs to release the GIL, a region of 5 times what
        waking threads costs; chunks of half of that are worth a claim."""
        return Grain(20 * self.release_gil, 5 * self.wake_threads, 5 * self.wake_threads // 2)


def _picoseconds(name: str, value: Any) -> int:
    """The cost, to the picosecond."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise KGraphTypeError(
            message(
                f"costs: {name} is no number",
                received=f"{value!r} of type {type(value).__name__}",
                expected="picoseconds",
            )
        )
    most = _MOST_ONCE if name in _ONCE else _MOST
    if not 1 <= float(value) <= most:  # NaN is not
        raise KGraphValueError(
            message(
                f"costs: {name} is out of range",
                received=f"{value!r}",
                expected=f"picoseconds, from 1 to {most:,}",
            )
        )
    return round(float(value))


DEFAULT_COSTS = CostTable()
