"""Packing an arena: slots of known sizes and lifetimes get their starts.

Slots are put one after another, each into the tightest gap that those which live with it leave, or
at the end.  In which order decides how well they fill the arena: by time suits a chain, largest
first suits sizes that differ much; the better of the two is kept.

`n * n` comparisons of 2 ns at the worst: a plan of 1000 slots binds a new shape in milliseconds, one
of ten in less than a microsecond.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free
from libc.string cimport memcpy

from kgraph._kernels.tables cimport Lifetime, allocate

cdef extern from *:
    """
    #define KG_NO_ROOM ((int64_t) 1 << 54)       /* what a size that no memory holds is taken for */
    """
    const int64_t NO_ROOM "KG_NO_ROOM"


cdef int64_t pack_slots(const Lifetime* lives, int32_t count, int64_t* slot) except -1:
    if count == 0:
        return 0
    cdef int64_t* starts = <int64_t*> allocate(2 * count, sizeof(int64_t))
    cdef int32_t* order = <int32_t*> allocate(2 * count, sizeof(int32_t))
    cdef int32_t* placed = order + count
    cdef int64_t by_time, by_size
    cdef int32_t i
    for i in range(count):          # slots are numbered as they come to life
        order[i] = i
    by_time = put(lives, slot, order, count, placed, starts)
    largest_first(slot, order, count)
    by_size = put(lives, slot, order, count, placed, starts + count)
    memcpy(slot, starts if by_time <= by_size else starts + count, count * sizeof(int64_t))
    free(order)
    free(starts)
    return min(by_time, by_size)


cdef void largest_first(const int64_t* size, int32_t* order, int32_t count) noexcept nogil:
    """A stable sort by insertion."""
    cdef int32_t i, at, number
    for i in range(1, count):
        number, at = order[i], i
        while at > 0 and size[order[at - 1]] < size[number]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = number


cdef int64_t put(const Lifetime* lives, const int64_t* size, const int32_t* order, int32_t count,
                 int32_t* placed, int64_t* start) noexcept nogil:
    """Put the slots in this order; ``placed`` is scratch: those that are put, by their starts."""
    cdef int64_t most = 0
    cdef int32_t i, at, number
    for i in range(count):
        number = order[i]
        start[number] = tightest_gap(lives, size, placed, i, start, number)
        most = max(most, min(NO_ROOM, start[number] + size[number]))
        at = i
        while at > 0 and start[placed[at - 1]] > start[number]:
            placed[at] = placed[at - 1]
            at -= 1
        placed[at] = number
    return most


cdef int64_t tightest_gap(const Lifetime* lives, const int64_t* size, const int32_t* placed,
                          int32_t count, const int64_t* start, int32_t number) noexcept nogil:
    """Where the gap begins that ``number`` fills best among the slots that live with it."""
    cdef int64_t end = 0, best = -1, least = NO_ROOM, gap
    cdef int32_t i, other
    for i in range(count):
        other = placed[i]
        if lives[other].last < lives[number].first or lives[number].last < lives[other].first:
            continue
        gap = start[other] - end
        if size[number] <= gap < least:
            best, least = end, gap
        end = max(end, min(NO_ROOM, start[other] + size[other]))
    return best if best >= 0 else end


def pack(lifetimes, sizes):
    """The starts of slots, and the bytes of the arena: the door for tests."""
    cdef int32_t count = len(sizes), i
    cdef Lifetime* lives = <Lifetime*> allocate(count, sizeof(Lifetime))
    cdef int64_t* slot = <int64_t*> allocate(count, sizeof(int64_t))
    try:
        for i in range(count):
            lives[i].first, lives[i].last = lifetimes[i]
            slot[i] = sizes[i]
        total = pack_slots(lives, count, slot)
        return [slot[i] for i in range(count)], total
    finally:
        free(lives)
        free(slot)
