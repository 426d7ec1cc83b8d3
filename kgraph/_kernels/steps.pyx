"""Kernels of a plan: each reads its operands through ``step.buffer`` and its sizes through
``step.slot``, and works on a range of rows.  What a slot or a buffer means stands above the kernel,
in the order in which ``compiler/emit_steps.py`` lists them.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp, memcpy

from kgraph._kernels.attention cimport run_attention_f32, run_attention_f64
from kgraph._kernels.linear cimport find_gather, gather_fn
from kgraph._kernels.loops cimport kg_columns, kg_reduce, kg_segment
from kgraph._kernels.movement cimport (
    MOST_DIMS, csr_to_dense, index_t, ragged_to_dense, row_ids, strided_copy, take_rows, value_t,
)
from kgraph._kernels.pool cimport parallel_for
from kgraph._kernels.products cimport run_gemm_f32, run_gemm_f64, run_matmul_f32, run_matmul_f64
from kgraph._kernels.program cimport run_program
from kgraph._kernels.step cimport Context, Step, kernel_t, memory, report, size
from kgraph._kernels.tiles cimport run_tiles


# gather_sum: buffers weights or none, indices, splits or none, table, bias or none, out; sizes rows
# of the table, row stride of the table, n, entries of a row that has no splits.

cdef inline void run_gather(const Step* step, const Context* context, int64_t first, int64_t last,
                            gather_fn gather) noexcept nogil:
    report(step, context, gather(
        memory(step, context, 0), memory(step, context, 1), memory(step, context, 2),
        size(step, context, 3), memory(step, context, 3), size(step, context, 0),
        size(step, context, 1), size(step, context, 2), memory(step, context, 4),
        memory(step, context, 5), size(step, context, 2), first, last))


cdef gather_fn gather_f32_i32_i32 = find_gather("f32_i32_i32")
cdef gather_fn gather_f32_i64_i64 = find_gather("f32_i64_i64")
cdef gather_fn gather_f32_i32_i64 = find_gather("f32_i32_i64")
cdef gather_fn gather_f64_i32_i32 = find_gather("f64_i32_i32")
cdef gather_fn gather_f64_i64_i64 = find_gather("f64_i64_i64")
cdef gather_fn gather_f64_i32_i64 = find_gather("f64_i32_i64")


cdef void run_gather_f32_i32_i32(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f32_i32_i32)


cdef void run_gather_f32_i64_i64(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f32_i64_i64)


cdef void run_gather_f32_i32_i64(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f32_i32_i64)


cdef void run_gather_f64_i32_i32(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f64_i32_i32)


cdef void run_gather_f64_i64_i64(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f64_i64_i64)


cdef void run_gather_f64_i32_i64(const Step* step, const Context* context,
                                 int64_t first, int64_t last) noexcept nogil:
    run_gather(step, context, first, last, gather_f64_i32_i64)


# take: buffers table, ids, out; sizes bytes of a row, rows of the table.

cdef void run_take_i32(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil:
    report(step, context, take_rows(
        memory(step, context, 0), size(step, context, 0), size(step, context, 1),
        <const int32_t*> memory(step, context, 1), memory(step, context, 2), first, last))


cdef void run_take_i64(const Step* step, const Context* context,
                       int64_t first, int64_t last) noexcept nogil:
    report(step, context, take_rows(
        memory(step, context, 0), size(step, context, 0), size(step, context, 1),
        <const int64_t*> memory(step, context, 1), memory(step, context, 2), first, last))


# join: buffers out, then the operands; sizes bytes of a row of out, then of each operand.

cdef void run_join(const Step* step, const Context* context,
                   int64_t first, int64_t last) noexcept nogil:
    cdef int64_t whole = size(step, context, 0), offset = 0, part, r
    cdef int number
    cdef char* out = memory(step, context, 0)
    cdef const char* source
    for number in range(1, step.n_buffers):
        part = size(step, context, number)
        source = memory(step, context, number)
        for r in range(first, last):
            memcpy(out + r * whole + offset, source + r * part, part)
        offset += part


# strided: buffers source, out, fill value or none; sizes item size, number of axes, offset of the
# source, offset of the target, bytes of a row of the target, then for each axis its length, source
# stride and target stride, in bytes.  Axis 0 is the rows.

cdef void run_strided(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil:
    cdef int64_t itemsize = size(step, context, 0)
    cdef int ndim = <int> size(step, context, 1)
    cdef int64_t shape[MOST_DIMS]
    cdef int64_t source[MOST_DIMS]
    cdef int64_t target[MOST_DIMS]
    cdef int64_t row = size(step, context, 4), at
    cdef int axis
    cdef char* out = memory(step, context, 1)
    for axis in range(ndim):
        shape[axis] = size(step, context, 5 + 3 * axis)
        source[axis] = size(step, context, 6 + 3 * axis)
        target[axis] = size(step, context, 7 + 3 * axis)
    shape[0] = last - first
    if step.buffer[2] >= 0:
        at = first * row
        while at < last * row:
            memcpy(out + at, memory(step, context, 2), itemsize)
            at += itemsize
    strided_copy(itemsize, ndim, shape,
                 memory(step, context, 0) + size(step, context, 2) + first * source[0], source,
                 out + size(step, context, 3) + first * target[0], target)


# reduce: buffers source, out; sizes length, inner, bytes of a source row, bytes of a target row.

cdef enum:
    LINE_OF_COLUMNS = 64        # threads that share columns get whole lines, and vectors, of them
    LEAST_SHARED = 32 * 1024    # elements of a row: of fewer to wake a thread is dearer

ctypedef struct SharedColumns:
    const Step* step
    const Context* context
    int64_t row
    int64_t columns             # of a chunk; the last may have fewer


cdef void reduce_some_columns(void* data, int64_t chunk) noexcept nogil:
    cdef const SharedColumns* shared = <const SharedColumns*> data
    cdef const Step* step = shared.step
    cdef const Context* context = shared.context
    cdef int64_t inner = size(step, context, 1), first = chunk * shared.columns
    (<kg_columns> step.some_columns)(
        memory(step, context, 1) + shared.row * size(step, context, 3),
        memory(step, context, 0) + shared.row * size(step, context, 2),
        size(step, context, 0), inner, first, min(shared.columns, inner - first))


cdef void share_columns(const Step* step, const Context* context, int64_t row) noexcept nogil:
    """Of few rows threads share the columns: each is reduced in its order by itself."""
    cdef int64_t inner = size(step, context, 1), columns
    cdef SharedColumns shared
    columns = (inner + context.column_threads - 1) // context.column_threads
    columns = (columns + LINE_OF_COLUMNS - 1) // LINE_OF_COLUMNS * LINE_OF_COLUMNS
    shared = SharedColumns(step, context, row, columns)
    parallel_for((inner + columns - 1) // columns, context.column_threads, reduce_some_columns,
                 &shared)


cdef void run_reduce(const Step* step, const Context* context,
                     int64_t first, int64_t last) noexcept nogil:
    cdef int64_t row, inner = size(step, context, 1)
    if context.column_threads > 1 and inner > 1 and size(step, context, 0) * inner >= LEAST_SHARED:
        for row in range(first, last):
            share_columns(step, context, row)
        return
    (<kg_reduce> step.function)(
        memory(step, context, 1) + first * size(step, context, 3),
        memory(step, context, 0) + first * size(step, context, 2),
        last - first, size(step, context, 0), size(step, context, 1))


# segment: buffers values, splits, out; sizes inner, bytes of an item, bytes of a target row.

cdef void run_segment(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil:
    cdef const int64_t* splits = <const int64_t*> memory(step, context, 1)
    (<kg_segment> step.function)(
        memory(step, context, 2) + first * size(step, context, 2),
        memory(step, context, 0) + splits[first] * size(step, context, 1),
        splits + first, last - first, size(step, context, 0))


# row_ids: buffers splits, out.

cdef void run_row_ids(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil:
    row_ids(<const int64_t*> memory(step, context, 0), <int64_t*> memory(step, context, 1),
            first, last)


# match_rows: buffers values, out, then own and other splits, level by level; sizes bytes of the values,
# then bytes of the splits of each level.  An outer level that agrees makes the next equally long.

cdef void run_match_rows(const Step* step, const Context* context,
                         int64_t first, int64_t last) noexcept nogil:
    cdef int level
    for level in range((step.n_buffers - 2) // 2):
        if memcmp(memory(step, context, 2 + 2 * level), memory(step, context, 3 + 2 * level),
                  size(step, context, 1 + level)) != 0:
            report(step, context, 1)
            return
    memcpy(memory(step, context, 1), memory(step, context, 0), size(step, context, 0))


# ragged_to_dense: buffers values, splits, default value, out; sizes item bytes, length, bytes of
# a number.  The default is one number; a row of them is laid out in scratch.

cdef void run_ragged_to_dense(const Step* step, const Context* context,
                              int64_t first, int64_t last) noexcept nogil:
    cdef int64_t item = size(step, context, 0), number = size(step, context, 2), at = 0
    while at < item:
        memcpy(context.scratch + at, memory(step, context, 2), number)
        at += number
    ragged_to_dense(item, memory(step, context, 0), <const int64_t*> memory(step, context, 1),
                    size(step, context, 1), context.scratch, memory(step, context, 3), first, last)


# csr_to_dense: buffers data, indices, indptr, out; sizes number of columns.

cdef inline void write_out(const Step* step, const Context* context, int64_t first, int64_t last,
                           value_t item, index_t index) noexcept nogil:
    """``item`` and ``index`` tell the dtypes."""
    report(step, context, csr_to_dense(
        <const value_t*> memory(step, context, 0), <const index_t*> memory(step, context, 1),
        <const index_t*> memory(step, context, 2), size(step, context, 0),
        <value_t*> memory(step, context, 3), first, last))


cdef void run_csr_to_dense_f32_i32(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <float> 0, <int32_t> 0)


cdef void run_csr_to_dense_f64_i32(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <double> 0, <int32_t> 0)


cdef void run_csr_to_dense_i32_i32(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <int32_t> 0, <int32_t> 0)


cdef void run_csr_to_dense_i64_i32(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <int64_t> 0, <int32_t> 0)


cdef void run_csr_to_dense_f32_i64(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <float> 0, <int64_t> 0)


cdef void run_csr_to_dense_f64_i64(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <double> 0, <int64_t> 0)


cdef void run_csr_to_dense_i32_i64(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <int32_t> 0, <int64_t> 0)


cdef void run_csr_to_dense_i64_i64(const Step* step, const Context* context,
                                   int64_t first, int64_t last) noexcept nogil:
    write_out(step, context, first, last, <int64_t> 0, <int64_t> 0)


cdef kernel_t find_kernel(str name) except NULL:
    """The kernel of that name.  KeyError if there is none."""
    if name == "program": return run_program
    if name == "tiles": return run_tiles
    if name == "gemm_f32": return run_gemm_f32
    if name == "gemm_f64": return run_gemm_f64
    if name == "matmul_f32": return run_matmul_f32
    if name == "matmul_f64": return run_matmul_f64
    if name == "gather_sum_f32_i32": return run_gather_f32_i32_i64
    if name == "gather_sum_f32_i64": return run_gather_f32_i64_i64
    if name == "gather_sum_f32_i32_i32": return run_gather_f32_i32_i32
    if name == "gather_sum_f32_i64_i64": return run_gather_f32_i64_i64
    if name == "gather_sum_f32_i32_i64": return run_gather_f32_i32_i64
    if name == "gather_sum_f64_i32": return run_gather_f64_i32_i64
    if name == "gather_sum_f64_i64": return run_gather_f64_i64_i64
    if name == "gather_sum_f64_i32_i32": return run_gather_f64_i32_i32
    if name == "gather_sum_f64_i64_i64": return run_gather_f64_i64_i64
    if name == "gather_sum_f64_i32_i64": return run_gather_f64_i32_i64
    if name == "attention_f32": return run_attention_f32
    if name == "attention_f64": return run_attention_f64
    if name == "take_i32": return run_take_i32
    if name == "take_i64": return run_take_i64
    if name == "join": return run_join
    if name == "strided": return run_strided
    if name == "reduce": return run_reduce
    if name == "segment": return run_segment
    if name == "row_ids": return run_row_ids
    if name == "match_rows": return run_match_rows
    if name == "ragged_to_dense": return run_ragged_to_dense
    if name == "csr_to_dense_f32_i32": return run_csr_to_dense_f32_i32
    if name == "csr_to_dense_f64_i32": return run_csr_to_dense_f64_i32
    if name == "csr_to_dense_i32_i32": return run_csr_to_dense_i32_i32
    if name == "csr_to_dense_i64_i32": return run_csr_to_dense_i64_i32
    if name == "csr_to_dense_f32_i64": return run_csr_to_dense_f32_i64
    if name == "csr_to_dense_f64_i64": return run_csr_to_dense_f64_i64
    if name == "csr_to_dense_i32_i64": return run_csr_to_dense_i32_i64
    if name == "csr_to_dense_i64_i64": return run_csr_to_dense_i64_i64
    raise KeyError(f"there is no kernel {name!r}")
