"""``kg.compile(..., dump="folder")``: each step of the compiler as a file to read and to compare.

    00-lower.ir         the graph as it was drawn, composites erased
    01-freeze.ir        and after each pass
    ...
    plan.txt            what the executor runs; ``parse_plan`` reads it back
    explain.txt         what fused, and why the rest did not

A graph that runs in phases has a plan of each: ``plan-0.txt``, ``plan-1.txt``, …
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kgraph.compiler.pipeline import Compiled
from kgraph.compiler.text import show
from kgraph.types.errors import KGraphValueError, message


def prepare(folder: str | os.PathLike[str]) -> Path:
    """The folder, made if it is not there.

    Errors    ValueError if it is not empty, so that the files of two graphs never mix, or if it
              cannot be made
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise KGraphValueError(
            message("compile: the folder of `dump` cannot be made", received=str(error))
        ) from error
    if held:
        raise KGraphValueError(
            message(
                "compile: the folder of `dump` is not empty",
                received=f"{path}, which holds {held[0]}",
                hint="give a folder of its own to each graph: files of two would mix",
            )
        )
    return path


def write(compiled: Compiled, explained: str, folder: Path) -> None:
    """Write the files; the folder is there."""
    for name, text in _files(compiled, explained):
        (folder / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def _files(compiled: Compiled, explained: str) -> Iterator[tuple[str, str]]:
    for number, (name, graph) in enumerate(compiled.stages):
        yield f"{number:02}-{name}.ir", show(graph, scopes=True)
    many = len(compiled.planned) > 1
    for number, planned in enumerate(compiled.planned):
        yield f"plan-{number}.txt" if many else "plan.txt", str(planned.plan)
    yield "explain.txt", explained
