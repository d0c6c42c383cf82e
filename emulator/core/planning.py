"""How a job's plan is drawn: from the scenario's first matching rule, else from the model's timing.

Every draw comes from the seed, the world's name and the job's number, so it needs no state.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from hashlib import blake2b

from emulator.core.clock import SECOND, Instant, Span
from emulator.core.jobs import Draft, Job, Move, Plan, Status, scaled
from emulator.core.money import priced
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Ending, PlanRule, Scenario

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
    number = int.from_bytes(drawn, "big")
    number = number & ~(0xF << 76) | (0x4 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rule_for(scenario: Scenario, provider: str, nth: int, draft: Draft) -> PlanRule:
    """The scenario's rule for a provider's `nth` job; one that says nothing if none matches."""
    for rule in scenario.plans:
        if rule.matches(provider, nth, draft):
            return rule
    return AS_IT_COMES


def plan(draft: Draft, rule: PlanRule, at: Instant, drawn: bytes, *, covered: bool = True) -> Plan:
    """When a job submitted at `at` moves and how it ends.

    A job whose parameters are bad, or whose price is not `covered`, fails when it runs, whatever
    the rule says. One that would outlast its limit fails there.
    """
    queued = _between(draft.timing.queued, rule.queued, drawn[:8])
    running = _between(draft.timing.running, rule.running, drawn[8:])
    start = Move(at + queued, Status.RUNNING)
    end, error = start.at + running, None
    match rule.ending:
        case _ if not covered:
            last, error = Status.FAILED, NO_CREDIT
            end = min(end, start.at + NOTICED)
        case _ if draft.error is not None:
            last, error = Status.FAILED, draft.error
        case Ending.FAIL:
            last, error = Status.FAILED, rule.error
        case Ending.CANCEL:
            last, error = Status.CANCELLED, BY_PROVIDER
        case Ending.STICK:
            return _until_limit(draft, at, (start,))
        case Ending.SUCCEED:
            last = Status.SUCCEEDED
    delivers = draft.outputs if rule.deliver is None else min(rule.deliver, draft.outputs)
    if last is Status.SUCCEEDED and delivers == 0:
        last, error = Status.FAILED, rule.error
    if draft.limit is not None and end > at + draft.limit:
        return _until_limit(draft, at, (start,))
    return Plan(moves=(start, Move(end, last)), error=error, delivers=delivers)


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


def _until_limit(draft: Draft, at: Instant, moves: tuple[Move, ...]) -> Plan:
    if draft.limit is None:
        return Plan(moves=moves, delivers=0)
    limit = at + draft.limit
    kept = tuple(move for move in moves if move.at < limit)
    return Plan(moves=(*kept, Move(limit, Status.FAILED)), error=TIMED_OUT, delivers=0)


def _between(bounds: tuple[Span, Span], fixed: Span | None, drawn: bytes) -> Span:
    if fixed is not None:
        return fixed
    low, high = bounds
    return low + int.from_bytes(drawn, "big") % (high - low + 1)
