"""Every elementwise loop against a NumPy twin, on every instruction set that this machine has.

The suite walks the table of loops: a loop without a twin fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kgraph._kernels import loops

Array = npt.NDArray[Any]
Twin = Callable[..., Array]

FLOATS: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 1.5, 2.5, 3.0, -7.0, 1e30]


def _sigmoid(x: Array) -> Array:
    z = np.exp(-np.abs(x))
    quotient: Array = np.where(x < 0, z, 1) / (1 + z)
    return quotient


def _softplus(x: Array) -> Array:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def _gelu(x: Array) -> Array:
    return x / 2 * (1 + np.vectorize(math.erf, [np.float64])(x * math.sqrt(0.5)))


def _gelu_tanh(x: Array) -> Array:
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


# Twins that are right to the last bit: one correctly rounded operation, or none.
EXACT: dict[str, Twin] = {
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "square": np.square,
    "sqrt": np.sqrt,
    "reciprocal": lambda x: np.divide(x.dtype.type(1), x),
    "rsqrt": lambda x: np.divide(x.dtype.type(1), np.sqrt(x)),
    "relu": lambda x: np.maximum(x, x.dtype.type(0)),
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "round": np.rint,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "copysign": np.copysign,
    "fmod": np.fmod,
    "mod": np.mod,
    "floor_divide": np.floor_divide,
    "add_relu": lambda a, b: np.maximum(a + b, a.dtype.type(0)),
    "multiply_add": lambda a, b, c: a * b + c,
    "where": np.where,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "invert": np.invert,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "left_shift": np.left_shift,
    "right_shift": np.right_shift,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "logical_not": np.logical_not,
}

# Twins in extended precision, and the largest error allowed, in units in the last place.
# A bound holds for float32 and float64, on every target; loops.h has the measured maxima.
ROUNDED: dict[str, tuple[Twin, float]] = {
    "exp": (np.exp, 1.25),
    "exp2": (np.exp2, 1.25),
    "expm1": (np.expm1, 2.25),
    "log": (np.log, 1.0),
    "log2": (np.log2, 1.5),
    "log10": (np.log10, 2.5),
    "log1p": (np.log1p, 1.75),
    "sin": (np.sin, 1.5),
    "cos": (np.cos, 1.5),
    "tan": (np.tan, 2.5),
    "tanh": (np.tanh, 2.75),
    "sigmoid": (_sigmoid, 2.5),
    "softplus": (_softplus, 2.0),
    "log_sigmoid": (lambda x: -_softplus(-x), 2.0),
    "erf": (np.vectorize(math.erf, [np.float64]), 2.0),
    "gelu": (_gelu, 3.0),  # in units of x / 2: far below zero 1 + erf cancels
    "gelu_tanh": (_gelu_tanh, 4.0),
    "erfc": (np.vectorize(math.erfc, [np.float64]), 3.0),
    "arcsin": (np.arcsin, 2.0),
    "arccos": (np.arccos, 2.0),
    "arctan": (np.arctan, 2.0),
    "sinh": (np.sinh, 2.5),
    "cosh": (np.cosh, 2.5),
    "arcsinh": (np.arcsinh, 2.5),
    "arccosh": (np.arccosh, 2.5),
    "arctanh": (np.arctanh, 2.5),
    "pow": (np.power, 1.5),
    "arctan2": (np.arctan2, 2.0),
    "hypot": (np.hypot, 1.5),
    "logaddexp": (np.logaddexp, 20.0),  # a - b is rounded: |a - b| / 2 units of what is added
    "sub_exp": (None, 1.25),  # type: ignore[dict-item]  # exp of the rounded difference, below
}

targets = pytest.mark.parametrize("target", loops.targets())
every_loop = pytest.mark.parametrize("name", loops.loop_names())


def _op(name: str) -> str:
    return "cast" if name.startswith("cast_") else name.rpartition("_")[0]


def _samples(dtype: np.dtype[Any], n: int, rng: np.random.Generator, op: str) -> Array:
    """Edge values first, then numbers of every magnitude (no NaN but the one edge value)."""
    if dtype.kind == "b":
        return rng.integers(0, 2, n).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        edges = np.array([0, 1, 2, 3, 7, info.max, info.min, info.max - 1, info.bits - 1], dtype)
        wide = rng.integers(info.min, info.max, n, dtype, endpoint=True)
        wide[::2] = rng.integers(max(-9, int(info.min)), 10, len(wide[::2])).astype(dtype)
        wide[: len(edges)] = rng.permutation(edges)[:n]
        return wide
    with np.errstate(over="ignore"):
        edges = np.array([*SPECIAL, 5e-324, 1e-40, -1e-310, 8192, 8193, 1e5, 88.8, -104], dtype)
        normal = rng.normal(0, 4, n)
        normal[::3] *= np.exp2(rng.integers(-60, 60, len(normal[::3])))
        x = normal.astype(dtype)
    x[: len(edges)] = rng.permutation(edges)[:n]
    return x


def _arguments(name: str, n: int, seed: int = 0) -> tuple[Array, ...]:
    rng = np.random.default_rng([seed, n, *name.encode()])
    _, dtypes = loops.loop_signature(name)
    arrays: list[Array] = [_samples(dtype, n, rng, _op(name)) for dtype in dtypes]
    if _op(name) == "pow" and dtypes[0].kind in "iu":
        arrays[1] = arrays[1] % 67  # a negative exponent has no integer result
    return tuple(arrays)


def _run(name: str, *arrays: Array, target: str | None = None) -> Array:
    out = np.empty(len(arrays[0]), loops.loop_signature(name)[0])
    loops.run_loop(name, out, *arrays, target=target)
    return out


def _ulps(got: Array, wanted: Array, unit: Array | None = None) -> Array:
    """Distance in units in the last place of the wanted number (or unit); inf for other kinds."""
    dtype = got.dtype
    with np.errstate(all="ignore"):
        rounded = wanted.astype(dtype)
        same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
        distance = np.abs(got.astype(np.longdouble) - wanted)
        size = np.abs(rounded if unit is None else np.where(abs(unit) > abs(wanted), unit, wanted))
        ulps: Array = distance / np.spacing(size.astype(dtype)).astype(np.longdouble)
    ulps[same] = np.minimum(ulps[same], 1)
    ulps[same & ~np.isfinite(rounded)] = 0
    ulps[np.isnan(ulps)] = np.inf
    return ulps


def _wanted(name: str, arrays: tuple[Array, ...]) -> tuple[Array, float]:
    """The twin's result and the error allowed (0: the same bits, any NaN for a NaN)."""
    op = _op(name)
    result, dtypes = loops.loop_signature(name)
    with np.errstate(all="ignore"):
        if op in EXACT or (op == "pow" and dtypes[0].kind in "iu"):
            return np.asarray(EXACT.get(op, np.power)(*arrays)).astype(result), 0
        twin, bound = ROUNDED[op]
        if op == "sub_exp":
            arrays, twin = (arrays[0] - arrays[1],), np.exp
        wide = np.float64 if op in ("erf", "erfc") else np.longdouble
        return twin(*(x.astype(wide) for x in arrays)).astype(np.longdouble), bound


