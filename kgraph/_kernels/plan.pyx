"""The plan executor: one call binds a batch, runs every step and returns the outputs.

A call checks its arrays, finds the sizes for their shapes (kept from the last call if the shapes are
the same), takes an arena, and runs the regions panel by panel, on the pool's threads where that
pays.  Nothing is allocated but the outputs, once the arena has grown to the batch.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

cimport numpy as cnp
import numpy as np

from kgraph._kernels.checks cimport CHECK_FIRST, CHECK_OK, Check, check_indices, check_splits
from kgraph._kernels.linear cimport gemm_pack_f32, gemm_pack_f64
from kgraph._kernels.linear cimport gemm_packed_size_f32, gemm_packed_size_f64
from kgraph._kernels.loops cimport kg_reduce, kg_segment, lookup_reduce
from kgraph._kernels.pool cimport parallel_for, thread_limit
from kgraph._kernels.program cimport Program
from kgraph._kernels.step cimport Context, Step
from kgraph._kernels.steps cimport find_kernel

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
    ALIGNMENT = 64
    MOST_THREADS = 64
    PANEL_BYTES = 192 * 1024    # intermediates of a panel: half of a second-level cache
    PANEL_LEAST = 56            # rows: fewer leave the matrix product no tiles
    PANEL_MOST = 448
    RELEASE_GIL = 2000000       # picoseconds: giving the GIL away costs 90 ns
    GO_PARALLEL = 100000000     # picoseconds: waking threads costs up to 20 us
    CHUNK_COST = 50000000       # picoseconds: of one chunk at the least

cdef enum BufferKind:
    INPUT, CONSTANT, OUTPUT, ARENA, PANEL

BUFFER_KINDS = {"input": INPUT, "constant": CONSTANT, "output": OUTPUT, "arena": ARENA,
                "panel": PANEL}

ctypedef struct BufferInfo:
    int32_t kind
    int32_t index
    int32_t bytes               # size slot
    int32_t offset              # size slot, or -1

ctypedef struct RegionInfo:
    int32_t rows, cost          # size slots
    int32_t first_step, n_steps
    int32_t first_panel, n_panels
    int32_t parallel

ctypedef struct ArrayInfo:
    int32_t type_number, ndim
    int32_t* dims               # size slots

ctypedef struct SymbolInfo:
    int32_t input, axis, offset, check

ctypedef struct CheckInfo:
    int32_t is_splits, input, total


cdef inline int64_t aligned(int64_t count) noexcept nogil:
    return (count + ALIGNMENT - 1) & ~<int64_t> (ALIGNMENT - 1)


cdef class Arena:
    """Memory for one call at a time; it grows and stays."""
    cdef char* block
    cdef char* data
    cdef int64_t capacity

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


cdef class Bound:
    """A plan's sizes and layout for one set of shapes."""
    cdef int64_t* size
    cdef int64_t* offset        # of each buffer: in the arena, or in a panel's scratch
    cdef int64_t* panel_rows    # of each region
    cdef int64_t* scratch       # of each region: bytes a thread needs
    cdef int64_t arena_bytes, thread_bytes, cost

    def __dealloc__(self):
        free(self.size)
        free(self.offset)
        free(self.panel_rows)
        free(self.scratch)


ctypedef struct Job:
    const Step* steps
    int32_t n_steps
    const int64_t* size
    const int64_t* offset
    const int32_t* panels
    int32_t n_panels
    const BufferInfo* buffers
    int32_t n_buffers
    char** memory
    char* scratch
    int64_t thread_bytes
    int64_t kernel_bytes
    int64_t rows, chunk_rows, panel_rows
    int32_t* fault
    uint64_t used
    int32_t threads


cdef void run_panels(const Job* job, char** memory, char* scratch,
                     int64_t first, int64_t last) noexcept nogil:
    """All steps over the rows first .. last, panel by panel."""
    cdef Context context
    cdef int64_t start = first, stop, per_row
    cdef int32_t i, b
    cdef const Step* step
    context.size = job.size
    context.memory = memory
    context.scratch = scratch
    context.fault = job.fault
    while start < last:
        stop = start + job.panel_rows if last - start > job.panel_rows else last
        for i in range(job.n_panels):
            b = job.panels[i]
            # a panel's buffer begins at row `start`: kernels address it like any other
            memory[b] = scratch + job.offset[b] - start * job.size[job.buffers[b].bytes]
        for i in range(job.n_steps):
            step = &job.steps[i]
            per_row = job.size[step.rows_per_row]
            step.run(step, &context, start * per_row, stop * per_row)
        start = stop


