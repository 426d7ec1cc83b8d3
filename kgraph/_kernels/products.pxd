"""Dense products as kernels of a plan."""

from libc.stdint cimport int64_t

from kgraph._kernels.step cimport Context, Step

cdef void run_gemm_f32(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil
cdef void run_gemm_f64(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil
cdef void run_matmul_f32(const Step* step, const Context* context,
                         int64_t first, int64_t last) noexcept nogil
cdef void run_matmul_f64(const Step* step, const Context* context,
                         int64_t first, int64_t last) noexcept nogil
