"""Where the slots of an arena begin."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.tables cimport Lifetime

# Sizes become starts, such that no two slots that live in one region overlap; the bytes of it all.
# Sizes are multiples of a cache line, and so are the starts.
cdef int64_t pack_slots(const Lifetime* lives, int32_t count, int64_t* slot) except -1
