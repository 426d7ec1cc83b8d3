"""Binding: the sizes and the layout of one batch."""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.packing cimport Stacking
from kgraph._kernels.tables cimport Tables

cdef class Bound:
    cdef int64_t* size          # of each slot
    cdef int64_t* offset        # of each buffer: in the arena's buffers, or in a thread's scratch
    cdef int64_t* panel_rows    # of each region
    cdef int64_t* panel_items   # of each region that has items
    cdef bint* whole_bags       # of each region: what rows read of items lies in the arena, whole
    cdef Stacking stacking      # how the slots of the arena lie
    cdef int64_t arena_bytes    # of the buffers that live from region to region
    cdef int64_t thread_bytes   # of what each thread needs for itself
    cdef int64_t cost           # of all regions, in picoseconds

cdef enum MisfitKind:
    FITS
    TOO_SHORT                   # of the input `number`, an axis
    NO_BROADCAST                # two sizes, neither of them 1
    CONSTRAINT_BROKEN           # the constraint `number`
    SHAPES_DISAGREE             # some input's shape and the sizes read from the others
    BAD_NUMBERS                 # the check `number` failed
    TOO_LARGE                   # a size does not fit 64 bits

ctypedef struct Misfit:
    MisfitKind kind
    int32_t number

# Whether these are contiguous arrays of the dtypes and ranks the plan is for.
cdef bint types_fit(Tables plan, tuple arrays) noexcept

# Whether the inputs that share the first input's row count have it in common.
cdef bint rows_agree(Tables plan, tuple arrays) noexcept

# The sizes and layout for arrays whose types fit: `last` or one of `recent` if it has these shapes.
# `misfit` says what is wrong with the batch; unless it is FITS, no step may run on it.
cdef Bound bind(Tables plan, tuple arrays, Bound last, list recent, Misfit* misfit)

# Whether `out` can take the plan's one output: of its type and shape, writeable, with memory that no
# input has a part in.
cdef bint takes_output(Tables plan, Bound bound, out, tuple arrays) noexcept
