"""Binding a batch: its sizes are read and evaluated, its numbers checked, its buffers laid out.

Symbols are read from the shapes of the inputs.  If a call not long ago had the same, what was bound
then still holds; else the size code runs, the slots of the arena are packed by their sizes
and lifetimes, and each region takes the panel height that keeps its intermediates in the cache.

Nothing here raises for a bad batch: a ``Misfit`` goes back to the executor, which knows the words.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcmp

cimport numpy as cnp

from kgraph._kernels.attention cimport attention_bytes
from kgraph._kernels.checks cimport (
    CHECK_FIRST, CHECK_OK, Check, check_ids, check_indices, check_splits, index_t,
)
from kgraph._kernels.linear cimport gemm_packed_size_f32, gemm_packed_size_f64
from kgraph._kernels.packing cimport Stacking, pack_slots
from kgraph._kernels.program cimport Program
from kgraph._kernels.step cimport Step
from kgraph._kernels.tables cimport (
    ALIGNMENT, BAG, ITEMS, NO_SCRATCH, OF_IDS, OF_INDICES, PANEL, SCRATCH_PACKED, SCRATCH_PROGRAM,
    SCRATCH_ATTENTION, SCRATCH_TILES, ArrayInfo, BufferInfo, CheckInfo, RegionInfo, ScratchInfo,
    SymbolInfo, Tables, aligned, allocate,
)
from kgraph._kernels.tiles cimport tile_bytes

cnp.import_array()

cdef extern from *:
    """
    /* out = a * b, or a + b, modulo 2**64; whether that is another number than the true one. */
    static int kg_multiply(int64_t a, int64_t b, int64_t *out) {
        return __builtin_mul_overflow(a, b, out);
    }
    static int kg_add(int64_t a, int64_t b, int64_t *out) {
        return __builtin_add_overflow(a, b, out);
    }
    /* Beyond an int, which is all that an enum is sure to hold. */
    #define KG_MOST_BYTES ((int64_t) 1 << 54)       /* of an arena, and of what each thread needs */
    #define KG_MOST_ELEMENTS ((int64_t) 1 << 40)    /* of a row of a program */
    """
    const int64_t MOST_BYTES "KG_MOST_BYTES"
    const int64_t MOST_ELEMENTS "KG_MOST_ELEMENTS"
    bint kg_multiply(int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint kg_add(int64_t a, int64_t b, int64_t* out) noexcept nogil

cdef enum:
    PANEL_BYTES = 192 * 1024    # intermediates of a panel: half of a second-level cache
    PANEL_LEAST = 56            # rows: fewer leave the matrix product no tiles
    PANEL_MOST = 448
    PANEL_MOST_ITEMS = 4096

cdef enum:
    MOST_TOLD = 32              # symbols of a plan whose batches are looked up; few have over 4

cdef enum SizeCode:
    POLYNOMIAL, FUNCTION        # as in compiler/size_code.py

cdef enum SizeFunction:
    MAX, MIN, DIV, BROADCAST


@cython.final
cdef class Bound:
    """A plan's sizes and layout for one set of shapes; calls share it, so it never changes."""

    def __dealloc__(self):
        free(self.size)
        free(self.offset)
        free(self.panel_rows)
        free(self.panel_items)
        free(self.whole_bags)
        free(self.stacking.order)


cdef bint types_fit(Tables plan, tuple arrays) noexcept:
    cdef int32_t i
    cdef cnp.ndarray array
    cdef ArrayInfo* expected
    if len(arrays) != plan.n_inputs:
        return False
    for i in range(plan.n_inputs):
        if not cnp.PyArray_CheckExact(arrays[i]):
            return False
        array = <cnp.ndarray> arrays[i]
        expected = &plan.inputs[i]
        if (cnp.PyArray_TYPE(array) != expected.type_number
                or cnp.PyArray_NDIM(array) != expected.ndim
                or not cnp.PyArray_ISCARRAY_RO(array)):
            return False
    return True


cdef bint rows_agree(Tables plan, tuple arrays) noexcept:
    cdef int32_t i
    cdef int64_t rows = -1
    for i in range(plan.n_inputs):
        if plan.inputs[i].ndim and plan.inputs[i].dims[0] == plan.inputs[0].dims[0]:
            if rows >= 0 and rows != (<cnp.ndarray> arrays[i]).shape[0]:
                return False
            rows = (<cnp.ndarray> arrays[i]).shape[0]
    return True


