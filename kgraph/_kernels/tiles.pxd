"""A kernel of several: a product and its epilogue, run one after the other tile by tile."""

from libc.stdint cimport int64_t

from kgraph._kernels.step cimport Context, Step

# What the tile itself takes; its parts' scratch comes on top.
cdef int64_t tile_bytes(const Step* step, const int64_t* size) noexcept nogil

# How many tiles the rows of a whole batch make, and each range of rows cuts one more.
cdef int64_t tile_count(const Step* step, const int64_t* size, int64_t rows) noexcept nogil

# A profiled call notes each run of a part, with rows of the kernel.
cdef void run_tiles(const Step* step, const Context* context,
                    int64_t first, int64_t last) noexcept nogil
