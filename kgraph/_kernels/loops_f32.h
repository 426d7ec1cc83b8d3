/* float32 scalar functions, branch-free so that the loops around them vectorise.
 *
 * Included once per target: S(name) appends the target, FMAF is a fused multiply-add where the
 * target has one and a * b + c in base.  Polynomials are minimax fits (Remez, 50 digits) over the
 * reduced range.  No function may depend on anything but its arguments: the vector body and the
 * padded tail must give the same bits.
 *
 * Largest error found, in ULP: see the table in loops.h. */

/* ---- arithmetic ---- */
KG_INLINE float S(neg_f32)(float x) { return -x; }
KG_INLINE float S(abs_f32)(float x) { return __builtin_fabsf(x); }
KG_INLINE float S(square_f32)(float x) { return x * x; }
KG_INLINE float S(sqrt_f32)(float x) { return __builtin_sqrtf(x); }
KG_INLINE float S(rsqrt_f32)(float x) { return 1.0f / __builtin_sqrtf(x); }
KG_INLINE float S(reciprocal_f32)(float x) { return 1.0f / x; }
KG_INLINE float S(sign_f32)(float x) {
    const float s = (float)(x > 0) - (float)(x < 0);
    return x != x ? x : s;
}
/* NaN stays NaN. */
KG_INLINE float S(at_least_f32)(float x, float low) { return low > x ? low : x; }
KG_INLINE float S(at_most_f32)(float x, float high) { return high < x ? high : x; }
KG_INLINE float S(clamp_f32)(float x, float low, float high) {
    return S(at_most_f32)(S(at_least_f32)(x, low), high);
}
KG_INLINE float S(relu_f32)(float x) { return S(at_least_f32)(x, KG_LIMIT(float, 0)); }
KG_INLINE uint8_t S(isnan_f32)(float x) { return x != x; }
KG_INLINE uint8_t S(isinf_f32)(float x) { return __builtin_fabsf(x) == __builtin_inff(); }
KG_INLINE uint8_t S(isfinite_f32)(float x) { return __builtin_fabsf(x) < __builtin_inff(); }

#if KG_HAS_ROUND
KG_INLINE float S(round_f32)(float x) { return __builtin_rintf(x); }
KG_INLINE float S(floor_f32)(float x) { return __builtin_floorf(x); }
KG_INLINE float S(ceil_f32)(float x) { return __builtin_ceilf(x); }
KG_INLINE float S(trunc_f32)(float x) { return __builtin_truncf(x); }
#else
/* Adding and subtracting 2^23 rounds to even; larger numbers are integers already. */
KG_INLINE float S(round_f32)(float x) {
    const float a = __builtin_fabsf(x);
    const float r = (a + 0x1p23f) - 0x1p23f;
    return a < 0x1p23f ? __builtin_copysignf(r, x) : x;
}
KG_INLINE float S(floor_f32)(float x) {
    const float r = S(round_f32)(x);
    return __builtin_copysignf(r - (float)(r > x), x);
}
KG_INLINE float S(ceil_f32)(float x) { return -S(floor_f32)(-x); }
KG_INLINE float S(trunc_f32)(float x) {
    return __builtin_copysignf(S(floor_f32)(__builtin_fabsf(x)), x);
}
#endif

/* ---- exponentials ---- */
/* x = n ln2 + r with |r| <= ln2 / 2.  n comes from the low bits of a float near 1.5 * 2^23. */
typedef struct {
    float r;
    uint32_t n; /* only its low 9 bits count */
} S(reduced_f32);

KG_INLINE S(reduced_f32) S(reduce_exp_f32)(float x) {
    const float shifted = FMAF(x, 0x1.715476p+0f, 0x1.8p23f);
    const float n = shifted - 0x1.8p23f;
    const float r = FMAF(n, 0x1.bd0106p-13f, FMAF(n, -0x1.63p-1f, x));
    return (S(reduced_f32)){r, kg_bits_f32(shifted)};
}
KG_INLINE float S(pow2_f32)(uint32_t n) { return kg_from_bits_f32((n + 127u) << 23); }

