"""What is to come: the next move of each job, in order of instant, then of submission."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from emulator.core.clock import Instant
from emulator.core.jobs import Job
from emulator.core.planning import deadline

Due: TypeAlias = tuple[Instant, int, int, str]
"""A move to come: its instant, the job's number, which move, the job's id.

A move that is counted in polls stands there for the instant at which it comes without them.
"""


ROOM = 1000
"""Stale entries that are never worth a look."""


class Agenda:
    """One entry for each of the jobs that wait. It is stale once its job moved another way; when
    most are, they are thrown out."""

    def __init__(self, jobs: Mapping[str, Job], waiting: Collection[str]) -> None:
        self._jobs = jobs
        self._waiting = waiting
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
        if at is None:
            return
        heappush(self._heap, (at, job.number, nth, job.id))
        if len(self._heap) > 2 * len(self._waiting) + ROOM:
            self._heap = [due for due in self._heap if not self._stale(due)]
            heapify(self._heap)

    def reach(self, at: Instant, most: int) -> Instant:
        """`at`, or an instant before it up to which `most` moves come, those of one instant being
        taken together."""
        heap = self._heap
        passed: list[Due] = []
        if len(heap) <= most or heap[0][0] > at:
            return at
        while len(passed) < most and heap[0][0] <= at:
            passed.append(heappop(heap))
        for due in passed:
            heappush(heap, due)
        return passed[-1][0] if len(passed) == most else at

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