cdef void run_chunk(void* data, int64_t chunk) noexcept nogil:
    """One chunk of a region, on whatever thread claimed it."""
    cdef Job* job = <Job*> data
    cdef int who = kg_claim(&job.used, job.threads)
    cdef char* own = job.scratch + who * job.thread_bytes
    cdef char** memory = <char**> own
    cdef int64_t first = chunk * job.chunk_rows
    cdef int64_t last = first + job.chunk_rows
    memcpy(memory, job.memory, job.n_buffers * sizeof(char*))
    run_panels(job, memory, own + aligned(job.n_buffers * sizeof(char*)), first,
               last if last < job.rows else job.rows)
    kg_release(&job.used, who)


cdef void run_host(const Step* step, const Context* context,
                   int64_t first, int64_t last) noexcept nogil:
    """An op without a kernel: its NumPy reference, on views of the buffers."""
    with gil:
        try:
            call_host(step, context)
        except BaseException as error:
            (<HostStep> step.program).errors[<size_t> context.fault] = error
            context.fault[0] = step.number + 1


cdef class HostStep:
    """What a host step calls, and with what."""
    cdef object function, dtypes, ranks
    cdef dict errors                    # by the call that met them: threads may fail at once


cdef int call_host(const Step* step, const Context* context) except -1:
    cdef HostStep host = <HostStep> step.program
    cdef cnp.npy_intp dims[32]
    cdef int32_t number, axis, at = 0
    arrays = []
    for number in range(step.n_buffers):
        for axis in range(host.ranks[number]):
            dims[axis] = context.size[step.slot[at]]
            at += 1
        arrays.append(cnp.PyArray_SimpleNewFromData(
            host.ranks[number], dims, host.dtypes[number],
            <void*> context.memory[step.buffer[number]]))
    arrays[len(arrays) - 1][...] = host.function(*arrays[:len(arrays) - 1])
    return 0


