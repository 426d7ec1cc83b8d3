/* Whole rows to whole rows: (rows, length) -> (rows, length), rows uniform or ragged.
 *
 * softmax: exp(x - max) / sum, the quotient as a product with 1 / sum.  What is summed in which
 * order depends on the length of the row alone.  out may be exactly a.
 *
 * Rows are taken a block at a time and have their exponentials taken together: so no row has a
 * remainder of its own, which for short rows would cost more than the row. */

#define KG_SOFTMAX(T, t)                                                                        \
    KG_INLINE void S(below_top_##T)(kg_##T *o, const kg_##T *p, int64_t length,                 \
                                    const kg_##T *end) {                                        \
        const t top = S(max_##T##_row)(p, length, end);                                         \
        KG_IVDEP for (int64_t i = 0; i < length; i++) o[i] = p[i] - top;                        \
    }                                                                                           \
    KG_INLINE void S(to_shares_##T)(kg_##T *o, int64_t length, const kg_##T *end) {             \
        const t by = 1 / S(sum_##T##_row)(o, length, end);                                      \
        KG_IVDEP for (int64_t i = 0; i < length; i++) o[i] *= by;                               \
    }                                                                                           \
    static void S(softmax_##T##_uniform)(void *out, const void *a, int64_t rows,                \
                                         int64_t length, int64_t inner) {                       \
        const kg_##T *p = (const kg_##T *)a, *end = p + rows * length;                          \
        kg_##T *o = (kg_##T *)out, *out_end = o + rows * length;                                \
        const int64_t most = length < KG_ROWS_BLOCK ? KG_ROWS_BLOCK / (length + !length) : 1;   \
        KG_UNUSED(inner);                                                                       \
        for (int64_t r = 0; r < rows; r += most) {                                              \
            const int64_t count = rows - r < most ? rows - r : most;                            \
            for (int64_t i = 0; i < count; i++)                                                 \
                S(below_top_##T)(o + i * length, p + i * length, length, end);                  \
            S(exp_##T##_loop)(o, o, NULL, NULL, count * length);                                \
            for (int64_t i = 0; i < count; i++)                                                 \
                S(to_shares_##T)(o + i * length, length, out_end);                              \
            p += count * length, o += count * length;                                           \
        }                                                                                       \
    }                                                                                           \
    static void S(softmax_##T##_ragged)(void *out, const void *a, const int64_t *bounds,        \
                                        int64_t rows, int64_t inner) {                          \
        const kg_##T *p = (const kg_##T *)a - bounds[0], *end = p + bounds[rows];               \
        kg_##T *o = (kg_##T *)out - bounds[0], *out_end = o + bounds[rows];                     \
        KG_UNUSED(inner);                                                                       \
        for (int64_t r = 0, last; r < rows; r = last) {                                         \
            const int64_t first = bounds[r];                                                    \
            for (last = r; last < rows && (last == r || bounds[last] - first < KG_ROWS_BLOCK);  \
                 last++)                                                                        \
                S(below_top_##T)(o + bounds[last], p + bounds[last],                            \
                                 bounds[last + 1] - bounds[last], end);                         \
            S(exp_##T##_loop)(o + first, o + first, NULL, NULL, bounds[last] - first);          \
            for (int64_t i = r; i < last; i++)                                                  \
                S(to_shares_##T)(o + bounds[i], bounds[i + 1] - bounds[i], out_end);            \
        }                                                                                       \
    }

KG_SOFTMAX(f32, float)
KG_SOFTMAX(f64, double)

static const kg_reduce_entry S(rowwise)[] = {
    {"softmax_f32", S(softmax_f32_uniform), S(softmax_f32_ragged)},
    {"softmax_f64", S(softmax_f64_uniform), S(softmax_f64_ragged)},
};
#undef KG_SOFTMAX
