"""All kernels but the block VM, by name."""

from kgraph._kernels.step cimport kernel_t

cdef kernel_t find_kernel(str name) except NULL
