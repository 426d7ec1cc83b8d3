"""Doors to the dense product (gemm.h) and to gather-and-accumulate (gather.h).

All functions run on the target chosen at import (`KGRAPH_CPU`, else the best the machine has).
None checks its arguments: shapes and bounds are the caller's promise, save the indices of a gather.
"""
from libc.stdint cimport int32_t, int64_t

# C[m, n] = A[m, k] @ B[k, n] + bias[n], then max(0, .) if relu.  Any of m, n, k may be 0.
# `packed` comes from gemm_pack_*, its size in elements from gemm_packed_size_*; it should start
# on a cache line.  lda and ldc count elements.  A row's bits depend neither on m nor on its place.
cdef int64_t gemm_packed_size_f32(int64_t k, int64_t n) noexcept nogil
cdef int64_t gemm_packed_size_f64(int64_t k, int64_t n) noexcept nogil
cdef void gemm_pack_f32(const float* b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                        float* packed) noexcept nogil
cdef void gemm_pack_f64(const double* b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                        double* packed) noexcept nogil
cdef void gemm_f32(const float* a, int64_t lda, const float* packed, const float* bias_or_null,
                   float* c, int64_t ldc, int64_t m, int64_t n, int64_t k, int relu) noexcept nogil
cdef void gemm_f64(const double* a, int64_t lda, const double* packed, const double* bias_or_null,
                   double* c, int64_t ldc, int64_t m, int64_t n, int64_t k, int relu) noexcept nogil

# out[r, :n] = sum(weights[p] * table[indices[p], :n] for p in splits[r]..splits[r + 1]) + bias,
# for first <= r < last; without splits, each row has `length` entries.  The splits are trusted.  1 if
# an index was out of bounds (and skipped), else 0.  The bits are those of gemm on the same row made
# dense.
ctypedef int (*gather_fn)(
    const void* weights_or_null, const void* indices, const void* splits_or_null, int64_t length,
    const void* table, int64_t n_rows_table, int64_t ld, int64_t n, const void* bias_or_null,
    void* out, int64_t ldo, int64_t first, int64_t last) noexcept nogil

# The function for the types of table, indices and splits: "f32_i32_i64".  TypeError if there is none.
cdef gather_fn find_gather(str types) except NULL
