"""How checks read a trial: what was asked, what was told, which job it was about, and what the
provider knows to be true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any
from urllib.parse import unquote

import orjson

from contracts.trial import LOOKS, SUBMITS, Trial
from emulator.core.clock import SECOND, Instant, Span
from emulator.core.jobs import Job, Status
from emulator.faults.catalogue import CONNECT
from emulator.server.recorder import UNANSWERED, Exchange, Headers

STREAM, DOWNLOAD, USAGE = "events", "download", "usage"
SYNC = ("generate", "generate_image")
LISTS = frozenset({"list", "history"})
TOO_MANY = 429

AT_ONCE = SECOND // 3
"""A pause shorter than this is none."""


def calls(trial: Trial) -> tuple[Exchange, ...]:
    """The calls to the provider's operations, in order."""
    return tuple(one for one in trial.exchanges if one.operation and one.method)


def submits(trial: Trial) -> tuple[Exchange, ...]:
    """The calls that ask for a job."""
    return tuple(one for one in trial.exchanges if one.operation in SUBMITS)


def looks(trial: Trial) -> tuple[Exchange, ...]:
    """The calls that look at a job."""
    return tuple(one for one in trial.exchanges if one.operation in LOOKS)


def asks(trial: Trial) -> tuple[Exchange, ...]:
    """The calls by which a client learns how its jobs stand: looks, and lists."""
    return tuple(one for one in trial.exchanges if one.operation in LOOKS | LISTS)


def polls(trial: Trial) -> tuple[Exchange, ...]:
    """The calls by which a client asks after jobs that it knows: looks, and of lists those that it
    looks at once it was told of a job."""
    return tuple(one for one in asks(trial) if one.operation not in LISTS or polled(trial, one))


def polled(trial: Trial, one: Exchange) -> tuple[Job, ...]:
    """The jobs that a call asks after: the one that a look names, or all that the client knew by
    the time that it looked at a list."""
    if one.operation in LISTS:
        known = ((job, told_of(trial, job)) for job in trial.jobs)
        return tuple(job for job, at in known if at is not None and at <= one.began)
    job = about(trial, one)
    return () if job is None else (job,)


def streams(trial: Trial) -> tuple[Exchange, ...]:
    """The connections to the event stream."""
    return tuple(one for one in trial.exchanges if one.operation == STREAM)


def downloads(trial: Trial) -> tuple[Exchange, ...]:
    """The calls that fetch a result."""
    return tuple(
        one for one in trial.exchanges if one.operation == DOWNLOAD and one.method == "GET"
    )


def after(one: Exchange, later: Iterable[Exchange]) -> Iterator[Exchange]:
    """Those that began after that one had ended."""
    return (two for two in later if two.number > one.number and two.began >= one.ended)


def header(pairs: Headers, name: str) -> str | None:
    """A header's value; None if it is not there."""
    wanted = name.lower().encode()
    found = [value for given, value in pairs if given.lower() == wanted]
    return found[-1].decode("latin-1") if found else None


def sent(one: Exchange) -> Mapping[str, Any]:
    """The JSON object that was sent; an empty one if none was."""
    return _object(one.request_body)


def said(one: Exchange) -> Mapping[str, Any]:
    """The JSON object that was answered; an empty one if none was."""
    return _object(one.response_body)


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, bytes):
        return {}
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def plain(one: Exchange) -> bool:
    """Whether the call was carried out and answered in order, with nothing done to it."""
    return not one.fault and 200 <= one.status < 300


def failing(one: Exchange) -> bool:
    """Whether the call failed in a way that may pass: 5xx, 429, or no answer."""
    return one.status >= UNANSWERED or one.status == TOO_MANY


def deed(trial: Trial, one: Exchange) -> str:
    """What was done to the call on purpose; nothing if nothing was."""
    return next((fault.do for fault in trial.case.scenario.faults if fault.id == one.fault), "")


def refused(trial: Trial) -> bool:
    """Whether connections came to nothing: of those that are refused there are no exchanges."""
    return any(fault.on.operation == CONNECT for fault in trial.case.scenario.faults)


def word(one: Exchange) -> Any:
    """The status word that a look tells: on the object, or on what Oxen's history wraps."""
    page = said(one)
    row = page.get("generation")
    return row.get("status") if isinstance(row, Mapping) else page.get("status")


def row(one: Exchange, job: Job) -> Mapping[str, Any]:
    """What a look or a submit says of a job; in Oxen's answers it may lie further in."""
    match said(one):
        case {"generation": dict(found)}:
            return found
        case {"generations": list(rows)}:
            own = (each for each in rows if isinstance(each, dict))
            return next((each for each in own if each.get("generation_id") == job.id), {})
        case page:
            return page


