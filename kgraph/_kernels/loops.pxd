"""C-level access to the vector loops; resolve names once, when a plan is built."""

from libc.stdint cimport int64_t

# out[i] = f(a[i], b[i], c[i]) for i < n; out may be exactly one of the inputs.
ctypedef void (*kg_loop)(
    void* out, const void* a, const void* b, const void* c, int64_t n) noexcept nogil
# a (rows, length, inner) -> out (rows, inner)
ctypedef void (*kg_reduce)(
    void* out, const void* a, int64_t rows, int64_t length, int64_t inner) noexcept nogil
# a (bounds[rows] - bounds[0], inner), bounds (rows + 1,) -> out (rows, inner)
ctypedef void (*kg_segment)(
    void* out, const void* a, const int64_t* bounds, int64_t rows, int64_t inner) noexcept nogil
# columns first .. first + count of a (length, inner) -> those of out (inner,)
ctypedef void (*kg_columns)(
    void* out, const void* a, int64_t length, int64_t inner, int64_t first,
    int64_t count) noexcept nogil

# a (rows, length) -> out (rows, length); b is a number that the loop may want
ctypedef void (*kg_rowwise)(
    void* out, const void* a, const void* b, int64_t rows, int64_t length) noexcept nogil
# a (bounds[rows] - bounds[0],), bounds (rows + 1,) -> out, as many
ctypedef void (*kg_rowwise_ragged)(
    void* out, const void* a, const void* b, const int64_t* bounds, int64_t rows) noexcept nogil
# a (items, inner), b (items,), bounds (rows + 1,) -> out (rows, inner)
ctypedef void (*kg_weigh)(
    void* out, const void* a, const void* b, const int64_t* bounds, int64_t rows,
    int64_t inner) noexcept nogil
# a (rows, length) -> out (rows, count) int32, 0 <= count <= length
ctypedef void (*kg_top)(
    void* out, const void* a, int64_t rows, int64_t length, int64_t count) noexcept nogil
# a (rows, length) -> out (rows, length), of its dtype or int32; room for a row of such elements
ctypedef void (*kg_order)(
    void* out, const void* a, void* room, int64_t rows, int64_t length) noexcept nogil

# Loops over whole rows, for this process's target.  KeyError if there is none of that name and kind.
cdef kg_rowwise find_rowwise(str name, int target=*) except NULL
cdef kg_rowwise_ragged find_rowwise_ragged(str name, int target=*) except NULL
cdef kg_weigh find_weigh(str name, int target=*) except NULL
cdef kg_top find_top(str name, int target=*) except NULL
cdef kg_order find_order(str name, int target=*) except NULL
# The loop of that name for this process's target; returns its arity.  KeyError if there is none.
cdef int lookup_loop(str name, kg_loop* fn) except -1
# The forms of a reduction; returns 0.  KeyError if there is none.
cdef int lookup_reduce(
    str name, kg_reduce* uniform, kg_segment* ragged, kg_columns* some) except -1
