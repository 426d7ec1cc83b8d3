"""Host steps: ops without a kernel, which call back into Python."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.step cimport Context, Step

cdef class HostStep:
    cdef object function, dtypes, ranks
    cdef int32_t n_symbols      # sizes that follow those of the arrays
    cdef dict errors            # by the call that met them: threads may fail at once

# A kernel_t.  A host step's `program` is its HostStep.
cdef void run_host(const Step* step, const Context* context,
                   int64_t first, int64_t last) noexcept nogil

# What `step` raised in the call of this `fault`, or None if it is a kernel that met a bad index.
cdef object take_error(const Step* step, const int32_t* fault)
