"""Data movement: rows by id, strided copies, sparse and ragged to dense. See movement.pxd."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport llabs
from libc.string cimport memcpy, memset

import numpy as np

cdef extern from "lanes.h" nogil:
    void KG_PREFETCH(const void* p) noexcept

# Items that one instruction moves, by memcpy of a constant size: any address will do.
ctypedef fused word_t:
    uint8_t
    uint16_t
    uint32_t
    uint64_t

cdef enum:
    TAKE_AHEAD = 8              # rows fetched ahead; the ids say where they are
    FETCH_MOST = 512            # bytes of a row; past these the hardware has caught on
    TILE = 32                   # side of a transposed tile: both sides stay in L1
    RUN_LEAST = 64              # bytes in a row that are worth a call of memcpy


# Rows by id

cdef int take_words(word_t word, const char* table, int64_t n_rows_table, const index_t* ids,
                    char* out, int64_t first, int64_t last) noexcept nogil:
    cdef int64_t r
    cdef int bad = 0
    for r in range(first, last):
        if 0 <= ids[r] < n_rows_table:
            memcpy(&word, table + ids[r] * <int64_t>sizeof(word_t), sizeof(word_t))
            memcpy(out + r * <int64_t>sizeof(word_t), &word, sizeof(word_t))
        else:
            bad = 1
    return bad


cdef int take_wide(const char* table, int64_t row_bytes, int64_t n_rows_table, const index_t* ids,
                   char* out, int64_t first, int64_t last) noexcept nogil:
    cdef int64_t r, byte
    cdef const char* ahead
    cdef int bad = 0
    for r in range(first, last):
        if r + TAKE_AHEAD < last and 0 <= ids[r + TAKE_AHEAD] < n_rows_table:
            ahead = table + ids[r + TAKE_AHEAD] * row_bytes
            for byte in range(0, min(row_bytes, <int64_t>FETCH_MOST), 64):
                KG_PREFETCH(ahead + byte)
        if 0 <= ids[r] < n_rows_table:
            memcpy(out + r * row_bytes, table + ids[r] * row_bytes, row_bytes)
        else:
            bad = 1
    return bad


cdef int take_rows(const char* table, int64_t row_bytes, int64_t n_rows_table, const index_t* ids,
                   char* out, int64_t first, int64_t last) noexcept nogil:
    if row_bytes == 8:
        return take_words(<uint64_t>0, table, n_rows_table, ids, out, first, last)
    if row_bytes == 4:
        return take_words(<uint32_t>0, table, n_rows_table, ids, out, first, last)
    if row_bytes == 2:
        return take_words(<uint16_t>0, table, n_rows_table, ids, out, first, last)
    if row_bytes == 1:
        return take_words(<uint8_t>0, table, n_rows_table, ids, out, first, last)
    return take_wide(table, row_bytes, n_rows_table, ids, out, first, last)


# Strided copies

cdef struct Dims:
    int n
    int64_t shape[MOST_DIMS]
    int64_t src[MOST_DIMS]      # strides in bytes
    int64_t dst[MOST_DIMS]


cdef void move_dim(Dims* dims, int at, int to) noexcept nogil:
    """Take dim `at` out and put it back at place `to` >= at."""
    cdef int64_t shape = dims.shape[at], src = dims.src[at], dst = dims.dst[at]
    cdef int i
    for i in range(at, to):
        dims.shape[i] = dims.shape[i + 1]
        dims.src[i], dims.dst[i] = dims.src[i + 1], dims.dst[i + 1]
    dims.shape[to], dims.src[to], dims.dst[to] = shape, src, dst


cdef void collapse(Dims* dims, int ndim, const int64_t* shape, const int64_t* src,
                   const int64_t* dst) noexcept nogil:
    """Sort dims by falling stride of dst, merge neighbours that are one run on both sides."""
    cdef int i, last, n = 0
    for i in range(ndim):
        if shape[i] == 1:
            continue
        dims.shape[n], dims.src[n], dims.dst[n] = shape[i], src[i], dst[i]
        n += 1
    for i in range(1, n):       # insertion sort; stable, n <= 8
        last = i
        while 0 < last < MOST_DIMS and llabs(dims.dst[last - 1]) < llabs(dims.dst[last]):
            move_dim(dims, last - 1, last)
            last -= 1
    last = 0
    for i in range(1, n):
        if (dims.src[last] == dims.src[i] * dims.shape[i]
                and dims.dst[last] == dims.dst[i] * dims.shape[i]):
            dims.shape[last] *= dims.shape[i]
            dims.src[last], dims.dst[last] = dims.src[i], dims.dst[i]
        else:
            last += 1
            dims.shape[last] = dims.shape[i]
            dims.src[last], dims.dst[last] = dims.src[i], dims.dst[i]
    dims.n = last + 1 if n else 0


cdef void copy_words(word_t word, int64_t n0, int64_t n1, const char* src, int64_t s0, int64_t s1,
                     char* dst, int64_t d0, int64_t d1) noexcept nogil:
    """A block of (n0, n1) words, in tiles so that a transposition uses up each line it fetches."""
    cdef int64_t i, j, tile_i, tile_j
    for tile_i in range((n0 + TILE - 1) // TILE):
        for tile_j in range((n1 + TILE - 1) // TILE):
            for i in range(tile_i * TILE, min(tile_i * TILE + TILE, n0)):
                for j in range(tile_j * TILE, min(tile_j * TILE + TILE, n1)):
                    memcpy(&word, src + i * s0 + j * s1, sizeof(word_t))
                    memcpy(dst + i * d0 + j * d1, &word, sizeof(word_t))


cdef void copy_block(int64_t itemsize, int64_t n0, int64_t n1, const char* src, int64_t s0,
                     int64_t s1, char* dst, int64_t d0, int64_t d1) noexcept nogil:
    """dst[i, j] = src[i, j] for an (n0, n1) block of items; strides in bytes."""
    cdef int64_t i, j
    if s1 == itemsize and d1 == itemsize and n1 * itemsize >= RUN_LEAST:
        for i in range(n0):
            memcpy(dst + i * d0, src + i * s0, n1 * itemsize)
    elif itemsize == 4:
        copy_words(<uint32_t>0, n0, n1, src, s0, s1, dst, d0, d1)
    elif itemsize == 8:
        copy_words(<uint64_t>0, n0, n1, src, s0, s1, dst, d0, d1)
    elif itemsize == 1:
        copy_words(<uint8_t>0, n0, n1, src, s0, s1, dst, d0, d1)
    elif itemsize == 2:
        copy_words(<uint16_t>0, n0, n1, src, s0, s1, dst, d0, d1)
    else:
        for i in range(n0):
            for j in range(n1):
                memcpy(dst + i * d0 + j * d1, src + i * s0 + j * s1, itemsize)


cdef void pair_with_source(Dims* dims) noexcept nogil:
    """Make the dim along which src is densest the last but one, when it is not the last already."""
    cdef int i, best = dims.n - 1
    for i in range(dims.n - 1):
        if dims.src[i] != 0 and llabs(dims.src[i]) < llabs(dims.src[best]):
            best = i
    if best < dims.n - 2:
        move_dim(dims, best, dims.n - 2)


cdef void strided_copy(int64_t itemsize, int ndim, const int64_t* shape, const char* src,
                       const int64_t* src_strides, char* dst,
                       const int64_t* dst_strides) noexcept nogil:
    cdef Dims dims
    cdef int64_t at[MOST_DIMS]
    cdef int i, outer
    for i in range(ndim):
        if shape[i] == 0:
            return
    collapse(&dims, ndim, shape, src_strides, dst_strides)
    if dims.n == 0:
        memcpy(dst, src, itemsize)
        return
    if dims.n == 1:
        copy_block(itemsize, 1, dims.shape[0], src, 0, dims.src[0], dst, 0, dims.dst[0])
        return
    pair_with_source(&dims)
    outer = dims.n - 2
    memset(at, 0, sizeof(at))
    while True:
        copy_block(itemsize, dims.shape[outer], dims.shape[outer + 1],
                   src, dims.src[outer], dims.src[outer + 1],
                   dst, dims.dst[outer], dims.dst[outer + 1])
        i = outer - 1
        while i >= 0:       # the next block: count up, the last of the outer dims fastest
            at[i] += 1
            src += dims.src[i]
            dst += dims.dst[i]
            if at[i] < dims.shape[i]:
                break
            src -= dims.src[i] * dims.shape[i]
            dst -= dims.dst[i] * dims.shape[i]
            at[i] = 0
            i -= 1
        if i < 0:
            return


# Sparse and ragged to dense

cdef int csr_to_dense(const value_t* data, const index_t* indices, const index_t* splits,
                      int64_t n_cols, value_t* out, int64_t first, int64_t last) noexcept nogil:
    cdef int64_t r, p
    cdef value_t* row
    cdef int bad = 0
    for r in range(first, last):
        row = out + r * n_cols
        memset(row, 0, n_cols * sizeof(value_t))
        for p in range(splits[r], splits[r + 1]):
            if 0 <= indices[p] < n_cols:
                row[indices[p]] += data[p]
            else:
                bad = 1
    return bad


cdef bint all_zero(const char* bytes, int64_t n) noexcept nogil:
    cdef int64_t i
    for i in range(n):
        if bytes[i]:
            return False
    return True


cdef void fill_rows(char* out, const char* row, int64_t row_bytes, int64_t n) noexcept nogil:
    """n copies of a row, by doubling: few calls whatever row_bytes is."""
    cdef int64_t done = row_bytes, size = n * row_bytes
    if size == 0:
        return
    memcpy(out, row, row_bytes)
    while done < size:
        memcpy(out + done, out, min(done, size - done))
        done += min(done, size - done)


cdef void ragged_to_dense(int64_t row_bytes, const char* values, const int64_t* splits,
                          int64_t max_len, const char* default_row, char* out, int64_t first,
                          int64_t last) noexcept nogil:
    cdef int64_t r, taken
    cdef char* row
    cdef bint zero = all_zero(default_row, row_bytes)
    for r in range(first, last):
        taken = min(splits[r + 1] - splits[r], max_len)
        row = out + r * max_len * row_bytes
        memcpy(row, values + splits[r] * row_bytes, taken * row_bytes)
        row += taken * row_bytes
        if zero:
            memset(row, 0, (max_len - taken) * row_bytes)
        else:
            fill_rows(row, default_row, row_bytes, max_len - taken)


cdef void row_ids(const int64_t* splits, int64_t* out, int64_t first, int64_t last) noexcept nogil:
    cdef int64_t r, p
    for r in range(first, last):
        for p in range(splits[r], splits[r + 1]):
            out[p] = r


# Checked twins for tests: NumPy arrays in and out.

cdef char* address(array) except? NULL:
    return <char*><uintptr_t>array.__array_interface__["data"][0]


cdef tuple row_range(first, last, n_rows):
    last = n_rows if last is None else last
    if not 0 <= first <= last <= n_rows:
        raise ValueError(f"rows {first}..{last} do not lie within {n_rows} rows")
    return first, last


cdef object contiguous(name, array):
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} must be C-contiguous")
    return array


def take(table, const index_t[::1] ids, *, out=None, first=0, last=None):
    """table[ids] along the first axis; an id out of bounds raises IndexError.

    >>> take(np.array([10, 20, 30]), np.array([2, 0]))
    array([30, 10])
    """
    cdef int64_t r0, r1, n_rows = contiguous("table", table).shape[0]
    r0, r1 = row_range(first, last, ids.shape[0])
    shape = (ids.shape[0], *table.shape[1:])
    if out is None:
        out = np.empty(shape, table.dtype)
    if out.shape != shape or out.dtype != table.dtype:
        raise ValueError(f"out must have the shape {shape} and dtype {table.dtype}")
    cdef int64_t row_bytes = table.dtype.itemsize
    for size in table.shape[1:]:
        row_bytes *= size
    cdef const char* rows = address(table)
    cdef char* to = address(contiguous("out", out))
    cdef int bad = 0
    if r0 < r1:
        with nogil:
            bad = take_rows(rows, row_bytes, n_rows, &ids[0], to, r0, r1)
    if bad:
        raise IndexError(f"an id lies outside of the {n_rows} rows of the table")
    return out


def copy_into(dst, src):
    """dst[...] = src for arrays of one shape and dtype, at most 8 dims, that do not overlap."""
    if src.shape != dst.shape or src.dtype != dst.dtype or not dst.flags.writeable:
        raise ValueError("dst must be writeable and have the shape and dtype of src")
    if src.ndim > MOST_DIMS:
        raise ValueError(f"at most {MOST_DIMS} dims, got {src.ndim}")
    cdef int64_t shape[MOST_DIMS]
    cdef int64_t src_strides[MOST_DIMS]
    cdef int64_t dst_strides[MOST_DIMS]
    cdef int i
    for i in range(src.ndim):
        shape[i], src_strides[i], dst_strides[i] = src.shape[i], src.strides[i], dst.strides[i]
    strided_copy(src.dtype.itemsize, src.ndim, shape, address(src), src_strides, address(dst),
                 dst_strides)


cdef int require_bounds(const index_t* splits, int64_t n_rows, int64_t total) except -1:
    cdef int64_t r
    if n_rows < 0:
        raise ValueError("splits must have at least one element")
    for r in range(n_rows):
        if not 0 <= splits[r] <= splits[r + 1] <= total:
            raise ValueError(f"splits must rise within 0 and {total}, not so at row {r}")
    return 0


def densify_csr(const value_t[::1] data, const index_t[::1] indices, const index_t[::1] splits,
                int64_t n_cols, *, value_t[:, ::1] out=None, first=0, last=None):
    """The rows of a CSR as a dense (B, n_cols) array; duplicates add up.

    >>> densify_csr(np.array([1., 2.]), np.array([1, 1]), np.array([0, 2]), 3)
    array([[0., 3., 0.]])
    """
    cdef int64_t r0, r1, n_rows = splits.shape[0] - 1
    require_bounds[index_t](&splits[0], n_rows, min(data.shape[0], indices.shape[0]))
    r0, r1 = row_range(first, last, n_rows)
    if out is None:
        out = np.empty((n_rows, n_cols), np.asarray(data).dtype)
    if out.shape[0] != n_rows or out.shape[1] != n_cols:
        raise ValueError(f"out must have the shape {(n_rows, n_cols)}")
    cdef const value_t* items = &data[0] if data.shape[0] else NULL
    cdef const index_t* at = &indices[0] if indices.shape[0] else NULL
    cdef int bad = 0
    if n_cols and r0 < r1:
        bad = csr_to_dense(items, at, &splits[0], n_cols, &out[0, 0], r0, r1)
    elif r0 < r1:
        bad = splits[r0] < splits[r1]
    if bad:
        raise IndexError(f"a column index lies outside of the {n_cols} columns")
    return np.asarray(out)


def densify_ragged(values, const int64_t[::1] splits, int64_t max_len, default=0, *, out=None,
                   first=0, last=None):
    """Rows cut or padded to max_len items: (B, max_len, ...) of values (T, ...).

    >>> densify_ragged(np.array([1, 2, 3]), np.array([0, 1, 3]), 2, -1)
    array([[ 1, -1],
           [ 2,  3]])
    """
    cdef int64_t r0, r1, n_rows = splits.shape[0] - 1
    require_bounds[int64_t](&splits[0], n_rows, contiguous("values", values).shape[0])
    r0, r1 = row_range(first, last, n_rows)
    row = np.ascontiguousarray(np.broadcast_to(np.asarray(default, values.dtype), values.shape[1:]))
    shape = (n_rows, max_len, *values.shape[1:])
    if out is None:
        out = np.empty(shape, values.dtype)
    if out.shape != shape or out.dtype != values.dtype:
        raise ValueError(f"out must have the shape {shape} and dtype {values.dtype}")
    if r0 < r1:
        ragged_to_dense(row.nbytes, address(values), &splits[0], max_len, address(row),
                        address(contiguous("out", out)), r0, r1)
    return out


def value_row_ids(const int64_t[::1] splits):
    """The row of each item.

    >>> value_row_ids(np.array([0, 2, 2, 3]))
    array([0, 0, 2])
    """
    cdef int64_t n_rows = splits.shape[0] - 1
    require_bounds[int64_t](&splits[0], n_rows, splits[n_rows] if n_rows >= 0 else 0)
    out = np.zeros(splits[n_rows], np.int64)
    cdef int64_t[::1] view = out
    if out.size:
        row_ids(&splits[0], &view[0], 0, n_rows)
    return out
