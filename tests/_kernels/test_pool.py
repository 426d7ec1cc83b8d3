"""The thread pool: every chunk runs once, whoever calls, from wherever, before and after a fork."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from kgraph._kernels import pool

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
WORK = 20_000  # steps of a chunk: long enough for a worker to come in time


def assert_each_ran_once(n_chunks: int, max_threads: int, work: int = 0, nested: int = 0) -> int:
    """Run, check, and return the number of threads that took part."""
    runs, in_order, threads = pool.trial(n_chunks, max_threads, work=work, nested=nested)
    np.testing.assert_array_equal(runs, np.ones(n_chunks, np.int64))
    np.testing.assert_array_equal(in_order, np.full(n_chunks, nested))
    return len(set(threads.tolist()))


@pytest.mark.parametrize("max_threads", [-1, 0, 1, 2, 3, 8])
@pytest.mark.parametrize("n_chunks", [0, 1, 2, 3, 7, 100, 5000])
def test_every_chunk_runs_once(n_chunks: int, max_threads: int) -> None:
    for _ in range(20):
        n_used = assert_each_ran_once(n_chunks, max_threads)
        assert n_used <= max(1, max_threads)


def test_one_thread_is_the_caller_alone() -> None:
    assert assert_each_ran_once(100, 1) == 1


def test_workers_do_take_part() -> None:
    # A worker may be late for one call; that it is late for all of these means it never comes.
    deadline = time.monotonic() + 50  # on a busy machine the worker may come late
    while assert_each_ran_once(64, 2, work=WORK) != 2:
        assert time.monotonic() < deadline
    assert pool.n_workers() >= 1


def test_no_more_workers_than_chunks_are_started() -> None:
    before = pool.n_workers()
    assert_each_ran_once(2, 200)
    assert pool.n_workers() <= max(before, 1)


def test_nested_calls_run_in_order_on_their_own_thread() -> None:
    for max_threads in (1, 2, 4):
        assert_each_ran_once(50, max_threads, work=100, nested=9)


def test_calls_from_inside_a_call_that_runs_serially_are_serial_too() -> None:
    for _ in range(200):
        assert_each_ran_once(1, 3, nested=2000)


def test_many_short_calls_lose_nothing() -> None:
    for i in range(5000):
        assert_each_ran_once(2 + i % 9, 2 + i % 3)


def test_workers_that_fell_asleep_wake_up() -> None:
    assert_each_ran_once(8, 2, work=WORK)
    for _ in range(3):
        threading.Event().wait(0.02)  # far past the time that idle workers spin
        deadline = time.monotonic() + 50  # on a busy machine the worker may come late
    while assert_each_ran_once(64, 2, work=WORK) != 2:
        assert time.monotonic() < deadline


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity here")
def test_workers_keep_off_the_callers_processor() -> None:
    """In a process of its own, whose threads are counted."""
    code = """
import os
from kgraph._kernels import pool
allowed, before = os.sched_getaffinity(0), set(os.listdir("/proc/self/task"))
pool.trial(64, 3)
workers = set(os.listdir("/proc/self/task")) - before
off = [allowed - os.sched_getaffinity(int(worker)) for worker in workers]
assert len(off) == 2 and off[0] == off[1], off
assert len(off[0]) == (len(allowed) > 1), (off, allowed)
assert os.sched_getaffinity(0) == allowed
os.sched_setaffinity(0, allowed - off[0])  # the caller moves to where they are
pool.trial(64, 3)
moved = [allowed - os.sched_getaffinity(int(worker)) for worker in workers]
assert len(allowed) != 2 or moved == off, (moved, off)  # a caller bound to one leaves them alone
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_python_threads_may_call_at_once() -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def call_often() -> None:
        try:
            start.wait()
            for i in range(200):
                assert_each_ran_once(1 + i % 30, 3, work=50, nested=i % 3)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=call_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def run_in_fork(check: object) -> int:
    """The exit code of a forked child that calls `check`; 99 if it hangs."""
    with warnings.catch_warnings():
        # Newer Pythons warn about forking beside threads, which is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            check()  # type: ignore[operator]
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        threading.Event().wait(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return 99


def use_anew() -> None:
    assert pool.n_workers() == 0
    deadline = time.monotonic() + 50  # on a busy machine the worker may come late
    while assert_each_ran_once(64, 2, work=WORK) != 2:
        assert time.monotonic() < deadline
    assert pool.n_workers() == 1


@needs_fork
def test_the_pool_works_in_a_forked_child_and_on_in_the_parent() -> None:
    for _ in range(5):
        assert_each_ran_once(64, 3, work=WORK)
        assert run_in_fork(use_anew) == 0
        assert_each_ran_once(64, 3, work=WORK)


@needs_fork
def test_a_grandchild_has_a_pool_too() -> None:
    assert_each_ran_once(64, 2, work=WORK)

    def fork_again() -> None:
        use_anew()
        assert run_in_fork(use_anew) == 0

    assert run_in_fork(fork_again) == 0


@needs_fork
def test_a_fork_while_another_thread_is_inside_a_call() -> None:
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            pool.trial(64, 2, work=WORK)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    try:
        codes = [run_in_fork(use_anew) for _ in range(10)]
    finally:
        stop.set()
        thread.join()
    assert codes == [0] * 10


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_workers_use_the_pool(method: str) -> None:
    assert_each_ran_once(64, 2, work=WORK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context(method).Pool(2) as processes:
            results = processes.starmap(pool.trial, [(50, 2)] * 6)
    for runs, _, _ in results:
        np.testing.assert_array_equal(runs, np.ones(50, np.int64))


def test_the_limit_is_kept() -> None:
    before = pool.get_threads()
    try:
        pool.set_threads(5)
        assert pool.get_threads() == 5
        with pytest.raises(ValueError, match="must not be negative"):
            pool.set_threads(-1)
        assert pool.get_threads() == 5
    finally:
        pool.set_threads(before)
