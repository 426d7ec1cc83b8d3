"""The plan executor, the one door to a plan: a call takes arrays, binds, runs and hands out arrays.

    tables.pyx     the plan as tables in C, read once
    binding.pyx    the sizes, checks and layout of a batch, kept while its shapes stay the same
    packing.pyx    where the slots of its arena begin
    running.pyx    regions, panels and threads
    recording.pyx  what a profiled call notes
    host.pyx       steps that call back into Python

Nothing is allocated but the outputs, once the arena has grown to the batch.
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free

cimport numpy as cnp
import numpy as np

from kgraph._kernels.binding cimport (
    BAD_NUMBERS, CONSTRAINT_BROKEN, FITS, NO_BROADCAST, TOO_LARGE, TOO_SHORT,
    Bound, Misfit, bind, rows_agree, takes_output, types_fit,
)
from kgraph._kernels.checks import require_indices, require_splits
from kgraph._kernels.host cimport take_error
from kgraph._kernels.linear cimport gemm_pack_f32, gemm_pack_f64
from kgraph._kernels.linear cimport gemm_packed_size_f32, gemm_packed_size_f64
from kgraph._kernels.pool cimport thread_limit
from kgraph._kernels.recording cimport Recorder, Recording
from kgraph._kernels.running cimport Arena, most_runs, run, threads_for
from kgraph._kernels.tables cimport ALIGNMENT, ArrayInfo, Tables, allocate

cnp.import_array()

cdef enum:
    MOST_RECENT = 7         # shapes kept beside the last: some KB for a plan of 100 buffers


cdef class Executor:
    """A plan, ready to run on batches of any size.

    Arguments are flat: one array for each input of the plan.  ``Executor`` is the base of
    ``runtime.CompiledGraph``, which turns what users hand in into such arrays, the outputs into
    what they expect, and a fault into an error in terms of their graph.
    """
    cdef readonly object plan
    cdef readonly tuple constants
    cdef public int threads
    cdef public bint plain              # arrays in, one array out: nothing to adapt or deliver
    cdef Tables tables
    cdef Bound last
    cdef list recent                    # other shapes bound of late
    cdef list arenas                    # those that no call is using
    cdef char** constant                # where each of `constants` lies

    def __cinit__(self):
        self.tables = Tables.__new__(Tables)    # of no plan, so that no method meets None
        self.arenas = []
        self.recent = []

    def __init__(self, plan, code, int n_slots, host_function, int threads=0):
        self.plan = plan
        self.constants = ()
        self.threads = threads
        self.plain = False
        self.last = None
        self.recent = []
        self.tables = Tables(plan, code, n_slots, host_function)
        free(self.constant)
        self.constant = <char**> allocate(len(plan.recipes), sizeof(char*))

    def __dealloc__(self):
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

    def share_memory(self, Executor other):
        """Work in the memory of ``other``: of two that never run in one call at the same time."""
        self.arenas = other.arenas

    @property
    def arena_bytes(self):
        """Bytes of working memory at the last batch's sizes: the arena, then each thread's part."""
        if self.last is None:
            return (0, 0)
        return (self.last.arena_bytes, self.last.thread_bytes)

    @property
    def held_bytes(self):
        """Bytes of the blocks of working memory that wait for a call."""
        cdef Arena arena
        total = 0
        for arena in self.arenas:
            total += arena.capacity
        return total

    @property
    def bound_sizes(self):
        """The plan's sizes at the last batch, in its order."""
        if self.last is None:
            return ()
        return tuple([self.last.size[i] for i in range(self.tables.n_sizes)])

    # -- calling -------------------------------------------------------------------------------

    def __call__(self, *inputs, out=None):
        cdef Misfit misfit
        cdef Bound bound
        if not (self.plain and types_fit(self.tables, inputs) and rows_agree(self.tables, inputs)):
            return self._call_adapted(inputs, out)
        if out is None:
            return self._run(inputs, None)
        bound = bind(self.tables, inputs, self.last, self.recent, &misfit)
        if (misfit.kind != FITS or self.plan.may_fail
                or not takes_output(self.tables, bound, out, inputs)):
            return self._call_adapted(inputs, out)
        return self._run_bound(bound, inputs, out, self._most_threads(), NULL)

    def _call_adapted(self, inputs, out):
        raise NotImplementedError

    def run(self, arrays, out=None):
        """Run on flat arrays of the right types; the outputs as a list.

        Errors    ValueError if sizes contradict each other, or bounds or indices are bad
        """
        arrays = tuple(arrays)
        if not types_fit(self.tables, arrays):
            raise TypeError("arrays of other types than the plan's inputs")
        result = self._run(arrays, out)
        return [result] if self.tables.n_outputs == 1 else result

    def run_if_plain(self, tuple arrays):
        """As ``run``, on arrays that need no conversion; None if they do."""
        if not types_fit(self.tables, arrays):
            return None
        result = self._run(arrays, None)
        return [result] if self.tables.n_outputs == 1 else result

    def record(self, arrays, Recorder recorder=None, int threads=0):
        """Run as ``run`` does, on at most ``threads`` threads unless that is 0.

        ``recorder`` notes when each step ran, and on which thread; without one the call is plain.
        """
        cdef tuple given = tuple(arrays)
        cdef Misfit misfit
        cdef Recording* recording = NULL
        if not types_fit(self.tables, given):
            raise TypeError("arrays of other types than the plan's inputs")
        cdef Bound bound = bind(self.tables, given, self.last, self.recent, &misfit)
        if misfit.kind != FITS:
            self._refuse(misfit, given, bound)
        cdef int most = threads if threads > 0 else self._most_threads()
        if recorder is not None:
            recorder.reserve(most_runs(self.tables, bound, threads_for(self.tables, bound, most)))
            recording = &recorder.recording
        result = self._run_bound(bound, given, None, most, recording)
        return [result] if self.tables.n_outputs == 1 else result

    cdef object _run(self, tuple arrays, out):
        cdef Misfit misfit
        cdef Bound bound = bind(self.tables, arrays, self.last, self.recent, &misfit)
        if misfit.kind != FITS:
            self._refuse(misfit, arrays, bound)
        return self._run_bound(bound, arrays, out, self._most_threads(), NULL)

    cdef object _run_bound(self, Bound bound, tuple arrays, out, int most, Recording* recording):
        """Run on arrays that fit; into ``out``, which fits too, unless it is None."""
        cdef int32_t fault = 0
        if bound is not self.last:
            self._keep(bound)
        cdef object result = self._new_outputs(bound) if out is None else out
        cdef int threads = threads_for(self.tables, bound, most)
        cdef Arena arena = self.arenas.pop() if self.arenas else Arena.__new__(Arena)
        # Another thread may set constants once the GIL is gone: these stay alive until we are done.
        cdef tuple constants = self.constants
        run(self.tables, bound, arena, self.constant, arrays, result, threads, &fault,
            recording)
        self.arenas.append(arena)
        if fault:
            self._raise(fault - 1, &fault)
        return result

    cdef int _keep(self, Bound bound) except -1:
        """Make ``bound`` the last one, and keep a few before it: batches often alternate."""
        cdef Py_ssize_t at
        for at in range(len(self.recent)):
            if self.recent[at] is bound:
                self.recent[at] = self.last
                self.last = bound
                return 0
        if self.last is not None:
            self.recent.append(self.last)
        if len(self.recent) > MOST_RECENT:
            del self.recent[0]
        self.last = bound
        return 0

    @property
    def bound_shapes(self):
        """How many shapes are kept bound."""
        return len(self.recent) + (self.last is not None)

    cdef object _new_outputs(self, Bound bound):
        cdef int32_t i
        if self.tables.n_outputs == 1:
            return new_array(&self.tables.outputs[0], bound)
        return [new_array(&self.tables.outputs[i], bound) for i in range(self.tables.n_outputs)]

    cdef int _most_threads(self) except -1:
        if self.threads > 0:
            return self.threads
        cdef int limit = thread_limit()
        return limit if limit > 0 else self._default_threads()

    def _default_threads(self):
        return 1

    # -- errors; CompiledGraph says them in terms of the graph ------------------------------------

    cdef int _raise(self, int32_t step, const int32_t* fault) except -1:
        error = take_error(&self.tables.steps[step], fault)
        if error is not None:
            raise error
        self._raise_fault(step)

    def _raise_fault(self, int number):
        raise IndexError(f"step {number} met a position outside its table")

    cdef int _refuse(self, Misfit misfit, tuple arrays, Bound bound) except -1:
        """Raise what is wrong with a batch."""
        if misfit.kind == TOO_SHORT:
            self._refuse_short(misfit.number, arrays)
        if misfit.kind == NO_BROADCAST:
            self._refuse_broadcast(arrays)
        if misfit.kind == CONSTRAINT_BROKEN:
            self._refuse_constraint(misfit.number, arrays)
        if misfit.kind == BAD_NUMBERS:
            self._explain_numbers(self.plan.checks[misfit.number], arrays, bound)
        if misfit.kind == TOO_LARGE:
            self._refuse_large(arrays)
        self._refuse_shapes(arrays, bound)
        raise AssertionError("a batch was refused, and nothing is wrong with it")

    def _refuse_short(self, number, arrays):
        raise ValueError(f"input {number} has shape {arrays[number].shape}: it is too short")

    def _refuse_broadcast(self, arrays):
        raise ValueError(f"shapes {[array.shape for array in arrays]} cannot be broadcast")

    def _refuse_constraint(self, number, arrays):
        raise ValueError(f"{self.plan.constraints[number].label}: sizes do not agree")

    def _refuse_large(self, arrays):
        raise ValueError(f"shapes {[array.shape for array in arrays]} make sizes of over 64 bits")

    def _refuse_shapes(self, arrays, Bound bound):
        for number, slots in enumerate(self.plan.input_dims):
            expected = tuple([bound.size[<int32_t> slot] for slot in slots])
            if arrays[number].shape != expected:
                self._refuse_shape(number, arrays, expected)

    def _refuse_shape(self, number, arrays, expected):
        raise ValueError(f"input {number} has shape {arrays[number].shape}, expected {expected}")

    def _explain_numbers(self, check, arrays, Bound bound):
        """Say in words what the check in C found."""
        if check.kind == "ids":
            self._refuse_ids(check, arrays, bound.size[<int32_t> check.total])
        require = require_splits if check.kind == "splits" else require_indices
        try:
            require(arrays[check.input], bound.size[<int32_t> check.total])
        except ValueError as error:
            self._refuse_numbers(check.input, error)
        raise ValueError(f"input {check.input} changed while it was being read")

    def _refuse_numbers(self, number, error):
        raise error

    def _refuse_ids(self, check, arrays, total):
        raise ValueError(f"{check.label}: input {check.input} has ids outside the table")


