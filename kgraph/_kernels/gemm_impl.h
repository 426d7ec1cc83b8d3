/* C = A @ B + bias for one target and dtype; B packed in panels.  See gemm.h for the contract.
 *
 * A panel is `k` rows of two vectors; the last panel is one vector wide when that holds the columns
 * left over.  A tile keeps rows x vectors of C in registers while it walks down k, so each element
 * of C is one chain of multiply-adds in the order of k, whatever tile it fell into.
 */

#define KG_NR (2 * KG_W)
/* Rows of a tile: rows * 2 accumulators + 2 vectors of B + 1 element of A fill the registers. */
#define KG_MR ((KG_REGISTERS - 4) / 2)
/* A one-vector panel allows more rows; without them the latency of the chains is in the way. */
#define KG_MR_NARROW (KG_MR < 12 ? 12 : KG_MR)

typedef struct {
    const KG_T *a;
    const KG_T *b;    /* first panel of the tile, at its first k */
    const KG_T *bias; /* of the first column, or NULL; added when `ends` */
    KG_T *c;
    int64_t lda, ldc;
    int64_t panel;  /* elements from panel to panel */
    int64_t k;      /* length of this part of the chain */
    int64_t n_cols; /* columns of C in a single-panel tile; wider tiles are full */
    int starts;     /* the chain begins here, else C holds the running sum */
    int ends;       /* the chain ends here: add the bias */
    int relu;
} KG_(kg_tile);

typedef void (*KG_(kg_tile_fn))(const KG_(kg_tile) *, const KG_T *a, KG_T *c);

/* dst[:n] = src[:n] for n < 2 vectors, without a call. */
KG_INLINE void KG_(kg_copy_part)(KG_T *dst, const KG_T *src, int64_t n) {
    KG_UNROLL for (int64_t piece = KG_W; piece >= 1; piece /= 2) {
        if (!(n & piece))
            continue;
        for (int64_t i = 0; i < piece; i++)
            dst[i] = src[i];
        dst += piece;
        src += piece;
    }
}

/* `rows` rows of A times `panels` panels of `vecs` vectors: constants once inlined. */
KG_INLINE void KG_(kg_tile_body)(const int rows, const int panels, const int vecs,
                                 const KG_(kg_tile) *t, const KG_T *KG_RESTRICT a,
                                 KG_T *KG_RESTRICT c) {
    const int width = panels * vecs;
    const int64_t lda = t->lda, ldc = t->ldc, panel = t->panel, k = t->k;
    const int part = panels == 1 && t->n_cols < vecs * KG_W;
    const KG_T *KG_RESTRICT b = t->b;
    KG_T edge[KG_NR] = {0};
    KG_V acc[KG_MR_NARROW][8];

    if (t->starts) {
        KG_UNROLL for (int i = 0; i < rows; i++) {
            KG_UNROLL for (int v = 0; v < width; v++) acc[i][v] = (KG_V){0};
        }
    } else {
        KG_UNROLL for (int i = 0; i < rows; i++) {
            const KG_T *from = c + i * ldc;
            if (part) {
                KG_(kg_copy_part)(edge, from, t->n_cols);
                from = edge;
            }
            KG_UNROLL for (int v = 0; v < width; v++) acc[i][v] = KG_LOAD(KG_V, from + v * KG_W);
        }
    }

    for (int64_t p = 0; p < k; p++) {
        if (rows < width) { /* fewer registers when the elements of A are the ones held */
            KG_V x[KG_MR_NARROW];
            KG_UNROLL for (int i = 0; i < rows; i++) x[i] = KG_SPLAT(KG_V, a[i * lda + p]);
            KG_UNROLL for (int v = 0; v < width; v++) {
                const KG_V y = KG_LOAD(KG_V, b + (v / vecs) * panel + (v % vecs) * KG_W);
                KG_UNROLL for (int i = 0; i < rows; i++) acc[i][v] = KG_FMA(x[i], y, acc[i][v]);
            }
        } else {
            KG_V y[8];
            KG_UNROLL for (int v = 0; v < width; v++) y[v] =
                KG_LOAD(KG_V, b + (v / vecs) * panel + (v % vecs) * KG_W);
            KG_UNROLL for (int i = 0; i < rows; i++) {
                const KG_V x = KG_SPLAT(KG_V, a[i * lda + p]);
                KG_UNROLL for (int v = 0; v < width; v++) acc[i][v] = KG_FMA(x, y[v], acc[i][v]);
            }
        }
        b += vecs * KG_W;
    }

    if (t->ends && t->bias) {
        const KG_T *bias = t->bias;
        if (part) {
            KG_(kg_copy_part)(edge, bias, t->n_cols);
            bias = edge;
        }
        KG_UNROLL for (int v = 0; v < width; v++) {
            const KG_V y = KG_LOAD(KG_V, bias + v * KG_W);
            KG_UNROLL for (int i = 0; i < rows; i++) acc[i][v] += y;
        }
    }
    if (t->ends && t->relu) {
        KG_UNROLL for (int i = 0; i < rows; i++) {
            KG_UNROLL for (int v = 0; v < width; v++) acc[i][v] = KG_RELU(KG_V, acc[i][v]);
        }
    }
    KG_UNROLL for (int i = 0; i < rows; i++) {
        KG_T *to = part ? edge : c + i * ldc;
        KG_UNROLL for (int v = 0; v < width; v++) KG_STORE(KG_V, to + v * KG_W, acc[i][v]);
        if (part)
            KG_(kg_copy_part)(c + i * ldc, edge, t->n_cols);
    }
}

