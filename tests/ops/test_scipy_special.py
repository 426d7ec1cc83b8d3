"""The ufuncs of scipy.special on symbolic values: each is an op that runs the ufunc."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy import special

import kgraph as kg
from kgraph.ops.scipy_special import ufunc_op
from kgraph.types.densify import DensifyWarning

X = np.float32([[0.25, 0.5, 0.75], [0.9, 0.1, 0.3]])
UFUNCS = sorted(
    {u for u in vars(special).values() if isinstance(u, np.ufunc)}, key=lambda u: u.__name__
)
# their results are complex numbers
COMPLEX = {"hankel1", "hankel1e", "hankel2", "hankel2e", "kelvin", "modfresnelm", "modfresnelp",
           "wofz"}  # fmt: skip
# all their arguments but the last are whole numbers
OF_WHOLE = {"bdtr", "bdtrc", "bdtri", "eval_hermite", "eval_hermitenorm", "expn", "kn", "nbdtr",
            "nbdtrc", "nbdtri", "pdtri", "smirnov", "smirnovi", "yn"}  # fmt: skip


def arguments(ufunc: np.ufunc) -> list[Any]:
    whole = ufunc.nin - 1 if ufunc.__name__ in OF_WHOLE else 0
    return [2] * whole + [X + 0.01 * number for number in range(ufunc.nin - whole)]


@pytest.mark.promise("A2.numpy-functions")
@pytest.mark.filterwarnings("ignore:non-integer arg n")  # SciPy's, of bdtr on floats
@pytest.mark.parametrize(
    "ufunc", [u for u in UFUNCS if u.__name__ not in COMPLEX], ids=lambda u: u.__name__
)
def test_every_ufunc_of_scipy_special(ufunc: np.ufunc) -> None:
    arrays = arguments(ufunc)
    inputs = [kg.Input((3,)) if np.ndim(value) else value for value in arrays]
    found = ufunc(*inputs)
    outputs = list(found) if isinstance(found, tuple) else [found]
    model = kg.Model([x for x in inputs if not isinstance(x, int)], outputs)
    results = model([value for value in arrays if np.ndim(value)])
    with np.errstate(all="ignore"):
        expected = ufunc(*arrays)
    expected = list(expected) if isinstance(expected, tuple) else [expected]
    results = results if isinstance(results, list) else [results]
    for one, other, output in zip(results, expected, outputs, strict=True):
        assert one.dtype == output.dtype
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(COMPLEX))
def test_complex_results_are_refused(name: str) -> None:
    ufunc = getattr(special, name)
    with pytest.raises(kg.KGraphError, match="which no graph holds"):
        ufunc(*[kg.Input((3,)) for _ in range(ufunc.nin)])


def test_a_float_where_only_whole_numbers_go_is_refused() -> None:
    x = kg.Input((3,))
    with pytest.raises(TypeError, match=r"eval_hermite: it has no loop for these dtypes"):
        special.eval_hermite(x, x)


def test_integers_become_floatx_and_float64_stays() -> None:
    assert special.gammaln(kg.Input((3,), dtype="int32")).dtype == "float32"
    assert special.gammaln(kg.Input((3,), dtype="float64")).dtype == "float64"


def test_known_ops_stand_for_their_ufuncs() -> None:
    x = kg.Input((3,))
    assert special.expit(x).node.operation is kg.ops.sigmoid
    assert special.log_expit(x).node.operation is kg.ops.log_sigmoid
    assert special.erf(x).node.operation is kg.ops.erf
    assert special.log1p(x).node.operation is kg.ops.log1p


def test_a_node_is_named_after_its_ufunc_and_pickles() -> None:
    kg.clear_session()
    node = special.betaln(kg.Input((3,)), 2.0).node
    assert node.name == "betaln"
    assert pickle.loads(pickle.dumps(node.operation)) is ufunc_op("betaln")


def test_several_results_come_as_a_tuple() -> None:
    sine, cosine = special.sici(kg.Input((3,)))
    assert sine.shape == cosine.shape == (None, 3)


def test_ragged_and_sparse_values_are_taken() -> None:
    rows = kg.RaggedTensor.from_row_lengths(np.float32([1, 2, 3]), [2, 0, 1])
    x = kg.Input((None,), ragged=True)
    found = kg.Model(x, special.gammaln(x))(rows)
    np.testing.assert_allclose(found.flat_values, special.gammaln(np.float32([1, 2, 3])))
    with pytest.warns(DensifyWarning, match="gammaln: a sparse value becomes dense"):
        assert special.gammaln(kg.Input((3,), sparse=True)).shape == (None, 3)


def test_a_config_is_read_by_a_process_that_has_not_met_the_ufunc() -> None:
    x = kg.Input((3,))
    text = kg.Model(x, special.sici(x)[1] + special.gammaln(x)).to_json()
    program = (
        "import sys, numpy as np, kgraph as kg\n"
        "model = kg.models.model_from_json(sys.stdin.read())\n"
        "print(float(model(np.ones((1, 3), 'float32')).sum()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=text, text=True, capture_output=True, check=True
    )
    assert float(done.stdout) == pytest.approx(3 * special.sici(1.0)[1], rel=1e-5)
