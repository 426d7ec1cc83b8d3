"""Run cases over the workers: load each, then rounds in turn A B C A B C …"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench import adapters
from bench.measure import ROUND_SECONDS, ROUNDS, timing
from bench.peers import Crashed, Peer
from bench.scenario import Scenario

LOAD_TIMEOUT = 420.0  # the longest compilations take a minute or two
ROUND_TIMEOUT = 120.0
SLOW_SECONDS = 20.0  # in all for one worker and case; a slower call gets fewer rounds, and says so
FEWEST = 3


@dataclass(frozen=True)
class Pace:
    """How many rounds of how many seconds."""

    rounds: int = ROUNDS
    round_s: float = ROUND_SECONDS
    slow_s: float = SLOW_SECONDS

    def rounds_of(self, round_s: float) -> int:
        """Fewer if all would take longer than ``slow_s``."""
        return max(min(self.rounds, FEWEST), min(self.rounds, int(self.slow_s / round_s)))


QUICK = Pace(rounds=3, round_s=0.002, slow_s=2.0)


@dataclass(frozen=True)
class Case:
    """A scenario at one batch size."""

    scenario: str
    title: str
    size: int
    flop: int = 0
    bytes: int = 0


def cases_of(scenario: Scenario, sizes: Sequence[int] | None = None) -> list[Case]:
    """A case for each of the scenario's sizes, or for those given."""
    return [
        Case(
            scenario.name,
            scenario.title,
            size,
            scenario.flop(size),
            scenario.bytes_per_row * size,
        )
        for size in sizes or scenario.sizes
    ]


Row = dict[str, Any]
Say = Callable[[str], None]


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def absent(names: Iterable[str]) -> dict[str, str]:
    """Of the adapters named: those whose packages are not installed, and which those are."""
    found = {name: adapters.missing(adapters.ADAPTERS[name]) for name in names}
    return {name: ", ".join(packages) for name, packages in found.items() if packages}


def run_case(case: Case, peers: Sequence[Peer], pace: Pace, tell: Say = say) -> list[Row]:
    """One row for each worker, timed or with the reason why not."""
    rows: list[Row] = []
    ready: list[tuple[Peer, Row]] = []
    for peer in peers:
        row = _load(case, peer, pace)
        rows.append(row)
        if row["status"] == "ready":
            ready.append((peer, row))
        else:
            tell(f"  {peer.name}, threads {peer.threads}: {row['status']}: {row['why']}")
    _take_turns(ready, pace, tell)
    return rows


def _load(case: Case, peer: Peer, pace: Pace) -> Row:
    row = {**asdict(case), "implementation": peer.name, "threads": peer.threads}
    request = {
        "do": "load",
        "scenario": case.scenario,
        "size": case.size,
        "round_s": pace.round_s,
    }
    return row | _ask(peer, request, LOAD_TIMEOUT)


def _ask(peer: Peer, request: dict[str, Any], timeout: float) -> Row:
    """The answer, or a row's words for a crash; the next request starts a new process."""
    try:
        return peer.ask(request, timeout)
    except Crashed as error:
        peer.stop()
        return {"status": "crashed", "why": str(error)}


def _take_turns(ready: Sequence[tuple[Peer, Row]], pace: Pace, tell: Say) -> None:
    """Time the rounds and write the quartiles into the rows."""
    times: dict[int, list[float]] = {i: [] for i in range(len(ready))}
    wanted = [pace.rounds_of(row["one_s"] * row["calls"]) for _, row in ready]
    for turn in range(max(wanted, default=0)):
        for i, (peer, row) in enumerate(ready):
            if turn >= wanted[i] or row["status"] == "crashed":
                continue
            answer = _ask(peer, {"do": "round"}, ROUND_TIMEOUT)
            if "seconds" in answer:
                times[i].append(answer["seconds"])
            else:
                row.update(answer)
                tell(f"  {peer.name}, threads {peer.threads}: crashed: {row['why']}")
    for i, (_, row) in enumerate(ready):
        if row["status"] == "ready":
            measured = timing(times[i], row["calls"]).as_dict()
            row.update(measured, status="timed", wanted_rounds=pace.rounds, seconds=times[i])
        del row["one_s"]
