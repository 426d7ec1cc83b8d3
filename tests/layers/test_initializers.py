"""Initializers: distributions, seeds, configs."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from kgraph.layers import Dense, custom_object_scope, initializers

NAMES = (
    "zeros", "ones", "constant", "random_normal", "random_uniform", "truncated_normal",
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform",
    "lecun_normal", "orthogonal", "identity", "variance_scaling",
)  # fmt: skip
SHAPE = (200, 300)


@pytest.mark.parametrize("name", NAMES)
def test_every_initializer_round_trips_through_its_config(name: str) -> None:
    made = initializers.get(name)
    config = json.loads(json.dumps(initializers.serialize(made)))
    assert config["module"] == "keras.initializers"
    twin = initializers.get(config)
    assert type(twin) is type(made)
    assert twin.get_config() == made.get_config()
    assert repr(twin) == repr(made)
    assert type(initializers.get(type(made).__name__)) is type(made)
    assert type(initializers.get(type(made))) is type(made)


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_dtype_are_those_asked_for(name: str) -> None:
    for dtype in ("float32", "float64"):
        made = initializers.get(name)((3, 4), dtype)
        assert (made.shape, made.dtype) == ((3, 4), dtype)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / 500),
        ("glorot_normal", 2 / 500),
        ("he_uniform", 2 / 200),
        ("he_normal", 2 / 200),
        ("lecun_uniform", 1 / 200),
        ("lecun_normal", 1 / 200),
        ("random_normal", 0.05**2),
        ("random_uniform", 0.1**2 / 12),
    ],
)
def test_drawn_numbers_have_the_variance_of_the_formula(name: str, variance: float) -> None:
    cls = type(initializers.get(name))
    drawn = cls(seed=3)(SHAPE, "float64")
    assert abs(drawn.mean()) < 4 * math.sqrt(variance / drawn.size)
    assert abs(drawn.var() / variance - 1) < 0.03


def test_uniform_scaling_stays_within_its_limit() -> None:
    drawn = initializers.GlorotUniform(seed=1)(SHAPE, "float64")
    limit = math.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(drawn).max() <= limit


def test_truncated_normal_stays_within_two_deviations() -> None:
    drawn = initializers.TruncatedNormal(mean=1.0, stddev=0.5, seed=1)(SHAPE, "float64")
    assert 0.99 < np.abs(drawn - 1).max() <= 1


def test_window_of_a_kernel_counts_in_its_fans() -> None:
    drawn = initializers.HeNormal(seed=1)((5, 40, 30), "float64")
    assert abs(drawn.var() / (2 / 200) - 1) < 0.05


def test_axes_of_a_kernel_may_be_named() -> None:
    made = initializers.LecunUniform(seed=1, input_axes=[1, 2])
    assert np.abs(made((4, 5, 6))).max() <= math.sqrt(3 / 30)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 4)])
def test_orthogonal_matrices_are_orthogonal(shape: tuple[int, ...]) -> None:
    q = initializers.Orthogonal(gain=2.0, seed=1)(shape, "float64").reshape(-1, shape[-1]) / 2
    q = q if q.shape[0] >= q.shape[1] else q.T
    np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-12)


def test_equal_seeds_draw_equal_numbers_at_each_call() -> None:
    made = initializers.GlorotUniform(seed=5)
    np.testing.assert_array_equal(made((3, 4)), made((3, 4)))
    np.testing.assert_array_equal(made((3, 4)), initializers.GlorotUniform(seed=5)((3, 4)))


def test_without_a_seed_numbers_follow_the_common_generator() -> None:
    initializers.set_seed(1)
    first, second = (initializers.GlorotUniform()((3, 4)) for _ in range(2))
    assert not np.array_equal(first, second)
    initializers.set_seed(1)
    np.testing.assert_array_equal(initializers.GlorotUniform()((3, 4)), first)


def test_none_gives_zeros_and_arrays_are_values() -> None:
    np.testing.assert_array_equal(initializers.get(None)((2,)), [0, 0])
    np.testing.assert_array_equal(initializers.get(np.float32([1, 2]))((2,)), [1, 2])
    made = initializers.get(np.float32([1, 2]))
    assert json.loads(json.dumps(initializers.serialize(made)))["config"] == {"value": [1.0, 2.0]}


def test_configs_of_keras_1_and_2_are_read() -> None:
    old = {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "normal", "seed": None},
    }
    assert initializers.get(old).distribution == "truncated_normal"
    zeros = initializers.get({"class_name": "Zeros", "config": {"dtype": "float32"}})
    assert isinstance(zeros, initializers.Zeros)


def test_own_callables_are_taken() -> None:
    def sevens(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.full(shape, 7, dtype)

    layer = Dense(2, kernel_initializer=sevens)
    layer(np.zeros((1, 3), np.float32))
    np.testing.assert_array_equal(layer.kernel.numpy(), np.full((3, 2), 7))
    with custom_object_scope({"sevens": sevens}):
        assert Dense.from_config(layer.get_config()).kernel_initializer is sevens


@pytest.mark.parametrize("identifier", ["foo", 3])
def test_unknown_initializers_are_refused(identifier: Any) -> None:
    with pytest.raises(ValueError, match="Could not interpret initializer identifier"):
        initializers.get(identifier)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: initializers.VarianceScaling(scale=0), "`scale` must be positive"),
        (lambda: initializers.VarianceScaling(mode="x"), "`mode` is one of"),
        (lambda: initializers.Identity()((2,)), "makes matrices"),
        (lambda: initializers.Orthogonal()((2,)), "makes matrices"),
        (lambda: initializers.Constant([1, 2, 3])((2,)), "does not fit the shape"),
        (lambda: initializers.GlorotUniform()((2, 2), "int32"), "draws floats"),
    ],
)
def test_errors_say_what_was_expected(make: Any, text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        make()
