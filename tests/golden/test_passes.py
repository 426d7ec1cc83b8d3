"""What each pass makes of a few graphs, up to the plan, in ``passes/*.txt``.

``pytest tests/golden --update-golden`` writes the files anew: read the difference before you keep
it.  A stage that is as the one before it is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import kgraph as kg
from kgraph import layers as la
from kgraph import ops
from kgraph.compiler.pipeline import PASSES, Compiled, compile_plan
from kgraph.compiler.plan_text import outline
from kgraph.compiler.text import show

FOLDER = Path(__file__).parent / "passes"
Draw = Callable[[], tuple[Any, Any]]
GRAPHS: dict[str, Draw] = {}


def graph(draw: Draw) -> Draw:
    GRAPHS[draw.__name__] = draw
    return draw


@graph
def heads() -> tuple[Any, Any]:
    """A scale, a trunk and two narrow heads: shares, and a score that is asked for twice."""
    x = kg.Input((16,), name="x")
    trunk = la.Dense(16, activation="relu", name="trunk")(la.Rescaling(0.5, name="scale")(x))
    classes, score = la.Dense(3, name="classes"), la.Dense(1, name="score")
    return x, [ops.softmax(classes(trunk) * 2.0), score(trunk), score(trunk) * 1.0]


@graph
def bag() -> tuple[Any, Any]:
    """A mean of rows of a table over ragged ids."""
    ids = kg.Input((None,), ragged=True, dtype="int32", name="ids")
    return ids, ops.mean(la.Embedding(10, 4, name="words")(ids), axis=1)


@graph
def written_out() -> tuple[Any, Any]:
    """A sparse value that is made dense for a product, and a constant matrix without zeros."""
    s = kg.Input((8,), sparse=True, name="s")
    full = sp.csr_array(np.ones((4, 16), np.float32))
    return s, ops.matmul(la.Dense(4, name="dense")(ops.to_dense(s)), full)


@graph
def means() -> tuple[Any, Any]:
    """A mean of halves, which no kernel computes, and an input that is an output."""
    x = kg.Input((4,), name="x", dtype="float16")
    return x, [ops.mean(x, axis=1), x]


@graph
def chosen() -> tuple[Any, Any]:
    """Rows that the numbers choose: two phases."""
    x = kg.Input((4,), name="x")
    return x, ops.tanh(x[x[:, 0] > 0])


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    kg.clear_session()


def compiled(name: str) -> Compiled:
    return compile_plan(kg.Function(*GRAPHS[name](), name=name))


def text_of(name: str, made: Compiled) -> str:
    parts = [f"{name}: {GRAPHS[name].__doc__}"]
    before = ""
    for stage, after in made.stages:
        text = show(after)
        parts.append(f"== {stage}\n{text if text != before else 'as before'}")
        before = text
    parts += [f"== plan\n{outline(planned.plan)}" for planned in made.planned]
    return re.sub(r" +\n", "\n", "\n\n".join(parts)) + "\n"


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_pass_by_pass(name: str, update_golden: bool) -> None:
    text, path = text_of(name, compiled(name)), FOLDER / f"{name}.txt"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no {path.name}: run pytest tests/golden --update-golden"
    assert text == path.read_text(encoding="utf-8")


def test_every_pass_changes_one_of_these_graphs() -> None:
    changed: set[str] = set()
    for name in GRAPHS:
        stages = compiled(name).stages
        for (_, before), (stage, after) in pairwise(stages):
            if show(before) != show(after):
                changed.add(stage)
    # No pass leaves a dead node behind, so `dce` finds none: `tests/compiler/test_dce.py` has some.
    assert changed == {*PASSES, "freeze", "own_outputs"} - {"dce"}
