"""From a reply to the hub's JSON. Field names and nulls are those of the vendor's reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from emulator.core.clock import SECOND, Instant, span
from emulator.core.commands import Ended, Jobs, Moved, Reply
from emulator.core.jobs import Job, Status
from emulator.core.money import dollars
from emulator.core.planning import NO_CREDIT, identity, lot
from emulator.core.refusals import Reason, Refused
from emulator.providers.links import sign
from emulator.providers.oxen import read
from emulator.providers.oxen.words import WORDS
from emulator.providers.port import Answer, Call, File, Inline, Terms, Wait
from emulator.providers.sse import frame

COMPLETED = "media_generation_completed"


def enqueued(reply: Reply, call: Call, terms: Terms) -> Answer:
    """One entry for each job, in order; the status is `queued` whatever has happened since."""
    assert isinstance(reply, Jobs)
    made = [{"generation_id": job.id, "status": "queued"} for job in reply.jobs]
    return Answer(200, {"generations": made})


def one(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The bare row of GET /api/ai/queue/{id}."""
    assert isinstance(reply, Jobs)
    return Answer(200, row(reply.one, reply.now, call.origin, terms))


def listed(reply: Reply, call: Call, terms: Terms) -> Answer:
    """Every row that matches; this list has no pages."""
    assert isinstance(reply, Jobs)
    rows = [row(job, reply.now, call.origin, terms) for job in reply.jobs]
    return Answer(200, {"count": len(rows), "generations": rows})


