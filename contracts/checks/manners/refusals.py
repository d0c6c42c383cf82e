"""What a client makes of a no: what was refused for good is not asked again, and what is not
found not without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.checks.manners.retry_after import asked_for
from contracts.findings import KEPT, Check, Occasion, broken
from contracts.phrases import span
from contracts.reading import after, alike, gaps, grows, looks, polls, sent, submits
from contracts.trial import Trial
from emulator.server.recorder import Exchange

FINAL = frozenset({400, 401, 402, 403, 422})
"""Statuses that speak of the request, the key or the money."""

TIMES = 25
"""Times that an id may be asked for that is never found."""


def no_retry_on_refusal(trial: Trial) -> Iterator[Occasion]:
    """The same submit again, which was refused for good."""
    yield from _final(trial, submits(trial), FINAL | {404}, "a submit")


def no_poll_after_refusal(trial: Trial) -> Iterator[Occasion]:
    """The same poll again, which was refused for good."""
    yield from _final(trial, polls(trial), FINAL, "a poll")


def _final(
    trial: Trial, asked: Iterable[Exchange], statuses: frozenset[int], what: str
) -> Iterator[Occasion]:
    every = list(asked)
    for one in every:
        if one.status not in statuses:
            continue
        again = [
            two for two in after(one, every) if alike(one, two) or sent(one) == sent(two) != {}
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
        elif len(row) >= 4 and not grows(pauses) and not any(map(_paced, row)):
            shown = ", ".join(span(one) for one in pauses[:4])
            yield broken(f"an id that is not found was asked for again after {shown}", *row[:4])
        else:
            yield KEPT
            continue
        return


def _paced(one: Exchange) -> bool:
    """Whether an answer itself says when to ask again."""
    return asked_for(one) is not None


CHECKS: Mapping[str, Check] = {
    "manners.no-retry-on-refusal": no_retry_on_refusal,
    "manners.no-poll-after-refusal": no_poll_after_refusal,
    "manners.not-found": not_found,
}
