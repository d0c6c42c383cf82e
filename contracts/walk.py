"""The fixed part of a search: every single thing that can go wrong, wherever the client comes by,
in one order: the mildest first, and the earliest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.capabilities import Can
from contracts.cases import DEADLINE, Case, Kill, When, sample
from contracts.reading import calls
from contracts.trial import Trial
from emulator.core.clock import SECOND
from emulator.core.faults import Fault, On, Phase
from emulator.core.jobs import Status
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.faults.catalogue import CONNECT, befalls, catalogue, kinds
from emulator.faults.deed import Family
from emulator.providers.port import Kind
from emulator.providers.registry import providers

NTH = 2
"""Calls of one operation, from the first on, that faults are tried at, besides the one that would
tell the end; where time is real, the first only."""

SOON = 120.0
"""Seconds that a client has where it is to give up."""

KILLS = 6
"""Calls, from the first on, at which a client is killed."""

COUNTED = PlanRule(queued=12 * SECOND, running=31 * SECOND, queued_polls=1, running_polls=2)
TIMED = PlanRule(queued=12 * SECOND, running=31 * SECOND)
BRIEF = PlanRule(queued=2 * SECOND, running=6 * SECOND)
"""What becomes of a job if nothing else is said: counted in polls, timed, or timed by a machine's
clock, which leaps while the client listens or blocks."""

WORDS = "Blocked by the safety filter (code 7)."
"""The provider's words for a failure: no client can guess them."""

FORMS: tuple[Mapping[str, Any], ...] = (
    {"retry_after": "17"},
    {"retry_at": "30s"},
    {"retry_after": "1.5"},
    {"retry_after": "0"},
    {"retry_after": "-5"},
    {"retry_after": "soon"},
    {"retry_after": "99999999999"},
)
"""Retry-After as it is sent, and as it should not be."""

OBSOLETE = ("Thursday, 01-Jan-26 00:03:00 GMT", "Thu Jan  1 00:03:00 2026")
"""Three minutes after the epoch of every world, in the forms that RFC 9110 asks readers to know."""

STORMS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("refuse", {"status": 503}),
    ("refuse", {"status": 429}),
    ("refuse", {"status": 401}),
    ("refuse", {"status": 404}),
    ("not_json", {}),
    ("reset", {}),
    ("stall", {}),
    ("not_found", {}),
    ("expired", {}),
    ("cut_body", {}),
    ("finish", {}),
    ("finish", {"told": 1}),
    ("reset_stream", {}),
    ("silence", {}),
)
"""What happens to every call of an operation, from the first on."""

