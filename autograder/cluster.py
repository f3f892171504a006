"""A Dask cluster as the place where submissions are graded; needs the extra `cluster`."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, Future
from pathlib import Path

from distributed import Client
from distributed.cfexecutor import ClientExecutor

from autograder.results import Graded
from autograder.source import SOLUTIONS
from autograder.work import Work
from autograder.workers import WorkerLost, WorkersUnavailable, grade_with

COURSE = "COURSE_FOLDER"
"""The environment variable that tells a worker which course's lessons it grades by; its checkout's without it."""
_CONNECT_SECONDS = 10.0
WORKER_SECONDS = 30.0
"""How long the first worker is waited for."""


class Cluster:
    """The workers of the scheduler at `address`, such as `tcp://10.0.0.5:8786`.

    A submission travels to them as data; the graders are those of their own checkouts, which must be the same version
    as here. What was under way on a worker that is lost is done again on another. With `device` "cuda" each submission
    takes one `GPU` of the resources that workers were started with.
    """

    def __init__(self, address: str, device: str = "cpu") -> None:
        self._address = address
        self._resources = {"GPU": 1} if device == "cuda" else None
        self._client: Client | None = None

    def executor(self) -> Executor:
        """Connect to the scheduler; raises `WorkersUnavailable` if it or its workers are not there."""
        try:
            client = Client(self._address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as e:
            raise WorkersUnavailable(
                f"no scheduler answers at {self._address} ({type(e).__name__}): start one with `dask scheduler`, and "
                f"`dask worker {self._address} --nthreads 1` on each machine that is to grade"
            ) from None
        self._client = client
        end = time.monotonic() + WORKER_SECONDS
        while not self._offers(client):
            if time.monotonic() > end:
                client.close()
                wanted = "worker offers a GPU to" if self._resources else "worker has joined"
                resources = " --resources GPU=1" if self._resources else ""
                raise WorkersUnavailable(
                    f"no {wanted} the scheduler at {self._address}: start some with "
                    f"`dask worker {self._address} --nthreads 1{resources}`"
                )
            time.sleep(0.2)
        return _Session(client, pure=False, resources=self._resources)

    def size(self) -> int:
        """Return how many threads all workers have at the moment."""
        assert self._client is not None
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        """Have a submission graded."""
        return executor.submit(_grade_on_worker, work)

    def told(self, error: BaseException) -> BaseException:
        """Return an error of the cluster in words of ours."""
        from concurrent.futures import CancelledError

        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkerLost(
                f"{error.allowed_failures + 1} workers ended over it, one after another"
            )
        if isinstance(error, CancelledError):
            return WorkersUnavailable(
                f"the scheduler at {self._address} was lost: start it again, then run the same command again; what "
                "was graded is kept"
            )
        return error

    def abandon(self) -> None:
        """Leave what is still being graded to itself."""
        if self._client is not None:
            self._client.close()

    def _offers(self, client: Client) -> bool:
        """Whether a worker is there that could take a submission."""
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        return any(not self._resources or worker["resources"].get("GPU") for worker in workers)


class _Session(ClientExecutor):  # type: ignore[misc]
    """An executor whose end is the end of its connection."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self._client.status == "running":
            super().shutdown(wait=wait and not cancel_futures)
        self._client.close()


def _grade_on_worker(work: Work) -> Graded:
    course = os.environ.get(COURSE)
    return grade_with(work, Path(course) / "solutions" if course else SOLUTIONS)
