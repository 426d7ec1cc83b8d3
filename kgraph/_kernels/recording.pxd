"""What a profiled call notes: which step ran when, on which thread, over which rows."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "clock.h" nogil:
    int64_t now "kg_clock_ns"() noexcept

ctypedef struct Recording:
    int64_t* runs           # FIELDS numbers for each run of a step, in the order of their ends
    int64_t capacity
    int64_t count

cdef class Recorder:
    cdef Recording recording
    cdef object table

    cdef int reserve(self, int64_t capacity) except -1

# Note a run.  Threads may note at once; what does not fit is counted and lost.
cdef void note(Recording* recording, int32_t step, int32_t thread, int64_t start, int64_t stop,
               int64_t first, int64_t last) noexcept nogil
