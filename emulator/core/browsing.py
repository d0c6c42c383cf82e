"""Which of a world's jobs a query means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emulator.core.clock import Instant
from emulator.core.commands import Browse
from emulator.core.jobs import Job, Status

WAITING = frozenset({Status.QUEUED, Status.RUNNING})


def browse(
    jobs: Mapping[str, Job], waiting: Iterable[str], query: Browse, now: Instant
) -> Iterator[Job]:
    """The jobs that the query wants, as they stand at `now`; `waiting` are those not ended."""
    ids: Iterable[str] = jobs
    if query.statuses is not None and query.statuses <= WAITING:
        ids = waiting
    if query.newest_first:
        ids = reversed(tuple(ids))
    for id in ids:
        job = jobs[id]
        if _wanted(job, query, now):
            yield job


def _wanted(job: Job, query: Browse, now: Instant) -> bool:
    return (
        job.provider == query.provider
        and (query.apart or not job.draft.apart)
        and query.model in (None, job.draft.model)
        and query.kind in (None, job.draft.kind)
        and all(job.draft.labels.get(name) == want for name, want in query.labels.items())
        and (query.statuses is None or job.status(now) in query.statuses)
    )
