/* Includes KG_BODY once per target and dtype.
 *
 *     #define KG_BODY "gemm_impl.h"
 *     #include "each_target.h"
 *
 * The body sees  KG_T        the scalar type
 *                KG_(name)   name with the suffix of target and dtype, as in gemm_v3_f32
 *                KG_W, KG_V  lanes of the widest vector and its type
 *                KG_FMA_OF(8), KG_VECTOR(8)     the same for a number of lanes
 *                KG_REGISTERS                   vector registers
 */
#include "lanes.h"

#define KG_TARGET base
#define KG_REGISTERS 16
#define KG_VECTOR_BYTES 16
#include "each_dtype.h"
#undef KG_TARGET
#undef KG_REGISTERS
#undef KG_VECTOR_BYTES

#if KG_HAS_TARGETS && KG_VECTORS

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#endif
#define KG_TARGET v3
#define KG_REGISTERS 16
#define KG_VECTOR_BYTES 32
#include "each_dtype.h"
#undef KG_TARGET
#undef KG_REGISTERS
#undef KG_VECTOR_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx2,fma,bmi2,avx512f,avx512dq,avx512bw,avx512vl"))),                   \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2,avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")
#endif
#define KG_TARGET v4
#define KG_REGISTERS 32
#define KG_VECTOR_BYTES 64
#include "each_dtype.h"
#undef KG_TARGET
#undef KG_REGISTERS
#undef KG_VECTOR_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
#undef KG_BODY