cdef object new_array(const ArrayInfo* info, Bound bound):
    cdef cnp.npy_intp dims[cnp.NPY_MAXDIMS]
    cdef int32_t axis
    for axis in range(info.ndim):
        dims[axis] = bound.size[info.dims[axis]]
    return cnp.PyArray_EMPTY(info.ndim, dims, info.type_number, 0)


# A keyword that is unknown ends in an error of Python's own, before `Executor.__call__` is reached,
# and `**unknown` there would cost each call 40 to 90 ns, a fifth of a small one.  So the slot behind
# calls of a subclass looks at the keywords first, if there are any: 1 ns.

cdef extern from "Python.h":
    ctypedef PyObject* (*Caller "ternaryfunc")(PyObject*, PyObject*, PyObject*) except NULL
    ctypedef struct CallableType "PyTypeObject":
        Caller tp_call
    void PyType_Modified(CallableType*)

cdef Caller call_of_executor = (<CallableType*> Executor).tp_call


def telling_keywords(type cls):
    """Let calls of ``cls`` hand unknown keywords to its ``_refuse_keywords``.

    Decorates subclasses, each anew: Python gives them the slot of ``Executor``.  One that is called
    in a way of its own stays as it is.
    """
    if (<CallableType*> cls).tp_call == call_of_executor:
        (<CallableType*> cls).tp_call = call_with_known_keywords
        PyType_Modified(<CallableType*> cls)
    return cls


cdef PyObject* call_with_known_keywords(
    PyObject* graph, PyObject* inputs, PyObject* keywords
) except NULL:
    if keywords != NULL and not (len(<dict> keywords) == 1 and "out" in <dict> keywords):
        unknown = [name for name in <dict> keywords if name != "out"]
        if unknown:
            (<object> graph)._refuse_keywords(unknown)
    return call_of_executor(graph, inputs, keywords)


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
