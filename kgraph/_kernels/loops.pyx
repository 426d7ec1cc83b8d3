"""Elementwise loops and reductions of the block VM, compiled once per instruction set.

The loops stand in ``loops.h``; other kernels get them as C pointers by name (``loops.pxd``), tests
run them one by one through the functions here.  The environment variable ``KGRAPH_CPU`` (``base``,
``v3`` or ``v4``) picks the instruction set at import; without it the newest that this machine has.
"""

import os

import numpy as np

from libc.stdint cimport int64_t, uintptr_t


cdef extern from "loops.h" nogil:
    ctypedef struct kg_loop_entry:
        const char* name
        int arity
        kg_loop fn

    ctypedef struct kg_reduce_entry:
        const char* name
        kg_reduce uniform
        kg_segment ragged
        kg_columns some

    ctypedef struct kg_rowwise_entry:
        const char* name
        kg_rowwise uniform
        kg_rowwise_ragged ragged
        kg_weigh weigh
        kg_top top
        kg_order order

    const kg_loop_entry* kg_loop_table(int target, int* count)
    const kg_reduce_entry* kg_reduce_table(int target, int* count)
    const kg_rowwise_entry* kg_rowwise_table(int target, int* count)
    int kg_target_supported(int target)


_TARGETS = ("base", "v3", "v4")
_DTYPES = {
    "b1": np.dtype(np.bool_), "f16": np.dtype(np.float16),
    "i8": np.dtype(np.int8), "i16": np.dtype(np.int16),
    "i32": np.dtype(np.int32), "i64": np.dtype(np.int64),
    "u8": np.dtype(np.uint8), "u16": np.dtype(np.uint16),
    "u32": np.dtype(np.uint32), "u64": np.dtype(np.uint64),
    "f32": np.dtype(np.float32), "f64": np.dtype(np.float64),
}
_BOOLEAN_RESULT = frozenset((
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "isnan", "isinf", "isfinite",
))


def targets():
    """Instruction sets that this machine runs, oldest first."""
    return tuple(name for i, name in enumerate(_TARGETS) if kg_target_supported(i))


def _chosen_target():
    forced = os.environ.get("KGRAPH_CPU")
    if not forced:
        return max(_TARGETS.index(name) for name in targets())
    if forced not in _TARGETS:
        raise ImportError(f"KGRAPH_CPU={forced!r} is no instruction set; "
                          f"take one of {', '.join(_TARGETS)}")
    if forced not in targets():
        raise ImportError(f"KGRAPH_CPU={forced!r} needs instructions that this machine lacks; "
                          f"it runs {', '.join(targets())}")
    return _TARGETS.index(forced)


cdef int _target = _chosen_target()


def _index_loops():
    cdef int count, i
    cdef const kg_loop_entry* table = kg_loop_table(0, &count)
    return {table[i].name.decode(): i for i in range(count)}


def _index_reduces():
    cdef int count, i
    cdef const kg_reduce_entry* table = kg_reduce_table(0, &count)
    return {table[i].name.decode(): i for i in range(count)}


def _index_rowwise():
    cdef int count, i
    cdef const kg_rowwise_entry* table = kg_rowwise_table(0, &count)
    return {table[i].name.decode(): i for i in range(count)}


# Name to place in the table; the tables of all targets have one order.
cdef dict _loops = _index_loops()
cdef dict _reduces = _index_reduces()
cdef dict _rowwise = _index_rowwise()


cdef int _place(dict table, str name) except -1:
    if name not in table:
        raise KeyError(f"there is no loop {name!r}")
    return table[name]


cdef int lookup_loop(str name, kg_loop* fn) except -1:
    cdef int count
    cdef const kg_loop_entry* table = kg_loop_table(_target, &count)
    cdef int index = _place(_loops, name)
    fn[0] = table[index].fn
    return table[index].arity


cdef int lookup_reduce(
        str name, kg_reduce* uniform, kg_segment* ragged, kg_columns* some) except -1:
    cdef int count
    cdef const kg_reduce_entry* table = kg_reduce_table(_target, &count)
    cdef int index = _place(_reduces, name)
    uniform[0] = table[index].uniform
    ragged[0] = table[index].ragged
    some[0] = table[index].some
    return 0


cdef const kg_rowwise_entry* _over_rows(str name, int target) except NULL:
    """The loops of that name, of which those of other kinds are NULL."""
    cdef int count
    return &kg_rowwise_table(target, &count)[_place(_rowwise, name)]


