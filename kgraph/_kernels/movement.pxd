"""Data movement: rows by id, strided copies, sparse and ragged to dense.

Rows [first, last) of the output are written, so that the pool can hand out ranges. Bounds are
the caller's promise (checks.pxd), save where a result of 1 says that an id was out of bounds and
skipped.
"""
from libc.stdint cimport int32_t, int64_t

cdef enum:
    MOST_DIMS = 8

ctypedef fused index_t:
    int32_t
    int64_t

ctypedef fused value_t:
    float
    double
    int32_t
    int64_t

# out[r] = table[ids[r]], rows of row_bytes. An id out of [0, n_rows_table) leaves its row as it is.
cdef int take_rows(const char* table, int64_t row_bytes, int64_t n_rows_table, const index_t* ids,
                   char* out, int64_t first, int64_t last) noexcept nogil

# dst[i...] = src[i...] for all i < shape; strides in bytes, of any sign; src's may be 0.
# ndim <= MOST_DIMS. src and dst must not overlap.
cdef void strided_copy(int64_t itemsize, int ndim, const int64_t* shape, const char* src,
                       const int64_t* src_strides, char* dst,
                       const int64_t* dst_strides) noexcept nogil

# out[r, indices[p]] += data[p] over row r, from zeros: duplicates add up in order. OUT (B, n_cols).
cdef int csr_to_dense(const value_t* data, const index_t* indices, const index_t* splits,
                      int64_t n_cols, value_t* out, int64_t first, int64_t last) noexcept nogil

# out[r] = the first max_len items of row r, then default_row. OUT (B, max_len, row_bytes).
cdef void ragged_to_dense(int64_t row_bytes, const char* values, const int64_t* splits,
                          int64_t max_len, const char* default_row, char* out, int64_t first,
                          int64_t last) noexcept nogil

# out[p] = r for splits[r] <= p < splits[r + 1].
cdef void row_ids(const int64_t* splits, int64_t* out, int64_t first, int64_t last) noexcept nogil
