/* The strips of KG_LANES lanes: kg_strips_<lanes>[wide indices][vectors]. */

#define KG_SV KG_VECTOR(KG_LANES)
#define KG_S_(name) KG_(KG_PASTE(name, KG_LANES))

/* Entry p is weighted and added to the sums of its row; 1 if it leads out of the table. */
KG_INLINE int KG_S_(kg_add_entry)(const int count, const int wide, const KG_(kg_bag) * g, int64_t p,
                                  int64_t stop, const KG_T *table, int64_t last_at, KG_SV *acc) {
    const int fetch = count * KG_LANES * (int)sizeof(KG_T) >= KG_GATHER_FETCH_BYTES;
    const int32_t *const i32 = (const int32_t *)g->indices;
    const int64_t *const i64 = (const int64_t *)g->indices;
    /* As unsigned, a negative index is past the end too. */
    const uint64_t index = wide ? (uint64_t)i64[p] : (uint64_t)(int64_t)i32[p];
    if (KG_UNLIKELY(index >= (uint64_t)g->n_rows))
        return 1;
    if (fetch && p + KG_GATHER_AHEAD < stop) {
        /* Not checked yet, so it may lead anywhere: unsigned, where no product overflows. */
        const uint64_t next =
            wide ? (uint64_t)i64[p + KG_GATHER_AHEAD] : (uint64_t)(int64_t)i32[p + KG_GATHER_AHEAD];
        const char *line = (const char *)((uintptr_t)table +
                                          (uintptr_t)(next * (uint64_t)g->ld * sizeof(KG_T)));
        KG_UNROLL for (int b = 0; b < count * KG_LANES * (int)sizeof(KG_T); b += 64)
            KG_PREFETCH(line + b);
    }
    const KG_T *row = table + (int64_t)index * g->ld;
    const KG_SV w = KG_SPLAT(KG_SV, g->weights[p * g->weight_step]);
    KG_UNROLL for (int v = 0; v < count - 1; v++) acc[v] =
        KG_FMA_OF(KG_LANES)(w, KG_LOAD(KG_SV, row + v * KG_LANES), acc[v]);
    acc[count - 1] = KG_FMA_OF(KG_LANES)(w, KG_LOAD(KG_SV, row + last_at), acc[count - 1]);
    return 0;
}

/* Rows whose sums are few vectors go side by side as far as the shortest: an entry waits for the
 * one before it in its row, and for no other. */
KG_INLINE int KG_S_(kg_strip_body)(const int count, const int wide, const KG_(kg_bag) * bag,
                                   int64_t first, int64_t last, int64_t col, int64_t last_at) {
    enum { MOST = 4 };
    const int beside = count == 1 ? MOST : count == 2 ? 2 : 1;
    const KG_(kg_bag) local = *bag, *const g = &local; /* which no store can change */
    const KG_T *const table = g->table + col;
    const int64_t stop = KG_(kg_split)(g, last); /* entries to come, of whatever row */
    int bad = 0;

    int64_t end = KG_(kg_split)(g, first);
    for (int64_t r = first, rows; r < last; r += rows) {
        KG_SV acc[MOST][8];
        int64_t p[MOST], ends[MOST], together = 0;
        rows = last - r < beside ? 1 : beside;
        KG_UNROLL for (int i = 0; i < beside; i++) {
            KG_UNROLL for (int v = 0; v < count; v++) acc[i][v] = (KG_SV){0};
            if (i < rows) {
                p[i] = end;
                ends[i] = end = KG_(kg_split)(g, r + i + 1);
            }
        }
        if (beside > 1 && rows == beside) {
            together = ends[0] - p[0];
            KG_UNROLL for (int i = 1; i < beside; i++) together =
                ends[i] - p[i] < together ? ends[i] - p[i] : together;
        }
        for (int64_t t = 0; t < together; t++) {
            KG_UNROLL for (int i = 0; i < beside; i++) bad |=
                KG_S_(kg_add_entry)(count, wide, g, p[i] + t, stop, table, last_at, acc[i]);
        }
        KG_UNROLL for (int i = 0; i < beside; i++) {
            if (i >= rows)
                break;
            for (int64_t at = p[i] + together; at < ends[i]; at++)
                bad |= KG_S_(kg_add_entry)(count, wide, g, at, stop, table, last_at, acc[i]);
            KG_T *out = g->out + (r + i) * g->ldo + col;
            KG_UNROLL for (int v = 0; v < count; v++) {
                const int64_t to = v < count - 1 ? v * KG_LANES : last_at;
                if (g->bias)
                    acc[i][v] += KG_LOAD(KG_SV, g->bias + col + to);
                KG_STORE(KG_SV, out + to, acc[i][v]);
            }
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
