"""Dense products and gather-and-accumulate; what they promise stands in linear.pxd and the headers.

`matmul`, `gather_sum` and `gather_sum_uniform` are checked twins for tests and benchmarks: the plan
executor calls the C functions of linear.pxd.
"""
from libc.stdint cimport int32_t, int64_t

import numpy as np

ctypedef fused real:
    float
    double

ctypedef fused index_t:
    int32_t
    int64_t

ctypedef fused split_t:
    int32_t
    int64_t

cdef extern from "cpu.h" nogil:
    int kg_cpu_target() noexcept
    int kg_cpu_best() noexcept
    int KG_CPU_UNKNOWN

cdef extern from "gemm.h" nogil:
    ctypedef struct GemmTable "kg_gemm_table":
        int64_t (*packed_size_f32)(int64_t, int64_t) noexcept nogil
        int64_t (*packed_size_f64)(int64_t, int64_t) noexcept nogil
        void (*pack_f32)(const float*, int64_t, int64_t, int64_t, int64_t, float*) noexcept nogil
        void (*pack_f64)(const double*, int64_t, int64_t, int64_t, int64_t, double*) noexcept nogil
        void (*f32)(const float*, int64_t, const float*, const float*, float*, int64_t,
                    int64_t, int64_t, int64_t, int) noexcept nogil
        void (*f64)(const double*, int64_t, const double*, const double*, double*, int64_t,
                    int64_t, int64_t, int64_t, int) noexcept nogil
    const GemmTable* kg_gemm_tables

cdef extern from "gather.h" nogil:
    ctypedef struct GatherTable "kg_gather_table":
        gather_fn* f32
        gather_fn* f64
    const GatherTable* kg_gather_tables

TARGETS = ("base", "v3", "v4")[: kg_cpu_best() + 1]


cdef int chosen_target() except -1:
    cdef int target = kg_cpu_target()
    if target == KG_CPU_UNKNOWN:
        raise ImportError("KGRAPH_CPU names no target: set it to base, v3 or v4, or unset it")
    if target < 0:
        raise ImportError(f"KGRAPH_CPU names a target that is not among {', '.join(TARGETS)} here")
    return target


cdef int target_number(target) except -1:
    if target is None:
        return TARGET
    if target not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, got {target!r}")
    return TARGETS.index(target)


cdef int TARGET = chosen_target()
cdef const GemmTable* gemm = &kg_gemm_tables[TARGET]



cdef int64_t gemm_packed_size_f32(int64_t k, int64_t n) noexcept nogil:
    return gemm.packed_size_f32(k, n)


cdef void gemm_pack_f32(const float* b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                        float* packed) noexcept nogil:
    gemm.pack_f32(b, rs, cs, k, n, packed)


cdef void gemm_f32(const float* a, int64_t lda, const float* packed, const float* bias_or_null,
                   float* c, int64_t ldc, int64_t m, int64_t n, int64_t k, int relu) noexcept nogil:
    gemm.f32(a, lda, packed, bias_or_null, c, ldc, m, n, k, relu)


cdef int64_t gemm_packed_size_f64(int64_t k, int64_t n) noexcept nogil:
    return gemm.packed_size_f64(k, n)


cdef void gemm_pack_f64(const double* b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                        double* packed) noexcept nogil:
    gemm.pack_f64(b, rs, cs, k, n, packed)


cdef void gemm_f64(const double* a, int64_t lda, const double* packed, const double* bias_or_null,
                   double* c, int64_t ldc, int64_t m, int64_t n, int64_t k,
                   int relu) noexcept nogil:
    gemm.f64(a, lda, packed, bias_or_null, c, ldc, m, n, k, relu)


ROW_TYPES = {"i32_i32": 0, "i64_i64": 1, "i32_i64": 2}    # as in gather.h


cdef inline str real_name(real unused):
    return "f32" if real is float else "f64"


cdef inline str index_name(index_t unused):
    return "i32" if index_t is int32_t else "i64"


cdef gather_fn find_gather(str types) except NULL:
    return gather_of(TARGET, types)


cdef gather_fn gather_of(int target, str types) except NULL:
    cdef const GatherTable* table = &kg_gather_tables[target]
    real, rows = types.split("_", 1)
    if rows not in ROW_TYPES:
        raise TypeError("int64 indices need int64 splits")
    cdef int number = ROW_TYPES[rows]
    return table.f32[number] if real == "f32" else table.f64[number]


