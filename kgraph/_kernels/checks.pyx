"""Validation of row bounds and indices, once, where a value enters.

The C functions return a code and a place; their Python doors raise a ValueError that names both.
A first pass without branches decides, a second one finds the place of a fault.
"""
from libc.math cimport floor
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t


cdef Check check_splits(const index_t* splits, int64_t n_rows, int64_t total, int64_t* bad_row,
                        int64_t* longest) noexcept nogil:
    cdef int64_t row
    cdef index_t most = 0
    cdef int falls = 0
    longest[0] = 0
    bad_row[0] = 0
    if splits[0] != 0:
        return CHECK_FIRST
    for row in range(n_rows):
        falls |= splits[row + 1] < splits[row]
    if falls:
        while splits[bad_row[0] + 1] >= splits[bad_row[0]]:
            bad_row[0] += 1
        return CHECK_DECREASING
    if splits[n_rows] != total:
        bad_row[0] = n_rows
        return CHECK_LAST
    for row in range(n_rows):       # after the bounds are known, so that no difference overflows
        most = max(most, splits[row + 1] - splits[row])
    longest[0] = most
    return CHECK_OK


cdef Check check_indices(const index_t* indices, int64_t n, int64_t upper,
                         int64_t* bad) noexcept nogil:
    # The sign bit of  i | (top - i)  is set just when i < 0 or i > top: no compare in the loop,
    # which SSE2 lacks for 64 bits. Unsigned, for the difference may wrap when i < 0.
    cdef uint32_t signs32 = 0, top32
    cdef uint64_t signs64 = 0, top64
    cdef int64_t i
    cdef bint fault
    bad[0] = 0
    if index_t is int32_t:
        top32 = <uint32_t>(min(max(upper, 0), <int64_t>0x80000000) - 1)
        for i in range(n):
            signs32 |= <uint32_t>indices[i] | (top32 - <uint32_t>indices[i])
        fault = signs32 >> 31
    else:
        top64 = <uint64_t>(max(upper, 0) - 1)
        for i in range(n):
            signs64 |= <uint64_t>indices[i] | (top64 - <uint64_t>indices[i])
        fault = signs64 >> 63
    if not fault:
        return CHECK_OK
    while 0 <= indices[bad[0]] < upper:
        bad[0] += 1
    return CHECK_NEGATIVE if indices[bad[0]] < 0 else CHECK_UPPER


cdef inline bint is_id(id_t id, int64_t lowest, int64_t upper) noexcept nogil:
    if id_t is float or id_t is double:     # a double holds every float32 and every size
        return (id >= <double> lowest) & (id < <double> upper) & (floor(id) == id)
    else:
        return (id >= lowest) & (id < upper)


cdef Check check_ids(const id_t* ids, int64_t n, int64_t lowest, int64_t upper,
                     int64_t* bad) noexcept nogil:
    cdef int64_t i
    cdef int good = 1
    bad[0] = 0
    for i in range(n):
        good &= is_id(ids[i], lowest, upper)
    if good:
        return CHECK_OK
    while is_id(ids[bad[0]], lowest, upper):
        bad[0] += 1
    return CHECK_UPPER


cdef bint rises_in_rows(const index_t* indices, int64_t n, const index_t* bounds,
                        int64_t n_rows) noexcept nogil:
    # Count the places where indices do not rise, then those of them that lie between two rows: no
    # branch in the long loop.
    cdef int64_t i, row, first, stop, falls = 0, between = 0
    cdef index_t last = 0, part
    for first in range(0, n - 1, 1 << 20):      # so that a count is as wide as what it counts
        stop = min(first + (1 << 20), n - 1)
        part = 0
        for i in range(first, stop):
            part += indices[i] >= indices[i + 1]
        falls += part
    if not falls:
        return True
    for row in range(1, n_rows):
        if last < bounds[row] < n:      # a row without entries begins where the one before did
            last = bounds[row]
            between += indices[last - 1] >= indices[last]
    return falls == between


