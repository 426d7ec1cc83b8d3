"""Functions in configs: by name where they have one that can be looked up, else as code.

Code is only run for those who ask for it, as in Keras: a config may come from anywhere.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import CellType, FunctionType
from typing import Any

from kgraph.graph.source import user_line
from kgraph.layers.custom_objects import find_custom_object, registered_name
from kgraph.ops.op import Op, lookup
from kgraph.types.errors import KGraphTypeError, KGraphValueError, did_you_mean, message

Function = Callable[..., Any]
_safe: ContextVar[bool] = ContextVar("safe_mode", default=True)


@contextmanager
def unsafe_code() -> Iterator[None]:
    """Within this context configs may bring code along."""
    token = _safe.set(False)
    try:
        yield
    finally:
        _safe.reset(token)


def enable_unsafe_deserialization() -> None:
    """Let configs bring code along, from now on: only for those you trust.

    Source    keras.config.enable_unsafe_deserialization
    """
    _safe.set(False)


def is_lambda(function: Any) -> bool:
    return getattr(function, "__name__", "") == "<lambda>"


def named_config(function: Function) -> dict[str, Any]:
    """A config that names a function.

    Errors    TypeError for a ``lambda``: it has no name to find it by
    """
    if isinstance(function, Op):
        return {"module": "kgraph.ops", "class_name": "function", "config": function.name}
    if is_lambda(function):
        raise KGraphTypeError(
            message(
                "a config cannot name a lambda",
                where=f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}",
                hint="write it as a function with a name, and decorate that with "
                "kg.register_keras_serializable()",
            )
        )
    own = registered_name(function)
    return {"module": "builtins", "class_name": "function", "config": own, "registered_name": own}


def function_config(function: Function) -> dict[str, Any]:
    """As :func:`named_config`; a ``lambda`` is written as code, in the way of Keras."""
    if not (isinstance(function, FunctionType) and is_lambda(function)):
        return named_config(function)
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    for value in (*cells, *(function.__defaults__ or ())):
        if not isinstance(value, bool | int | float | str | type(None)):
            raise KGraphTypeError(
                message(
                    "a lambda that holds other values cannot be written to a config",
                    where=f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}",
                    received=f"a {type(value).__name__} in it",
                    hint="write a Layer with a `get_config`, or a function with a name",
                )
            )
    import base64

    code = base64.b64encode(marshal.dumps(function.__code__)).decode("ascii")
    about = {"code": code, "defaults": list(function.__defaults__ or ()), "closure": cells}
    return {"class_name": "__lambda__", "config": about}


def function_from_config(config: Any) -> Function:
    """The function that a config names, or brings along.

    Errors    ValueError for an unknown name, and for code while ``safe_mode`` holds
    """
    if callable(config):
        return config  # type: ignore[no-any-return]
    if isinstance(config, Mapping) and config.get("class_name") == "__lambda__":
        return _from_code(config["config"])
    if isinstance(config, list | tuple):  # Keras 2: code, defaults, closure
        code, defaults, closure = config
        return _from_code({"code": code, "defaults": defaults, "closure": closure})
    name = config.get("config") if isinstance(config, Mapping) else config
    if isinstance(config, Mapping) and config.get("module") == "kgraph.ops":
        return lookup(str(name))
    found = find_custom_object(str(name))
    if found is None:
        raise KGraphValueError(
            message(
                f"the config names a function {name!r} that is not known",
                where=user_line(),
                hint=f"custom_objects={{{name!r}: the_function}}, or decorate it with "
                "kg.register_keras_serializable()",
            )
        )
    return found  # type: ignore[no-any-return]


def _from_code(config: Mapping[str, Any]) -> Function:
    if _safe.get():
        raise KGraphValueError(
            message(
                "the config holds a Lambda layer with a Python `lambda` inside it: loading it "
                "would run code that came with the config",
                where=user_line(),
                hint="pass safe_mode=False if you trust where it comes from",
            )
        )
    import base64

    code = marshal.loads(base64.b64decode(config["code"]))
    cells = tuple(CellType(value) for value in config.get("closure") or ())
    kgraph = sys.modules["kgraph"]  # what stands above; a lambda finds no other names
    names = {"kg": kgraph, "kgraph": kgraph, "keras": kgraph.keras, "ops": kgraph.ops}
    names |= {"np": sys.modules["numpy"], "__builtins__": sys.modules["builtins"]}
    defaults = tuple(config.get("defaults") or ()) or None
    return FunctionType(code, names, "<lambda>", defaults, cells)


def refuse_unknown(kind: str, identifier: Any, known: Any, hint: str) -> KGraphValueError:
    """The error for a name that no function of this kind bears."""
    near = did_you_mean(identifier, known) if isinstance(identifier, str) else None
    return KGraphValueError(
        message(
            f"Could not interpret {kind} identifier: {identifier!r}",
            where=user_line(),
            expected=f"one of {', '.join(known)}; or a function",
            hint=near or hint,
        )
    )