cdef class Executor:
    """A plan, ready to run on batches of any size.

    Arguments are flat: one array for each input of the plan.  ``Executor`` is the base of
    ``runtime.CompiledGraph``, which turns what users hand in into such arrays (``adapt``) and the
    outputs into what they expect (``deliver``).
    """
    cdef readonly object plan
    cdef readonly tuple constants
    cdef public int threads
    cdef public bint plain              # arrays in, one array out: nothing to adapt or deliver
    cdef list arenas
    cdef Bound last
    cdef int32_t n_inputs, n_outputs, n_symbols, n_checks, n_buffers, n_regions, n_steps, n_slots
    cdef int32_t n_sizes, n_arena, n_code, n_panels, n_constraints
    cdef int32_t* constraints           # size slots that must hold zero
    cdef ArrayInfo* inputs
    cdef ArrayInfo* outputs
    cdef SymbolInfo* symbols
    cdef CheckInfo* checks
    cdef BufferInfo* buffers
    cdef RegionInfo* regions
    cdef Step* steps
    cdef int32_t* panels
    cdef int64_t* code
    cdef char** constant
    cdef list keep                      # Python objects that steps point to
    cdef list scratch_rules
    cdef int32_t* scratch_kind
    cdef int32_t* scratch_slot

    # -- building ------------------------------------------------------------------------------

    def __init__(self, plan, code, int n_slots, host_function, int threads=0):
        self.plan = plan
        self.constants = ()
        self.threads = threads
        self.plain = False
        self.arenas = []
        self.keep = []
        self.n_slots = n_slots
        self.n_sizes = len(plan.sizes)
        self.n_arena = plan.arena_slots
        self._read_code(np.ascontiguousarray(code, np.int64))
        self._read_arrays(plan)
        self._read_buffers(plan)
        self._read_steps(plan, host_function)

    cdef int _read_code(self, cnp.ndarray code) except -1:
        self.n_code = <int32_t> code.shape[0]
        self.code = <int64_t*> allocate(self.n_code, sizeof(int64_t))
        memcpy(self.code, cnp.PyArray_DATA(code), self.n_code * sizeof(int64_t))
        return 0

    cdef int _read_arrays(self, plan) except -1:
        self.n_inputs, self.n_outputs = len(plan.inputs), len(plan.outputs)
        self.inputs = read_array_infos(plan.inputs, plan.input_dims)
        self.outputs = read_array_infos(plan.outputs, plan.output_dims)
        self.n_checks = len(plan.checks)
        self.checks = <CheckInfo*> allocate(self.n_checks, sizeof(CheckInfo))
        for number, check in enumerate(plan.checks):
            self.checks[number].is_splits = check.kind == "splits"
            self.checks[number].input = check.input
            self.checks[number].total = check.total
        self.n_constraints = len(plan.constraints)
        self.constraints = <int32_t*> allocate(self.n_constraints, sizeof(int32_t))
        for number, constraint in enumerate(plan.constraints):
            self.constraints[number] = constraint.size
        self.n_symbols = len(plan.symbols)
        self.symbols = <SymbolInfo*> allocate(self.n_symbols, sizeof(SymbolInfo))
        for number, symbol in enumerate(plan.symbols):
            self.symbols[number].input = symbol.input
            self.symbols[number].axis = symbol.axis
            self.symbols[number].offset = symbol.offset
        return 0

    cdef int _read_buffers(self, plan) except -1:
        self.n_buffers = len(plan.buffers)
        self.buffers = <BufferInfo*> allocate(self.n_buffers, sizeof(BufferInfo))
        for number, buffer in enumerate(plan.buffers):
            self.buffers[number].kind = BUFFER_KINDS[buffer.kind]
            self.buffers[number].index = buffer.index
            self.buffers[number].bytes = buffer.bytes
            self.buffers[number].offset = buffer.offset
        self.constant = <char**> allocate(len(plan.recipes), sizeof(char*))
        return 0

    cdef int _read_steps(self, plan, host_function) except -1:
        cdef int32_t number = 0, panel = 0
        cdef RegionInfo* info
        self.n_regions = len(plan.regions)
        self.n_steps = sum([len(region.steps) for region in plan.regions])
        self.regions = <RegionInfo*> allocate(self.n_regions, sizeof(RegionInfo))
        self.steps = <Step*> allocate(self.n_steps, sizeof(Step))
        self.panels = <int32_t*> allocate(self.n_buffers, sizeof(int32_t))
        self.scratch_rules = []
        for region_number, region in enumerate(plan.regions):
            info = &self.regions[region_number]
            info.rows, info.cost, info.parallel = region.rows, region.cost, region.parallel
            info.first_step, info.n_steps = number, len(region.steps)
            info.first_panel = panel
            used = {b for step in region.steps for b in step.buffers if b >= 0}
            for b in sorted(used):
                if plan.buffers[b].kind == "panel":
                    self.panels[panel] = b
                    panel += 1
            info.n_panels = panel - info.first_panel
            for step in region.steps:
                self._read_step(number, step, host_function)
                number += 1
        self.n_panels = panel
        return 0

    cdef int _read_step(self, int32_t number, step, host_function) except -1:
        cdef Step* made = &self.steps[number]
        cdef kg_reduce uniform
        cdef kg_segment ragged
        made.number = number
        made.rows_per_row = step.rows_per_row
        made.n_buffers = len(step.buffers)
        made.buffer = <int32_t*> allocate(len(step.buffers), sizeof(int32_t))
        made.slot = <int32_t*> allocate(len(step.sizes), sizeof(int32_t))
        for place, buffer in enumerate(step.buffers):
            made.buffer[place] = buffer
        for place, size in enumerate(step.sizes):
            made.slot[place] = size
        self.scratch_rules.append(step.scratch)
        if step.kernel == "host":
            self._read_host(made, step.host, host_function)
            return 0
        made.run = find_kernel(step.kernel)
        if step.loop:
            lookup_reduce(step.loop, &uniform, &ragged)
            made.function = <void*> uniform if step.kernel == "reduce" else <void*> ragged
        if step.program is not None:
            program = Program(step.program.registers, step.program.instructions)
            self.keep.append(program)
            made.program = (<Program> program).data
            self.scratch_rules[number] = ("program", program, step.scratch[1])
        return 0

    cdef int _read_host(self, Step* made, call, host_function) except -1:
        cdef HostStep host = HostStep()
        host.function = host_function(call, self)
        host.errors = {}
        host.dtypes = [type.dtype.num for type in call.types]
        host.ranks = [len(type.dims) for type in call.types]
        self.keep.append(host)
        made.program = <void*> host
        made.run = run_host
        return 0

    def __dealloc__(self):
        cdef int32_t i
        if self.steps != NULL:
            for i in range(self.n_steps):
                free(self.steps[i].buffer)
                free(self.steps[i].slot)
        free_array_infos(self.inputs, self.n_inputs)
        free_array_infos(self.outputs, self.n_outputs)
        free(self.symbols)
        free(self.constraints)
        free(self.checks)
        free(self.buffers)
        free(self.regions)
        free(self.steps)
        free(self.panels)
        free(self.code)
        free(self.constant)

    def set_constants(self, values):
        """Take new arrays for the plan's constants, in the order of its recipes; pack them."""
        made = []
        for recipe, value in zip(self.plan.recipes, values):
            made.append(pack(value) if recipe.packed else np.ascontiguousarray(value))
        constants = tuple(made)
        if len(constants) != len(self.plan.recipes):
            raise ValueError("one array for each constant of the plan")
        self.constants = constants
        for number, array in enumerate(constants):
            self.constant[number] = <char*> cnp.PyArray_DATA(array)

    @property
    def arena_bytes(self):
        """Bytes of working memory at the last batch's sizes: the arena, then each thread's part."""
        if self.last is None:
            return (0, 0)
        return (self.last.arena_bytes, self.last.thread_bytes)

    @property
    def bound_sizes(self):
        """The plan's sizes at the last batch, in its order."""
        if self.last is None:
            return ()
        return tuple([self.last.size[i] for i in range(self.n_sizes)])

    # -- calling -------------------------------------------------------------------------------

    def __call__(self, *inputs, out=None):
        if self.plain and out is None and self._fits(inputs) and self._rows_agree(inputs):
            return self._run(inputs, None)
        return self._call_adapted(inputs, out)

    def _call_adapted(self, inputs, out):
        raise NotImplementedError

    def run(self, arrays, out=None):
        """Run on flat arrays of the right types; the outputs as a list.

        Errors    ValueError if sizes contradict each other, or bounds or indices are bad
        """
        arrays = tuple(arrays)
        if not self._fits(arrays):
            raise TypeError("arrays of other types than the plan's inputs")
        result = self._run(arrays, out)
        return [result] if self.n_outputs == 1 else result

    def run_if_plain(self, tuple arrays):
        """As ``run``, on arrays that need no conversion; None if they do."""
        if not self._fits(arrays):
            return None
        result = self._run(arrays, None)
        return [result] if self.n_outputs == 1 else result

    cdef bint _fits(self, tuple arrays):
        """Whether these are contiguous arrays of the dtypes and ranks the plan is for."""
        cdef int32_t i
        cdef cnp.ndarray array
        if len(arrays) != self.n_inputs:
            return False
        for i in range(self.n_inputs):
            item = arrays[i]
            if type(item) is not np_ndarray:
                return False
            array = <cnp.ndarray> item
            if (cnp.PyArray_TYPE(array) != self.inputs[i].type_number
                    or cnp.PyArray_NDIM(array) != self.inputs[i].ndim
                    or not cnp.PyArray_ISCARRAY_RO(array)):
                return False
        return True

    cdef bint _rows_agree(self, tuple arrays):
        """Whether the inputs that share the size of their first axis have it in common."""
        cdef int32_t i
        cdef int64_t rows = -1
        for i in range(self.n_inputs):
            if self.inputs[i].ndim and self.inputs[i].dims[0] == self.inputs[0].dims[0]:
                if rows >= 0 and rows != (<cnp.ndarray> arrays[i]).shape[0]:
                    return False
                rows = (<cnp.ndarray> arrays[i]).shape[0]
        return True

    cdef object _run(self, tuple arrays, out):
        cdef Bound bound
        cdef Arena arena
        cdef object result
        cdef int32_t fault = 0
        cdef tuple constants
        bound = self._bind(arrays)
        result = self._allocate(bound) if out is None else out
        cdef int threads = self._threads(bound)
        arena = self.arenas.pop() if self.arenas else Arena.__new__(Arena)
        arena.reserve(aligned(self.n_buffers * sizeof(char*)) + bound.arena_bytes
                      + threads * bound.thread_bytes)
        constants = self.constants      # kept alive while kernels read them; no GIL is lost between
        self._set_memory(<char**> arena.data, arena, bound, arrays, result)
        if bound.cost > RELEASE_GIL:
            with nogil:
                self._run_regions(bound, arena, threads, &fault)
        else:
            self._run_regions(bound, arena, threads, &fault)
        self.arenas.append(arena)
        if fault:
            if self.steps[fault - 1].run == run_host:
                raise (<HostStep> self.steps[fault - 1].program).errors.pop(<size_t> &fault)
            self._raise_fault(fault - 1)
        return result

    cdef int _threads(self, Bound bound) except -1:
        if bound.cost < GO_PARALLEL:
            return 1
        cdef int count = self.threads
        if count <= 0:
            count = thread_limit()
        if count <= 0:
            count = self._default_threads()
        return max(1, min(MOST_THREADS, count))

    def _default_threads(self):
        return 1

    cdef object _allocate(self, Bound bound):
        cdef int32_t i
        if self.n_outputs == 1:
            return self._new_output(bound, 0)
        return [self._new_output(bound, i) for i in range(self.n_outputs)]

    cdef object _new_output(self, Bound bound, int32_t number):
        cdef cnp.npy_intp dims[32]
        cdef ArrayInfo* info = &self.outputs[number]
        cdef int32_t axis
        for axis in range(info.ndim):
            dims[axis] = bound.size[info.dims[axis]]
        return cnp.PyArray_EMPTY(info.ndim, dims, info.type_number, 0)

    cdef void _set_memory(self, char** memory, Arena arena, Bound bound, tuple arrays, result):
        cdef int32_t i
        cdef BufferInfo* info
        cdef char* base = arena.data + aligned(self.n_buffers * sizeof(char*))
        for i in range(self.n_buffers):
            info = &self.buffers[i]
            if info.kind == INPUT:
                memory[i] = <char*> cnp.PyArray_DATA(<cnp.ndarray> arrays[info.index])
                if info.offset >= 0:
                    memory[i] += bound.size[info.offset]
            elif info.kind == CONSTANT:
                memory[i] = self.constant[info.index]
            elif info.kind == OUTPUT:
                if self.n_outputs == 1:
                    memory[i] = <char*> cnp.PyArray_DATA(<cnp.ndarray> result)
                else:
                    memory[i] = <char*> cnp.PyArray_DATA(
                        <cnp.ndarray> (<list> result)[info.index])
            elif info.kind == ARENA:
                memory[i] = base + bound.offset[i]
            else:
                memory[i] = NULL

    cdef void _run_regions(self, Bound bound, Arena arena, int threads,
                           int32_t* fault) noexcept nogil:
        cdef Job job
        cdef int32_t i
        cdef RegionInfo* region
        cdef int64_t header = aligned(self.n_buffers * sizeof(char*))
        cdef char** memory = <char**> arena.data
        job.size = bound.size
        job.offset = bound.offset
        job.buffers = self.buffers
        job.n_buffers = self.n_buffers
        job.memory = memory
        job.scratch = arena.data + header + bound.arena_bytes
        job.thread_bytes = bound.thread_bytes
        job.fault = fault
        job.used = 0
        job.threads = threads
        for i in range(self.n_regions):
            region = &self.regions[i]
            job.steps = &self.steps[region.first_step]
            job.n_steps = region.n_steps
            job.panels = &self.panels[region.first_panel]
            job.n_panels = region.n_panels
            job.rows = bound.size[region.rows]
            job.panel_rows = bound.panel_rows[i]
            if threads > 1 and region.parallel and bound.size[region.cost] > GO_PARALLEL:
                run_parallel(&job, threads, bound.size[region.cost])
            else:
                run_panels(&job, memory, job.scratch + header, 0, job.rows)
            if fault[0]:
                return

    def _raise_fault(self, int number):
        raise IndexError(f"step {number} met a position outside its table")

    # -- binding -------------------------------------------------------------------------------

    cdef Bound _bind(self, tuple arrays):
        """Sizes and layout for the shapes of these arrays; their numbers checked where need be."""
        cdef Bound bound = self.last
        cdef int32_t i
        cdef SymbolInfo* symbol
        cdef cnp.ndarray array
        cdef int64_t value
        cdef bint same = bound is not None
        cdef int64_t[64] values
        if self.n_symbols > 64:
            raise ValueError("more than 64 sizes that vary")
        for i in range(self.n_symbols):
            symbol = &self.symbols[i]
            array = <cnp.ndarray> arrays[symbol.input]
            if symbol.axis >= 0:
                value = array.shape[symbol.axis] - symbol.offset
            else:
                value = longest_row(array)
            values[i] = value
            if same and bound.size[self.n_sizes + i] != value:
                same = False
        if not same:
            bound = self._bind_anew(values, arrays)
        if not self._shapes_fit(bound, arrays):
            self._refuse_shapes(arrays, bound)
        if self.n_checks:
            self._check_numbers(bound, arrays)
        self.last = bound
        return bound

    cdef bint _shapes_fit(self, Bound bound, tuple arrays):
        cdef int32_t i, axis
        cdef cnp.ndarray array
        for i in range(self.n_inputs):
            array = <cnp.ndarray> arrays[i]
            for axis in range(self.inputs[i].ndim):
                if array.shape[axis] != bound.size[self.inputs[i].dims[axis]]:
                    return False
        return True

    def _refuse_shapes(self, arrays, Bound bound):
        for i in range(self.n_inputs):
            expected = [bound.size[self.inputs[i].dims[axis]] for axis in range(self.inputs[i].ndim)]
            if list(arrays[i].shape) != expected:
                self._refuse_shape(i, arrays, tuple(expected))

    def _refuse_shape(self, number, arrays, expected):
        raise ValueError(f"input {number} has shape {arrays[number].shape}, expected {expected}")

    def _refuse_numbers(self, number, error):
        raise error

    cdef int _check_numbers(self, Bound bound, tuple arrays) except -1:
        """Row bounds and indices: a bad one must never reach a kernel."""
        cdef int32_t i
        cdef int64_t total, where = 0, longest = 0
        cdef cnp.ndarray array
        cdef Check found
        for i in range(self.n_checks):
            array = <cnp.ndarray> arrays[self.checks[i].input]
            total = bound.size[self.checks[i].total]
            if self.checks[i].is_splits:
                if array.shape[0] < 1:
                    found = CHECK_FIRST
                elif cnp.PyArray_ITEMSIZE(array) == 4:
                    found = check_splits(<const int32_t*> cnp.PyArray_DATA(array),
                                         array.shape[0] - 1, total, &where, &longest)
                else:
                    found = check_splits(<const int64_t*> cnp.PyArray_DATA(array),
                                         array.shape[0] - 1, total, &where, &longest)
            elif cnp.PyArray_ITEMSIZE(array) == 4:
                found = check_indices(<const int32_t*> cnp.PyArray_DATA(array), array.shape[0],
                                      total, &where)
            else:
                found = check_indices(<const int64_t*> cnp.PyArray_DATA(array), array.shape[0],
                                      total, &where)
            if found != CHECK_OK:
                self._explain_numbers(i, array, total)
        return 0

    def _explain_numbers(self, int32_t check, array, total):
        """Say in words what the check in C found."""
        try:
            if self.checks[check].is_splits:
                require_splits(array, total)
            else:
                require_indices(array, total)
        except ValueError as error:
            self._refuse_numbers(self.checks[check].input, error)
        raise ValueError(f"input {self.checks[check].input} changed while it was being read")

    cdef Bound _bind_anew(self, int64_t* values, tuple arrays):
        cdef Bound bound = Bound.__new__(Bound)
        cdef int32_t i
        bound.size = <int64_t*> allocate(self.n_slots, sizeof(int64_t))
        bound.offset = <int64_t*> allocate(self.n_buffers, sizeof(int64_t))
        bound.panel_rows = <int64_t*> allocate(self.n_regions, sizeof(int64_t))
        bound.scratch = <int64_t*> allocate(self.n_regions, sizeof(int64_t))
        for i in range(self.n_symbols):
            if values[i] < 0:
                self._refuse_short(self.symbols[i].input, arrays)
            bound.size[self.n_sizes + i] = values[i]
        if not evaluate(self.code, self.n_code, bound.size):
            self._refuse_broadcast(arrays)
        for i in range(self.n_constraints):
            if bound.size[self.constraints[i]] != 0:
                self._refuse_constraint(i, arrays)
        self._lay_out_arena(bound)
        for i in range(self.n_regions):
            self._lay_out_panel(bound, i)
            bound.cost += bound.size[self.regions[i].cost]
        return bound

    def _refuse_short(self, number, arrays):
        raise ValueError(f"input {number} has shape {arrays[number].shape}: it is too short")

    def _refuse_broadcast(self, arrays):
        raise ValueError(f"shapes {[array.shape for array in arrays]} cannot be broadcast")

    def _refuse_constraint(self, number, arrays):
        raise ValueError(f"{self.plan.constraints[number].label}: sizes do not agree")

    cdef int _lay_out_arena(self, Bound bound) except -1:
        """Each slot as large as the largest value it holds, one slot after another."""
        cdef int32_t i
        cdef int64_t at = 0
        cdef int64_t* largest = <int64_t*> allocate(self.n_arena, sizeof(int64_t))
        try:
            for i in range(self.n_buffers):
                if self.buffers[i].kind == ARENA:
                    largest[self.buffers[i].index] = max(
                        largest[self.buffers[i].index], aligned(bound.size[self.buffers[i].bytes]))
            for i in range(self.n_arena):
                at += largest[i]
                largest[i] = at - largest[i]
            for i in range(self.n_buffers):
                if self.buffers[i].kind == ARENA:
                    bound.offset[i] = largest[self.buffers[i].index]
        finally:
            free(largest)
        bound.arena_bytes = at
        return 0

    cdef int _lay_out_panel(self, Bound bound, int32_t number) except -1:
        """How many rows a panel has, and where its buffers lie in a thread's scratch."""
        cdef RegionInfo* region = &self.regions[number]
        cdef int64_t row_bytes = 0, rows = bound.size[region.rows], at = 0, need
        cdef int32_t i, b
        for i in range(region.first_panel, region.first_panel + region.n_panels):
            row_bytes += bound.size[self.buffers[self.panels[i]].bytes]
        if row_bytes:
            need = max(<int64_t> PANEL_LEAST, min(<int64_t> PANEL_MOST, PANEL_BYTES // row_bytes))
            rows = min(rows, need)
        elif region.n_steps > 1:
            rows = min(rows, <int64_t> PANEL_MOST)
        bound.panel_rows[number] = max(rows, <int64_t> 1)
        for i in range(region.first_step, region.first_step + region.n_steps):
            at = max(at, self._scratch_of(bound, i))
        at = aligned(at)
        for i in range(region.first_panel, region.first_panel + region.n_panels):
            b = self.panels[i]
            bound.offset[b] = at
            at += aligned(bound.panel_rows[number] * bound.size[self.buffers[b].bytes])
        bound.thread_bytes = max(
            bound.thread_bytes, aligned(at + aligned(self.n_buffers * sizeof(char*)) + ALIGNMENT))
        return 0

    cdef int64_t _scratch_of(self, Bound bound, int32_t step) except -1:
        cdef int64_t k, n
        rule = self.scratch_rules[step]
        if not rule:
            return 0
        if rule[0] == "program":
            return (<Program> rule[1]).scratch_bytes(bound.size[<int32_t> rule[2]])
        if rule[0] == "packed":
            k, n = bound.size[<int32_t> rule[1]], bound.size[<int32_t> rule[2]]
            if bound.size[<int32_t> rule[3]] == 4:
                return gemm_packed_size_f32(k, n) * 4
            return gemm_packed_size_f64(k, n) * 8
        return bound.size[<int32_t> rule[1]]


cdef void run_parallel(Job* job, int threads, int64_t cost) noexcept nogil:
    """Hand a region out in chunks: some for each thread, none too small to be worth a claim."""
    cdef int64_t chunks = cost // CHUNK_COST, per_chunk, panel
    chunks = max(<int64_t> threads, min(<int64_t> 4 * threads, chunks - chunks % threads))
    per_chunk = (job.rows + chunks - 1) // chunks
    # whole panels where chunks are longer than one; a chunk shorter than a panel is its own panel
    panel = job.panel_rows if job.panel_rows < per_chunk else 1
    per_chunk = (per_chunk + panel - 1) // panel * panel
    job.chunk_rows = per_chunk if per_chunk > 0 else 1
    parallel_for((job.rows + job.chunk_rows - 1) // job.chunk_rows, threads, run_chunk, job)


cdef bint evaluate(const int64_t* code, int64_t count, int64_t* size) noexcept nogil:
    """Run the size code (compiler/size_code.py); False if two sizes cannot be broadcast."""
    cdef int64_t at = 0, slot, total, term, terms, factor, factors, a, b
    while at < count:
        slot = code[at]
        if code[at + 1] == 0:
            terms, total = code[at + 2], 0
            at += 3
            for term in range(terms):
                a, factors = code[at], code[at + 1]
                for factor in range(factors):
                    a *= size[code[at + 2 + factor]]
                total += a
                at += 2 + factors
            size[slot] = total
            continue
        a, b = size[code[at + 3]], size[code[at + 4]]
        if code[at + 2] == 0:
            size[slot] = a if a > b else b
        elif code[at + 2] == 1:
            size[slot] = a if a < b else b
        elif code[at + 2] == 2:
            size[slot] = floor_div(a, b)
        elif a == b or b == 1:
            size[slot] = a
        elif a == 1:
            size[slot] = b
        else:
            return False
        at += 5
    return True


cdef int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    cdef int64_t quotient
    if b == 0:
        return 0
    quotient = a // b       # cdivision: towards zero
    if a % b != 0 and (a < 0) != (b < 0):
        quotient -= 1
    return quotient


cdef int64_t longest_row(cnp.ndarray splits):
    cdef const int64_t* bounds = <const int64_t*> cnp.PyArray_DATA(splits)
    cdef int64_t i, longest = 0
    for i in range(splits.shape[0] - 1):
        if bounds[i + 1] - bounds[i] > longest:
            longest = bounds[i + 1] - bounds[i]
    return longest


cdef void* allocate(size_t count, size_t size) except NULL:
    cdef void* made = calloc(count + 1, size)
    if made == NULL:
        raise MemoryError
    return made


cdef ArrayInfo* read_array_infos(types, dims) except NULL:
    cdef ArrayInfo* infos = <ArrayInfo*> allocate(len(types), sizeof(ArrayInfo))
    for number, (type, slots) in enumerate(zip(types, dims)):
        infos[number].type_number = type.dtype.num
        infos[number].ndim = len(slots)
        infos[number].dims = <int32_t*> allocate(len(slots), sizeof(int32_t))
        for axis, slot in enumerate(slots):
            infos[number].dims[axis] = slot
    return infos


cdef void free_array_infos(ArrayInfo* infos, int32_t count):
    cdef int32_t i
    if infos != NULL:
        for i in range(count):
            free(infos[i].dims)
        free(infos)


def pack(matrix):
    """A matrix (k, n) in the panels the matrix product reads, aligned to a cache line."""
    cdef cnp.ndarray source = np.ascontiguousarray(matrix)
    cdef int64_t k = source.shape[0], n = source.shape[1], count
    if source.dtype == np.float32:
        count = gemm_packed_size_f32(k, n)
    else:
        count = gemm_packed_size_f64(k, n)
    packed = aligned_empty(max(count, 1), source.dtype)
    if source.dtype == np.float32:
        gemm_pack_f32(<const float*> cnp.PyArray_DATA(source), n, 1, k, n,
                      <float*> cnp.PyArray_DATA(packed))
    else:
        gemm_pack_f64(<const double*> cnp.PyArray_DATA(source), n, 1, k, n,
                      <double*> cnp.PyArray_DATA(packed))
    return packed


cdef cnp.ndarray aligned_empty(int64_t count, dtype):
    raw = np.empty(count * dtype.itemsize + ALIGNMENT, np.uint8)
    cdef size_t address = <size_t> cnp.PyArray_DATA(<cnp.ndarray> raw)
    cdef int64_t skip = (-<int64_t> address) % ALIGNMENT
    if skip < 0:
        skip += ALIGNMENT
    return raw[skip:skip + count * dtype.itemsize].view(dtype)


np_ndarray = np.ndarray

from kgraph._kernels.checks import require_indices, require_splits