#define KG_TILE(rows, panels, vecs)                                                                \
    static void KG_(kg_tile_##rows##x##panels##x##vecs)(const KG_(kg_tile) * t, const KG_T *a,     \
                                                        KG_T *c) {                                 \
        KG_(kg_tile_body)(rows, panels, vecs, t, a, c);                                            \
    }
#define KG_EACH_SIX(X) X(1, 1, 2) X(2, 1, 2) X(3, 1, 2) X(4, 1, 2) X(5, 1, 2) X(6, 1, 2)
#define KG_EACH_NARROW(X)                                                                          \
    X(1, 1, 1) X(2, 1, 1) X(3, 1, 1) X(4, 1, 1) X(5, 1, 1) X(6, 1, 1)                              \
    X(7, 1, 1) X(8, 1, 1) X(9, 1, 1) X(10, 1, 1) X(11, 1, 1) X(12, 1, 1)
#define KG_EACH_WIDE(X) X(1, 2, 2) X(1, 3, 2) X(1, 4, 2) X(2, 2, 2) X(2, 3, 2) X(3, 2, 2)
#define KG_EACH_V4(X)                                                                              \
    X(7, 1, 2) X(8, 1, 2) X(9, 1, 2) X(10, 1, 2) X(11, 1, 2) X(12, 1, 2) X(13, 1, 2) X(14, 1, 2)   \
    X(13, 1, 1) X(14, 1, 1)                                                                        \
    X(2, 4, 2) X(3, 3, 2) X(3, 4, 2) X(4, 2, 2) X(4, 3, 2) X(5, 2, 2) X(6, 2, 2) X(7, 2, 2)

KG_EACH_SIX(KG_TILE)
KG_EACH_NARROW(KG_TILE)
KG_EACH_WIDE(KG_TILE)
#if KG_REGISTERS == 32
KG_EACH_V4(KG_TILE)
#endif

/* Tiles by rows; [p - 1][rows] takes p panels.  NULL: that tile does not fit the registers. */
#define KG_ENTRY(rows, panels, vecs) [panels - 1][rows] = KG_(kg_tile_##rows##x##panels##x##vecs),
#define KG_ENTRY_NARROW(rows, panels, vecs) [rows] = KG_(kg_tile_##rows##x##panels##x##vecs),
static const KG_(kg_tile_fn) KG_(kg_tiles)[4][KG_MR_NARROW + 1] = {
    KG_EACH_SIX(KG_ENTRY) KG_EACH_WIDE(KG_ENTRY)
#if KG_REGISTERS == 32
        [0][7] = KG_(kg_tile_7x1x2), [0][8] = KG_(kg_tile_8x1x2), [0][9] = KG_(kg_tile_9x1x2),
    [0][10] = KG_(kg_tile_10x1x2), [0][11] = KG_(kg_tile_11x1x2), [0][12] = KG_(kg_tile_12x1x2),
    [0][13] = KG_(kg_tile_13x1x2), [0][14] = KG_(kg_tile_14x1x2), [1][4] = KG_(kg_tile_4x2x2),
    [1][5] = KG_(kg_tile_5x2x2), [1][6] = KG_(kg_tile_6x2x2), [1][7] = KG_(kg_tile_7x2x2),
    [2][3] = KG_(kg_tile_3x3x2), [2][4] = KG_(kg_tile_4x3x2), [3][2] = KG_(kg_tile_2x4x2),
    [3][3] = KG_(kg_tile_3x4x2),
#endif
};
static const KG_(kg_tile_fn) KG_(kg_tiles_narrow)[KG_MR_NARROW + 1] = {
    KG_EACH_NARROW(KG_ENTRY_NARROW)
#if KG_REGISTERS == 32
        [13] = KG_(kg_tile_13x1x1),
    [14] = KG_(kg_tile_14x1x1),
#endif
};

