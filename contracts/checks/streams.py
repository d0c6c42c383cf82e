"""What a client makes of the event stream: it listens in time, reads every form, and never relies
on it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial
from itertools import pairwise

from contracts.checks.manners.retry_after import asked_for
from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import reported, span, why
from contracts.reading import (
    AT_ONCE,
    after,
    asks,
    deed,
    gaps,
    grows,
    plain,
    streams,
    submits,
    succeeds,
)
from contracts.trial import Trial
from emulator.core.clock import SECOND
from emulator.core.jobs import Status

ENDS = frozenset({"cut", "reset_stream", "finish", "reset", "close", "refuse", "limit"})
SILENT = frozenset({"silence", "quiet", "stall"})
MISSING = frozenset({"drop", "broken_event"})
FRAMING = frozenset(
    {"slice", "line_ends", "bom", "comments", "no_space", "multi_line", "fields", "content_type"}
)
FOREIGN = frozenset({"foreign", "unknown_event"})
TWICE = frozenset({"duplicate", "reorder"})

STORM = 3
"""Connections, one after the other, from which on pauses have to grow."""

BRIEF = 30 * SECOND
"""A connection that lasted longer was no failure."""


def listens_first(trial: Trial) -> Iterator[Occasion]:
    """It began to listen behind its submit, and looks at nothing else."""
    heard, asked = streams(trial), submits(trial)
    if not heard or not asked:
        return
    if heard[0].began <= asked[0].began or any(after(asked[0], asks(trial))):
        yield KEPT
    else:
        yield broken(
            "the stream was opened behind the submit, and no poll made", asked[0], heard[0]
        )


def survives(deeds: Set[str], trial: Trial) -> Iterator[Occasion]:
    """Nothing went wrong but on the stream, and the video was not had."""
    struck = [one for one in streams(trial) if one.fault]
    if not struck or not {deed(trial, one) for one in struck} <= deeds:
        return
    if any(one.fault for one in trial.exchanges if one not in struck) or not succeeds(trial):
        return
    if trial.outcome.outcome is End.SUCCEEDED and len(set(trial.outcome.urls)) >= trial.wanted:
        yield KEPT
        return
    names = ", ".join(sorted({deed(trial, one) for one in struck}))
    yield broken(
        f"the job succeeded, and the stream had this: {names}; {reported(trial)} after"
        f" {span(trial.ended - trial.began)}{why(trial)}",
        *struck[:1],
    )


def foreign_events(trial: Trial) -> Iterator[Occasion]:
    """It took another's event for its own, or broke at it."""
    for occasion in survives(FOREIGN, trial):
        own = all(any(job.id in url for job in trial.jobs) for url in trial.outcome.urls)
        early = any(not job.status(trial.ended).over for job in trial.jobs)
        struck = [one for one in streams(trial) if one.fault]
        if occasion.kept and not (own and not early):
            yield broken("an event of another job was taken for this one's", *struck[:1])
        else:
            yield occasion


def failure_event(trial: Trial) -> Iterator[Occasion]:
    """An event told a failure, and the client did not."""
    for job in trial.jobs if len(trial.jobs) == trial.wanted == 1 else ():
        at = job.ended(trial.settled)
        if at is None or job.status(trial.settled) is not Status.FAILED:
            continue
        heard = [one for one in streams(trial) if plain(one) and one.began < at <= one.ended]
        if not heard or any(one.fault for one in trial.exchanges):
            continue
        said = trial.outcome
        if said.outcome is End.FAILED and (job.plan.error or "") in said.reason:
            yield KEPT
        else:
            yield broken(
                f"the event told a failure ({job.plan.error}), and {reported(trial)}{why(trial)}",
                heard[0],
            )


def no_reconnect_storm(trial: Trial) -> Iterator[Occasion]:
    """The stream ended again and again, and was opened again at a steady pace, or at once; pauses
    that were asked for are not its own."""
    every = [one for one in streams(trial) if one.ended - one.began < BRIEF]
    own = (pair for pair in pairwise(every) if asked_for(pair[0]) is None)
    pauses = [pause for pair in own for pause in gaps(pair) if pause >= 0]
    if len(pauses) < STORM - 1:
        return
    hasty = sum(one < AT_ONCE for one in pauses) > 1
    if not hasty and (len(pauses) < STORM or grows(pauses)):
        yield KEPT
    else:
        shown = ", ".join(span(one) for one in pauses[:5])
        yield broken(f"{len(every)} brief connections, with pauses of {shown}", *every[:4])


CHECKS: Mapping[str, Check] = {
    "streams.listens-first": listens_first,
    "streams.survives-an-end": partial(survives, ENDS),
    "streams.survives-silence": partial(survives, SILENT),
    "streams.survives-a-missing-event": partial(survives, MISSING),
    "streams.every-framing": partial(survives, FRAMING),
    "streams.foreign-events": foreign_events,
    "streams.twice-is-once": partial(survives, TWICE),
    "streams.failure-event": failure_event,
    "streams.no-reconnect-storm": no_reconnect_storm,
}
