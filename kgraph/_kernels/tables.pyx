"""Reading a plan: its dataclasses (compiler/plan.py) become tables in C, once, when it is built."""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

cimport numpy as cnp
import numpy as np

from kgraph._kernels.host cimport HostStep, run_host
from kgraph._kernels.loops cimport kg_columns, kg_reduce, kg_segment, lookup_reduce
from kgraph._kernels.program cimport Program
from kgraph._kernels.step cimport Step
from kgraph._kernels.steps cimport find_kernel

cnp.import_array()

CHECK_KINDS = ("splits", "indices", "ids")       # in the order of CheckKind

BUFFER_KINDS = {"input": INPUT, "constant": CONSTANT, "output": OUTPUT, "arena": ARENA,
                "panel": PANEL, "items": ITEMS, "bag": BAG, "tile": TILE}
SCRATCH_KINDS = {"bytes": SCRATCH_BYTES, "packed": SCRATCH_PACKED, "program": SCRATCH_PROGRAM,
                 "tiles": SCRATCH_TILES, "attention": SCRATCH_ATTENTION}


@cython.final
cdef class Slots:

    def __init__(self, lifetimes):
        cdef int32_t i, j, at
        cdef int32_t* start = numbers_of([first for first, _ in lifetimes])
        cdef int32_t* stop = numbers_of([last for _, last in lifetimes])
        self.count = len(lifetimes)
        self.first = <int32_t*> allocate(self.count + 1, sizeof(int32_t))
        for i in range(self.count):
            at = self.first[i]
            for j in range(self.count):
                at += j != i and start[j] <= stop[i] and start[i] <= stop[j]
            self.first[i + 1] = at
        self.others = <int32_t*> allocate(self.first[self.count], sizeof(int32_t))
        at = 0
        for i in range(self.count):
            for j in range(self.count):
                if j != i and start[j] <= stop[i] and start[i] <= stop[j]:
                    self.others[at] = j
                    at += 1
        free(start)
        free(stop)

    def __dealloc__(self):
        free(self.first)
        free(self.others)


