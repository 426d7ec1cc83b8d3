/* The opcode table: every elementwise loop, once.
 *
 * X(KIND, op, T, O): op takes values of dtype T and gives O.  KIND is the shape of the loop:
 *     U B C     one, two, three inputs of dtype T, compiled for every target
 *     Q         a comparison: two inputs, boolean out, one scalar function for all targets
 *     W         where: a boolean condition, two values of T
 *     D E       dear ones (one, two inputs): whole blocks, the rest padded
 *     R         sine and friends: dear, with the C library beyond KG_TRIG_LIMIT
 *     G H       one, two inputs, base target only (the other tables point to it) */
#ifndef KGRAPH_LOOPS_LIST_H
#define KGRAPH_LOOPS_LIST_H

#define KG_COMPARE_LOOPS(X, T)                                                                  \
    X(Q, equal, T, b1) X(Q, not_equal, T, b1) X(Q, less, T, b1) X(Q, less_equal, T, b1)         \
    X(Q, greater, T, b1) X(Q, greater_equal, T, b1) X(W, where, T, T)

#define KG_FLOAT_LOOPS(X, T)                                                                    \
    KG_COMPARE_LOOPS(X, T)                                                                      \
    X(U, neg, T, T) X(U, abs, T, T) X(U, sign, T, T) X(U, square, T, T) X(U, relu, T, T)        \
    X(U, floor, T, T) X(U, ceil, T, T) X(U, trunc, T, T) X(U, round, T, T)                      \
    X(U, isnan, T, b1) X(U, isinf, T, b1) X(U, isfinite, T, b1)                                 \
    X(U, sqrt, T, T) X(U, rsqrt, T, T) X(U, reciprocal, T, T)                                   \
    X(D, exp, T, T) X(D, exp2, T, T) X(D, expm1, T, T) X(D, log, T, T) X(D, log1p, T, T)        \
    X(D, tanh, T, T) X(D, sigmoid, T, T) X(D, softplus, T, T) X(D, log_sigmoid, T, T)           \
    X(D, erf, T, T) X(D, gelu, T, T) X(D, gelu_tanh, T, T)                                      \
    X(R, sin, T, T) X(R, cos, T, T) X(R, tan, T, T)                                             \
    X(G, log2, T, T) X(G, log10, T, T) X(G, arcsin, T, T) X(G, arccos, T, T)                    \
    X(G, arctan, T, T) X(G, sinh, T, T) X(G, cosh, T, T) X(G, arcsinh, T, T)                    \
    X(G, arccosh, T, T) X(G, arctanh, T, T) X(G, erfc, T, T)                                    \
    X(B, add, T, T) X(B, sub, T, T) X(B, mul, T, T) X(B, div, T, T)                             \
    X(B, maximum, T, T) X(B, minimum, T, T) X(B, copysign, T, T) X(B, add_relu, T, T)           \
    X(E, sub_exp, T, T) X(E, logaddexp, T, T) X(H, arctan2, T, T)                               \
    X(H, hypot, T, T) X(H, fmod, T, T) X(H, mod, T, T) X(H, floor_divide, T, T)                 \
    X(C, multiply_add, T, T)

#define KG_INTEGER_LOOPS(X, T)                                                                  \
    KG_COMPARE_LOOPS(X, T)                                                                      \
    X(U, neg, T, T) X(U, abs, T, T) X(U, sign, T, T) X(U, square, T, T) X(U, invert, T, T)      \
    X(B, add, T, T) X(B, sub, T, T) X(B, mul, T, T) X(B, maximum, T, T) X(B, minimum, T, T)     \
    X(B, bitwise_and, T, T) X(B, bitwise_or, T, T) X(B, bitwise_xor, T, T)                      \
    X(B, left_shift, T, T) X(B, right_shift, T, T)                                              \
    X(H, floor_divide, T, T) X(H, mod, T, T) X(H, pow, T, T)

