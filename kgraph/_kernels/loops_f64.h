/* float64 scalar functions: loops_f32.h at twice the width, where the reasons are given.
 *
 * AVX2 has neither an arithmetic shift of int64 nor its conversion to double, so exponents travel
 * as unsigned numbers with a bias, or in the low bits of a double near 1.5 * 2^52. */

/* ---- arithmetic ---- */
KG_INLINE double S(neg_f64)(double x) { return -x; }
KG_INLINE double S(abs_f64)(double x) { return __builtin_fabs(x); }
KG_INLINE double S(square_f64)(double x) { return x * x; }
KG_INLINE double S(sqrt_f64)(double x) { return __builtin_sqrt(x); }
KG_INLINE double S(rsqrt_f64)(double x) { return 1.0 / __builtin_sqrt(x); }
KG_INLINE double S(reciprocal_f64)(double x) { return 1.0 / x; }
KG_INLINE double S(sign_f64)(double x) {
    const double positive = x > 0 ? 1.0 : 0.0;
    return x != x ? x : (x < 0 ? -1.0 : positive);
}
KG_INLINE double S(at_least_f64)(double x, double low) { return low > x ? low : x; }
KG_INLINE double S(at_most_f64)(double x, double high) { return high < x ? high : x; }
KG_INLINE double S(clamp_f64)(double x, double low, double high) {
    return S(at_most_f64)(S(at_least_f64)(x, low), high);
}
KG_INLINE double S(relu_f64)(double x) { return S(at_least_f64)(x, KG_LIMIT(double, 0)); }
KG_INLINE uint8_t S(isnan_f64)(double x) { return x != x; }
KG_INLINE uint8_t S(isinf_f64)(double x) { return __builtin_fabs(x) == __builtin_inf(); }
KG_INLINE uint8_t S(isfinite_f64)(double x) { return __builtin_fabs(x) < __builtin_inf(); }

#if KG_HAS_ROUND
KG_INLINE double S(round_f64)(double x) { return __builtin_rint(x); }
KG_INLINE double S(floor_f64)(double x) { return __builtin_floor(x); }
KG_INLINE double S(ceil_f64)(double x) { return __builtin_ceil(x); }
KG_INLINE double S(trunc_f64)(double x) { return __builtin_trunc(x); }
#else
KG_INLINE double S(round_f64)(double x) {
    const double a = __builtin_fabs(x);
    const double r = (a + 0x1p52) - 0x1p52;
    return a < 0x1p52 ? __builtin_copysign(r, x) : x;
}
KG_INLINE double S(floor_f64)(double x) {
    const double r = S(round_f64)(x);
    return __builtin_copysign(r - (r > x ? 1.0 : 0.0), x);
}
KG_INLINE double S(ceil_f64)(double x) { return -S(floor_f64)(-x); }
KG_INLINE double S(trunc_f64)(double x) {
    return __builtin_copysign(S(floor_f64)(__builtin_fabs(x)), x);
}
#endif

/* ---- exponentials ---- */
typedef struct {
    double r;
    uint64_t n; /* only its low 12 bits count */
} S(reduced_f64);

KG_INLINE S(reduced_f64) S(reduce_exp_f64)(double x) {
    const double shifted = FMAD(x, 0x1.71547652b82fep+0, 0x1.8p52);
    const double n = shifted - 0x1.8p52;
    const double r = FMAD(n, -0x1.a39ef35793c76p-33, FMAD(n, -0x1.62e42feep-1, x));
    return (S(reduced_f64)){r, kg_bits_f64(shifted)};
}
KG_INLINE double S(pow2_f64)(uint64_t n) { return kg_from_bits_f64((n + 1023u) << 52); }

