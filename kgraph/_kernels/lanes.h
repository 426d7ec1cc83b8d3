/* Vectors of float and double by number of lanes, for loops written once and compiled per target.
 *
 * kg_f32x8 is a value of eight lanes, kg_f32x8_at the same at any address.
 * KG_FMA_<target>_<vector> is a * b + c: one rounding where the target has FMA, two in `base`.  It
 * is spelled out, not left to contraction, because every tile of a product must round alike (the
 * same-bits law).
 * Compilers without GNU vectors get one-lane "vectors": plain C, the same results as `base`.
 */
#ifndef KG_LANES_H
#define KG_LANES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cpu.h"

#if KG_HAS_TARGETS
#include <immintrin.h>
#endif

#if (defined(__GNUC__) || defined(__clang__)) && !defined(KG_PLAIN_C)
#define KG_VECTORS 1
#else
#define KG_VECTORS 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define KG_INLINE static inline __attribute__((always_inline, unused))
#define KG_UNUSED __attribute__((unused))
#define KG_PREFETCH(p) __builtin_prefetch(p)
#define KG_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define KG_RESTRICT __restrict__
#else
#define KG_INLINE static __forceinline
#define KG_UNUSED
#define KG_PREFETCH(p) ((void)(p))
#define KG_UNLIKELY(x) (x)
#define KG_RESTRICT __restrict
#endif

#if defined(__clang__)
#define KG_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define KG_UNROLL _Pragma("GCC unroll 32")
#else
#define KG_UNROLL
#endif

#define KG_PASTE_(a, b) a##_##b
#define KG_PASTE(a, b) KG_PASTE_(a, b)

typedef float kg_f32x1;
typedef float kg_f32x1_at;
typedef double kg_f64x1;
typedef double kg_f64x1_at;

#if KG_VECTORS
#define KG_LANES(scalar, mask, name, lanes)                                                        \
    typedef scalar name __attribute__((vector_size(lanes * sizeof(scalar)), may_alias));           \
    typedef scalar name##_at                                                                       \
        __attribute__((vector_size(lanes * sizeof(scalar)), aligned(sizeof(scalar)), may_alias));  \
    typedef mask name##_bits __attribute__((vector_size(lanes * sizeof(scalar)), may_alias));
KG_LANES(float, int32_t, kg_f32x4, 4)
KG_LANES(float, int32_t, kg_f32x8, 8)
KG_LANES(float, int32_t, kg_f32x16, 16)
KG_LANES(double, int64_t, kg_f64x2, 2)
KG_LANES(double, int64_t, kg_f64x4, 4)
KG_LANES(double, int64_t, kg_f64x8, 8)
#undef KG_LANES
#endif

#define KG_FMA_base_f32x1(a, b, c) ((c) + (a) * (b))
#define KG_FMA_base_f64x1(a, b, c) ((c) + (a) * (b))
#define KG_FMA_base_f32x4(a, b, c) ((c) + (a) * (b))
#define KG_FMA_base_f64x2(a, b, c) ((c) + (a) * (b))

#define KG_FMA_v3_f32x1(a, b, c) __builtin_fmaf(a, b, c)
#define KG_FMA_v3_f64x1(a, b, c) __builtin_fma(a, b, c)
#define KG_FMA_v3_f32x4(a, b, c) ((kg_f32x4)_mm_fmadd_ps((__m128)(a), (__m128)(b), (__m128)(c)))
#define KG_FMA_v3_f64x2(a, b, c) ((kg_f64x2)_mm_fmadd_pd((__m128d)(a), (__m128d)(b), (__m128d)(c)))
#define KG_FMA_v3_f32x8(a, b, c)                                                                   \
    ((kg_f32x8)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define KG_FMA_v3_f64x4(a, b, c)                                                                   \
    ((kg_f64x4)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))

#define KG_FMA_v4_f32x1 KG_FMA_v3_f32x1
#define KG_FMA_v4_f64x1 KG_FMA_v3_f64x1
#define KG_FMA_v4_f32x4 KG_FMA_v3_f32x4
#define KG_FMA_v4_f64x2 KG_FMA_v3_f64x2
#define KG_FMA_v4_f32x8 KG_FMA_v3_f32x8
#define KG_FMA_v4_f64x4 KG_FMA_v3_f64x4
#define KG_FMA_v4_f32x16(a, b, c)                                                                  \
    ((kg_f32x16)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define KG_FMA_v4_f64x8(a, b, c)                                                                   \
    ((kg_f64x8)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))

/* KG_SPLAT(V, s): all lanes s; subtracting +0 changes no value, not even -0, and folds away. */
#define KG_SPLAT(V, s) ((s) - (V){0})
#define KG_LOAD(V, p) ((V)(*(const KG_PASTE(V, at) *)(p)))
#define KG_STORE(V, p, x) (*(KG_PASTE(V, at) *)(p) = (x))

/* max(x, 0) that keeps NaN, as numpy.maximum does. */
#if KG_VECTORS
#define KG_RELU(V, x) ((V)((KG_PASTE(V, bits))(x) & ~(KG_PASTE(V, bits))((x) < (V){0})))
#else
#define KG_RELU(V, x) ((x) < 0 ? 0 : (x))
#endif

#endif