/* exp(r) - 1 on the reduced range, within 2^-26. */
KG_INLINE float S(expm1_poly_f32)(float r) {
    float q = 0x1.6be9a0p-10f;
    q = FMAF(q, r, 0x1.122cfep-7f);
    q = FMAF(q, r, 0x1.555682p-5f);
    q = FMAF(q, r, 0x1.5554aap-3f);
    q = FMAF(q, r, 0x1.fffffep-2f);
    return FMAF(r * r, q, r);
}
/* Two factors reach subnormals and infinity with one rounding; NaN passes through a product. */
KG_INLINE float S(scale_f32)(float p, uint32_t n) {
    const uint32_t half = n >> 1;
    return p * S(pow2_f32)(half) * S(pow2_f32)(n - half);
}
KG_INLINE float S(exp_f32)(float x) {
    x = S(clamp_f32)(x, KG_LIMIT(float, -104), KG_LIMIT(float, 89));
    const S(reduced_f32) v = S(reduce_exp_f32)(x);
    return S(scale_f32)(1.0f + S(expm1_poly_f32)(v.r), v.n);
}
/* exp of a number in [-87, 0]: the result is normal, so one factor will do. */
KG_INLINE float S(exp_normal_f32)(float x) {
    const S(reduced_f32) v = S(reduce_exp_f32)(x);
    return (1.0f + S(expm1_poly_f32)(v.r)) * S(pow2_f32)(v.n);
}
/* 2^64 exp(x) of a number that is not positive: never subnormal, so one factor will do. */
KG_INLINE float S(exp_raised_f32)(float x) {
    const S(reduced_f32) v = S(reduce_exp_f32)(S(at_least_f32)(x, KG_LIMIT(float, -104)));
    return (1.0f + S(expm1_poly_f32)(v.r)) * S(pow2_f32)(v.n + 64);
}
/* The same bits as exp_f32: the last product alone rounds. */
KG_INLINE float S(exp_nonpositive_f32)(float x) { return S(exp_raised_f32)(x) * 0x1p-64f; }
KG_INLINE float S(exp2_f32)(float x) {
    const float c = S(clamp_f32)(x, KG_LIMIT(float, -151), KG_LIMIT(float, 129));
    const float shifted = c + 0x1.8p23f;
    const float r = (c - (shifted - 0x1.8p23f)) * 0x1.62e430p-1f;
    return S(scale_f32)(1.0f + S(expm1_poly_f32)(r), kg_bits_f32(shifted));
}
KG_INLINE float S(expm1_f32)(float x) {
    const float c = S(clamp_f32)(x, KG_LIMIT(float, -20), KG_LIMIT(float, 89));
    const S(reduced_f32) v = S(reduce_exp_f32)(c);
    const float half = S(pow2_f32)(v.n - 1); /* 2^128 does not exist, 2^127 does */
    const float y = 2.0f * FMAF(half, S(expm1_poly_f32)(v.r), half - 0.5f);
    return __builtin_fabsf(x) < 0x1p-25f ? x : y; /* keeps -0.0 and subnormals */
}
KG_INLINE float S(tanh_f32)(float x) {
    const float a = __builtin_fabsf(x);
    const S(reduced_f32) v = S(reduce_exp_f32)(2.0f * S(at_most_f32)(a, KG_LIMIT(float, 10)));
    const float scale = S(pow2_f32)(v.n);
    const float e = FMAF(scale, S(expm1_poly_f32)(v.r), scale - 1.0f);
    return __builtin_copysignf(e / (e + 2.0f), x);
}
/* exp of minus |x| cannot overflow, and the quotient keeps the far left tail. */
KG_INLINE float S(sigmoid_f32)(float x) {
    const float z = S(exp_nonpositive_f32)(-__builtin_fabsf(x));
    return (x < 0 ? z : 1.0f) / (1.0f + z);
}

