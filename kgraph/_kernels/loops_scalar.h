/* Scalar functions that no instruction set improves: integers, casts, and the rare float
 * functions that go to the C library element by element. */
#ifndef KGRAPH_LOOPS_SCALAR_H
#define KGRAPH_LOOPS_SCALAR_H

#include "loops_common.h"

/* ---- comparisons, any dtype ---- */
#define KG_COMPARE(T)                                                                           \
    KG_INLINE uint8_t kg_equal_##T(kg_##T a, kg_##T b) { return a == b; }                       \
    KG_INLINE uint8_t kg_not_equal_##T(kg_##T a, kg_##T b) { return a != b; }                   \
    KG_INLINE uint8_t kg_less_##T(kg_##T a, kg_##T b) { return a < b; }                         \
    KG_INLINE uint8_t kg_less_equal_##T(kg_##T a, kg_##T b) { return a <= b; }                  \
    KG_INLINE uint8_t kg_greater_##T(kg_##T a, kg_##T b) { return a > b; }                      \
    KG_INLINE uint8_t kg_greater_equal_##T(kg_##T a, kg_##T b) { return a >= b; }
KG_COMPARE(f32)
KG_COMPARE(f64)

/* ---- integers: U is an unsigned type no narrower than int, where overflow wraps ---- */
#define KG_NEGATIVE(x) ((x) < 0)
#define KG_NEVER(x) 0
#define KG_INTEGER(T, U, BITS, NEGATIVE)                                                        \
    KG_COMPARE(T)                                                                               \
    KG_INLINE kg_##T kg_add_##T(kg_##T a, kg_##T b) { return (kg_##T)((U)a + (U)b); }           \
    KG_INLINE kg_##T kg_sub_##T(kg_##T a, kg_##T b) { return (kg_##T)((U)a - (U)b); }           \
    KG_INLINE kg_##T kg_mul_##T(kg_##T a, kg_##T b) { return (kg_##T)((U)a * (U)b); }           \
    KG_INLINE kg_##T kg_square_##T(kg_##T a) { return kg_mul_##T(a, a); }                       \
    KG_INLINE kg_##T kg_neg_##T(kg_##T a) { return (kg_##T)(0 - (U)a); }                        \
    KG_INLINE kg_##T kg_abs_##T(kg_##T a) { return NEGATIVE(a) ? kg_neg_##T(a) : a; }           \
    KG_INLINE kg_##T kg_sign_##T(kg_##T a) {                                                    \
        return (kg_##T)((a > 0) - (NEGATIVE(a)));                                               \
    }                                                                                           \
    KG_INLINE kg_##T kg_maximum_##T(kg_##T a, kg_##T b) { return a > b ? a : b; }               \
    KG_INLINE kg_##T kg_minimum_##T(kg_##T a, kg_##T b) { return a < b ? a : b; }               \
    KG_INLINE kg_##T kg_bitwise_and_##T(kg_##T a, kg_##T b) { return (kg_##T)(a & b); }         \
    KG_INLINE kg_##T kg_bitwise_or_##T(kg_##T a, kg_##T b) { return (kg_##T)(a | b); }          \
    KG_INLINE kg_##T kg_bitwise_xor_##T(kg_##T a, kg_##T b) { return (kg_##T)(a ^ b); }         \
    KG_INLINE kg_##T kg_invert_##T(kg_##T a) { return (kg_##T)~a; }                             \
    /* A count outside [0, BITS) shifts everything out. */                                      \
    KG_INLINE kg_##T kg_left_shift_##T(kg_##T a, kg_##T b) {                                    \
        const kg_##T y = (kg_##T)((U)a << ((U)b & (BITS - 1)));                                 \
        return (U)b < BITS ? y : 0;                                                             \
    }                                                                                           \
    KG_INLINE kg_##T kg_right_shift_##T(kg_##T a, kg_##T b) {                                   \
        const kg_##T y = (kg_##T)(a >> ((U)b & (BITS - 1)));                                    \
        return (U)b < BITS ? y : (kg_##T)(NEGATIVE(a) ? -1 : 0);                                \
    }                                                                                           \
    /* Zero for a zero divisor; -1 would trap on the smallest integer, so it negates. */        \
    KG_INLINE kg_##T kg_floor_divide_##T(kg_##T a, kg_##T b) {                                  \
        if (b == 0) return 0;                                                                   \
        if (NEGATIVE(b) && b == (kg_##T)-1) return kg_neg_##T(a);                               \
        const kg_##T q = (kg_##T)(a / b);                                                       \
        return (kg_##T)(q - (a % b != 0 && NEGATIVE(a) != NEGATIVE(b)));                        \
    }                                                                                           \
    KG_INLINE kg_##T kg_mod_##T(kg_##T a, kg_##T b) {                                           \
        if (b == 0 || (NEGATIVE(b) && b == (kg_##T)-1)) return 0;                               \
        const kg_##T r = (kg_##T)(a % b);                                                       \
        return (kg_##T)(r + (r != 0 && NEGATIVE(r) != NEGATIVE(b) ? b : 0));                    \
    }                                                                                           \
    /* By squaring, wrapping; a negative exponent gives 0 (the caller refuses it). */           \
    KG_INLINE kg_##T kg_pow_##T(kg_##T a, kg_##T b) {                                           \
        U base = (U)a, y = 1;                                                                   \
        if (NEGATIVE(b)) return 0;                                                              \
        for (U e = (U)b; e; e >>= 1, base *= base)                                              \
            if (e & 1) y *= base;                                                               \
        return (kg_##T)y;                                                                       \
    }
KG_INTEGER(i8, uint32_t, 8, KG_NEGATIVE)
KG_INTEGER(i16, uint32_t, 16, KG_NEGATIVE)
KG_INTEGER(i32, uint32_t, 32, KG_NEGATIVE)
KG_INTEGER(i64, uint64_t, 64, KG_NEGATIVE)
KG_INTEGER(u8, uint32_t, 8, KG_NEVER)
KG_INTEGER(u16, uint32_t, 16, KG_NEVER)
KG_INTEGER(u32, uint32_t, 32, KG_NEVER)
KG_INTEGER(u64, uint64_t, 64, KG_NEVER)

/* ---- booleans: bytes that hold 0 or 1 ---- */
KG_INLINE uint8_t kg_equal_b1(uint8_t a, uint8_t b) { return a == b; }
KG_INLINE uint8_t kg_not_equal_b1(uint8_t a, uint8_t b) { return a != b; }
KG_INLINE uint8_t kg_logical_and_b1(uint8_t a, uint8_t b) { return a & b; }
KG_INLINE uint8_t kg_logical_or_b1(uint8_t a, uint8_t b) { return a | b; }
KG_INLINE uint8_t kg_logical_xor_b1(uint8_t a, uint8_t b) { return a ^ b; }
KG_INLINE uint8_t kg_logical_not_b1(uint8_t a) { return a ^ 1; }
KG_INLINE uint8_t kg_maximum_b1(uint8_t a, uint8_t b) { return a | b; }
KG_INLINE uint8_t kg_minimum_b1(uint8_t a, uint8_t b) { return a & b; }

/* ---- casts ---- */
/* From float: narrow integers through int32, uint32 through int64, so that a number out of range
 * wraps in the same way wherever in the block it stands (in C it is undefined). */
#define KG_FLOAT_TO_b1(x) ((uint8_t)((x) != 0))
#define KG_FLOAT_TO_i8(x) ((int8_t)(int32_t)(x))
#define KG_FLOAT_TO_i16(x) ((int16_t)(int32_t)(x))
#define KG_FLOAT_TO_i32(x) ((int32_t)(x))
#define KG_FLOAT_TO_i64(x) ((int64_t)(x))
#define KG_FLOAT_TO_u8(x) ((uint8_t)(int32_t)(x))
#define KG_FLOAT_TO_u16(x) ((uint16_t)(int32_t)(x))
#define KG_FLOAT_TO_u32(x) ((uint32_t)(int64_t)(x))
#define KG_FLOAT_TO_u64(x) kg_u64_of_f64(x)
#define KG_FLOAT_TO_f32(x) ((float)(x))
#define KG_FLOAT_TO_f64(x) ((double)(x))
#define KG_INT_TO_b1(x) ((uint8_t)((x) != 0))
#define KG_INT_TO_i8(x) ((int8_t)(x))
#define KG_INT_TO_i16(x) ((int16_t)(x))
#define KG_INT_TO_i32(x) ((int32_t)(x))
#define KG_INT_TO_i64(x) ((int64_t)(x))
#define KG_INT_TO_u8(x) ((uint8_t)(x))
#define KG_INT_TO_u16(x) ((uint16_t)(x))
#define KG_INT_TO_u32(x) ((uint32_t)(x))
#define KG_INT_TO_u64(x) ((uint64_t)(x))
#define KG_INT_TO_f32(x) ((float)(x))
#define KG_INT_TO_f64(x) ((double)(x))

KG_INLINE uint64_t kg_u64_of_f64(double x) {
    const uint64_t high = (uint64_t)(int64_t)(x - 0x1p63) ^ (1ull << 63);
    return x >= 0x1p63 ? high : (uint64_t)(int64_t)x;
}

/* float16 bits.  A shift of the exponent by multiplication makes subnormals come out right. */
KG_INLINE float kg_f32_of_f16(uint16_t h) {
    const uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
    const uint32_t scaled = kg_bits_f32(kg_from_bits_f32(magnitude) * 0x1p112f);
    const uint32_t special = (h & 0x7c00) == 0x7c00 ? 0x7f800000u : 0;
    return kg_from_bits_f32(scaled | special | (uint32_t)(h & 0x8000) << 16);
}
KG_INLINE double kg_f64_of_f16(uint16_t h) { return (double)kg_f32_of_f16(h); }

/* Round to nearest even: normals by adding just under half a unit (plus the last kept bit),
 * subnormals by adding a power of two whose own unit is 2^-24. */
KG_INLINE uint16_t kg_f16_of_f32(float x) {
    const uint32_t u = kg_bits_f32(x), a = u & 0x7fffffffu;
    const uint32_t normal = (a - (112u << 23) + 0xfffu + ((a >> 13) & 1u)) >> 13;
    const uint32_t small = kg_bits_f32(kg_from_bits_f32(a) + 0.5f) - 0x3f000000u;
    const uint32_t nan = 0x7e00u | ((a >> 13) & 0x3ffu);
    uint32_t y = a < 0x38800000u ? small : normal;
    y = a >= 0x477ff000u ? 0x7c00u : y;
    y = a > 0x7f800000u ? nan : y;
    return (uint16_t)(y | ((u >> 16) & 0x8000u));
}
KG_INLINE uint16_t kg_f16_of_f64(double x) {
    const uint64_t u = kg_bits_f64(x), a = u & 0x7fffffffffffffffull;
    const uint64_t normal = (a - (1008ull << 52) + 0x1ffffffffffull + ((a >> 42) & 1u)) >> 42;
    const uint64_t small = kg_bits_f64(kg_from_bits_f64(a) + 0x1p28) - 0x41b0000000000000ull;
    const uint64_t nan = 0x7e00u | ((a >> 42) & 0x3ffu);
    uint64_t y = a < 0x3f10000000000000ull ? small : normal;
    y = a >= 0x40effe0000000000ull ? 0x7c00u : y;
    y = a > 0x7ff0000000000000ull ? nan : y;
    return (uint16_t)(y | ((u >> 48) & 0x8000u));
}

/* ---- rare float functions, through the C library ---- */
#define KG_LIBM(T, t, suffix)                                                                   \
    KG_INLINE t kg_libm_sin_##T(t x) { return sin##suffix(x); }                                 \
    KG_INLINE t kg_libm_cos_##T(t x) { return cos##suffix(x); }                                 \
    KG_INLINE t kg_libm_tan_##T(t x) { return tan##suffix(x); }                                 \
    KG_INLINE t kg_arcsin_##T(t x) { return asin##suffix(x); }                                  \
    KG_INLINE t kg_arccos_##T(t x) { return acos##suffix(x); }                                  \
    KG_INLINE t kg_arctan_##T(t x) { return atan##suffix(x); }                                  \
    KG_INLINE t kg_sinh_##T(t x) { return sinh##suffix(x); }                                    \
    KG_INLINE t kg_cosh_##T(t x) { return cosh##suffix(x); }                                    \
    KG_INLINE t kg_arcsinh_##T(t x) { return asinh##suffix(x); }                                \
    KG_INLINE t kg_arccosh_##T(t x) { return acosh##suffix(x); }                                \
    KG_INLINE t kg_arctanh_##T(t x) { return atanh##suffix(x); }                                \
    KG_INLINE t kg_erfc_##T(t x) { return erfc##suffix(x); }                                    \
    KG_INLINE t kg_log2_##T(t x) { return log2##suffix(x); }                                    \
    KG_INLINE t kg_log10_##T(t x) { return log10##suffix(x); }                                  \
    KG_INLINE t kg_pow_##T(t a, t b) { return pow##suffix(a, b); }                              \
    KG_INLINE t kg_arctan2_##T(t a, t b) { return atan2##suffix(a, b); }                        \
    KG_INLINE t kg_hypot_##T(t a, t b) { return hypot##suffix(a, b); }                          \
    KG_INLINE t kg_fmod_##T(t a, t b) { return fmod##suffix(a, b); }                            \
    /* NumPy's divmod, rounding by rounding: the quotient is exact up to its last step. */      \
    KG_INLINE t kg_mod_##T(t a, t b) {                                                          \
        const t r = fmod##suffix(a, b);                                                         \
        if (b == 0 || r != r) return r;                                                         \
        if (r == 0) return copysign##suffix(0, b);                                              \
        return (b < 0) != (r < 0) ? r + b : r;                                                  \
    }                                                                                           \
    KG_INLINE t kg_floor_divide_##T(t a, t b) {                                                 \
        if (b == 0) return a / b;                                                               \
        const t r = fmod##suffix(a, b);                                                         \
        t q = (a - r) / b;                                                                      \
        if (r != 0 && (b < 0) != (r < 0)) q -= 1;                                               \
        if (q == 0) return copysign##suffix(0, a / b);                                          \
        const t down = floor##suffix(q);                                                        \
        return q - down > (t)0.5 ? down + 1 : down;                                             \
    }
KG_LIBM(f32, float, f)
KG_LIBM(f64, double, )

#endif
