/* Part of each_target.h: includes KG_BODY for float and for double of one target. */

#define KG_(name) KG_PASTE(KG_PASTE(name, KG_TARGET), KG_DTYPE)
#define KG_VECTOR(lanes) KG_VECTOR_2(KG_DTYPE, lanes)
#define KG_VECTOR_2(dtype, lanes) KG_VECTOR_3(dtype, lanes)
#define KG_VECTOR_3(dtype, lanes) kg_##dtype##x##lanes
#define KG_FMA_OF(lanes) KG_FMA_2(KG_TARGET, KG_DTYPE, lanes)
#define KG_FMA_2(target, dtype, lanes) KG_FMA_3(target, dtype, lanes)
#define KG_FMA_3(target, dtype, lanes) KG_FMA_##target##_##dtype##x##lanes

#define KG_DTYPE f32
#define KG_T float
#define KG_W_LEAST 4 /* lanes of the smallest vector */
#if !KG_VECTORS
#define KG_W 1
#elif KG_VECTOR_BYTES == 16
#define KG_W 4
#elif KG_VECTOR_BYTES == 32
#define KG_W 8
#else
#define KG_W 16
#endif
#define KG_V KG_VECTOR(KG_W)
#define KG_FMA KG_FMA_OF(KG_W)
#include KG_BODY
#undef KG_DTYPE
#undef KG_T
#undef KG_W
#undef KG_W_LEAST

#define KG_DTYPE f64
#define KG_T double
#define KG_W_LEAST 2
#if !KG_VECTORS
#define KG_W 1
#elif KG_VECTOR_BYTES == 16
#define KG_W 2
#elif KG_VECTOR_BYTES == 32
#define KG_W 4
#else
#define KG_W 8
#endif
#include KG_BODY
#undef KG_DTYPE
#undef KG_T
#undef KG_W
#undef KG_W_LEAST

#undef KG_V
#undef KG_FMA
#undef KG_
#undef KG_VECTOR
#undef KG_VECTOR_2
#undef KG_VECTOR_3
#undef KG_FMA_OF
#undef KG_FMA_2
#undef KG_FMA_3
