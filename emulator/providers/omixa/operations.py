"""Operation names: the upstream's slash-bearing paths, which stand for a job."""

from __future__ import annotations

import re

from emulator.core.jobs import Job

OPERATION = re.compile(
    r"projects/[^/]+/locations/[^/]+/publishers/[^/]+/models/[^/]+/operations/"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def operation(job: Job) -> str:
    """The operation name of a job."""
    return (
        "projects/understudy/locations/us-central1/publishers/google"
        f"/models/{job.draft.model}/operations/{job.id}"
    )


def job_of(name: str) -> str | None:
    """The id of the job that a name stands for; None if it is no operation name."""
    found = OPERATION.fullmatch(name)
    return found[1] if found else None
