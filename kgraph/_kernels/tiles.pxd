"""A kernel of several: a product and its epilogue, run one after the other tile by tile."""

from libc.stdint cimport int64_t

from kgraph._kernels.step cimport Context, Step

# What the tile itself takes; its parts' scratch comes on top.
cdef int64_t tile_bytes(const Step* step, const int64_t* size) noexcept nogil

cdef void run_tiles(const Step* step, const Context* context,
                    int64_t first, int64_t last) noexcept nogil