def cancelled(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The same answer whether the cancel had an effect or came too late, unless assumed else."""
    assert isinstance(reply, Ended)
    if not reply.changed and (status := terms.assume["cancel-ended"]) != "200":
        reason = Reason.UNKNOWN_JOB if status == "404" else Reason.JOB_ENDED
        raise Refused(reason, "already finished")
    return Answer(200, {"status": "success", "generation_id": reply.job.id})


def history(reply: Reply, call: Call, terms: Terms) -> Answer:
    """One page of all generations, with what each cost and the sum over all pages."""
    assert isinstance(reply, Jobs)
    number, size = read.page(call, terms)
    shown = reply.jobs[(number - 1) * size : number * size]
    total = sum(job.charged(reply.now) for job in reply.jobs)
    return Answer(
        200,
        {
            "count": len(shown),
            "generations": [record(job, reply.now, call.origin, terms) for job in shown],
            "page_number": number,
            "page_size": size,
            "total_pages": -(-len(reply.jobs) // size),
            "total_entries": len(reply.jobs),
            "total_cost": dollars(total) if total else None,
        },
    )


def recorded(reply: Reply, call: Call, terms: Terms) -> Answer:
    """One generation with its cost, in the history's envelope."""
    assert isinstance(reply, Jobs)
    shown = record(reply.one, reply.now, call.origin, terms)
    return Answer(
        200, {"status": "success", "status_message": "resource_found", "generation": shown}
    )


def generated(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The answer of a sync endpoint, once its job is over."""
    assert isinstance(reply, Jobs)
    job, now = reply.one, reply.now
    if job.status(now) is not Status.SUCCEEDED:
        if job.plan.error == NO_CREDIT:
            raise Refused(Reason.NO_CREDIT)
        raise Refused(Reason.MODEL_ERROR, job.plan.error or "The generation was cancelled.")
    made: dict[str, Any] = {"url": link(job, now, call.origin, terms)}
    if job.draft.labels.get("format") == "b64_json":
        made = {"b64_json": Inline(File(job))}
    created = _seconds(job.ended(now), terms)
    return Answer(200, {"model": job.draft.model, "created": created, f"{job.draft.kind}s": [made]})


def blocked(reply: Jobs, call: Call, terms: Terms) -> Wait:
    """A sync endpoint answers when its job is over."""
    return Wait(reply.one)


def downloaded(reply: Reply, call: Call, terms: Terms) -> Answer:
    """The result behind a signed link."""
    assert isinstance(reply, Jobs)
    if reply.one.status(reply.now) is not Status.SUCCEEDED:
        raise Refused(Reason.UNKNOWN_JOB, reply.one.id)
    return Answer(200, File(reply.one))


def tell(moved: Moved, origin: str, terms: Terms) -> bytes | None:
    """The event of a job that succeeded or failed. Nothing is told of one that was cancelled."""
    job = moved.job
    if job.provider != "oxen" or (job.draft.apart and terms.assume["sync-jobs"] == "apart"):
        return None
    named = {"generation_id": job.id, "status": moved.to.value, "media_type": job.draft.kind}
    match moved.to:
        case Status.SUCCEEDED:
            url = link(job, moved.at, origin, terms)
            return frame(COMPLETED, {**named, "model": job.draft.model, "url": url})
        case Status.FAILED:
            return frame(COMPLETED, {**named, "error": job.plan.error})
        case _:
            return None


def row(job: Job, now: Instant, origin: str, terms: Terms) -> dict[str, Any]:
    """A generation's row at `now`, the submitted parameters merged in after its own fields."""
    status, labels = job.status(now), job.draft.labels
    queued = status is Status.QUEUED
    own: dict[str, Any] = {
        "generation_id": job.id,
        "model_name": job.draft.model,
        "media_type": job.draft.kind,
        "status": WORDS[status],
        "result_url": _result(job, now, origin, terms) if status is Status.SUCCEEDED else None,
        "error_message": job.plan.error if status is Status.FAILED else None,
        "enqueued_at": _seconds(job.submitted, terms),
        "started_at": None if queued else _seconds(job.started(now), terms),
        "completed_at": None if queued else _seconds(job.ended(now), terms),
        "target_namespace": labels["namespace"],
        "target_repo": labels.get("repo"),
        "target_directory": labels.get("folder"),
    }
    own = _shown(own, terms)
    if terms.assume["error-retryable"] == "present" and status is Status.FAILED:
        own["error_retryable"] = False
    own.update(job.draft.params)
    return own


def _shown(fields: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Fields of a row, without those that are null where those are assumed absent."""
    if terms.assume["nulls"] == "present":
        return fields
    return {name: value for name, value in fields.items() if value is not None}


def record(job: Job, now: Instant, origin: str, terms: Terms) -> dict[str, Any]:
    """A row of the history: the same with cost and user."""
    charged = job.charged(now)
    more = {
        "cost": dollars(charged) if charged else None,
        "user_id": identity(lot(terms.scenario.seed, terms.world, 0)),
        "username": terms.world,
        "user_image": None,
    }
    return {**row(job, now, origin, terms), **_shown(more, terms)}


def link(job: Job, now: Instant, origin: str, terms: Terms) -> str:
    """The signed link to a job's result, good for as long as assumed from the signing on."""
    place = _place(job.draft.labels)
    file = f"{job.id}.{job.draft.shot.format}"
    path = f"/api/repos/{'/'.join(place)}/{file}"
    shown = "/".join(quote(segment, safe="") for segment in (*place, file))
    signed = now if terms.assume["link-signing"] == "each-read" else job.ended(now) or now
    expires = signed + span(terms.assume["link-lifetime"])
    signature = sign(path, terms.world, terms.secret, expires)
    return f"{origin}/api/repos/{shown}?oxen_signature={signature}"


def _place(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Where a result lies: segments that no client's URL handling would fold away."""
    namespace = labels["namespace"] if labels["namespace"].strip("./") else "results"
    repo = labels.get("repo", "")
    repo = repo if repo.strip("./") else "playground"
    folder = [one for one in labels.get("folder", "").split("/") if one.strip(".")]
    return (namespace, repo, "file", "main", *(folder or ["generations"]))


def _result(job: Job, now: Instant, origin: str, terms: Terms) -> str | Inline:
    inside = terms.assume["queue-b64"] == "data-url"
    if inside and job.draft.labels.get("format") == "b64_json":
        return Inline(File(job), prefix=f"data:{job.draft.kind}/{job.draft.shot.format};base64,")
    return link(job, now, origin, terms)


def _seconds(at: Instant | None, terms: Terms) -> int | None:
    return None if at is None else terms.see(at) // SECOND
