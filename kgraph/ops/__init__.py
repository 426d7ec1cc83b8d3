"""The ops: ``keras.ops`` by name and meaning, on arrays, ragged, sparse and symbolic values.

They are defined when the first one is asked for, by its name here, by an operator or by NumPy: that
takes longer than all else that ``import kgraph`` would wait for.  So modules that are imported
before write ``import kgraph.ops.operands as operands``: asking the package for a name defines all.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from kgraph.types.names import no_such_name as _no_such_name
from kgraph.types.operators import define_with as _define_with

_define_with(lambda: _import_module("kgraph.ops.names"))

if TYPE_CHECKING:  # a checker knows every name that is here
    from kgraph.ops.names import *  # noqa: F403
    from kgraph.ops.names import __all__ as __all__
else:

    def __getattr__(name):
        names = _import_module("kgraph.ops.names")
        if "__all__" not in vars(names):  # the ops are being defined, by a module that is no op
            raise AttributeError(name)
        globals().update({known: getattr(names, known) for known in names.__all__})
        globals()["__all__"] = names.__all__
        if name not in globals():
            raise _no_such_name(__name__, name, names.__all__)
        return globals()[name]

    def __dir__():
        return sorted({*__getattr__("__all__"), *globals()})
