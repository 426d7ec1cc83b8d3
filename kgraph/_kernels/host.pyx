"""Host steps: an op without a kernel is computed by its NumPy reference, on views of the buffers."""

from libc.stdint cimport int32_t, int64_t

cimport cython
cimport numpy as cnp

from kgraph._kernels.step cimport Context, Step

cnp.import_array()


@cython.final
cdef class HostStep:
    """What a host step calls, and with what: the operands of a HostCall, then its symbols."""

    def __init__(self, function, call):
        self.function = function
        self.errors = {}
        self.dtypes = [type.dtype.num for type in call.types]
        self.ranks = [len(type.dims) for type in call.types]
        self.n_symbols = len(call.symbols)


cdef void run_host(const Step* step, const Context* context,
                   int64_t first, int64_t last) noexcept nogil:
    with gil:
        try:
            call_host(step, context)
        except BaseException as error:
            (<HostStep> step.program).errors[<size_t> context.fault] = error
            context.fault[0] = step.number + 1


cdef int call_host(const Step* step, const Context* context) except -1:
    cdef HostStep host = <HostStep> step.program
    cdef cnp.npy_intp dims[cnp.NPY_MAXDIMS]
    cdef int32_t number, axis, at = 0
    arrays = []
    for number in range(step.n_buffers):
        for axis in range(host.ranks[number]):
            dims[axis] = context.size[step.slot[at]]
            at += 1
        arrays.append(cnp.PyArray_SimpleNewFromData(
            host.ranks[number], dims, host.dtypes[number],
            <void*> context.memory[step.buffer[number]]))
    result = arrays.pop()
    for number in range(host.n_symbols):
        arrays.append(context.size[step.slot[at + number]])
    result[...] = host.function(*arrays)
    return 0


cdef object take_error(const Step* step, const int32_t* fault):
    if step.run != run_host:
        return None
    return (<HostStep> step.program).errors.pop(<size_t> fault)