/* exp(r) - 1 on the reduced range, within 2^-61. */
KG_INLINE double S(expm1_poly_f64)(double r) {
    double q = 0x1.1ee873afdf89bp-29;
    q = FMAD(q, r, 0x1.af636ef08b947p-26);
    q = FMAD(q, r, 0x1.27e538842331bp-22);
    q = FMAD(q, r, 0x1.71ddf5d9b80b8p-19);
    q = FMAD(q, r, 0x1.a01a017992733p-16);
    q = FMAD(q, r, 0x1.a01a01b0c8c7ep-13);
    q = FMAD(q, r, 0x1.6c16c16c1fb4bp-10);
    q = FMAD(q, r, 0x1.111111110f4b4p-7);
    q = FMAD(q, r, 0x1.555555555553cp-5);
    q = FMAD(q, r, 0x1.5555555555559p-3);
    q = FMAD(q, r, 0.5);
    return FMAD(r * r, q, r);
}
KG_INLINE double S(scale_f64)(double p, uint64_t n) {
    const uint64_t half = n >> 1;
    return p * S(pow2_f64)(half) * S(pow2_f64)(n - half);
}
KG_INLINE double S(exp_f64)(double x) {
    x = S(clamp_f64)(x, KG_LIMIT(double, -746), KG_LIMIT(double, 710));
    const S(reduced_f64) v = S(reduce_exp_f64)(x);
    return S(scale_f64)(1.0 + S(expm1_poly_f64)(v.r), v.n);
}
KG_INLINE double S(exp_normal_f64)(double x) {
    const S(reduced_f64) v = S(reduce_exp_f64)(x);
    return (1.0 + S(expm1_poly_f64)(v.r)) * S(pow2_f64)(v.n);
}
/* 2^512 exp(x) of a number that is not positive. */
KG_INLINE double S(exp_raised_f64)(double x) {
    const S(reduced_f64) v = S(reduce_exp_f64)(S(at_least_f64)(x, KG_LIMIT(double, -746)));
    return (1.0 + S(expm1_poly_f64)(v.r)) * S(pow2_f64)(v.n + 512);
}
KG_INLINE double S(exp_nonpositive_f64)(double x) { return S(exp_raised_f64)(x) * 0x1p-512; }
KG_INLINE double S(exp2_f64)(double x) {
    const double c = S(clamp_f64)(x, KG_LIMIT(double, -1076), KG_LIMIT(double, 1025));
    const double shifted = c + 0x1.8p52;
    const double r = (c - (shifted - 0x1.8p52)) * 0x1.62e42fefa39efp-1;
    return S(scale_f64)(1.0 + S(expm1_poly_f64)(r), kg_bits_f64(shifted));
}
KG_INLINE double S(expm1_f64)(double x) {
    const double c = S(clamp_f64)(x, KG_LIMIT(double, -40), KG_LIMIT(double, 710));
    const S(reduced_f64) v = S(reduce_exp_f64)(c);
    const double half = S(pow2_f64)(v.n - 1);
    const double y = 2.0 * FMAD(half, S(expm1_poly_f64)(v.r), half - 0.5);
    return __builtin_fabs(x) < 0x1p-54 ? x : y;
}
KG_INLINE double S(tanh_f64)(double x) {
    const double a = __builtin_fabs(x);
    const S(reduced_f64) v = S(reduce_exp_f64)(2.0 * S(at_most_f64)(a, KG_LIMIT(double, 20)));
    const double scale = S(pow2_f64)(v.n);
    const double e = FMAD(scale, S(expm1_poly_f64)(v.r), scale - 1.0);
    return __builtin_copysign(e / (e + 2.0), x);
}
KG_INLINE double S(sigmoid_f64)(double x) {
    const double z = S(exp_nonpositive_f64)(-__builtin_fabs(x));
    return (x < 0 ? z : 1.0) / (1.0 + z);
}

/* ---- logarithms ---- */
/* log(1 + f) + k ln2 through s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - h + s (h + R(s^2))
 * with h = f^2 / 2; a direct polynomial would need some twenty terms. */
