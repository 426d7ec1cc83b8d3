"""Layers that cut, pad and repeat steps, that bend numbers, and that do nothing at inference."""

from __future__ import annotations

from .registry import floats, layer_case

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