@cython.final
cdef class Tables:
    """The tables of one plan; they own what they point to.

    ``code`` and ``n_slots`` are what ``compiler.size_code.encode`` gives for the plan's sizes;
    ``host_function(call)`` makes the function of a step that has no kernel.
    """

    def __cinit__(self):
        self.slots = Slots(())

    def __init__(self, plan, code, int n_slots, host_function):
        self.n_slots = n_slots
        self.programs = []
        self.read_arrays(plan)
        self.read_sizes(plan, code)
        self.read_buffers(plan)
        self.read_regions(plan, host_function)

    cdef int read_arrays(self, plan) except -1:
        self.n_inputs, self.n_outputs = len(plan.inputs), len(plan.outputs)
        self.inputs = read_array_infos(plan.inputs, plan.input_dims)
        self.outputs = read_array_infos(plan.outputs, plan.output_dims)
        self.n_checks = len(plan.checks)
        self.checks = <CheckInfo*> allocate(self.n_checks, sizeof(CheckInfo))
        for number, check in enumerate(plan.checks):
            self.checks[number].kind = CHECK_KINDS.index(check.kind)
            self.checks[number].wraps = check.wraps
            self.checks[number].input = check.input
            self.checks[number].total = check.total
        return 0

    cdef int read_sizes(self, plan, code) except -1:
        cdef cnp.ndarray numbers = np.ascontiguousarray(code, np.int64)
        self.n_sizes = len(plan.sizes)
        self.n_code = <int32_t> numbers.shape[0]
        self.code = <int64_t*> allocate(self.n_code, sizeof(int64_t))
        memcpy(self.code, cnp.PyArray_DATA(numbers), self.n_code * sizeof(int64_t))
        self.n_symbols = len(plan.symbols)
        self.symbols = <SymbolInfo*> allocate(self.n_symbols, sizeof(SymbolInfo))
        for number, symbol in enumerate(plan.symbols):
            self.symbols[number].input = symbol.input
            self.symbols[number].axis = symbol.axis
            self.symbols[number].offset = symbol.offset
        self.n_constraints = len(plan.constraints)
        self.constraints = <int32_t*> allocate(self.n_constraints, sizeof(int32_t))
        for number, constraint in enumerate(plan.constraints):
            self.constraints[number] = constraint.size
        return 0

    cdef int read_buffers(self, plan) except -1:
        self.slots = Slots(plan.lifetimes)
        in_arena = [number for number, buffer in enumerate(plan.buffers) if buffer.kind == "arena"]
        self.in_arena, self.n_in_arena = numbers_of(in_arena), len(in_arena)
        self.n_buffers = len(plan.buffers)
        self.address_bytes = aligned(self.n_buffers * sizeof(char*))
        self.buffers = <BufferInfo*> allocate(self.n_buffers, sizeof(BufferInfo))
        for number, buffer in enumerate(plan.buffers):
            self.buffers[number].kind = BUFFER_KINDS[buffer.kind]
            self.buffers[number].index = buffer.index
            self.buffers[number].bytes = buffer.bytes
            self.buffers[number].offset = buffer.offset
        return 0

    cdef int read_regions(self, plan, host_function) except -1:
        cdef int32_t number = 0, panel = 0, part
        cdef RegionInfo* info
        steps = plan.steps
        self.n_regions = len(plan.regions)
        self.release_cost, self.share_cost = plan.grain.release, plan.grain.share
        self.chunk_cost = max(plan.grain.chunk, 1)
        self.n_steps = len(steps)
        self.regions = <RegionInfo*> allocate(self.n_regions, sizeof(RegionInfo))
        self.steps = <Step*> allocate(self.n_steps, sizeof(Step))
        self.scratch = <ScratchInfo*> allocate(self.n_steps, sizeof(ScratchInfo))
        self.panels = <int32_t*> allocate(self.n_buffers, sizeof(int32_t))
        for region_number, region in enumerate(plan.regions):
            info = &self.regions[region_number]
            info.rows, info.cost, info.by_columns = region.rows, region.cost, region.by_columns
            info.parallel, info.bounds = region.parallel, -1
            info.n_of_items = sum(step.of_items for step in region.steps)
            if region.bags:
                info.bounds, info.items, info.longest, info.item_bytes = region.bags
            info.first_step, info.n_steps = number, len(region.steps)
            info.first_panel = panel
            for b in buffers_of(region.steps):
                if plan.buffers[b].kind in ("panel", "items", "bag"):
                    self.panels[panel] = b
                    panel += 1
            info.n_panels = panel - info.first_panel
            number += info.n_steps
        part = number
        for number, step in enumerate(steps):
            self.read_step(number, step, host_function)
            if step.parts:
                self.steps[number].part = &self.steps[part]
                self.steps[number].n_parts = len(step.parts)
                part += self.steps[number].n_parts
        return 0

    cdef int read_step(self, int32_t number, step, host_function) except -1:
        cdef Step* made = &self.steps[number]
        cdef kg_reduce uniform
        cdef kg_segment ragged
        cdef kg_columns some
        program = None
        made.number = number
        made.rows_per_row = step.rows_per_row
        made.n_buffers = len(step.buffers)
        made.buffer = numbers_of(step.buffers)
        made.slot = numbers_of(step.sizes)
        self.read_scratch(number, step.scratch)
        if step.kernel == "host":
            program = HostStep(host_function(step.host), step.host)
            made.program = <void*> program
            made.run = run_host
        else:
            made.run = find_kernel(step.kernel)
        if step.loop:
            lookup_reduce(step.loop, &uniform, &ragged, &some)
            made.some_columns = <void*> some
            made.function = <void*> uniform if step.kernel == "reduce" else <void*> ragged
        if step.program is not None:
            program = Program(step.program.registers, step.program.instructions)
            made.program = (<Program> program).data
        self.programs.append(program)
        return 0

    cdef int read_scratch(self, int32_t number, rule) except -1:
        cdef ScratchInfo* info = &self.scratch[number]
        if rule:
            info.kind = SCRATCH_KINDS[rule[0]]
            for place, slot in enumerate(rule[1:]):
                info.slot[<int32_t> place] = slot
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
        free(self.checks)
        free(self.constraints)
        free(self.buffers)
        free(self.regions)
        free(self.in_arena)
        free(self.panels)
        free(self.steps)
        free(self.scratch)
        free(self.code)


def buffers_of(steps):
    """The numbers of all buffers that steps and their parts use."""
    every = [part for step in steps for part in (step, *step.parts)]
    return sorted({b for part in every for b in part.buffers if b >= 0})


cdef void* allocate(size_t count, size_t size) except NULL:
    cdef void* made = calloc(count + 1, size)
    if made == NULL:
        raise MemoryError
    return made


cdef int32_t* numbers_of(values) except NULL:
    cdef int32_t* numbers = <int32_t*> allocate(len(values), sizeof(int32_t))
    for place, value in enumerate(values):
        numbers[place] = value
    return numbers


cdef ArrayInfo* read_array_infos(types, dims) except NULL:
    cdef ArrayInfo* infos = <ArrayInfo*> allocate(len(types), sizeof(ArrayInfo))
    for number, (type, slots) in enumerate(zip(types, dims)):
        infos[number].type_number = type.dtype.num
        infos[number].ndim = len(slots)
        infos[number].dims = numbers_of(slots)
    return infos


cdef void free_array_infos(ArrayInfo* infos, int32_t count) noexcept:
    cdef int32_t i
    if infos != NULL:
        for i in range(count):
            free(infos[i].dims)
        free(infos)
