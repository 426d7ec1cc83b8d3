"""Dense products as kernels of a plan.

gemm: buffers x, packed weights, bias or none, out; sizes k, n, relu.  Of few rows threads share the
columns: an element is the same chain of multiply-adds whatever columns stand beside it.

matmul: buffers x1, x2, out; sizes m, k, n.  The right operand is packed first, row by row of the
batch, into scratch.
"""

from libc.stdint cimport int64_t

from kgraph._kernels.linear cimport gemm_f32, gemm_f64, gemm_pack_f32, gemm_pack_f64
from kgraph._kernels.pool cimport chunk_body, parallel_for
from kgraph._kernels.step cimport Context, Step, memory, size

ctypedef fused real:
    float
    double

cdef enum:
    WHOLE_PANELS = 64           # columns: a multiple of what a packed panel holds on any target
    LEAST_WEIGHTS = 32 * 1024   # what a thread should have to read, or a claim is not worth it
    CHUNKS = 2                  # for each thread: one that comes late takes fewer

ctypedef struct Shared:
    const Step* step
    const Context* context
    int64_t first, last
    int64_t columns             # of a chunk; the last may have fewer


cdef inline void multiply(const Step* step, const Context* context, int64_t first, int64_t last,
                          int64_t column, int64_t columns, real item) noexcept nogil:
    """``columns`` from ``column`` on, which begins a panel; ``item`` tells the dtype."""
    cdef int64_t k = size(step, context, 0), n = size(step, context, 1)
    cdef int relu = <int> size(step, context, 2)
    cdef const real* x = <const real*> memory(step, context, 0) + first * k
    cdef const real* packed = <const real*> memory(step, context, 1) + column * k
    cdef const real* bias = <const real*> memory(step, context, 2)
    cdef real* out = <real*> memory(step, context, 3) + first * n + column
    if bias != NULL:
        bias += column
    if real is float:
        gemm_f32(x, k, packed, bias, out, n, last - first, columns, k, relu)
    else:
        gemm_f64(x, k, packed, bias, out, n, last - first, columns, k, relu)


cdef inline void multiply_chunk(const Shared* shared, int64_t chunk, real item) noexcept nogil:
    cdef int64_t n = size(shared.step, shared.context, 1), column = chunk * shared.columns
    multiply(shared.step, shared.context, shared.first, shared.last, column,
             min(shared.columns, n - column), item)


cdef void multiply_chunk_f32(void* shared, int64_t chunk) noexcept nogil:
    multiply_chunk(<const Shared*> shared, chunk, <float> 0)


cdef void multiply_chunk_f64(void* shared, int64_t chunk) noexcept nogil:
    multiply_chunk(<const Shared*> shared, chunk, <double> 0)


cdef void share(const Step* step, const Context* context, int64_t first, int64_t last,
                chunk_body body) noexcept nogil:
    """All columns, in chunks of whole panels."""
    cdef int64_t k = size(step, context, 0), n = size(step, context, 1), chunks
    cdef Shared shared = Shared(step, context, first, last, 0)
    chunks = max(<int64_t> 1, min(<int64_t> CHUNKS * context.column_threads,
                                  k * n // LEAST_WEIGHTS))
    shared.columns = max(n + chunks - 1, <int64_t> 1) // chunks
    shared.columns = (shared.columns + WHOLE_PANELS - 1) // WHOLE_PANELS * WHOLE_PANELS
    parallel_for((n + shared.columns - 1) // shared.columns, context.column_threads, body, &shared)


cdef inline void run_gemm(const Step* step, const Context* context, int64_t first, int64_t last,
                          chunk_body body, real item) noexcept nogil:
    if context.column_threads > 1:
        share(step, context, first, last, body)
    else:
        multiply(step, context, first, last, 0, size(step, context, 1), item)


cdef void run_gemm_f32(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil:
    run_gemm(step, context, first, last, multiply_chunk_f32, <float> 0)


cdef void run_gemm_f64(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil:
    run_gemm(step, context, first, last, multiply_chunk_f64, <double> 0)


cdef inline void multiply_batch(const Step* step, const Context* context, int64_t first,
                                int64_t last, real* packed) noexcept nogil:
    cdef int64_t m = size(step, context, 0), k = size(step, context, 1), n = size(step, context, 2)
    cdef const real* x1 = <const real*> memory(step, context, 0)
    cdef const real* x2 = <const real*> memory(step, context, 1)
    cdef real* out = <real*> memory(step, context, 2)
    cdef int64_t b
    for b in range(first, last):
        if real is float:
            gemm_pack_f32(x2 + b * k * n, n, 1, k, n, packed)
            gemm_f32(x1 + b * m * k, k, packed, NULL, out + b * m * n, n, m, n, k, 0)
        else:
            gemm_pack_f64(x2 + b * k * n, n, 1, k, n, packed)
            gemm_f64(x1 + b * m * k, k, packed, NULL, out + b * m * n, n, m, n, k, 0)


cdef void run_matmul_f32(const Step* step, const Context* context,
                         int64_t first, int64_t last) noexcept nogil:
    multiply_batch(step, context, first, last, <float*> context.scratch)


cdef void run_matmul_f64(const Step* step, const Context* context,
                         int64_t first, int64_t last) noexcept nogil:
    multiply_batch(step, context, first, last, <double*> context.scratch)
