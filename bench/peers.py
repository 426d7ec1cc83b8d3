"""The workers as the runner sees them: processes that are asked, stopped and continued."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_THREADS = (
    "KGRAPH_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NUMBA_NUM_THREADS",
)
# They make NumPy's OpenBLAS run kernels of another processor than this.
FOREIGN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class Crashed(Exception):
    """A worker ended, or gave no answer in time."""


def environment(threads: int, root: Path) -> dict[str, str]:
    """A worker's variables: its threads, kgraph of ``root``, quiet frameworks."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {
        **kept,
        **dict.fromkeys(_THREADS, str(threads)),
        "PYTHONPATH": str(root),
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_USE_LEGACY_KERAS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }


@dataclass
class Peer:
    """One implementation with a number of threads, in its own process.

    It holds as many processors as it has threads, and between its turns it is stopped: threads that
    spin after their work (those of OpenBLAS and OpenMP do) then take nothing from the next.
    """

    name: str
    module: str
    threads: int
    root: Path = field(default_factory=Path.cwd)
    python: str = sys.executable
    log: Path = Path(os.devnull)
    process: subprocess.Popen[str] | None = None

    def ask(self, request: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Send a request and wait for its answer; the process runs only meanwhile.

        Errors    Crashed, which says how it ended
        """
        process = self.process or self._start()
        assert process.stdin is not None
        self._signal(signal.SIGCONT)
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._line(process, timeout))
        except (BrokenPipeError, ValueError) as error:
            raise Crashed(self._last_words(process)) from error
        finally:
            self._signal(signal.SIGSTOP)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        command = [self.python, "-m", "bench.worker", self.module, str(self.threads)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(self.threads, self.root),
                cwd=self.root,
                start_new_session=True,
            )
        _keep_to(self.process.pid, self.threads)
        return self.process

    def _line(self, process: subprocess.Popen[str], timeout: float) -> str:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                raise Crashed(f"no answer within {timeout:.0f} s")
        line = process.stdout.readline()
        if not line:
            raise Crashed(self._last_words(process))
        return line

    def _last_words(self, process: subprocess.Popen[str]) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        code = process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        return f"the process ended with {how}"

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """End the process; the next request starts a new one."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _keep_to(pid: int, threads: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, sorted(os.sched_getaffinity(0))[:threads])
