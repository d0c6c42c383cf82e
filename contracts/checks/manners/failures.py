"""What a client does when a call fails: it tries again, and not at once, nor at a steady pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, pairwise

from contracts.checks.manners.retry_after import asked_for
from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import reported, span, why
from contracts.reading import (
    AT_ONCE,
    LISTS,
    after,
    alike,
    calls,
    deed,
    failing,
    gaps,
    grows,
    header,
    polled,
    polls,
    runs,
)
from contracts.trial import Trial
from emulator.core.clock import SECOND
from emulator.server.recorder import UNANSWERED, Exchange

WAITED = 5 * SECOND
"""Who waited so long for an answer has made a pause."""


def growing_delay(trial: Trial) -> Iterator[Occasion]:
    """Four times and more the same call failed, and the pauses did not grow. One that was asked for
    is not the client's own: there a new row begins."""
    for row in chain.from_iterable(map(_unasked, runs(_unpaced(trial)))):
        if len(row) < 4 or row[0].operation == "events":
            continue
        pauses = gaps(row)
        if grows(pauses):
            yield KEPT
        else:
            yield broken(
                f"{len(row)} times in a row it failed, and the pauses were"
                f" {', '.join(span(one) for one in pauses[:4])}",
                *row[:4],
            )
            return


def _unasked(row: list[Exchange]) -> Iterator[list[Exchange]]:
    """The parts of a row, each up to an answer that says how long to wait."""
    part: list[Exchange] = []
    for one in row:
        part.append(one)
        if asked_for(one) is not None:
            yield part
            part = []
    yield part


def no_hammering(trial: Trial) -> Iterator[Occasion]:
    """A call that failed, and the same again at once.

    A stock library may find its pooled connection dead, and repeat a GET by itself: once.
    """
    for row in runs(_unpaced(trial)):
        pairs = list(pairwise([*row, *_next(trial, row[-1])]))
        hasty = [
            (one, two)
            for one, two in pairs
            if two.began - one.ended < AT_ONCE
            and one.ended - one.began < WAITED
            and asked_for(one) != 0
        ]
        repeated = [one for one, _ in hasty if one.method == "GET" and one.status == UNANSWERED]
        if len(hasty) > (1 if repeated else 0):
            one, two = hasty[-1]
            yield broken(
                f"{one.operation} failed with {one.status}, and was sent again after"
                f" {span(two.began - one.ended)}",
                one,
                two,
            )
            return
        if pairs:
            yield KEPT


def _unpaced(trial: Trial) -> list[Exchange]:
    """Every call but downloads: a link that is refused is another link's turn."""
    return [one for one in calls(trial) if one.operation != "download"]


def _next(trial: Trial, one: Exchange) -> list[Exchange]:
    same = [two for two in after(one, calls(trial)) if alike(one, two)]
    return same[:1]


def one_bad_poll(trial: Trial) -> Iterator[Occasion]:
    """It ended at the first poll that failed, with its job under way and time left."""
    bad = [one for one in polls(trial) if one.fault and (failing(one) or _unreadable(trial, one))]
    struck = [one for one in trial.exchanges if one.fault and one.operation != "events"]
    if len(bad) != 1 or len(struck) != 1:
        return
    left = trial.intent.deadline_s * SECOND - (bad[0].ended - trial.began)
    done = trial.outcome.outcome in (End.SUCCEEDED, End.FAILED, End.CANCELLED)
    told = header(bad[0].response_headers, "retry-after")
    jobs = polled(trial, bad[0])
    if left < min(120, trial.intent.deadline_s / 4) * SECOND or told is not None or not jobs:
        return
    later = [one for one in after(bad[0], calls(trial)) if one.method != "DELETE"]
    if done or later or all(job.ended(trial.settled) is None for job in jobs):
        yield KEPT
    else:
        yield broken(
            f"one {_called(bad[0])} failed ({bad[0].status}), and {reported(trial)}{why(trial)}",
            bad[0],
        )


def _called(one: Exchange) -> str:
    return "look at the list of jobs" if one.operation in LISTS else "poll"


def _unreadable(trial: Trial, one: Exchange) -> bool:
    """Whether the answer cannot be understood as one: the wire broke it off, or it is no JSON."""
    return one.family == "wire" or deed(trial, one) in ("not_json", "broken", "empty")


CHECKS: Mapping[str, Check] = {
    "manners.growing-delay": growing_delay,
    "manners.no-hammering": no_hammering,
    "manners.one-bad-poll": one_bad_poll,
}
