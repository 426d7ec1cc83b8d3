"""PyTorch: ``torch.compile`` and eager, CSR and EmbeddingBag, flat and padded rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.adapters import Build, Builds, Call
from bench.adapters.feeding import feeds
from bench.adapters.padded import Padded, PaddedOps, pad
from bench.graph import Array, Ragged, evaluate
from bench.scenario import Batch, Scenario

REQUIRES = ("torch",)


def builds(scenario: Scenario, threads: int) -> Builds:
    import torch

    torch.set_num_threads(threads)
    _set_for_good()
    forms: dict[str, type[Backend]] = {"": Backend}
    if any(node.attrs["kind"] == "ragged" for node in scenario.inputs):
        forms = {"flat": FlatBackend, "padded": Backend}
    if "sparse_dense" in scenario.ops:
        forms = {"csr": CsrBackend, "embedding_bag": Backend}
    made = {}
    for form, backend in forms.items():
        # A CSR tensor has no strides, which tracing asks for; rows one by one are no graph.
        rows = backend is FlatBackend and "self_attention" in scenario.ops
        for way in ("eager",) if backend is CsrBackend or rows else ("compile", "eager"):
            made[f"{way}, {form}" if form else way] = _build(scenario, backend, way)
    return made


def _set_for_good() -> None:
    """One thread between operators; no gradients: entering the mode in each call takes time."""
    import torch

    if torch.get_num_interop_threads() != 1:
        torch.set_num_interop_threads(1)
    if not torch.is_inference_mode_enabled():
        torch.inference_mode().__enter__()


def _build(scenario: Scenario, backend: type[Backend], way: str) -> Build:
    def build(batch: Batch) -> Call:
        function = _graph(scenario, backend)
        flat = backend is FlatBackend
        if way == "compile":
            function = _compiled(function, _tensors(batch, flat))

        return lambda *values: function(*_tensors(values, flat)).numpy()

    return build


def _compiled(function: Callable[..., Any], tensors: list[Any]) -> Any:
    """Traced first, so that the weights are buffers of a module, which inductor may pack."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    torch._dynamo.reset()
    traced = make_fx(function)(*tensors)
    return torch.compile(traced.eval(), dynamic=False, options={"freezing": True})


def _graph(scenario: Scenario, backend: type[Backend]) -> Callable[..., Any]:
    """The scenario as a function of tensors."""
    ops = backend()
    held = Ragged if backend is FlatBackend else Padded

    def function(*tensors: Any) -> Any:
        return evaluate(scenario.nodes, feeds(scenario, tensors, held), ops)

    return function


def _tensors(values: Batch, flat: bool) -> list[Any]:
    """Zero-copy, but for the padding."""
    import torch

    arrays: list[Array] = []
    for value in values:
        if isinstance(value, Ragged):
            arrays += [value.values, *value.splits] if flat else pad(value)
        elif hasattr(value, "indptr"):
            arrays += [value.data, value.indices, value.indptr]
        else:
            arrays.append(value)
    return [torch.from_numpy(array) for array in arrays]


