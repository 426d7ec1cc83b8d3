"""The block VM.

A program is a list of instructions over registers.  It runs over *tiles*: as many whole rows as fit
a block, or, where nothing needs whole rows, a plain run of elements.  A register is a pointer that
is set anew for each tile: into an operand, into an output, or to a block of scratch.  So an operand
that lies as the loops want it is read in place, and a result is written where it belongs.

    full     an element for each row and column           (rows, columns)
    row      an element for each row                      (rows,)
    columns  an element for each column, for all rows     (columns,)
    scalar   one element

Instructions: a vector loop over full elements, one over row elements, a reduction of each row, and
the expansion of row elements over the columns of their row.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from kgraph._kernels.loops cimport kg_loop, kg_reduce, kg_segment, lookup_loop, lookup_reduce
from kgraph._kernels.step cimport Context, Step

BLOCK = 1024

cdef enum:
    BLOCK_ELEMENTS = 1024   # 4 KiB of float32: a handful of registers stays in the first cache

cdef enum RegisterKind:
    TEMPORARY, FULL, ROW, COLUMNS, SCALAR, SIZE

cdef enum InstructionKind:
    ON_FULL, ON_ROW, REDUCE, EXPAND

REGISTER_KINDS = {"temporary": TEMPORARY, "full": FULL, "row": ROW, "columns": COLUMNS,
                  "scalar": SCALAR, "size": SIZE}
INSTRUCTION_KINDS = {"full": ON_FULL, "row": ON_ROW, "reduce": REDUCE, "expand": EXPAND}

ctypedef struct Register:
    int32_t kind
    int32_t itemsize
    int32_t place           # the operand's position in step.buffer; SIZE: in step.slot; temporaries: which
    int32_t is_float        # SIZE: 1 for a float of itemsize bytes, 0 for an integer

ctypedef struct Instruction:
    int32_t kind
    int32_t itemsize        # of what EXPAND copies
    int32_t target, a, b, c
    kg_loop loop
    kg_reduce reduce

ctypedef struct ProgramData:
    int32_t n_registers, n_instructions, n_temporaries
    int32_t whole_rows      # some instruction needs rows whole: a reduction, an expansion, a row
    int32_t has_columns
    Register* registers
    Instruction* instructions


cdef int set_instruction(ProgramData* data, Instruction* made, fields) except -1:
    cdef kg_segment ragged
    kind, name, itemsize, target, a, b, c = fields
    for register in (target, a, b, c):
        if not -1 <= register < data.n_registers:
            raise ValueError(f"there is no register {register}")
    made.kind = INSTRUCTION_KINDS[kind]
    made.itemsize = itemsize
    made.target, made.a, made.b, made.c = target, a, b, c
    if kind in ("full", "row"):
        lookup_loop(name, &made.loop)
    elif kind == "reduce":
        lookup_reduce(name, &made.reduce, &ragged)
    if kind != "full":
        data.whole_rows = 1
    return 0


cdef class Program:
    """A program, checked and with its loops resolved.

    ``registers`` holds (kind, itemsize, place, is_float); ``instructions`` holds
    (kind, loop name, itemsize, target, a, b, c) with -1 for an operand that is not there.
    """

    def __init__(self, registers, instructions):
        cdef ProgramData* data = <ProgramData*> calloc(1, sizeof(ProgramData))
        if data == NULL:
            raise MemoryError
        self.data = data
        data.n_registers = len(registers)
        data.n_instructions = len(instructions)
        data.registers = <Register*> calloc(len(registers) + 1, sizeof(Register))
        data.instructions = <Instruction*> calloc(len(instructions) + 1, sizeof(Instruction))
        if data.registers == NULL or data.instructions == NULL:
            raise MemoryError
        for number, (kind, itemsize, place, is_float) in enumerate(registers):
            data.registers[number].kind = REGISTER_KINDS[kind]
            data.registers[number].itemsize = itemsize
            data.registers[number].place = place
            data.registers[number].is_float = is_float
            if kind == "temporary":
                data.n_temporaries = max(data.n_temporaries, place + 1)
            if kind == "row":
                data.whole_rows = 1
            if kind == "columns":
                data.has_columns = 1
        for number, fields in enumerate(instructions):
            set_instruction(data, &data.instructions[number], fields)

    def __dealloc__(self):
        cdef ProgramData* data = <ProgramData*> self.data
        if data != NULL:
            free(data.registers)
            free(data.instructions)
            free(data)

    cdef int64_t scratch_bytes(self, int64_t columns) noexcept nogil:
        cdef ProgramData* data = <ProgramData*> self.data
        cdef int64_t blocks = data.n_temporaries + data.n_registers
        return blocks * block_bytes(columns) + data.n_registers * <int64_t> sizeof(char*) + 64


cdef inline int64_t block_bytes(int64_t columns) noexcept nogil:
    cdef int64_t elements = columns if columns > BLOCK_ELEMENTS else BLOCK_ELEMENTS
    return (elements * 8 + 63) & ~<int64_t> 63


cdef void fill(char* target, const char* item, int64_t itemsize, int64_t count) noexcept nogil:
    """``count`` copies of one item."""
    cdef int64_t i
    cdef uint32_t four
    cdef uint64_t eight
    if itemsize == 4:
        memcpy(&four, item, 4)
        for i in range(count):
            (<uint32_t*> target)[i] = four
    elif itemsize == 8:
        memcpy(&eight, item, 8)
        for i in range(count):
            (<uint64_t*> target)[i] = eight
    elif itemsize == 1:
        for i in range(count):
            target[i] = item[0]
    else:
        for i in range(count):
            memcpy(target + i * itemsize, item, itemsize)


cdef void expand(char* target, const char* source, int64_t itemsize, int64_t rows,
                 int64_t columns) noexcept nogil:
    """Each row's element over all columns of its row."""
    cdef int64_t r
    for r in range(rows):
        fill(target + r * columns * itemsize, source + r * itemsize, itemsize, columns)


