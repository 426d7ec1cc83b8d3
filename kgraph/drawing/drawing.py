"""Drawing: a diagram as users hold it."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from kgraph.drawing.diagram import Diagram
from kgraph.drawing.dot import dot_of
from kgraph.drawing.svg import svg_of
from kgraph.types.errors import KGraphValueError, did_you_mean, message

_BY_GRAPHVIZ = (".png", ".pdf")
_SUFFIXES = (".svg", ".dot", ".gv", *_BY_GRAPHVIZ)


class Drawing:
    """A picture of a graph: notebooks show it, ``save`` writes it, ``svg`` and ``dot`` are texts.

    >>> import kgraph as kg
    >>> x = kg.Input((4,), name="x")
    >>> drawing = kg.plot_model(kg.Model(x, kg.layers.Dense(2)(x), name="tiny"), to_file=None)
    >>> drawing
    <Drawing of 'tiny': 2 boxes, 1 arrow>
    >>> drawing.svg.startswith("<svg ")
    True
    """

    def __init__(self, diagram: Diagram, splines: str = "ortho") -> None:
        self.diagram = diagram
        self.splines = splines  # for Graphviz

    @cached_property
    def svg(self) -> str:
        """The picture; it needs nothing from outside."""
        return svg_of(self.diagram)

    @cached_property
    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return dot_of(self.diagram, self.splines)

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str], dpi: int = 200) -> None:
        """Write the picture: ``.svg``, ``.dot``, or ``.png`` and ``.pdf`` by the program ``dot``.

        Errors    ValueError for another suffix, and where ``dot`` is needed and not there or fails;
                  OSError if the file cannot be written
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in _SUFFIXES:
            _refuse_suffix(path)
        if suffix in _BY_GRAPHVIZ:
            _run_dot(self.dot, path, suffix[1:], dpi)
        else:
            path.write_text(self.svg if suffix == ".svg" else self.dot, encoding="utf-8")

    def __repr__(self) -> str:
        boxes, arrows = len(self.diagram.boxes), len(self.diagram.arrows)
        return (
            f"<Drawing of {self.diagram.name!r}: {boxes} box{'es' * (boxes != 1)}, "
            f"{arrows} arrow{'s' * (arrows != 1)}>"
        )


def _refuse_suffix(path: Path) -> None:
    raise KGraphValueError(
        message(
            "plot: this is no file that a picture can be written to",
            received=f"{str(path)!r}",
            expected=f"a name that ends with {', '.join(_SUFFIXES)}",
            hint=did_you_mean(path.suffix, _SUFFIXES) or f"{path.stem + '.svg'!r} needs no program",
        )
    )


def _run_dot(source: str, path: Path, format: str, dpi: int) -> None:
    program = shutil.which("dot")
    if program is None:
        raise KGraphValueError(
            message(
                f"plot: a .{format} is made by the program `dot`, which is not here",
                received=f"{str(path)!r}",
                hint=f"install Graphviz, or write {path.stem + '.svg'!r}: it needs no program",
            )
        )
    path.parent.stat()  # a folder that is not there is no fault of `dot`
    command = [program, f"-T{format}", f"-Gdpi={dpi}", "-o", str(path)]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode:
        raise KGraphValueError(
            message(
                f"plot: the program `dot` could not make {str(path)!r}",
                received=done.stderr.strip() or f"exit status {done.returncode}",
                hint=f"write {path.stem + '.svg'!r}, which needs no program",
            )
        )