@every_loop
def test_every_loop_has_a_twin(name: str) -> None:
    op = _op(name)
    assert op == "cast" or op in EXACT or op in ROUNDED


@targets
@pytest.mark.parametrize("name", [n for n in loops.loop_names() if _op(n) != "cast"])
def test_loop_agrees_with_its_twin(name: str, target: str) -> None:
    for n in (*range(9), 31, 70, 20_000):
        arrays = _arguments(name, n)
        got = _run(name, *arrays, target=target)
        wanted, bound = _wanted(name, arrays)
        if bound == 0:
            np.testing.assert_array_equal(got, wanted)
        else:
            # the sum of a logaddexp may cancel: there the larger argument gives the unit
            unit = np.maximum(*arrays) if _op(name) == "logaddexp" else wanted
            unit = arrays[0] / 2 if _op(name).startswith("gelu") else unit
            worst = _ulps(got, wanted, unit)
            assert not n or worst.max() <= bound, [x[worst.argmax()] for x in (*arrays, got)]


DENSE = {  # where a function bends: ranges that random magnitudes seldom meet
    "exp": (-104, 89),
    "expm1": (-20, 89),
    "exp2": (-150, 128),
    "log": (0.3, 3),
    "log1p": (-0.9, 3),
    "tanh": (-10, 10),
    "sigmoid": (-104, 20),
    "softplus": (-90, 20),
    "log_sigmoid": (-20, 90),
    "erf": (-4.5, 4.5),
    "sin": (-8192, 8192),
    "cos": (-8192, 8192),
    "tan": (-8192, 8192),
}


