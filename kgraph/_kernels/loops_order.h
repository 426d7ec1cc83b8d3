/* Orders of the elements of rows: those of NumPy's stable sorts.
 *
 * NaN is greater than all numbers and equal to NaN; -0 is equal to 0. */

#if KG_IS_BASE
/* -- the greatest: positions, greatest first, of equals the first first ------------------------ *
 * A heap of the best `count` so far, the worst at its root, which most elements do not beat: one
 * pass, and O(length log count) at worst.  Comparisons alone, so base serves every target. */
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
    static void kg_top_positions_##T##_base(void *out, const void *a, int64_t rows,             \
                                            int64_t length, int64_t count) {                    \
        for (int64_t r = 0; r < rows && count > 0; r++)                                         \
            kg_top_##T##_row((kg_i32 *)out + r * count, (const kg_##T *)a + r * length, length, \
                             count);                                                            \
    }

KG_NUMBERS(KG_TOP)
#undef KG_TOP
#endif

/* -- sorts: rising, stable -------------------------------------------------------------------- *
 * By keys: unsigned numbers in the order of the elements, equal for equals.  E is what is moved
 * from `room` to `o`, an element or its position; KEY gives its key. */
#if KG_IS_BASE
KG_INLINE uint32_t kg_key_f32(float x) {
    const uint32_t bits = kg_bits_f32(x + 0.0f); /* -0 becomes 0 */
    const uint32_t key = bits ^ (bits >> 31 ? UINT32_MAX : UINT32_C(1) << 31);
    return x != x ? UINT32_MAX : key;
}
KG_INLINE uint64_t kg_key_f64(double x) {
    const uint64_t bits = kg_bits_f64(x + 0.0);
    const uint64_t key = bits ^ (bits >> 63 ? UINT64_MAX : UINT64_C(1) << 63);
    return x != x ? UINT64_MAX : key;
}
KG_INLINE uint8_t kg_key_i8(int8_t x) { return (uint8_t)x ^ UINT8_C(0x80); }
KG_INLINE uint16_t kg_key_i16(int16_t x) { return (uint16_t)x ^ UINT16_C(0x8000); }
KG_INLINE uint32_t kg_key_i32(int32_t x) { return (uint32_t)x ^ UINT32_C(1) << 31; }
KG_INLINE uint64_t kg_key_i64(int64_t x) { return (uint64_t)x ^ UINT64_C(1) << 63; }
KG_INLINE uint8_t kg_key_u8(uint8_t x) { return x; }
KG_INLINE uint16_t kg_key_u16(uint16_t x) { return x; }
KG_INLINE uint32_t kg_key_u32(uint32_t x) { return x; }
KG_INLINE uint64_t kg_key_u64(uint64_t x) { return x; }
#endif