/* Most panels that one tile of so many rows takes. */
static const int8_t KG_(kg_most_panels)[KG_MR_NARROW + 1] = {
#if KG_REGISTERS == 32
    0, 4, 4, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1
#else
    0, 4, 3, 2, 1, 1, 1
#endif
};

/* All rows of one group of panels, in tiles of at most `most` rows that differ by one at most. */
KG_INLINE void KG_(kg_rows)(const KG_(kg_tile) * t, const KG_(kg_tile_fn) * tiles, int64_t m,
                            int64_t most) {
    if (m <= most) { /* without the divisions, which a small product would notice */
        tiles[m](t, t->a, t->c);
        return;
    }
    const int64_t n_tiles = (m + most - 1) / most;
    const int64_t rows = m / n_tiles, longer = m - rows * n_tiles;
    const KG_T *a = t->a;
    KG_T *c = t->c;
    for (int64_t i = 0; i < n_tiles; i++) {
        const int64_t here = rows + (i < longer);
        tiles[here](t, a, c);
        a += here * t->lda;
        c += here * t->ldc;
    }
}

/* All columns for m rows and one part of k. `packed` is B from k = k0 on in its first panel. */
static void KG_(kg_columns)(KG_(kg_tile) * t, const KG_T *packed, int64_t k0, int64_t k_all,
                            int64_t m, int64_t n) {
    const int64_t full = n / KG_NR, rest = n - full * KG_NR;
    const int64_t most = m <= KG_MR ? KG_(kg_most_panels)[m] : 1;
    const KG_T *const bias = t->bias;
    KG_T *const c = t->c;

    t->panel = KG_NR * k_all;
    t->n_cols = KG_NR;
    for (int64_t at = 0, panels; at < full; at += panels) {
        const int64_t left = full - at;
        panels = left <= most ? left : left < 2 * most ? (left + 1) / 2 : most;
        t->b = packed + at * t->panel + k0 * KG_NR;
        t->bias = bias ? bias + at * KG_NR : NULL;
        t->c = c + at * KG_NR;
        KG_(kg_rows)(t, KG_(kg_tiles)[panels - 1], m, KG_MR);
    }
    if (rest) {
        const int narrow = rest <= KG_W;
        t->b = packed + full * t->panel + k0 * (narrow ? KG_W : KG_NR);
        t->bias = bias ? bias + full * KG_NR : NULL;
        t->c = c + full * KG_NR;
        t->n_cols = rest;
        KG_(kg_rows)(t, narrow ? KG_(kg_tiles_narrow) : KG_(kg_tiles)[0], m,
                     narrow ? KG_MR_NARROW : KG_MR);
    }
    t->bias = bias;
    t->c = c;
}

#if KG_VECTORS
#include "gemm_column_impl.h"
#endif

#if KG_MR > KG_L1_WAYS
/* Rows of A a multiple of KG_L1_WAY_BYTES apart meet in one set of the first-level cache, which holds
 * fewer lines than a tile has rows: every read would miss.  So a tile's rows are copied first, to
 * where they lie apart, and meet all columns there. */