def pack(const real[:, :] b, *, target=None):
    """The panels of B (k, n), any strides, as the kernels of `target` read them.

    >>> pack(np.ones((3, 5), np.float32), target="base").shape
    (24,)
    """
    cdef const GemmTable* table = &kg_gemm_tables[target_number(target)]
    cdef int64_t k = b.shape[0], n = b.shape[1]
    cdef int64_t rs = b.strides[0] // <int64_t>sizeof(real)
    cdef int64_t cs = b.strides[1] // <int64_t>sizeof(real)
    cdef int64_t size
    cdef real[::1] packed
    if real is float:
        size = table.packed_size_f32(k, n)
        out = np.empty(size, np.float32)
        packed = out
        if size:
            table.pack_f32(&b[0, 0], rs, cs, k, n, &packed[0])
    else:
        size = table.packed_size_f64(k, n)
        out = np.empty(size, np.float64)
        packed = out
        if size:
            table.pack_f64(&b[0, 0], rs, cs, k, n, &packed[0])
    return out


def packed_matmul(const real[:, :] a, const real[::1] packed, int64_t n, const real[::1] bias=None,
                  bint relu=False, *, real[:, :] out=None, target=None):
    """A (m, k) @ B (k, n) + bias (n,), then max(0, .) if `relu`; B from `pack` for the same target.

    The rows of `a` and `out` are contiguous, at any distance from each other.
    """
    cdef const GemmTable* table = &kg_gemm_tables[target_number(target)]
    cdef int64_t m = a.shape[0], k = a.shape[1]
    cdef int64_t size
    if real is float:
        size = table.packed_size_f32(k, n)
    else:
        size = table.packed_size_f64(k, n)
    if n < 0 or packed.shape[0] != size:
        raise ValueError(
            f"packed must have {size} elements for k={k}, n={n}, got {packed.shape[0]}"
        )
    if bias is not None and bias.shape[0] != n:
        raise ValueError(f"bias must have {n} elements, got {bias.shape[0]}")
    if out is None:
        out = np.empty((m, n), np.float32 if real is float else np.float64)
    if out.shape[0] != m or out.shape[1] != n:
        raise ValueError(f"out must have the shape {(m, n)}, got {(out.shape[0], out.shape[1])}")
    cdef int64_t lda = a.strides[0] // <int64_t>sizeof(real)
    cdef int64_t ldc = out.strides[0] // <int64_t>sizeof(real)
    if (m and k > 1 and a.strides[1] != sizeof(real)) or (n > 1 and out.strides[1] != sizeof(real)):
        raise ValueError("the rows of a and out must be contiguous")
    if not m or not n:
        return np.asarray(out)
    cdef const real* x = &a[0, 0] if k else NULL
    cdef const real* w = &packed[0] if size else NULL
    cdef const real* y = &bias[0] if bias is not None else NULL
    with nogil:
        if real is float:
            table.f32(x, lda, w, y, &out[0, 0], ldc, m, n, k, relu)
        else:
            table.f64(x, lda, w, y, &out[0, 0], ldc, m, n, k, relu)
    return np.asarray(out)


def matmul(a, b, bias=None, relu=False, *, out=None, target=None):
    """`packed_matmul` with B (k, n) packed on the way.

    >>> matmul(np.float32([[1, 2]]), np.float32([[3], [-4]]), relu=True)
    array([[0.]], dtype=float32)
    """
    if a.shape[1] != b.shape[0]:
        raise ValueError(f"the inner sizes differ, {a.shape[1]} and {b.shape[0]}")
    packed = pack(b, target=target)
    return packed_matmul(a, packed, b.shape[1], bias, relu, out=out, target=target)


