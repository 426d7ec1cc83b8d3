"""The Python doors of the vector loops: checked arguments, and the choice of a target."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kgraph._kernels import loops

targets = pytest.mark.parametrize("target", loops.targets())


def test_doors_refuse_what_a_loop_cannot_take() -> None:
    x, out = np.zeros(3, np.float32), np.zeros(3, np.float32)
    with pytest.raises(KeyError, match="there is no loop 'nonsense_f32'"):
        loops.run_loop("nonsense_f32", out, x)
    with pytest.raises(TypeError, match="takes 2 arrays, got 1"):
        loops.run_loop("add_f32", out, x)
    with pytest.raises(TypeError, match=r"a must be an array float32\(3,\)"):
        loops.run_loop("neg_f32", out, x.astype(np.float64))
    with pytest.raises(TypeError, match="C-contiguous"):
        loops.run_loop("neg_f32", out, np.zeros(6, np.float32)[::2])
    out.flags.writeable = False
    with pytest.raises(TypeError, match="out is read-only"):
        loops.run_loop("neg_f32", out, x)
    with pytest.raises(ValueError, match="target 'v9' does not run here"):
        loops.run_loop("neg_f32", x, x, target="v9")


def _import_with(cpu: str) -> subprocess.CompletedProcess[str]:
    code = "from kgraph._kernels import loops; print(loops.target())"
    env = {**os.environ, "KGRAPH_CPU": cpu}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@targets
def test_environment_forces_a_target(target: str) -> None:
    assert _import_with(target).stdout.strip() == target


def test_unknown_target_in_the_environment_is_an_import_error() -> None:
    done = _import_with("v9")
    assert done.returncode != 0
    assert "ImportError: KGRAPH_CPU='v9' is no instruction set" in done.stderr


def test_unsupported_target_in_the_environment_is_an_import_error() -> None:
    for missing in {"v3", "v4"} - set(loops.targets()):
        assert "needs instructions that this machine lacks" in _import_with(missing).stderr
