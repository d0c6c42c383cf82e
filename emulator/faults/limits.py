"""Limits: what lies beyond a rate or a cap is turned away, or waits for longer."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.clock import SECOND, Span, span
from emulator.core.commands import Submit
from emulator.core.faults import On
from emulator.core.forms import SPAN, arg, whole
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import PlanRule
from emulator.faults.deed import (
    ANSWERED,
    BEFORE,
    Deed,
    Example,
    Family,
    Scene,
    Truth,
    status,
)
from emulator.faults.lifecycle import MADE, SUBMITS, planned
from emulator.providers.port import Answer, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Deed):
    """The call is turned away with the provider's 429 and the headers assumed of it. Retry-After
    says when the window closes (`on: {beyond: {calls: 5, per: 1m}}`), or else `retry`."""

    family = Family.LIMITS
    kinds = ANSWERED
    phases = BEFORE
    examples = (
        Example(kind=Kind.SUBMIT, sees=status(429, Truth.UNTOUCHED)),
        Example(kind=Kind.JOB, sees=status(429)),
    )

    retry: Span = arg(SPAN, span("10s"), "What Retry-After says where there is no window.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The 429, with `Retry-After` and perhaps the x-ratelimit headers."""
        made = scene.provider.refuse(Refused(Reason.LIMITED), scene.terms.assume)
        again = scene.now + self.retry if scene.window is None else scene.window
        see = scene.terms.see
        seconds = max(-(-(see(again) - see(scene.now)) // SECOND), 0)
        named = scene.terms.assume["limit-headers"]
        headers = (
            made.headers if named == "none" else (*made.headers, ("Retry-After", str(seconds)))
        )
        if named == "x-ratelimit":
            reset = -(-see(again) // SECOND)
            headers = (
                *headers,
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", str(reset)),
            )
        return Answer(429, made.body, headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Deed):
    """Only so many of the provider's jobs run at once; the others stay queued for longer, so that
    the queue lengthens under load."""

    family = Family.LIMITS
    kinds = SUBMITS
    examples = MADE

    slots: int = arg(whole(1), 1, "How many run at once.")

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan begins when a slot is free."""
        return planned(submit, on, PlanRule(slots=self.slots))
