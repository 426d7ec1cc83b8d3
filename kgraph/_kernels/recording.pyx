"""The notes of a profiled call.

A plain call has no ``Recording``, and runs a loop that knows of none: see ``running.pyx``.
"""

from libc.stdint cimport int32_t, int64_t

cimport cython
cimport numpy as cnp
import numpy as np

cnp.import_array()

FIELDS = ("step", "thread", "start", "stop", "first", "last")

cdef enum:
    N_FIELDS = 6

cdef extern from *:
    """
    static int64_t kg_next(int64_t *count) {
        return __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
    }
    """
    int64_t kg_next(int64_t* count) noexcept nogil


@cython.final
cdef class Recorder:
    """Memory for the notes of one call at a time; it grows and stays."""

    def __cinit__(self):
        self.reserve(0)

    cdef int reserve(self, int64_t capacity) except -1:
        """Forget what was noted, and make room."""
        if self.table is None or capacity > self.recording.capacity:
            self.table = np.empty((capacity, N_FIELDS), np.int64)
            self.recording.capacity = capacity
            self.recording.runs = <int64_t*> cnp.PyArray_DATA(<cnp.ndarray> self.table)
        self.recording.count = 0
        return 0

    @property
    def runs(self):
        """What was noted last: a row for each run of a step, columns as ``FIELDS`` names them.

        Times are nanoseconds of a monotonic clock; rows first .. last are those of the region, or its
        items where a kernel works over these.
        """
        if self.recording.count > self.recording.capacity:
            raise AssertionError("a call noted more runs than there was room for")
        return self.table[:self.recording.count].copy()


cdef void note(Recording* recording, int32_t step, int32_t thread, int64_t start, int64_t stop,
               int64_t first, int64_t last) noexcept nogil:
    cdef int64_t at = kg_next(&recording.count)
    cdef int64_t* run
    if at < recording.capacity:
        run = recording.runs + at * N_FIELDS
        run[0], run[1], run[2], run[3], run[4], run[5] = step, thread, start, stop, first, last


def clock_cost(int64_t rounds=1000):
    """Nanoseconds that one look at the clock takes."""
    cdef int64_t i, start = now()
    for i in range(rounds):
        now()
    return (now() - start) / <double> rounds