@targets
@pytest.mark.parametrize("tag", FLOATS)
@pytest.mark.parametrize("op", DENSE)
def test_dense_sweep_stays_within_the_documented_error(op: str, tag: str, target: str) -> None:
    x = np.linspace(*DENSE[op], 200_001).astype(FLOATS[tag])
    wanted, bound = _wanted(f"{op}_{tag}", (x,))
    worst = _ulps(_run(f"{op}_{tag}", x, target=target), wanted)
    assert worst.max() <= bound, x[worst.argmax()]


@targets
@every_loop
def test_result_depends_on_the_element_alone(name: str, target: str) -> None:
    """One element at a time, unaligned, in place: always the same bits."""
    result, dtypes = loops.loop_signature(name)
    arrays = _arguments(name, 70, seed=1)
    whole = _run(name, *arrays, target=target)
    for i in range(70):
        alone = _run(name, *(x[i : i + 1] for x in arrays), target=target)
        assert alone.tobytes() == whole[i : i + 1].tobytes(), [x[i] for x in arrays]
    for start, stop in ((1, 70), (3, 20), (5, 22), (7, 71), (2, 67)):
        part = _run(name, *(x[start:stop] for x in arrays), target=target)
        assert part.tobytes() == whole[start:stop].tobytes()
    shifted = tuple(_unaligned(x) for x in arrays)
    out = _unaligned(np.zeros(70, result))
    loops.run_loop(name, out, *shifted, target=target)
    assert out.tobytes() == whole.tobytes()
    for i, dtype in enumerate(dtypes):
        if dtype.itemsize == result.itemsize:
            copies = [x.copy() for x in arrays]
            loops.run_loop(name, copies[i].view(result), *copies, target=target)
            assert copies[i].tobytes() == whole.tobytes()


def _unaligned(x: Array) -> Array:
    """A copy whose data starts one byte after an address that suits its dtype."""
    raw = np.empty(x.nbytes + 1, np.uint8)
    copy = raw[1:].view(x.dtype)
    copy[:] = x
    return copy


@targets
@pytest.mark.parametrize("name", [n for n in loops.loop_names() if _op(n) == "cast"])
def test_cast_agrees_with_numpy(name: str, target: str) -> None:
    result, (source,) = loops.loop_signature(name)
    x = _arguments(name, 3000)[0]
    if source.kind == "f" and result.kind in "iu":  # out of range is undefined in C
        low, high = (0, 250) if result.kind == "u" else (-128, 127)
        x = np.random.default_rng(0).uniform(low, high, 3000).astype(source)
        if result.itemsize == 8:
            x *= source.type(2.0**55)
    with np.errstate(all="ignore"):
        wanted = x.astype(result)
    np.testing.assert_array_equal(_run(name, x, target=target), wanted)


@targets
def test_float16_casts_are_right_for_every_bit_pattern(target: str) -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    for tag, dtype in FLOATS.items():
        wide = _run(f"cast_f16_{tag}", halves, target=target)
        np.testing.assert_array_equal(wide, halves.astype(dtype))
        finite = wide[np.isfinite(wide)]
        # halfway to the neighbour, and a hair on both sides: where rounding is decided
        with np.errstate(over="ignore"):
            above = np.nextafter(np.abs(finite).astype(np.float16), np.float16(np.inf))
        ties = (np.abs(finite) + above.astype(dtype)) / 2
        ties = ties[np.isfinite(ties)]
        for x in (ties, -ties, np.nextafter(ties, dtype(0)), np.nextafter(ties, dtype(np.inf))):
            with np.errstate(all="ignore"):
                wanted = x.astype(np.float16)
            got = _run(f"cast_{tag}_f16", x, target=target)
            np.testing.assert_array_equal(got.view(np.uint16), wanted.view(np.uint16))


