/* The vector loops of the block VM: elementwise loops and reductions, plain C, no Python.
 *
 * loops_list.h is the opcode table (names and shapes of the loops), loops_f32.h and loops_f64.h
 * hold the float functions, loops_scalar.h the integers, casts and rare functions, loops_reduce.h
 * the reductions, loops_rows.h what makes rows of rows, loops_scan.h running sums along them and
 * loops_order.h the orders of their elements.  loops_impl.h turns them into loops, once per
 * instruction set.
 *
 * Every loop: out[i] = f(a[i], b[i], c[i]), contiguous, any alignment, n >= 0; out may be exactly
 * a, b or c if the element sizes agree.  The bits of out[i] depend on the inputs at i alone.
 *
 * Largest error found, in ULP (3 million arguments each, base and v3; the tests hold the bounds):
 *            f32   f64              f32   f64              f32   f64
 *     exp    1.02  0.97    log      0.83  0.83    sin      0.93  0.82
 *     exp2   1.05  1.04    log1p    1.37  1.42    cos      0.89  0.89
 *     expm1  1.69  1.95    softplus 1.64  1.67    tan      2.40  2.37
 *     tanh   2.42  2.50    sigmoid  2.36  2.28    erf      1.87  1.15
 * sqrt, reciprocal and arithmetic are rounded correctly; rsqrt is 1 / sqrt(x), 1.5.  The others are
 * the C library's, save pow of f32 (0.51 where it is ours). */
#ifndef KGRAPH_LOOPS_H
#define KGRAPH_LOOPS_H

#include "loops_common.h"
#include "loops_list.h"
#include "loops_scalar.h"

#define KG_TRIG_LIMIT 8192 /* beyond, sin, cos and tan take the C library */
#define KG_TRIG_CHUNK 64
#define KG_REDUCE_STEPS 64 /* vectors that one chain adds before it is folded */
#define KG_WIDE 256           /* columns, and KG_LARGE elements: such are reduced row by row */
#define KG_LARGE 65536
#define KG_COLUMNS_BLOCK 2048
#define KG_ROWS_BLOCK 1024 /* elements of rows that are done together */

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define KG_HAVE_X86_TARGETS 1
#else
#define KG_HAVE_X86_TARGETS 0
#endif

#define KG_TARGET base
#define KG_VECTOR_BYTES 16
#define KG_IS_BASE 1
#define KG_HAS_FMA 0
#define KG_HAS_ROUND 0
#include "loops_impl.h"
#undef KG_TARGET
#undef KG_VECTOR_BYTES
#undef KG_IS_BASE
#undef KG_HAS_FMA
#undef KG_HAS_ROUND

#if KG_HAVE_X86_TARGETS
#define KG_IS_BASE 0
#define KG_HAS_FMA 1
#define KG_HAS_ROUND 1

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#endif
#define KG_TARGET v3
#define KG_VECTOR_BYTES 32
#include "loops_impl.h"
#undef KG_TARGET
#undef KG_VECTOR_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(                                                                   \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi2"))),                \
    apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi2,prefer-vector-width=512")
#endif
#define KG_TARGET v4
#define KG_VECTOR_BYTES 64
#include "loops_impl.h"
#undef KG_TARGET
#undef KG_VECTOR_BYTES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

enum { KG_BASE = 0, KG_V3 = 1, KG_V4 = 2, KG_TARGETS = 3 };

/* 1 if this machine runs the target's instructions. */
static inline int kg_target_supported(int target) {
#if KG_HAVE_X86_TARGETS
    const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                   __builtin_cpu_supports("bmi2");
    if (target == KG_V3) return v3;
    if (target == KG_V4)
        return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
    return target == KG_BASE;
}

#define KG_TABLE(entries, count) (*(count) = (int)(sizeof(entries) / sizeof(entries)[0]), (entries))

/* The loops of a target; a target that was not compiled has those of base. */
static inline const kg_loop_entry *kg_loop_table(int target, int *count) {
#if KG_HAVE_X86_TARGETS
    if (target == KG_V3) return KG_TABLE(kg_loops_v3, count);
    if (target == KG_V4) return KG_TABLE(kg_loops_v4, count);
#endif
    (void)target;
    return KG_TABLE(kg_loops_base, count);
}
static inline const kg_reduce_entry *kg_reduce_table(int target, int *count) {
#if KG_HAVE_X86_TARGETS
    if (target == KG_V3) return KG_TABLE(kg_reduces_v3, count);
    if (target == KG_V4) return KG_TABLE(kg_reduces_v4, count);
#endif
    (void)target;
    return KG_TABLE(kg_reduces_base, count);
}
static inline const kg_rowwise_entry *kg_rowwise_table(int target, int *count) {
#if KG_HAVE_X86_TARGETS
    if (target == KG_V3) return KG_TABLE(kg_rowwise_v3, count);
    if (target == KG_V4) return KG_TABLE(kg_rowwise_v4, count);
#endif
    (void)target;
    return KG_TABLE(kg_rowwise_base, count);
}

#endif
