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
    labels = query.labels.items()
    for id in ids:
        job = jobs[id]
        draft = job.draft
        if (
            job.provider == query.provider
            and (query.apart or not draft.apart)
            and (query.model is None or query.model == draft.model)
            and (query.kind is None or query.kind == draft.kind)
            and labels <= draft.labels.items()
            and (query.statuses is None or job.status(now) in query.statuses)
        ):
            yield job
