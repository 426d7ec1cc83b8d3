"""Copies that programs of the block VM make: one element, or one row, over many."""

from libc.stdint cimport int32_t, int64_t

# `count` copies of one item.
cdef void fill(char* target, const char* item, int64_t itemsize, int64_t count) noexcept nogil
# Each row's element over all columns of its row.
cdef void expand(char* target, const char* source, int64_t itemsize, int64_t rows,
                 int64_t columns) noexcept nogil
# `count` copies of a row of `bytes`.
cdef void repeat(char* target, const char* source, int64_t bytes, int64_t count) noexcept nogil
# Each segment's row of `bytes` over all rows of its segment.
cdef void repeat_rows(char* target, const char* source, int64_t bytes, int64_t itemsize,
                      const int64_t* bounds, int64_t segments) noexcept nogil
# For each of `rows` of `columns` elements, `count` of them, by their positions.
cdef void pick(char* target, const char* source, const int32_t* position, int64_t itemsize,
               int64_t rows, int64_t columns, int64_t count) noexcept nogil