def reason(row: Mapping[str, Any]) -> str:
    """What a row says of why its job failed."""
    error = row.get("error")
    words = error.get("message") if isinstance(error, Mapping) else row.get("error_message")
    return words if isinstance(words, str) else ""


def links(row: Mapping[str, Any]) -> list[str]:
    """The links to results in a row."""
    data = row.get("data")
    entries = data if isinstance(data, list) else []
    found = [row.get("result_url"), *(one.get("url") for one in entries if isinstance(one, dict))]
    return [url for url in found if isinstance(url, str)]


def told(trial: Trial, *words: str) -> tuple[Exchange, ...]:
    """The looks, with nothing done to them, that told one of these status words."""
    return tuple(one for one in looks(trial) if plain(one) and word(one) in words)


def about(trial: Trial, one: Exchange) -> Job | None:
    """The job that a call names, in its target or in its body."""
    body = one.request_body if isinstance(one.request_body, bytes) else b""
    return next(
        (job for job in trial.jobs if job.id in unquote(one.target) or name(job) in body), None
    )


def name(job: Job) -> bytes:
    """The id of a job as it stands in bodies."""
    return job.id.encode(errors="surrogatepass")


def made(trial: Trial, submit: Exchange) -> tuple[Job, ...]:
    """The jobs that a submit made."""
    return tuple(job for job, by in makers(trial) if by is submit)


def makers(trial: Trial) -> Iterator[tuple[Job, Exchange]]:
    """Each job with the submit that made it: the one that answered with it, or else the first that
    was under way and had not made all it asked for."""
    left = {one.number: trial.wanted for one in submits(trial)}
    for job in trial.jobs:
        id = name(job)
        open_ = [one for one in submits(trial) if one.began <= job.submitted <= one.ended]
        told = [one for one in open_ if isinstance(one.response_body, bytes)]
        answered = [one for one in told if id in one.response_body]
        likely = answered or [one for one in open_ if left[one.number]] or open_
        if likely:
            left[likely[0].number] -= 1
            yield job, likely[0]


def knows(trial: Trial, job: Job) -> bool:
    """Whether the client was told the job's id."""
    return told_of(trial, job) is not None


def told_of(trial: Trial, job: Job) -> Instant | None:
    """When the client was told the job's id by an answer that it could read; None if it never was.
    Omixa's records of usage hold it too, in names of their own, and the links of Oxen's blocking
    calls do: by neither can a job be asked for."""
    id = job.id.encode()
    return next(
        (
            one.ended
            for one in trial.exchanges
            if plain(one)
            and one.operation not in (DOWNLOAD, USAGE, *SYNC)
            and isinstance(one.response_body, bytes)
            and id in one.response_body
        ),
        None,
    )


def named(trial: Trial, job: Job) -> bool:
    """Whether the client's outcome names the job, by its id or by a link to its result."""
    said = trial.outcome
    return (said.job is not None and job.id in said.job) or any(job.id in url for url in said.urls)


def under_way(job: Job, at: Instant) -> bool:
    """Whether the job is still being made."""
    return not job.status(at).over


def succeeds(trial: Trial) -> bool:
    """Whether there are jobs, each of them planned to succeed in good time before the deadline; one
    that the client cancelled would have, too."""
    late = trial.began + round(trial.intent.deadline_s * 0.8 * SECOND)
    return bool(trial.jobs) and all(
        any(move.to is Status.SUCCEEDED and move.at < late for move in job.plan.moves)
        for job in trial.jobs
    )


def bought(trial: Trial) -> tuple[Job, ...]:
    """The jobs that are billed, or hold money that may be."""
    return tuple(
        job for job in trial.jobs if job.charged(trial.settled) or under_way(job, trial.settled)
    )


def runs(found: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """The longest rows of the same call that failed, one after the other."""

    def key(one: Exchange) -> tuple[str, str, str]:
        return one.operation, one.method, one.target

    for _, same in groupby(sorted(found, key=key), key):
        for bad, row in groupby(sorted(same, key=lambda one: one.number), failing):
            if bad:
                yield list(row)


def alike(one: Exchange, two: Exchange) -> bool:
    """Whether two calls ask for the same, to the byte."""
    return (one.method, one.target, one.request_body) == (two.method, two.target, two.request_body)


def gaps(row: Iterable[Exchange]) -> list[Span]:
    """The pauses between calls: from the end of one to the beginning of the next."""
    return [two.began - one.ended for one, two in pairwise(row)]


def grows(pauses: list[Span], enough: Span = 30 * SECOND) -> bool:
    """Whether pauses grow, or are long anyway."""
    return max(pauses[1:], default=0) > pauses[0] * 1.05 or pauses[0] >= enough
