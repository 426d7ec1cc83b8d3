/* Gather and accumulate: out[r] = bias + sum of weights[p] * table[indices[p]] over row r's items.
 *
 * Row r's items are those from splits[r] to splits[r + 1]; without splits, `length` for each row.
 *
 * One kernel serves `Dense` on CSR (weights = data, table = kernel), embedding bags (weights NULL:
 * ones) and segment sums.  Each element is one chain of multiply-adds in the order of the entries,
 * the bias comes last: the bits of a row depend on the row alone, and agree with gemm.h on the same
 * row made dense.
 *
 * `table` is n_rows_table rows of `ld` elements, of which the first n count; no others are read.
 * An index outside of [0, n_rows_table) is skipped and makes the result 1, else 0.
 */
#ifndef KG_GATHER_H
#define KG_GATHER_H

#include "cpu.h"
#include "lanes.h"

/* Rows of the table at least so wide are fetched ahead, so many entries ahead.
 * Narrower ones fit the out-of-order window, where the extra instructions only cost. */
#define KG_GATHER_FETCH_BYTES 256
#define KG_GATHER_AHEAD 8
#define KG_GATHER_BLOCK 64

#define KG_BODY "gather_impl.h"
#include "each_target.h"

#define KG_GATHER_FN(name, T, I, S)                                                                \
    int (*name)(const T *, const I *, const S *, int64_t, const T *, int64_t, int64_t, int64_t,    \
                const T *, T *, int64_t, int64_t, int64_t)

typedef struct {
    KG_GATHER_FN(f32_i32i32, float, int32_t, int32_t);
    KG_GATHER_FN(f32_i64i64, float, int64_t, int64_t);
    KG_GATHER_FN(f32_i32i64, float, int32_t, int64_t);
    KG_GATHER_FN(f64_i32i32, double, int32_t, int32_t);
    KG_GATHER_FN(f64_i64i64, double, int64_t, int64_t);
    KG_GATHER_FN(f64_i32i64, double, int32_t, int64_t);
} kg_gather_table;

#define KG_GATHER_TABLE(target)                                                                    \
    {kg_gather_sum_i32i32_##target##_f32, kg_gather_sum_i64i64_##target##_f32,                     \
     kg_gather_sum_i32i64_##target##_f32, kg_gather_sum_i32i32_##target##_f64,                     \
     kg_gather_sum_i64i64_##target##_f64, kg_gather_sum_i32i64_##target##_f64}

static const kg_gather_table kg_gather_tables[] = {
    KG_GATHER_TABLE(base),
#if KG_HAS_TARGETS && KG_VECTORS
    KG_GATHER_TABLE(v3),
    KG_GATHER_TABLE(v4),
#endif
};
#undef KG_GATHER_FN
#undef KG_GATHER_TABLE

#endif