KG_INLINE double S(log_poly_f64)(double f, double k) {
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double h = 0.5 * f * f;
    double p = 0x1.2fa380d80073dp-3;
    p = FMAD(p, z, 0x1.39954dfe36251p-3);
    p = FMAD(p, z, 0x1.74669179e729cp-3);
    p = FMAD(p, z, 0x1.c71c51738513cp-3);
    p = FMAD(p, z, 0x1.2492494116f3cp-2);
    p = FMAD(p, z, 0x1.99999999832c1p-2);
    p = FMAD(p, z, 0x1.555555555557fp-1);
    const double y = FMAD(s, FMAD(z, p, h), k * 0x1.a39ef35793c76p-33);
    return FMAD(k, 0x1.62e42feep-1, f - (h - y));
}
#define KG_SQRT_HALF_F64 0x3fe6a09e667f3bcdull
/* From a biased exponent word (exponent + 1024) << 52 to the exponent as a double. */
KG_INLINE double S(exponent_f64)(uint64_t biased) {
    return kg_from_bits_f64((biased >> 52) | 0x4330000000000000ull) - (0x1p52 + 1024.0);
}
KG_INLINE double S(log_f64)(double x) {
    const double inf = __builtin_inf();
    const int tiny = x < 0x1p-1022;
    const uint64_t u = kg_bits_f64(tiny ? x * 0x1p52 : x);
    const uint64_t biased = (u - KG_SQRT_HALF_F64 + (1024ull << 52)) & (0xfffull << 52);
    const double m = kg_from_bits_f64(u - biased + (1024ull << 52));
    const double k = S(exponent_f64)(biased) - (tiny ? 52.0 : 0.0);
    double y = S(log_poly_f64)(m - 1.0, k);
    y = x < inf ? y : x;
    y = x < 0 ? __builtin_nan("") : y;
    return x == 0 ? -inf : y;
}
KG_INLINE double S(log1p_f64)(double x) {
    const double inf = __builtin_inf();
    const uint64_t u = kg_bits_f64(1.0 + x);
    const uint64_t biased = (u - KG_SQRT_HALF_F64 + (1024ull << 52)) & (0xfffull << 52);
    const double four = kg_from_bits_f64(((1025ull + 1024ull) << 52) - biased);
    const double f = FMAD(0.25 * x, four, 0.25 * four - 1.0);
    double y = S(log_poly_f64)(f, S(exponent_f64)(biased));
    y = __builtin_fabs(x) < 0x1p-54 ? x : y;
    y = x < inf ? y : x;
    y = x < -1.0 ? __builtin_nan("") : y;
    return x == -1.0 ? -inf : y;
}
KG_INLINE double S(log1p_unit_f64)(double z) {
    const int big = z > 0x1.a827999fcef32p-2;
    return S(log_poly_f64)(big ? FMAD(z, 0.5, -0.5) : z, big ? 1.0 : 0.0);
}
KG_INLINE double S(softplus_f64)(double x) {
    const double z = S(exp_nonpositive_f64)(-__builtin_fabs(x));
    return S(log1p_unit_f64)(z) + S(relu_f64)(x);
}
KG_INLINE double S(log_sigmoid_f64)(double x) { return -S(softplus_f64)(-x); }

