"""The examples in the docstrings of kgraph.types run as they are printed."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = [
    "array_type", "casting", "dims", "errors", "ragged_factories", "ragged_lists",
    "ragged_tensor", "size_text", "sparse", "specs",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    done = doctest.testmod(import_module(f"kgraph.types.{name}"))
    assert done.failed == 0
    assert done.attempted > 0
