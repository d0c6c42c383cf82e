"""When a client ends: not before its job does, soon after that, and not after its deadline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import lasted, reported, span, why
from contracts.reading import (
    DOWNLOAD,
    about,
    after,
    links,
    looks,
    made,
    plain,
    reason,
    refused,
    row,
    streams,
    submits,
    succeeds,
    told,
)
from contracts.trial import Ill, Trial
from emulator.core.clock import SECOND
from emulator.core.jobs import Job
from emulator.server.recorder import UNANSWERED, Exchange

GRACE = 30 * SECOND
"""What a client may take beyond its deadline: a last call and its own timeout."""


def cancelled_is_an_end(trial: Trial) -> Iterator[Occasion]:
    """It polled on after cancelled, or took it for success."""
    for one in told(trial, "cancelled"):
        again = [two for two in after(one, looks(trial)) if about(trial, two) == about(trial, one)]
        if again:
            yield broken("a poll said cancelled, and the job was polled again", one, again[0])
        elif trial.outcome.outcome is End.SUCCEEDED and trial.wanted == 1 == len(trial.jobs):
            yield broken("a poll said cancelled, and success was reported", one)
        else:
            yield KEPT
        return


def waits_long_enough(trial: Trial) -> Iterator[Occasion]:
    """Nothing was in the way, and the client did not get its video."""
    scenario = trial.case.scenario
    if scenario.faults or scenario.chaos or not succeeds(trial) or trial.trouble is not None:
        return
    if trial.outcome.outcome is End.SUCCEEDED:
        yield KEPT
        return
    ends = max(job.ended(trial.settled) or trial.settled for job in trial.jobs)
    yield broken(
        f"the job succeeded after {span(ends - trial.began)}, of"
        f" {lasted(trial.intent.deadline_s)} that there were, and {reported(trial)} after"
        f" {span(trial.ended - trial.began)}{why(trial)}"
    )


def ends_in_time(trial: Trial) -> Iterator[Occasion]:
    """It went on beyond its deadline."""
    if not trial.virtual or _hangs(trial):
        return
    took = trial.ended - trial.began
    if took > trial.intent.deadline_s * SECOND + GRACE:
        yield broken(
            f"it went on for {span(took)}, of {lasted(trial.intent.deadline_s)} that it had"
        )
    else:
        yield KEPT


def never_hangs(trial: Trial) -> Iterator[Occasion]:
    """It waited for an answer until it was stopped."""
    if _hangs(trial):
        yield broken(str(trial.trouble), *trial.exchanges[-1:])
        return
    if any(one.status == UNANSWERED and one.ended - one.began > SECOND for one in _asked(trial)):
        yield KEPT


def stops_when_done(trial: Trial) -> Iterator[Occasion]:
    """It asked on about a job whose end it knew, though not for a new link."""
    polled = told(trial, "succeeded", "failed")
    for job in trial.jobs:
        made_by = [one for one in submits(trial) if _says_all(trial, one, job)]
        known = [*made_by, *(one for one in polled if about(trial, one) is job)]
        if not known:
            continue
        one, submitted = known[0], bool(made_by)
        again = [
            two
            for two in after(one, looks(trial))
            if about(trial, two) is job and (submitted or two.operation == one.operation)
        ]
        if again and not again[0].fault and not _fetched(trial, one, again[0]):
            who = "the answer to its submit" if submitted else "a poll"
            yield broken(
                f"{who} said that the job had {row(one, job)['status']}, and it was polled again",
                one,
                again[0],
            )
            return
        yield KEPT


def _fetched(trial: Trial, one: Exchange, again: Exchange) -> bool:
    """Whether the link that one poll told was tried before the next. Of connections that were
    refused nobody knows."""
    tried = (two for two in trial.exchanges if two.operation in (DOWNLOAD, "download_head"))
    return refused(trial) or any(one.number < two.number < again.number for two in tried)


def _says_all(trial: Trial, submit: Exchange, job: Job) -> bool:
    """Whether the answer to a submit tells the end of its job. Without a link, or words, there is
    reason to ask once more."""
    if not plain(submit) or job not in made(trial, submit):
        return False
    shown = row(submit, job)
    match shown.get("status"):
        case "succeeded":
            return bool(links(shown))
        case "failed":
            return bool(reason(shown))
        case _:
            return False


def _hangs(trial: Trial) -> bool:
    ill = trial.trouble
    if ill is None or ill.kind not in (Ill.OVERRUN, Ill.STUCK):
        return False
    last = _asked(trial)[-1:]
    waits = any(
        one.status == UNANSWERED
        and one.ended >= trial.ended - SECOND
        and one.ended - one.began > SECOND
        for one in last
    )
    stuck = ill.kind is Ill.STUCK and trial.virtual
    return stuck or waits or "nothing is to come" in ill.text


def _asked(trial: Trial) -> list[Exchange]:
    """The calls that have an answer coming: streams have none that ends."""
    listening = {one.number for one in streams(trial) if plain(one)}
    return [one for one in trial.exchanges if one.number not in listening]


CHECKS: Mapping[str, Check] = {
    "lifecycle.cancelled-is-an-end": cancelled_is_an_end,
    "lifecycle.waits-long-enough": waits_long_enough,
    "lifecycle.ends-in-time": ends_in_time,
    "lifecycle.never-hangs": never_hangs,
    "lifecycle.stops-when-done": stops_when_done,
}