#define KG_BOOL_LOOPS(X)                                                                        \
    X(Q, equal, b1, b1) X(Q, not_equal, b1, b1) X(W, where, b1, b1)                             \
    X(B, maximum, b1, b1) X(B, minimum, b1, b1) X(U, logical_not, b1, b1)                       \
    X(B, logical_and, b1, b1) X(B, logical_or, b1, b1) X(B, logical_xor, b1, b1)

#define KG_NUMBERS(X) X(f32) X(f64) X(i8) X(i16) X(i32) X(i64) X(u8) X(u16) X(u32) X(u64)

#define KG_SCALAR_LOOPS(X) /* their scalar functions stand in loops_scalar.h */                 \
    KG_INTEGER_LOOPS(X, i8) KG_INTEGER_LOOPS(X, i16) KG_INTEGER_LOOPS(X, i32)                   \
    KG_INTEGER_LOOPS(X, i64) KG_INTEGER_LOOPS(X, u8) KG_INTEGER_LOOPS(X, u16)                   \
    KG_INTEGER_LOOPS(X, u32) KG_INTEGER_LOOPS(X, u64) KG_BOOL_LOOPS(X)

#define KG_ALL_FLOAT_LOOPS(X)                                                                   \
    KG_FLOAT_LOOPS(X, f32) X(E, pow, f32, f32) KG_FLOAT_LOOPS(X, f64) X(H, pow, f64, f64)

#define KG_LOOPS(X) KG_ALL_FLOAT_LOOPS(X) KG_SCALAR_LOOPS(X)

/* Casts, X(KIND, S, D, FROM): V for every target, P in base only; FROM is S's class. */
#define KG_CASTS_COMMON(X, S, F)                                                                \
    X(V, S, b1, F) X(V, S, u8, F) X(V, S, i32, F) X(V, S, i64, F) X(V, S, f32, F) X(V, S, f64, F)
#define KG_CASTS_COMMON_BASE(X, S, F)                                                           \
    X(P, S, b1, F) X(P, S, u8, F) X(P, S, i32, F) X(P, S, i64, F) X(P, S, f32, F) X(P, S, f64, F)
#define KG_CASTS_RARE(X, S, F)                                                                  \
    X(P, S, i8, F) X(P, S, i16, F) X(P, S, u16, F) X(P, S, u32, F) X(P, S, u64, F)
#define KG_CASTS(X)                                                                             \
    KG_CASTS_COMMON(X, b1, INT) KG_CASTS_RARE(X, b1, INT)                                       \
    KG_CASTS_COMMON(X, u8, INT) KG_CASTS_RARE(X, u8, INT)                                       \
    KG_CASTS_COMMON(X, i32, INT) KG_CASTS_RARE(X, i32, INT)                                     \
    KG_CASTS_COMMON(X, i64, INT) KG_CASTS_RARE(X, i64, INT)                                     \
    KG_CASTS_COMMON(X, f32, FLOAT) KG_CASTS_RARE(X, f32, FLOAT)                                 \
    KG_CASTS_COMMON(X, f64, FLOAT) KG_CASTS_RARE(X, f64, FLOAT)                                 \
    KG_CASTS_COMMON_BASE(X, i8, INT) KG_CASTS_RARE(X, i8, INT)                                  \
    KG_CASTS_COMMON_BASE(X, i16, INT) KG_CASTS_RARE(X, i16, INT)                                \
    KG_CASTS_COMMON_BASE(X, u16, INT) KG_CASTS_RARE(X, u16, INT)                                \
    KG_CASTS_COMMON_BASE(X, u32, INT) KG_CASTS_RARE(X, u32, INT)                                \
    KG_CASTS_COMMON_BASE(X, u64, INT) KG_CASTS_RARE(X, u64, INT)                                \
    X(V, f32, f16, F16) X(V, f64, f16, F16) X(V, f16, f32, F32) X(V, f16, f64, F64)

#endif