/* ---- erf: x P(x^2) up to 1, then 1 - exp(-Q(x)); at 6 it is 1 ---- */
KG_INLINE double S(erf_f64)(double x) {
    double a = __builtin_fabs(x);
    a = 6.0 < a ? 6.0 : a;
    const double z = a * a;
    double p = 0x1.055afdfe3eb56p-34;
    p = FMAD(p, z, -0x1.385fb872dc0b7p-30);
    p = FMAD(p, z, 0x1.f7a09b8445301p-27);
    p = FMAD(p, z, -0x1.5f1ce707b1ccfp-23);
    p = FMAD(p, z, 0x1.b9dee88dc5cf2p-20);
    p = FMAD(p, z, -0x1.f4d1de8bc2af7p-17);
    p = FMAD(p, z, 0x1.f9a321987f8a7p-14);
    p = FMAD(p, z, -0x1.c02db3d8a56bbp-11);
    p = FMAD(p, z, 0x1.565bcd0daeb69p-8);
    p = FMAD(p, z, -0x1.b82ce3128490dp-6);
    p = FMAD(p, z, 0x1.ce2f21a042b1fp-4);
    p = FMAD(p, z, -0x1.812746b0379e6p-2);
    p = FMAD(p, z, 0x1.06eba8214db69p-3); /* 2 / sqrt(pi) - 1 */
    const double near = FMAD(a, p, a);
    double q = 0x1.5c16abaa78c45p-38;
    q = FMAD(q, a, -0x1.c33c4b4f6a1dep-33);
    q = FMAD(q, a, 0x1.0f3b6ba313ed1p-28);
    q = FMAD(q, a, -0x1.8ffbae179d916p-25);
    q = FMAD(q, a, 0x1.91ff101421ba9p-22);
    q = FMAD(q, a, -0x1.1f771219e4dfep-19);
    q = FMAD(q, a, 0x1.23b1f40597ca8p-17);
    q = FMAD(q, a, -0x1.8056fef67a545p-16);
    q = FMAD(q, a, 0x1.57c012f0d3ab1p-16);
    q = FMAD(q, a, 0x1.1a44d64c64239p-13);
    q = FMAD(q, a, -0x1.93a7e20f8cb78p-11);
    q = FMAD(q, a, 0x1.f602df9512a23p-10);
    q = FMAD(q, a, -0x1.ada0fb2cfb314p-12);
    q = FMAD(q, a, -0x1.3725637213f7ap-6);
    q = FMAD(q, a, 0x1.a4acbe2a8e1b7p-4);
    q = FMAD(q, a, 0x1.45f622c09c59ap-1);
    q = FMAD(q, a, 0x1.20dd205b6be0ep+0);
    q = FMAD(q, a, 0x1.0c255efcc36e6p-21);
    const double far = 1.0 - S(exp_normal_f64)(-q);
    return __builtin_copysign(a < 1.0 ? near : far, x);
}

/* ---- gelu: x / 2 (1 + erf(x / sqrt 2)), or with a tanh: the steps and bits of writing it so ---- */
KG_INLINE double S(gelu_f64)(double x) {
    return x * 0.5 * (S(erf_f64)(x * 0x1.6a09e667f3bcdp-1) + 1);
}
KG_INLINE double S(gelu_tanh_f64)(double x) {
    const double cubic = x + x * x * x * 0x1.6e4e26d4801f7p-5;
    return x * 0.5 * (S(tanh_f64)(cubic * 0x1.9884533d43651p-1) + 1);
}

/* ---- sine and cosine of |x| <= KG_TRIG_LIMIT; parts of 33 bits, as n has up to 13 ---- */
typedef struct {
    double r, tail;
    uint64_t n; /* only its low 2 bits count */
} S(quadrant_f64);

