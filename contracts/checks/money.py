"""What a client does with the money: it buys one video for one intent, and loses none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import cash, span, unnamed
from contracts.reading import (
    after,
    bought,
    deed,
    knows,
    made,
    named,
    refused,
    submits,
    under_way,
)
from contracts.trial import Ill, Trial
from emulator.core.clock import SECOND
from emulator.core.jobs import Job, Status
from emulator.server.recorder import UNANSWERED, Exchange

LOST, SLOW, ERROR, ODD = (
    "money.lost-answer",
    "money.slow-answer",
    "money.server-error",
    "money.unreadable-answer",
)
KNOWN, OVER, OTHER = (
    "money.trouble-is-no-reason-to-buy",
    "money.nothing-after-failure",
    "money.one-job-per-intent",
)

PATIENT = 5 * SECOND
"""A call that was open for so long without an answer was given up, not cut off."""


READABLE = frozenset({"delay", "extra", "huge", "drip", "content_type"})
"""What is done to an answer that says all that it would have said."""


def again(clause: str, trial: Trial) -> Iterator[Occasion]:
    """A submit that follows one which had made its jobs, for the reason that the clause is about.

    Each is counted under one clause: that of what happened in between.
    """
    every = submits(trial)
    for one in every:
        jobs = made(trial, one)
        over = all(job.status(trial.settled) is Status.FAILED for job in jobs)
        if not jobs or (400 <= one.status < UNANSWERED and not over):
            continue  # A refusal says that nothing was made; who believes it is not blind.
        later = [two for two in after(one, every) if made(trial, two)]
        if _reason(trial, one, jobs, later) != clause:
            continue
        if not later or not _billed(trial, clause):
            yield KEPT
            continue
        count = len(bought(trial))
        cost = cash(sum(job.hold for job in bought(trial)))
        yield broken(
            f"{len(trial.jobs)} jobs were made for one intent that asks for {trial.wanted}"
            f" ({count} billed, {cost}): {_happened(trial, one, clause)}",
            one,
            *later[:1],
        )
        return


def _billed(trial: Trial, clause: str) -> bool:
    """Whether more is billed than was asked for; after a failure a purchase is too much as such."""
    return clause == OVER or len(bought(trial)) > trial.wanted


def _reason(trial: Trial, one: Exchange, jobs: tuple[Job, ...], later: list[Exchange]) -> str:
    """Which clause a submit comes under, by what became of it and of its jobs."""
    if one.status == UNANSWERED:
        return SLOW if one.ended - one.began >= PATIENT else LOST
    if one.status >= 500:
        return ERROR
    if one.fault and deed(trial, one) not in READABLE:
        if one.ended - one.began >= PATIENT:
            return SLOW
        return LOST if one.family in ("wire", "lost") else ODD
    at = later[0].began if later else trial.ended
    if all(job.status(at) in (Status.FAILED, Status.CANCELLED) for job in jobs):
        return OVER
    troubled = refused(trial) or any(
        two.fault or two.status >= 400
        for two in trial.exchanges
        if one.number < two.number and two.began <= at
    )
    return KNOWN if troubled else OTHER


def _happened(trial: Trial, one: Exchange, clause: str) -> str:
    took = span(one.ended - one.began)
    return {
        LOST: "the answer to a submit was lost, and it was sent again",
        SLOW: f"a submit was not answered within {took}, and it was sent again",
        ERROR: f"a submit was answered {one.status}, and it was sent again",
        ODD: "the answer to a submit could not be understood, and it was sent again",
        KNOWN: "its id was known, something else went wrong, and it was submitted again",
        OVER: "it had failed or was cancelled, and it was submitted again",
    }.get(clause, "it was submitted again with nothing amiss")


def no_paid_result_lost(trial: Trial) -> Iterator[Occasion]:
    """Paid for and done, and neither reported nor named, though the client was told the id."""
    if _never_ended(trial):
        return
    for job in trial.jobs[: trial.wanted]:
        done = job.status(trial.ended) is Status.SUCCEEDED
        if not done or not job.charged(trial.ended) or not knows(trial, job):
            continue
        if trial.outcome.outcome is End.SUCCEEDED or named(trial, job):
            yield KEPT
        else:
            yield broken(
                f"{cash(job.charged(trial.ended))} was charged for a video that is there;"
                f" {unnamed(trial)}"
            )
            return


def give_up_names_the_job(trial: Trial) -> Iterator[Occasion]:
    """It ended, its job goes on, and nobody knows the job's id."""
    if trial.outcome.outcome is End.SUCCEEDED or _never_ended(trial):
        return
    for job in trial.jobs[: trial.wanted]:
        if not under_way(job, trial.ended) or not knows(trial, job):
            continue
        if named(trial, job):
            yield KEPT
        else:
            yield broken(
                f"the job goes on ({cash(job.hold)} is set aside for it); {unnamed(trial)}"
            )
            return


def _never_ended(trial: Trial) -> bool:
    """Whether the client was stopped: that is held against it elsewhere."""
    return trial.trouble is not None and trial.trouble.kind in (Ill.OVERRUN, Ill.STUCK)


REASONS = (LOST, SLOW, ERROR, ODD, KNOWN, OVER, OTHER)

CHECKS: Mapping[str, Check] = {
    **{clause: partial(again, clause) for clause in REASONS},
    "money.no-paid-result-lost": no_paid_result_lost,
    "money.give-up-names-the-job": give_up_names_the_job,
}
