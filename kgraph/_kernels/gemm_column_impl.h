/* A product with one column, C[m, 1] = A[m, k] @ b, for one target and dtype.  See gemm.h.
 *
 * A tile of gemm_impl.h would fill one lane of its vectors.  Here a vector holds as many rows, and
 * squares of A are transposed in registers; each element is the same chain of multiply-adds.
 * Vectors are of 32 bytes at most: squares of 64 cost more shuffles than they save. */

#if KG_W <= 2 * KG_W_LEAST
#define KG_C KG_W
#elif KG_W_LEAST == 4
#define KG_C 8
#else
#define KG_C 4
#endif
#define KG_CV KG_VECTOR(KG_C)

#define KG_LOW_OF_2(a, b) __builtin_shufflevector(a, b, 0, 2)
#define KG_HIGH_OF_2(a, b) __builtin_shufflevector(a, b, 1, 3)
#define KG_LOW_OF_4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define KG_HIGH_OF_4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define KG_LOW_OF_8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define KG_HIGH_OF_8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define KG_LOW_OF(w, a, b) KG_PASTE(KG_LOW_OF, w)(a, b)
#define KG_HIGH_OF(w, a, b) KG_PASTE(KG_HIGH_OF, w)(a, b)

/* Each round rotates the bits of (row, lane) by one; after as many as a lane has, they swapped. */
KG_INLINE void KG_(kg_transpose)(KG_CV *x) {
    KG_UNROLL for (int round = KG_C; round > 1; round /= 2) {
        KG_CV y[KG_C];
        KG_UNROLL for (int i = 0; i < KG_C / 2; i++) {
            y[2 * i] = KG_LOW_OF(KG_C, x[i], x[i + KG_C / 2]);
            y[2 * i + 1] = KG_HIGH_OF(KG_C, x[i], x[i + KG_C / 2]);
        }
        KG_UNROLL for (int i = 0; i < KG_C; i++) x[i] = y[i];
    }
}

/* KG_C rows; b has a vector for each k, of which the first lane counts.  The rows that come next
 * are fetched meanwhile. */
KG_INLINE KG_CV KG_(kg_column_tile)(const KG_T *a, int64_t lda, const KG_T *b, int64_t k) {
    KG_CV acc = {0};
    int64_t p = 0;
    for (; k - p >= KG_C; p += KG_C) {
        KG_CV x[KG_C];
        KG_UNROLL for (int i = 0; i < KG_C; i++) {
            x[i] = KG_LOAD(KG_CV, a + i * lda + p);
            KG_PREFETCH(a + (i + KG_C) * lda + p);
        }
        KG_(kg_transpose)(x);
        KG_UNROLL for (int i = 0; i < KG_C; i++) acc =
            KG_FMA_OF(KG_C)(x[i], KG_SPLAT(KG_CV, b[(p + i) * KG_W]), acc);
    }
    for (; p < k; p++) {
        KG_T column[KG_C];
        KG_UNROLL for (int i = 0; i < KG_C; i++) column[i] = a[i * lda + p];
        acc = KG_FMA_OF(KG_C)(KG_LOAD(KG_CV, column), KG_SPLAT(KG_CV, b[p * KG_W]), acc);
    }
    return acc;
}

/* m >= KG_C; the last tile overlaps its predecessor: same bits. */
static void KG_(kg_gemm_column)(const KG_T *a, int64_t lda, const KG_T *packed, const KG_T *bias,
                                KG_T *c, int64_t ldc, int64_t m, int64_t k, int relu) {
    assert(m >= KG_C);
    for (int64_t row = 0; row < m; row += KG_C) {
        KG_T edge[KG_C];
        if (row > m - KG_C)
            row = m - KG_C;
        KG_CV acc = KG_(kg_column_tile)(a + row * lda, lda, packed, k);
        if (bias)
            acc += KG_SPLAT(KG_CV, bias[0]);
        if (relu)
            acc = KG_RELU(KG_CV, acc);
        KG_STORE(KG_CV, edge, acc);
        for (int i = 0; i < KG_C; i++)
            c[(row + i) * ldc] = edge[i];
    }
}

#undef KG_C
#undef KG_CV
#undef KG_LOW_OF_2
#undef KG_HIGH_OF_2
#undef KG_LOW_OF_4
#undef KG_HIGH_OF_4
#undef KG_LOW_OF_8
#undef KG_HIGH_OF_8
#undef KG_LOW_OF
#undef KG_HIGH_OF
