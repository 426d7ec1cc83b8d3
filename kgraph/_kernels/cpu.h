/* Which build of the vector loops runs: 0 = base, 1 = v3 (AVX2 + FMA), 2 = v4 (AVX-512).
 *
 * KG_HAS_TARGETS is 1 where one binary carries all three; elsewhere (other processors, compilers
 * without per-function targets) there is only `base`, compiled with the flags of the file.
 */
#ifndef KG_CPU_H
#define KG_CPU_H

#include <stdlib.h>
#include <string.h>

#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
#define KG_HAS_TARGETS 1
#else
#define KG_HAS_TARGETS 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define KG_CPU_FN static __attribute__((unused)) int
#else
#define KG_CPU_FN static int
#endif

#define KG_CPU_UNKNOWN (-1)     /* KGRAPH_CPU names no target */
#define KG_CPU_UNSUPPORTED (-2) /* KGRAPH_CPU names a target that this processor or build lacks */

/* The newest target that the processor and the operating system support. */
KG_CPU_FN kg_cpu_best(void) {
#if KG_HAS_TARGETS
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
          __builtin_cpu_supports("bmi2")))
        return 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return 2;
    return 1;
#else
    return 0;
#endif
}

/* The target in use: KGRAPH_CPU=base|v3|v4 if set and not empty, else the best one. */
KG_CPU_FN kg_cpu_target(void) {
    static const char *const names[3] = {"base", "v3", "v4"};
    const char *wanted = getenv("KGRAPH_CPU");
    int best = kg_cpu_best();
    if (wanted == NULL || *wanted == '\0')
        return best;
    for (int t = 0; t < 3; t++)
        if (strcmp(wanted, names[t]) == 0)
            return t <= best ? t : KG_CPU_UNSUPPORTED;
    return KG_CPU_UNKNOWN;
}

#endif
