"""Measure: ``python -m bench``, from the root of the repository.

python -m bench [options]         the scenarios, beside the peers that are installed
python -m bench report FILE       the report of a JSON of results, as Markdown
python -m bench plot FILE DIR     time per row against batch, a picture for each scenario
python -m bench compare A B       two revisions of kgraph
python -m bench build             drawing graphs and importing kgraph
python -m bench compiling         compile time against the number of ops
python -m bench calling           a call with next to nothing to compute, beside np.add
python -m bench rebinding         alternating batch sizes against one
python -m bench costs             the cost table of this machine, for kg.compile(model, costs=...)
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "run": "bench.run",
    "report": "bench.show",
    "plot": "bench.show",
    "compare": "bench.compare",
    "build": "bench.build",
    "compiling": "bench.compiling",
    "calling": "bench.calling",
    "rebinding": "bench.rebinding",
    "costs": "bench.costs",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Hand over to the module of a command; without one, run the scenarios."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = bool(given) and given[0] in COMMANDS
    command = given.pop(0) if named else "run"
    if command in ("report", "plot"):
        given.insert(0, command)
    import_module(COMMANDS[command]).main(given)


if __name__ == "__main__":
    main()
