/* A small thread pool: kg_parallel_for(n_chunks, max_threads, body, ctx).
 *
 * Threads claim chunks from one atomic counter and the caller claims too, so a call is over when
 * every chunk is done: the caller waits for workers that hold a chunk, never for one that has yet
 * to wake up.  Idle workers spin a while (the next kernel of a plan comes soon), then sleep.
 *
 * Workers keep off the caller's processor.  Linux likes to wake a thread where it is woken from;
 * there it would wait for the caller, which does the work alone, until the system balances its
 * processors: 20 ms later, often.
 *
 * One call has the workers at a time; another thread that comes meanwhile, and a call from inside
 * a body, run their chunks themselves.  Workers are started at first use, and anew in a forked
 * child.  Without pthreads (Windows) the caller does it all.
 */
#ifndef KG_POOL_H
#define KG_POOL_H

#include <assert.h>
#include <stdint.h>

typedef void (*kg_chunk_body)(void *ctx, int64_t chunk);

static void kg_run_all(int64_t n_chunks, kg_chunk_body body, void *ctx) {
    for (int64_t chunk = 0; chunk < n_chunks; chunk++)
        body(ctx, chunk);
}

#if defined(_WIN32) || defined(KG_NO_THREADS)

static void kg_parallel_for(int64_t n_chunks, int max_threads, kg_chunk_body body, void *ctx) {
    (void)max_threads;
    kg_run_all(n_chunks, body, ctx);
}

static int kg_pool_workers(void) { return 0; }
static uintptr_t kg_this_thread(void) { return 1; }

#else

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#define KG_PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define KG_PAUSE() __asm__ __volatile__("yield")
#else
#define KG_PAUSE() ((void)0)
#endif

#define KG_MOST_WORKERS 255
#define KG_WORKER_STACK (1 << 20) /* musl would give 128 KB */
#define KG_WORKER_SPIN_NS 50000   /* the next kernel of a plan comes well within this */
#define KG_CALLER_SPIN_NS 20000   /* past this, the last chunk's thread has lost its core */

/* `state` holds the number of the call in its upper half, the next chunk in its lower: a claim is
 * a compare-and-swap on both, so a worker that is late cannot claim from a call it has not read.
 * While the fields below are rewritten the lower half is KG_CLOSED.  All atomics are sequentially
 * consistent: a call touches a handful, and the proofs stay short. */
#define KG_CLOSED UINT32_MAX

static struct {
    _Atomic uint64_t state;
    _Atomic int64_t n_chunks;
    _Atomic int n_wanted; /* workers with a smaller id take part */
    _Atomic(kg_chunk_body) body;
    _Atomic(void *) ctx;
    _Atomic int64_t n_done;

    pthread_mutex_t lock; /* for both conditions */
    pthread_cond_t wake;  /* workers sleep here until the call's number changes */
    pthread_cond_t done;  /* the caller sleeps here until n_done is n_chunks */
    atomic_int n_sleeping, caller_sleeps;

    atomic_flag busy; /* one call at a time; guards what follows */
    int n_workers;
    pthread_t worker[KG_MOST_WORKERS];
    int n_apart, apart_from; /* so many workers keep off that processor */
} kg_pool = {
    .state = KG_CLOSED,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
    .busy = ATOMIC_FLAG_INIT,
};
static pthread_once_t kg_pool_once = PTHREAD_ONCE_INIT;
static _Thread_local int kg_inside; /* this thread runs a chunk: its calls are serial */

static int64_t kg_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Claims and runs chunks of call `state >> 32` until none is left. */
static void kg_claim_chunks(uint64_t state, int id) {
    const uint64_t call = state >> 32;
    const int64_t n_chunks = kg_pool.n_chunks;
    const kg_chunk_body body = kg_pool.body;
    void *const ctx = kg_pool.ctx;
    int64_t n_done = 0;

    if (id >= kg_pool.n_wanted)
        return;
    while (state >> 32 == call && (int64_t)(uint32_t)state < n_chunks) {
        if (!atomic_compare_exchange_weak(&kg_pool.state, &state, state + 1))
            continue; /* which has loaded the state anew */
        body(ctx, (int64_t)(uint32_t)state);
        n_done++;
        state = kg_pool.state;
    }
    if (!n_done)
        return;
    n_done += atomic_fetch_add(&kg_pool.n_done, n_done);
    assert(n_done <= n_chunks);
    if (n_done == n_chunks && kg_pool.caller_sleeps) {
        pthread_mutex_lock(&kg_pool.lock);
        pthread_cond_signal(&kg_pool.done);
        pthread_mutex_unlock(&kg_pool.lock);
    }
}

/* Returns once another call than `call` has begun. */
static void kg_await_call(uint64_t call) {
    const int64_t start = kg_now_ns();
    for (int i = 1; kg_pool.state >> 32 == call; i++) {
        KG_PAUSE();
        if (i % 64 || kg_now_ns() - start < KG_WORKER_SPIN_NS)
            continue;
        pthread_mutex_lock(&kg_pool.lock);
        kg_pool.n_sleeping++; /* before the state is read again: callers write it, then look here */
        while (kg_pool.state >> 32 == call)
            pthread_cond_wait(&kg_pool.wake, &kg_pool.lock);
        kg_pool.n_sleeping--;
        pthread_mutex_unlock(&kg_pool.lock);
        return;
    }
}

