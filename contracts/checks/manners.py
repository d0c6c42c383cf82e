"""How a client asks: not too often, not before it may, and not again what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.reading import (
    AT_ONCE,
    about,
    after,
    calls,
    deed,
    failing,
    gaps,
    grows,
    header,
    looks,
    made,
    plain,
    runs,
    said,
    seconds,
    sent,
    streams,
    submits,
    word,
)
from contracts.trial import Ill, Trial
from emulator.core.clock import SECOND, Span
from emulator.server.recorder import UNANSWERED, Exchange

INTERVAL = 5 * SECOND
"""Between two polls of Oxen's, as its samples do it."""

LEEWAY = 0.9
"""The share of a pause that must be kept: timers are not exact."""

DAY = 86_400
"""Seconds from which on a Retry-After is absurd."""

WAITED = 5 * SECOND
"""Who waited so long for an answer has made a pause."""

FINAL = frozenset({400, 401, 402, 403, 422})
"""Statuses that speak of the request, the key or the money."""

TIMES = 25
"""Times that an id may be asked for that is never found."""


def poll_interval(trial: Trial) -> Iterator[Occasion]:
    """Two polls of one job, closer to each other than in the samples."""
    yield from _paced(trial, lambda _: INTERVAL)


def poll_after(trial: Trial) -> Iterator[Occasion]:
    """A poll before the answer's own poll_after_seconds were over."""
    yield from _paced(trial, _told_to_wait)


def _paced(trial: Trial, wanted: Callable[[Exchange], Span | None]) -> Iterator[Occasion]:
    """Each pair of polls of one job, of which the first was answered in order."""
    for job in trial.jobs:
        polls = [one for one in looks(trial) if about(trial, one) is job]
        if trial.case.provider == "omixa":
            polls = [*(one for one in submits(trial) if job in made(trial, one)), *polls]
        for one, two in pairwise(polls):
            pause = wanted(one) if plain(one) and _goes_on(one) else None
            if pause is None or _woken(trial, one, two):
                continue
            if two.began - one.ended < pause * LEEWAY:
                yield broken(
                    f"{seconds(two.began - one.ended)} lay between two polls, where"
                    f" {seconds(pause)} are asked for",
                    one,
                    two,
                )
                return
            yield KEPT


def _goes_on(one: Exchange) -> bool:
    """Whether an answer says that the job is not over."""
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


def retry_after_seconds(trial: Trial) -> Iterator[Occasion]:
    """A call of the operation before the seconds of Retry-After were over."""
    yield from _heeded(trial, _in_seconds, 0)


def retry_after_date(trial: Trial) -> Iterator[Occasion]:
    """A call of the operation before the date of Retry-After."""
    yield from _heeded(trial, _as_date, SECOND)


def _heeded(
    trial: Trial, wait: Callable[[Exchange], float | None], leeway: Span
) -> Iterator[Occasion]:
    every = calls(trial)
    for one in every:
        wanted = wait(one)
        later = [two for two in after(one, every) if two.operation == one.operation]
        if wanted is None or not later:
            continue
        pause = later[0].began - one.ended
        if pause < round(wanted * SECOND * 0.99) - leeway:
            yield broken(
                f"Retry-After asked for {wanted:g} s, and the next call came after"
                f" {seconds(pause)}",
                one,
                later[0],
            )
            return
        yield KEPT


def _in_seconds(one: Exchange) -> float | None:
    """What RFC 9110 calls delay-seconds: digits, and nothing else."""
    text = (header(one.response_headers, "retry-after") or "").strip()
    return float(text) if text.isdecimal() and int(text) < DAY else None


def _as_date(one: Exchange) -> float | None:
    """How long after its answer the date is: as the answer's own Date has it."""
    until = _date(header(one.response_headers, "retry-after"))
    now = _date(header(one.response_headers, "date"))
    if until is None or now is None or not 0 < until - now < DAY:
        return None
    return until - now


