"""A job and its plan. The status is never stored: it is read off the plan at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from emulator.core.clock import Instant, Span
from emulator.core.money import Micros
from emulator.core.value import dataclass


class Status(StrEnum):
    """Where a job stands. Providers have words of their own for these."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether a job that stands here never moves again."""
        return self in OVER


OVER = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Move:
    """One planned step: at this instant the job comes to stand there."""

    at: Instant
    to: Status


@dataclass(frozen=True, slots=True)
class Step:
    """A move to come, so long after the one before it, or at the so many-th poll from there on:
    that poll already shows it. With both, whichever comes first."""

    to: Status
    span: Span | None = None
    polls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a job moves and how it ends: fixed when it is submitted. A plan may never end.

    `moves` are those whose instants are known; `rest` begins with one that is counted in polls.
    """

    moves: tuple[Move, ...]
    error: str | None = None
    delivers: int = 1
    rest: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one output shows. `start` is the caller's inline first frame, as its data URL."""

    kind: str
    width: int
    height: int
    scene: str
    seconds: float = 0.0
    audio: bool = False
    format: str = "mp4"
    start: str | None = None


def scaled(width: int, height: int, side: int) -> tuple[int, int]:
    """A picture's size once its short side has `side` pixels; both sides come out even."""
    factor = side / min(width, height)
    return round(width * factor / 2) * 2, round(height * factor / 2) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The shortest and longest that a job waits, and works, when no rule says otherwise."""

    queued: tuple[Span, Span]
    running: tuple[Span, Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A job that goes on from another's result: that job must have succeeded.

    Its result may be at most `longest` seconds long, and the new one has a short side of `side`
    pixels. A `rate` above zero prices the whole new result instead of the part that is added.
    """

    job: str
    longest: float
    side: int
    rate: Micros = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A job as it is asked for, before a world gives it a number and a plan.

    `price` is for one output, `hold` what is set aside for all of them, `error` the words with
    which it will fail once it runs, `limit` the longest it may take. A job that stands `apart`
    does not belong to the provider's queue: it shows in no list of the queue and tells no event.
    """

    model: str
    kind: str
    shot: Shot
    timing: Timing
    price: Micros
    hold: Micros
    outputs: int = 1
    error: str | None = None
    limit: Span | None = None
    extends: Extension | None = None
    apart: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.price < 0 or self.hold < 0:
            raise ValueError(f"a draft cannot cost {self.price} and hold {self.hold}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing a client can follow: what was asked for, the plan, and when it was cancelled.

    `number` counts the world's jobs, `nth` the provider's, both from 1. `route` is the upstream
    account that took it, for providers that have several.
    """

    id: str
    number: int
    provider: str
    submitted: Instant
    draft: Draft
    plan: Plan
    hold: Micros
    nth: int = 0
    route: int = 0
    cancelled: Instant | None = None
    cancel_bills: bool = False

    def status(self, now: Instant) -> Status:
        """Where the job stands at `now`."""
        if self.cancelled is not None and self.cancelled <= now:
            return Status.CANCELLED
        stands = Status.QUEUED
        for move in self.plan.moves:
            if move.at > now:
                break
            stands = move.to
        return stands

    def started(self, now: Instant) -> Instant | None:
        """When it began to run; None if by `now` it has not, or never did."""
        for move in self.plan.moves:
            if move.to is Status.RUNNING:
                too_late = self.cancelled is not None and self.cancelled < move.at
                return None if too_late or move.at > now else move.at
        return None

    def ended(self, now: Instant) -> Instant | None:
        """When it came to its end; None if by `now` it has not."""
        if self.cancelled is not None:
            return self.cancelled if self.cancelled <= now else None
        for move in self.plan.moves:
            if move.to in OVER:
                return move.at if move.at <= now else None
        return None

    def charged(self, now: Instant) -> Micros:
        """What has been captured for it by `now`."""
        match self.status(now):
            case Status.SUCCEEDED:
                return min(self.draft.price * self.plan.delivers, self.hold)
            case Status.CANCELLED if self.cancel_bills:
                return min(self.draft.price * self.draft.outputs, self.hold)
            case _:
                return 0
