"""Ops of the compiler's own vocabulary: arrays in, arrays out, every attribute resolved.

Public ops are written with these; the compiler has a kernel for each.
"""
