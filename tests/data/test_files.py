"""The shipped files are the ones that were measured, small, and plain arrays."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kgraph.data
from kgraph.data import WEIGHTS, load_digits, load_names, load_weights

DATA = Path(kgraph.data.__file__).parent
README = (DATA / "README.md").read_text(encoding="utf-8")
SHA256 = {
    "digits.npz": "f21d24ab72f8034384412337d39e9ed013ff07a44040f4e2597cf006d2732286",
    "digits_mlp.weights.npz": "dbbcec3f740f6049ba705499b46cd0238d05ae790849555412836c8f00e7a686",
    "digits_softmax.weights.npz": (
        "5c4884f3db0a3af6c6852b3be1f747c2526904afc7c886c7781a0d3ede62c7b8"
    ),
    "names.npz": "ea5e3bc99d8143ceed5d1bf89c9c8c5afb9f58ab5da9e74e75521f5a024d9142",
    "names_embedding.weights.npz": (
        "54fa1611d3f9fd5ee8125d9786ea9b5c55fb9cd711945dfee03e52212f590621"
    ),
    "names_ngrams.weights.npz": (
        "5d480d99936a8d5fc1809a23e543d6a8ec12335354b5d9c313499e132e894549"
    ),
}


def test_every_array_file_has_a_checksum():
    assert {path.name for path in DATA.glob("*.npz")} == set(SHA256)
    assert set(SHA256) == {"digits.npz", "names.npz"} | {f"{w}.weights.npz" for w in WEIGHTS}


@pytest.mark.parametrize("name", SHA256)
def test_file_is_the_one_that_was_measured(name):
    content = (DATA / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256[name]
    assert f"| `{name}` | {len(content):,} |" in README


def test_all_files_fit_the_promised_size():
    assert sum((DATA / name).stat().st_size for name in SHA256) <= 320_000
    assert sum(path.stat().st_size for path in DATA.iterdir() if path.is_file()) <= 2_000_000


def test_nothing_else_lies_beside_the_data():
    known = {"README.md", "__init__.py", "_features.py", "_load.py", *SHA256}
    assert {path.name for path in DATA.iterdir() if path.is_file()} == known


@pytest.mark.parametrize("name", SHA256)
def test_no_file_holds_python_objects(name):
    with np.load(DATA / name, allow_pickle=False) as stored:
        assert all(stored[key].dtype.kind in "buifU" for key in stored.files)


def test_digits_are_images_with_their_labels():
    x, y, held_out = load_digits()
    assert (x.shape, y.shape, held_out.shape) == ((1797, 64), (1797,), (1797,))
    assert (x.dtype, y.dtype, held_out.dtype) == (np.float32, np.int64, np.bool_)
    assert (x.min(), x.max()) == (0, 1)
    assert np.array_equal(x * 16, np.rint(x * 16))
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # UCI's
    assert held_out.sum() == 359


def test_names_are_distinct_capitals_in_three_classes_of_one_size():
    names, label, classes, held_out = load_names()
    assert (label.shape, held_out.shape) == ((15_000,), (15_000,))
    assert (label.dtype, held_out.dtype) == (np.int64, np.bool_)
    assert len(set(names)) == 15_000
    assert all(re.fullmatch("[A-Z]{2,15}", name) for name in names)
    assert classes == ("Asian or Pacific Islander", "Hispanic", "neither")
    assert np.bincount(label).tolist() == [5_000] * 3
    assert held_out.sum() == 3_000


@pytest.mark.parametrize(("name", "group"), [("GARCIA", 1), ("NGUYEN", 0), ("SMITH", 2)])
def test_a_famous_name_has_its_class(name, group):
    names = load_names()
    assert names.label[names.names.index(name)] == group


def test_loaders_give_fresh_equal_arrays():
    first, second = load_digits(), load_digits()
    first.x[:] = -1
    assert not np.array_equal(first.x, second.x)
    assert np.array_equal(second.x, load_digits().x)
    assert load_names().names == load_names().names


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_finite_float32_with_kernel_before_bias(name):
    weights = load_weights(name)
    assert all(w.dtype == np.float32 and np.isfinite(w).all() for w in weights.values())
    parts = [key.partition("/")[2] for key in weights]
    assert [part for part in parts if part != "embeddings"] == ["kernel", "bias"] * (
        len(parts) // 2
    )


def test_unknown_weights_are_refused_by_name():
    with pytest.raises(ValueError, match=r"no weights are named 'digit'.*digits_mlp"):
        load_weights("digit")


def test_importing_the_data_leaves_scipy_and_the_rest_of_kgraph_alone():
    code = (
        "import sys, kgraph; before = set(sys.modules); import kgraph.data;"
        "print(sorted(m for m in set(sys.modules) - before if m.startswith(('kgraph', 'scipy'))))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Empty where kgraph itself imports its data; else the three modules of this folder.
    assert set(re.findall(r"'(.*?)'", run.stdout)) <= {
        "kgraph.data",
        "kgraph.data._features",
        "kgraph.data._load",
    }