STATUSES = (400, 401, 402, 403, 404, 422)
WORDINGS = ("expired", "canceled", "completed", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a client was seen to do in a trial in which nothing went wrong: how often it called each
    operation. `plan` is what becomes of its jobs if nothing else is said."""

    provider: str
    reached: Mapping[str, int]
    connections: int
    abilities: frozenset[str]
    plan: PlanRule
    virtual: bool
    deadline_s: float
    body: Mapping[str, Any] = field(default_factory=dict)

    def case(self, name: str, **more: Any) -> Case:
        """A case that differs from the plain one only in this."""
        parts = ("plans", "faults", "assumptions")
        given = {"plans": (self.plan,), **{one: more.pop(one) for one in parts if one in more}}
        return Case(
            provider=self.provider,
            name=name,
            scenario=Scenario(**given),
            **{"body": self.body, "deadline_s": self.deadline_s, **more},
        )


def ground(trial: Trial, abilities: frozenset[str]) -> Ground:
    """What the plain trial shows of a client."""
    case = trial.case
    return Ground(
        provider=case.provider,
        reached=Counter(
            one.operation for one in calls(trial) if (case.provider, one.operation) in kinds()
        ),
        connections=len(trial.asked) or 1,
        abilities=abilities,
        plan=case.scenario.plans[0],
        virtual=trial.virtual,
        deadline_s=case.deadline_s,
        body=case.body,
    )


def plain(provider: str, *, rule: PlanRule = TIMED, deadline_s: float = DEADLINE) -> Case:
    """The case in which nothing goes wrong: one job that succeeds within a minute."""
    return Case(
        provider=provider,
        name="plain",
        scenario=Scenario(plans=(rule,)),
        body=sample(provider),
        deadline_s=deadline_s,
    )


def walk(here: Ground) -> Iterator[Case]:
    """Every case of the fixed order but the plain one."""
    yield from _plans(here)
    yield from _batches(here)
    for name, fault in _singles(here):
        yield here.case(name, faults=(fault,))
    yield from _retries(here)
    yield from _connections(here)
    yield from _storms(here)
    yield from _assumptions(here)
    if Can.CANCELS in here.abilities and here.virtual:
        yield from _cancels(here)
    if Can.RESUMES in here.abilities:
        yield from _kills(here)


def singles(here: Ground) -> tuple[Fault, ...]:
    """Every single fault, as combinations are made of."""
    return tuple(fault for _, fault in _singles(here))


def _plans(here: Ground) -> Iterator[Case]:
    for ending in (Ending.FAIL, Ending.CANCEL, Ending.STICK, Ending.OUT_OF_CREDIT):
        words = WORDS if ending is Ending.FAIL else here.plan.error
        if here.provider == "omixa" and ending is Ending.OUT_OF_CREDIT:
            continue
        yield here.case(f"ending/{ending}", plans=(replace(here.plan, ending=ending, error=words),))
    if here.virtual:
        late = round(here.deadline_s * 0.7) * SECOND
        yield here.case("plan/slow", plans=(PlanRule(queued=SECOND, running=late),))
    yield here.case("plan/at-once", plans=(PlanRule(queued=1, running=1),))


def _batches(here: Ground) -> Iterator[Case]:
    many = {"oxen": "num_generations", "omixa": "sample_count"}[here.provider]
    body = {**here.body, many: 2}
    if Can.SYNC in here.abilities:
        return
    later = replace(here.plan, job=2, running=50 * SECOND)
    yield here.case("batch/2", body=body)
    yield here.case("batch/uneven", body=body, plans=(later, here.plan))
    fails = replace(here.plan, job=2, ending=Ending.FAIL, error=WORDS)
    if here.provider == "oxen":
        yield here.case("batch/one-fails", body=body, plans=(fails, here.plan))
    if "events" in here.reached:
        for do in ("duplicate", "reorder", "drop"):
            yield here.case(
                f"batch/{do}", body=body, faults=(_fault(here, do, "events", nth=1, event=1),)
            )


def _singles(here: Ground) -> Iterator[tuple[str, Fault]]:
    for do, cls in catalogue().items():
        for operation in here.reached:
            kind = kinds()[here.provider, operation]
            if not befalls(cls, here.provider, kind):
                continue
            for args in _examples(cls, kind):
                for phase in cls.phases if kind is Kind.SUBMIT else cls.phases[:1]:
                    for at in _places(here, operation, framed=cls.family is Family.STREAM):
                        yield _named(here, do, operation, phase, args, at)
    for operation in here.reached:
        kind = kinds()[here.provider, operation]
        for status in STATUSES if kind in (Kind.SUBMIT, Kind.JOB) else ():
            yield _named(here, "refuse", operation, Phase.BEFORE, {"status": status}, {"nth": 1})
        for word in WORDINGS if kind is Kind.JOB else ():
            at = {"nth": 2}
            yield _named(here, "status_word", operation, Phase.AFTER, {"word": word}, at)


def _examples(cls: Any, kind: Kind) -> list[Mapping[str, Any]]:
    shown: list[Mapping[str, Any]] = [one.args for one in cls.examples if one.kind is kind]
    return shown or [{}]


def _places(here: Ground, operation: str, *, framed: bool) -> list[dict[str, Any]]:
    """Which calls of an operation a fault is tried at; one that strikes a frame, at the first."""
    more = {"event": 1} if framed else {}
    kind = kinds()[here.provider, operation]
    count = min(here.reached[operation], NTH if here.virtual else 1)
    found: list[dict[str, Any]] = [{"nth": nth, **more} for nth in range(1, count + 1)]
    if kind is Kind.JOB and here.reached[operation] > count:
        found.append({"nth": 1, "states": frozenset({Status.SUCCEEDED})})
    return found


def _named(
    here: Ground, do: str, operation: str, phase: Phase, args: Mapping[str, Any], at: dict[str, Any]
) -> tuple[str, Fault]:
    """A fault at one call, and what the case with it is called."""
    cls = catalogue()[do]
    where = "end" if "states" in at else at["nth"]
    told = ",".join(f"{name}={value}" for name, value in args.items())
    when = f"{phase}/" if len(cls.phases) > 1 else ""
    fault = _fault(here, do, operation, phase=phase, args=args, **at)
    return f"single/{operation}/{where}/{when}{do}({told})", fault


def _fault(
    here: Ground,
    do: str,
    operation: str,
    *,
    phase: Phase | None = None,
    args: Mapping[str, Any] = {},
    **at: Any,
) -> Fault:
    on = On(provider=here.provider, operation=operation, **at)
    return Fault(id=do, do=do, args=args, on=on, phase=phase or catalogue()[do].phases[0])


def _retries(here: Ground) -> Iterator[Case]:
    dates = [{"retry_after": text} for text in OBSOLETE] if here.virtual else []
    for operation in here.reached:
        kind = kinds()[here.provider, operation]
        if kind not in (Kind.SUBMIT, Kind.JOB, Kind.TABLE, Kind.LIST):
            continue
        for nth, form in enumerate((*FORMS, *dates)):
            args = {"status": 429 if nth % 2 else 503, **form}
            name, fault = _named(here, "refuse", operation, Phase.BEFORE, args, {"nth": 1})
            yield here.case(name, faults=(fault,))


def _connections(here: Ground) -> Iterator[Case]:
    for do in ("reset_connection", "close_connection"):
        for nth in range(1, min(here.connections, NTH) + 1):
            fault = Fault(id=do, do=do, on=On(operation=CONNECT, nth=nth))
            yield here.case(f"connection/{nth}/{do}", faults=(fault,))
    for begins, ends in ((0, 20), (10, 60)):
        on = On(operation=CONNECT, between=(begins * SECOND, ends * SECOND))
        fault = Fault(id="refused", do="refuse_connections", on=on)
        yield here.case(f"connection/refused/{begins}-{ends}", faults=(fault,))


def _storms(here: Ground) -> Iterator[Case]:
    for do, args in STORMS:
        for operation in here.reached:
            if befalls(catalogue()[do], here.provider, kinds()[here.provider, operation]):
                fault = _fault(here, do, operation, args=args)
                told = ",".join(str(value) for value in args.values())
                yield here.case(f"always/{operation}/{do}({told})", faults=(fault,))


def _cancels(here: Ground) -> Iterator[Case]:
    """A job that sticks, so that it is cancelled in the end, and what may befall that."""
    operation = "cancel"
    kind = kinds().get((here.provider, operation))
    if kind is None:
        return
    stuck = (replace(here.plan, ending=Ending.STICK),)
    for do, cls in catalogue().items():
        if befalls(cls, here.provider, kind):
            for args in _examples(cls, kind):
                at = {"nth": 1}
                name, fault = _named(here, do, operation, cls.phases[0], args, at)
                yield here.case(name, faults=(fault,), plans=stuck, deadline_s=SOON)


def _assumptions(here: Ground) -> Iterator[Case]:
    for one in providers()[here.provider].assumptions:
        for choice in one.alternatives:
            if choice == "-":
                continue
            for ending in (Ending.SUCCEED, Ending.FAIL):
                words = WORDS if ending is Ending.FAIL else here.plan.error
                rule = replace(here.plan, ending=ending, error=words)
                name = f"assumption/{one.id}/{choice}/{ending}"
                yield here.case(name, assumptions={one.id: choice}, plans=(rule,))


def _kills(here: Ground) -> Iterator[Case]:
    count = min(sum(here.reached.values()), KILLS)
    for call in range(1, count + 1):
        for when in When:
            yield here.case(f"killed/{when}/{call}", kill=Kill(when=when, call=call))