KG_INLINE S(quadrant_f64) S(reduce_trig_f64)(double x) {
    const double shifted = FMAD(x, 0x1.45f306dc9c883p-1, 0x1.8p52);
    const double n = shifted - 0x1.8p52;
    const double r1 = FMAD(n, -0x1.921fb544p+0, x);
    const double r2 = FMAD(n, -0x1.0b4611a6p-34, r1);
    double tail = FMAD(n, -0x1.0b4611a6p-34, r1 - r2);
    tail = FMAD(n, -0x1.3198a2e037073p-69, tail);
    return (S(quadrant_f64)){r2, tail, kg_bits_f64(shifted)};
}
KG_INLINE double S(sin_poly_f64)(S(quadrant_f64) v) {
    const double z = v.r * v.r;
    double p = FMAD(0x1.5d7e3ef6fcf04p-33, z, -0x1.ae5e2d5c3a269p-26);
    p = FMAD(p, z, 0x1.71de354989aefp-19);
    p = FMAD(p, z, -0x1.a01a019c08235p-13);
    p = FMAD(p, z, 0x1.111111110fa34p-7);
    p = FMAD(p, z, -0x1.555555555554cp-3);
    return v.r + FMAD(v.r * z, p, v.tail);
}
KG_INLINE double S(cos_poly_f64)(S(quadrant_f64) v) {
    const double z = v.r * v.r, h = 0.5 * z;
    double p = FMAD(-0x1.8ff0a5f3e5f78p-37, z, 0x1.1eea79dbf10f9p-29);
    p = FMAD(p, z, -0x1.27e4f8f112d09p-22);
    p = FMAD(p, z, 0x1.a01a019e10a06p-16);
    p = FMAD(p, z, -0x1.6c16c16c160a6p-10);
    p = FMAD(p, z, 0x1.5555555555553p-5);
    const double w = 1.0 - h; /* what this rounds off goes back in below */
    return w + FMAD(z * z, p, (1.0 - w) - h - v.r * v.tail);
}
KG_INLINE double S(sin_near_f64)(double x) {
    const S(quadrant_f64) v = S(reduce_trig_f64)(x);
    const double y = v.n & 1u ? S(cos_poly_f64)(v) : S(sin_poly_f64)(v);
    const double s = kg_from_bits_f64(kg_bits_f64(y) ^ ((v.n & 2u) << 62));
    return x == 0 ? x : s;
}
KG_INLINE double S(cos_near_f64)(double x) {
    const S(quadrant_f64) v = S(reduce_trig_f64)(x);
    const double y = v.n & 1u ? S(sin_poly_f64)(v) : S(cos_poly_f64)(v);
    return kg_from_bits_f64(kg_bits_f64(y) ^ (((v.n + 1u) & 2u) << 62));
}
KG_INLINE double S(tan_near_f64)(double x) {
    const S(quadrant_f64) v = S(reduce_trig_f64)(x);
    const double s = S(sin_poly_f64)(v), c = S(cos_poly_f64)(v);
    const double y = v.n & 1u ? -c / s : s / c;
    return x == 0 ? x : y;
}

/* ---- binary and ternary ---- */
KG_INLINE double S(add_f64)(double a, double b) { return a + b; }
KG_INLINE double S(sub_f64)(double a, double b) { return a - b; }
KG_INLINE double S(mul_f64)(double a, double b) { return a * b; }
KG_INLINE double S(div_f64)(double a, double b) { return a / b; }
KG_INLINE double S(maximum_f64)(double a, double b) { return (a >= b) | (a != a) ? a : b; }
KG_INLINE double S(minimum_f64)(double a, double b) { return (a <= b) | (a != a) ? a : b; }
KG_INLINE double S(copysign_f64)(double a, double b) { return __builtin_copysign(a, b); }
KG_INLINE double S(add_relu_f64)(double a, double b) { return S(relu_f64)(a + b); }
KG_INLINE double S(sub_exp_f64)(double a, double b) { return S(exp_f64)(a - b); }
KG_INLINE double S(logaddexp_f64)(double a, double b) {
    const double far = a > b ? a : b;
    const double z = S(exp_f64)(-__builtin_fabs(a - b));
    const double y = far + S(log1p_unit_f64)(z);
    return a == b ? a + 0x1.62e42fefa39efp-1 : y;
}
KG_INLINE double S(multiply_add_f64)(double a, double b, double c) { return a * b + c; }

/* ---- pow of float32, in float64: the error of y log|x| is far below a float32's last bit ---- */
#if KG_HAS_FMA
KG_INLINE float S(pow_f32)(float base, float exponent) {
    const double x = base, y = exponent, a = __builtin_fabs(x);
    const int whole = S(trunc_f64)(y) == y;
    const int odd = whole & (S(trunc_f64)(0.5 * y) != 0.5 * y);
    double p = S(exp_f64)(y * S(log_f64)(a));
    p = (a == 1.0) & (y == y) ? 1.0 : p; /* also of infinite y, where 0 * inf is NaN */
    p = odd ? __builtin_copysign(p, x) : p;
    p = (x < 0) & (a < __builtin_inf()) & !whole ? __builtin_nan("") : p;
    return (float)((y == 0) | (x == 1.0) ? 1.0 : p);
}
#else /* two lanes of float64 are slower than the C library */
KG_INLINE float S(pow_f32)(float base, float exponent) { return powf(base, exponent); }
#endif
