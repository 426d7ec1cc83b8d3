/* Whole rows to whole rows: (rows, length) -> (rows, length), rows uniform or ragged; and weighted
 * sums of the items of ragged rows.
 *
 * softmax: exp(x - max) / sum, the quotient as a product with 1 / sum.
 * standardize: (x - mean) / sqrt(variance + b), likewise; b is a number.
 * What is summed in which order depends on the length of the row alone.  out may be exactly a. */

/* -- softmax ---------------------------------------------------------------------------------- *
 * Exponentials are raised by a power of two, which falls out of the quotient.
 * A long row has its exponentials made and summed in one go, four vectors at a time.  Short rows are
 * taken a block at a time and have their exponentials made together: so no row has a remainder of
 * its own, which would cost more than the row.  The length of a row alone decides which it is. */
#define KG_SOFTMAX(T, t)                                                                        \
    enum { S(part_##T) = 4 * S(lanes_##T) };                                                    \
    KG_INLINE int S(is_long_##T)(int64_t length) { return length >= 2 * S(part_##T); }          \
    KG_INLINE void S(exp_part_##T)(kg_##T *o, const kg_##T *p, t top) {                         \
        KG_IVDEP for (int64_t j = 0; j < S(part_##T); j++)                                      \
            o[j] = S(exp_raised_##T)(p[j] - top);                                               \
    }                                                                                           \
    KG_INLINE void S(exp_lanes_##T)(kg_##T *o, const kg_##T *p, t top) {                        \
        KG_IVDEP for (int64_t j = 0; j < S(lanes_##T); j++)                                     \
            o[j] = S(exp_raised_##T)(p[j] - top);                                               \
    }                                                                                           \
    /* The greatest of a long row; NaN may be passed over: its exponential is one all the same.    \
     * The last part overlaps its predecessor. */                                               \
    KG_INLINE t S(top_##T)(const kg_##T *p, int64_t length) {                                   \
        enum { PART = S(part_##T), L = S(lanes_##T) };                                          \
        t best[PART];                                                                           \
        memcpy(best, p + length - PART, sizeof best);                                           \
        for (int64_t i = 0; i < length - PART; i += PART) {                                     \
            KG_IVDEP for (int64_t j = 0; j < PART; j++)                                         \
                best[j] = p[i + j] > best[j] ? p[i + j] : best[j];                              \
        }                                                                                       \
        KG_IVDEP for (int64_t j = 0; j < L; j++) {                                              \
            const t a = best[j] > best[j + L] ? best[j] : best[j + L];                          \
            const t b = best[j + 2 * L] > best[j + 3 * L] ? best[j + 2 * L] : best[j + 3 * L];  \
            best[j] = a > b ? a : b;                                                            \
        }                                                                                       \
        return S(max_##T##_tree)(S(load_##T)((const kg_##T *)best));                            \
    }                                                                                           \
    KG_INLINE S(whole_##T) S(sum_part_##T)(const kg_##T *p) {                                   \
        enum { L = S(lanes_##T) };                                                              \
        return (S(load_##T)(p) + S(load_##T)(p + L)) +                                          \
               (S(load_##T)(p + 2 * L) + S(load_##T)(p + 3 * L));                               \
    }                                                                                           \
    KG_INLINE void S(fetch_part_##T)(const kg_##T *p) {                                         \
        for (int i = 0; i < S(part_##T); i += 64 / (int)sizeof(t)) __builtin_prefetch(p + i);   \
    }                                                                                           \
    KG_INLINE void S(scale_row_##T)(kg_##T *o, int64_t length, t by) {                          \
        KG_IVDEP for (int64_t i = 0; i < length; i++) o[i] *= by;                               \
    }                                                                                           \
    static __attribute__((noinline)) void                                                       \
        S(softmax_##T##_long)(kg_##T *o, const kg_##T *p, int64_t length) {                     \
        enum { PART = S(part_##T), L = S(lanes_##T), MOST = KG_REDUCE_STEPS * PART };          \
        const t top = S(top_##T)(p, length);                                                    \
        const int64_t whole = length - length % PART, rest = length % L;                        \
        S(whole_##T) total = S(splat_##T)(0);                                                   \
        t last[L]; /* read first: out may be a */                                               \
        memcpy(last, p + length - L, sizeof last);                                              \
        for (int64_t i = 0; i < whole; i += MOST) {                                             \
            const int64_t stop = whole - i < MOST ? whole : i + MOST;                           \
            S(whole_##T) sum = S(splat_##T)(0);                                                 \
            for (int64_t j = i; j < stop; j += PART) {                                          \
                S(fetch_part_##T)(p + length + j); /* the next row's, meanwhile */              \
                S(exp_part_##T)(o + j, p + j, top);                                             \
                sum += S(sum_part_##T)(o + j);                                                  \
            }                                                                                   \
            total += sum;                                                                       \
        }                                                                                       \
        for (int64_t i = whole; i < length - rest; i += L) {                                    \
            S(exp_lanes_##T)(o + i, p + i, top);                                                \
            total += S(load_##T)(o + i);                                                        \
        }                                                                                       \
        if (rest) { /* some of it is summed already */                                          \
            S(exp_lanes_##T)((kg_##T *)last, (const kg_##T *)last, top);                        \
            memcpy(o + length - L, last, sizeof last);                                          \
            total += S(keep_last_##T)(S(load_##T)((const kg_##T *)last), rest);                 \
        }                                                                                       \
        S(scale_row_##T)(o, length, 1 / S(sum_##T##_tree)(total));                              \
    }                                                                                           \
    KG_INLINE void S(below_top_##T)(kg_##T *o, const kg_##T *p, int64_t length,                 \
                                    const kg_##T *end) {                                        \
        const t top = S(max_##T##_row)(p, length, end);                                         \
        KG_IVDEP for (int64_t i = 0; i < length; i++) o[i] = p[i] - top;                        \
    }                                                                                           \
    static void S(exp_together_##T)(kg_##T *o, int64_t count) {                                 \
        const int64_t whole = count - count % S(part_##T);                                      \
        const size_t rest = (size_t)(count - whole) * sizeof(t);                                \
        t last[S(part_##T)] = {0};                                                              \
        for (int64_t i = 0; i < whole; i += S(part_##T)) S(exp_part_##T)(o + i, o + i, 0);      \
        memcpy(last, o + whole, rest);                                                          \
        S(exp_part_##T)(last, last, 0);                                                         \
        memcpy(o + whole, last, rest);                                                          \
    }                                                                                           \
    KG_INLINE void S(to_shares_##T)(kg_##T *o, int64_t length, const kg_##T *end) {             \
        S(scale_row_##T)(o, length, 1 / S(sum_##T##_row)(o, length, end));                      \
    }                                                                                           \
    static void S(softmax_##T##_uniform)(void *out, const void *a, const void *b, int64_t rows, \
                                         int64_t length) {                                      \
        const kg_##T *p = (const kg_##T *)a, *end = p + rows * length;                          \
        kg_##T *o = (kg_##T *)out, *out_end = o + rows * length;                                \
        const int64_t most = KG_ROWS_BLOCK / (length + !length);                                \
        KG_UNUSED(b);                                                                           \
        if (S(is_long_##T)(length)) {                                                           \
            for (int64_t r = 0; r < rows; r++, p += length, o += length)                        \
                S(softmax_##T##_long)(o, p, length);                                            \
            return;                                                                             \
        }                                                                                       \
        for (int64_t r = 0; r < rows; r += most) {                                              \
            const int64_t count = rows - r < most ? rows - r : most;                            \
            for (int64_t i = 0; i < count; i++)                                                 \
                S(below_top_##T)(o + i * length, p + i * length, length, end);                  \
            S(exp_together_##T)(o, count * length);                                             \
            for (int64_t i = 0; i < count; i++)                                                 \
                S(to_shares_##T)(o + i * length, length, out_end);                              \
            p += count * length, o += count * length;                                           \
        }                                                                                       \
    }                                                                                           \
    static void S(softmax_##T##_ragged)(void *out, const void *a, const void *b,                \
                                        const int64_t *bounds, int64_t rows) {                  \
        const kg_##T *p = (const kg_##T *)a - bounds[0], *end = p + bounds[rows];               \
        kg_##T *o = (kg_##T *)out - bounds[0], *out_end = o + bounds[rows];                     \
        KG_UNUSED(b);                                                                           \
        for (int64_t r = 0, last; r < rows; r = last) {                                         \
            const int64_t first = bounds[r];                                                    \
            last = r + 1;                                                                       \
            if (S(is_long_##T)(bounds[last] - first)) {                                         \
                S(softmax_##T##_long)(o + first, p + first, bounds[last] - first);              \
                continue;                                                                       \
            }                                                                                   \
            while (last < rows && bounds[last] - first < KG_ROWS_BLOCK &&                       \
                   !S(is_long_##T)(bounds[last + 1] - bounds[last]))                            \
                last++;                                                                         \
            for (int64_t i = r; i < last; i++)                                                  \
                S(below_top_##T)(o + bounds[i], p + bounds[i], bounds[i + 1] - bounds[i], end); \
            S(exp_together_##T)(o + first, bounds[last] - first);                               \
            for (int64_t i = r; i < last; i++)                                                  \
                S(to_shares_##T)(o + bounds[i], bounds[i + 1] - bounds[i], out_end);            \
        }                                                                                       \
    }

/* -- standardize ------------------------------------------------------------------------------ */
#define KG_STANDARDIZE(T, t, SQRT)                                                              \
    static __attribute__((noinline)) void                                                       \
        S(standardize_##T##_row)(kg_##T *o, const kg_##T *p, int64_t length, const kg_##T *end, \
                                 t epsilon) {                                                   \
        enum { PART = 256 };                                                                    \
        const t mean = S(sum_##T##_row)(p, length, end) / (t)length;                            \
        t total = 0, squares[PART];                                                             \
        for (int64_t i = 0; i < length; i += PART) {                                            \
            const int64_t count = length - i < PART ? length - i : PART;                        \
            KG_IVDEP for (int64_t j = 0; j < count; j++) {                                      \
                const t x = p[i + j] - mean;                                                    \
                squares[j] = x * x;                                                             \
            }                                                                                   \
            total += S(sum_##T##_row)((const kg_##T *)squares, count,                           \
                                      (const kg_##T *)squares + PART);                          \
        }                                                                                       \
        const t scale = 1 / SQRT(total / (t)length + epsilon);                                  \
        KG_IVDEP for (int64_t i = 0; i < length; i++) o[i] = (p[i] - mean) * scale;             \
    }                                                                                           \
    static void S(standardize_##T##_uniform)(void *out, const void *a, const void *b,           \
                                             int64_t rows, int64_t length) {                    \
        const kg_##T *p = (const kg_##T *)a, *end = p + rows * length;                          \
        kg_##T *o = (kg_##T *)out;                                                              \
        const t epsilon = *(const kg_##T *)b;                                                   \
        for (int64_t r = 0; r < rows; r++, p += length, o += length)                            \
            S(standardize_##T##_row)(o, p, length, end, epsilon);                               \
    }                                                                                           \
    static void S(standardize_##T##_ragged)(void *out, const void *a, const void *b,            \
                                            const int64_t *bounds, int64_t rows) {              \
        const kg_##T *p = (const kg_##T *)a - bounds[0], *end = p + bounds[rows];               \
        kg_##T *o = (kg_##T *)out - bounds[0];                                                  \
        const t epsilon = *(const kg_##T *)b;                                                   \
        for (int64_t r = 0; r < rows; r++)                                                      \
            S(standardize_##T##_row)                                                            \
            (o + bounds[r], p + bounds[r], bounds[r + 1] - bounds[r], end, epsilon);            \
    }

/* -- weighted sums ---------------------------------------------------------------------------- *
 * a (items, inner), b (items,) -> out (rows, inner): each column in order along the row. */
#define KG_WEIGHTED_SUM(T, t)                                                                   \
    static void S(weighted_sum_##T##_columns)(kg_##T *out, const kg_##T *p, const kg_##T *w,    \
                                              int64_t length, int64_t inner,                    \
                                              const kg_##T *end) {                              \
        enum { L = S(lanes_##T) };                                                              \
        const S(whole_##T) zero = S(splat_##T)(0);                                              \
        int64_t j = 0;                                                                          \
        for (; inner - j >= 4 * L; j += 4 * L) {                                                \
            S(whole_##T) v0 = zero, v1 = zero, v2 = zero, v3 = zero;                            \
            for (int64_t i = 0; i < length; i++) {                                              \
                const kg_##T *x = p + i * inner + j;                                            \
                const S(whole_##T) by = S(splat_##T)(w[i]);                                     \
                v0 += S(load_##T)(x) * by;                                                      \
                v1 += S(load_##T)(x + L) * by;                                                  \
                v2 += S(load_##T)(x + 2 * L) * by;                                              \
                v3 += S(load_##T)(x + 3 * L) * by;                                              \
            }                                                                                   \
            memcpy(out + j, &v0, sizeof v0);                                                    \
            memcpy(out + j + L, &v1, sizeof v1);                                                \
            memcpy(out + j + 2 * L, &v2, sizeof v2);                                            \
            memcpy(out + j + 3 * L, &v3, sizeof v3);                                            \
        }                                                                                       \
        for (; j < inner; j += L) {                                                             \
            const int64_t count = inner - j < L ? inner - j : L;                                \
            S(whole_##T) v = zero;                                                              \
            for (int64_t i = 0; i < length; i++) {                                              \
                const kg_##T *x = p + i * inner + j;                                            \
                v += S(load_part_##T)(x, count, end, 0) * S(splat_##T)(w[i]);                   \
            }                                                                                   \
            memcpy(out + j, &v, (size_t)count * sizeof(t));                                     \
        }                                                                                       \
    }                                                                                           \
    static void S(weighted_sum_##T##_rows)(void *out, const void *a, const void *b,             \
                                           const int64_t *bounds, int64_t rows,                 \
                                           int64_t inner) {                                     \
        const kg_##T *p = (const kg_##T *)a - bounds[0] * inner;                                \
        const kg_##T *w = (const kg_##T *)b - bounds[0], *end = p + bounds[rows] * inner;       \
        kg_##T *o = (kg_##T *)out;                                                              \
        for (int64_t r = 0; r < rows; r++)                                                      \
            S(weighted_sum_##T##_columns)                                                       \
            (o + r * inner, p + bounds[r] * inner, w + bounds[r], bounds[r + 1] - bounds[r],    \
             inner, end);                                                                       \
    }

KG_SOFTMAX(f32, float)
KG_SOFTMAX(f64, double)
KG_STANDARDIZE(f32, float, __builtin_sqrtf)
KG_STANDARDIZE(f64, double, __builtin_sqrt)
KG_WEIGHTED_SUM(f32, float)
KG_WEIGHTED_SUM(f64, double)

#include "loops_order.h"
#if KG_IS_BASE
#include "loops_scan.h"
#endif

#define KG_ROWWISE_ENTRY(NAME, op, T)                                                           \
    {.name = #op "_" #T,                                                                        \
     .uniform = NAME(op##_##T##_uniform),                                                       \
     .ragged = NAME(op##_##T##_ragged)},
#define KG_WEIGH_ENTRY(T) {.name = "weighted_sum_" #T, .weigh = S(weighted_sum_##T##_rows)},
#define KG_NUMBER_ENTRIES(T)                                                                    \
    KG_ROWWISE_ENTRY(KG_BASE_NAME, cumsum, T)                                                   \
    KG_ROWWISE_ENTRY(KG_BASE_NAME, cumprod, T)                                                  \
    {.name = "top_positions_" #T, .top = KG_BASE_NAME(top_positions_##T)},                      \
    {.name = "sort_" #T, .order = S(sort_##T##_rows)},                                          \
    {.name = "argsort_" #T, .order = S(argsort_##T##_rows)},

static const kg_rowwise_entry S(rowwise)[] = {
    KG_ROWWISE_ENTRY(S, softmax, f32) KG_ROWWISE_ENTRY(S, softmax, f64)
    KG_ROWWISE_ENTRY(S, standardize, f32) KG_ROWWISE_ENTRY(S, standardize, f64)
    KG_WEIGH_ENTRY(f32) KG_WEIGH_ENTRY(f64)
    KG_NUMBERS(KG_NUMBER_ENTRIES)
};
#undef KG_ROWWISE_ENTRY
#undef KG_WEIGH_ENTRY
#undef KG_NUMBER_ENTRIES
#undef KG_SOFTMAX
#undef KG_STANDARDIZE
#undef KG_WEIGHTED_SUM
