"""Time per row against the batch, both logarithmic: ``python -m bench plot RESULTS FOLDER``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.results import Results, cases, implementations, median, scenarios

COLOURS = (*(f"C{i}" for i in range(10)), "black", "gold", "navy", "lime", "salmon")
NEEDS_MATPLOTLIB = "plots want matplotlib: pip install 'kgraph[bench]'"


def plot(results: Results, folder: Path) -> list[Path]:
    """One picture for each scenario of two batch sizes or more.

    Errors    SystemExit with what to install, where matplotlib is missing
    """
    try:
        import matplotlib.figure
    except ImportError:
        raise SystemExit(NEEDS_MATPLOTLIB) from None
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, title in scenarios(results).items():
        lines = curves(results, name)
        if not any(len(points) > 1 for points in lines.values()):
            continue
        figure = matplotlib.figure.Figure(figsize=(8, 5), layout="constrained")
        _draw(figure.subplots(), lines, title)
        made.append(folder / f"{name}.svg")
        figure.savefig(made[-1], metadata={"Date": None})
    return made


def curves(results: Results, scenario: str) -> dict[tuple[str, int], list[tuple[int, float]]]:
    """(implementation, threads) -> (batch, microseconds per row), by batch."""
    found: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for (size, threads), case in cases(results, scenario).items():
        for name in implementations(results):
            time = median(case.get(name))
            if time is not None:
                found.setdefault((name, threads), []).append((size, time / size))
    return found


def _draw(axes: Any, lines: dict[tuple[str, int], list[tuple[int, float]]], title: str) -> None:
    names = dict.fromkeys(name for name, _ in lines)
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    for (name, threads), points in lines.items():
        axes.plot(
            *zip(*points, strict=True),
            marker="o",
            color=colours[name],
            linestyle="-" if threads == 1 else "--",
            linewidth=3 if name == "kgraph" else 1,
            label=f"{name}, {threads}",
        )
    axes.set(xscale="log", yscale="log", xlabel="batch", ylabel="us per row", title=title)
    axes.legend(fontsize="x-small", ncols=2, title="implementation, threads")
