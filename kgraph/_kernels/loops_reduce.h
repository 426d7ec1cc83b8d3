/* Reductions over rows: (rows, length, inner) -> (rows, inner), rows uniform or ragged.
 *
 * Floats, inner == 1: LANES strided partial results, combined by a fixed tree; what meets what
 * depends on the length of the row alone.  A short row is one masked vector, so that rows of ten
 * or sixteen items cost a few instructions each.
 * Floats, inner > 1: each column on its own, in order along the row: strips of columns held in
 * registers, or, where strips would walk through many pages of memory each, row by row.
 * Integers have no order to keep: plain loops.
 * Uniform rows, inner == 1: out may be exactly a, if both have items of one size; a row is read
 * before its result is written, which no later row reaches down to.
 *
 * Vectors are those of gcc and clang, as wide as the target's registers (gcc lowers wider ones to
 * scalars), so sums may differ in the last bits from one target to the next. */

/* ---- float vectors ---- */
#define KG_VECTOR(T, t, bits_t)                                                                 \
    typedef t S(whole_##T) __attribute__((vector_size(KG_VECTOR_BYTES)));                       \
    typedef t S(half_##T) __attribute__((vector_size(32)));                                     \
    typedef t S(quarter_##T) __attribute__((vector_size(16)));                                  \
    typedef bits_t S(mask_##T) __attribute__((vector_size(KG_VECTOR_BYTES)));                   \
    enum { S(lanes_##T) = KG_VECTOR_BYTES / (int)sizeof(t) };                                   \
    KG_INLINE S(whole_##T) S(load_##T)(const kg_##T *p) {                                       \
        S(whole_##T) v;                                                                         \
        memcpy(&v, p, sizeof v);                                                                \
        return v;                                                                               \
    }                                                                                           \
    KG_INLINE S(whole_##T) S(splat_##T)(t x) { return x - (S(whole_##T)){0}; }                  \
    KG_INLINE S(mask_##T) S(first_##T)(int64_t count) {                                         \
        static const bits_t window[2 * 64 / sizeof(bits_t)] = {KG_SET_##T};                     \
        S(mask_##T) set;                                                                        \
        memcpy(&set, window + 64 / sizeof(bits_t) - (size_t)count, sizeof set);                 \
        return set;                                                                             \
    }                                                                                           \
    /* The last count of LANES elements, zeros before them. */                                  \
    KG_INLINE S(whole_##T) S(keep_last_##T)(S(whole_##T) v, int64_t count) {                    \
        return (S(whole_##T))((S(mask_##T))v & ~S(first_##T)(S(lanes_##T) - count));            \
    }                                                                                           \
    /* The first count of LANES elements at p, then fill; end bounds what may be read. */       \
    KG_INLINE S(whole_##T)                                                                      \
        S(load_part_##T)(const kg_##T *p, int64_t count, const kg_##T *end, t fill) {           \
        const S(mask_##T) set = S(first_##T)(count);                                            \
        S(mask_##T) x, other;                                                                   \
        S(whole_##T) v = S(splat_##T)(fill);                                                    \
        memcpy(&other, &v, sizeof other);                                                       \
        if (end - p >= S(lanes_##T))                                                            \
            memcpy(&x, p, sizeof x);                                                            \
        else                                                                                    \
            memcpy(&x, memcpy(&v, p, (size_t)count * sizeof(t)), sizeof x);                     \
        x = (x & set) | (other & ~set);                                                         \
        memcpy(&v, &x, sizeof v);                                                               \
        return v;                                                                               \
    }
#define KG_SET_f32 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
#define KG_SET_f64 -1, -1, -1, -1, -1, -1, -1, -1
KG_VECTOR(f32, float, int32_t)
KG_VECTOR(f64, double, int64_t)

/* ---- the operations on a vector V of any width ---- */
#define KG_ADD(V, y, x) ((y) + (x))
#define KG_MULTIPLY(V, y, x) ((y) * (x))
#define KG_PICK(V, mask, x, y)                                                                  \
    ((V)(((mask) & (__typeof__(mask))(x)) | (~(mask) & (__typeof__(mask))(y))))
/* A NaN in x is taken, a NaN in y is kept. */
#define KG_GREATER(V, y, x) KG_PICK(V, ((x) > (y)) | ((x) != (x)), x, y)
#define KG_SMALLER(V, y, x) KG_PICK(V, ((x) < (y)) | ((x) != (x)), x, y)
/* The upper half onto the lower one, down to one element.  By vectors to the end: a comparison of
 * two scalars is a branch, which random numbers make the processor guess wrong. */
#define KG_LOW_f32(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define KG_HIGH_f32(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)
#define KG_LOW_f64(v) __builtin_shufflevector(v, v, 0, 1)
#define KG_HIGH_f64(v) __builtin_shufflevector(v, v, 2, 3)
#define KG_LOW_HALF_f32(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define KG_HIGH_HALF_f32(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#define KG_LOW_HALF_f64(v) __builtin_shufflevector(v, v, 0, 1, 2, 3)
#define KG_HIGH_HALF_f64(v) __builtin_shufflevector(v, v, 4, 5, 6, 7)
#define KG_FOLD_16(T, OP, v) (v)
#define KG_FOLD_32(T, OP, v) OP(S(quarter_##T), KG_LOW_##T(v), KG_HIGH_##T(v))
#define KG_FOLD_64(T, OP, v)                                                                    \
    KG_FOLD_32(T, OP, OP(S(half_##T), KG_LOW_HALF_##T(v), KG_HIGH_HALF_##T(v)))
#define KG_FOLD_LAST(OP, v, ...) OP(__typeof__(v), v, __builtin_shufflevector(v, v, __VA_ARGS__))
#define KG_LAST_f32(OP, v)                                                                      \
    const S(quarter_f32) two = KG_FOLD_LAST(OP, v, 2, 3, 2, 3);                            \
    const S(quarter_f32) one = KG_FOLD_LAST(OP, two, 1, 1, 1, 1);
#define KG_LAST_f64(OP, v) const S(quarter_f64) one = KG_FOLD_LAST(OP, v, 1, 1);

#define KG_FLOAT_REDUCE(op, T, t, OP, START)                                                    \
    KG_INLINE t S(op##_##T##_tree)(S(whole_##T) v) {                                            \
        const S(quarter_##T) q = KG_PASTE(KG_FOLD, KG_VECTOR_BYTES)(T, OP, v);                  \
        KG_LAST_##T(OP, q) return one[0];                                                       \
    }                                                                                           \
    /* Rows of four vectors and more: four chains, folded every KG_REDUCE_STEPS steps, so that  \
     * the error of a long sum grows with length / (4 * LANES * KG_REDUCE_STEPS). */            \
    static __attribute__((noinline)) t                                                          \
        S(op##_##T##_long)(const kg_##T *p, int64_t length, const kg_##T *end) {                \
        enum { L = S(lanes_##T) };                                                              \
        S(whole_##T) total = S(splat_##T)(START);                                               \
        int64_t i = 0;                                                                          \
        while (length - i >= 4 * L) {                                                           \
            S(whole_##T) v0 = S(load_##T)(p + i), v1 = S(load_##T)(p + i + L);                  \
            S(whole_##T) v2 = S(load_##T)(p + i + 2 * L), v3 = S(load_##T)(p + i + 3 * L);      \
            i += 4 * L;                                                                         \
            for (int s = 1; s < KG_REDUCE_STEPS && length - i >= 4 * L; s++, i += 4 * L) {      \
                v0 = OP(S(whole_##T), v0, S(load_##T)(p + i));                                  \
                v1 = OP(S(whole_##T), v1, S(load_##T)(p + i + L));                              \
                v2 = OP(S(whole_##T), v2, S(load_##T)(p + i + 2 * L));                          \
                v3 = OP(S(whole_##T), v3, S(load_##T)(p + i + 3 * L));                          \
            }                                                                                   \
            v0 = OP(S(whole_##T), v0, v1);                                                      \
            v2 = OP(S(whole_##T), v2, v3);                                                      \
            v0 = OP(S(whole_##T), v0, v2);                                                      \
            total = OP(S(whole_##T), total, v0);                                                \
        }                                                                                       \
        for (; length - i >= L; i += L) total = OP(S(whole_##T), total, S(load_##T)(p + i));    \
        if (i < length) {                                                                       \
            const S(whole_##T) rest = S(load_part_##T)(p + i, length - i, end, START);          \
            total = OP(S(whole_##T), total, rest);                                              \
        }                                                                                       \
        return S(op##_##T##_tree)(total);                                                       \
    }                                                                                           \
    KG_INLINE t S(op##_##T##_row)(const kg_##T *p, int64_t length, const kg_##T *end) {         \
        enum { L = S(lanes_##T) };                                                              \
        if (length >= 4 * L) return S(op##_##T##_long)(p, length, end);                         \
        if (length < L) return S(op##_##T##_tree)(S(load_part_##T)(p, length, end, START));     \
        S(whole_##T) v = S(load_##T)(p);                                                        \
        int64_t i = L;                                                                          \
        for (; length - i >= L; i += L) v = OP(S(whole_##T), v, S(load_##T)(p + i));            \
        if (i < length) {                                                                       \
            const S(whole_##T) rest = S(load_part_##T)(p + i, length - i, end, START);          \
            v = OP(S(whole_##T), v, rest);                                                      \
        }                                                                                       \
        return S(op##_##T##_tree)(v);                                                           \
    }                                                                                           \
    /* `count` of the columns, row by row onto results that stay in the first-level cache. */    \
    static __attribute__((noinline)) void                                                       \
        S(op##_##T##_by_rows)(kg_##T *out, const kg_##T *p, int64_t length, int64_t inner,      \
                              int64_t count, const kg_##T *end) {                               \
        enum { L = S(lanes_##T) };                                                              \
        const int64_t rest = count % L, whole = count - rest;                                   \
        S(whole_##T) last = S(splat_##T)(START);                                                \
        for (int64_t j = 0; j < whole; j += L) memcpy(out + j, &last, sizeof last);             \
        for (int64_t i = 0; i < length; i += 4) {                                               \
            const kg_##T *x = p + i * inner;                                                    \
            const int64_t rows = length - i < 4 ? length - i : 4;                               \
            for (int64_t j = 0; rows == 4 && j < whole; j += L) {                               \
                S(whole_##T) v = S(load_##T)(out + j);                                          \
                v = OP(S(whole_##T), v, S(load_##T)(x + j));                                    \
                v = OP(S(whole_##T), v, S(load_##T)(x + j + inner));                            \
                v = OP(S(whole_##T), v, S(load_##T)(x + j + 2 * inner));                        \
                v = OP(S(whole_##T), v, S(load_##T)(x + j + 3 * inner));                        \
                memcpy(out + j, &v, sizeof v);                                                  \
            }                                                                                   \
            for (int64_t k = 0; k < rows; k++, x += inner) {                                    \
                for (int64_t j = 0; rows < 4 && j < whole; j += L) {                            \
                    const S(whole_##T) v =                                                      \
                        OP(S(whole_##T), S(load_##T)(out + j), S(load_##T)(x + j));             \
                    memcpy(out + j, &v, sizeof v);                                              \
                }                                                                               \
                if (rest)                                                                       \
                    last = OP(S(whole_##T), last,                                               \
                              S(load_part_##T)(x + whole, rest, end, START));                   \
            }                                                                                   \
        }                                                                                       \
        memcpy(out + whole, &last, (size_t)rest * sizeof(t));                                   \
    }                                                                                           \
    /* `count` of the columns.  The last LANES overlap their predecessors: same bits. */        \
    static __attribute__((noinline)) void                                                       \
        S(op##_##T##_columns)(kg_##T *out, const kg_##T *p, int64_t length, int64_t inner,      \
                              int64_t count, const kg_##T *end) {                               \
        enum { L = S(lanes_##T) };                                                              \
        const S(whole_##T) start = S(splat_##T)(START);                                         \
        int64_t j = 0;                                                                          \
        if (count >= KG_WIDE && length * count >= KG_LARGE) {                                   \
            for (; j < count; j += KG_COLUMNS_BLOCK)                                            \
                S(op##_##T##_by_rows)(out + j, p + j, length, inner,                            \
                                      count - j < KG_COLUMNS_BLOCK ? count - j                  \
                                                                   : KG_COLUMNS_BLOCK, end);    \
            return;                                                                             \
        }                                                                                       \
        for (; count - j >= 4 * L; j += 4 * L) {                                                \
            S(whole_##T) v0 = start, v1 = start, v2 = start, v3 = start;                        \
            for (int64_t i = 0; i < length; i++) {                                              \
                const kg_##T *x = p + i * inner + j;                                            \
                v0 = OP(S(whole_##T), v0, S(load_##T)(x));                                      \
                v1 = OP(S(whole_##T), v1, S(load_##T)(x + L));                                  \
                v2 = OP(S(whole_##T), v2, S(load_##T)(x + 2 * L));                              \
                v3 = OP(S(whole_##T), v3, S(load_##T)(x + 3 * L));                              \
            }                                                                                   \
            memcpy(out + j, &v0, sizeof v0);                                                    \
            memcpy(out + j + L, &v1, sizeof v1);                                                \
            memcpy(out + j + 2 * L, &v2, sizeof v2);                                            \
            memcpy(out + j + 3 * L, &v3, sizeof v3);                                            \
        }                                                                                       \
        for (; count >= L && j < count; j += L) {                                               \
            if (j > count - L) j = count - L;                                                   \
            S(whole_##T) v = start;                                                             \
            for (int64_t i = 0; i < length; i++)                                                \
                v = OP(S(whole_##T), v, S(load_##T)(p + i * inner + j));                        \
            memcpy(out + j, &v, sizeof v);                                                      \
        }                                                                                       \
        if (count < L) {                                                                        \
            S(whole_##T) v = start;                                                             \
            for (int64_t i = 0; i < length; i++) {                                              \
                const S(whole_##T) x = S(load_part_##T)(p + i * inner, count, end, START);      \
                v = OP(S(whole_##T), v, x);                                                     \
            }                                                                                   \
            memcpy(out, &v, (size_t)count * sizeof(t));                                         \
        }                                                                                       \
    }                                                                                           \
    KG_ROWS(op, T, T, S(op##_##T##_row), S(op##_##T##_columns))

/* The doors, over rows of any make and over some columns of one: ROW gives one value, COLUMNS fills
 * `count` of one row of out. */
#define KG_ROWS(op, T, O, ROW, COLUMNS)                                                         \
    static void S(op##_##T##_uniform)(void *out, const void *a, int64_t rows, int64_t length,   \
                                      int64_t inner) {                                          \
        const kg_##T *p = (const kg_##T *)a, *end = p + rows * length * inner;                  \
        kg_##O *o = (kg_##O *)out;                                                              \
        if (inner == 1)                                                                         \
            for (int64_t r = 0; r < rows; r++) o[r] = ROW(p + r * length, length, end);         \
        else                                                                                    \
            for (int64_t r = 0; r < rows; r++)                                                  \
                COLUMNS(o + r * inner, p + r * length * inner, length, inner, inner, end);      \
    }                                                                                           \
    static void S(op##_##T##_some)(void *out, const void *a, int64_t length, int64_t inner,     \
                                   int64_t first, int64_t count) {                              \
        const kg_##T *p = (const kg_##T *)a;                                                    \
        COLUMNS((kg_##O *)out + first, p + first, length, inner, count, p + length * inner);    \
    }                                                                                           \
    static void S(op##_##T##_ragged)(void *out, const void *a, const int64_t *bounds,           \
                                     int64_t rows, int64_t inner) {                             \
        const kg_##T *p = (const kg_##T *)a - bounds[0] * inner;                                \
        const kg_##T *end = p + bounds[rows] * inner;                                           \
        kg_##O *o = (kg_##O *)out;                                                              \
        if (inner == 1)                                                                         \
            for (int64_t r = 0; r < rows; r++)                                                  \
                o[r] = ROW(p + bounds[r], bounds[r + 1] - bounds[r], end);                      \
        else                                                                                    \
            for (int64_t r = 0; r < rows; r++)                                                  \
                COLUMNS(o + r * inner, p + bounds[r] * inner, bounds[r + 1] - bounds[r], inner, \
                        inner, end);                                                            \
    }

/* ---- integers and booleans: FN is the shared scalar function ---- */
#define KG_INTEGER_REDUCE(op, T, FN, START)                                                     \
    KG_INLINE kg_##T S(op##_##T##_row)(const kg_##T *p, int64_t length, const kg_##T *end) {    \
        kg_##T y = START;                                                                       \
        KG_UNUSED(end);                                                                         \
        for (int64_t i = 0; i < length; i++) y = (kg_##T)FN(y, p[i]);                           \
        return y;                                                                               \
    }                                                                                           \
    static void S(op##_##T##_columns)(kg_##T *out, const kg_##T *p, int64_t length,             \
                                      int64_t inner, int64_t count, const kg_##T *end) {        \
        KG_UNUSED(end);                                                                         \
        for (int64_t j = 0; j < count; j++) out[j] = START;                                     \
        for (int64_t i = 0; i < length; i++, p += inner)                                        \
            KG_IVDEP for (int64_t j = 0; j < count; j++) out[j] = (kg_##T)FN(out[j], p[j]);     \
    }                                                                                           \
    KG_ROWS(op, T, T, S(op##_##T##_row), S(op##_##T##_columns))

/* ---- argmax, argmin: the first of equals, the first NaN before all; 0 for an empty row ---- */
#define KG_ARG_REDUCE(op, T, OP)                                                                \
    KG_INLINE int64_t kg_##op##_##T##_stride(const kg_##T *p, int64_t length, int64_t stride) { \
        int64_t at = 0;                                                                         \
        kg_##T best = length ? p[0] : 0;                                                        \
        for (int64_t i = 1; i < length; i++) {                                                  \
            const kg_##T x = p[i * stride];                                                     \
            const int better = (x OP best) | (KG_IS_NAN_##T(x) & !KG_IS_NAN_##T(best));         \
            at = better ? i : at;                                                               \
            best = better ? x : best;                                                           \
        }                                                                                       \
        return at;                                                                              \
    }                                                                                           \
    KG_INLINE int64_t kg_##op##_##T##_row(const kg_##T *p, int64_t length, const kg_##T *end) { \
        KG_UNUSED(end);                                                                         \
        return kg_##op##_##T##_stride(p, length, 1);                                            \
    }                                                                                           \
    static void kg_##op##_##T##_columns(kg_i64 *out, const kg_##T *p, int64_t length,           \
                                        int64_t inner, int64_t count, const kg_##T *end) {      \
        KG_UNUSED(end);                                                                         \
        for (int64_t j = 0; j < count; j++)                                                     \
            out[j] = kg_##op##_##T##_stride(p + j, length, inner);                              \
    }                                                                                           \
    KG_ROWS(op, T, i64, kg_##op##_##T##_row, kg_##op##_##T##_columns)

/* ---- instances ---- */
KG_FLOAT_REDUCE(sum, f32, float, KG_ADD, 0.0f)
KG_FLOAT_REDUCE(prod, f32, float, KG_MULTIPLY, 1.0f)
KG_FLOAT_REDUCE(max, f32, float, KG_GREATER, -__builtin_inff())
KG_FLOAT_REDUCE(min, f32, float, KG_SMALLER, __builtin_inff())
KG_FLOAT_REDUCE(sum, f64, double, KG_ADD, 0.0)
KG_FLOAT_REDUCE(prod, f64, double, KG_MULTIPLY, 1.0)
KG_FLOAT_REDUCE(max, f64, double, KG_GREATER, -__builtin_inf())
KG_FLOAT_REDUCE(min, f64, double, KG_SMALLER, __builtin_inf())

#define KG_INTEGER_REDUCES(T, LOW, HIGH)                                                        \
    KG_INTEGER_REDUCE(sum, T, kg_add_##T, 0)                                                    \
    KG_INTEGER_REDUCE(prod, T, kg_mul_##T, 1)                                                   \
    KG_INTEGER_REDUCE(max, T, kg_maximum_##T, LOW)                                              \
    KG_INTEGER_REDUCE(min, T, kg_minimum_##T, HIGH)
KG_INTEGER_REDUCES(i32, INT32_MIN, INT32_MAX)
KG_INTEGER_REDUCES(i64, INT64_MIN, INT64_MAX)
KG_INTEGER_REDUCE(any, b1, kg_maximum_b1, 0)
KG_INTEGER_REDUCE(all, b1, kg_minimum_b1, 1)

#if KG_IS_BASE
#define KG_ARG_REDUCES(T) KG_ARG_REDUCE(argmax, T, >) KG_ARG_REDUCE(argmin, T, <)
#define KG_NOT_NAN(x) 0
#define KG_IS_NAN_f32(x) ((x) != (x))
#define KG_IS_NAN_f64(x) ((x) != (x))
#define KG_IS_NAN_i8 KG_NOT_NAN
#define KG_IS_NAN_i16 KG_NOT_NAN
#define KG_IS_NAN_i32 KG_NOT_NAN
#define KG_IS_NAN_i64 KG_NOT_NAN
#define KG_IS_NAN_u8 KG_NOT_NAN
#define KG_IS_NAN_u16 KG_NOT_NAN
#define KG_IS_NAN_u32 KG_NOT_NAN
#define KG_IS_NAN_u64 KG_NOT_NAN
KG_INTEGER_REDUCES(i8, INT8_MIN, INT8_MAX)
KG_INTEGER_REDUCES(i16, INT16_MIN, INT16_MAX)
KG_INTEGER_REDUCES(u8, 0, UINT8_MAX)
KG_INTEGER_REDUCES(u16, 0, UINT16_MAX)
KG_INTEGER_REDUCES(u32, 0, UINT32_MAX)
KG_INTEGER_REDUCES(u64, 0, UINT64_MAX)
KG_NUMBERS(KG_ARG_REDUCES)
#endif

/* ---- the table ---- */
#define KG_REDUCE_ENTRY(NAME, op, T)                                                            \
    {#op "_" #T, NAME(op##_##T##_uniform), NAME(op##_##T##_ragged), NAME(op##_##T##_some)},
#define KG_ARITHMETIC_ENTRIES(NAME, T)                                                          \
    KG_REDUCE_ENTRY(NAME, sum, T) KG_REDUCE_ENTRY(NAME, prod, T)                                \
    KG_REDUCE_ENTRY(NAME, max, T) KG_REDUCE_ENTRY(NAME, min, T)
#define KG_ARG_ENTRIES(T)                                                                       \
    KG_REDUCE_ENTRY(KG_BASE_NAME, argmax, T) KG_REDUCE_ENTRY(KG_BASE_NAME, argmin, T)

static const kg_reduce_entry S(reduces)[] = {
    KG_ARITHMETIC_ENTRIES(S, f32) KG_ARITHMETIC_ENTRIES(S, f64)
    KG_ARITHMETIC_ENTRIES(S, i32) KG_ARITHMETIC_ENTRIES(S, i64)
    KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, i8) KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, i16)
    KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, u8) KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, u16)
    KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, u32) KG_ARITHMETIC_ENTRIES(KG_BASE_NAME, u64)
    KG_REDUCE_ENTRY(S, any, b1) KG_REDUCE_ENTRY(S, all, b1)
    KG_NUMBERS(KG_ARG_ENTRIES)
};
