"""How a client asks: not too often, not before it may, and not again what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from itertools import pairwise

import orjson

from contracts.findings import Check, Finding
from contracts.intents import End
from contracts.trial import Trial, calls, header, looks, submits
from emulator.core.clock import SECOND, Instant, Span
from emulator.server.recorder import Exchange

INTERVAL = 5 * SECOND
"""Between two polls, where the answer does not say: as Oxen's samples do it."""

FINAL = frozenset({400, 401, 402, 403, 422})


def not_too_fast(trial: Trial) -> Iterator[Finding]:
    """Two polls that were answered in order, closer to each other than documented."""
    polls = [one for one in looks(trial) if not one.fault]
    for one, two in pairwise(polls):
        gap, wanted = two.began - one.ended, _interval(one)
        if gap < wanted * 0.9 and two.number == one.number + 1:
            yield Finding(
                clause="manners.not-too-fast",
                seen=f"{gap / SECOND:g} s lay between two polls;"
                f" {wanted / SECOND:g} s are asked for",
                exchanges=(one.number, two.number),
            )
            return


def retry_after(trial: Trial) -> Iterator[Finding]:
    """A call of the operation before the time that Retry-After names is over."""
    every = calls(trial)
    for nth, one in enumerate(every):
        until = _until(one)
        early = [
            two
            for two in every[nth + 1 :]
            if until is not None and two.operation == one.operation and two.began < until
        ]
        if early and until is not None:
            yield Finding(
                clause="manners.retry-after",
                seen=f"Retry-After asked for {(until - one.ended) / SECOND:g} s, and the next call"
                f" came after {(early[0].began - one.ended) / SECOND:g} s",
                exchanges=(one.number, early[0].number),
            )
            return


def no_retry_on_refusal(trial: Trial) -> Iterator[Finding]:
    """The same submit again, which was refused for good."""
    refused = [one for one in submits(trial) if one.status in FINAL]
    for one in refused:
        again = [
            two
            for two in submits(trial)
            if two.number > one.number and two.request_body == one.request_body
        ]
        if again:
            yield Finding(
                clause="manners.no-retry-on-refusal",
                seen=f"a submit was refused with {one.status}, and sent again unchanged",
                exchanges=(one.number, again[0].number),
            )
            return


def one_bad_poll(trial: Trial) -> Iterator[Finding]:
    """It ended at the first poll that failed, with its job under way."""
    bad = [one for one in looks(trial) if one.fault and (one.status >= 499 or one.status == 429)]
    if len(bad) != 1 or trial.outcome.outcome in (End.SUCCEEDED, End.FAILED, End.CANCELLED):
        return
    after = [one for one in calls(trial) if one.number > bad[0].number]
    if not after:
        yield Finding(
            clause="manners.one-bad-poll",
            seen=f"one poll failed, and the client ended: {trial.outcome.error}",
            exchanges=(bad[0].number,),
        )


def _interval(one: Exchange) -> Span:
    """How long to wait after a poll: Omixa's answers say it."""
    if not isinstance(one.response_body, bytes):
        return INTERVAL
    try:
        return round(float(orjson.loads(one.response_body)["poll_after_seconds"]) * SECOND)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return INTERVAL


def _until(one: Exchange) -> Instant | None:
    """When an answer's Retry-After is over; None without one that says so."""
    text = header(one.response_headers, "retry-after")
    if text is None:
        return None
    try:
        return one.ended + round(float(text) * SECOND) if float(text) < 86_400 else None
    except ValueError:
        pass
    try:
        return round(parsedate_to_datetime(text).timestamp()) * SECOND
    except ValueError:
        return None


CHECKS: Mapping[str, Check] = {
    "manners.not-too-fast": not_too_fast,
    "manners.retry-after": retry_after,
    "manners.no-retry-on-refusal": no_retry_on_refusal,
    "manners.one-bad-poll": one_bad_poll,
}