/* ---- logarithms ---- */
/* log(1 + f) + k ln2 for f in [sqrt(1/2) - 1, sqrt(2) - 1]. */
KG_INLINE float S(log_poly_f32)(float f, float k) {
    const float f2 = f * f;
    float p = 0x1.145d42p-4f;
    p = FMAF(p, f, -0x1.df12dep-4f);
    p = FMAF(p, f, 0x1.e760f4p-4f);
    p = FMAF(p, f, -0x1.fc0948p-4f);
    p = FMAF(p, f, 0x1.232ecap-3f);
    p = FMAF(p, f, -0x1.555c9ep-3f);
    p = FMAF(p, f, 0x1.99a51ap-3f);
    p = FMAF(p, f, -0x1.000006p-2f);
    p = FMAF(p, f, 0x1.555546p-2f);
    float y = FMAF(k, -0x1.bd0106p-13f, f2 * f * p);
    y = FMAF(-0.5f, f2, y);
    return FMAF(k, 0x1.63p-1f, f + y);
}
KG_INLINE float S(log_f32)(float x) {
    const float inf = __builtin_inff();
    const int tiny = x < 0x1p-126f;
    const uint32_t u = kg_bits_f32(tiny ? x * 0x1p23f : x);
    const uint32_t from_sqrt_half = u - 0x3f3504f3u;
    const int32_t k = ((int32_t)from_sqrt_half >> 23) - (tiny ? 23 : 0);
    const float m = kg_from_bits_f32(u - (from_sqrt_half & 0xff800000u));
    float y = S(log_poly_f32)(m - 1.0f, (float)k);
    y = x < inf ? y : x;
    y = x < 0 ? __builtin_nanf("") : y;
    return x == 0 ? -inf : y;
}
/* 1 + x = 2^k (1 + f) and f = x 2^-k + (2^-k - 1), which rounds once: no division, no loss. */
KG_INLINE float S(log1p_f32)(float x) {
    const float inf = __builtin_inff();
    const uint32_t exponent = (kg_bits_f32(1.0f + x) - 0x3f3504f3u) & 0xff800000u;
    const int32_t k = (int32_t)exponent >> 23;
    const float four = kg_from_bits_f32(0x40800000u - exponent); /* 4 * 2^-k is normal */
    const float f = FMAF(0.25f * x, four, 0.25f * four - 1.0f);
    float y = S(log_poly_f32)(f, (float)k);
    y = __builtin_fabsf(x) < 0x1p-25f ? x : y;
    y = x < inf ? y : x;
    y = x < -1.0f ? __builtin_nanf("") : y;
    return x == -1.0f ? -inf : y;
}
/* log1p of z in [0, 1]; at most one halving brings 1 + z into range. */
KG_INLINE float S(log1p_unit_f32)(float z) {
    const int big = z > 0x1.a8279ap-2f;
    return S(log_poly_f32)(big ? FMAF(z, 0.5f, -0.5f) : z, big ? 1.0f : 0.0f);
}
KG_INLINE float S(softplus_f32)(float x) {
    const float z = S(exp_nonpositive_f32)(-__builtin_fabsf(x));
    return S(log1p_unit_f32)(z) + S(relu_f32)(x);
}
KG_INLINE float S(log_sigmoid_f32)(float x) { return -S(softplus_f32)(-x); }

/* ---- erf = 1 - exp(-x - x Q(x)), as expm1 takes it: nothing is lost near 0; at 4 it is 1 ---- */
KG_INLINE float S(erf_f32)(float x) {
    const float a = S(at_most_f32)(__builtin_fabsf(x), KG_LIMIT(float, 4));
    float q = -0x1.368fe8p-17f;
    q = FMAF(q, a, 0x1.ed6456p-14f);
    q = FMAF(q, a, -0x1.4bc626p-11f);
    q = FMAF(q, a, 0x1.b4fca8p-10f);
    q = FMAF(q, a, -0x1.5040a0p-13f);
    q = FMAF(q, a, -0x1.39cdeap-6f);
    q = FMAF(q, a, 0x1.a4fa60p-4f);
    q = FMAF(q, a, 0x1.45f2fap-1f);
    q = FMAF(q, a, 0x1.06eba8p-3f);
    const S(reduced_f32) v = S(reduce_exp_f32)(-FMAF(a, q, a));
    const float scale = S(pow2_f32)(v.n);
    const float e = FMAF(scale, S(expm1_poly_f32)(v.r), scale - 1.0f);
    return __builtin_copysignf(e, x);
}

/* ---- gelu: x / 2 (1 + erf(x / sqrt 2)), or with a tanh: the steps and bits of writing it so ---- */
KG_INLINE float S(gelu_f32)(float x) {
    return x * 0.5f * (S(erf_f32)(x * 0x1.6a09e60000000p-1f) + 1);
}
KG_INLINE float S(gelu_tanh_f32)(float x) {
    const float cubic = x + x * x * x * 0x1.6e4e260000000p-5f;
    return x * 0.5f * (S(tanh_f32)(cubic * 0x1.9884540000000p-1f) + 1);
}

