"""Cython kernels: loops over arrays, programs and plans that never heard of graphs."""