cdef void repeat(char* target, const char* source, int64_t bytes, int64_t count) noexcept nogil:
    """``count`` copies of a row of ``bytes``."""
    cdef int64_t r
    for r in range(count):
        memcpy(target + r * bytes, source, bytes)


cdef void run_tile(const ProgramData* p, char** register, int64_t rows,
                   int64_t columns) noexcept nogil:
    """All instructions, once, on registers that are set."""
    cdef int32_t i
    cdef const Instruction* it
    cdef int64_t n = rows * columns
    for i in range(p.n_instructions):
        it = &p.instructions[i]
        if it.kind == ON_FULL:
            it.loop(register[it.target], operand(register, it.a), operand(register, it.b),
                    operand(register, it.c), n)
        elif it.kind == ON_ROW:
            it.loop(register[it.target], operand(register, it.a), operand(register, it.b),
                    operand(register, it.c), rows)
        elif it.kind == REDUCE:
            it.reduce(register[it.target], register[it.a], rows, columns, 1)
        else:
            expand(register[it.target], register[it.a], it.itemsize, rows, columns)


cdef inline char* operand(char** register, int32_t number) noexcept nogil:
    return register[number] if number >= 0 else NULL


cdef inline void write_size(char* item, const Register* r, int64_t size) noexcept nogil:
    """A size as a number of the register's dtype."""
    if r.is_float and r.itemsize == 4:
        (<float*> item)[0] = <float> size
    elif r.is_float:
        (<double*> item)[0] = <double> size
    elif r.itemsize == 1:
        (<int8_t*> item)[0] = <int8_t> size
    elif r.itemsize == 2:
        (<int16_t*> item)[0] = <int16_t> size
    elif r.itemsize == 4:
        (<int32_t*> item)[0] = <int32_t> size
    else:
        (<int64_t*> item)[0] = size


cdef void prepare(const ProgramData* p, const Step* step, const Context* context, char** register,
                  char* blocks, int64_t block, int64_t rows, int64_t columns,
                  int64_t count) noexcept nogil:
    """Set the registers that stay the same for all tiles.

    ``columns`` operands are repeated for ``rows`` rows, scalars for ``count`` elements.
    """
    cdef int32_t i
    cdef const Register* r
    cdef char* own
    cdef int64_t number
    cdef char* item = <char*> &number
    for i in range(p.n_registers):
        r = &p.registers[i]
        own = blocks + (p.n_temporaries + i) * block
        if r.kind == TEMPORARY:
            register[i] = blocks + r.place * block
        elif r.kind == SCALAR:
            register[i] = own
            fill(own, context.memory[step.buffer[r.place]], r.itemsize, count)
        elif r.kind == COLUMNS:
            register[i] = own
            repeat(own, context.memory[step.buffer[r.place]], columns * r.itemsize, rows)
        elif r.kind == SIZE:
            register[i] = own
            write_size(item, r, context.size[step.slot[r.place]])
            fill(own, item, r.itemsize, count)


