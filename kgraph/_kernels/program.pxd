"""The block VM: programs of elementwise steps and row reductions over cache-sized blocks."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.step cimport Context, Step

cdef class Program:
    cdef void* data

    # `elements` of the longest row, or of the segment with most rows
    cdef int64_t scratch_bytes(self, int64_t elements) noexcept nogil

cdef void run_program(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil
