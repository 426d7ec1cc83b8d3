"""What this machine can do at most: multiply-adds of the dense product, and copies.

Each thread works on memory of its own, again and again, so that starting threads costs next to
nothing.  ``runtime/roofline.py`` chooses sizes and takes the best of several rounds.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

cimport numpy as cnp
import numpy as np

from kgraph._kernels.linear cimport gemm_f32, gemm_f64
from kgraph._kernels.plan import pack
from kgraph._kernels.pool cimport parallel_for
from kgraph._kernels.recording cimport now

cnp.import_array()

cdef extern from *:
    """
    /* The compiler may not see that the next copy writes the same bytes again. */
    #if defined(__GNUC__) || defined(__clang__)
    #define KG_MEMORY_IS_USED() __asm__ __volatile__("" ::: "memory")
    #else
    #define KG_MEMORY_IS_USED() ((void)0)
    #endif
    """
    void memory_is_used "KG_MEMORY_IS_USED"() noexcept nogil

ctypedef struct Copies:
    char* source
    char* target
    int64_t bytes               # of one thread
    int64_t repeats

ctypedef struct Products:
    char* a
    char* packed
    char* c
    int64_t m, k, n
    int64_t a_bytes, c_bytes    # of one thread
    int64_t repeats
    int single


cdef void copy_chunk(void* data, int64_t chunk) noexcept nogil:
    cdef Copies* job = <Copies*> data
    cdef int64_t i
    for i in range(job.repeats):
        memcpy(job.target + chunk * job.bytes, job.source + chunk * job.bytes, job.bytes)
        memory_is_used()


cdef void product_chunk(void* data, int64_t chunk) noexcept nogil:
    cdef Products* job = <Products*> data
    cdef char* a = job.a + chunk * job.a_bytes
    cdef char* c = job.c + chunk * job.c_bytes
    cdef int64_t i
    for i in range(job.repeats):
        if job.single:
            gemm_f32(<const float*> a, job.k, <const float*> job.packed, NULL,
                     <float*> c, job.n, job.m, job.n, job.k, 0)
        else:
            gemm_f64(<const double*> a, job.k, <const double*> job.packed, NULL,
                     <double*> c, job.n, job.m, job.n, job.k, 0)


def copies(int64_t count, int threads, int64_t repeats, int rounds):
    """Seconds of each round: every thread copies ``count`` bytes ``repeats`` times."""
    source, target = np.ones((2, threads * count), np.uint8)
    cdef Copies job
    job.source = <char*> cnp.PyArray_DATA(<cnp.ndarray> source)
    job.target = <char*> cnp.PyArray_DATA(<cnp.ndarray> target)
    job.bytes, job.repeats = count, repeats
    cdef int64_t start
    seconds = []
    for _ in range(rounds):
        with nogil:
            start = now()
            parallel_for(threads, threads, copy_chunk, &job)
            start = now() - start
        seconds.append(start / 1e9)
    return seconds


def products(int64_t m, int64_t k, int64_t n, dtype, int threads, int64_t repeats, int rounds):
    """Seconds of each round: every thread multiplies (m, k) by (k, n) ``repeats`` times."""
    a, c = np.ones((threads, m, k), dtype), np.empty((threads, m, n), dtype)
    packed = pack(np.ones((k, n), dtype))
    cdef Products job
    job.a = <char*> cnp.PyArray_DATA(<cnp.ndarray> a)
    job.packed = <char*> cnp.PyArray_DATA(<cnp.ndarray> packed)
    job.c = <char*> cnp.PyArray_DATA(<cnp.ndarray> c)
    job.m, job.k, job.n, job.repeats = m, k, n, repeats
    job.a_bytes, job.c_bytes = a[0].nbytes, c[0].nbytes
    job.single = a.dtype == np.float32
    cdef int64_t start
    seconds = []
    for _ in range(rounds):
        with nogil:
            start = now()
            parallel_for(threads, threads, product_chunk, &job)
            start = now() - start
        seconds.append(start / 1e9)
    return seconds
