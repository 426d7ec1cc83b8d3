"""Validation of row bounds and indices, once, where a value enters."""
from libc.stdint cimport int32_t, int64_t

ctypedef fused index_t:
    int32_t
    int64_t

ctypedef fused id_t:
    int32_t
    int64_t
    float
    double

cdef enum Check:
    CHECK_OK = 0
    CHECK_FIRST = 1         # splits[0] is not 0
    CHECK_DECREASING = 2    # splits[bad_row + 1] < splits[bad_row]
    CHECK_LAST = 3          # splits[n_rows] is not total; bad_row = n_rows
    CHECK_NEGATIVE = 4      # indices[bad] < 0
    CHECK_UPPER = 5         # indices[bad] >= upper

# splits: IN (n_rows + 1,). Writes the first offending row and the longest row's length (0 if none).
cdef Check check_splits(const index_t* splits, int64_t n_rows, int64_t total, int64_t* bad_row,
                        int64_t* longest) noexcept nogil

# indices: IN (n,). All of them within 0 <= index < upper?  Else the first position that is not.
cdef Check check_indices(const index_t* indices, int64_t n, int64_t upper,
                         int64_t* bad) noexcept nogil

# ids: IN (n,). All of them whole, and within lowest <= id < upper?  Else the first that is not.
cdef Check check_ids(const id_t* ids, int64_t n, int64_t lowest, int64_t upper,
                     int64_t* bad) noexcept nogil
