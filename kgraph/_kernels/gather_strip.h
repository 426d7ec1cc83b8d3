/* The strips of KG_LANES lanes: kg_strips_<lanes>[wide indices][vectors]. */

#define KG_SV KG_VECTOR(KG_LANES)
#define KG_S_(name) KG_(KG_PASTE(name, KG_LANES))

KG_INLINE int KG_S_(kg_strip_body)(const int count, const int wide, const KG_(kg_bag) * g,
                                   int64_t first, int64_t last, int64_t col, int64_t last_at) {
    const int fetch = count * KG_LANES * (int)sizeof(KG_T) >= KG_GATHER_FETCH_BYTES;
    const int32_t *const i32 = (const int32_t *)g->indices;
    const int64_t *const i64 = (const int64_t *)g->indices;
    const KG_T *const table = g->table + col;
    const int64_t ld = g->ld, step = g->weight_step;
    const uint64_t n_rows = (uint64_t)g->n_rows;
    const int64_t stop = KG_(kg_split)(g, last); /* entries to come, of whatever row */
    int bad = 0;

    int64_t p = KG_(kg_split)(g, first);
    for (int64_t r = first; r < last; r++) {
        const int64_t end = KG_(kg_split)(g, r + 1);
        KG_SV acc[8];
        KG_UNROLL for (int v = 0; v < count; v++) acc[v] = (KG_SV){0};
        for (; p < end; p++) {
            /* As unsigned, a negative index is past the end too. */
            const uint64_t index = wide ? (uint64_t)i64[p] : (uint64_t)(int64_t)i32[p];
            if (KG_UNLIKELY(index >= n_rows)) {
                bad = 1;
                continue;
            }
            if (fetch && p + KG_GATHER_AHEAD < stop) {
                /* Not checked yet, so it may lead anywhere: unsigned, where no product overflows. */
                const uint64_t next = wide ? (uint64_t)i64[p + KG_GATHER_AHEAD]
                                           : (uint64_t)(int64_t)i32[p + KG_GATHER_AHEAD];
                const char *line =
                    (const char *)((uintptr_t)table +
                                   (uintptr_t)(next * (uint64_t)ld * sizeof(KG_T)));
                KG_UNROLL for (int b = 0; b < count * KG_LANES * (int)sizeof(KG_T); b += 64)
                    KG_PREFETCH(line + b);
            }
            const KG_T *row = table + (int64_t)index * ld;
            const KG_SV w = KG_SPLAT(KG_SV, g->weights[p * step]);
            KG_UNROLL for (int v = 0; v < count - 1; v++) acc[v] =
                KG_FMA_OF(KG_LANES)(w, KG_LOAD(KG_SV, row + v * KG_LANES), acc[v]);
            acc[count - 1] =
                KG_FMA_OF(KG_LANES)(w, KG_LOAD(KG_SV, row + last_at), acc[count - 1]);
        }
        KG_T *out = g->out + r * g->ldo + col;
        KG_UNROLL for (int v = 0; v < count; v++) {
            const int64_t at = v < count - 1 ? v * KG_LANES : last_at;
            if (g->bias)
                acc[v] += KG_LOAD(KG_SV, g->bias + col + at);
            KG_STORE(KG_SV, out + at, acc[v]);
        }
    }
    return bad;
}

#define KG_STRIP_ARGS                                                                              \
    const KG_(kg_bag) * g, int64_t first, int64_t last, int64_t col, int64_t last_at
#define KG_STRIP(count)                                                                            \
    static int KG_S_(kg_strip_narrow_##count)(KG_STRIP_ARGS) {                                     \
        return KG_S_(kg_strip_body)(count, 0, g, first, last, col, last_at);                       \
    }                                                                                              \
    static int KG_S_(kg_strip_wide_##count)(KG_STRIP_ARGS) {                                       \
        return KG_S_(kg_strip_body)(count, 1, g, first, last, col, last_at);                       \
    }
KG_STRIP(1)
KG_STRIP(2)
#if KG_LANES == KG_W || KG_LANES == 1
KG_STRIP(3)
#endif
#if KG_LANES == KG_W
KG_STRIP(4) KG_STRIP(5) KG_STRIP(6) KG_STRIP(7) KG_STRIP(8)
#endif

#if KG_LANES == KG_W
#define KG_STRIP_LIST(kind)                                                                        \
    NULL, KG_S_(kind##_1), KG_S_(kind##_2), KG_S_(kind##_3), KG_S_(kind##_4), KG_S_(kind##_5),     \
        KG_S_(kind##_6), KG_S_(kind##_7), KG_S_(kind##_8)
#elif KG_LANES == 1
#define KG_STRIP_LIST(kind) NULL, KG_S_(kind##_1), KG_S_(kind##_2), KG_S_(kind##_3)
#else
#define KG_STRIP_LIST(kind) NULL, KG_S_(kind##_1), KG_S_(kind##_2)
#endif
static const KG_(kg_strip_fn) KG_S_(kg_strips)[2][9] = {
    {KG_STRIP_LIST(kg_strip_narrow)}, {KG_STRIP_LIST(kg_strip_wide)}};

#undef KG_SV
#undef KG_S_
#undef KG_STRIP
#undef KG_STRIP_ARGS
#undef KG_STRIP_LIST
#undef KG_LANES
