"""How a job's plan is drawn: from the scenario's first matching rule, else from the model's timing.

Every draw comes from the seed, the world's name and the job's number, so it needs no state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from emulator.core.clock import LATEST, SECOND, Instant, Span
from emulator.core.jobs import Draft, Job, Move, Plan, Status, Step, scaled
from emulator.core.money import priced
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule

NO_CREDIT = "Insufficient credits"
TIMED_OUT = "The generation timed out."
BY_PROVIDER = "Cancelled by the provider."
NOTICED: Span = 3 * SECOND
"""How long a job runs at the most whose price is not covered: as in the documented example."""

AS_IT_COMES = PlanRule()
"""The rule of a job that no rule matches: it succeeds in the model's own time."""


def lot(seed: int, world: str, number: int) -> bytes:
    """Sixteen bytes that belong to this number in this world."""
    return blake2b(f"{seed}|{world}|{number}".encode(), digest_size=16).digest()


def identity(drawn: bytes) -> str:
    """A version 4 UUID made of sixteen drawn bytes."""
    text = drawn.hex()
    variant = "89ab"[drawn[8] >> 4 & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def rule_for(rules: Iterable[PlanRule], provider: str, nth: int, draft: Draft) -> PlanRule:
    """The first rule for a provider's `nth` job; one that says nothing if none matches."""
    for rule in rules:
        if rule.matches(provider, nth, draft):
            return rule
    return AS_IT_COMES


def changed(rule: PlanRule, change: PlanRule) -> PlanRule:
    """The rule with all that the change says; what it leaves open stays as it is."""
    said: dict[str, Any] = {
        name: value for name in ("deliver", "slots") if (value := getattr(change, name)) is not None
    }
    for name in ("queued", "running"):
        span, polls = getattr(change, name), getattr(change, f"{name}_polls")
        if (span, polls) != (None, None):
            said |= {name: span, f"{name}_polls": polls}
    if change.ending is not Ending.SUCCEED:
        said["ending"] = change.ending
    if change.error != AS_IT_COMES.error or change.ending is Ending.FAIL:
        said["error"] = change.error
    return replace(rule, **said)


def plan(
    draft: Draft,
    rule: PlanRule,
    at: Instant,
    drawn: bytes,
    *,
    covered: bool = True,
    free: Instant = 0,
) -> Plan:
    """When a job submitted at `at` moves and how it ends; it does not run before `free`.

    A job whose parameters are bad, or whose price is not `covered`, fails when it runs, whatever
    the rule says. One that would outlast its limit fails there.
    """
    queued = _between(draft.timing.queued, rule.queued, drawn[:8])
    running = _between(draft.timing.running, rule.running, drawn[8:])
    last, error = Status.SUCCEEDED, None
    if not covered:
        last, error = Status.FAILED, NO_CREDIT
        running = min(running, NOTICED)
    elif draft.error is not None:
        last, error = Status.FAILED, draft.error
    elif rule.ending is Ending.FAIL:
        last, error = Status.FAILED, rule.error
    elif rule.ending is Ending.CANCEL:
        last, error = Status.CANCELLED, BY_PROVIDER
    delivers = draft.outputs if rule.deliver is None else min(rule.deliver, draft.outputs)
    if last is Status.SUCCEEDED and delivers == 0:
        last, error = Status.FAILED, rule.error
    steps = [Step(Status.RUNNING, max(queued, free - at)), Step(last, running)]
    if not (draft.apart or (rule.queued_polls is None and rule.running_polls is None)):
        steps = _counted(steps, rule, waits=free > at)
    if rule.ending is Ending.STICK and covered and draft.error is None:
        steps.pop()
    if free >= LATEST:
        steps = []
    if not steps or not steps[-1].to.over:
        error, delivers = None, 0
    moves, rest = unfold((), tuple(steps), at)
    made = Plan(moves=moves, error=error, delivers=delivers, rest=rest)
    return _limited(made, at, draft.limit)


def _counted(steps: list[Step], rule: PlanRule, *, waits: bool) -> list[Step]:
    """The steps with those counted in polls that the rule counts; without a time, for ever.

    No poll lets a job in that `waits` for a slot, and none is needed where no time passes.
    """
    queued = None if waits else rule.queued_polls
    counts = ((rule.queued, queued), (rule.running, rule.running_polls))
    return [
        step
        if polls is None or span == 0
        else Step(step.to, None if span is None else step.span, polls)
        for step, (span, polls) in zip(steps, counts, strict=True)
    ]


def unfold(
    moves: tuple[Move, ...], rest: tuple[Step, ...], at: Instant
) -> tuple[tuple[Move, ...], tuple[Step, ...]]:
    """Every move whose instant is known, given that the last one came at `at`; and what is left."""
    known = 0
    for step in rest:
        if step.polls is not None:
            break
        at += step.span or 0
        moves = (*moves, Move(at, step.to))
        known += 1
    return moves, rest[known:]


def deadline(job: Job) -> Instant | None:
    """When a job's next counted move comes although nobody polls; None if it never does."""
    if not job.plan.rest:
        return None
    span, limit = job.plan.rest[0].span, job.draft.limit
    ends = [_since(job) + span] if span is not None else []
    if limit is not None:
        ends.append(job.submitted + limit)
    return min(ends, default=None)


def counted(job: Job, at: Instant) -> Plan:
    """The plan once the next of its counted moves has come, at `at`."""
    step, *rest = job.plan.rest
    limit = job.draft.limit
    timely = step.span is not None and _since(job) + step.span <= at
    if limit is not None and at >= job.submitted + limit and not timely:
        return _timed_out(job.plan, at)
    moves, left = unfold((*job.plan.moves, Move(at, step.to)), tuple(rest), at)
    return _limited(replace(job.plan, moves=moves, rest=left), job.submitted, limit)


def over_by(job: Job) -> Instant:
    """When a job will have ended however seldom it is polled; LATEST if that may be never."""
    at, last = _since(job), job.plan.moves[-1].to if job.plan.moves else Status.QUEUED
    for step in job.plan.rest:
        at, last = LATEST if step.span is None else at + step.span, step.to
    if not last.over:
        at = LATEST
    limit = job.draft.limit
    return min(at, LATEST if limit is None else job.submitted + limit)


def _since(job: Job) -> Instant:
    """When the last move came whose instant is known."""
    return job.plan.moves[-1].at if job.plan.moves else job.submitted


def _limited(plan: Plan, at: Instant, limit: Span | None) -> Plan:
    """The plan of a job submitted at `at`, which fails at its limit if it has not ended by then."""
    if limit is None:
        return plan
    if plan.rest:
        late = bool(plan.moves) and plan.moves[-1].at >= at + limit
    else:
        late = not _ends(plan) or plan.moves[-1].at > at + limit
    return _timed_out(plan, at + limit) if late else plan


def _timed_out(plan: Plan, limit: Instant) -> Plan:
    """The plan of a job that fails at its limit, having moved until then."""
    kept = tuple(move for move in plan.moves if move.at < limit)
    return Plan(moves=(*kept, Move(limit, Status.FAILED)), error=TIMED_OUT, delivers=0)


def _ends(plan: Plan) -> bool:
    return bool(plan.moves) and plan.moves[-1].to.over


def extended(draft: Draft, source: Job | None, now: Instant) -> Draft:
    """The draft of a job that goes on from `source`, its result now as long as both together.

    Refused if there is no such job, if it has not succeeded, or if its result is too long.
    """
    extends = draft.extends
    if extends is None:
        return draft
    if source is None or source.status(now) is not Status.SUCCEEDED:
        raise Refused(
            Reason.BAD_PARAMS, "source_video is not an operation of this key that has succeeded."
        )
    before = source.draft.shot
    if before.seconds > extends.longest:
        raise Refused(
            Reason.BAD_PARAMS, f"source_video must be at most {extends.longest:g} seconds long."
        )
    width, height = scaled(before.width, before.height, extends.side)
    shot = replace(
        draft.shot,
        width=width,
        height=height,
        seconds=before.seconds + draft.shot.seconds,
        scene=before.scene,
        start=before.start,
    )
    if not extends.rate:
        return replace(draft, shot=shot)
    price = priced(extends.rate, Decimal(str(shot.seconds)))
    return replace(draft, shot=shot, price=price, hold=max(draft.hold, price * draft.outputs))


def _between(bounds: tuple[Span, Span], fixed: Span | None, drawn: bytes) -> Span:
    if fixed is not None:
        return fixed
    low, high = bounds
    return low + int.from_bytes(drawn, "big") % (high - low + 1)
