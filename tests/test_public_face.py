"""What ``import kgraph as kg`` offers."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kgraph as kg

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", kg.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(kg, name) is not None
    assert name in dir(kg)


@pytest.mark.parametrize("name", kg.ops.__all__)
def test_every_op_stands_at_the_top(name: str) -> None:
    assert getattr(kg, name) is getattr(kg.ops, name)


@pytest.mark.parametrize("name", kg.models.__all__)
def test_every_name_of_models_is_there(name: str) -> None:
    assert getattr(kg.models, name) is not None
    assert name in dir(kg.models)


@pytest.mark.parametrize("name", kg.keras.__all__)
def test_keras_is_an_alias_namespace(name: str) -> None:
    assert getattr(kg.keras, name) is getattr(kg, name)


def test_the_modules_of_keras_can_be_imported_from() -> None:
    code = (
        "from kgraph.keras.layers import Dense\n"
        "from kgraph.keras.saving import register_keras_serializable\n"
        "from kgraph.keras.config import floatx\n"
        "import kgraph.keras.utils as utils\n"
        "import kgraph as kg\n"
        "assert Dense is kg.layers.Dense and utils is kg.utils\n"
        "assert floatx is kg.keras.backend.floatx is kg.keras.config.floatx\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("module", [kg.saving, kg.utils, kg.backend, kg.layers])
def test_every_name_of_the_modules_is_there(module: ModuleType) -> None:
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_names_are_listed_once() -> None:
    assert len(set(kg.__all__)) == len(kg.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'kgraph' has no attribute 'sqare'"):
        _ = kg.sqare  # type: ignore[attr-defined]


def test_an_unknown_name_of_models_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'kgraph\.models' has no attribute 'Modle'"):
        _ = kg.models.Modle  # type: ignore[attr-defined]


def test_no_module_of_ops_hides_an_op() -> None:
    modules = {path.stem for path in Path(kg.ops.__file__).parent.iterdir()}
    assert modules.isdisjoint(kg.ops.__all__)


@pytest.mark.parametrize(
    "use",
    [
        "kg.Input((3,)) + 1",
        "kg.square(2)",
        "kg.ops.square(2)",
        "from kgraph import square",
        "from kgraph.ops import square",
        "from kgraph import *; square(2)",
        "import numpy as np; np.tanh(kg.Input((3,)))",
        "import numpy as np; np.concatenate([kg.Input((3,)), kg.Input((3,))])",
        "kg.RaggedTensor.from_row_splits([1.0], [0, 1]).nrows()",
        "kg.Variable(1.0) * 2",
        "kg.activations.softmax([1.0])",
        "kg.layers.Dense(3)(kg.Input((3,)))",
        "dir(kg)",
    ],
)
def test_whatever_comes_first_finds_the_ops(use: str) -> None:
    subprocess.run([sys.executable, "-c", f"import kgraph as kg; {use}"], cwd=ROOT, check=True)


def test_both_spellings_of_an_op_draw_the_same_graph() -> None:
    x = kg.Input(shape=(2,))
    data = np.float32([[2.0, 3.0]])
    for square in (kg.square, kg.ops.square, kg.keras.ops.square):
        np.testing.assert_array_equal(kg.Model(x, square(x))(data), data * data)


def test_the_version_is_that_of_the_package() -> None:
    assert kg.__version__ == version("kgraph")


@pytest.mark.parametrize(
    "module",
    [
        "scipy",
        "kgraph.ops.names",
        "kgraph.runtime.compiled",
        "kgraph.models.graph_config",
        "kgraph.models.plotting",
        "kgraph.drawing",
        "h5py",
        "keras",
    ],
)
def test_importing_kgraph_does_not_import(module: str) -> None:
    code = f"import sys, kgraph; sys.exit({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_a_dense_model_never_needs_scipy() -> None:
    code = (
        "import sys, numpy as np, kgraph as kg\n"
        "x = kg.Input(shape=(4,))\n"
        "model = kg.Model(x, kg.layers.Dense(2)(x))\n"
        "model.predict(np.ones((3, 4), 'float32'), verbose=0)\n"
        "sys.exit('scipy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0