cdef Bound bind(Tables plan, tuple arrays, Bound last, list recent, Misfit* misfit):
    cdef int64_t told[MOST_TOLD]
    cdef Bound bound = None
    cdef bint overflow = False
    misfit.kind = FITS
    if plan.n_symbols <= MOST_TOLD:
        read_symbols(plan, arrays, told)
        bound = find_bound(plan, told, last, recent)
    cdef bint same = bound is not None
    if not same:
        bound = new_bound(plan)
        overflow = find_sizes(plan, bound, arrays, misfit)
    if misfit.kind == FITS and not shapes_fit(plan, bound, arrays):
        misfit.kind = SHAPES_DISAGREE
    if misfit.kind == FITS:
        check_numbers(plan, bound, arrays, misfit)
    if misfit.kind == FITS and not same and (overflow or not lay_out(plan, bound, last)):
        misfit.kind = TOO_LARGE
    return bound


cdef Bound find_bound(Tables plan, const int64_t* told, Bound last, list recent):
    """What is bound for the sizes that a batch tells; None if nothing is."""
    if last is None or is_bound(plan, told, last):
        return last
    for other in recent:
        if is_bound(plan, told, <Bound> other):
            return other
    return None


cdef bint is_bound(Tables plan, const int64_t* told, Bound bound) noexcept:
    return not memcmp(told, bound.size + plan.n_sizes, plan.n_symbols * sizeof(int64_t))


cdef Bound new_bound(Tables plan):
    cdef Bound bound = Bound.__new__(Bound)
    bound.size = <int64_t*> allocate(plan.n_slots, sizeof(int64_t))
    bound.offset = <int64_t*> allocate(plan.n_buffers, sizeof(int64_t))
    bound.panel_rows = <int64_t*> allocate(plan.n_regions, sizeof(int64_t))
    bound.panel_items = <int64_t*> allocate(plan.n_regions, sizeof(int64_t))
    bound.whole_bags = <bint*> allocate(plan.n_regions, sizeof(bint))
    bound.stacking.order = <int32_t*> allocate(plan.slots.count, sizeof(int32_t))
    return bound


# -- sizes ---------------------------------------------------------------------------------------
#
# The longest row is read from splits that nobody has checked yet, so sizes may come out as any
# number: they are computed modulo 2**64, and nothing is laid out before the splits have passed.  Only
# then is it told that a size was too large.

cdef void read_symbols(Tables plan, tuple arrays, int64_t* told) noexcept:
    cdef int32_t i
    for i in range(plan.n_symbols):
        told[i] = read_symbol(&plan.symbols[i], arrays)


cdef inline int64_t read_symbol(const SymbolInfo* symbol, tuple arrays) noexcept:
    cdef cnp.ndarray array = <cnp.ndarray> arrays[symbol.input]
    if symbol.axis < 0:
        return longest_row(array)
    return array.shape[symbol.axis] - symbol.offset


cdef int64_t longest_row(cnp.ndarray splits) noexcept:
    cdef void* numbers = cnp.PyArray_DATA(splits)
    if cnp.PyArray_ITEMSIZE(splits) == sizeof(int32_t):
        return longest_between(<const int32_t*> numbers, splits.shape[0] - 1)
    return longest_between(<const int64_t*> numbers, splits.shape[0] - 1)


cdef int64_t longest_between(const index_t* bounds, int64_t rows) noexcept nogil:
    cdef int64_t i, longest = 0
    for i in range(rows):
        longest = max(longest, <int64_t> (<uint64_t> bounds[i + 1] - <uint64_t> bounds[i]))
    return longest


cdef bint find_sizes(Tables plan, Bound bound, tuple arrays, Misfit* misfit) noexcept:
    """Evaluate all sizes, and see that none contradicts the plan; whether one was too large."""
    cdef int32_t i
    cdef int64_t* symbols = bound.size + plan.n_sizes
    cdef bint overflow = False
    read_symbols(plan, arrays, symbols)
    for i in range(plan.n_symbols):
        if symbols[i] < 0:
            misfit.kind, misfit.number = TOO_SHORT, plan.symbols[i].input
            return False
    if not evaluate(plan.code, plan.n_code, bound.size, &overflow):
        misfit.kind = NO_BROADCAST
        return overflow
    for i in range(plan.n_constraints):
        if bound.size[plan.constraints[i]] != 0:
            misfit.kind, misfit.number = CONSTRAINT_BROKEN, i
            break
    return overflow


