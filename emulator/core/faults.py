"""What goes wrong on purpose, as a world sees it: addressed by operation and count, not by chance.

What a fault does is not known here: `do` is a name of the catalogue in `emulator.faults`. Only
which call is taken is decided here, because that must be the same in every replay of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from math import fsum
from typing import Any

from emulator.core.clock import Instant, Span
from emulator.core.jobs import Status


class Phase(StrEnum):
    """Whether a fault strikes before the call has an effect, or after it had all of it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a request must look like: method, headers and fields of its JSON body.

    Texts may hold `*` for anything. A JSON path is names and list places with dots: `input.0.url`.
    """

    method: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """A limit: so many calls in a window, or so many jobs that have not ended, with those that the
    call would make.

    The window opens with the first call that finds none open, and is closed `per` later; calls that
    a limit turns away do not count.
    """

    calls: int | None = None
    per: Span = 0
    jobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """Which calls a fault is about; what is left None matches every call.

    `operations`, as `provider.operation`, are those it can befall, where it is left open which.
    `job` counts the provider's jobs from 1 (a submit is about the jobs that it would make), `id`
    names one instead; `states` are those that the job may stand in. `between` is a span of the
    world's time since its start: from the first up to, not including, the second. Of the calls that
    match all this, `nth` takes that one, `every` each so many-th, `beyond` those past a limit, and
    without any of them all are taken. On a stream calls are connections; `job`, `id`
    and `states` are then about its events, and of those that match, `event` is the one of a
    connection that suffers.
    """

    provider: str | None = None
    operation: str | None = None
    operations: frozenset[str] = frozenset()
    job: int | None = None
    id: str | None = None
    states: frozenset[Status] = frozenset()
    match: Match | None = None
    between: tuple[Span, Span] | None = None
    nth: int | None = None
    every: int | None = None
    beyond: Beyond | None = None
    event: int | None = None

    def __post_init__(self) -> None:
        for name in ("job", "nth", "every", "event"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise ValueError(f"{name} counts from 1, and so is not {count}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong: what (`do` and its `args`), to which calls, and how often.

    `times` is how many calls it takes at the most, `until` the span since the world's start at
    which it ends; None for both: it stays.
    """

    id: str
    do: str
    phase: Phase = Phase.BEFORE
    args: Mapping[str, Any] = field(default_factory=dict)
    on: On = On()
    times: int | None = None
    until: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A fault that chance may draw, and the operations (`provider.operation`) it can befall."""

    family: str
    do: str
    phase: Phase
    args: Mapping[str, Any]
    operations: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaos:
    """Chance, tamed: how often each family strikes, and the cards that are drawn from.

    A call is struck by one family at the most; `rates` are the shares of all calls, together at
    most 1. What is drawn follows from the seed and from how often the operation was called.
    """

    rates: Mapping[str, float]
    deck: tuple[Card, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        rates = self.rates.values()
        if not all(rate >= 0 for rate in rates) or fsum(rates) > 1:
            raise ValueError("rates are shares from 0 to 1, and together at most 1")

    def draw(self, world: str, provider: str, operation: str, nth: int) -> Fault | None:
        """The fault that befalls an operation's `nth` call; mostly None."""
        place = f"{provider}.{operation}"
        seed = f"{self.seed}|{world}|chaos|{place}|{nth}".encode()
        drawn = blake2b(seed, digest_size=16).digest()
        point = int.from_bytes(drawn[:8], "big") / 2**64
        for family, rate in sorted(self.rates.items()):
            if point < rate:
                cards = [
                    one for one in self.deck if one.family == family and place in one.operations
                ]
                return _written(cards, drawn[8:], provider, operation, nth)
            point -= rate
        return None


def _written(
    cards: list[Card], drawn: bytes, provider: str, operation: str, nth: int
) -> Fault | None:
    if not cards:
        return None
    card = cards[int.from_bytes(drawn, "big") % len(cards)]
    return Fault(
        id=f"chaos-{provider}-{operation}-{nth}",
        do=card.do,
        phase=card.phase,
        args=card.args,
        on=On(provider=provider, operation=operation, nth=nth),
        times=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call, as far as faults are addressed by it."""

    now: Instant
    span: Span
    provider: str
    operation: str
    job: str | None
    numbers: range
    state: Status | None
    waiting: int
    matched: frozenset[str]
    makes: int = 0
    stream: bool = False


@dataclass(slots=True, kw_only=True)
class Armed:
    """A fault in a world: the `number`th that was armed, since when, and what it has met so far.

    `called` counts the calls of its operation, `seen` those that match it, `struck` those it took,
    `passed` those it was due for but another took. `opened` and `within` are a limit's window.
    """

    fault: Fault
    since: Instant
    number: int = 0
    called: int = 0
    seen: int = 0
    struck: int = 0
    passed: int = 0
    opened: Instant | None = None
    within: int = 0
    ended: Instant | None = None
    why: str = ""

    @property
    def over(self) -> bool:
        """Whether it will never take a call again."""
        on, times = self.fault.on, self.fault.times
        used_up = times is not None and self.struck >= times
        return self.ended is not None or used_up or (on.nth is not None and self.seen >= on.nth)

    @property
    def window(self) -> Instant | None:
        """When its window closes, where it has one."""
        beyond = self.fault.on.beyond
        return None if beyond is None or self.opened is None else self.opened + beyond.per

    @property
    def bounds(self) -> tuple[Span, Span | None]:
        """From when to when, since the world's start, it can take calls; None: for ever."""
        begins, ends = self.fault.on.between or (0, None)
        until = [one for one in (ends, self.fault.until) if one is not None]
        return begins, min(until, default=None)

    def reaches(self, span: Span) -> bool:
        """Whether it can take calls so long after the world's start."""
        begins, ends = self.bounds
        return begins <= span and (ends is None or span < ends)

    def concerns(self, provider: str, operation: str) -> bool:
        """Whether it is about this operation at all."""
        on = self.fault.on
        return (
            on.provider in (None, provider)
            and on.operation in (None, operation)
            and (not on.operations or f"{provider}.{operation}" in on.operations)
        )

    def meet(self, call: Attempt, *, taken: bool) -> bool:
        """Count a call; whether this fault takes it. One `taken` already is only counted."""
        self.called += 1
        if not self._matches(call):
            return False
        self.seen += 1
        due = self._due(call)
        if due and not taken:
            self.struck += 1
        elif due:
            self.passed += 1
        elif self.fault.on.beyond is not None:
            self.within += 1
        return due and not taken

    def _matches(self, call: Attempt) -> bool:
        on = self.fault.on
        return (
            (call.stream or self._about(call))
            and (on.match is None or self.fault.id in call.matched)
            and self.reaches(call.span)
        )

    def _about(self, call: Attempt) -> bool:
        on = self.fault.on
        return (
            (on.job is None or on.job in call.numbers)
            and on.id in (None, call.job)
            and (not on.states or call.state in on.states)
        )

    def _due(self, call: Attempt) -> bool:
        on, times = self.fault.on, self.fault.times
        if times is not None and self.struck >= times:
            return False
        if on.nth is not None:
            return self.seen == on.nth
        if on.every is not None:
            return self.seen % on.every == 0
        if on.beyond is not None:
            return self._beyond(on.beyond, call)
        return True

    def _beyond(self, limit: Beyond, call: Attempt) -> bool:
        if limit.jobs is not None:
            return call.makes > 0 and call.waiting + call.makes > limit.jobs
        if self.opened is None or call.now >= self.opened + limit.per:
            self.opened, self.within = call.now, 0
        return self.within >= (limit.calls or 0)
