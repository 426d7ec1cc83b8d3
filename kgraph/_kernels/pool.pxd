"""The thread pool, for modules that cimport it: one pool serves the whole process."""
from libc.stdint cimport int64_t

ctypedef void (*chunk_body)(void* ctx, int64_t chunk) noexcept nogil

# body(ctx, chunk) once for each 0 <= chunk < n_chunks on at most max_threads threads, the caller's
# included; returns when all are done.  The body must not touch Python.  Serial when called from
# inside a body or while another thread has the workers.  See pool.h.
cdef void parallel_for(int64_t n_chunks, int max_threads, chunk_body body, void* ctx) noexcept nogil

# The number of threads that `set_threads` asked for; 0 as long as nobody did.
cdef int thread_limit() noexcept nogil