cdef bint evaluate(const int64_t* code, int64_t count, int64_t* size,
                   bint* overflow) noexcept nogil:
    """Run the size code (compiler/size_code.py); False if two sizes cannot be broadcast."""
    cdef int64_t at = 0, slot, term, terms, factor, factors, total, product
    while at < count:
        slot = code[at]
        if code[at + 1] == FUNCTION:
            if not apply(code[at + 2], size[code[at + 3]], size[code[at + 4]], &size[slot]):
                return False
            at += 5
            continue
        terms, total = code[at + 2], 0
        at += 3
        for term in range(terms):
            product, factors = code[at], code[at + 1]
            for factor in range(factors):
                overflow[0] |= kg_multiply(product, size[code[at + 2 + factor]], &product)
            overflow[0] |= kg_add(total, product, &total)
            at += 2 + factors
        size[slot] = total
    return True


cdef bint apply(int64_t function, int64_t a, int64_t b, int64_t* result) noexcept nogil:
    if function == MAX:
        result[0] = max(a, b)
    elif function == MIN:
        result[0] = min(a, b)
    elif function == DIV:
        result[0] = floor_div(a, b)
    elif a == b or b == 1:
        result[0] = a
    elif a == 1:
        result[0] = b
    else:
        return False
    return True


cdef int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    cdef int64_t quotient
    if b == 0:
        return 0
    if b == -1:             # the one divisor by which the least number has no quotient
        return <int64_t> (0 - <uint64_t> a)
    quotient = a // b       # cdivision: towards zero
    if a % b != 0 and (a < 0) != (b < 0):
        quotient -= 1
    return quotient


# -- what the arrays must promise before a kernel runs -----------------------------------------------

cdef bint shapes_fit(Tables plan, Bound bound, tuple arrays) noexcept:
    cdef int32_t i, axis
    cdef cnp.ndarray array
    for i in range(plan.n_inputs):
        array = <cnp.ndarray> arrays[i]
        for axis in range(plan.inputs[i].ndim):
            if array.shape[axis] != bound.size[plan.inputs[i].dims[axis]]:
                return False
    return True


cdef bint takes_output(Tables plan, Bound bound, out, tuple arrays) noexcept:
    cdef ArrayInfo* expected = &plan.outputs[0]
    cdef cnp.ndarray array
    cdef int32_t axis, i
    if plan.n_outputs != 1 or not cnp.PyArray_CheckExact(out):
        return False
    array = <cnp.ndarray> out
    if (cnp.PyArray_TYPE(array) != expected.type_number
            or cnp.PyArray_NDIM(array) != expected.ndim
            or not cnp.PyArray_ISCARRAY(array)):
        return False
    for axis in range(expected.ndim):
        if array.shape[axis] != bound.size[expected.dims[axis]]:
            return False
    for i in range(plan.n_inputs):
        if overlap(array, <cnp.ndarray> arrays[i]):
            return False
    return True


cdef inline bint overlap(cnp.ndarray a, cnp.ndarray b) noexcept:
    """Whether two contiguous arrays have a byte in common."""
    cdef char* first = <char*> cnp.PyArray_DATA(a)
    cdef char* second = <char*> cnp.PyArray_DATA(b)
    return first < second + cnp.PyArray_NBYTES(b) and second < first + cnp.PyArray_NBYTES(a)


cdef void check_numbers(Tables plan, Bound bound, tuple arrays, Misfit* misfit) noexcept:
    """Row bounds and indices: a bad one must never reach a kernel."""
    cdef int32_t i
    cdef CheckInfo* check
    for i in range(plan.n_checks):
        check = &plan.checks[i]
        if check_array(check, <cnp.ndarray> arrays[check.input],
                       bound.size[check.total]) != CHECK_OK:
            misfit.kind, misfit.number = BAD_NUMBERS, i
            return