static void KG_(kg_gemm_copied)(KG_(kg_tile) * t, const KG_T *a, int64_t lda, const KG_T *packed,
                                KG_T *c, int64_t m, int64_t n, int64_t k) {
    enum { STRIDE = KG_K_MOST + KG_LINE_BYTES / (int)sizeof(KG_T) };
    KG_T copied[KG_MR * STRIDE];
    const int64_t k_parts = (k + KG_K_MOST - 1) / KG_K_MOST, tiles = (m + KG_MR - 1) / KG_MR;
    t->a = copied;
    t->lda = STRIDE;
    for (int64_t j = 0, k0 = 0; j < k_parts; j++) {
        const int64_t depth = (k - k0) / (k_parts - j);
        t->k = depth;
        t->starts = j == 0;
        t->ends = j == k_parts - 1;
        for (int64_t i = 0, row = 0; i < tiles; i++) {
            const int64_t rows = (m - row) / (tiles - i);
            for (int64_t r = 0; r < rows; r++)
                memcpy(copied + r * STRIDE, a + (row + r) * lda + k0, (size_t)depth * sizeof(KG_T));
            t->c = c + row * t->ldc;
            KG_(kg_columns)(t, packed, k0, k, rows, n);
            row += rows;
        }
        k0 += depth;
    }
}
#endif

static void KG_(kg_gemm)(const KG_T *a, int64_t lda, const KG_T *packed, const KG_T *bias, KG_T *c,
                         int64_t ldc, int64_t m, int64_t n, int64_t k, int relu) {
    KG_(kg_tile) t = {.bias = bias, .lda = lda, .ldc = ldc, .relu = relu};
    if (m <= 0 || n <= 0)
        return;
    assert(k >= 0 && (packed || !k));
    assert(m == 1 || ldc >= n || ldc <= -n); /* no row of C lies in another */
#if KG_VECTORS
    if (n == 1 && m >= 2 * KG_W_LEAST) {
        KG_(kg_gemm_column)(a, lda, packed, bias, c, ldc, m, k, relu);
        return;
    }
#endif
#if KG_MR > KG_L1_WAYS
    if (m > KG_L1_WAYS && n >= KG_NR && lda * (int64_t)sizeof(KG_T) % KG_L1_WAY_BYTES == 0) {
        KG_(kg_gemm_copied)(&t, a, lda, packed, c, m, n, k);
        return;
    }
#endif
    /* Few rows read B once whatever the order is. */
    const int64_t k_parts = m <= KG_MR || k <= KG_K_MOST ? 1 : (k + KG_K_MOST - 1) / KG_K_MOST;
    const int64_t m_parts = m <= KG_M_MOST ? 1 : (m + KG_M_MOST - 1) / KG_M_MOST;
    for (int64_t i = 0, row = 0; i < m_parts; i++) {
        const int64_t rows = (m - row) / (m_parts - i);
        for (int64_t j = 0, k0 = 0; j < k_parts; j++) {
            const int64_t depth = (k - k0) / (k_parts - j);
            t.a = a + row * lda + k0;
            t.c = c + row * ldc;
            t.k = depth;
            t.starts = j == 0;
            t.ends = j == k_parts - 1;
            KG_(kg_columns)(&t, packed, k0, k, rows, n);
            k0 += depth;
        }
        row += rows;
    }
}

static int64_t KG_(kg_gemm_packed_size)(int64_t k, int64_t n) {
    if (k <= 0 || n <= 0)
        return 0;
    return (n + KG_W - 1) / KG_W * KG_W * k;
}

static void KG_(kg_gemm_pack)(const KG_T *b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                              KG_T *packed) {
    for (int64_t first = 0; first < n; first += KG_NR) {
        const int64_t cols = n - first < KG_NR ? n - first : KG_NR;
        const int64_t width = cols <= KG_W ? KG_W : KG_NR;
        for (int64_t p = 0; p < k; p++) {
            const KG_T *row = b + p * rs + first * cs;
            for (int64_t j = 0; j < cols; j++)
                packed[j] = row[j * cs];
            for (int64_t j = cols; j < width; j++)
                packed[j] = 0;
            packed += width;
        }
    }
}

#undef KG_NR
#undef KG_MR
#undef KG_MR_NARROW
#undef KG_TILE
#undef KG_ENTRY
#undef KG_ENTRY_NARROW
#undef KG_EACH_SIX
#undef KG_EACH_NARROW
#undef KG_EACH_WIDE
#undef KG_EACH_V4
