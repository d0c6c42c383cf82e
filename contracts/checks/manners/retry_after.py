"""What a client makes of Retry-After: it waits so long, and does not stumble at nonsense."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.phrases import lasted, span
from contracts.reading import after, calls, header
from contracts.trial import Ill, Trial
from emulator.core.clock import SECOND, Span
from emulator.server.recorder import Exchange

DAY = 86_400
"""Seconds from which on a Retry-After is absurd."""

SHOWN = 60
"""Characters of a header that are shown."""


def retry_after_seconds(trial: Trial) -> Iterator[Occasion]:
    """A call of the operation before the seconds of Retry-After were over."""
    yield from _heeded(trial, in_seconds, 0)


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
                f"Retry-After asked for {lasted(wanted)}, and the next call came after"
                f" {span(pause)}",
                one,
                later[0],
            )
            return
        yield KEPT


def in_seconds(one: Exchange) -> float | None:
    """What RFC 9110 calls delay-seconds: digits, and nothing else."""
    text = (header(one.response_headers, "retry-after") or "").strip()
    if not text.isdecimal() or len(text.lstrip("0")) > len(str(DAY)):
        return None
    seconds = float(text)
    return seconds if seconds < DAY else None


def asked_for(one: Exchange) -> float | None:
    """The seconds for which an answer asks to be left alone, in either form; None if it does not,
    or nobody can read it."""
    seconds = in_seconds(one)
    return _as_date(one) if seconds is None else seconds


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
        if text is None or asked_for(one) is not None:
            continue
        lasts, shown = trial.ended - one.ended, repr(text[:SHOWN])
        if _crashed_at(trial, text):
            yield broken(f"Retry-After was {shown}, and then: {trial.trouble}", one)
        elif trial.virtual and lasts > trial.intent.deadline_s * 2 * SECOND:
            yield broken(
                f"Retry-After was {shown}, and the client ended {span(lasts)} later, of"
                f" {lasted(trial.intent.deadline_s)} that it had",
                one,
            )
        else:
            yield KEPT
        return


def _crashed_at(trial: Trial, text: str) -> bool:
    """Whether it crashed for what the header says, going by the crash's own words."""
    ill = trial.trouble
    if ill is None or ill.kind is not Ill.CRASH:
        return False
    return any(word in ill.text for word in (text, "sleep length", "Overflow", "out of range"))


CHECKS: Mapping[str, Check] = {
    "manners.retry-after-seconds": retry_after_seconds,
    "manners.retry-after-date": retry_after_date,
    "manners.retry-after-nonsense": retry_after_nonsense,
}