cdef Check check_array(const CheckInfo* check, cnp.ndarray array, int64_t total) noexcept:
    cdef int64_t where = 0, longest = 0, count
    cdef bint narrow = cnp.PyArray_ITEMSIZE(array) == sizeof(int32_t)
    cdef void* numbers = cnp.PyArray_DATA(array)
    if check.kind == OF_IDS:
        return check_ids_of(array, -total if check.wraps else 0, total)
    count = array.shape[0]      # ids may be a scalar, which has none
    if check.kind == OF_INDICES and narrow:
        return check_indices(<const int32_t*> numbers, count, total, &where)
    if check.kind == OF_INDICES:
        return check_indices(<const int64_t*> numbers, count, total, &where)
    if count < 1:
        return CHECK_FIRST
    if narrow:
        return check_splits(<const int32_t*> numbers, count - 1, total, &where, &longest)
    return check_splits(<const int64_t*> numbers, count - 1, total, &where, &longest)


cdef Check check_ids_of(cnp.ndarray array, int64_t lowest, int64_t total) noexcept:
    cdef int64_t where = 0, count = cnp.PyArray_SIZE(array)
    cdef void* numbers = cnp.PyArray_DATA(array)
    cdef int kind = cnp.PyArray_TYPE(array)
    if kind == cnp.NPY_FLOAT32:
        return check_ids(<const float*> numbers, count, lowest, total, &where)
    if kind == cnp.NPY_FLOAT64:
        return check_ids(<const double*> numbers, count, lowest, total, &where)
    if cnp.PyArray_ITEMSIZE(array) == sizeof(int32_t):
        return check_ids(<const int32_t*> numbers, count, lowest, total, &where)
    return check_ids(<const int64_t*> numbers, count, lowest, total, &where)


# -- layout --------------------------------------------------------------------------------------

cdef bint lay_out(Tables plan, Bound bound, Bound last) except -1:
    """Where everything lies, much as it did ``last``; False if no memory has room for it."""
    cdef int32_t i
    cdef int64_t arena_bytes
    lay_out_arena(plan, bound, last)
    arena_bytes = bound.arena_bytes
    for i in range(plan.n_regions):
        lay_out_panel(plan, bound, i, arena_bytes)
        bound.cost += bound.size[plan.regions[i].cost]
    return bound.arena_bytes < MOST_BYTES and bound.thread_bytes < MOST_BYTES


cdef inline int64_t grown(int64_t start, int64_t count, int64_t each) noexcept nogil:
    """The end of ``count`` times ``each`` bytes from ``start`` on, or ``MOST_BYTES``."""
    cdef int64_t bytes
    if kg_multiply(count, each, &bytes) or kg_add(bytes, start + ALIGNMENT, &bytes):
        return MOST_BYTES
    return min(MOST_BYTES, start + aligned(count * each))


cdef int lay_out_arena(Tables plan, Bound bound, Bound last) except -1:
    """Each slot as large as the largest buffer it holds; those that live at once side by side."""
    cdef int32_t i, number
    cdef BufferInfo* buffer
    cdef const Stacking* before = NULL if last is None else &last.stacking
    cdef int64_t* slot = <int64_t*> allocate(plan.slots.count, sizeof(int64_t))
    for i in range(plan.n_in_arena):
        buffer = &plan.buffers[plan.in_arena[i]]
        slot[buffer.index] = max(slot[buffer.index], grown(0, bound.size[buffer.bytes], 1))
    try:
        bound.arena_bytes = pack_slots(plan.slots, slot, before, &bound.stacking)
        for i in range(plan.n_in_arena):
            number = plan.in_arena[i]
            bound.offset[number] = slot[plan.buffers[number].index]
    finally:
        free(slot)
    return 0


