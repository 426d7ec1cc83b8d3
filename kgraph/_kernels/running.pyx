"""Running a bound batch: region by region, panel by panel, on the pool's threads where that pays.

One block of memory serves a call.  Each of its parts begins on a cache line:

    address of each buffer | arena buffers | thread 0: addresses, scratch, panels | thread 1: ...

A thread has addresses of its own because a panel's buffers lie elsewhere for each thread and move
with each panel: their address is such that row r of the *region* is found where kernels expect it,
so no kernel knows of panels.

A profiled call has a ``Recording`` and looks at the clock after each step, and after each part of
one.  A plain call has none: it finds that out once for each panel, and each tile.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

cimport numpy as cnp

from kgraph._kernels.binding cimport Bound
from kgraph._kernels.pool cimport parallel_for
from kgraph._kernels.recording cimport Recording, note, now
from kgraph._kernels.step cimport Context, Step
from kgraph._kernels.tables cimport (
    ALIGNMENT, ARENA, BAG, CONSTANT, INPUT, ITEMS, OUTPUT, PANEL, BufferInfo, RegionInfo, Tables,
)
from kgraph._kernels.tiles cimport tile_count

cnp.import_array()

cdef extern from *:
    """
    /* A free number below `count` from a mask of those in use; the pool runs no more bodies. */
    static int kg_claim(uint64_t *used, int count) {
        for (;;) {
            uint64_t seen = __atomic_load_n(used, __ATOMIC_ACQUIRE);
            for (int i = 0; i < count; i++) {
                uint64_t bit = (uint64_t)1 << i;
                if (!(seen & bit)) {
                    if (__atomic_compare_exchange_n(used, &seen, seen | bit, 0,
                                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
                        return i;
                    break;
                }
            }
        }
    }
    static void kg_release(uint64_t *used, int i) {
        __atomic_fetch_and(used, ~((uint64_t)1 << i), __ATOMIC_ACQ_REL);
    }
    """
    int kg_claim(uint64_t* used, int count) noexcept nogil
    void kg_release(uint64_t* used, int i) noexcept nogil

cdef enum:
    MOST_THREADS = 64           # bits of Job.used
    FEW_ROWS = 12               # for a thread, to read all weights of a product for
    LEAST_ROWS = 32             # of a chunk, which reads them all, if there are so many rows


@cython.final
cdef class Arena:
    """Memory for one call at a time; it grows and stays."""

    cdef int reserve(self, int64_t count) except -1:
        if count <= self.capacity:
            return 0
        free(self.block)
        self.capacity = 0
        self.block = <char*> malloc(count + ALIGNMENT)
        if self.block == NULL:
            raise MemoryError(f"no memory for an arena of {count} bytes")
        self.data = <char*> ((<size_t> self.block + ALIGNMENT - 1) & ~<size_t> (ALIGNMENT - 1))
        self.capacity = count
        return 0

    def __dealloc__(self):
        free(self.block)


cdef int threads_for(Tables plan, Bound bound, int most) noexcept:
    if bound.cost < plan.share_cost:
        return 1
    return max(1, min(MOST_THREADS, most))


cdef int run(Tables plan, Bound bound, Arena arena, char** constants, tuple inputs, object result,
             int threads, int32_t* fault, Recording* recording) except -1:
    arena.reserve(plan.address_bytes + bound.arena_bytes + threads * bound.thread_bytes)
    set_addresses(plan, bound, arena, constants, inputs, result)
    fault[0] = 0
    if bound.cost > plan.release_cost:
        with nogil:
            run_regions(plan, bound, arena, threads, fault, recording)
    else:
        run_regions(plan, bound, arena, threads, fault, recording)
    return 0


cdef void set_addresses(Tables plan, Bound bound, Arena arena, char** constants, tuple inputs,
                        object result) noexcept:
    """Where each buffer lies, save those of panels, which move."""
    cdef int32_t i
    cdef BufferInfo* info
    cdef char** memory = <char**> arena.data
    for i in range(plan.n_buffers):
        info = &plan.buffers[i]
        if info.kind == INPUT:
            memory[i] = <char*> cnp.PyArray_DATA(<cnp.ndarray> inputs[info.index])
            if info.offset >= 0:
                memory[i] += bound.size[info.offset]
        elif info.kind == CONSTANT:
            memory[i] = constants[info.index]
        elif info.kind == ARENA:
            memory[i] = arena.data + plan.address_bytes + bound.offset[i]
        elif info.kind != OUTPUT:
            memory[i] = NULL
        elif plan.n_outputs == 1:
            memory[i] = <char*> cnp.PyArray_DATA(<cnp.ndarray> result)
        else:
            memory[i] = <char*> cnp.PyArray_DATA(<cnp.ndarray> (<list> result)[info.index])


# -- without the GIL from here on ------------------------------------------------------------------

ctypedef struct Job:
    # the same for all regions of a call
    const int64_t* size
    const int64_t* offset
    const BufferInfo* buffers
    char** memory
    int64_t address_bytes
    char* arena
    char* own                   # of all threads, thread_bytes each
    int64_t thread_bytes
    int32_t threads
    uint64_t used               # numbers of threads that are taken
    int32_t* fault
    Recording* recording        # NULL in a plain call
    # of the region
    const Step* steps
    int32_t n_steps
    int32_t n_of_items          # the first so many steps work over the items of its rows
    const int32_t* panels
    int32_t n_panels
    int64_t rows, panel_rows
    int32_t bounds              # buffer: of these items
    int64_t panel_items
    bint whole_bags             # what rows read of items does not move with panels
    int64_t chunk_rows          # if it is handed out in chunks
    int32_t column_threads      # if it is not: how many threads share columns


cdef void run_regions(Tables plan, Bound bound, Arena arena, int threads,
                      int32_t* fault, Recording* recording) noexcept nogil:
    cdef Job job
    cdef int32_t i
    cdef RegionInfo* region
    cdef bint shared, by_columns
    job.size = bound.size
    job.offset = bound.offset
    job.buffers = plan.buffers
    job.memory = <char**> arena.data
    job.address_bytes = plan.address_bytes
    job.own = arena.data + plan.address_bytes + bound.arena_bytes
    job.arena = arena.data + plan.address_bytes
    job.thread_bytes = bound.thread_bytes
    job.threads = threads
    job.used = 0
    job.fault = fault
    job.recording = recording
    for i in range(plan.n_regions):
        region = &plan.regions[i]
        job.steps = &plan.steps[region.first_step]
        job.n_steps = region.n_steps
        job.panels = &plan.panels[region.first_panel]
        job.n_panels = region.n_panels
        job.rows = bound.size[region.rows]
        job.panel_rows = bound.panel_rows[i]
        job.n_of_items = region.n_of_items
        job.bounds = region.bounds
        job.panel_items = bound.panel_items[i]
        job.whole_bags = bound.whole_bags[i]
        shared = threads > 1 and region.parallel and bound.size[region.cost] > plan.share_cost
        by_columns = shared and shares_columns(region, bound.size, threads)
        job.column_threads = threads if by_columns else 1
        if shared and not by_columns:
            run_chunks(&job, bound.size[region.cost] // plan.chunk_cost,
                       LEAST_ROWS if is_by_columns(region, bound.size) else 1)
        else:
            run_range(&job, job.memory, job.own + job.address_bytes, 0, job.rows, 0)
        if fault[0]:
            return


cdef inline bint shares_columns(const RegionInfo* region, const int64_t* size,
                                int threads) noexcept nogil:
    """Threads that shared so few rows would each read all weights for next to none of them."""
    cdef int64_t few = 1 if region.n_of_items else FEW_ROWS     # a row may have many items
    return size[region.rows] < few * threads and is_by_columns(region, size)


cdef inline bint is_by_columns(const RegionInfo* region, const int64_t* size) noexcept nogil:
    return region.by_columns >= 0 and 2 * size[region.by_columns] > size[region.cost]


cdef void run_chunks(Job* job, int64_t chunks, int64_t least_rows) noexcept nogil:
    """Hand a region out in ``chunks`` or fewer, so many that each thread gets some, of no fewer
    rows than ``least_rows`` if there are as many for each thread."""
    cdef int64_t rows, panel
    chunks = min(<int64_t> 4 * job.threads, min(chunks, job.rows // least_rows))
    chunks = max(<int64_t> job.threads, chunks - chunks % job.threads)
    rows = (job.rows + chunks - 1) // chunks
    # whole panels where chunks are longer than one; a chunk shorter than a panel is its own panel
    panel = job.panel_rows if job.panel_rows < rows else 1
    rows = (rows + panel - 1) // panel * panel
    job.chunk_rows = max(rows, <int64_t> 1)
    parallel_for((job.rows + job.chunk_rows - 1) // job.chunk_rows, job.threads, run_chunk, job)


cdef void run_chunk(void* data, int64_t chunk) noexcept nogil:
    """One chunk of a region, on whatever thread claimed it."""
    cdef Job* job = <Job*> data
    cdef int who = kg_claim(&job.used, job.threads)
    cdef char* own = job.own + who * job.thread_bytes
    cdef char** memory = <char**> own
    cdef int64_t first = chunk * job.chunk_rows
    memcpy(memory, job.memory, job.address_bytes)
    run_range(job, memory, own + job.address_bytes, first, min(first + job.chunk_rows, job.rows),
              who)
    kg_release(&job.used, who)


cdef void run_range(const Job* job, char** memory, char* scratch, int64_t first, int64_t last,
                    int who) noexcept nogil:
    """All steps over the rows first .. last."""
    cdef Context context
    context.size = job.size
    context.memory = memory
    context.scratch = scratch
    context.fault = job.fault
    context.recording = job.recording
    context.thread = who
    context.rows = job.rows
    context.column_threads = job.column_threads
    run_panels(job, &context, first, last)


cdef void run_panels(const Job* job, const Context* context, int64_t first,
                     int64_t last) noexcept nogil:
    """Panel by panel."""
    cdef int64_t start = first, stop
    while start < last:
        stop = end_of_panel(job, context, start, last)
        place_rows(job, context, start)
        if job.n_of_items:
            run_items(job, context, start, stop)
        run_steps(job, context, job.n_of_items, job.n_steps, start, stop)
        start = stop


cdef void run_items(const Job* job, const Context* context, int64_t start,
                    int64_t stop) noexcept nogil:
    """The steps over the items of these rows: all at once, save where one row has too many."""
    cdef const int64_t* bounds = bounds_of(job, context)
    cdef int64_t at = bounds[start], end
    while at < bounds[stop]:
        end = min(at + job.panel_items, bounds[stop])
        place_items(job, context, at)
        run_steps(job, context, 0, job.n_of_items, at, end)
        at = end


cdef inline void run_steps(const Job* job, const Context* context, int32_t first_step,
                           int32_t last_step, int64_t start, int64_t stop) noexcept nogil:
    cdef int64_t per_row
    cdef int32_t i
    cdef const Step* step
    if job.recording != NULL:
        record_steps(job, context, first_step, last_step, start, stop)
        return
    for i in range(first_step, last_step):
        step = &job.steps[i]
        per_row = job.size[step.rows_per_row]
        step.run(step, context, start * per_row, stop * per_row)


cdef void record_steps(const Job* job, const Context* context, int32_t first_step,
                       int32_t last_step, int64_t start, int64_t stop) noexcept nogil:
    """As ``run_steps``, with a look at the clock after each step."""
    cdef int64_t per_row, before = now(), after
    cdef int32_t i
    cdef const Step* step
    for i in range(first_step, last_step):
        step = &job.steps[i]
        per_row = job.size[step.rows_per_row]
        step.run(step, context, start * per_row, stop * per_row)
        after = now()
        note(context.recording, step.number, context.thread, before, after, start, stop)
        before = after


cdef inline const int64_t* bounds_of(const Job* job, const Context* context) noexcept nogil:
    return <const int64_t*> context.memory[job.bounds]


cdef inline int64_t end_of_panel(const Job* job, const Context* context, int64_t start,
                                 int64_t last) noexcept nogil:
    """Where the panel ends that begins at row ``start``: it has no more rows nor items than may be,
    save where one row has more items."""
    cdef int64_t most = start + job.panel_rows if last - start > job.panel_rows else last
    cdef int64_t stop = start + 1
    cdef const int64_t* bounds
    if not job.n_of_items:
        return most
    bounds = bounds_of(job, context)
    while stop < most and bounds[stop + 1] - bounds[start] <= job.panel_items:
        stop += 1
    return stop


cdef inline void place_rows(const Job* job, const Context* context, int64_t start) noexcept nogil:
    """A panel's buffer begins at row ``start``, or at its first item: kernels address it like any
    other."""
    cdef int32_t i, b
    cdef const BufferInfo* buffer
    for i in range(job.n_panels):
        b = job.panels[i]
        buffer = &job.buffers[b]
        if buffer.kind == PANEL:
            place_part(job, context, b, start)
        elif buffer.kind == BAG and job.whole_bags:
            context.memory[b] = job.arena + job.offset[b]
        elif buffer.kind == BAG:
            place_part(job, context, b, bounds_of(job, context)[start])


cdef inline void place_items(const Job* job, const Context* context, int64_t first) noexcept nogil:
    """What only kernels over items need begins at the first item at hand."""
    cdef int32_t i
    for i in range(job.n_panels):
        if job.buffers[job.panels[i]].kind == ITEMS:
            place_part(job, context, job.panels[i], first)


cdef inline void place_part(const Job* job, const Context* context, int32_t b,
                            int64_t begin) noexcept nogil:
    context.memory[b] = context.scratch + job.offset[b] - begin * job.size[job.buffers[b].bytes]


cdef int64_t most_runs(Tables plan, Bound bound, int threads) noexcept:
    """How often steps may run in a call: once for each panel, and each chunk cuts one more; their
    parts once for each tile, and each run of theirs cuts one more."""
    cdef int64_t total = 0, ranges, rows
    cdef int32_t i, j
    cdef RegionInfo* region
    cdef const Step* step
    for i in range(plan.n_regions):
        region = &plan.regions[i]
        rows = bound.size[region.rows]
        ranges = rows // max(bound.panel_rows[i], <int64_t> 1) + 4 * threads + 2
        if region.n_of_items:       # two panels in a row have more items than fit one
            ranges += 3 * bound.size[region.items] // bound.panel_items[i]
        for j in range(region.n_steps):
            step = &plan.steps[region.first_step + j]
            rows = bound.size[region.items if j < region.n_of_items else region.rows]
            total += ranges
            if step.n_parts:
                total += step.n_parts * (ranges + tile_count(
                    step, bound.size, rows * bound.size[step.rows_per_row]))
    return total
