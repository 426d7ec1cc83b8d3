"""How many threads kernels may use: `KGRAPH_THREADS`, else the processors this process really has.

A container's processors are bounded twice: by its CPU mask (`sched_getaffinity`) and by a quota of
CPU time per period, which `os.cpu_count` does not see.  More threads than the quota allows are
stopped together until the next period begins, so the quota counts, rounded up.
"""

import math
import os
from pathlib import Path

from kgraph._kernels import pool
from kgraph.types.calling import checked

__all__ = ["default_threads", "get_threads", "set_threads"]


@checked
def set_threads(n: int | None) -> None:
    """Let every later call use at most n threads; None goes back to `default_threads()`.

    Errors    ValueError if n < 1, TypeError if it is no integer

    >>> set_threads(2)
    >>> get_threads()
    2
    >>> set_threads(None)
    """
    if n is None:
        pool.set_threads(0)
        return
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"the number of threads must be an int or None, got {n!r}")
    if n < 1:
        raise ValueError(f"the number of threads must be at least 1, got {n}")
    pool.set_threads(n)


def get_threads() -> int:
    """The number of threads in force; found out at the first question, then remembered."""
    if pool.get_threads() == 0:
        pool.set_threads(default_threads())
    return pool.get_threads()


def default_threads() -> int:
    """`KGRAPH_THREADS` if set, else the processors of the CPU mask within the CPU quota.

    Errors    ValueError if KGRAPH_THREADS is set to anything but a positive integer
    """
    text = os.environ.get("KGRAPH_THREADS", "").strip()
    if text:
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise ValueError(f"KGRAPH_THREADS must be a positive integer, got {text!r}")
        return int(text)
    n = available_processors()
    quota = cpu_quota()
    return n if quota is None else max(1, min(n, math.ceil(quota)))


def available_processors() -> int:
    """Processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_quota(root: Path = Path("/")) -> float | None:
    """The smallest CPU quota, in processors, of this process's cgroup and those above it.

    Both generations are read: v2 (`cpu.max`: "quota period" in microseconds, or "max period") and
    v1 (`cpu.cfs_quota_us`, -1 for none, and `cpu.cfs_period_us`).  None where there is no quota, no
    cgroup file system, or nothing readable.  `root` is where proc and sys are looked for.

    Source    Linux kernel, Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst
    """
    quotas = [
        quota
        for mount, group in _cpu_groups(root)
        for folder in _upwards(mount, group)
        if (quota := _folder_quota(folder)) is not None
    ]
    return min(quotas, default=None)


def _cpu_groups(root: Path) -> list[tuple[Path, str]]:
    """(mount point, path of the group) from lines such as `4:cpu,cpuacct:/a/b` and `0::/a/b`."""
    groups = []
    cgroup = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            groups += [(cgroup, group), (cgroup / "unified", group)]
        elif "cpu" in controllers.split(","):
            groups += [(cgroup / "cpu", group), (cgroup / controllers, group)]
    return groups


def _upwards(mount: Path, group: str) -> list[Path]:
    """The group's folder and those above it, down to the mount point; a limit up there holds too.

    Inside a container the path may name folders of the host that are not mounted: the mount point
    then is the group itself.
    """
    names = [name for name in group.split("/") if name not in ("", "..")]
    return [mount.joinpath(*names[:depth]) for depth in range(len(names), -1, -1)]


def _folder_quota(folder: Path) -> float | None:
    both = _read(folder / "cpu.max").split()
    if not both:
        both = [_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    try:
        quota, period = (int(number) for number in both)
    except ValueError:  # "max", or a file that is not there
        return None
    return quota / period if quota > 0 and period > 0 else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