cdef void lay_out_panel(Tables plan, Bound bound, int32_t number, int64_t arena_bytes) noexcept:
    """How many rows and items a panel has, and where its buffers lie in a thread's scratch.

    Where a row has more items than a panel, kernels over items work on some at a time, and what
    kernels over rows read of them lies behind the arena: threads would need as much for each.
    """
    cdef RegionInfo* region = &plan.regions[number]
    cdef int64_t rows = panel_height(plan, bound, region), items = 0, at = 0
    cdef int32_t i, b
    cdef BufferInfo* buffer
    bound.panel_rows[number] = rows
    if region.bounds >= 0:
        items = bound.panel_items[number] = items_of_panel(bound.size[region.item_bytes])
        bound.whole_bags[number] = bound.size[region.longest] > items
    for i in range(region.first_step, region.first_step + region.n_steps):
        at = max(at, scratch_bytes(plan, bound, i))
    at = grown(0, at, 1)
    for i in range(region.first_panel, region.first_panel + region.n_panels):
        b = plan.panels[i]
        buffer = &plan.buffers[b]
        if buffer.kind == BAG and bound.whole_bags[number]:
            bound.offset[b] = arena_bytes
            arena_bytes = grown(arena_bytes, bound.size[region.items], bound.size[buffer.bytes])
            continue
        bound.offset[b] = at
        at = grown(at, rows if buffer.kind == PANEL else items, bound.size[buffer.bytes])
    bound.arena_bytes = max(bound.arena_bytes, arena_bytes)
    # A line more keeps threads that write side by side off each other's lines.
    bound.thread_bytes = max(bound.thread_bytes, plan.address_bytes + at + ALIGNMENT)


cdef int64_t items_of_panel(int64_t item_bytes) noexcept:
    """As many as keep what is read and made of them in the cache."""
    return max(<int64_t> PANEL_LEAST, min(<int64_t> PANEL_MOST_ITEMS,
                                          PANEL_BYTES // max(item_bytes, <int64_t> 1)))


cdef int64_t panel_height(Tables plan, Bound bound, const RegionInfo* region) noexcept:
    """Rows of a panel: as many as keep what it holds in the cache."""
    cdef int64_t row_bytes = 0, rows = bound.size[region.rows], most
    cdef int32_t i
    for i in range(region.first_panel, region.first_panel + region.n_panels):
        if plan.buffers[plan.panels[i]].kind == PANEL:
            row_bytes += bound.size[plan.buffers[plan.panels[i]].bytes]
    if row_bytes:
        most = max(<int64_t> PANEL_LEAST, min(<int64_t> PANEL_MOST, PANEL_BYTES // row_bytes))
        rows = min(rows, most)
    elif region.n_steps > 1:
        rows = min(rows, <int64_t> PANEL_MOST)
    return max(rows, <int64_t> 1)


cdef int64_t scratch_bytes(Tables plan, Bound bound, int32_t step) noexcept:
    """What a kernel needs for itself while it runs."""
    cdef ScratchInfo* info = &plan.scratch[step]
    cdef int64_t first = bound.size[info.slot[0]], second = bound.size[info.slot[1]]
    if info.kind == NO_SCRATCH:
        return 0
    if info.kind == SCRATCH_TILES:
        return scratch_of_tiles(plan, bound, &plan.steps[step])
    if info.kind == SCRATCH_ATTENTION:
        return scratch_of_attention(first, second, bound.size[info.slot[2]],
                                    bound.size[info.slot[3]])
    if info.kind == SCRATCH_PROGRAM and first > MOST_ELEMENTS:
        return MOST_BYTES
    if info.kind == SCRATCH_PROGRAM:
        return (<Program> plan.programs[step]).scratch_bytes(first)
    if info.kind == SCRATCH_PACKED and bound.size[info.slot[2]] == sizeof(float):
        return gemm_packed_size_f32(first, second) * <int64_t> sizeof(float)
    if info.kind == SCRATCH_PACKED:
        return gemm_packed_size_f64(first, second) * <int64_t> sizeof(double)
    return first


cdef int64_t scratch_of_tiles(Tables plan, Bound bound, const Step* step) noexcept:
    """A tile, and what the part that needs most needs beside it."""
    cdef int64_t most = 0
    cdef int32_t i
    for i in range(step.n_parts):
        most = max(most, scratch_bytes(plan, bound, step.part[i].number))
    return grown(most, tile_bytes(step, bound.size), 1)


cdef int64_t scratch_of_attention(int64_t width, int64_t keys, int64_t out_width,
                                  int64_t itemsize) noexcept nogil:
    cdef int64_t bytes
    if max(width, out_width) > MOST_ELEMENTS or keys > MOST_ELEMENTS:
        return MOST_BYTES
    if kg_multiply(keys + 16, (width + out_width + 64) * itemsize, &bytes) or bytes > MOST_BYTES:
        return MOST_BYTES
    return attention_bytes(width, keys, out_width, itemsize)
