"""Copies that programs of the block VM make: one element, or one row, over many.

What moves between buffers of a plan stands in ``movement.pyx``.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef void fill(char* target, const char* item, int64_t itemsize, int64_t count) noexcept nogil:
    """``count`` copies of one item."""
    cdef int64_t i
    cdef uint32_t four
    cdef uint64_t eight
    if itemsize == 4:
        memcpy(&four, item, 4)
        for i in range(count):
            (<uint32_t*> target)[i] = four
    elif itemsize == 8:
        memcpy(&eight, item, 8)
        for i in range(count):
            (<uint64_t*> target)[i] = eight
    elif itemsize == 1:
        for i in range(count):
            target[i] = item[0]
    else:
        for i in range(count):
            memcpy(target + i * itemsize, item, itemsize)


cdef void expand(char* target, const char* source, int64_t itemsize, int64_t rows,
                 int64_t columns) noexcept nogil:
    """Each row's element over all columns of its row."""
    cdef int64_t r
    for r in range(rows):
        fill(target + r * columns * itemsize, source + r * itemsize, itemsize, columns)


cdef void repeat(char* target, const char* source, int64_t bytes, int64_t count) noexcept nogil:
    """``count`` copies of a row of ``bytes``."""
    cdef int64_t r
    for r in range(count):
        memcpy(target + r * bytes, source, bytes)


cdef void repeat_rows(char* target, const char* source, int64_t bytes, int64_t itemsize,
                      const int64_t* bounds, int64_t segments) noexcept nogil:
    """Each segment's row of ``bytes`` over all rows of its segment."""
    cdef int64_t s, count
    for s in range(segments):
        count = bounds[s + 1] - bounds[s]
        if bytes == itemsize:
            fill(target, source + s * bytes, itemsize, count)
        else:
            repeat(target, source + s * bytes, bytes, count)
        target += count * bytes


cdef void pick(char* target, const char* source, const int32_t* position, int64_t itemsize,
               int64_t rows, int64_t columns, int64_t count) noexcept nogil:
    """For each of ``rows`` of ``columns`` elements, ``count`` of them, by their positions."""
    cdef int64_t r, i
    for r in range(rows):
        for i in range(count):
            if itemsize == 4:
                (<uint32_t*> target)[i] = (<const uint32_t*> source)[position[i]]
            elif itemsize == 8:
                (<uint64_t*> target)[i] = (<const uint64_t*> source)[position[i]]
            else:
                memcpy(target + i * itemsize, source + position[i] * itemsize, itemsize)
        target += count * itemsize
        source += columns * itemsize
        position += count