#define KG_SORT(name, E, T, KEY)                                                                \
    /* Few: each goes behind as many as are less, or equal and before it. */                    \
    static void S(name##_few)(E *o, const E *room, int64_t length, const kg_##T *p) {           \
        KG_BITS_##T key[KG_FEW];                                                                \
        KG_UNUSED(p);                                                                           \
        for (int64_t i = 0; i < length; i++) key[i] = KEY(room[i]);                             \
        for (int64_t i = 0; i < length; i++) {                                                  \
            KG_BITS_##T less = 0;                                                               \
            for (int64_t j = 0; j < i; j++) less += (KG_BITS_##T)(key[j] <= key[i]);            \
            for (int64_t j = i + 1; j < length; j++) less += (KG_BITS_##T)(key[j] < key[i]);    \
            o[less] = room[i];                                                                  \
        }                                                                                       \
    }                                                                                           \
    /* Many: by their digits, the last first (radix sort); a digit that all share is left out. */ \
    static void S(name##_many)(E *o, E *room, int64_t length, const kg_##T *p) {                \
        enum { DIGITS = sizeof(kg_##T) };                                                       \
        int64_t starts[DIGITS][256] = {{0}};                                                    \
        E *from = room, *to = o;                                                                \
        KG_UNUSED(p);                                                                           \
        for (int64_t i = 0; i < length; i++)                                                    \
            for (int d = 0; d < DIGITS; d++) starts[d][(KEY(from[i]) >> 8 * d) & 255]++;        \
        for (int d = 0; d < DIGITS; d++) {                                                      \
            int64_t *start = starts[d], before = 0;                                             \
            if (start[(KEY(from[0]) >> 8 * d) & 255] == length) continue;                       \
            for (int digit = 0; digit < 256; digit++) {                                         \
                const int64_t count = start[digit];                                             \
                start[digit] = before, before += count;                                         \
            }                                                                                   \
            for (int64_t i = 0; i < length; i++)                                                \
                to[start[(KEY(from[i]) >> 8 * d) & 255]++] = from[i];                           \
            E *const sorted = to;                                                               \
            to = from, from = sorted;                                                           \
        }                                                                                       \
        if (from != o) memcpy(o, from, (size_t)length * sizeof(E));                             \
    }                                                                                           \
    KG_INLINE void S(name##_row)(E *o, E *room, int64_t length, const kg_##T *p) {              \
        if (length <= KG_FEW)                                                                   \
            S(name##_few)(o, room, length, p);                                                  \
        else                                                                                    \
            S(name##_many)(o, room, length, p);                                                 \
    }
#define KG_FEW 64

#define KG_KEY_AT_f32(i) kg_key_f32(p[i])
#define KG_KEY_AT_f64(i) kg_key_f64(p[i])
#define KG_KEY_AT_i8(i) kg_key_i8(p[i])
#define KG_KEY_AT_i16(i) kg_key_i16(p[i])
#define KG_KEY_AT_i32(i) kg_key_i32(p[i])
#define KG_KEY_AT_i64(i) kg_key_i64(p[i])
#define KG_KEY_AT_u8(i) kg_key_u8(p[i])
#define KG_KEY_AT_u16(i) kg_key_u16(p[i])
#define KG_KEY_AT_u32(i) kg_key_u32(p[i])
#define KG_KEY_AT_u64(i) kg_key_u64(p[i])
#define KG_SORTS(T)                                                                             \
    KG_SORT(sort_##T, kg_##T, T, kg_key_##T)                                                    \
    KG_SORT(argsort_##T, kg_i32, T, KG_KEY_AT_##T)                                              \
    static void S(sort_##T##_rows)(void *out, const void *a, void *room, int64_t rows,          \
                                   int64_t length) {                                            \
        kg_##T *o = (kg_##T *)out;                                                              \
        const kg_##T *p = (const kg_##T *)a;                                                    \
        for (int64_t r = 0; r < rows; r++, o += length, p += length) {                          \
            memcpy(room, p, (size_t)length * sizeof(kg_##T));                                   \
            S(sort_##T##_row)(o, (kg_##T *)room, length, p);                                    \
        }                                                                                       \
    }                                                                                           \
    static void S(argsort_##T##_rows)(void *out, const void *a, void *room, int64_t rows,       \
                                      int64_t length) {                                         \
        kg_i32 *o = (kg_i32 *)out, *position = (kg_i32 *)room;                                  \
        const kg_##T *p = (const kg_##T *)a;                                                    \
        for (int64_t r = 0; r < rows; r++, o += length, p += length) {                          \
            for (int64_t i = 0; i < length; i++) position[i] = (int32_t)i;                      \
            S(argsort_##T##_row)(o, position, length, p);                                       \
        }                                                                                       \
    }
KG_NUMBERS(KG_SORTS)
#undef KG_FEW
#undef KG_SORT
#undef KG_SORTS
#undef KG_KEY_AT_f32
#undef KG_KEY_AT_f64
#undef KG_KEY_AT_i8
#undef KG_KEY_AT_i16
#undef KG_KEY_AT_i32
#undef KG_KEY_AT_i64
#undef KG_KEY_AT_u8
#undef KG_KEY_AT_u16
#undef KG_KEY_AT_u32
#undef KG_KEY_AT_u64
