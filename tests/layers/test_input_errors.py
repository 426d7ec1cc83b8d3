"""What Input says of each misuse, word for word: ``tests/golden/errors/input.txt``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import kgraph as kg
from kgraph import Input

GOLDEN = Path(__file__).parent.parent / "golden" / "errors" / "input.txt"
X = np.ones((2, 3))
SPEC = kg.TensorSpec((None, 3))

MISUSES: dict[str, Callable[[], Any]] = {
    "no argument": lambda: Input(),
    "negative size": lambda: Input((-1,)),
    "float size": lambda: Input((3.5,)),
    "text as shape": lambda: Input("abc"),
    "negative batch_size": lambda: Input((3,), batch_size=-1),
    "text as batch_size": lambda: Input((3,), batch_size="all"),
    "name is no string": lambda: Input((3,), name=3),
    "unknown dtype": lambda: Input((3,), dtype="flaot32"),
    "complex dtype": lambda: Input((3,), dtype="complex64"),
    "object dtype": lambda: Input((3,), dtype=object),
    "sparse strings": lambda: Input((3,), dtype="string", sparse=True),
    "sparse and ragged": lambda: Input((3,), sparse=True, ragged=True),
    "ragged without None": lambda: Input((3,), ragged=True),
    "unknown keyword": lambda: Input((3,), shpae=3),
    "two unknown keywords": lambda: Input((3,), foo=1, bar=2),
    "shape and batch_shape": lambda: Input((3,), batch_shape=(None, 3)),
    "both batch shapes": lambda: Input(batch_shape=(None, 3), batch_input_shape=(None, 3)),
    "batch_shape and another batch_size": lambda: Input(batch_size=4, batch_shape=(2, 3)),
    "empty batch_shape": lambda: Input(batch_shape=()),
    "type_spec is none": lambda: Input(type_spec=(None, 3)),
    "type_spec and shape": lambda: Input((3,), type_spec=SPEC),
    "type_spec and batch_shape": lambda: Input(batch_shape=(None, 3), type_spec=SPEC),
    "type_spec and ragged": lambda: Input(ragged=False, type_spec=SPEC),
    "unknown rank": lambda: Input(type_spec=kg.TensorSpec(None), name="x"),
    "tensor is text": lambda: Input(tensor="abc"),
    "tensor is a spec": lambda: Input(tensor=SPEC),
    "tensor is a dict": lambda: Input(tensor={"a": 1}),
    "tensor is uneven lists": lambda: Input(tensor=[[1], [1, 2]]),
    "tensor holds None": lambda: Input(tensor=[None]),
    "tensor is complex": lambda: Input(tensor=np.ones(2, complex)),
    "tensor of another shape": lambda: Input((4,), tensor=X),
    "tensor of another batch_size": lambda: Input(batch_size=9, tensor=X),
    "tensor of another dtype": lambda: Input(dtype="int32", tensor=X),
    "tensor is not sparse": lambda: Input(sparse=True, tensor=X),
    "tensor is not ragged": lambda: Input(ragged=True, tensor=scipy.sparse.eye_array(3)),
}


def text_of(misuse: Callable[[], Any]) -> str:
    """The class and the words of the error; the line of the user's program as ``<line>``."""
    with pytest.raises((ValueError, TypeError)) as caught:
        misuse()
    assert isinstance(caught.value, kg.KGraphError)
    here = re.escape(__file__)
    text, count = re.subn(rf"^(  where +){here}:\d+$", r"\1<line>", str(caught.value), flags=re.M)
    assert count == 1, f"the error names no line of this file:\n{caught.value}"
    return f"{type(caught.value).__name__}: {text}"


def golden() -> dict[str, str]:
    """The blocks of the file by their titles."""
    blocks = GOLDEN.read_text(encoding="utf-8").split("## ")[1:]
    parted = (block.partition("\n") for block in blocks)
    return {title: text.strip() for title, _, text in parted}


@pytest.mark.parametrize("title", MISUSES)
def test_the_words_of_an_error(title: str) -> None:
    assert text_of(MISUSES[title]) == golden()[title]


def test_the_file_holds_no_other_texts() -> None:
    assert list(golden()) == list(MISUSES)
