/* The loops and tables of one target.  Included by loops.h with KG_TARGET (base, v3, v4), and
 * KG_HAS_FMA and KG_HAS_ROUND as that target has them; no include guard on purpose. */
#define S(name) KG_PASTE(kg_##name, KG_TARGET)
#define KG_BASE_NAME(name) kg_##name##_base
#if KG_HAS_FMA
#define FMAF(a, b, c) __builtin_fmaf(a, b, c)
#define FMAD(a, b, c) __builtin_fma(a, b, c)
#else
#define FMAF(a, b, c) ((a) * (b) + (c))
#define FMAD(a, b, c) ((a) * (b) + (c))
#endif

#include "loops_f32.h"
#include "loops_f64.h"

#define KG_SIGNATURE void *out, const void *a, const void *b, const void *c, int64_t n
#define KG_UNUSED(x) (void)(x)

/* ---- loop shapes; FN(op, T) names the scalar function ---- */
#define KG_EACH(FN_CALL, T, O)                                                                  \
    const kg_##T *x = (const kg_##T *)a, *y = (const kg_##T *)b, *z = (const kg_##T *)c;        \
    kg_##O *o = (kg_##O *)out;                                                                  \
    KG_UNUSED(x), KG_UNUSED(y), KG_UNUSED(z);                                                   \
    KG_IVDEP for (int64_t i = 0; i < n; i++) o[i] = (kg_##O)FN_CALL;

#define KG_LOOP_U(FN, op, T, O)                                                                 \
    static void S(op##_##T##_loop)(KG_SIGNATURE) { KG_EACH(FN(op##_##T)(x[i]), T, O) }
#define KG_LOOP_B(FN, op, T, O)                                                                 \
    static void S(op##_##T##_loop)(KG_SIGNATURE) { KG_EACH(FN(op##_##T)(x[i], y[i]), T, O) }
#define KG_LOOP_Q KG_LOOP_B
#define KG_LOOP_C(FN, op, T, O)                                                                 \
    static void S(op##_##T##_loop)(KG_SIGNATURE) { KG_EACH(FN(op##_##T)(x[i], y[i], z[i]), T, O) }
/* On the bits: a conditional expression would become two masked loads. */
#define KG_LOOP_W(FN, op, T, O)                                                                 \
    static void S(op##_##T##_loop)(KG_SIGNATURE) {                                              \
        const kg_b1 *condition = (const kg_b1 *)a;                                              \
        const KG_BITS_##T *yes = (const KG_BITS_##T *)b, *no = (const KG_BITS_##T *)c;          \
        KG_BITS_##T *o = (KG_BITS_##T *)out;                                                    \
        KG_IVDEP for (int64_t i = 0; i < n; i++) {                                              \
            const KG_BITS_##T mask = (KG_BITS_##T)(0 - (KG_BITS_##T)(condition[i] != 0));       \
            o[i] = (KG_BITS_##T)((yes[i] & mask) | (no[i] & ~mask));                            \
        }                                                                                       \
    }
#define KG_BITS_b1 kg_u8
#define KG_BITS_i8 kg_u8
#define KG_BITS_u8 kg_u8
#define KG_BITS_i16 kg_u16
#define KG_BITS_u16 kg_u16
#define KG_BITS_i32 kg_u32
#define KG_BITS_u32 kg_u32
#define KG_BITS_f32 kg_u32
#define KG_BITS_i64 kg_u64
#define KG_BITS_u64 kg_u64
#define KG_BITS_f64 kg_u64
/* Masking n tells the compiler that no element is left over. */
#define KG_WHOLE_BLOCKS(T) n &= ~(int64_t)(KG_BLOCK_BYTES / sizeof(kg_##T) - 1)
#define KG_LOOP_D(FN, op, T, O)                                                                 \
    static void S(op##_##T##_body)(KG_SIGNATURE) {                                              \
        KG_WHOLE_BLOCKS(T);                                                                     \
        KG_EACH(FN(op##_##T)(x[i]), T, O)                                                       \
    }                                                                                           \
    static void S(op##_##T##_loop)(KG_SIGNATURE) {                                              \
        KG_UNUSED(b), KG_UNUSED(c);                                                             \
        kg_run_blocks_##T(S(op##_##T##_body), out, a, NULL, n);                                 \
    }
#define KG_LOOP_E(FN, op, T, O)                                                                 \
    static void S(op##_##T##_body)(KG_SIGNATURE) {                                              \
        KG_WHOLE_BLOCKS(T);                                                                     \
        KG_EACH(FN(op##_##T)(x[i], y[i]), T, O)                                                 \
    }                                                                                           \
    static void S(op##_##T##_loop)(KG_SIGNATURE) {                                              \
        KG_UNUSED(c);                                                                           \
        kg_run_blocks_##T(S(op##_##T##_body), out, a, b, n);                                    \
    }
/* A chunk with a far element (or none that is far) decides on the way, never on the bits: near
 * elements take the same scalar function in both. */
#define KG_LOOP_R(FN, op, T, O)                                                                 \
    static void S(op##_##T##_near)(KG_SIGNATURE) {                                              \
        KG_WHOLE_BLOCKS(T);                                                                     \
        KG_EACH(S(op##_near_##T)(x[i]), T, O)                                                   \
    }                                                                                           \
    static void S(op##_##T##_body)(KG_SIGNATURE) {                                              \
        for (int64_t i = 0; i < n; i += KG_TRIG_CHUNK) {                                        \
            const kg_##T *x = (const kg_##T *)a + i;                                            \
            kg_##O *o = (kg_##O *)out + i;                                                      \
            const int64_t m = n - i < KG_TRIG_CHUNK ? n - i : KG_TRIG_CHUNK;                    \
            int64_t far = 0;                                                                    \
            for (int64_t j = 0; j < m; j++) far += S(abs_##T)(x[j]) > KG_TRIG_LIMIT;            \
            if (far == 0)                                                                       \
                S(op##_##T##_near)(o, x, b, c, m);                                              \
            else                                                                                \
                for (int64_t j = 0; j < m; j++)                                                 \
                    o[j] = S(abs_##T)(x[j]) > KG_TRIG_LIMIT ? kg_libm_##op##_##T(x[j])          \
                                                            : S(op##_near_##T)(x[j]);           \
        }                                                                                       \
    }                                                                                           \
    static void S(op##_##T##_loop)(KG_SIGNATURE) {                                              \
        KG_UNUSED(b), KG_UNUSED(c);                                                             \
        kg_run_blocks_##T(S(op##_##T##_body), out, a, NULL, n);                                 \
    }
#if KG_IS_BASE
#define KG_LOOP_G KG_LOOP_U
#define KG_LOOP_H KG_LOOP_B
#define KG_CAST_LOOP_P KG_CAST_LOOP_V
#else
#define KG_LOOP_G(FN, op, T, O)
#define KG_LOOP_H(FN, op, T, O)
#define KG_CAST_LOOP_P(S_, D, F)
#endif

#define KG_CONVERT_INT(S_, D) KG_INT_TO_##D(x[i])
#define KG_CONVERT_FLOAT(S_, D) KG_FLOAT_TO_##D(x[i])
#define KG_CONVERT_F16(S_, D) kg_f16_of_##S_(x[i])
#define KG_CONVERT_F32(S_, D) kg_f32_of_f16(x[i])
#define KG_CONVERT_F64(S_, D) kg_f64_of_f16(x[i])
#define KG_CAST_LOOP_V(S_, D, F)                                                                \
    static void S(cast_##S_##_##D##_loop)(KG_SIGNATURE) { KG_EACH(KG_CONVERT_##F(S_, D), S_, D) }

/* ---- instances: float functions carry the target in their name, all others are shared ---- */
#define KG_SHARED(name) kg_##name
#define KG_FLOAT_FN_U S
#define KG_FLOAT_FN_B S
#define KG_FLOAT_FN_C S
#define KG_FLOAT_FN_D S
#define KG_FLOAT_FN_E S
#define KG_FLOAT_FN_R S
#define KG_FLOAT_FN_Q KG_SHARED
#define KG_FLOAT_FN_W KG_SHARED
#define KG_FLOAT_FN_G KG_SHARED
#define KG_FLOAT_FN_H KG_SHARED
#define KG_DEFINE_FLOAT(KIND, op, T, O) KG_LOOP_##KIND(KG_FLOAT_FN_##KIND, op, T, O)
#define KG_DEFINE_SCALAR(KIND, op, T, O) KG_LOOP_##KIND(KG_SHARED, op, T, O)
#define KG_DEFINE_CAST(KIND, S_, D, F) KG_CAST_LOOP_##KIND(S_, D, F)

KG_ALL_FLOAT_LOOPS(KG_DEFINE_FLOAT)
KG_SCALAR_LOOPS(KG_DEFINE_SCALAR)
KG_CASTS(KG_DEFINE_CAST)

/* ---- the table ---- */
#define KG_ARITY_U 1
#define KG_ARITY_B 2
#define KG_ARITY_C 3
#define KG_ARITY_D 1
#define KG_ARITY_E 2
#define KG_ARITY_R 1
#define KG_ARITY_Q 2
#define KG_ARITY_W 3
#define KG_ARITY_G 1
#define KG_ARITY_H 2
#define KG_NAME_U S
#define KG_NAME_B S
#define KG_NAME_C S
#define KG_NAME_D S
#define KG_NAME_E S
#define KG_NAME_R S
#define KG_NAME_Q S
#define KG_NAME_W S
#define KG_NAME_V S
#define KG_NAME_G KG_BASE_NAME
#define KG_NAME_H KG_BASE_NAME
#define KG_NAME_P KG_BASE_NAME
#define KG_ENTRY(KIND, op, T, O) {#op "_" #T, KG_ARITY_##KIND, KG_NAME_##KIND(op##_##T##_loop)},
#define KG_CAST_ENTRY(KIND, S_, D, F)                                                           \
    {"cast_" #S_ "_" #D, 1, KG_NAME_##KIND(cast_##S_##_##D##_loop)},

static const kg_loop_entry S(loops)[] = {KG_LOOPS(KG_ENTRY) KG_CASTS(KG_CAST_ENTRY)};

#include "loops_reduce.h"
#include "loops_rows.h"
#include "loops_undef.h"
