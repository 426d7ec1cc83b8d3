/* Weighted sums of table rows for one target and dtype.  See gather.h for the contract.
 *
 * A strip is up to eight vectors of columns held in registers while a row's entries go by.  The
 * last vector overlaps the one before it, so that no column past n is touched and none needs a
 * mask: columns that two vectors share get the same bits twice.  Rows narrower than one vector take
 * smaller vectors in the same way, down to scalars.
 */

#define KG_STRIP_MOST 8 /* vectors of the widest strip */

typedef struct {
    const KG_T *weights;
    int64_t weight_step; /* 0: one weight for all, else 1 */
    const void *indices;
    const void *splits; /* NULL: rows of `length` entries each */
    int wide_splits;    /* int64, else int32 */
    int64_t length;
    const KG_T *table;
    const KG_T *bias; /* NULL: none */
    KG_T *out;
    int64_t n_rows, ld, ldo;
} KG_(kg_bag);

/* Rows [first, last); columns from col on: whole vectors, the last of them at col + last_at. */
typedef int (*KG_(kg_strip_fn))(const KG_(kg_bag) *, int64_t first, int64_t last, int64_t col,
                                int64_t last_at);

KG_INLINE int64_t KG_(kg_split)(const KG_(kg_bag) * g, int64_t row) {
    if (!g->splits)
        return row * g->length;
    return g->wide_splits ? ((const int64_t *)g->splits)[row] : ((const int32_t *)g->splits)[row];
}

#if KG_W != 1
#define KG_LANES 1
#include "gather_strip.h"
#endif
#if KG_W_LEAST <= 2 && KG_W > 2
#define KG_LANES 2
#include "gather_strip.h"
#endif
#if KG_W_LEAST <= 4 && KG_W > 4
#define KG_LANES 4
#include "gather_strip.h"
#endif
#if KG_W_LEAST <= 8 && KG_W > 8
#define KG_LANES 8
#include "gather_strip.h"
#endif
#define KG_LANES KG_W
#include "gather_strip.h"

/* The strips of rows narrower than a vector. */
static const KG_(kg_strip_fn) * KG_(kg_narrow_strips)(int wide, int64_t n, int64_t *lanes) {
    (void)n;
    *lanes = 1;
#if KG_W_LEAST <= 8 && KG_W > 8
    if (n >= 8) {
        *lanes = 8;
        return KG_(kg_strips_8)[wide];
    }
#endif
#if KG_W_LEAST <= 4 && KG_W > 4
    if (n >= 4) {
        *lanes = 4;
        return KG_(kg_strips_4)[wide];
    }
#endif
#if KG_W_LEAST <= 2 && KG_W > 2
    if (n >= 2) {
        *lanes = 2;
        return KG_(kg_strips_2)[wide];
    }
#endif
    return KG_(kg_strips_1)[wide];
}

static int KG_(kg_gather)(KG_(kg_bag) * g, int wide_indices, int64_t n, int64_t first,
                          int64_t last) {
    static const KG_T one = 1;
    const KG_(kg_strip_fn) *strips = KG_(KG_PASTE(kg_strips, KG_W))[wide_indices];
    int64_t lanes = KG_W;
    int bad = 0;

    assert(first <= last);
    for (int64_t row = first; row < last; row++)
        assert(KG_(kg_split)(g, row) <= KG_(kg_split)(g, row + 1));
    if (n <= 0)
        return 0;
    g->weight_step = g->weights != NULL;
    if (!g->weights)
        g->weights = &one;
    if (n < KG_W)
        strips = KG_(kg_narrow_strips)(wide_indices, n, &lanes);

    const int64_t vectors = (n + lanes - 1) / lanes;
    const int64_t n_strips = (vectors + KG_STRIP_MOST - 1) / KG_STRIP_MOST;
    /* Several strips read the same entries: a block of rows keeps them in L1. */
    const int64_t block = n_strips > 1 ? KG_GATHER_BLOCK : last - first;
    for (int64_t row = first; row < last; row += block) {
        const int64_t end = last - row < block ? last : row + block;
        for (int64_t s = 0, at = 0; s < n_strips; s++) {
            const int64_t count = (vectors - at) / (n_strips - s);
            const int64_t col = at * lanes, room = n - col - lanes;
            const int64_t last_at = (count - 1) * lanes < room ? (count - 1) * lanes : room;
            bad |= strips[count](g, row, end, col, last_at);
            at += count;
        }
    }
    return bad;
}

#define KG_GATHER_SUM(types, wide_i, wide_s)                                                       \
    static int KG_(kg_gather_sum_##types)(                                                         \
        const void *weights, const void *indices, const void *splits, int64_t length,              \
        const void *table, int64_t n_rows, int64_t ld, int64_t n, const void *bias, void *out,     \
        int64_t ldo, int64_t first, int64_t last) {                                                \
        KG_(kg_bag) g = {.weights = weights, .indices = indices, .splits = splits,                 \
                         .wide_splits = wide_s, .length = length, .table = table,                  \
                         .bias = bias, .out = out, .n_rows = n_rows, .ld = ld, .ldo = ldo};        \
        return KG_(kg_gather)(&g, wide_i, n, first, last);                                         \
    }
KG_GATHER_SUM(i32i32, 0, 0)
KG_GATHER_SUM(i64i64, 1, 1)
KG_GATHER_SUM(i32i64, 0, 1)

#undef KG_GATHER_SUM
#undef KG_STRIP_MOST
