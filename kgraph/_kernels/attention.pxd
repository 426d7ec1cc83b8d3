"""Scaled dot-product attention over rows with bounds."""

from libc.stdint cimport int64_t

from kgraph._kernels.step cimport Context, Step

# Bytes of scratch: keys and values of a head, packed, and a block of scores.
cdef int64_t attention_bytes(int64_t width, int64_t keys, int64_t out_width,
                             int64_t itemsize) noexcept nogil

cdef void run_attention_f32(const Step* step, const Context* context,
                            int64_t first, int64_t last) noexcept nogil
cdef void run_attention_f64(const Step* step, const Context* context,
                            int64_t first, int64_t last) noexcept nogil
