"""Who grades: processes on this machine, or a Dask cluster; either through the interface of `concurrent.futures`."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from autograder.results import Graded
from autograder.work import Work

_AHEAD = 3
"""How many submissions each worker has before it, so that none is idle while this process writes the gradebook."""


class WorkersUnavailable(Exception):
    """Nobody can grade; the message says why and what to do."""


class WorkerLost(Exception):
    """The process that graded a submission ended over it; the message says so of a submission."""


class Place(Protocol):
    """Where submissions are graded."""

    def executor(self) -> Executor:
        """Return what runs the work; `WorkersUnavailable` if nothing can."""

    def size(self) -> int:
        """Return how many submissions are graded at a time."""

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        """Have a submission graded."""

    def told(self, error: BaseException) -> BaseException:
        """Return an error of the executor's own in words of ours; any other as it is."""

    def abandon(self) -> None:
        """End at once what is still being graded."""


@dataclass(frozen=True)
class Here:
    """This very process, one submission after another."""

    solutions: Path

    def executor(self) -> Executor:
        return _InThisProcess()

    def size(self) -> int:
        return 1

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        return executor.submit(grade_with, work, self.solutions)

    def told(self, error: BaseException) -> BaseException:
        return error

    def abandon(self) -> None:
        pass


class _InThisProcess(Executor):
    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[Graded] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as e:  # as any executor hands it on
            future.set_exception(e)
        return future


@dataclass(frozen=True)
class Local:
    """`count` processes on this machine."""

    solutions: Path
    count: int

    def executor(self) -> Executor:
        # as many processes as there are cores: more threads would only be in each other's way
        os.environ["OMP_NUM_THREADS"] = "1"
        # forked, but not from this process: they would hold the gradebook and all else that it has open
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["autograder.warm"])
        return ProcessPoolExecutor(self.count, context, initializer=_begin_worker)

    def size(self) -> int:
        return self.count

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        return executor.submit(grade_with, work, self.solutions)

    def told(self, error: BaseException) -> BaseException:
        if isinstance(error, BrokenExecutor):
            return WorkerLost("the process that graded it ended over it, twice")
        return error

    def abandon(self) -> None:
        for process in multiprocessing.active_children():
            process.kill()


def grade_with(work: Work, solutions: Path) -> Graded:
    """Grade a submission in the process that this is called in."""
    # torch and the judge are imported where there is something to judge
    from autograder.grading import grade_work

    return grade_work(work, solutions)


def _begin_worker() -> None:
    # who presses Ctrl-C means the batch, which ends its workers itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class Workers:
    """Grades what is submitted, each under a name, and hands the results back as they come.

    A process that dies takes others' work with it: all of that is done again, each submission alone, so that only one
    which ends its process every time goes without a result.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._executor = place.executor()
        self._working: dict[Future[Graded], tuple[str, Work]] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._place.abandon()
        self._executor.shutdown(wait=True, cancel_futures=True)

    @property
    def busy(self) -> bool:
        """Whether all workers have enough before them."""
        return len(self._working) >= self._place.size() * _AHEAD

    def submit(self, name: str, work: Work) -> None:
        """Have a submission graded."""
        try:
            self._working[self._place.grade(self._executor, work)] = name, work
        except BrokenExecutor:
            # noticed before the futures of those who were under way were looked at
            future: Future[Graded] = Future()
            future.set_exception(BrokenExecutor())
            self._working[future] = name, work

    def finished(self, *, wait_for_one: bool) -> Iterator[tuple[str, Graded | BaseException]]:
        """Yield the name and the result of each submission that is finished, or the reason why there is none."""
        timeout = None if wait_for_one else 0
        done, _ = wait(self._working, timeout, return_when=FIRST_COMPLETED)
        if any(isinstance(_error_of(future), BrokenExecutor) for future in done):
            yield from self._one_by_one()
            return
        for future in done:
            name, _ = self._working.pop(future)
            yield name, self._outcome(future)

    def _one_by_one(self) -> Iterator[tuple[str, Graded | BaseException]]:
        """Grade all that is under way again, each alone in new processes."""
        working, self._working = self._working, {}
        self._renew()
        for future, (name, work) in working.items():
            if _error_of(future) is not None:
                future = self._place.grade(self._executor, work)
                if isinstance(_error_of(future), BrokenExecutor):
                    self._renew()
            yield name, self._outcome(future)

    def _outcome(self, future: Future[Graded]) -> Graded | BaseException:
        error = _error_of(future)
        return future.result() if error is None else self._place.told(error)

    def _renew(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._place.executor()


def _error_of(future: Future[Graded]) -> BaseException | None:
    """Return what a future ended with instead of a result, when it ends."""
    try:
        return future.exception()
    except CancelledError as e:
        return e