def gather_sum(const real[:, :] table, const index_t[::1] indices, const split_t[::1] splits,
               const real[::1] weights=None, const real[::1] bias=None, *, real[:, :] out=None,
               first=None, last=None, target=None):
    """out[r] = sum of weights[p] * table[indices[p]] over the entries of row r, + bias.

    Weights None: all ones.  Splits must rise within the bounds of `indices`; an index out
    of the table raises IndexError.  Only rows first <= r < last of `out` are written.
    """
    cdef gather_fn gather = gather_of(target_number(target), f"{real_name(<real> 0)}_"
                                      f"{index_name(<index_t> 0)}_{index_name(<split_t> 0)}")
    cdef int64_t n_rows = splits.shape[0] - 1, n = table.shape[1], total = indices.shape[0]
    cdef int64_t r0 = 0 if first is None else first
    cdef int64_t r1 = n_rows if last is None else last
    cdef int64_t r
    if n_rows < 0 or not 0 <= r0 <= r1 <= n_rows:
        raise ValueError(f"rows {r0}..{r1} do not lie within {n_rows} rows")
    for r in range(n_rows):
        if not 0 <= splits[r] <= splits[r + 1] <= total:
            raise ValueError(f"splits must rise from 0 to {total}, not so at row {r}")
    if weights is not None and weights.shape[0] != total:
        raise ValueError(f"weights must have {total} elements, got {weights.shape[0]}")
    if bias is not None and bias.shape[0] != n:
        raise ValueError(f"bias must have {n} elements, got {bias.shape[0]}")
    if out is None:
        out = np.empty((n_rows, n), np.float32 if real is float else np.float64)
    if out.shape[0] != n_rows or out.shape[1] != n:
        raise ValueError(f"out must have the shape {(n_rows, n)}")
    if n > 1 and (table.strides[1] != sizeof(real) or out.strides[1] != sizeof(real)):
        raise ValueError("the rows of table and out must be contiguous")
    if not n or r0 == r1:
        return np.asarray(out)
    cdef int64_t ld = table.strides[0] // <int64_t>sizeof(real)
    cdef int64_t ldo = out.strides[0] // <int64_t>sizeof(real)
    cdef const real* w = &weights[0] if weights is not None and total else NULL
    cdef const index_t* at = &indices[0] if total else NULL
    cdef const split_t* bounds = &splits[0]
    cdef const real* rows = &table[0, 0] if table.shape[0] else NULL
    cdef const real* y = &bias[0] if bias is not None else NULL
    cdef real* to = &out[0, 0]
    cdef int64_t height = table.shape[0]
    cdef int bad
    with nogil:
        bad = gather(w, at, bounds, 0, rows, height, ld, n, y, to, ldo, r0, r1)
    if bad:
        raise IndexError(f"an index lies outside of the {height} rows of the table")
    return np.asarray(out)


def gather_sum_uniform(const real[:, ::1] table, const index_t[:, ::1] indices,
                       const real[:, ::1] weights=None, *, first=None, last=None, target=None):
    """out[r] = sum of weights[r, i] * table[indices[r, i]] over i; weights None: all ones.

    An index out of the table raises IndexError.  Only rows first <= r < last of `out` are written,
    the others stay zero.
    """
    cdef gather_fn gather = gather_of(target_number(target), f"{real_name(<real> 0)}_"
                                      f"{index_name(<index_t> 0)}_i64")
    cdef int64_t n_rows = indices.shape[0], length = indices.shape[1], n = table.shape[1]
    cdef int64_t r0 = 0 if first is None else first
    cdef int64_t r1 = n_rows if last is None else last
    if not 0 <= r0 <= r1 <= n_rows:
        raise ValueError(f"rows {r0}..{r1} do not lie within {n_rows} rows")
    if weights is not None and (weights.shape[0], weights.shape[1]) != (n_rows, length):
        raise ValueError("weights must have the shape of the indices")
    cdef real[:, ::1] out = np.zeros((n_rows, n), np.float32 if real is float else np.float64)
    if not n or r0 == r1:
        return np.asarray(out)
    cdef bint some = n_rows * length > 0
    cdef const real* w = &weights[0, 0] if weights is not None and some else NULL
    cdef const index_t* at = &indices[0, 0] if some else NULL
    cdef const real* rows = &table[0, 0] if table.shape[0] else NULL
    cdef int64_t height = table.shape[0]
    cdef int bad
    with nogil:
        bad = gather(w, at, NULL, length, rows, height, n, n, NULL, &out[0, 0], n, r0, r1)
    if bad:
        raise IndexError(f"an index lies outside of the {height} rows of the table")
    return np.asarray(out)