def _date(text: str | None) -> float | None:
    try:
        found = parsedate_to_datetime(text or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def retry_after_nonsense(trial: Trial) -> Iterator[Occasion]:
    """It crashed at a Retry-After, or slept through its deadline for one."""
    for one in calls(trial):
        text = header(one.response_headers, "retry-after")
        if text is None or _in_seconds(one) is not None or _as_date(one) is not None:
            continue
        late = trial.virtual and trial.ended - one.ended > trial.intent.deadline_s * 2 * SECOND
        if late or _crashed_at(trial, text):
            yield broken(f"Retry-After was {text!r}, and then: {trial.trouble}", one)
        else:
            yield KEPT
        return


def _crashed_at(trial: Trial, text: str) -> bool:
    """Whether it crashed for what the header says, going by the crash's own words."""
    ill = trial.trouble
    if ill is None or ill.kind is not Ill.CRASH:
        return False
    return any(word in ill.text for word in (text, "sleep length", "Overflow", "out of range"))


def growing_delay(trial: Trial) -> Iterator[Occasion]:
    """Four times and more the same call failed, and the pauses did not grow."""
    for row in runs(_unpaced(trial)):
        if len(row) < 4 or row[0].operation == "events":
            continue
        pauses = gaps(row)
        if grows(pauses):
            yield KEPT
        else:
            yield broken(
                f"{len(row)} times in a row it failed, and the pauses were"
                f" {', '.join(seconds(one) for one in pauses[:4])}",
                *row[:4],
            )
            return


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
            and _in_seconds(one) != 0
        ]
        repeated = [one for one, _ in hasty if one.method == "GET" and one.status == UNANSWERED]
        if len(hasty) > (1 if repeated else 0):
            one, two = hasty[-1]
            yield broken(
                f"{one.operation} failed with {one.status}, and was sent again after"
                f" {seconds(two.began - one.ended)}",
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
    same = [two for two in after(one, calls(trial)) if _same(one, two)]
    return same[:1]


def _same(one: Exchange, two: Exchange) -> bool:
    return (one.method, one.target, one.request_body) == (two.method, two.target, two.request_body)


def one_bad_poll(trial: Trial) -> Iterator[Occasion]:
    """It ended at the first poll that failed, with its job under way and time left."""
    bad = [one for one in looks(trial) if one.fault and (failing(one) or _unreadable(trial, one))]
    if len(bad) != 1 or len([one for one in trial.exchanges if one.fault]) != 1:
        return
    left = trial.intent.deadline_s * SECOND - (bad[0].ended - trial.began)
    done = trial.outcome.outcome in (End.SUCCEEDED, End.FAILED, End.CANCELLED)
    told = header(bad[0].response_headers, "retry-after")
    job = about(trial, bad[0])
    if left < min(120, trial.intent.deadline_s / 4) * SECOND or told is not None or job is None:
        return
    later = [one for one in after(bad[0], calls(trial)) if one.method != "DELETE"]
    if done or later or job.ended(trial.settled) is None:
        yield KEPT
    else:
        yield broken(
            f"one poll failed ({bad[0].status}), and the client ended:"
            f" {trial.outcome.error or trial.outcome.outcome}",
            bad[0],
        )


def _unreadable(trial: Trial, one: Exchange) -> bool:
    """Whether the answer cannot be understood as one: the wire broke it off, or it is no JSON."""
    return one.family == "wire" or deed(trial, one) in ("not_json", "broken", "empty")


def no_retry_on_refusal(trial: Trial) -> Iterator[Occasion]:
    """The same submit again, which was refused for good."""
    yield from _final(trial, submits(trial), FINAL | {404}, "a submit")


def no_poll_after_refusal(trial: Trial) -> Iterator[Occasion]:
    """The same poll again, which was refused for good."""
    yield from _final(trial, looks(trial), FINAL, "a poll")


def _final(
    trial: Trial, asked: Iterable[Exchange], statuses: frozenset[int], what: str
) -> Iterator[Occasion]:
    every = list(asked)
    for one in every:
        if one.status not in statuses:
            continue
        again = [
            two for two in after(one, every) if _same(one, two) or sent(one) == sent(two) != {}
        ]
        if again:
            yield broken(
                f"{what} was refused with {one.status}, and sent again unchanged", one, again[0]
            )
            return
        yield KEPT


def not_found(trial: Trial) -> Iterator[Occasion]:
    """An id that is not found, asked for at a steady pace, or without end."""
    lost = [one for one in looks(trial) if one.status == 404]
    by_target: dict[tuple[str, Any], list[Exchange]] = {}
    for one in lost:
        by_target.setdefault((one.target, one.request_body), []).append(one)
    for row in by_target.values():
        pauses = gaps(row)
        if len(row) > TIMES:
            yield broken(f"an id that is not found was asked for {len(row)} times", *row[-2:])
        elif len(row) >= 4 and not grows(pauses):
            shown = ", ".join(seconds(one) for one in pauses[:4])
            yield broken(f"an id that is not found was asked for again after {shown}", *row[:4])
        else:
            yield KEPT
            continue
        return


CHECKS: Mapping[str, Check] = {
    "manners.poll-interval": poll_interval,
    "manners.poll-after": poll_after,
    "manners.retry-after-seconds": retry_after_seconds,
    "manners.retry-after-date": retry_after_date,
    "manners.retry-after-nonsense": retry_after_nonsense,
    "manners.growing-delay": growing_delay,
    "manners.no-hammering": no_hammering,
    "manners.one-bad-poll": one_bad_poll,
    "manners.no-retry-on-refusal": no_retry_on_refusal,
    "manners.no-poll-after-refusal": no_poll_after_refusal,
    "manners.not-found": not_found,
}
