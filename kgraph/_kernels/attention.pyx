"""Scaled dot-product attention over rows with bounds.

For each row (of a batch, or ragged) and head, keys and values are packed once; then a block of
queries at a time is multiplied with the keys, the scores become shares where they lie, and these are
multiplied with the values.  So only a block of scores is ever there, however long the row.

Scores may be masked before they become shares: what is added to them, or hides some of them, is read
where it lies, each of its axes as long as that of the scores or the same all along.

attention: buffers q, k, v, scale, row bounds of the queries and of the keys (or none: rows are
uniform), out, the score of what is hidden (or none: no score is masked), masks; sizes queries and
keys of a row, heads, width of a key, width of a value, rows, whether keys that come later than a
query are hidden, whether what is hidden has no share even where all is, then for each mask whether
it hides where it is false (else it is added), and how many elements its rows, heads, queries and
keys are apart.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

from kgraph._kernels.linear cimport (
    gemm_f32, gemm_f64, gemm_pack_f32, gemm_pack_f64, gemm_packed_size_f32, gemm_packed_size_f64,
)
from kgraph._kernels.loops cimport find_rowwise, kg_rowwise
from kgraph._kernels.step cimport Context, Step

ctypedef fused real:
    float
    double

cdef enum:
    LEAST_QUERIES = 14      # of a block: the rows of one tile of the product
    MOST_QUERIES = 252
    MOST_NUMBERS = 16384    # queries, or scores, of a block: they stay in the second-level cache
    LINE = 64
    FIRST_MASK = 8          # of the buffers
    CAUSAL = 6              # of the sizes
    DROPPED = 7             # those of the masks follow

cdef kg_rowwise softmax_f32 = find_rowwise("softmax_f32")
cdef kg_rowwise softmax_f64 = find_rowwise("softmax_f64")

ctypedef struct Shape:
    int64_t heads, width, out_width

ctypedef struct Place:
    int64_t row, head
    int64_t query               # of the row: the first of those at hand


cdef inline int64_t block_of(int64_t width, int64_t keys) noexcept nogil:
    """Queries of a block."""
    cdef int64_t longest = max(max(width, keys), <int64_t> 1)
    return max(<int64_t> LEAST_QUERIES, min(<int64_t> MOST_QUERIES, MOST_NUMBERS // longest))


cdef inline int64_t lines(int64_t count) noexcept nogil:
    return (count + LINE - 1) & ~<int64_t> (LINE - 1)


cdef inline int64_t packed_bytes(int64_t k, int64_t n, int64_t itemsize) noexcept nogil:
    if itemsize == sizeof(float):
        return lines(gemm_packed_size_f32(k, n) * itemsize)
    return lines(gemm_packed_size_f64(k, n) * itemsize)


cdef int64_t attention_bytes(int64_t width, int64_t keys, int64_t out_width,
                             int64_t itemsize) noexcept nogil:
    return (packed_bytes(width, keys, itemsize) + packed_bytes(keys, out_width, itemsize)
            + lines(max(<int64_t> MOST_NUMBERS, LEAST_QUERIES * keys) * itemsize)
            + lines(max(<int64_t> MOST_NUMBERS, LEAST_QUERIES * width) * itemsize))


cdef inline void pack(const real* b, int64_t rs, int64_t cs, int64_t k, int64_t n,
                      real* packed) noexcept nogil:
    if real is float:
        gemm_pack_f32(b, rs, cs, k, n, packed)
    else:
        gemm_pack_f64(b, rs, cs, k, n, packed)


cdef inline void multiply(const real* a, int64_t lda, const real* packed, real* c, int64_t ldc,
                          int64_t m, int64_t n, int64_t k) noexcept nogil:
    if real is float:
        gemm_f32(a, lda, packed, NULL, c, ldc, m, n, k, 0)
    else:
        gemm_f64(a, lda, packed, NULL, c, ldc, m, n, k, 0)


cdef inline char* memory(const Step* step, const Context* context, int number) noexcept nogil:
    return context.memory[step.buffer[number]] if step.buffer[number] >= 0 else NULL


cdef inline void add_mask(const real* mask, int64_t apart, real* scores,
                          int64_t keys) noexcept nogil:
    cdef int64_t p
    if apart == 1:
        for p in range(keys):
            scores[p] += mask[p]
    else:
        for p in range(keys):
            scores[p] += mask[p * apart]


cdef inline void hide(const uint8_t* mask, int64_t apart, real hidden, real* scores,
                      int64_t keys) noexcept nogil:
    cdef int64_t p
    if apart == 1:
        for p in range(keys):
            scores[p] = scores[p] if mask[p] else hidden
    else:
        for p in range(keys):
            scores[p] = scores[p] if mask[p * apart] else hidden


cdef void mask_scores(const Step* step, const Context* context, const Place* place, int64_t first,
                      int64_t count, int64_t keys, real hidden, bint adds,
                      real* scores) noexcept nogil:
    """Mask the scores of the queries first .. first + count of a row, for one head of it: what is
    hidden becomes ``hidden``; what is added, only if ``adds``."""
    cdef const char* mask
    cdef const int32_t* slot
    cdef real* row
    cdef int64_t at, i, p
    cdef int number
    for number in range(step.n_buffers - FIRST_MASK):
        mask = memory(step, context, FIRST_MASK + number)
        slot = step.slot + DROPPED + 1 + 5 * number
        for i in range(count):
            row = scores + i * keys
            at = (place.row * context.size[slot[1]] + place.head * context.size[slot[2]]
                  + (first + i) * context.size[slot[3]])
            if context.size[slot[0]]:
                hide(<const uint8_t*> mask + at, context.size[slot[4]], hidden, row, keys)
            elif adds:
                add_mask(<const real*> mask + at, context.size[slot[4]], row, keys)
    if context.size[step.slot[CAUSAL]]:
        for i in range(count):
            for p in range(first + i + 1, keys):
                scores[i * keys + p] = hidden


cdef void attend(const Step* step, const Context* context, const Place* place, const real* q,
                 const real* k, const real* v, real scale, real* out, int64_t queries, int64_t keys,
                 const Shape* shape, char* scratch) noexcept nogil:
    """One head of one row: ``queries`` see ``keys``."""
    cdef int64_t width = shape.width, out_width = shape.out_width
    cdef int64_t q_step = shape.heads * width, out_step = shape.heads * out_width
    cdef int64_t block = block_of(width, keys), i, p, at = 0, count
    cdef const real* hidden = <const real*> memory(step, context, FIRST_MASK - 1)
    cdef real* packed_keys = <real*> scratch
    cdef real* packed_values = <real*> (scratch + packed_bytes(width, keys, sizeof(real)))
    cdef real* scores = <real*> (<char*> packed_values + packed_bytes(keys, out_width, sizeof(real)))
    cdef real* scaled = <real*> (<char*> scores + lines(block * keys * sizeof(real)))
    if keys == 0:
        for i in range(queries):
            memset(out + i * out_step, 0, out_width * sizeof(real))
        return
    pack(k, 1, q_step, width, keys, packed_keys)
    pack(v, out_step, 1, keys, out_width, packed_values)
    while at < queries:
        count = min(block, queries - at)
        for i in range(count):
            for p in range(width):
                scaled[i * width + p] = q[(at + i) * q_step + p] * scale
        multiply(scaled, width, packed_keys, scores, keys, count, keys, width)
        if hidden != NULL:
            mask_scores(step, context, place, place.query + at, count, keys, hidden[0], True,
                        scores)
        if real is float:
            softmax_f32(scores, scores, NULL, count, keys)
        else:
            softmax_f64(scores, scores, NULL, count, keys)
        if hidden != NULL and context.size[step.slot[DROPPED]]:
            mask_scores(step, context, place, place.query + at, count, keys, <real> 0, False,
                        scores)
        multiply(scores, keys, packed_values, out + at * out_step, out_step, count, out_width, keys)
        at += count


cdef inline int64_t row_of(const int64_t* bounds, int64_t item, int64_t rows) noexcept nogil:
    """The last row that begins at or before an item."""
    cdef int64_t low = 0, high = rows, middle
    while low + 1 < high:
        middle = (low + high) // 2
        if bounds[middle] <= item:
            low = middle
        else:
            high = middle
    return low


cdef void run(const Step* step, const Context* context, int64_t first, int64_t last,
              real one) noexcept nogil:
    """The queries first .. last; ``one`` tells the dtype."""
    cdef const int64_t* q_bounds = <const int64_t*> memory(step, context, 4)
    cdef const int64_t* k_bounds = <const int64_t*> memory(step, context, 5)
    cdef int64_t uniform = context.size[step.slot[0]], uniform_keys = context.size[step.slot[1]]
    cdef Shape shape = Shape(context.size[step.slot[2]], context.size[step.slot[3]],
                             context.size[step.slot[4]])
    cdef int64_t rows = context.size[step.slot[5]]
    cdef const real* q = <const real*> memory(step, context, 0)
    cdef const real* k = <const real*> memory(step, context, 1)
    cdef const real* v = <const real*> memory(step, context, 2)
    cdef real scale = (<const real*> memory(step, context, 3))[0] * one
    cdef real* out = <real*> memory(step, context, 6)
    cdef int64_t at = first, stop, row, from_key, keys, h
    cdef Place place
    while at < last:
        if q_bounds == NULL:
            row = at // uniform
            stop, from_key, keys = (row + 1) * uniform, row * uniform_keys, uniform_keys
            place.query = at - row * uniform
        else:
            row = row_of(q_bounds, at, rows)
            stop = q_bounds[row + 1]
            from_key, keys = k_bounds[row], k_bounds[row + 1] - k_bounds[row]
            place.query = at - q_bounds[row]
        stop = min(stop, last)
        place.row = row
        for h in range(shape.heads):
            place.head = h
            attend(step, context, &place,
                   q + (at * shape.heads + h) * shape.width,
                   k + (from_key * shape.heads + h) * shape.width,
                   v + (from_key * shape.heads + h) * shape.out_width, scale,
                   out + (at * shape.heads + h) * shape.out_width,
                   stop - at, keys, &shape, context.scratch)
        at = stop


cdef void run_attention_f32(const Step* step, const Context* context,
                            int64_t first, int64_t last) noexcept nogil:
    run(step, context, first, last, <float> 1)


cdef void run_attention_f64(const Step* step, const Context* context,
                            int64_t first, int64_t last) noexcept nogil:
    run(step, context, first, last, <double> 1)
