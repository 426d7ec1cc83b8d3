/* Running sums and products along rows, uniform or ragged: one chain from the front, so base serves
 * every target.  out may be exactly a. */

#define KG_SCAN(op, T, FN)                                                                      \
    static void kg_##op##_##T##_row(kg_##T *o, const kg_##T *p, int64_t length) {               \
        if (length == 0) return;                                                                \
        kg_##T total = o[0] = p[0];                                                             \
        for (int64_t i = 1; i < length; i++) o[i] = total = (kg_##T)FN(total, p[i]);            \
    }                                                                                           \
    /* Four chains side by side: each waits for its own last step alone. */                     \
    static void kg_##op##_##T##_four(kg_##T *o, const kg_##T *p, int64_t length) {              \
        if (length == 0) return;                                                                \
        kg_##T *o1 = o + length, *o2 = o1 + length, *o3 = o2 + length;                          \
        const kg_##T *p1 = p + length, *p2 = p1 + length, *p3 = p2 + length;                    \
        kg_##T v0 = o[0] = p[0], v1 = o1[0] = p1[0], v2 = o2[0] = p2[0], v3 = o3[0] = p3[0];    \
        for (int64_t i = 1; i < length; i++) {                                                  \
            o[i] = v0 = (kg_##T)FN(v0, p[i]);                                                   \
            o1[i] = v1 = (kg_##T)FN(v1, p1[i]);                                                 \
            o2[i] = v2 = (kg_##T)FN(v2, p2[i]);                                                 \
            o3[i] = v3 = (kg_##T)FN(v3, p3[i]);                                                 \
        }                                                                                       \
    }                                                                                           \
    static void kg_##op##_##T##_uniform_base(void *out, const void *a, const void *b,           \
                                             int64_t rows, int64_t length) {                    \
        kg_##T *o = (kg_##T *)out;                                                              \
        const kg_##T *p = (const kg_##T *)a;                                                    \
        KG_UNUSED(b);                                                                           \
        for (; rows >= 4; rows -= 4, o += 4 * length, p += 4 * length)                          \
            kg_##op##_##T##_four(o, p, length);                                                 \
        for (; rows > 0; rows--, o += length, p += length) kg_##op##_##T##_row(o, p, length);   \
    }                                                                                           \
    static void kg_##op##_##T##_ragged_base(void *out, const void *a, const void *b,            \
                                            const int64_t *bounds, int64_t rows) {              \
        kg_##T *o = (kg_##T *)out - bounds[0];                                                  \
        const kg_##T *p = (const kg_##T *)a - bounds[0];                                        \
        KG_UNUSED(b);                                                                           \
        for (int64_t r = 0; r < rows; r++)                                                      \
            kg_##op##_##T##_row(o + bounds[r], p + bounds[r], bounds[r + 1] - bounds[r]);       \
    }

#define KG_PLUS(x, y) ((x) + (y))
#define KG_TIMES(x, y) ((x) * (y))
KG_SCAN(cumsum, f32, KG_PLUS)
KG_SCAN(cumsum, f64, KG_PLUS)
KG_SCAN(cumprod, f32, KG_TIMES)
KG_SCAN(cumprod, f64, KG_TIMES)
#define KG_INTEGER_SCANS(T) KG_SCAN(cumsum, T, kg_add_##T) KG_SCAN(cumprod, T, kg_mul_##T)
KG_INTEGER_SCANS(i8)
KG_INTEGER_SCANS(i16)
KG_INTEGER_SCANS(i32)
KG_INTEGER_SCANS(i64)
KG_INTEGER_SCANS(u8)
KG_INTEGER_SCANS(u16)
KG_INTEGER_SCANS(u32)
KG_INTEGER_SCANS(u64)
#undef KG_SCAN
#undef KG_PLUS
#undef KG_TIMES
#undef KG_INTEGER_SCANS
