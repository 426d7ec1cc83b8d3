"""The thread pool of the kernels; `kgraph.runtime.threads` is its public face."""
from libc.stdint cimport int64_t, uintptr_t

import numpy as np

cdef extern from "pool.h" nogil:
    ctypedef void (*kg_chunk_body)(void*, int64_t) noexcept nogil
    void kg_parallel_for(int64_t n_chunks, int max_threads, kg_chunk_body body, void* ctx) noexcept
    int kg_pool_workers() noexcept
    uintptr_t this_thread "kg_this_thread"() noexcept

cdef int limit = 0


cdef void parallel_for(int64_t n_chunks, int max_threads, chunk_body body,
                       void* ctx) noexcept nogil:
    kg_parallel_for(n_chunks, max_threads, body, ctx)


cdef int thread_limit() noexcept nogil:
    return limit


def set_threads(int n):
    """Let kernels use at most n threads; 0 takes back what was set."""
    global limit
    if n < 0:
        raise ValueError(f"the number of threads must not be negative, got {n}")
    limit = n


def get_threads():
    """What `set_threads` was last given; 0 at the start."""
    return limit


def n_workers():
    """How many threads the pool has started in this process, the callers' not counted."""
    return kg_pool_workers()


# What follows is the twin for tests: bodies that count, so that a chunk lost or run twice is seen.

cdef struct Trial:
    int64_t* runs        # OUT (n_chunks,) how often each chunk ran
    int64_t* in_order    # OUT (n_chunks,) nested chunks that ran in order on the chunk's own thread
    uintptr_t* threads   # OUT (n_chunks,) the thread of each chunk
    int64_t work         # steps of a chain of dependent additions per chunk
    int64_t nested       # chunks of a call from inside the body
    int max_threads


cdef struct Nested:
    int64_t next
    uintptr_t thread


cdef void run_nested_chunk(void* ctx, int64_t chunk) noexcept nogil:
    cdef Nested* nested = <Nested*>ctx
    if chunk == nested.next and nested.thread == this_thread():
        nested.next += 1


cdef void run_trial_chunk(void* ctx, int64_t chunk) noexcept nogil:
    cdef Trial* trial = <Trial*>ctx
    cdef Nested nested
    cdef volatile int64_t chain = 0
    cdef int64_t i
    for i in range(trial.work):
        chain += 1
    trial.threads[chunk] = this_thread()
    nested.next = 0
    nested.thread = this_thread()
    if trial.nested:
        kg_parallel_for(trial.nested, trial.max_threads, run_nested_chunk, &nested)
    trial.in_order[chunk] = nested.next
    trial.runs[chunk] += 1


def trial(int64_t n_chunks, int max_threads, *, int64_t work=0, int64_t nested=0):
    """Run n_chunks counting chunks: (runs, in_order, threads), one cell each per chunk.

    `runs` is all ones when each chunk ran once; `in_order` is all `nested` when each call from
    inside a chunk ran its chunks in order on the chunk's own thread; `threads` tells threads apart.

    >>> trial(4, 1)[0]
    array([1, 1, 1, 1])
    """
    runs, in_order = np.zeros(n_chunks, np.int64), np.zeros(n_chunks, np.int64)
    threads = np.zeros(n_chunks, np.uintp)
    cdef int64_t[::1] runs_view = runs, in_order_view = in_order
    cdef size_t[::1] threads_view = threads
    cdef Trial trial
    if n_chunks:
        trial.runs = &runs_view[0]
        trial.in_order = &in_order_view[0]
        trial.threads = <uintptr_t*>&threads_view[0]
    trial.work, trial.nested, trial.max_threads = work, nested, max_threads
    with nogil:
        kg_parallel_for(n_chunks, max_threads, run_trial_chunk, &trial)
    return runs, in_order, threads
