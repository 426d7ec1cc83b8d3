"""Build the Cython kernels; everything else about the project stands in pyproject.toml.

Every ``kgraph/_kernels/*.pyx`` is one extension module.  The vector loops live in C headers that
include themselves once per instruction set (``base``, ``v3`` = AVX2 + FMA, ``v4`` = AVX-512), so
one binary serves every machine and no ``-march`` flag is needed here.

Environment
    KGRAPH_DEBUG_KERNELS=1   bounds-checked memoryviews and ``assert`` in the C headers

A build with sanitizers takes ``CFLAGS="-fsanitize=address,undefined"`` beside it; run the suite on
it with ``LD_PRELOAD=$(gcc -print-file-name=libasan.so) PYTHONMALLOC=malloc pytest -s`` under
``ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1``: pytest hides what goes on.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

KERNELS = Path("kgraph") / "_kernels"
DEBUG = os.environ.get("KGRAPH_DEBUG_KERNELS", "0") == "1"

# -fno-trapping-math and -fno-math-errno let the loops vectorise and change no result;
# -ffast-math never: its start-up code turns subnormals off for the whole process.
# Contraction to FMA is written out in the headers where it is wanted, so it is off here.
COMPILE_ARGS = (
    ["/O2"]
    if sys.platform == "win32"
    else ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-Wno-psabi"]
)
if sys.platform != "win32" and not DEBUG:
    # CPython's own flags ask for debug information: it doubles the build time and the wheel.
    COMPILE_ARGS.append("-g0")
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "embedsignature": True,
    "freethreading_compatible": True,
}


def extensions() -> list[Extension]:
    headers = sorted(str(path) for path in KERNELS.glob("*.h"))
    macros = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
    if not DEBUG:
        macros.append(("NDEBUG", "1"))
    import numpy

    return [
        Extension(
            name=f"kgraph._kernels.{path.stem}",
            sources=[str(path)],
            include_dirs=[numpy.get_include(), str(KERNELS)],
            depends=headers,
            define_macros=macros,
            undef_macros=["NDEBUG"] if DEBUG else [],  # which CPython's own flags define
            extra_compile_args=COMPILE_ARGS,
            extra_link_args=[] if sys.platform == "win32" else ["-pthread"],
        )
        for path in sorted(KERNELS.glob("*.pyx"))
    ]


if __name__ == "__main__":
    workers = os.cpu_count() or 1
    setup(
        ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, nthreads=workers),
        options={"build_ext": {"parallel": workers}},
    )
