"""Where a strided copy reads and writes: slices, transposes, broadcasts and padding are all one."""

from __future__ import annotations

from kgraph.compiler.ir import Node
from kgraph.types.dims import Dims, Size, opaque, product


def row_major(dims: Dims) -> list[Size]:
    """Strides of a C-contiguous array, in elements."""
    return [product(dims[axis + 1 :]) for axis in range(len(dims))]


def copy_geometry(node: Node, kept: int, lead: int) -> list[Size]:
    """Sizes of the ``strided`` kernel for a node that moves data.

    ``kept`` leading axes are alike in source and target and become one axis of rows; without any,
    axis 0 of the target is the rows, or (``lead`` 0) all is one row.
    """
    source, item = node.inputs[0].type.dims, node.type.dtype.itemsize
    shape, reads, writes, read_offset, write_offset = _axes(node)
    if kept:
        rows = product(shape[:kept])
        shape = [rows, *shape[kept:]]
        reads = [product(source[kept:]), *reads[kept:]]
        writes = [product(node.type.dims[kept:]), *writes[kept:]]
    elif not lead:
        shape, reads, writes = [1, *shape], [0, *reads], [0, *writes]
    row_bytes = product(node.type.dims[max(kept, lead) :]) * item
    sizes: list[Size] = [item, len(shape), read_offset * item, write_offset * item, row_bytes]
    for length, read, write in zip(shape, reads, writes, strict=True):
        sizes += [length, read * item, write * item]
    return sizes


def _axes(node: Node) -> tuple[list[Size], list[Size], list[Size], Size, Size]:
    """For each axis of the copy its length and strides; and where source and target begin."""
    source, target = node.inputs[0].type.dims, node.type.dims
    reads, writes = row_major(source), row_major(target)
    shape = list(target)
    if node.op == "transpose_axes":
        return shape, [reads[axis] for axis in node.attrs["axes"]], writes, 0, 0
    if node.op == "strided_slice":
        starts, steps = node.attrs["starts"], node.attrs["steps"]
        offset: Size = 0
        for start, stride in zip(starts, reads, strict=True):
            offset = offset + start * stride
        return (
            shape,
            [step * stride for step, stride in zip(steps, reads, strict=True)],
            writes,
            offset,
            0,
        )
    if node.op == "pad_constant":
        offset = 0
        for (before, _), stride in zip(node.attrs["widths"], writes, strict=True):
            offset = offset + before * stride
        return list(source), reads, writes, 0, offset
    new_axes = len(target) - len(source)
    spread = [_spread(size, stride) for size, stride in zip(source, reads, strict=True)]
    return shape, [*(0,) * new_axes, *spread], writes, 0, 0


def _spread(size: Size, stride: Size) -> Size:
    """The stride along an axis that is repeated if it has size 1."""
    if isinstance(size, int):
        return 0 if size == 1 else stride
    return stride * opaque("min", size - 1, 1)
