"""Where the slots of an arena begin."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.tables cimport Slots

# A layout of an arena, to be taken again with other sizes than it was found for.
ctypedef struct Stacking:
    int32_t* order              # the slots from below: each lies above those before it that it meets
    int32_t fullest             # the slot with which most bytes live, where it comes to life
    int64_t total, least        # bytes when it was found: of it, and of what lived with that slot

# Sizes become starts, such that no two slots that live in one region overlap; the bytes of it all.
# Sizes are multiples of a cache line, and so are the starts.  A layout `before`, which may be NULL,
# is taken again if it is as good as it was; `stacking` has room for the one that is taken.
cdef int64_t pack_slots(Slots slots, int64_t* slot, const Stacking* before,
                        Stacking* stacking) except -1