/* ---- sine and cosine of |x| <= KG_TRIG_LIMIT ----
 * x = n pi/2 + r + tail, by parts of pi/2 of at most 11 bits: n has up to 13, so that n times a
 * part is exact, and the tail collects what the differences round off. */
typedef struct {
    float r, tail;
    uint32_t n; /* only its low 2 bits count */
} S(quadrant_f32);

KG_INLINE S(quadrant_f32) S(reduce_trig_f32)(float x) {
    const float shifted = FMAF(x, 0x1.45f306p-1f, 0x1.8p23f);
    const float n = shifted - 0x1.8p23f;
    const float r1 = FMAF(n, -0x1.920p+0f, x); /* exact */
    const float r2 = FMAF(n, -0x1.fb4p-12f, r1);
    const float r3 = FMAF(n, -0x1.444p-24f, r2);
    float tail = FMAF(n, -0x1.fb4p-12f, r1 - r2) + FMAF(n, -0x1.444p-24f, r2 - r3);
    tail = FMAF(n, -0x1.68c234p-39f, tail);
    return (S(quadrant_f32)){r3, tail, kg_bits_f32(shifted)};
}
KG_INLINE float S(sin_poly_f32)(S(quadrant_f32) v) {
    const float z = v.r * v.r;
    float p = FMAF(-0x1.98f524p-13f, z, 0x1.110686p-7f);
    p = FMAF(p, z, -0x1.555544p-3f);
    return v.r + FMAF(v.r * z, p, v.tail);
}
KG_INLINE float S(cos_poly_f32)(S(quadrant_f32) v) {
    const float z = v.r * v.r, h = 0.5f * z;
    float p = FMAF(0x1.9a60f8p-16f, z, -0x1.6c0e4ep-10f);
    p = FMAF(p, z, 0x1.55554ep-5f);
    const float w = 1.0f - h; /* what this rounds off goes back in below */
    return w + FMAF(z * z, p, (1.0f - w) - h - v.r * v.tail);
}
KG_INLINE float S(sin_near_f32)(float x) {
    const S(quadrant_f32) v = S(reduce_trig_f32)(x);
    const float y = v.n & 1u ? S(cos_poly_f32)(v) : S(sin_poly_f32)(v);
    const float s = kg_from_bits_f32(kg_bits_f32(y) ^ ((v.n & 2u) << 30));
    return x == 0 ? x : s;
}
KG_INLINE float S(cos_near_f32)(float x) {
    const S(quadrant_f32) v = S(reduce_trig_f32)(x);
    const float y = v.n & 1u ? S(sin_poly_f32)(v) : S(cos_poly_f32)(v);
    return kg_from_bits_f32(kg_bits_f32(y) ^ (((v.n + 1u) & 2u) << 30));
}
KG_INLINE float S(tan_near_f32)(float x) {
    const S(quadrant_f32) v = S(reduce_trig_f32)(x);
    const float s = S(sin_poly_f32)(v), c = S(cos_poly_f32)(v);
    const float y = v.n & 1u ? -c / s : s / c;
    return x == 0 ? x : y;
}

/* ---- binary and ternary ---- */
KG_INLINE float S(add_f32)(float a, float b) { return a + b; }
KG_INLINE float S(sub_f32)(float a, float b) { return a - b; }
KG_INLINE float S(mul_f32)(float a, float b) { return a * b; }
KG_INLINE float S(div_f32)(float a, float b) { return a / b; }
/* The bitwise or keeps the two tests one mask, where || would be a branch. */
KG_INLINE float S(maximum_f32)(float a, float b) { return (a >= b) | (a != a) ? a : b; }
KG_INLINE float S(minimum_f32)(float a, float b) { return (a <= b) | (a != a) ? a : b; }
KG_INLINE float S(copysign_f32)(float a, float b) { return __builtin_copysignf(a, b); }
KG_INLINE float S(add_relu_f32)(float a, float b) { return S(relu_f32)(a + b); }
KG_INLINE float S(sub_exp_f32)(float a, float b) { return S(exp_f32)(a - b); }
KG_INLINE float S(logaddexp_f32)(float a, float b) {
    const float far = a > b ? a : b;
    const float z = S(exp_f32)(-__builtin_fabsf(a - b));
    const float y = far + S(log1p_unit_f32)(z);
    return a == b ? a + 0x1.62e430p-1f : y; /* equal infinities have no difference */
}
KG_INLINE float S(multiply_add_f32)(float a, float b, float c) { return a * b + c; }
