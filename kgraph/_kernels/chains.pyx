"""Chains: runs of cheap elementwise instructions that go by in vector registers (``chain.h``).

    r3 = mul(r0, r1)    r4 = add(r3, r2)    r5 = relu(r4)
    →
    load_far r0 | mul r1 | add r2 | relu | store r5

What an instruction makes stays in registers for the next one.  It is stored if it lies in memory
that others see, or if an instruction reads it that is not the next.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free

from kgraph._kernels.linear import TARGETS

cdef extern from "cpu.h" nogil:
    int kg_cpu_target() noexcept

cdef extern from "chain.h" nogil:
    ctypedef struct kg_link_entry:
        const char* name
        link_fn run
    ctypedef struct kg_chain_kind:
        kg_chain run
        int64_t strip_bytes
        const kg_link_entry* links
    const kg_chain_kind* kg_chain_of(int target, int is_double)


cdef enum:
    MOST_REGISTERS = 16     # in tests

cdef int TARGET = max(kg_cpu_target(), 0)   # an unknown one is refused where loops are chosen
DTYPES = {"f32": 0, "f64": 1}
# Instructions that are several links: the first takes two operands, what it leaves goes on.
_SEVERAL = {"multiply_add": ("mul", "add"), "add_relu": ("add", "relu")}
_UNARY = frozenset(("neg", "abs", "square", "reciprocal", "relu"))
_COMMUTATIVE = frozenset(("add", "mul"))
_BINARY = _COMMUTATIVE | frozenset(("sub", "div", "maximum", "minimum"))
_OPS = _UNARY | _BINARY | _SEVERAL.keys()
_BETWEEN = -2   # in place of a register: what one link leaves for the next of its instruction


def chains_of(registers, instructions):
    """The chains of a program: (first instruction, the one behind the last, dtype, links).

    A link is (name, register), with -1 where it has no operand.
    """
    found = []
    first = 0
    while first < len(instructions):
        kind, stop = _kind(instructions[first]), first + 1
        while kind and stop < len(instructions) and _kind(instructions[stop]) == kind:
            stop += 1
        if stop - first > 1:
            links = _links(instructions[first:stop])
            read = _read_before_written(instructions[stop:])
            links = _without_needless(links, registers, read)
            found.append((first, stop, kind[0], _with_far_loads(links, registers)))
        first = stop
    return found


def _kind(instruction):
    """What the instructions of a chain have in common; None for one that no link computes."""
    kind, shape, name = instruction[:3]
    op, _, dtype = name.rpartition("_")
    if kind != "loop" or dtype not in DTYPES or op not in _OPS:
        return None
    return dtype, shape


def _links(instructions):
    """The links of all these instructions, every result stored."""
    links = []
    held = None                 # the register whose value goes by
    for _, _, name, _, target, *operands in instructions:
        op = name.rpartition("_")[0]
        for part in _SEVERAL.get(op, (op,)):
            count = 1 if part in _UNARY else 2
            links += _link(part, held, *operands[:count])
            operands = [_BETWEEN, *operands[count:]]
            held = _BETWEEN
        links.append(("store", target))
        held = target
    return links


def _link(op, held, a, b=-1):
    """What computes ``op`` of two registers, or one, while the value of ``held`` goes by."""
    if b == held != a:
        return [(op if op in _COMMUTATIVE else op + "_of", a)]
    return [(op, b)] if a == held else [("load", a), (op, b)]


def _read_before_written(instructions):
    """The registers that these instructions read before one of them writes there."""
    read = set()
    for *_, target, a, b, c in reversed(instructions):
        read = (read - {target}) | {a, b, c}
    return read


def _without_needless(links, registers, read):
    """Without stores to temporaries that are not read from there; ``read`` later on are these."""
    kept = []
    read = set(read)
    for name, register in reversed(links):
        if name == "store" and registers[register][0] == "temporary":
            if register not in read:
                continue
            read.remove(register)
        elif name != "store":
            read.add(register)
        kept.append((name, register))
    return kept[::-1]


def _with_far_loads(links, registers):
    """What stands in memory is fetched ahead where it is first read."""
    far = {at for at, (kind, *_) in enumerate(registers) if kind == "full"}
    found = []
    for name, register in links:
        found.append(("load_far" if name == "load" and register in far else name, register))
        far.discard(register)
    return found


cdef int make_chain(Chain* made, str dtype, links, temporary, int stop) except -1:
    cdef const kg_chain_kind* kind = kg_chain_of(TARGET, DTYPES[dtype])
    made.run, made.strip_bytes = kind.run, kind.strip_bytes
    made.itemsize = 8 if DTYPES[dtype] else 4
    made.stop = stop
    made.links = resolved(kind, links)
    made.streaming = resolved(kind, [
        ("stream" if name == "store" and register not in temporary else name, register)
        for name, register in links])
    return 0


cdef void free_chain(Chain* chain) noexcept:
    free(chain.links)
    free(chain.streaming)


cdef kg_link* resolved(const kg_chain_kind* kind, links) except NULL:
    """The links in C, behind the last of them ``end``."""
    cdef kg_link* made = <kg_link*> calloc(len(links) + 1, sizeof(kg_link))
    cdef int place
    if made == NULL:
        raise MemoryError
    for place, (name, register) in enumerate([*links, ("end", -1)]):
        made[place].run, made[place].operand = find_link(kind, name.encode()), register
    return made


cdef link_fn find_link(const kg_chain_kind* kind, bytes name) except NULL:
    cdef const kg_link_entry* entry = kind.links
    while entry.name != NULL:
        if entry.name == name:
            return entry.run
        entry += 1
    raise KeyError(name.decode())


def has_chains():
    """Whether this build has vectors to run chains on."""
    return kg_chain_of(TARGET, 0) != NULL


def link_names():
    """The links of chains; none in a build without vectors."""
    names = []
    if not has_chains():
        return ()
    cdef const kg_link_entry* entry = kg_chain_of(TARGET, 0).links
    while entry.name != NULL:
        names.append(entry.name.decode())
        entry += 1
    return tuple(names)


def run_links(str dtype, links, arrays, *, str target):
    """Run links on whole strips of ``arrays``, which are its registers, and leave the rest alone.

    The arrays are contiguous, of one size, and of ``dtype`` ("f32" or "f64").  Returns how many
    elements of each were worked on.

    Errors    ValueError for operands or arrays that do not fit, KeyError for a link there is not
    """
    cdef const kg_chain_kind* kind = kg_chain_of(TARGETS.index(target), DTYPES[dtype])
    cdef char* registers[MOST_REGISTERS]
    cdef char[::1] view
    cdef int64_t size = arrays[0].nbytes
    if len(arrays) > MOST_REGISTERS:
        raise ValueError(f"at most {MOST_REGISTERS} registers")
    for name, register in links:
        if name == "end" or not -1 <= register < len(arrays) or (register < 0) != (name in _UNARY):
            raise ValueError(f"link {name} has no operand {register}")
    for number, array in enumerate(arrays):
        if array.nbytes != size or array.dtype.itemsize != (8 if DTYPES[dtype] else 4):
            raise ValueError("registers are arrays of one size and dtype")
        view = array.reshape(-1).view("b")
        registers[number] = &view[0] if size else NULL
    cdef kg_link* made = resolved(kind, links)
    kind.run(made, registers, size & -kind.strip_bytes)
    kg_streamed()
    free(made)
    return (size & -kind.strip_bytes) // arrays[0].dtype.itemsize