cdef kg_rowwise find_rowwise(str name, int target=_target) except NULL:
    cdef kg_rowwise found = _over_rows(name, target).uniform
    if found == NULL:
        raise KeyError(f"{name!r} makes no rows of rows")
    return found


cdef kg_rowwise_ragged find_rowwise_ragged(str name, int target=_target) except NULL:
    cdef kg_rowwise_ragged found = _over_rows(name, target).ragged
    if found == NULL:
        raise KeyError(f"{name!r} makes no rows of rows")
    return found


cdef kg_weigh find_weigh(str name, int target=_target) except NULL:
    cdef kg_weigh found = _over_rows(name, target).weigh
    if found == NULL:
        raise KeyError(f"{name!r} weighs nothing")
    return found


cdef kg_top find_top(str name, int target=_target) except NULL:
    cdef kg_top found = _over_rows(name, target).top
    if found == NULL:
        raise KeyError(f"{name!r} finds no greatest elements")
    return found


cdef kg_order find_order(str name, int target=_target) except NULL:
    cdef kg_order found = _over_rows(name, target).order
    if found == NULL:
        raise KeyError(f"{name!r} sorts nothing")
    return found


def target():
    """The instruction set that this process uses."""
    return _TARGETS[_target]


def loop_names():
    """Names of all elementwise loops, ``<op>_<dtype>`` or ``cast_<source>_<destination>``."""
    return tuple(_loops)


def reduce_names():
    """Names of all reductions, ``<op>_<dtype>``."""
    return tuple(_reduces)


def rowwise_names():
    """Names of all loops that make rows of rows, ``<op>_<dtype>``."""
    return _names_of("uniform")


def weigh_names():
    """Names of all loops that weigh the items of ragged rows, ``<op>_<dtype>``."""
    return _names_of("weigh")


def top_names():
    """Names of all loops that find the greatest elements of rows, ``top_positions_<dtype>``."""
    return _names_of("top")


def order_names():
    """Names of all loops that sort rows or find their order, ``<op>_<dtype>``."""
    return _names_of("order")


cdef tuple _names_of(str kind):
    cdef int count, i
    cdef const kg_rowwise_entry* table = kg_rowwise_table(0, &count)
    names = {"uniform": [], "weigh": [], "top": [], "order": []}
    for i in range(count):
        own = ("uniform" if table[i].uniform != NULL else "weigh" if table[i].weigh != NULL
               else "top" if table[i].top != NULL else "order")
        names[own].append(table[i].name.decode())
    return tuple(names[kind])


def loop_signature(str name):
    """Dtypes of an elementwise loop: of its result, and a tuple of its arguments'.

    >>> loop_signature("less_f32")
    (dtype('bool'), (dtype('float32'), dtype('float32')))
    """
    cdef int count
    cdef int index = _place(_loops, name)
    cdef int arity = kg_loop_table(0, &count)[index].arity
    op, _, tag = name.rpartition("_")
    if op.startswith("cast_"):
        return _DTYPES[tag], (_DTYPES[op[5:]],)
    dtype = _DTYPES[tag]
    if op == "where":
        return dtype, (_DTYPES["b1"], dtype, dtype)
    return _DTYPES["b1"] if op in _BOOLEAN_RESULT else dtype, (dtype,) * arity


def reduce_signature(str name):
    """Dtypes of a reduction: of its result and of its argument."""
    op, _, tag = name.rpartition("_")
    _place(_reduces, name)
    return _DTYPES["i64" if op.startswith("arg") else tag], _DTYPES[tag]


cdef int _target_index(name) except -1:
    if name is None:
        return _target
    if name not in targets():
        raise ValueError(f"target {name!r} does not run here; take one of {', '.join(targets())}")
    return _TARGETS.index(name)


