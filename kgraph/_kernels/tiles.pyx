"""A kernel of several: a product and its epilogue, run one after the other tile by tile.

tiles: buffers those that lie in the tile; sizes rows of the kernel, bytes that the products make for
one, rows of the first product in one, then bytes of a row of each buffer.

Scratch holds the tile's buffers first, then what the parts need for themselves.
"""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.recording cimport note, now
from kgraph._kernels.step cimport Context, Step

cdef extern from *:
    """
    /* Beyond an int, which is all that an enum is sure to hold. */
    #define KG_MOST_ROW ((int64_t) 1 << 40)     /* bytes: no memory holds a tile of such rows */
    #define KG_MOST_TILE ((int64_t) 1 << 54)
    """
    const int64_t MOST_ROW "KG_MOST_ROW"
    const int64_t MOST_TILE "KG_MOST_TILE"

cdef enum:
    TILE_BYTES = 32 * 1024      # of products: what a first-level cache holds
    TILE_LEAST = 56             # rows of a product: with fewer its weights are read too often
    LINE = 64


cdef inline int64_t tile_rows(const Step* step, const int64_t* size) noexcept nogil:
    """Rows of a tile: as many as stay in the cache, but not too few for a product."""
    cdef int64_t row_bytes = max(size[step.slot[1]], <int64_t> 1)
    cdef int64_t items = max(size[step.slot[2]], <int64_t> 1)
    cdef int64_t most = max(TILE_BYTES // row_bytes, TILE_LEAST // items)
    return max(<int64_t> 1, min(most, size[step.slot[0]]))


cdef inline int64_t lines(int64_t count) noexcept nogil:
    return (count + LINE - 1) & ~<int64_t> (LINE - 1)


cdef int64_t tile_bytes(const Step* step, const int64_t* size) noexcept nogil:
    cdef int64_t rows = tile_rows(step, size), total = 0
    cdef int32_t i
    if size[step.slot[1]] > MOST_ROW:
        return MOST_TILE
    for i in range(step.n_buffers):
        total += lines(rows * size[step.slot[3 + i]])
    return total


cdef int64_t tile_count(const Step* step, const int64_t* size, int64_t rows) noexcept nogil:
    return rows // tile_rows(step, size)


cdef void run_tiles(const Step* step, const Context* context,
                    int64_t first, int64_t last) noexcept nogil:
    cdef int64_t rows = tile_rows(step, context.size), start = first, stop, per_row
    cdef Context inner = context[0]
    cdef int64_t before = 0, after
    cdef const Step* part
    cdef char* at
    cdef int32_t i
    inner.scratch = context.scratch + tile_bytes(step, context.size)
    if inner.recording != NULL:
        before = now()
    while start < last:
        stop = min(start + rows, last)
        at = context.scratch
        for i in range(step.n_buffers):
            # as with panels: the buffer begins at row `start`, and parts address it like any other
            per_row = context.size[step.slot[3 + i]]
            context.memory[step.buffer[i]] = at - start * per_row
            at += lines(rows * per_row)
        for i in range(step.n_parts):
            part = &step.part[i]
            per_row = context.size[part.rows_per_row]
            part.run(part, &inner, start * per_row, stop * per_row)
            if inner.recording != NULL:
                after = now()
                note(inner.recording, part.number, inner.thread, before, after, start, stop)
                before = after
        start = stop
