"""From a reply to Omixa's JSON: the normalized video object, models, usage."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from emulator.core.clock import SECOND, Instant, iso, span
from emulator.core.commands import Jobs, Reply
from emulator.core.jobs import Job, Status
from emulator.core.money import DOLLAR, Micros, dollars, usd
from emulator.core.refusals import Reason, Refused
from emulator.providers.links import sign
from emulator.providers.omixa import prices, read
from emulator.providers.omixa.operations import operation
from emulator.providers.omixa.refuse import triple
from emulator.providers.port import Answer, Call, File, Inline, Terms, Wait

TYPE = "video/mp4"

OWN_INTERVAL = 2
"""Seconds between the gateway's own looks at a job, when the caller names none (U28)."""


def created(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The answer to a create, as its job stands once the wait is over."""
    assert isinstance(reply, Jobs)
    shown = video(reply.one, reply.now, call.origin, terms)
    return Answer(int(terms.assume["create-status"]), shown)


def polled(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The answer to a poll: the same object."""
    assert isinstance(reply, Jobs)
    return Answer(200, video(reply.one, reply.now, call.origin, terms))


def waited(reply: Jobs, call: Call, terms: Terms) -> Wait | None:
    """How long a create waits: `wait_seconds`, looking at its job at each interval.

    An interval of zero looks all the time.
    """
    job = reply.one
    seconds = job.draft.params.get("wait_seconds", 0)
    if terms.assume["wait-cap"] == "60s":
        seconds = min(seconds, 60)
    if not seconds:
        return None
    every = job.draft.params.get("poll_interval_seconds", OWN_INTERVAL)
    if terms.assume["own-polling"] == "after-wait":
        every = seconds
    return Wait(job, until=job.submitted + seconds * SECOND, every=every * SECOND or None)


def video(job: Job, now: Instant, origin: str, terms: Terms) -> dict[str, Any]:
    """The normalized object of the seed page."""
    assume, status = terms.assume, job.status(now)
    shown: dict[str, Any] = {
        "provider": terms.models[job.draft.model].facts["provider"],
        "model": job.draft.model,
        "status": _word(status, assume["queued-word"], assume["failed-word"]),
        "operation": operation(job),
    }
    if not status.over or assume["final-poll-after"] == "kept":
        shown["poll_after_seconds"] = int(assume["poll-after"])
    elif assume["final-poll-after"] == "null":
        shown["poll_after_seconds"] = None
    if status is Status.SUCCEEDED:
        shown["data"] = [
            {"url": _url(job, nth, now, origin, terms), "content_type": TYPE}
            for nth in range(job.plan.delivers)
        ]
    elif status.over or assume["running-data"] != "absent":
        empty = status.over or assume["running-data"] == "empty"
        shown["data"] = [] if empty else None
    if status in (Status.FAILED, Status.CANCELLED) and assume["failed-poll"] == "error":
        shown["error"] = triple(Refused(Reason.UPSTREAM, job.plan.error or ""), assume)
    return shown


def downloaded(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The result behind a signed link."""
    assert isinstance(reply, Jobs)
    _, nth = read.file(call)
    job = reply.one
    if job.status(reply.now) is not Status.SUCCEEDED or nth >= job.plan.delivers:
        raise Refused(Reason.NO_PATH, call.path)
    return Answer(200, File(job, nth))


def models(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The models this key may use, with their prices."""
    listed = [
        {
            "id": model.id,
            "object": "model",
            "modality": model.kind,
            "provider": model.facts["provider"],
            "endpoint_type": model.facts["endpoint_type"],
            "pricing": {
                "video_per_second": _money(prices.rate(model, terms.scenario), terms),
                "minimum_hold": _money(usd(model.facts["minimum_hold"]), terms),
                "currency": "USD",
            },
        }
        for model in terms.models.values()
        if terms.allowed is None or model.id in terms.allowed
    ]
    return Answer(200, {"object": "list", "data": listed})


def usage(reply: Reply, call: Call, terms: Terms) -> Answer:
    """A record for each accepted create."""
    assert isinstance(reply, Jobs)
    return Answer(200, {"data": [_record(job, reply.now, terms) for job in reply.jobs]})


def rollups(reply: Reply, call: Call, terms: Terms) -> Answer:
    """Sums by day and model, oldest day first."""
    assert isinstance(reply, Jobs)

    def bucket(job: Job) -> tuple[str, str]:
        return iso(terms.see(job.submitted))[:10], job.draft.model

    jobs = sorted(reply.jobs, key=bucket)
    sums = [
        _sum(day, model, tuple(group), reply.now, terms)
        for (day, model), group in groupby(jobs, key=bucket)
    ]
    return Answer(200, {"data": sums})


def _word(status: Status, queued: str, failed: str) -> str:
    match status:
        case Status.QUEUED:
            return queued
        case Status.RUNNING:
            return "running"
        case Status.SUCCEEDED:
            return "succeeded"
        case _:
            return failed


def _url(job: Job, nth: int, now: Instant, origin: str, terms: Terms) -> str | Inline:
    if terms.assume["result-url"] == "data":
        return Inline(File(job, nth), prefix=f"data:{TYPE};base64,")
    path = f"/api/v1/videos/files/{job.id}-{nth}.mp4"
    expires = (job.ended(now) or now) + span(terms.assume["link-lifetime"])
    return f"{origin}{path}?signature={sign(path, terms.world, terms.secret, expires)}"


def _record(job: Job, now: Instant, terms: Terms) -> dict[str, Any]:
    status = job.status(now)
    failed = status in (Status.FAILED, Status.CANCELLED)
    return {
        "id": f"req_{job.id}",
        "created_at": _second(job.submitted, terms),
        "model": job.draft.model,
        "operation": "videos.jobs",
        "stream": False,
        "status": _word(status, "running", "failed"),
        "input_tokens": 0,
        "output_tokens": 0,
        "billable_units": _units(job, now, terms),
        "cost": _money(job.charged(now), terms),
        "latency_ms": ((job.ended(now) or now) - job.submitted) // 1000,
        "error": job.plan.error if failed else None,
    }


def _sum(day: str, model: str, jobs: tuple[Job, ...], now: Instant, terms: Terms) -> dict[str, Any]:
    statuses = [job.status(now) for job in jobs]
    failed = statuses.count(Status.FAILED) + statuses.count(Status.CANCELLED)
    return {
        "period_type": "day",
        "period_start": f"{day}T00:00:00Z",
        "model": model,
        "requests": len(jobs),
        "succeeded": statuses.count(Status.SUCCEEDED),
        "failed": failed,
        "billable_units": sum(_units(job, now, terms) for job in jobs),
        "cost": _money(sum(job.charged(now) for job in jobs), terms),
    }


def _units(job: Job, now: Instant, terms: Terms) -> float:
    """The video seconds that were charged."""
    per_second = prices.rate(terms.models[job.draft.model], terms.scenario)
    return job.charged(now) / per_second if per_second else 0


def _second(at: Instant, terms: Terms) -> str:
    seen = terms.see(at)
    return iso(seen - seen % SECOND)


def _money(amount: Micros, terms: Terms) -> str | float:
    return dollars(amount) if terms.assume["money-type"] == "string" else amount / DOLLAR
