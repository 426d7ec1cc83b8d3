/* Orders of the elements of rows, by comparisons alone: base serves every target.
 *
 * NaN is greater than all numbers and equal to NaN; -0 is equal to 0. */

/* -- the greatest: positions, greatest first, of equals the first first ------------------------ *
 * A heap of the best `count` so far, the worst at its root, which most elements do not beat: one
 * pass, and O(length log count) at worst. */
#define KG_TOP(T)                                                                               \
    KG_INLINE int kg_beats_##T(const kg_##T *p, int32_t i, int32_t j) {                         \
        const kg_##T x = p[i], y = p[j];                                                        \
        const int above = (x > y) | (KG_IS_NAN_##T(x) & !KG_IS_NAN_##T(y));                     \
        const int below = (x < y) | (KG_IS_NAN_##T(y) & !KG_IS_NAN_##T(x));                     \
        return above | (!below & (i < j));                                                      \
    }                                                                                           \
    static void kg_sink_##T(kg_i32 *heap, int64_t count, int64_t at, const kg_##T *p) {         \
        const int32_t item = heap[at];                                                          \
        for (int64_t child; (child = 2 * at + 1) < count; at = child) {                         \
            if (child + 1 < count) child += kg_beats_##T(p, heap[child], heap[child + 1]);      \
            if (kg_beats_##T(p, heap[child], item)) break;                                      \
            heap[at] = heap[child];                                                             \
        }                                                                                       \
        heap[at] = item;                                                                        \
    }                                                                                           \
    /* The first element from i on that is greater than `worst`, a number; length if none is. */ \
    KG_INLINE int64_t kg_next_above_##T(const kg_##T *p, int64_t i, int64_t length,             \
                                        kg_##T worst) {                                         \
        enum { PART = 32 };                                                                     \
        for (; length - i >= PART; i += PART) {                                                 \
            KG_BITS_##T any = 0;                                                                \
            for (int64_t j = 0; j < PART; j++) any |= (KG_BITS_##T) !(p[i + j] <= worst);       \
            if (any) break;                                                                     \
        }                                                                                       \
        while (i < length && p[i] <= worst) i++;                                                \
        return i;                                                                               \
    }                                                                                           \
    static void kg_top_##T##_row(kg_i32 *heap, const kg_##T *p, int64_t length,                 \
                                 int64_t count) {                                               \
        for (int64_t i = 0; i < count; i++) heap[i] = (int32_t)i;                               \
        for (int64_t i = count / 2; i-- > 0;) kg_sink_##T(heap, count, i, p);                   \
        for (int64_t i = count; i < length && !KG_IS_NAN_##T(p[heap[0]]); i++) {                \
            i = kg_next_above_##T(p, i, length, p[heap[0]]);                                    \
            if (i == length) break;                                                             \
            heap[0] = (int32_t)i;                                                               \
            kg_sink_##T(heap, count, 0, p);                                                     \
        }                                                                                       \
        for (int64_t last = count - 1; last > 0; last--) {                                      \
            const int32_t worst = heap[0];                                                      \
            heap[0] = heap[last];                                                               \
            heap[last] = worst;                                                                 \
            kg_sink_##T(heap, last, 0, p);                                                      \
        }                                                                                       \
    }                                                                                           \
    static void kg_top_##T##_base(void *out, const void *a, int64_t rows, int64_t length,       \
                                  int64_t count) {                                              \
        for (int64_t r = 0; r < rows && count > 0; r++)                                         \
            kg_top_##T##_row((kg_i32 *)out + r * count, (const kg_##T *)a + r * length, length, \
                             count);                                                            \
    }

KG_NUMBERS(KG_TOP)
#undef KG_TOP
