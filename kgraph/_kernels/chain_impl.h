/* The links of one target and dtype.  See chain.h. */

#define KG_BITS KG_PASTE(KG_V, bits)
#define KG_AT KG_PASTE(KG_V, at)
/* All bits of a number but its sign. */
#define KG_MAGNITUDE (~(KG_BITS)(-(KG_V){0}))
#define KG_PICK(mask, yes, no)                                                                     \
    ((KG_V)(((KG_BITS)(mask) & (KG_BITS)(yes)) | (~(KG_BITS)(mask) & (KG_BITS)(no))))

#define KG_LINK_ARGUMENTS                                                                          \
    const kg_link *link, char *const *registers, int64_t at, KG_V a0, KG_V a1, KG_V a2, KG_V a3,   \
        KG_V a4, KG_V a5, KG_V a6, KG_V a7
typedef void (*KG_(kg_link_fn))(KG_LINK_ARGUMENTS);

/* The last call of a function with the same arguments: a jump. */
#define KG_NEXT                                                                                    \
    ((KG_(kg_link_fn))link[1].run)(link + 1, registers, at, a0, a1, a2, a3, a4, a5, a6, a7)

#define KG_LINK_X(name, value)                                                                     \
    KG_INLINE KG_V KG_(kg_link_##name##_value)(KG_V a, KG_V m) {                                   \
        return (KG_V)(value);                                                                      \
    }                                                                                              \
    static void KG_(kg_link_##name)(KG_LINK_ARGUMENTS) {                                           \
        const KG_AT *m = (const KG_AT *)(registers[link->operand] + at);                           \
        a0 = KG_(kg_link_##name##_value)(a0, m[0]);                                                \
        a1 = KG_(kg_link_##name##_value)(a1, m[1]);                                                \
        a2 = KG_(kg_link_##name##_value)(a2, m[2]);                                                \
        a3 = KG_(kg_link_##name##_value)(a3, m[3]);                                                \
        a4 = KG_(kg_link_##name##_value)(a4, m[4]);                                                \
        a5 = KG_(kg_link_##name##_value)(a5, m[5]);                                                \
        a6 = KG_(kg_link_##name##_value)(a6, m[6]);                                                \
        a7 = KG_(kg_link_##name##_value)(a7, m[7]);                                                \
        KG_NEXT;                                                                                   \
    }
#define KG_LINK_Y(name, value)                                                                     \
    KG_INLINE KG_V KG_(kg_link_##name##_value)(KG_V a) { return (KG_V)(value); }                   \
    static void KG_(kg_link_##name)(KG_LINK_ARGUMENTS) {                                           \
        a0 = KG_(kg_link_##name##_value)(a0);                                                      \
        a1 = KG_(kg_link_##name##_value)(a1);                                                      \
        a2 = KG_(kg_link_##name##_value)(a2);                                                      \
        a3 = KG_(kg_link_##name##_value)(a3);                                                      \
        a4 = KG_(kg_link_##name##_value)(a4);                                                      \
        a5 = KG_(kg_link_##name##_value)(a5);                                                      \
        a6 = KG_(kg_link_##name##_value)(a6);                                                      \
        a7 = KG_(kg_link_##name##_value)(a7);                                                      \
        KG_NEXT;                                                                                   \
    }
KG_LINKS(KG_LINK_X, KG_LINK_Y)

static void KG_(kg_link_load)(KG_LINK_ARGUMENTS) {
    const KG_AT *m = (const KG_AT *)(registers[link->operand] + at);
    a0 = m[0], a1 = m[1], a2 = m[2], a3 = m[3];
    a4 = m[4], a5 = m[5], a6 = m[6], a7 = m[7];
    KG_NEXT;
}

/* The same of what may lie far away: some of it is fetched ahead. */
static void KG_(kg_link_load_far)(KG_LINK_ARGUMENTS) {
    const KG_AT *ahead = (const KG_AT *)(registers[link->operand] + at) +
                         KG_CHAIN_AHEAD * KG_CHAIN_VECTORS;
    KG_UNROLL for (int i = 0; i < KG_CHAIN_VECTORS; i++) KG_PREFETCH(ahead + i);
    KG_(kg_link_load)(link, registers, at, a0, a1, a2, a3, a4, a5, a6, a7);
}

static void KG_(kg_link_store)(KG_LINK_ARGUMENTS) {
    KG_AT *m = (KG_AT *)(registers[link->operand] + at);
    m[0] = a0, m[1] = a1, m[2] = a2, m[3] = a3;
    m[4] = a4, m[5] = a5, m[6] = a6, m[7] = a7;
    KG_NEXT;
}

/* A store past all caches: what stood there is not read before, and nothing is driven out.  Such
 * stores want whole vectors of aligned memory. */
#if !KG_HAS_TARGETS
#define KG_STREAM(p, x) (*(p) = (x))
#elif KG_VECTOR_BYTES == 64
#define KG_STREAM(p, x) _mm512_stream_ps((float *)(p), (__m512)(x))
#elif KG_VECTOR_BYTES == 32
#define KG_STREAM(p, x) _mm256_stream_ps((float *)(p), (__m256)(x))
#else
#define KG_STREAM(p, x) _mm_stream_ps((float *)(p), (__m128)(x))
#endif
static void KG_(kg_link_stream)(KG_LINK_ARGUMENTS) {
    KG_AT *m = (KG_AT *)(registers[link->operand] + at);
    if ((uintptr_t)m % sizeof(KG_V)) {
        m[0] = a0, m[1] = a1, m[2] = a2, m[3] = a3;
        m[4] = a4, m[5] = a5, m[6] = a6, m[7] = a7;
    } else {
        KG_STREAM(m, a0), KG_STREAM(m + 1, a1), KG_STREAM(m + 2, a2), KG_STREAM(m + 3, a3);
        KG_STREAM(m + 4, a4), KG_STREAM(m + 5, a5), KG_STREAM(m + 6, a6), KG_STREAM(m + 7, a7);
    }
    KG_NEXT;
}

static void KG_(kg_link_end)(KG_LINK_ARGUMENTS) {
    (void)link, (void)registers, (void)at;
    (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7;
}

static void KG_(kg_chain_run)(const kg_link *links, char *const *registers, int64_t bytes) {
    const KG_V zero = {0};
    for (int64_t at = 0; at < bytes; at += KG_CHAIN_VECTORS * (int64_t)sizeof(KG_V))
        ((KG_(kg_link_fn))links->run)(links, registers, at, zero, zero, zero, zero, zero, zero,
                                      zero, zero);
#if KG_VECTOR_BYTES > 16
    _mm256_zeroupper(); /* the compiler sees no vector here that it should clear after */
#endif
}

#define KG_LINK_ENTRY_X(name, value) {#name, (void (*)(void))KG_(kg_link_##name)},
#define KG_LINK_ENTRY_Y KG_LINK_ENTRY_X
static const kg_link_entry KG_(kg_links)[] = {
    KG_LINKS(KG_LINK_ENTRY_X, KG_LINK_ENTRY_Y)
    KG_LINK_ENTRY_X(load, 0)
    KG_LINK_ENTRY_X(load_far, 0)
    KG_LINK_ENTRY_X(store, 0)
    KG_LINK_ENTRY_X(stream, 0)
    KG_LINK_ENTRY_X(end, 0)
    {NULL, NULL},
};
static const kg_chain_kind KG_(kg_chain_kind) = {
    KG_(kg_chain_run), KG_CHAIN_VECTORS * (int64_t)sizeof(KG_V), KG_(kg_links)};

#undef KG_BITS
#undef KG_AT
#undef KG_MAGNITUDE
#undef KG_PICK
#undef KG_LINK_ARGUMENTS
#undef KG_NEXT
#undef KG_STREAM
#undef KG_LINK_X
#undef KG_LINK_Y
#undef KG_LINK_ENTRY_X
#undef KG_LINK_ENTRY_Y
