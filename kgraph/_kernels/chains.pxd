"""Chains of cheap elementwise instructions: which of a program are one, and the C to run it."""

from libc.stdint cimport int32_t, int64_t

ctypedef void (*link_fn)() noexcept nogil

cdef extern from "chain.h" nogil:
    ctypedef struct kg_link:
        link_fn run
        int64_t operand
    ctypedef void (*kg_chain)(
        const kg_link* links, char** registers, int64_t bytes) noexcept nogil
    void kg_streamed()

ctypedef struct Chain:
    kg_chain run
    int64_t strip_bytes     # it runs over a multiple of these
    int32_t itemsize
    int32_t stop            # the instruction behind its last
    kg_link* links          # these two arrays are its own: `free_chain`
    kg_link* streaming      # the same, with results stored past the caches; then `kg_streamed`

# The chain of some links, for this process's target; `temporary` are the registers of temporaries.
cdef int make_chain(Chain* made, str dtype, links, temporary, int stop) except -1
cdef void free_chain(Chain* chain) noexcept