cdef uintptr_t _address(array, dtype, tuple shape, str role, bint writable=False) except? 0:
    """Data address of an array that a loop may touch, aligned or not."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != shape:
        got = type(array).__name__
        if isinstance(array, np.ndarray):
            got = f"{array.dtype}{array.shape}"
        raise TypeError(f"{role} must be an array {dtype}{shape}, got {got}")
    if not array.flags.c_contiguous:
        raise TypeError(f"{role} must be C-contiguous")
    if writable and not array.flags.writeable:
        raise TypeError(f"{role} is read-only")
    return <uintptr_t>array.__array_interface__["data"][0]


def run_loop(str name, out, a, b=None, c=None, *, target=None):
    """Run one elementwise loop on 1-D contiguous arrays of equal length.

    >>> out = np.empty(3, np.float32)
    >>> run_loop("add_f32", out, np.float32([1, 2, 3]), np.float32([4, 5, 6]))
    >>> out
    array([5., 7., 9.], dtype=float32)
    """
    cdef int count
    result, arguments = loop_signature(name)
    given = [x for x in (a, b, c) if x is not None]
    if len(given) != len(arguments):
        raise TypeError(f"{name} takes {len(arguments)} arrays, got {len(given)}")
    shape = (len(out),)
    cdef uintptr_t[3] address = [0, 0, 0]
    for i, (array, dtype) in enumerate(zip(given, arguments)):
        address[i] = _address(array, dtype, shape, "abc"[i])
    cdef uintptr_t result_address = _address(out, result, shape, "out", True)
    cdef kg_loop fn = kg_loop_table(_target_index(target), &count)[<int>_loops[name]].fn
    cdef int64_t n = len(out)
    with nogil:
        fn(<void*>result_address, <void*>address[0], <void*>address[1], <void*>address[2], n)


def run_reduce(str name, out, a, *, target=None):
    """Reduce ``a`` (rows, length, inner) along its middle axis into ``out`` (rows, inner)."""
    cdef int count
    result, dtype = reduce_signature(name)
    if getattr(a, "ndim", 0) != 3:
        raise TypeError("a must be an array of shape (rows, length, inner)")
    cdef int64_t rows = a.shape[0], length = a.shape[1], inner = a.shape[2]
    cdef uintptr_t source = _address(a, dtype, (rows, length, inner), "a")
    cdef uintptr_t destination = _address(out, result, (rows, inner), "out", True)
    cdef kg_reduce fn = kg_reduce_table(_target_index(target), &count)[<int>_reduces[name]].uniform
    with nogil:
        fn(<void*>destination, <void*>source, rows, length, inner)


def run_segment(str name, out, a, bounds, *, target=None):
    """Reduce the rows ``a[bounds[r] - bounds[0] : bounds[r + 1] - bounds[0]]`` into ``out[r]``.

    ``a`` is (items, inner), ``bounds`` int64 (rows + 1,) and monotone, ``out`` (rows, inner).
    """
    cdef int count
    result, dtype = reduce_signature(name)
    if getattr(a, "ndim", 0) != 2 or getattr(bounds, "ndim", 0) != 1 or not len(bounds):
        raise TypeError("a must be (items, inner) and bounds (rows + 1,)")
    cdef int64_t rows = len(bounds) - 1, inner = a.shape[1]
    cdef uintptr_t splits = _address(bounds, np.dtype(np.int64), (rows + 1,), "bounds")
    if (np.diff(bounds) < 0).any() or bounds[rows] - bounds[0] != a.shape[0]:
        raise ValueError("bounds must not decrease and must cover the items of a")
    cdef uintptr_t source = _address(a, dtype, (a.shape[0], inner), "a")
    cdef uintptr_t destination = _address(out, result, (rows, inner), "out", True)
    cdef kg_segment fn = kg_reduce_table(_target_index(target), &count)[<int>_reduces[name]].ragged
    with nogil:
        fn(<void*>destination, <void*>source, <const int64_t*>splits, rows, inner)


cdef _rows_dtype(str name):
    return _DTYPES[name.rpartition("_")[2]]


def run_rowwise(str name, out, a, b=0.0, *, target=None):
    """Each row of ``a`` (rows, length) to the same row of ``out``, which may be ``a``.

    ``b`` is a number that the loop may want.
    """
    cdef kg_rowwise fn = find_rowwise(name, _target_index(target))
    dtype = _rows_dtype(name)
    if getattr(a, "ndim", 0) != 2:
        raise TypeError("a must be an array of shape (rows, length)")
    cdef int64_t rows = a.shape[0], length = a.shape[1]
    number = np.asarray(b, dtype)
    cdef uintptr_t source = _address(a, dtype, (rows, length), "a")
    cdef uintptr_t other = _address(number, dtype, (), "b")
    cdef uintptr_t destination = _address(out, dtype, (rows, length), "out", True)
    with nogil:
        fn(<void*>destination, <void*>source, <void*>other, rows, length)


cdef _check_bounds(bounds, int64_t items):
    if getattr(bounds, "ndim", 0) != 1 or not len(bounds):
        raise TypeError("bounds must be (rows + 1,)")
    if (np.diff(bounds) < 0).any() or bounds[len(bounds) - 1] - bounds[0] != items:
        raise ValueError("bounds must not decrease and must cover the items of a")


def run_rowwise_ragged(str name, out, a, bounds, b=0.0, *, target=None):
    """As ``run_rowwise`` for the rows ``a[bounds[r] - bounds[0] : bounds[r + 1] - bounds[0]]``.

    ``a`` and ``out`` are (items,), ``bounds`` int64 (rows + 1,) and monotone.
    """
    cdef kg_rowwise_ragged fn = find_rowwise_ragged(name, _target_index(target))
    dtype = _rows_dtype(name)
    if getattr(a, "ndim", 0) != 1:
        raise TypeError("a must be (items,)")
    _check_bounds(bounds, a.shape[0])
    number = np.asarray(b, dtype)
    cdef int64_t rows = len(bounds) - 1
    cdef uintptr_t splits = _address(bounds, np.dtype(np.int64), (rows + 1,), "bounds")
    cdef uintptr_t source = _address(a, dtype, a.shape, "a")
    cdef uintptr_t other = _address(number, dtype, (), "b")
    cdef uintptr_t destination = _address(out, dtype, a.shape, "out", True)
    with nogil:
        fn(<void*>destination, <void*>source, <void*>other, <const int64_t*>splits, rows)


def run_weigh(str name, out, a, b, bounds, *, target=None):
    """``out[r]`` (rows, inner) from the items of row r: ``a`` (items, inner) and ``b`` (items,)."""
    cdef kg_weigh fn = find_weigh(name, _target_index(target))
    dtype = _rows_dtype(name)
    if getattr(a, "ndim", 0) != 2:
        raise TypeError("a must be (items, inner)")
    cdef int64_t items = a.shape[0], inner = a.shape[1]
    _check_bounds(bounds, items)
    cdef int64_t rows = len(bounds) - 1
    cdef uintptr_t splits = _address(bounds, np.dtype(np.int64), (rows + 1,), "bounds")
    cdef uintptr_t source = _address(a, dtype, (items, inner), "a")
    cdef uintptr_t weights = _address(b, dtype, (items,), "b")
    cdef uintptr_t destination = _address(out, dtype, (rows, inner), "out", True)
    with nogil:
        fn(<void*>destination, <void*>source, <void*>weights, <const int64_t*>splits, rows, inner)


def run_top(str name, out, a, *, target=None):
    """Positions of the greatest elements of each row of ``a``, as many as ``out`` has columns."""
    cdef kg_top fn = find_top(name, _target_index(target))
    dtype = _rows_dtype(name)
    if getattr(a, "ndim", 0) != 2 or getattr(out, "ndim", 0) != 2:
        raise TypeError("a must be (rows, length) and out (rows, count)")
    cdef int64_t rows = a.shape[0], length = a.shape[1], wanted = out.shape[1]
    if wanted > length:
        raise ValueError(f"rows of {length} elements have no {wanted} greatest")
    cdef uintptr_t source = _address(a, dtype, (rows, length), "a")
    cdef uintptr_t destination = _address(out, np.dtype(np.int32), (rows, wanted), "out", True)
    with nogil:
        fn(<void*>destination, <void*>source, rows, length, wanted)


def run_order(str name, out, a, *, target=None):
    """Sort each row of ``a`` (rows, length) into ``out``, or find the int32 positions that do."""
    cdef kg_order fn = find_order(name, _target_index(target))
    dtype = _rows_dtype(name)
    if getattr(a, "ndim", 0) != 2:
        raise TypeError("a must be an array of shape (rows, length)")
    cdef int64_t rows = a.shape[0], length = a.shape[1]
    made = np.dtype(np.int32) if name.startswith("arg") else dtype
    room = np.empty(length, made)
    cdef uintptr_t source = _address(a, dtype, (rows, length), "a")
    cdef uintptr_t spare = _address(room, made, (length,), "room", True)
    cdef uintptr_t destination = _address(out, made, (rows, length), "out", True)
    with nogil:
        fn(<void*>destination, <void*>source, <void*>spare, rows, length)
