"""The trainer's gradients are right, and the shipped weights are where its descent ends."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import check_grad

from kgraph.data import WEIGHTS, load_weights

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture(scope="module")
def trainer() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOOLS)
        return importlib.import_module("train_demo")


def test_gradient_of_a_net_with_relu_is_that_of_finite_differences(trainer):
    shapes = trainer.dense("a", 5, 4) | trainer.dense("b", 4, 3)
    net = trainer.Net(shapes, l2=0.1, relu=("a",))
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(7, 5)), rng.integers(0, 3, 7)
    flat = rng.normal(size=sum(map(np.prod, shapes.values())))
    error = check_grad(lambda w: net.loss(w, x, label)[0], lambda w: net.loss(w, x, label)[1], flat)
    assert error < 1e-6


@pytest.mark.parametrize("name", [name for name in WEIGHTS if name != "digits_mlp"])
def test_shipped_weights_are_a_minimum_of_the_stated_loss(trainer, name):
    # The MLP stops at its step limit, on the slope of a loss that has no smooth minimum.
    net, task = trainer.NETS[name], trainer.tasks()[name]
    weights = load_weights(name)
    assert {key: w.shape for key, w in weights.items()} == net.shapes
    flat = np.concatenate([w.ravel() for w in weights.values()]).astype(np.float64)
    _, gradient = net.loss(flat, task.x[~task.held_out], task.label[~task.held_out])
    assert abs(gradient).max() < 2e-6  # the trainer's 1e-6, and the rounding to float32


def test_equal_arrays_give_equal_bytes(trainer, tmp_path, capsys):
    write = importlib.import_module("make_demo_data").write_npz
    arrays = {"a/b": np.arange(5, dtype=np.float32), "c": np.array(["x", "yz"])}
    for name in ("one.npz", "two.npz"):
        write(tmp_path / name, arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as stored:
        assert stored.files == list(arrays)
        assert all(np.array_equal(stored[key], array) for key, array in arrays.items())
    assert "one.npz" in capsys.readouterr().out