@targets
def test_float64_to_float16_rounds_once(target: str) -> None:
    x = np.array([1 + 2.0**-11 + 2.0**-40, 2.0**-25 + 2.0**-70, 65520 - 2.0**-30])
    wanted = np.array([1 + 2.0**-10, 2.0**-24, 65504], np.float16)
    np.testing.assert_array_equal(_run("cast_f64_f16", x, target=target), wanted)


@targets
@pytest.mark.parametrize("tag", FLOATS)
def test_edges_come_out_as_in_numpy(tag: str, target: str) -> None:
    dtype = FLOATS[tag]
    x = np.array([*SPECIAL, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max], dtype)
    same_as_numpy = ("exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "sqrt", "arctan")
    for op in same_as_numpy:
        with np.errstate(all="ignore"):
            wanted = getattr(np, op)(x)
        got = _run(f"{op}_{tag}", x, target=target)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted), err_msg=op)
        np.testing.assert_array_equal(np.isinf(got), np.isinf(wanted), err_msg=op)
        sign = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(got[sign]), np.signbit(wanted[sign]), err_msg=op)


@targets
@pytest.mark.parametrize("tag", FLOATS)
@pytest.mark.parametrize(
    ("op", "twin"),
    [
        ("pow", np.power),
        ("arctan2", np.arctan2),
        ("hypot", np.hypot),
        ("logaddexp", np.logaddexp),
        ("mod", np.mod),
        ("floor_divide", np.floor_divide),
        ("fmod", np.fmod),
        ("maximum", np.maximum),
        ("minimum", np.minimum),
    ],
)
def test_every_pair_of_edges_comes_out_as_in_numpy(
    op: str, twin: Twin, tag: str, target: str
) -> None:
    edges = np.array([*SPECIAL, 2.0, -2.0, 1e-40, -3.0, 1e-30], FLOATS[tag])
    a, b = (x.ravel() for x in np.meshgrid(edges, edges))
    with np.errstate(all="ignore"):
        wanted = twin(a, b)
    got = _run(f"{op}_{tag}", a, b, target=target)
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-44)
    sign = ~np.isnan(wanted) & (op == "pow")
    np.testing.assert_array_equal(np.signbit(got[sign]), np.signbit(wanted[sign]))


@targets
def test_multiply_add_rounds_twice(target: str) -> None:
    """A fused product would keep the 2^-24 that separates (1 + e)^2 from 1 + 2e."""
    x = np.full(40, 1 + 2.0**-12, np.float32)
    c = np.full(40, -(1 + 2.0**-11), np.float32)
    np.testing.assert_array_equal(_run("multiply_add_f32", x, x, c, target=target), 0)


@targets
def test_smallest_integer_divides_by_minus_one(target: str) -> None:
    for dtype in (np.int8, np.int16, np.int32, np.int64):
        tag = f"i{np.dtype(dtype).itemsize * 8}"
        low, minus = np.array([np.iinfo(dtype).min], dtype), np.array([-1], dtype)
        assert _run(f"floor_divide_{tag}", low, minus, target=target)[0] == low[0]
        assert _run(f"mod_{tag}", low, minus, target=target)[0] == 0


@targets
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize(
    ("op", "twin"),
    [
        ("trunc", np.trunc),
        ("round", np.rint),
        ("floor", np.floor),
        ("ceil", np.ceil),
        ("mod", np.mod),
        ("floor_divide", np.floor_divide),
        ("fmod", np.fmod),
    ],
)
def test_zeros_have_the_sign_that_numpy_gives_them(
    op: str, twin: Any, dtype: str, target: str
) -> None:
    numbers = [sign * x for x in (0.0, 0.3, 0.5, 1.0, 2.5, 4.0, 1e-40) for sign in (1, -1)]
    kind, arguments = loops.loop_signature(f"{op}_{dtype}")
    axes = np.meshgrid(*[np.array(numbers, kind)] * len(arguments))
    arrays = [axis.ravel().copy() for axis in axes]
    with np.errstate(all="ignore"):
        wanted = twin(*arrays)
    found = _run(f"{op}_{dtype}", *arrays, target=target)
    known = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(wanted)[known])
    np.testing.assert_array_equal(found, wanted)
