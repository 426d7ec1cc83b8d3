"""Running a batch that is bound, and the memory it runs in."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.binding cimport Bound
from kgraph._kernels.recording cimport Recording
from kgraph._kernels.tables cimport Tables

cdef class Arena:
    cdef char* block            # as malloc gave it
    cdef char* data             # its first line
    cdef int64_t capacity

    cdef int reserve(self, int64_t count) except -1

# How many threads a batch is worth: 1, or as many as there may be.
cdef int threads_for(Tables plan, Bound bound, int most) noexcept

# Run all steps and write `result`: the array of the one output, or a list of arrays.  `fault` is 0
# afterwards, or 1 + the number of the step that failed.  The GIL is released if that pays.  Each run
# of a step is noted in `recording`, unless that is NULL.
cdef int run(Tables plan, Bound bound, Arena arena, char** constants, tuple inputs, object result,
             int threads, int32_t* fault, Recording* recording) except -1

# The most that a call notes.
cdef int64_t most_runs(Tables plan, Bound bound, int threads) noexcept
