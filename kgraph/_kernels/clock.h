/* A clock that only goes forward, in nanoseconds. */
#ifndef KG_CLOCK_H
#define KG_CLOCK_H

#include <stdint.h>

#ifdef _WIN32
#include <windows.h>

static inline int64_t kg_clock_ns(void) {
    LARGE_INTEGER ticks, per_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&per_second);
    return (int64_t)((double)ticks.QuadPart * 1e9 / (double)per_second.QuadPart);
}
#else
#include <time.h>

static inline int64_t kg_clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
#endif

#endif
