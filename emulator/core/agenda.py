"""What is to come: the next move of each job, in order of instant, then of submission."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import TypeAlias

from emulator.core.clock import Instant
from emulator.core.jobs import Job
from emulator.core.planning import deadline

Due: TypeAlias = tuple[Instant, int, int, str]
"""A move to come: its instant, the job's number, which move, the job's id.

A move that is counted in polls stands there for the instant at which it comes without them.
"""


class Agenda:
    """One entry for each job at the most. An entry is stale once its job moved another way."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = jobs
        self._heap: list[Due] = []

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def due(self) -> Instant | None:
        """When the next move comes; None if nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def plan(self, job: Job, nth: int) -> None:
        """Expect the job's `nth` move, if it is one that ever comes by itself."""
        at = _comes(job, nth)
        if at is not None:
            heappush(self._heap, (at, job.number, nth, job.id))

    def take(self, at: Instant) -> tuple[Instant, Job, int] | None:
        """The first move up to `at`, which is then no longer expected; None if there is none.

        Stale entries on top go too, so that `due` is always that of a move which will come.
        """
        while self._heap and (self._heap[0][0] <= at or self._stale(self._heap[0])):
            due = heappop(self._heap)
            if not self._stale(due):
                return due[0], self._jobs[due[3]], due[2]
        return None

    def _stale(self, due: Due) -> bool:
        job = self._jobs.get(due[3])
        return job is None or job.cancelled is not None or _comes(job, due[2]) != due[0]


def _comes(job: Job, nth: int) -> Instant | None:
    moves = job.plan.moves
    return moves[nth].at if nth < len(moves) else deadline(job)
