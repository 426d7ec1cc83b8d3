"""A step of a plan, and what it finds when it runs.  Shared by all kernels."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.recording cimport Recording

ctypedef struct Context:
    const int64_t* size     # the sizes of the plan, evaluated for this batch
    char** memory           # where each buffer lies; row r of a panel's buffer at its usual offset
    char* scratch           # this thread's, as large as the plan asked for
    int32_t* fault          # 1 + number of a step that met an index out of bounds; 0 if none did
    Recording* recording    # of a profiled call, else NULL
    int32_t thread          # for notes in it
    int64_t rows            # of the region, all of them
    int32_t column_threads  # that a kernel may hand columns to: rows are too few to share

ctypedef struct Step

# Work on rows first <= r < last of the step.
ctypedef void (*kernel_t)(const Step* step, const Context* context,
                          int64_t first, int64_t last) noexcept nogil

ctypedef struct Step:
    kernel_t run
    int32_t number
    int32_t n_buffers
    int32_t rows_per_row    # size slot: rows of the step in one row of its region, or one item
    int32_t* buffer         # numbers of buffers; -1 for an operand that is not there
    int32_t* slot           # numbers of sizes; their meaning is the kernel's
    void* function          # a loop, resolved when the plan was built
    void* some_columns      # the same over columns of one row, if it is a reduction
    void* program           # a Program of the block VM
    Step* part              # the steps that this one runs, tile by tile
    int32_t n_parts


# What a kernel reads by number.

cdef inline int64_t size(const Step* step, const Context* context, int number) noexcept nogil:
    return context.size[step.slot[number]]


cdef inline char* memory(const Step* step, const Context* context, int number) noexcept nogil:
    return context.memory[step.buffer[number]] if step.buffer[number] >= 0 else NULL


cdef inline void report(const Step* step, const Context* context, int bad) noexcept nogil:
    if bad:
        context.fault[0] = step.number + 1