class Backend(PaddedOps):
    """One method for each op of ``bench.graph``; ragged rows padded."""

    def __init__(self) -> None:
        import torch
        from torch.nn import functional

        self.torch, self.functional = torch, functional
        self.tanh, self.exp, self.log1p, self.sqrt = torch.tanh, torch.exp, torch.log1p, torch.sqrt
        self.abs, self.neg, self.divide = torch.abs, torch.neg, torch.div
        self.sigmoid, self.relu, self.gelu = torch.sigmoid, torch.relu, functional.gelu
        self.add, self.sub, self.mul = torch.add, torch.sub, torch.mul
        self.expand, self.squeeze = torch.unsqueeze, torch.squeeze
        self.transpose, self.reshape = torch.permute, torch.reshape
        self.known: dict[int, Any] = {}

    def constant(self, value: Any) -> Any:
        return value if np.isscalar(value) else self.weight(value)

    def weight(self, array: Array) -> Any:
        """The tensor of a weight, made once."""
        if id(array) not in self.known:
            self.known[id(array)] = self.torch.from_numpy(np.ascontiguousarray(array))
        return self.known[id(array)]

    def matmul(self, a: Any, b: Any) -> Any:
        return a @ (self.weight(b) if isinstance(b, np.ndarray) else b)

    def dense(self, x: Any, kernel: Array, bias: Array, activation: str | None = None) -> Any:
        if isinstance(x, (Padded, Ragged)):
            return x._replace(values=self.dense(x.values, kernel, bias, activation))
        if x.dim() != 2:
            return self.finish_dense(self.matmul(x, kernel), bias, activation)
        y = self.torch.addmm(self.weight(bias), x, self.weight(kernel))
        return getattr(self, activation)(y) if activation else y

    def finish_dense(self, x: Any, bias: Array, activation: str | None) -> Any:
        y = x + self.weight(bias)
        return getattr(self, activation)(y) if activation else y

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        data, indices, splits = x
        summed = self.functional.embedding_bag(
            indices,
            self.weight(kernel),
            splits,
            mode="sum",
            per_sample_weights=data,
            include_last_offset=True,
        )
        return self.finish_dense(summed, bias, activation)

    def softmax(self, x: Any) -> Any:
        return self.torch.softmax(x, -1)

    def logsumexp(self, x: Any) -> Any:
        return self.torch.logsumexp(x, -1)

    def mean(self, x: Any, axis: int) -> Any:
        return x.mean(axis)

    def var(self, x: Any, axis: int) -> Any:
        return x.var(axis, correction=0)

    def layer_norm(self, x: Any, scale: Array, offset: Array, epsilon: float) -> Any:
        scale, offset = self.weight(scale), self.weight(offset)
        return self.functional.layer_norm(x, scale.shape, scale, offset, epsilon)

    def attend(self, q: Any, k: Any, v: Any, present: Any) -> Any:
        seen = None if present is None else (present > 0)[:, None, None]
        # the scale is in the queries
        return self.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=1.0)

    def concat(self, *parts: Any) -> Any:
        return self.torch.cat(parts, -1)

    def gather(self, table: Array, ids: Any) -> Any:
        return self.functional.embedding(ids, self.weight(table))

    def embed_columns(self, ids: Any, tables: list[Array]) -> Any:
        table, offsets = self._joined(tables)
        return self.functional.embedding(ids + offsets, table).reshape(ids.shape[0], -1)

    def _joined(self, tables: list[Array]) -> tuple[Any, Any]:
        from bench.adapters.numpy import joined

        if id(tables) not in self.known:
            self.known[id(tables)] = tuple(map(self.torch.from_numpy, joined(tables)))
        made: tuple[Any, Any] = self.known[id(tables)]
        return made

    def mask(self, lengths: Any, values: Any, axis: int) -> Any:
        positions = self.torch.arange(values.shape[axis], dtype=lengths.dtype)
        return (positions < lengths[..., None]).float()

    def choose(self, mask: Any, x: Any, otherwise: float) -> Any:
        return self.torch.where(mask > 0, x, otherwise)

    def at_least_one(self, lengths: Any) -> Any:
        return lengths.clamp(min=1).float()


class CsrBackend(Backend):
    """``torch.sparse_csr_tensor @ kernel``."""

    def sparse_dense(
        self, x: Any, kernel: Array, bias: Array, activation: str | None = None
    ) -> Any:
        data, indices, splits = x
        matrix = self.torch.sparse_csr_tensor(
            splits, indices, data, (len(splits) - 1, len(kernel)), check_invariants=False
        )
        return self.finish_dense(matrix @ self.weight(kernel), bias, activation)


class FlatBackend(Backend):
    """Ragged rows as flat values and splits: EmbeddingBag and ``segment_reduce``."""

    def embedding_mean(self, ids: Any, table: Array) -> Any:
        *outer, inner = ids.splits
        means = self.functional.embedding_bag(
            ids.values, self.weight(table), inner.int(), mode="mean", include_last_offset=True
        )
        return Ragged(means, tuple(outer)) if outer else means

    def ragged_mean(self, x: Any) -> Any:
        (splits,) = x.splits
        sums = self._reduce(x.values, "sum", splits)
        return sums / splits.diff().clamp(min=1).float()[:, None]

    def attention_pool(self, x: Any, query: Array) -> Any:
        (splits,) = x.splits
        lengths = splits.diff()
        scores = self.matmul(x.values, query)
        greatest = self._reduce(scores, "max", splits)
        shares = (scores - greatest.repeat_interleave(lengths, output_size=len(scores))).exp()
        pooled = self._reduce(shares[:, None] * x.values, "sum", splits)
        return pooled / self._reduce(shares, "sum", splits).clamp(min=1e-30)[:, None]

    def self_attention(self, x: Any, heads: int, **projections: Any) -> Any:
        """One row after another: no padding, but a call for each."""
        (splits,) = x.splits
        rows = x.values.split(splits.diff().tolist())
        made = [super(FlatBackend, self).self_attention(row[None], heads, **projections)[0]
                for row in rows]  # fmt: skip
        return x._replace(values=self.torch.cat(made))

    def _reduce(self, items: Any, how: str, splits: Any) -> Any:
        return self.torch.segment_reduce(items, how, offsets=splits, axis=0, unsafe=True)
