/* Chains: cheap elementwise ops one after the other, on numbers that stay in vector registers.
 *
 * A loop for each op reads and writes a block of the first-level cache: for sums and products that
 * takes several times as long as computing them.  A chain is a list of links.  Each works on a strip,
 * eight vectors that it is handed in registers, and hands them on by a jump to the next (threaded
 * code, Bell 1973), so that only what is wanted in memory is written there:
 *
 *     load x | mul a | add b | relu | mul x | store y        y = relu(x * a + b) * x
 *
 * A link with an operand reads it at the same place of another register of the program.  An element
 * depends on those at its place alone, and has the bits that the loop of that name gives (loops.h);
 * what is left behind the last whole strip is left to loops. */
#ifndef KGRAPH_CHAIN_H
#define KGRAPH_CHAIN_H

#include "cpu.h"
#include "lanes.h"

#define KG_CHAIN_VECTORS 8 /* of a strip: as many as are handed over in registers */
#define KG_CHAIN_AHEAD 4   /* strips: so far ahead `load_far` fetches */

typedef struct kg_link kg_link;
struct kg_link {
    void (*run)(void); /* the next link after the last is `end` */
    int64_t operand;   /* a register of the program; -1: none */
};

/* Runs a chain over so many bytes, a multiple of the strip. */
typedef void (*kg_chain)(const kg_link *links, char *const *registers, int64_t bytes);

/* Makes what was streamed seen by other threads, as all other stores are. */
static inline void kg_streamed(void) {
#if KG_HAS_TARGETS
    _mm_sfence();
#endif
}

typedef struct {
    const char *name;
    void (*run)(void);
} kg_link_entry;

typedef struct {
    kg_chain run;
    int64_t strip_bytes;
    const kg_link_entry *links; /* up to one without a name */
} kg_chain_kind;

/* X(name, value): of what comes along, a, and of an operand, m; Y: of what comes along alone.
 * `_of` is the op with its operands the other way round.  Beside them there are `load`, `load_far`,
 * `store`, `stream` and `end`. */
#define KG_LINKS(X, Y)                                                                             \
    X(add, a + m)                                                                                  \
    X(sub, a - m)                                                                                  \
    X(sub_of, m - a)                                                                               \
    X(mul, a *m)                                                                                   \
    X(div, a / m)                                                                                  \
    X(div_of, m / a)                                                                               \
    X(maximum, KG_PICK((a >= m) | (a != a), a, m))                                                 \
    X(maximum_of, KG_PICK((m >= a) | (m != m), m, a))                                              \
    X(minimum, KG_PICK((a <= m) | (a != a), a, m))                                                 \
    X(minimum_of, KG_PICK((m <= a) | (m != m), m, a))                                              \
    Y(neg, -a)                                                                                     \
    Y(abs, (KG_V)((KG_BITS)a & KG_MAGNITUDE))                                                      \
    Y(square, a *a)                                                                                \
    Y(reciprocal, (KG_T)1 / a)                                                                        \
    Y(relu, KG_RELU(KG_V, a))

#if KG_VECTORS
#define KG_BODY "chain_impl.h"
#include "each_target.h"
#endif

/* By target and dtype (0: float, 1: double); NULL if this build has no vectors. */
static inline const kg_chain_kind *kg_chain_of(int target, int is_double) {
#if KG_VECTORS
    static const kg_chain_kind *const kinds[][2] = {
        {&kg_chain_kind_base_f32, &kg_chain_kind_base_f64},
#if KG_HAS_TARGETS
        {&kg_chain_kind_v3_f32, &kg_chain_kind_v3_f64},
        {&kg_chain_kind_v4_f32, &kg_chain_kind_v4_f64},
#endif
    };
    const int count = (int)(sizeof kinds / sizeof kinds[0]);
    return kinds[target < count ? target : 0][is_double];
#else
    (void)target, (void)is_double;
    return NULL;
#endif
}

#endif
