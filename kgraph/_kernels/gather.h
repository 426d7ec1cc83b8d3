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

/* weights or NULL, indices, splits or NULL, length, table, rows of it, ld, n, bias or NULL, out, its
 * row stride, first and last row; types by the function's name. */
typedef int (*kg_gather_fn)(const void *, const void *, const void *, int64_t, const void *, int64_t,
                            int64_t, int64_t, const void *, void *, int64_t, int64_t, int64_t);

#define KG_BODY "gather_impl.h"
#include "each_target.h"

/* By the types of indices and splits. */
enum { KG_I32_I32, KG_I64_I64, KG_I32_I64, KG_ROW_TYPES };

typedef struct {
    kg_gather_fn f32[KG_ROW_TYPES], f64[KG_ROW_TYPES];
} kg_gather_table;

#define KG_GATHER_FNS(real)                                                                        \
    {kg_gather_sum_i32i32_##real, kg_gather_sum_i64i64_##real, kg_gather_sum_i32i64_##real}
#define KG_GATHER_TABLE(target) {KG_GATHER_FNS(target##_f32), KG_GATHER_FNS(target##_f64)}

static const kg_gather_table kg_gather_tables[] = {
    KG_GATHER_TABLE(base),
#if KG_HAS_TARGETS && KG_VECTORS
    KG_GATHER_TABLE(v3),
    KG_GATHER_TABLE(v4),
#endif
};
#undef KG_GATHER_FNS
#undef KG_GATHER_TABLE

#endif
