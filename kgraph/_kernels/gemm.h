/* Dense products: C[m, n] = A[m, k] @ B[k, n] (+ bias[n]) (then relu), B packed beforehand.
 *
 * The law: each element of C is fma(a[k-1], b[k-1], ... fma(a[0], b[0], 0)) + bias, in this order,
 * whatever m, the tile and the blocking are.  So a row alone gives the same bits as in any batch.
 */
#ifndef KG_GEMM_H
#define KG_GEMM_H

#include "cpu.h"
#include "lanes.h"

/* Parts of k and m: a panel part stays in L1 (16 KB), a block of A in L2 (192 KB of float). */
#define KG_K_MOST 256
#define KG_M_MOST 192
/* Of the first-level cache: lines of a set, bytes between two lines of one set, bytes of a line. */
#define KG_L1_WAYS 8
#define KG_L1_WAY_BYTES 4096
#define KG_LINE_BYTES 64

#define KG_BODY "gemm_impl.h"
#include "each_target.h"

typedef struct {
    int64_t (*packed_size_f32)(int64_t, int64_t);
    int64_t (*packed_size_f64)(int64_t, int64_t);
    void (*pack_f32)(const float *, int64_t, int64_t, int64_t, int64_t, float *);
    void (*pack_f64)(const double *, int64_t, int64_t, int64_t, int64_t, double *);
    void (*f32)(const float *, int64_t, const float *, const float *, float *, int64_t, int64_t,
                int64_t, int64_t, int);
    void (*f64)(const double *, int64_t, const double *, const double *, double *, int64_t, int64_t,
                int64_t, int64_t, int);
} kg_gemm_table;

#define KG_GEMM_TABLE(target)                                                                      \
    {kg_gemm_packed_size_##target##_f32, kg_gemm_packed_size_##target##_f64,                       \
     kg_gemm_pack_##target##_f32,        kg_gemm_pack_##target##_f64,                              \
     kg_gemm_##target##_f32,             kg_gemm_##target##_f64}

static const kg_gemm_table kg_gemm_tables[] = {
    KG_GEMM_TABLE(base),
#if KG_HAS_TARGETS && KG_VECTORS
    KG_GEMM_TABLE(v3),
    KG_GEMM_TABLE(v4),
#endif
};
#undef KG_GEMM_TABLE

#endif
