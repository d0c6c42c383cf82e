"""Operation names: the upstream's slash-bearing paths, which stand for a job."""

from __future__ import annotations

import re
from collections.abc import Container

from emulator.core.jobs import Job

PLACE = "projects/understudy/locations/us-central1/publishers/google/models"
"""Where every operation lies. The project is ours; the rest is the upstream's form."""

OPERATION = re.compile(
    re.escape(PLACE) + r"/([^/]+)/operations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)


def operation(job: Job) -> str:
    """The operation name of a job."""
    return f"{PLACE}/{job.draft.model}/operations/{job.id}"


def job_of(name: str, models: Container[str]) -> str | None:
    """The id of the job that a name stands for; None if it is no operation of these models."""
    found = OPERATION.fullmatch(name)
    return found[2] if found and found[1] in models else None
