"""A plan as tables in C: what binding and running a batch read.  Nothing here changes with a batch.

Sizes are named by *slot*: a number into ``Bound.size``, which holds the plan's sizes first, then
its symbols, then parts of expressions (compiler/size_code.py).
"""

from libc.stdint cimport int32_t, int64_t

from kgraph._kernels.step cimport Step

cdef enum:
    ALIGNMENT = 64              # a cache line, and the widest vector

cdef enum BufferKind:
    INPUT, CONSTANT, OUTPUT, ARENA, PANEL, ITEMS, BAG, TILE

cdef enum ScratchKind:
    NO_SCRATCH, SCRATCH_BYTES, SCRATCH_PACKED, SCRATCH_PROGRAM, SCRATCH_TILES,
    SCRATCH_ATTENTION

ctypedef struct BufferInfo:
    int32_t kind
    int32_t index
    int32_t bytes               # size slot
    int32_t offset              # size slot, or -1

ctypedef struct RegionInfo:
    int32_t rows, cost          # size slots
    int32_t by_columns          # size slot, or -1
    int32_t n_of_items          # the first so many steps work over the items of its rows
    int32_t bounds              # buffer: of these items; -1 if no step works over them
    int32_t items, longest, item_bytes      # size slots, if there are bounds
    int32_t first_step, n_steps
    int32_t first_panel, n_panels
    int32_t parallel

ctypedef struct ArrayInfo:
    int32_t type_number, ndim
    int32_t* dims               # size slots

ctypedef struct SymbolInfo:
    int32_t input, axis, offset

cdef enum CheckKind:
    OF_SPLITS, OF_INDICES, OF_IDS

ctypedef struct CheckInfo:
    int32_t kind, input
    int32_t wraps               # negative ids count from the end
    int32_t total               # size slot

ctypedef struct ScratchInfo:
    int32_t kind
    int32_t slot[4]             # size slots; their meaning is the kind's


cdef class Slots:
    """The slots of the arena as far as they are known without sizes: which of them live at once."""
    cdef int32_t count
    cdef int32_t* first         # of each slot the place in `others` where its list begins, and the end
    cdef int32_t* others        # those that live in a region with it, rising


cdef class Tables:
    cdef int32_t n_inputs, n_outputs, n_symbols, n_checks, n_constraints
    cdef int32_t n_buffers, n_regions, n_steps, n_sizes, n_slots, n_code
    cdef int64_t release_cost, share_cost, chunk_cost   # see compiler.plan.Grain
    cdef int64_t address_bytes  # of an address for each buffer
    cdef ArrayInfo* inputs
    cdef ArrayInfo* outputs
    cdef SymbolInfo* symbols
    cdef CheckInfo* checks
    cdef int32_t* constraints   # size slots that must hold zero
    cdef BufferInfo* buffers
    cdef RegionInfo* regions
    cdef Slots slots
    cdef int32_t* in_arena      # numbers of the buffers that lie in slots
    cdef int32_t n_in_arena
    cdef int32_t* panels        # numbers of the buffers that lie in panels, region by region
    cdef Step* steps            # of the regions, then the parts of those that have some
    cdef ScratchInfo* scratch   # of each step
    cdef int64_t* code          # what evaluates the sizes
    cdef list programs          # of each step: its Program, HostStep or None, which it points to

    cdef int read_arrays(self, plan) except -1
    cdef int read_sizes(self, plan, code) except -1
    cdef int read_buffers(self, plan) except -1
    cdef int read_regions(self, plan, host_function) except -1
    cdef int read_step(self, int32_t number, step, host_function) except -1
    cdef int read_scratch(self, int32_t number, rule) except -1


cdef inline int64_t aligned(int64_t count) noexcept nogil:
    return (count + ALIGNMENT - 1) & ~<int64_t> (ALIGNMENT - 1)


# Zeroed memory, never NULL, for `count` items; `free` takes it back.
cdef void* allocate(size_t count, size_t size) except NULL
