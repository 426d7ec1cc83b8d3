/* Types and helpers that the vector loops of every instruction set share. */
#ifndef KGRAPH_LOOPS_COMMON_H
#define KGRAPH_LOOPS_COMMON_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef void (*kg_loop)(void *out, const void *a, const void *b, const void *c, int64_t n);
typedef void (*kg_reduce)(void *out, const void *a, int64_t rows, int64_t length, int64_t inner);
typedef void (*kg_segment)(void *out, const void *a, const int64_t *bounds, int64_t rows,
                           int64_t inner);
typedef void (*kg_columns)(void *out, const void *a, int64_t length, int64_t inner, int64_t first,
                           int64_t count);

typedef struct {
    const char *name; /* "<op>_<dtype>" or "cast_<src>_<dst>" */
    int arity;
    kg_loop fn;
} kg_loop_entry;

typedef struct {
    const char *name; /* "<op>_<dtype>" */
    kg_reduce uniform;
    kg_segment ragged;
    kg_columns some; /* columns of one row */
} kg_reduce_entry;

typedef void (*kg_rowwise)(void *out, const void *a, const void *b, int64_t rows, int64_t length);
typedef void (*kg_rowwise_ragged)(void *out, const void *a, const void *b, const int64_t *bounds,
                                  int64_t rows);
typedef void (*kg_weigh)(void *out, const void *a, const void *b, const int64_t *bounds,
                         int64_t rows, int64_t inner);
typedef void (*kg_top)(void *out, const void *a, int64_t rows, int64_t length, int64_t count);
typedef void (*kg_order)(void *out, const void *a, void *room, int64_t rows, int64_t length);

typedef struct {
    const char *name; /* "<op>_<dtype>" */
    kg_rowwise uniform;
    kg_rowwise_ragged ragged;
    kg_weigh weigh; /* it has the first two, or one of these; the others are NULL */
    kg_top top;
    kg_order order;
} kg_rowwise_entry;

#define KG_INLINE static inline __attribute__((always_inline))
#define KG_PASTE_(a, b) a##_##b
#define KG_PASTE(a, b) KG_PASTE_(a, b)

/* No dependence between iterations: out may be exactly one of the inputs, never half of one. */
#if defined(__clang__)
#define KG_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#else
#define KG_IVDEP _Pragma("GCC ivdep")
#endif

/* Elements in memory: any address will do, and a buffer has no type of its own (the arena). */
#define KG_MEMORY __attribute__((aligned(1), may_alias))
typedef uint8_t kg_b1 KG_MEMORY;
typedef int8_t kg_i8 KG_MEMORY;
typedef int16_t kg_i16 KG_MEMORY;
typedef int32_t kg_i32 KG_MEMORY;
typedef int64_t kg_i64 KG_MEMORY;
typedef uint8_t kg_u8 KG_MEMORY;
typedef uint16_t kg_u16 KG_MEMORY;
typedef uint32_t kg_u32 KG_MEMORY;
typedef uint64_t kg_u64 KG_MEMORY;
typedef uint16_t kg_f16 KG_MEMORY;
typedef float kg_f32 KG_MEMORY;
typedef double kg_f64 KG_MEMORY;

KG_INLINE uint32_t kg_bits_f32(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
KG_INLINE float kg_from_bits_f32(uint32_t u) {
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
KG_INLINE uint64_t kg_bits_f64(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
KG_INLINE double kg_from_bits_f64(uint64_t u) {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A constant that the compiler takes for a variable: of "x or the limit, whichever is greater" gcc
 * makes one max instruction if the limit is a variable, a comparison and a blend if it is not. */
#if defined(__GNUC__)
#define KG_LIMIT(t, x)                                                                          \
    (__extension__({                                                                            \
        static t limit_ __attribute__((used)) = (x);                                            \
        limit_;                                                                                 \
    }))
#else
#define KG_LIMIT(t, x) (x)
#endif

/* A dear loop takes whole blocks only, so that it needs no scalar epilogue (which would double
 * its code, and cost more than a vector of padding).  64 bytes hold one vector of any target. */
#define KG_BLOCK_BYTES 64

/* Runs a dear loop over n elements: whole blocks in place, the rest in a padded copy.  The last
 * block overlaps its predecessor where it can; its inputs are saved first, as out may be a. */
KG_INLINE void kg_run_blocks(kg_loop body, char *out, const char *a, const char *b, int64_t n,
                             int64_t size) {
    const int64_t block = KG_BLOCK_BYTES / size;
    const int64_t whole = n & ~(block - 1);
    char last_a[KG_BLOCK_BYTES], last_b[KG_BLOCK_BYTES];

    if (whole == n) {
        body(out, a, b, NULL, n);
    } else if (n > block) {
        const int64_t start = (n - block) * size;
        memcpy(last_a, a + start, KG_BLOCK_BYTES);
        if (b) memcpy(last_b, b + start, KG_BLOCK_BYTES);
        body(out, a, b, NULL, whole);
        body(last_a, last_a, last_b, NULL, block);
        memcpy(out + start, last_a, KG_BLOCK_BYTES);
    } else {
        memset(last_a, 0, KG_BLOCK_BYTES);
        memset(last_b, 0, KG_BLOCK_BYTES);
        memcpy(last_a, a, (size_t)(n * size));
        if (b) memcpy(last_b, b, (size_t)(n * size));
        body(last_a, last_a, last_b, NULL, block);
        memcpy(out, last_a, (size_t)(n * size));
    }
}

static __attribute__((noinline)) void kg_run_blocks_f32(kg_loop body, void *out, const void *a,
                                                        const void *b, int64_t n) {
    kg_run_blocks(body, (char *)out, (const char *)a, (const char *)b, n, 4);
}
static __attribute__((noinline)) void kg_run_blocks_f64(kg_loop body, void *out, const void *a,
                                                        const void *b, int64_t n) {
    kg_run_blocks(body, (char *)out, (const char *)a, (const char *)b, n, 8);
}

#endif
