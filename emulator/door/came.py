"""What came of a run: the calls, the jobs, the invoice, and where the program could not go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from emulator.core.money import dollars
from emulator.server import pages
from emulator.server.live import Live


def report(lives: list[Live], refused: Mapping[str, int]) -> str:
    """All of it, for people."""
    parts = [part for live in lives for part in _of(live)]
    if not parts:
        parts = ["No call came."]
    if refused:
        lines = (f"  {place}{_times(count)}" for place, count in sorted(refused.items()))
        parts.append("\n".join(["Refused, and nothing left this machine:", *lines]))
    return "\n\n".join(parts)


def _of(live: Live) -> Iterator[str]:
    calls = Counter((one.provider, one.operation, one.status) for one in live.recorder)
    if not calls:
        return
    lines = [
        f"  {provider} {operation}: {status or 'no answer'}{_times(count)}"
        for (provider, operation, status), count in calls.items()
    ]
    yield "\n".join(["Calls:", *lines])
    now, jobs = live.world.now, live.world.jobs.values()
    lines = [
        f"  {job.id}  {job.status(now).value:<10} ${dollars(job.charged(now))}  {job.draft.model}"
        for job in jobs
    ]
    if lines:
        yield "\n".join(["Jobs:", *lines])
        yield pages.invoice(live.world).rstrip()


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""
