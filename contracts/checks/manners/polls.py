"""How often a client looks: not sooner than it is asked to, or than does any good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.phrases import span
from contracts.reading import (
    LISTS,
    about,
    asks,
    looks,
    made,
    plain,
    said,
    streams,
    submits,
    told_of,
    under_way,
    word,
)
from contracts.trial import Trial
from emulator.core.clock import SECOND, Instant, Span
from emulator.core.jobs import Job
from emulator.server.recorder import Exchange

INTERVAL = 5 * SECOND
"""Between two polls of Oxen's, as its samples do it."""

LEEWAY = 0.9
"""The share of a pause that must be kept: timers are not exact."""


def poll_interval(trial: Trial) -> Iterator[Occasion]:
    """Two polls of one job, or two looks at a list, closer to each other than in the samples."""
    yield from _paced(trial, [*_polls(trial), *_lists(trial)], lambda _: INTERVAL)


def poll_after(trial: Trial) -> Iterator[Occasion]:
    """A poll before the answer's own poll_after_seconds were over."""
    yield from _paced(trial, _polls(trial), _told_to_wait)


def _paced(
    trial: Trial, rows: Iterable[list[Exchange]], wanted: Callable[[Exchange], Span | None]
) -> Iterator[Occasion]:
    """Each pair of calls in these rows, of which the first said in order that a job goes on."""
    known = [(job, at) for job in trial.jobs if (at := told_of(trial, job)) is not None]
    for row in rows:
        for one, two in pairwise(row):
            pause = wanted(one) if plain(one) and _goes_on(one, known) else None
            if pause is None or _woken(trial, one, two):
                continue
            if two.began - one.ended < pause * LEEWAY:
                what = "looks at the list of jobs" if one.operation in LISTS else "polls"
                yield broken(
                    f"{span(two.began - one.ended)} lay between two {what}, where"
                    f" {span(pause)} are asked for",
                    one,
                    two,
                )
                return
            yield KEPT


def _polls(trial: Trial) -> Iterator[list[Exchange]]:
    """The polls of each job; of Omixa's, whose answers say how long to wait, with its create."""
    for job in trial.jobs:
        polls = [one for one in looks(trial) if about(trial, one) is job]
        if trial.case.provider == "omixa":
            polls = [*(one for one in submits(trial) if job in made(trial, one)), *polls]
        yield polls


def _lists(trial: Trial) -> Iterable[list[Exchange]]:
    """The looks at each page of each list; a row ends at a submit, before which many look."""
    rows: dict[tuple[str, int], list[Exchange]] = {}
    for one in asks(trial):
        if one.operation in LISTS:
            bought = sum(each.number < one.number for each in submits(trial))
            rows.setdefault((one.target, bought), []).append(one)
    return rows.values()


def _goes_on(one: Exchange, known: Iterable[tuple[Job, Instant]]) -> bool:
    """Whether an answer says that the job is not over; that of a list, one that the client knew by
    then, be it in this list or not."""
    if one.operation in LISTS:
        return any(at <= one.ended and under_way(job, one.ended) for job, at in known)
    return word(one) in ("queued", "processing", "running")


def _woken(trial: Trial, one: Exchange, two: Exchange) -> bool:
    """Whether something between two polls gave reason to look: an event, or a cancel."""
    heard = any(
        each.began <= (job.ended(trial.settled) or each.ended + 1) <= each.ended
        and one.began <= (job.ended(trial.settled) or 0) <= two.began
        for each in streams(trial)
        for job in trial.jobs
    )
    cancelled = any(
        one.number < each.number < two.number for each in trial.exchanges if each.method == "DELETE"
    )
    turned = any(
        one.began <= at <= two.began for each in streams(trial) for at in (each.began, each.ended)
    )
    return heard or cancelled or turned


def _told_to_wait(one: Exchange) -> Span | None:
    wait = said(one).get("poll_after_seconds")
    if isinstance(wait, bool) or not isinstance(wait, int | float):
        return None
    return round(wait * SECOND)


CHECKS: Mapping[str, Check] = {
    "manners.poll-interval": poll_interval,
    "manners.poll-after": poll_after,
}
