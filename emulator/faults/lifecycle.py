"""What becomes of a job, in truth or in what is told of it.

A fault on a submit that changes a job's plan is the truth: the world logs it, every read and event
agrees with it, and the ledger follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.clock import Span, span
from emulator.core.commands import Jobs, Reply, Submit
from emulator.core.faults import On
from emulator.core.forms import SPAN, TEXT, arg, whole
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule
from emulator.faults.deed import (
    EITHER,
    Deed,
    Example,
    Family,
    Idle,
    Scene,
    Truth,
    status,
)
from emulator.providers.port import Answer, Kind

SUBMITS = frozenset({Kind.SUBMIT})
LOOKS = frozenset({Kind.JOB})
MADE = (Example(kind=Kind.SUBMIT, sees=status(200)),)


def planned(submit: Submit, on: On, change: PlanRule) -> Submit:
    """The submit with a change to its jobs' plans, or to that of the one the fault is about."""
    return replace(submit, changes=(*submit.changes, replace(change, job=on.job)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stick(Deed):
    """The job starts, and then stays in processing for weeks: its money stays held. Omixa is
    assumed to give up after half an hour (`omixa.job-timeout`), and fails it then."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    examples = MADE

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan has no end."""
        return planned(submit, on, PlanRule(ending=Ending.STICK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Deed):
    """The job fails in the model's own time, with these words; nothing is charged."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    examples = MADE

    error: str = arg(TEXT, "The generation failed.", "The provider's words for it.")

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan ends in failure."""
        return planned(submit, on, PlanRule(ending=Ending.FAIL, error=self.error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Deed):
    """The provider itself cancels the job while it runs; nothing is charged."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    examples = MADE

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan ends with a cancel."""
        return planned(submit, on, PlanRule(ending=Ending.CANCEL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow(Deed):
    """The job waits and runs for as long as is said here."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    examples = MADE

    queued: Span = arg(SPAN, span("5m"), "How long it waits.")
    running: Span = arg(SPAN, span("20m"), "How long it runs.")

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan takes longer."""
        return planned(submit, on, PlanRule(queued=self.queued, running=self.running))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Deed):
    """A safety filter holds back some videos of a job with several: only those delivered are
    charged. With none left the job fails."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    providers = frozenset({"omixa"})
    examples = MADE

    deliver: int = arg(whole(0), 1, "How many videos are left.")

    def submit(self, submit: Submit, on: On) -> Submit:
        """Its plan delivers less."""
        words = "All videos were filtered."
        return planned(submit, on, PlanRule(deliver=self.deliver, error=words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover(Deed):
    """So many of the healthy upstream accounts fail before any output starts: the next one is
    tried unseen, with one hold and one usage record. When none is left the create is a 503."""

    family = Family.LIFECYCLE
    kinds = SUBMITS
    providers = frozenset({"omixa"})
    examples = (Example(kind=Kind.SUBMIT, sees=status(503, Truth.UNTOUCHED)),)

    accounts: int = arg(whole(1), 1, "How many accounts fail.")

    def submit(self, submit: Submit, on: On) -> Submit:
        """Those accounts are passed over."""
        return replace(submit, failing=self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWord(Deed):
    """A status is told that no document mentions, or a wrong one; the job goes on as planned."""

    family = Family.LIFECYCLE
    kinds = LOOKS
    examples = (Example(kind=Kind.JOB, sees=status(200)),)

    word: str = arg(TEXT, "expired", "The status that is told.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with that word, in the job itself or in the envelope around it."""
        if answer is None or answer.status >= 400 or not isinstance(answer.body, Mapping):
            raise Idle("the answer shows no job")
        return Answer(answer.status, _worded(answer.body, self.word), answer.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(Deed):
    """The job is shown as it stood some time ago, but not before it was submitted: a read that
    lags behind, so that a job seen done may run again."""

    family = Family.LIFECYCLE
    kinds = LOOKS
    examples = (Example(kind=Kind.JOB, sees=status(200)),)

    by: Span = arg(SPAN, span("60s"), "How far the read lags behind.")

    def reply(self, reply: Reply) -> Reply:
        """The same job, seen earlier."""
        if not isinstance(reply, Jobs):
            return reply
        return replace(reply, now=max(reply.now - self.by, reply.one.submitted))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound(Deed):
    """The job cannot be found, as when the read lags behind the submit; with `times` or `until`
    for a while only."""

    family = Family.LIFECYCLE
    kinds = LOOKS | {Kind.CANCEL}
    phases = EITHER
    examples = (Example(kind=Kind.JOB, sees=status(404)),)

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The provider's answer for an unknown job."""
        return scene.provider.refuse(Refused(Reason.UNKNOWN_JOB), scene.terms.assume)


def _worded(body: Mapping[str, Any], word: str) -> dict[str, Any]:
    shown = body.get("generation")
    if isinstance(shown, Mapping):
        return {**body, "generation": {**shown, "status": word}}
    if "status" not in body:
        raise Idle("the answer shows no status")
    return {**body, "status": word}
