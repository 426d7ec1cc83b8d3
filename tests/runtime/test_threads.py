"""The default number of threads: environment, CPU mask and cgroup quotas read from sample files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgraph.runtime import threads


@pytest.fixture(autouse=True)
def forget_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("KGRAPH_THREADS", raising=False)
    threads.set_threads(None)
    yield
    threads.set_threads(None)


def write_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGRAPH_THREADS", " 7 ")
    assert threads.default_threads() == 7
    assert threads.get_threads() == 7


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_nonsense_in_the_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KGRAPH_THREADS", text)
    with pytest.raises(ValueError, match="KGRAPH_THREADS must be a positive integer"):
        threads.default_threads()


@pytest.mark.parametrize(
    ("processors", "quota", "expected"),
    [(8, None, 8), (8, 2.0, 2), (8, 1.5, 2), (8, 0.1, 1), (2, 16.0, 2)],
)
def test_the_quota_is_rounded_up_and_bounded_by_the_mask(
    monkeypatch: pytest.MonkeyPatch, processors: int, quota: float | None, expected: int
) -> None:
    monkeypatch.setattr(threads, "available_processors", lambda: processors)
    monkeypatch.setattr(threads, "cpu_quota", lambda: quota)
    assert threads.default_threads() == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, None, id="no cgroups"),
        pytest.param({"proc/self/cgroup": "0::/\n"}, None, id="no controller"),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"},
            None,
            id="v2 without a quota",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"},
            1.5,
            id="v2 in a container",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/user.slice/job\n",
                "sys/fs/cgroup/user.slice/job/cpu.max": "400000 100000\n",
                "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
            },
            3.0,
            id="v2, the parent is tighter",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/host/only\n",
                "sys/fs/cgroup/cpu.max": "200000 100000\n",
            },
            2.0,
            id="v2, the group's path is the host's",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "11:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n0::/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            0.5,
            id="v1 in a container",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/job\n",
                "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "600000\n",
                "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "200000\n",
            },
            3.0,
            id="v1, the group's own folder",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
            id="v1 without a quota",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "what 0\n"},
            None,
            id="not a number",
        ),
    ],
)
def test_quotas_of_both_cgroup_generations(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    assert threads.cpu_quota(write_tree(tmp_path, files)) == expected


def test_set_threads_holds_until_it_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    threads.set_threads(3)
    assert threads.get_threads() == 3
    monkeypatch.setenv("KGRAPH_THREADS", "5")
    assert threads.get_threads() == 3
    threads.set_threads(None)
    assert threads.get_threads() == 5


@pytest.mark.parametrize("n", [0, -2])
def test_fewer_than_one_thread_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        threads.set_threads(n)


@pytest.mark.parametrize("n", [1.0, "2", True])
def test_a_number_of_threads_is_an_int(n: object) -> None:
    with pytest.raises(TypeError, match="must be an int or None"):
        threads.set_threads(n)  # type: ignore[arg-type]
