"""Keys of idempotency: which jobs were made for each, as long as one of them is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from emulator.core.jobs import Job

Key: TypeAlias = tuple[str, str]
"""A provider's name, and the key that a call to it carried."""


class Promises:
    """What a world has promised: whoever repeats a key gets the jobs that were made for it."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = jobs
        self._by_job: dict[str, Key] = {}
        self.made: dict[Key, tuple[str, ...]] = {}

    def kept(self, key: Key) -> tuple[Job, ...]:
        """The jobs of a key that are remembered; none if it is new."""
        found = (self._jobs.get(id) for id in self.made.get(key, ()))
        return tuple(job for job in found if job is not None)

    def make(self, key: Key, ids: tuple[str, ...]) -> None:
        """Remember the jobs that were made for a key."""
        self.made[key] = ids
        self._by_job |= dict.fromkeys(ids, key)

    def forget(self, id: str) -> None:
        """A job is remembered no more, and a key neither once its last job is not."""
        key = self._by_job.pop(id, None)
        if key is not None and not self.kept(key):
            del self.made[key]
