"""Python's operators and NumPy's dispatch, for every value that ops understand.

``types`` knows no op; ``kgraph.ops`` fills ``OPS`` as it defines them, and the operators look their
op up by name when they are used.  The first name that is not there defines them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from kgraph.types.errors import KGraphTypeError, message


class Definitions(dict[str, Callable[..., Any]]):
    """Functions by name; ``kgraph.ops`` says what to run when one is missing."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        _define()
        if name not in self:
            raise KeyError(name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            _define()
        return super().get(name, default)


OPS = Definitions()
NUMPY_PROTOCOLS = Definitions()
# "ufunc" and "function": how ops answer the calls that NumPy passes on to its operands


def define_with(define: Callable[[], Any]) -> None:
    """Say what defines the ops; running it again does nothing."""
    global _define
    _define = define


def _define() -> Any:
    """Nothing, as long as nobody defines ops."""


class Operators:
    """Mixin: ``x + y``, ``x[1:]``, ``np.tanh(x)`` and ``np.concatenate([x, y])`` call ops."""

    __slots__ = ()
    __array_priority__ = 100
    _instead_of_assigning = "ops.where(mask, new, x) is x with other values where mask is true"

    def __add__(self, other: Any) -> Any:
        return OPS["add"](self, other)

    def __radd__(self, other: Any) -> Any:
        return OPS["add"](other, self)

    def __sub__(self, other: Any) -> Any:
        return OPS["subtract"](self, other)

    def __rsub__(self, other: Any) -> Any:
        return OPS["subtract"](other, self)

    def __mul__(self, other: Any) -> Any:
        return OPS["multiply"](self, other)

    def __rmul__(self, other: Any) -> Any:
        return OPS["multiply"](other, self)

    def __truediv__(self, other: Any) -> Any:
        return OPS["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return OPS["divide"](other, self)

    def __floordiv__(self, other: Any) -> Any:
        return OPS["floor_divide"](self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return OPS["floor_divide"](other, self)

    def __mod__(self, other: Any) -> Any:
        return OPS["mod"](self, other)

    def __rmod__(self, other: Any) -> Any:
        return OPS["mod"](other, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __pow__(self, other: Any) -> Any:
        return OPS["power"](self, other)

    def __rpow__(self, other: Any) -> Any:
        return OPS["power"](other, self)

    def __matmul__(self, other: Any) -> Any:
        return OPS["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return OPS["matmul"](other, self)

    def __and__(self, other: Any) -> Any:
        return OPS["bitwise_and"](self, other)

    def __rand__(self, other: Any) -> Any:
        return OPS["bitwise_and"](other, self)

    def __or__(self, other: Any) -> Any:
        return OPS["bitwise_or"](self, other)

    def __ror__(self, other: Any) -> Any:
        return OPS["bitwise_or"](other, self)

    def __xor__(self, other: Any) -> Any:
        return OPS["bitwise_xor"](self, other)

    def __rxor__(self, other: Any) -> Any:
        return OPS["bitwise_xor"](other, self)

    def __lshift__(self, other: Any) -> Any:
        return OPS["left_shift"](self, other)

    def __rlshift__(self, other: Any) -> Any:
        return OPS["left_shift"](other, self)

    def __rshift__(self, other: Any) -> Any:
        return OPS["right_shift"](self, other)

    def __rrshift__(self, other: Any) -> Any:
        return OPS["right_shift"](other, self)

    def __invert__(self) -> Any:
        return OPS["bitwise_invert"](self)

    def __neg__(self) -> Any:
        return OPS["negative"](self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return OPS["absolute"](self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return OPS["round"](self, decimals=ndigits or 0)

    def __lt__(self, other: Any) -> Any:
        return OPS["less"](self, other)

    def __le__(self, other: Any) -> Any:
        return OPS["less_equal"](self, other)

    def __gt__(self, other: Any) -> Any:
        return OPS["greater"](self, other)

    def __ge__(self, other: Any) -> Any:
        return OPS["greater_equal"](self, other)

    def __eq__(self, other: Any) -> Any:
        if other is None:
            _refuse_none("==", "x is None")
        return OPS["equal"](self, other)

    def __ne__(self, other: Any) -> Any:
        if other is None:
            _refuse_none("!=", "x is not None")
        return OPS["not_equal"](self, other)

    def __getitem__(self, key: Any) -> Any:
        return OPS["getitem"](self, key)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise KGraphTypeError(
            message(
                f"the elements of a {type(self).__name__} cannot be assigned",
                received=f"x[{key!r}] = {value!r}",
                hint=self._instead_of_assigning,
            )
        )

    def __hash__(self) -> int:
        return id(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """``np.tanh(x)``: the op that stands for the ufunc."""
        return NUMPY_PROTOCOLS["ufunc"](ufunc, method, inputs, kwargs)

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """``np.concatenate([x, y])``: the op that stands for the NumPy function."""
        return NUMPY_PROTOCOLS["function"](func, args, kwargs)


def _refuse_none(operator: str, instead: str) -> NoReturn:
    raise KGraphTypeError(
        message(
            f"`{operator}` compares numbers element by element, and None is no number",
            hint=f"`{instead}`",
        )
    )