cdef void run_program(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil:
    """Run the step's program on its rows first .. last; slot 0 holds the number of columns."""
    cdef const ProgramData* p = <const ProgramData*> step.program
    cdef int64_t columns = context.size[step.slot[0]]
    cdef char** register = <char**> context.scratch
    cdef char* blocks = context.scratch + ((p.n_registers * sizeof(char*) + 63) & ~<size_t> 63)
    cdef int64_t block = block_bytes(columns)
    if first >= last:
        return
    if p.whole_rows:
        run_rows(p, step, context, register, blocks, block, first, last, columns)
    elif columns == 0:
        return
    elif p.has_columns and columns <= BLOCK_ELEMENTS:
        run_rows(p, step, context, register, blocks, block, first, last, columns)
    elif p.has_columns:
        run_column_chunks(p, step, context, register, blocks, block, first, last, columns)
    else:
        run_elements(p, step, context, register, blocks, block, first * columns, last * columns)


cdef void run_rows(const ProgramData* p, const Step* step, const Context* context,
                   char** register, char* blocks, int64_t block, int64_t first, int64_t last,
                   int64_t columns) noexcept nogil:
    cdef int64_t per_tile = BLOCK_ELEMENTS // columns if columns > 0 else BLOCK_ELEMENTS
    cdef int64_t row, rows
    cdef int32_t i
    cdef const Register* r
    if per_tile < 1:
        per_tile = 1
    if per_tile > last - first:
        per_tile = last - first
    prepare(p, step, context, register, blocks, block, per_tile, columns,
            per_tile * (columns if columns > 1 else 1))
    row = first
    while row < last:
        rows = per_tile if last - row > per_tile else last - row
        for i in range(p.n_registers):
            r = &p.registers[i]
            if r.kind == FULL:
                register[i] = context.memory[step.buffer[r.place]] + row * columns * r.itemsize
            elif r.kind == ROW:
                register[i] = context.memory[step.buffer[r.place]] + row * r.itemsize
        run_tile(p, register, rows, columns)
        row += rows


cdef void run_elements(const ProgramData* p, const Step* step, const Context* context,
                       char** register, char* blocks, int64_t block, int64_t first,
                       int64_t last) noexcept nogil:
    cdef int64_t at = first, count = BLOCK_ELEMENTS
    cdef int32_t i
    cdef const Register* r
    if count > last - first:
        count = last - first
    prepare(p, step, context, register, blocks, block, 0, 0, count)
    while at < last:
        if count > last - at:
            count = last - at
        for i in range(p.n_registers):
            r = &p.registers[i]
            if r.kind == FULL:
                register[i] = context.memory[step.buffer[r.place]] + at * r.itemsize
        run_tile(p, register, 1, count)
        at += count


cdef void run_column_chunks(const ProgramData* p, const Step* step, const Context* context,
                            char** register, char* blocks, int64_t block, int64_t first,
                            int64_t last, int64_t columns) noexcept nogil:
    """Rows longer than a block, of which no instruction needs the whole."""
    cdef int64_t row, column, count
    cdef int32_t i
    cdef const Register* r
    prepare(p, step, context, register, blocks, block, 0, columns, BLOCK_ELEMENTS)
    for row in range(first, last):
        column = 0
        while column < columns:
            count = columns - column
            if count > BLOCK_ELEMENTS:
                count = BLOCK_ELEMENTS
            for i in range(p.n_registers):
                r = &p.registers[i]
                if r.kind == FULL:
                    register[i] = (context.memory[step.buffer[r.place]]
                                   + (row * columns + column) * r.itemsize)
                elif r.kind == COLUMNS:
                    register[i] = context.memory[step.buffer[r.place]] + column * r.itemsize
            run_tile(p, register, 1, count)
            column += count

