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

/* -- sorts: rising, stable -------------------------------------------------------------------- *
 * Runs are sorted by insertion, then merged, twice as long each time, from `o` to `room` and back.
 * E is what is moved, an element or its position; LESS compares two of them. */
#define KG_MERGE_SORT(name, E, T, LESS)                                                         \
    static void kg_##name##_run(E *o, int64_t length, const kg_##T *p) {                        \
        KG_UNUSED(p);                                                                           \
        for (int64_t i = 1; i < length; i++) {                                                  \
            const E item = o[i];                                                                \
            int64_t at = i;                                                                     \
            for (; at > 0 && LESS(item, o[at - 1]); at--) o[at] = o[at - 1];                    \
            o[at] = item;                                                                       \
        }                                                                                       \
    }                                                                                           \
    /* Two runs of one length, from both ends at once: neither can run out before the other. */ \
    static void kg_##name##_meet(E *o, const E *left, int64_t length, const kg_##T *p) {        \
        const E *right = left + length, *left_end = right - 1, *right_end = right + length - 1; \
        E *end = o + 2 * length - 1;                                                            \
        KG_UNUSED(p);                                                                           \
        for (int64_t i = 0; i < length; i++) {                                                  \
            const int first = LESS(*right, *left), last = LESS(*right_end, *left_end);          \
            *o++ = *(first ? right : left);                                                     \
            right += first, left += !first;                                                     \
            *end-- = *(last ? left_end : right_end);                                            \
            left_end -= last, right_end -= !last;                                               \
        }                                                                                       \
    }                                                                                           \
    static void kg_##name##_merge(E *o, const E *left, int64_t n_left, int64_t n_right,         \
                                  const kg_##T *p) {                                            \
        const E *right = left + n_left, *middle = right, *end = right + n_right;                \
        KG_UNUSED(p);                                                                           \
        while (left < middle && right < end) {                                                  \
            const int first = LESS(*right, *left);                                              \
            *o++ = *(first ? right : left);                                                     \
            right += first, left += !first;                                                     \
        }                                                                                       \
        while (left < middle) *o++ = *left++;                                                   \
        while (right < end) *o++ = *right++;                                                    \
    }                                                                                           \
    static void kg_##name##_row(E *o, E *room, int64_t length, const kg_##T *p) {               \
        enum { RUN = 16 };                                                                      \
        E *from = o, *to = room;                                                                \
        for (int64_t i = 0; i < length; i += RUN)                                               \
            kg_##name##_run(o + i, length - i < RUN ? length - i : RUN, p);                     \
        for (int64_t run = RUN; run < length; run *= 2) {                                       \
            for (int64_t i = 0; i < length; i += 2 * run) {                                     \
                const int64_t rest = length - i, n_left = rest < run ? rest : run;              \
                if (rest >= 2 * run)                                                            \
                    kg_##name##_meet(to + i, from + i, run, p);                                 \
                else                                                                            \
                    kg_##name##_merge(to + i, from + i, n_left, rest - n_left, p);              \
            }                                                                                   \
            E *const merged = to;                                                               \
            to = from, from = merged;                                                           \
        }                                                                                       \
        if (from != o) memcpy(o, from, (size_t)length * sizeof(E));                             \
    }

#define KG_LESS_f32(x, y) (((x) < (y)) | (KG_IS_NAN_f32(y) & !KG_IS_NAN_f32(x)))
#define KG_LESS_f64(x, y) (((x) < (y)) | (KG_IS_NAN_f64(y) & !KG_IS_NAN_f64(x)))
#define KG_LESS(x, y) ((x) < (y))
#define KG_LESS_i8 KG_LESS
#define KG_LESS_i16 KG_LESS
#define KG_LESS_i32 KG_LESS
#define KG_LESS_i64 KG_LESS
#define KG_LESS_u8 KG_LESS
#define KG_LESS_u16 KG_LESS
#define KG_LESS_u32 KG_LESS
#define KG_LESS_u64 KG_LESS
#define KG_LESS_AT_f32(i, j) KG_LESS_f32(p[i], p[j])
#define KG_LESS_AT_f64(i, j) KG_LESS_f64(p[i], p[j])
#define KG_LESS_AT(i, j) KG_LESS(p[i], p[j])
#define KG_LESS_AT_i8 KG_LESS_AT
#define KG_LESS_AT_i16 KG_LESS_AT
#define KG_LESS_AT_i32 KG_LESS_AT
#define KG_LESS_AT_i64 KG_LESS_AT
#define KG_LESS_AT_u8 KG_LESS_AT
#define KG_LESS_AT_u16 KG_LESS_AT
#define KG_LESS_AT_u32 KG_LESS_AT
#define KG_LESS_AT_u64 KG_LESS_AT

#define KG_SORTS(T)                                                                             \
    KG_MERGE_SORT(sort_##T, kg_##T, T, KG_LESS_##T)                                             \
    KG_MERGE_SORT(argsort_##T, kg_i32, T, KG_LESS_AT_##T)                                       \
    static void kg_sort_##T##_base(void *out, const void *a, void *room, int64_t rows,          \
                                   int64_t length) {                                            \
        kg_##T *o = (kg_##T *)out;                                                              \
        memmove(out, a, (size_t)(rows * length) * sizeof(kg_##T));                              \
        for (int64_t r = 0; r < rows; r++, o += length)                                         \
            kg_sort_##T##_row(o, (kg_##T *)room, length, NULL);                                 \
    }                                                                                           \
    static void kg_argsort_##T##_base(void *out, const void *a, void *room, int64_t rows,       \
                                      int64_t length) {                                         \
        kg_i32 *o = (kg_i32 *)out;                                                              \
        const kg_##T *p = (const kg_##T *)a;                                                    \
        for (int64_t r = 0; r < rows; r++, o += length, p += length) {                          \
            for (int64_t i = 0; i < length; i++) o[i] = (int32_t)i;                             \
            kg_argsort_##T##_row(o, (kg_i32 *)room, length, p);                                 \
        }                                                                                       \
    }
KG_NUMBERS(KG_SORTS)
#undef KG_MERGE_SORT
#undef KG_SORTS
#undef KG_LESS_f32
#undef KG_LESS_f64
#undef KG_LESS
#undef KG_LESS_i8
#undef KG_LESS_i16
#undef KG_LESS_i32
#undef KG_LESS_i64
#undef KG_LESS_u8
#undef KG_LESS_u16
#undef KG_LESS_u32
#undef KG_LESS_u64
#undef KG_LESS_AT_f32
#undef KG_LESS_AT_f64
#undef KG_LESS_AT
#undef KG_LESS_AT_i8
#undef KG_LESS_AT_i16
#undef KG_LESS_AT_i32
#undef KG_LESS_AT_i64
#undef KG_LESS_AT_u8
#undef KG_LESS_AT_u16
#undef KG_LESS_AT_u32
#undef KG_LESS_AT_u64
