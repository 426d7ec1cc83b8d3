"""Layers that cut, pad and repeat steps, that bend numbers, and that do nothing at inference."""

from __future__ import annotations

from typing import Any

from .registry import Draw, Feed, Ragged, case, floats, layer_case

layer_case("cropping1d", lambda la: la.Cropping1D((2, 1)), floats(2, 6, 3))
layer_case("cropping1d_one_number", lambda la: la.Cropping1D(1), floats(2, 5, 2))
layer_case(
    "cropping1d_unknown_steps", lambda la: la.Cropping1D(1), floats(2, 5, 2), shape=(None, 2)
)
layer_case("zero_padding1d", lambda la: la.ZeroPadding1D((2, 1)), floats(2, 3, 3))
layer_case("zero_padding1d_one_number", lambda la: la.ZeroPadding1D(2), floats(2, 3, 2))
layer_case("up_sampling1d", lambda la: la.UpSampling1D(3), floats(2, 3, 2))
layer_case("elu", lambda la: la.ELU(), floats(3, 4))
layer_case("elu_alpha", lambda la: la.ELU(alpha=0.5), floats(3, 4))
layer_case("prelu", lambda la: la.PReLU("random_uniform"), floats(3, 4))
layer_case(
    "prelu_shared_axes", lambda la: la.PReLU("random_uniform", shared_axes=[1]), floats(2, 3, 4)
)
layer_case("unit_normalization", lambda la: la.UnitNormalization(), floats(3, 4))
layer_case(
    "unit_normalization_two_axes", lambda la: la.UnitNormalization(axis=[1, 2]), floats(2, 3, 4)
)
layer_case("spatial_dropout1d", lambda la: la.SpatialDropout1D(0.25), floats(2, 3, 4))
layer_case("activity_regularization", lambda la: la.ActivityRegularization(l2=0.5), floats(3, 4))
layer_case("gaussian_noise", lambda la: la.GaussianNoise(0.25), floats(3, 4))
layer_case("gaussian_dropout", lambda la: la.GaussianDropout(0.25), floats(3, 4))
layer_case("alpha_dropout", lambda la: la.AlphaDropout(0.25), floats(3, 4))
layer_case("rms_normalization", lambda la: la.RMSNormalization(epsilon=0.1), floats(3, 4))
layer_case(
    "rms_normalization_two_axes", lambda la: la.RMSNormalization(axis=[1, 2]), floats(2, 3, 4)
)
layer_case(
    "time_distributed",
    lambda la: la.TimeDistributed(la.Dense(2, activation="tanh")),
    floats(2, 5, 3),
)
layer_case(
    "time_distributed_unknown_steps",
    lambda la: la.TimeDistributed(la.Dense(2)),
    floats(2, 5, 3),
    shape=(None, 3),
)
layer_case("time_distributed_flatten", lambda la: la.TimeDistributed(la.Flatten()),
           floats(2, 3, 4, 2))  # fmt: skip
layer_case("time_distributed_pooling",
           lambda la: la.TimeDistributed(la.GlobalAveragePooling1D()),
           floats(2, 3, 4, 2))  # fmt: skip


def rows(*inner: int) -> Feed:
    """Ragged rows of 2, 0 and 3 items."""
    return lambda draw: Ragged.of(draw.floats((5, *inner)), [0, 2, 2, 5])


layer_case("time_distributed_ragged", lambda la: la.TimeDistributed(la.Dense(2)),
           rows(3), sources=("tf_keras",))  # fmt: skip
layer_case("spatial_dropout1d_ragged", lambda la: la.SpatialDropout1D(0.25),
           rows(3), sources=("tf_keras",))  # fmt: skip
layer_case("gaussian_noise_ragged", lambda la: la.GaussianNoise(0.25),
           rows(3), sources=("tf_keras",))  # fmt: skip


@case("time_distributed_model", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(3,))
    step = k.Model(x, la.Dense(2)(la.LayerNormalization(epsilon=0.1)(x)))
    s = k.Input(shape=(4, 3))
    return k.Model(s, la.TimeDistributed(step)(s)), draw.floats((2, 4, 3))
