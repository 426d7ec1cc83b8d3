"""The block VM.

A program is a list of instructions over registers.  It runs over *tiles*: as many whole rows as fit
a block, or, where nothing needs whole rows, a plain run of elements.  A register is a pointer that
is set anew for each tile: into an operand, into an output, or to a block of scratch.  So an operand
that lies as the loops want it is read in place, and a result is written where it belongs.

    full          an element for each row and column              (rows, columns)
    row           an element for each row                         (rows,)
    columns       an element for each column, for all rows        (columns,)
    scalar        one element
    narrow        an element for each row and each of fewer columns (rows, fewer)

With *bounds*, rows come in segments, segment s being the rows bounds[s] .. bounds[s + 1] - 1: the
items of one row of a ragged value.  A tile then is a run of whole segments.

    segment_full  an element for each segment and column          (segments, columns)
    segment_row   an element for each segment                     (segments,)

Instructions, on full or narrow elements or on one element a row, of rows or of segments:

    loop          a vector loop over elements
    reduce        the columns of each row to one element
    expand        one element over the columns of its row
    reduce_rows   the rows of each segment to one row
    repeat_rows   one row over the rows of its segment
    rowwise       the columns of each row to as many
    rowwise_rows  the rows of each segment, of one element each, to as many
    weigh_rows    the rows of each segment, each with a weight, to one row
    top           the columns of each row to the positions of the greatest, greatest first
    pick          the columns of each row to those at given positions, which are positions in it
    order         the columns of each row to as many, sorted, or to the positions that sort them;
                  its second operand is a temporary that it may use as it likes

Cheap loops that follow one another are run as chains (``chains.pyx``).
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uintptr_t
from libc.stdlib cimport calloc, free

from kgraph._kernels.chains cimport Chain, free_chain, kg_streamed, make_chain
from kgraph._kernels.copies cimport expand, fill, pick, repeat, repeat_rows
from kgraph._kernels.loops cimport (
    find_order, find_rowwise, find_rowwise_ragged, find_top, find_weigh, kg_columns, kg_loop,
    kg_order, kg_reduce, kg_rowwise, kg_rowwise_ragged, kg_segment, kg_top, kg_weigh, lookup_loop,
    lookup_reduce,
)
from kgraph._kernels.step cimport Context, Step

from kgraph._kernels.chains import chains_of, has_chains

cdef enum:
    BLOCK_ELEMENTS = 1024   # 4 KiB of float32: a handful of registers stays in the first cache
    STREAM_BYTES = 1 << 25  # a result that long has left the caches when somebody reads it

cdef enum:                  # kinds of registers; the first five are also shapes of instructions
    FULL, ROW, NARROW, SEGMENT_FULL, SEGMENT_ROW, TEMPORARY, COLUMNS, SCALAR, SIZE, BOUNDS
    N_SHAPES = TEMPORARY

cdef enum InstructionKind:
    LOOP, REDUCE, EXPAND, REDUCE_ROWS, REPEAT_ROWS, ROWWISE, ROWWISE_ROWS, WEIGH_ROWS, TOP, PICK,
    ORDER

SHAPES = {"full": FULL, "row": ROW, "narrow": NARROW, "segment_full": SEGMENT_FULL,
          "segment_row": SEGMENT_ROW}
REGISTER_KINDS = {**SHAPES, "temporary": TEMPORARY, "columns": COLUMNS, "scalar": SCALAR,
                  "size": SIZE, "bounds": BOUNDS}
INSTRUCTION_KINDS = {"loop": LOOP, "reduce": REDUCE, "expand": EXPAND, "reduce_rows": REDUCE_ROWS,
                     "repeat_rows": REPEAT_ROWS, "rowwise": ROWWISE,
                     "rowwise_rows": ROWWISE_ROWS, "weigh_rows": WEIGH_ROWS, "top": TOP,
                     "pick": PICK, "order": ORDER}
OF_SEGMENTS = ("reduce_rows", "repeat_rows", "rowwise_rows", "weigh_rows")

ctypedef struct Register:
    int32_t kind
    int32_t itemsize        # 0: a temporary, which holds items of any size
    int32_t place           # in step.buffer; SIZE: in step.slot; temporaries: which of them
    int32_t is_float        # SIZE: 1 for a float of itemsize bytes, 0 for an integer
    int32_t block           # of scratch; -1 for one that points to memory

ctypedef struct Instruction:
    int32_t kind
    int32_t shape           # of what it makes; of what it reads, if it makes one element of many
    int32_t itemsize        # of what is copied
    int32_t target, a, b, c
    Chain* chain            # that begins here; NULL: none
    kg_loop loop
    kg_reduce reduce
    kg_segment reduce_rows
    kg_rowwise rowwise
    kg_rowwise_ragged rowwise_rows
    kg_weigh weigh_rows
    kg_top top
    kg_order order

ctypedef struct ProgramData:
    int32_t n_registers, n_instructions, n_blocks
    int32_t whole_rows      # some instruction needs rows whole: a reduction, an expansion, a row
    int32_t has_columns
    int32_t has_narrow
    int32_t bounds          # the place of the bounds, or -1
    Register* registers
    Instruction* instructions
    int32_t n_chains
    int32_t is_one_chain    # all of it, on full elements
    Chain* chains

ctypedef struct Tile:
    int64_t rows, columns, narrow, segments
    const int64_t* bounds   # segments + 1 of them
    bint streams            # results go past the caches


cdef int set_register(ProgramData* data, Register* made, fields) except -1:
    kind, made.itemsize, made.place, made.is_float = fields
    made.kind = REGISTER_KINDS[kind]
    made.block = -1
    if kind == "temporary":
        made.block = made.place
        data.n_blocks = max(data.n_blocks, made.place + 1)
    elif kind == "row":
        data.whole_rows = 1
    elif kind == "columns":
        data.has_columns = 1
    elif kind == "bounds":
        data.bounds = made.place
    return 0


cdef int set_instruction(ProgramData* data, Instruction* made, fields) except -1:
    cdef kg_columns some
    kind, shape, name, itemsize, target, a, b, c = fields
    for register in (target, a, b, c):
        if not -1 <= register < data.n_registers:
            raise ValueError(f"there is no register {register}")
    made.kind = INSTRUCTION_KINDS[kind]
    made.shape = SHAPES[shape]
    made.itemsize = itemsize
    made.target, made.a, made.b, made.c = target, a, b, c
    if data.bounds < 0 and (kind in OF_SEGMENTS or made.shape in (SEGMENT_FULL, SEGMENT_ROW)):
        raise ValueError(f"{kind} of {shape} elements in a program without bounds")
    if data.bounds >= 0 and made.shape == NARROW:
        raise ValueError(f"{kind} of {shape} elements in a program with bounds")
    if made.shape == NARROW:
        data.has_narrow = 1
    if kind == "loop":
        lookup_loop(name, &made.loop)
    elif kind in ("reduce", "reduce_rows"):
        lookup_reduce(name, &made.reduce, &made.reduce_rows, &some)
    elif kind in ("rowwise", "rowwise_rows"):
        made.rowwise, made.rowwise_rows = find_rowwise(name), find_rowwise_ragged(name)
    elif kind == "weigh_rows":
        made.weigh_rows = find_weigh(name)
    elif kind == "top":
        made.top = find_top(name)
    elif kind == "order":
        if b < 0 or data.registers[b].kind != TEMPORARY:
            raise ValueError("an order needs a temporary beside what it reads")
        made.order = find_order(name)
    if kind != "loop" or shape != "full":
        data.whole_rows = 1
    return 0


cdef int set_chains(ProgramData* data, registers, instructions) except -1:
    cdef const Instruction* it
    temporary = [at for at in range(len(registers)) if registers[at][0] == "temporary"]
    chains = chains_of(registers, instructions)
    data.chains = <Chain*> calloc(len(chains) + 1, sizeof(Chain))
    if data.chains == NULL:
        raise MemoryError
    for first, stop, dtype, links in chains:
        data.instructions[first].chain = &data.chains[data.n_chains]
        data.n_chains += 1
        make_chain(data.instructions[first].chain, dtype, links, temporary, stop)
    it = &data.instructions[0]
    data.is_one_chain = (it.chain != NULL and it.chain.stop == data.n_instructions
                         and it.shape == FULL)
    return 0


cdef class Program:
    """A program, checked and with its loops resolved.

    ``registers`` holds (kind, itemsize, place, is_float); ``instructions`` holds
    (kind, shape, loop name, itemsize, target, a, b, c) with -1 for an operand that is not there.
    """

    def __init__(self, registers, instructions):
        cdef ProgramData* data = <ProgramData*> calloc(1, sizeof(ProgramData))
        if data == NULL:
            raise MemoryError
        self.data = data
        data.bounds = -1
        data.n_registers = len(registers)
        data.n_instructions = len(instructions)
        data.registers = <Register*> calloc(len(registers) + 1, sizeof(Register))
        data.instructions = <Instruction*> calloc(len(instructions) + 1, sizeof(Instruction))
        if data.registers == NULL or data.instructions == NULL:
            raise MemoryError
        for number, fields in enumerate(registers):
            set_register(data, &data.registers[number], fields)
        for number in range(data.n_registers):
            if data.registers[number].kind in (COLUMNS, SCALAR, SIZE):
                data.registers[number].block = data.n_blocks
                data.n_blocks += 1
        for number, fields in enumerate(instructions):
            set_instruction(data, &data.instructions[number], fields)
        if has_chains():
            set_chains(data, registers, instructions)

    def __dealloc__(self):
        cdef ProgramData* data = <ProgramData*> self.data
        if data != NULL:
            for number in range(data.n_chains):
                free_chain(&data.chains[number])
            free(data.chains)
            free(data.registers)
            free(data.instructions)
            free(data)

    cdef int64_t scratch_bytes(self, int64_t elements) noexcept nogil:
        cdef ProgramData* data = <ProgramData*> self.data
        return (data.n_blocks * block_bytes(elements)
                + data.n_registers * <int64_t> sizeof(char*) + 64)


cdef inline int64_t block_bytes(int64_t elements) noexcept nogil:
    """Bytes of a block that holds a row, or a segment, of so many elements."""
    cdef int64_t most = elements if elements > BLOCK_ELEMENTS else BLOCK_ELEMENTS
    return (most * 8 + 63) & ~<int64_t> 63


cdef inline char* operand(char** register, int32_t number) noexcept nogil:
    return register[number] if number >= 0 else NULL


cdef void run_chain(const ProgramData* p, const Chain* chain, int32_t first, char** register,
                    int64_t count, bint streams) noexcept nogil:
    """The instructions of a chain on so many elements: whole strips, then the rest by loops."""
    cdef int64_t bytes = count * chain.itemsize, whole = bytes & -chain.strip_bytes
    cdef int32_t i
    cdef const Instruction* it
    if whole:
        chain.run(chain.streaming if streams else chain.links, register, whole)
    if whole == bytes:
        return
    cdef int64_t rest = (bytes - whole) // chain.itemsize
    for i in range(first, chain.stop):
        it = &p.instructions[i]
        it.loop(register[it.target] + whole, behind(register, it.a, whole),
                behind(register, it.b, whole), behind(register, it.c, whole), rest)


cdef inline char* behind(char** register, int32_t number, int64_t bytes) noexcept nogil:
    return register[number] + bytes if number >= 0 else NULL


cdef void run_tile(const ProgramData* p, char** register, const Tile* tile) noexcept nogil:
    """All instructions, once, on registers that are set."""
    cdef int32_t i = 0
    cdef const Instruction* it
    cdef char* target
    cdef char* a
    cdef char* b
    cdef int64_t rows, width
    if p.is_one_chain:
        run_chain(p, p.instructions[0].chain, 0, register, tile.rows * tile.columns, tile.streams)
        return
    cdef int64_t rows_of[N_SHAPES]
    cdef int64_t width_of[N_SHAPES]
    rows_of[FULL] = rows_of[ROW] = rows_of[NARROW] = tile.rows
    rows_of[SEGMENT_FULL] = rows_of[SEGMENT_ROW] = tile.segments
    width_of[FULL] = width_of[SEGMENT_FULL] = tile.columns
    width_of[ROW] = width_of[SEGMENT_ROW] = 1
    width_of[NARROW] = tile.narrow
    while i < p.n_instructions:
        it = &p.instructions[i]
        rows, width = rows_of[it.shape], width_of[it.shape]
        if it.chain != NULL and rows * width * it.chain.itemsize >= it.chain.strip_bytes:
            run_chain(p, it.chain, i, register, rows * width, tile.streams)
            i = it.chain.stop
            continue
        i += 1
        target, a, b = register[it.target], operand(register, it.a), operand(register, it.b)
        if it.kind == LOOP:
            it.loop(target, a, b, operand(register, it.c), rows * width)
        elif it.kind == REDUCE:
            it.reduce(target, a, rows, width, 1)
        elif it.kind == EXPAND:
            expand(target, a, it.itemsize, rows, width)
        elif it.kind == REDUCE_ROWS:
            it.reduce_rows(target, a, tile.bounds, tile.segments, width)
        elif it.kind == ROWWISE:
            it.rowwise(target, a, b, rows, width)
        elif it.kind == ROWWISE_ROWS:
            it.rowwise_rows(target, a, b, tile.bounds, tile.segments)
        elif it.kind == WEIGH_ROWS:
            it.weigh_rows(target, a, b, tile.bounds, tile.segments, width)
        elif it.kind == TOP:
            it.top(target, a, rows, tile.columns, width)
        elif it.kind == ORDER:
            it.order(target, a, b, rows, width)
        elif it.kind == PICK:
            pick(target, a, <const int32_t*> b, it.itemsize, tile.rows, tile.columns, width)
        else:
            repeat_rows(target, a, it.itemsize * width, it.itemsize, tile.bounds, tile.segments)


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
    cdef int64_t number
    cdef char* item = <char*> &number
    for i in range(p.n_registers):
        r = &p.registers[i]
        if r.block < 0:
            continue
        register[i] = blocks + r.block * block
        if r.kind == SCALAR:
            fill(register[i], context.memory[step.buffer[r.place]], r.itemsize, count)
        elif r.kind == COLUMNS:
            repeat(register[i], context.memory[step.buffer[r.place]], columns * r.itemsize, rows)
        elif r.kind == SIZE:
            write_size(item, r, context.size[step.slot[r.place]])
            fill(register[i], item, r.itemsize, count)


cdef inline void point(const ProgramData* p, const Step* step, const Context* context,
                       char** register, int64_t row, int64_t columns, int64_t narrow,
                       int64_t segment) noexcept nogil:
    """Set the registers in memory to where a tile begins."""
    cdef int32_t i
    cdef const Register* r
    cdef int64_t at
    for i in range(p.n_registers):
        r = &p.registers[i]
        if r.kind == FULL:
            at = row * columns
        elif r.kind == ROW:
            at = row
        elif r.kind == NARROW:
            at = row * narrow
        elif r.kind == SEGMENT_FULL:
            at = segment * columns
        elif r.kind == SEGMENT_ROW:
            at = segment
        else:
            continue
        register[i] = context.memory[step.buffer[r.place]] + at * r.itemsize


cdef void run_program(const Step* step, const Context* context,
                      int64_t first, int64_t last) noexcept nogil:
    """Run the step's program on its rows, or segments, first .. last.

    Slot 0 holds the number of columns; slot 1, with bounds, how many rows a segment has at most, or
    how many columns narrow elements have, which is no more than all.
    """
    cdef const ProgramData* p = <const ProgramData*> step.program
    cdef int64_t columns = context.size[step.slot[0]], narrow
    cdef char** register = <char**> context.scratch
    cdef char* blocks = context.scratch + ((p.n_registers * sizeof(char*) + 63) & ~<size_t> 63)
    cdef int64_t block = block_bytes(columns)
    if first >= last:
        return
    if p.bounds >= 0:
        block = block_bytes(max(columns, <int64_t> 1) * max(context.size[step.slot[1]], <int64_t> 1))
        run_segments(p, step, context, register, blocks, block, first, last, columns)
    elif p.whole_rows:
        narrow = context.size[step.slot[1]] if p.has_narrow else 0
        run_rows(p, step, context, register, blocks, block, first, last, columns, narrow)
    elif columns == 0:
        return
    elif p.has_columns and columns <= BLOCK_ELEMENTS:
        run_rows(p, step, context, register, blocks, block, first, last, columns, 0)
    elif p.has_columns:
        run_column_chunks(p, step, context, register, blocks, block, first, last, columns)
    else:
        run_elements(p, step, context, register, blocks, block, first * columns, last * columns)


cdef inline int64_t rows_of_a_block(int64_t columns) noexcept nogil:
    if columns <= 1:
        return BLOCK_ELEMENTS
    return BLOCK_ELEMENTS // columns if columns < BLOCK_ELEMENTS else 1


cdef void run_rows(const ProgramData* p, const Step* step, const Context* context,
                   char** register, char* blocks, int64_t block, int64_t first, int64_t last,
                   int64_t columns, int64_t narrow) noexcept nogil:
    cdef int64_t per_tile = last - first, row = first
    if p.n_instructions > 1 or p.n_blocks:      # else nothing is held from one to the next
        per_tile = min(rows_of_a_block(columns), per_tile)
    cdef Tile tile = Tile(per_tile, columns, narrow, 0, NULL, 0)
    prepare(p, step, context, register, blocks, block, per_tile, columns,
            per_tile * (columns if columns > 1 else 1))
    while row < last:
        tile.rows = min(per_tile, last - row)
        point(p, step, context, register, row, columns, tile.narrow, 0)
        run_tile(p, register, &tile)
        row += tile.rows


cdef void run_segments(const ProgramData* p, const Step* step, const Context* context,
                       char** register, char* blocks, int64_t block, int64_t first, int64_t last,
                       int64_t columns) noexcept nogil:
    """Tiles of whole segments: as many as fit a block, or one that is longer."""
    cdef const int64_t* bounds = <const int64_t*> context.memory[step.buffer[p.bounds]]
    cdef int64_t per_tile = rows_of_a_block(columns), most, s = first, end
    cdef Tile tile = Tile(0, columns, 0, 0, NULL, 0)
    most = min(per_tile, max(bounds[last] - bounds[first], last - first))
    for end in range(first, last):
        most = max(most, bounds[end + 1] - bounds[end])
    prepare(p, step, context, register, blocks, block, most, columns,
            most * (columns if columns > 1 else 1))
    while s < last:
        end = s + 1
        while end < last and bounds[end + 1] - bounds[s] <= per_tile and end - s < per_tile:
            end += 1
        tile.rows, tile.segments, tile.bounds = bounds[end] - bounds[s], end - s, bounds + s
        point(p, step, context, register, bounds[s], columns, 0, s)
        run_tile(p, register, &tile)
        s = end


cdef inline int64_t past_a_line(const ProgramData* p, char** register) noexcept nogil:
    """How many elements of the result lie past the begin of a cache line: with a tile that is so
    much shorter, the next one begins on a line."""
    cdef const Instruction* it = &p.instructions[p.n_instructions - 1]
    return (<uintptr_t> register[it.target] & 63) // max(p.registers[it.target].itemsize, 1)


cdef inline bint streams(const ProgramData* p, const Step* step,
                         const Context* context) noexcept nogil:
    """Whether the whole of what the program makes is more than caches hold."""
    cdef int64_t rows = context.rows * context.size[step.rows_per_row]
    cdef int64_t bytes = rows * context.size[step.slot[0]] * p.registers[
        p.instructions[p.n_instructions - 1].target].itemsize
    return p.is_one_chain and bytes >= STREAM_BYTES


cdef void run_elements(const ProgramData* p, const Step* step, const Context* context,
                       char** register, char* blocks, int64_t block, int64_t first,
                       int64_t last) noexcept nogil:
    cdef int64_t at = first, count = min(<int64_t> BLOCK_ELEMENTS, last - first)
    cdef Tile tile = Tile(1, count, 0, 0, NULL, streams(p, step, context))
    prepare(p, step, context, register, blocks, block, 0, 0, count)
    while at < last:
        point(p, step, context, register, at, 1, 0, 0)
        tile.columns = last - at
        if last - at > count:
            tile.columns = count - past_a_line(p, register)
        run_tile(p, register, &tile)
        at += tile.columns
    if tile.streams:
        kg_streamed()


cdef void run_column_chunks(const ProgramData* p, const Step* step, const Context* context,
                            char** register, char* blocks, int64_t block, int64_t first,
                            int64_t last, int64_t columns) noexcept nogil:
    """Rows longer than a block, of which no instruction needs the whole."""
    cdef int64_t row, column
    cdef int32_t i
    cdef const Register* r
    cdef Tile tile = Tile(1, 0, 0, 0, NULL, 0)
    prepare(p, step, context, register, blocks, block, 0, columns, BLOCK_ELEMENTS)
    for row in range(first, last):
        column = 0
        while column < columns:
            tile.columns = min(columns - column, <int64_t> BLOCK_ELEMENTS)
            point(p, step, context, register, row * columns + column, 1, 0, 0)
            for i in range(p.n_registers):
                r = &p.registers[i]
                if r.kind == COLUMNS:
                    register[i] = context.memory[step.buffer[r.place]] + column * r.itemsize
            run_tile(p, register, &tile)
            column += tile.columns