def rows_rise(const index_t[::1] indices, const index_t[::1] bounds):
    """Do the indices of each row rise, so that none stands twice in it?

    Shapes    indices: (n,), bounds: (B + 1,), of one dtype, contiguous, read-only or not
    Edges     wrong bounds give either answer, never a stray read

    >>> rows_rise(np.array([0, 2, 1]), np.array([0, 2, 3]))
    True
    >>> rows_rise(np.array([0, 0]), np.array([0, 2]))
    False
    """
    cdef int64_t n = indices.shape[0], n_rows = bounds.shape[0] - 1
    cdef bint rises
    if n < 2 or n_rows < 1:
        return True
    with nogil:
        rises = rises_in_rows(&indices[0], n, &bounds[0], n_rows)
    return bool(rises)


def require_splits(const index_t[::1] splits, total):
    """The longest row's length, if `splits` are the bounds of rows over `total` items.

    Shapes    splits: (B + 1,), int32 or int64, contiguous, read-only or not
    Edges     no rows: splits == [0] and total == 0, the longest row has length 0
    Errors    ValueError with the position and the values: no element at all, a first one other than
              0, one smaller than the one before, a last one other than total

    >>> require_splits(np.array([0, 2, 2, 5]), 5)
    3
    """
    cdef int64_t bad_row = 0, longest = 0, n_rows = splits.shape[0] - 1
    cdef int64_t total_ = total
    cdef Check code
    if n_rows < 0:
        raise ValueError("row_splits must have at least one element, got none")
    with nogil:
        code = check_splits(&splits[0], n_rows, total_, &bad_row, &longest)
    if code == CHECK_FIRST:
        raise ValueError(f"row_splits must start at 0, got row_splits[0] = {splits[0]}")
    if code == CHECK_DECREASING:
        raise ValueError(
            f"row_splits must not decrease, got row_splits[{bad_row}] = {splits[bad_row]}"
            f" and row_splits[{bad_row + 1}] = {splits[bad_row + 1]}"
        )
    if code == CHECK_LAST:
        raise ValueError(
            f"row_splits must end at {total}, the number of values,"
            f" got row_splits[{bad_row}] = {splits[bad_row]}"
        )
    return longest


def require_indices(const index_t[::1] indices, upper):
    """Pass if all of 0 <= indices < upper.

    Shapes    indices: (n,), int32 or int64, contiguous, read-only or not
    Edges     no indices pass whatever upper is
    Errors    ValueError with the first offending position, its value and the bound

    >>> require_indices(np.array([0, 7]), 5)
    Traceback (most recent call last):
    ValueError: indices must lie in 0 <= index < 5, got indices[1] = 7
    """
    cdef int64_t bad = 0, n = indices.shape[0], upper_ = upper
    cdef Check code
    if n == 0:
        return
    with nogil:
        code = check_indices(&indices[0], n, upper_, &bad)
    if code != CHECK_OK:
        raise ValueError(
            f"indices must lie in 0 <= index < {upper}, got indices[{bad}] = {indices[bad]}"
        )


def first_bad_id(const id_t[::1] ids, lowest, upper):
    """The place of the first id that is not whole, or not within lowest <= id < upper; None if all are.

    Shapes    ids: (n,), int32, int64, float32 or float64, contiguous, read-only or not
    Edges     nan is no id

    >>> first_bad_id(np.array([0, 7, -1]), 0, 5)
    1
    >>> first_bad_id(np.array([4.0, -5.0]), -5, 5) is None
    True
    """
    cdef int64_t bad = 0, n = ids.shape[0], lowest_ = lowest, upper_ = upper
    cdef Check code
    if n == 0:
        return None
    with nogil:
        code = check_ids(&ids[0], n, lowest_, upper_, &bad)
    return None if code == CHECK_OK else bad