static void *kg_worker(void *id) {
    kg_inside = 1;
    for (;;) {
        const uint64_t state = kg_pool.state;
        kg_claim_chunks(state, (int)(intptr_t)id);
        kg_await_call(state >> 32);
    }
    return NULL;
}

/* A forked child has none of its parent's workers, and locks in whatever state they were. */
static void kg_pool_after_fork(void) {
    pthread_mutex_init(&kg_pool.lock, NULL);
    pthread_cond_init(&kg_pool.wake, NULL);
    pthread_cond_init(&kg_pool.done, NULL);
    kg_pool.n_workers = 0;
    kg_pool.n_apart = 0;
    kg_pool.n_sleeping = 0;
    kg_pool.caller_sleeps = 0;
    kg_pool.state |= KG_CLOSED;
    atomic_flag_clear(&kg_pool.busy);
}

static void kg_pool_register(void) { pthread_atfork(NULL, NULL, kg_pool_after_fork); }

/* Starts workers until there are n, or until the system gives no more. */
static void kg_start_workers(int n) {
    pthread_attr_t attr;
    sigset_t all, old;
    if (kg_pool.n_workers >= n || pthread_attr_init(&attr))
        return;
    pthread_once(&kg_pool_once, kg_pool_register);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, KG_WORKER_STACK);
    sigfillset(&all); /* signals are for the threads of the program */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (kg_pool.n_workers < n &&
           pthread_create(&kg_pool.worker[kg_pool.n_workers], &attr, kg_worker,
                          (void *)(intptr_t)kg_pool.n_workers) == 0)
        kg_pool.n_workers++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

/* Lets the first n workers run wherever the caller may, save where it runs now. */
static void kg_keep_apart(int n) {
#ifdef CPU_COUNT
    const int here = sched_getcpu();
    cpu_set_t allowed;
    if (n > kg_pool.n_workers)
        n = kg_pool.n_workers;
    if (here < 0 || (here == kg_pool.apart_from && n <= kg_pool.n_apart))
        return;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) /* more processors than the set can hold */
        return;
    CPU_CLR(here, &allowed);
    if (CPU_COUNT(&allowed) == 0)
        return;
    for (int i = 0; i < n; i++)
        pthread_setaffinity_np(kg_pool.worker[i], sizeof allowed, &allowed);
    kg_pool.apart_from = here;
    kg_pool.n_apart = n;
#else
    (void)n;
#endif
}

static void kg_await_chunks(int64_t n_chunks) {
    const int64_t start = kg_now_ns();
    for (int i = 1; kg_pool.n_done != n_chunks; i++) {
        KG_PAUSE();
        if (i % 64 || kg_now_ns() - start < KG_CALLER_SPIN_NS)
            continue;
        pthread_mutex_lock(&kg_pool.lock);
        kg_pool.caller_sleeps = 1; /* before n_done is read again: workers add, then look here */
        while (kg_pool.n_done != n_chunks)
            pthread_cond_wait(&kg_pool.done, &kg_pool.lock);
        kg_pool.caller_sleeps = 0;
        pthread_mutex_unlock(&kg_pool.lock);
        return;
    }
}

/* body(ctx, chunk) once for each 0 <= chunk < n_chunks, on at most max_threads threads, the
 * caller's included.  All writes of the bodies are visible to the caller afterwards. */
static void kg_parallel_for(int64_t n_chunks, int max_threads, kg_chunk_body body, void *ctx) {
    if (n_chunks <= 1 || n_chunks >= KG_CLOSED || max_threads <= 1 || kg_inside ||
        atomic_flag_test_and_set(&kg_pool.busy)) {
        const int inside = kg_inside;
        kg_inside = 1; /* or a call from inside the body would find the workers free later on */
        kg_run_all(n_chunks, body, ctx);
        kg_inside = inside;
        return;
    }
    int n_wanted = (n_chunks < max_threads ? (int)n_chunks : max_threads) - 1;
    if (n_wanted > KG_MOST_WORKERS)
        n_wanted = KG_MOST_WORKERS;
    kg_start_workers(n_wanted);
    kg_keep_apart(n_wanted);

    const uint64_t call = (kg_pool.state >> 32) + 1;
    kg_pool.state = call << 32 | KG_CLOSED; /* from here on nobody claims by the old fields */
    kg_pool.n_chunks = n_chunks;
    kg_pool.n_wanted = n_wanted;
    kg_pool.body = body;
    kg_pool.ctx = ctx;
    kg_pool.n_done = 0;
    kg_pool.state = (call + 1) << 32;
    if (kg_pool.n_sleeping) {
        pthread_mutex_lock(&kg_pool.lock);
        pthread_cond_broadcast(&kg_pool.wake);
        pthread_mutex_unlock(&kg_pool.lock);
    }
    kg_inside = 1;
    kg_claim_chunks((call + 1) << 32, -1);
    kg_inside = 0;
    kg_await_chunks(n_chunks);
    atomic_flag_clear(&kg_pool.busy);
}

static int kg_pool_workers(void) { return kg_pool.n_workers; }

/* An address that tells threads apart. */
static uintptr_t kg_this_thread(void) { return (uintptr_t)&kg_inside; }

#endif
#endif
