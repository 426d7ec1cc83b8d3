"""Packing an arena: slots of known sizes and lifetimes get their starts.

Slots are put one after another, each into the tightest gap that those which live with it leave, or
at the end.  In which order decides how well they fill the arena: largest first suits sizes that
differ much, by time suits a chain; the second is tried where the first leaves gaps.

Most often the sizes of the next batch are much like those of the last, times a factor.  So its layout
is tried first: who lies above whom stays, and each slot comes to lie on the highest of those under
it.  That is taken if it leaves no larger part of the arena unused, and if the batch is no more than
twice as large or small as the one that the layout was found for: lines round small sizes up.

Which slots live together is known from the plan, so that a slot looks at these alone: a few, of
hundreds.  119 slots of a chain are laid out as before by 8,000 instructions, and anew by 65,000; ``n``
slots that all live at once take ``n`` sorts of ``n`` numbers.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free
from libc.string cimport memcpy

from kgraph._kernels.tables cimport Slots, allocate

cdef extern from *:
    """
    #define KG_NO_ROOM ((int64_t) 1 << 54)       /* what a size that no memory holds is taken for */
    """
    const int64_t NO_ROOM "KG_NO_ROOM"

cdef enum:
    NOT_PUT = -1


cdef int64_t pack_slots(Slots slots, int64_t* slot, const Stacking* before,
                        Stacking* stacking) except -1:
    if slots.count == 0:
        return 0
    cdef int64_t* starts = <int64_t*> allocate(3 * slots.count, sizeof(int64_t))
    cdef int32_t* near = NULL
    cdef int64_t total = 0
    cdef bint again = before != NULL and before.total > 0
    if again:
        total = stack(slots, slot, before.order, starts, starts + slots.count)
        again = is_as_good(before, total, live_with(slots, slot, before.fullest))
    if again:
        take_over(before, stacking, slots.count)
    else:
        near = <int32_t*> allocate(slots.count, sizeof(int32_t))
        total = pack_anew(slots, slot, stacking, near, starts)
    memcpy(slot, starts, slots.count * sizeof(int64_t))
    free(near)
    free(starts)
    return total


cdef bint is_as_good(const Stacking* before, int64_t total, int64_t live) noexcept nogil:
    """Whether a layout of ``total`` bytes, of which ``live`` are needed at once, may stay."""
    if total == live:               # no other takes less
        return True
    return (before.least // 2 <= live <= 2 * before.least
            and <double> total * before.least <= <double> before.total * live)


cdef void take_over(const Stacking* before, Stacking* stacking, int32_t count) noexcept nogil:
    memcpy(stacking.order, before.order, count * sizeof(int32_t))
    stacking.fullest = before.fullest
    stacking.total, stacking.least = before.total, before.least


cdef int64_t stack(Slots slots, const int64_t* size, const int32_t* order, int64_t* start,
                   int64_t* end) noexcept nogil:
    """Put each slot on the highest of those before it that it meets; ``end`` holds zeros."""
    cdef int64_t most = 0, under
    cdef int32_t i, at, number
    for i in range(slots.count):
        number, under = order[i], 0
        for at in range(slots.first[number], slots.first[number + 1]):
            under = max(under, end[slots.others[at]])   # 0 of those that are not put yet
        start[number] = under
        end[number] = min(NO_ROOM, under + size[number])
        most = max(most, end[number])
    return most


cdef int64_t pack_anew(Slots slots, const int64_t* size, Stacking* stacking, int32_t* near,
                       int64_t* starts) noexcept nogil:
    """``near`` and the rest of ``starts`` are scratch."""
    cdef int32_t count = slots.count, i
    cdef int32_t* order = stacking.order
    cdef int64_t* other = starts + count
    cdef int64_t* falling = starts + 2 * count
    cdef int64_t by_time
    stacking.fullest = fullest(slots, size)
    stacking.least = live_with(slots, size, stacking.fullest)
    for i in range(count):
        order[i], falling[i] = i, -size[i]
    sort(order, count, falling)
    stacking.total = put(slots, size, order, near, starts)
    if stacking.total > stacking.least:
        for i in range(count):      # slots are numbered as they come to life
            order[i] = i
        by_time = put(slots, size, order, near, other)
        if by_time < stacking.total:
            stacking.total = by_time
            memcpy(starts, other, count * sizeof(int64_t))
    sort(order, count, starts)
    return stacking.total


cdef int32_t fullest(Slots slots, const int64_t* size) noexcept nogil:
    """The slot with which most bytes live.  More live nowhere else: no packing takes fewer."""
    cdef int64_t most = -1, live
    cdef int32_t i, found = 0
    for i in range(slots.count):
        live = live_with(slots, size, i)
        if live > most:
            most, found = live, i
    return found


cdef int64_t live_with(Slots slots, const int64_t* size, int32_t number) noexcept nogil:
    """The bytes that live where a slot comes to life: its own, and those of lower numbers."""
    cdef int64_t live = size[number]
    cdef int32_t at
    for at in range(slots.first[number], slots.first[number + 1]):
        if slots.others[at] > number:
            break
        live = min(NO_ROOM, live + size[slots.others[at]])
    return live


cdef void sort(int32_t* numbers, int32_t count, const int64_t* key) noexcept nogil:
    """By rising keys, equal ones by their number: a Shell sort, which is quick on few."""
    cdef int32_t step = 1, i, at, number
    while step < count // 9:
        step = 3 * step + 1
    while step:
        for i in range(step, count):
            number, at = numbers[i], i
            while at >= step and is_after(numbers[at - step], number, key):
                numbers[at] = numbers[at - step]
                at -= step
            numbers[at] = number
        step //= 3


cdef inline bint is_after(int32_t a, int32_t b, const int64_t* key) noexcept nogil:
    return key[a] > key[b] or (key[a] == key[b] and a > b)


cdef int64_t put(Slots slots, const int64_t* size, const int32_t* order, int32_t* near,
                 int64_t* start) noexcept nogil:
    """Put the slots in this order; ``near`` is scratch: those that a slot may not overlap."""
    cdef int64_t most = 0
    cdef int32_t i, at, number, count
    for i in range(slots.count):
        start[i] = NOT_PUT
    for i in range(slots.count):
        number, count = order[i], 0
        for at in range(slots.first[number], slots.first[number + 1]):
            if start[slots.others[at]] != NOT_PUT:
                near[count] = slots.others[at]
                count += 1
        sort(near, count, start)
        start[number] = tightest_gap(size, near, count, start, size[number])
        most = max(most, min(NO_ROOM, start[number] + size[number]))
    return most


cdef int64_t tightest_gap(const int64_t* size, const int32_t* near, int32_t count,
                          const int64_t* start, int64_t wanted) noexcept nogil:
    """Where the gap begins that a slot of the size ``wanted`` fills best among those ``near``."""
    cdef int64_t end = 0, best = -1, least = NO_ROOM, gap
    cdef int32_t i
    for i in range(count):
        gap = start[near[i]] - end
        if wanted <= gap < least:
            best, least = end, gap
        end = max(end, min(NO_ROOM, start[near[i]] + size[near[i]]))
    return best if best >= 0 else end


def pack(lifetimes, sizes, before=None):
    """The starts of slots, and the bytes of the arena, if they had the sizes ``before``: the door
    for tests."""
    cdef int32_t count = len(sizes), i
    cdef Slots slots = Slots(lifetimes)
    cdef int64_t* slot = <int64_t*> allocate(count, sizeof(int64_t))
    cdef Stacking found, last
    found.order = <int32_t*> allocate(count, sizeof(int32_t))
    last.order = <int32_t*> allocate(count, sizeof(int32_t))
    try:
        if before is not None:
            for i in range(count):
                slot[i] = before[i]
            pack_slots(slots, slot, NULL, &last)
        for i in range(count):
            slot[i] = sizes[i]
        total = pack_slots(slots, slot, NULL if before is None else &last, &found)
        return [slot[i] for i in range(count)], total
    finally:
        free(slot)
        free(found.order)
        free(last.order)
