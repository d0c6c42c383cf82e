"""Draws small worlds in which much happens at once: few instants, little money, few jobs.

Ids follow from the seed, the world's name and a count, so a script can name jobs before it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from emulator.core.clock import EPOCH, Mode, Pace
from emulator.core.commands import (
    Arm,
    Called,
    Cancel,
    Command,
    Disarm,
    Entry,
    Happening,
    Jobs,
    Moved,
    Outcome,
    Short,
    Spend,
    Struck,
    Submit,
    Tick,
    TopUp,
    Wind,
)
from emulator.core.jobs import Draft, Extension, Job, Shot, Status, Timing
from emulator.core.plain import build, plain
from emulator.core.planning import identity, lot, plan
from emulator.core.scenario import Ending, PlanRule, Scenario
from emulator.core.world import World
from tests.core.striking import ARMED_FROM_THE_START, CHAOS, FAULTS_KNOWN, calls, faults

NAME = "stage"
PROVIDERS = ("acme", "zenith")
MOSTLY_ONE = st.sampled_from([*["acme"] * 9, "zenith"])
MODELS = ("slow", "quick")
LONG = 5000
"""Later than any planned move that these strategies draw, counted from the last command."""

calm = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
"""No timing is judged, on however busy a machine."""

whole = settings(calm, max_examples=45)
"""For properties of whole worlds, which take longer to draw."""

TIMINGS = st.sampled_from(
    [
        Timing(queued=queued, running=running)
        for queued in ((0, 0), (0, 3), (2, 2), (2, 8))
        for running in ((0, 0), (0, 4), (5, 5), (8, 20))
    ]
)
GAPS = st.sampled_from([0, 1, 0, 2, 4, 8])
AMOUNTS = st.integers(0, 12)
TEXTS = st.text(max_size=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
PACES = st.builds(
    Pace, mode=st.sampled_from(Mode), speed=st.floats(0, 1e6, exclude_min=True, allow_nan=False)
)
SHOTS = st.sampled_from(
    [
        Shot(kind="video", width=16, height=9, scene=scene, seconds=seconds, start=start)
        for scene, seconds, start in (("a", 4.0, None), ("b", 1.5, "data:,"), ("c", 0.0, None))
    ]
)
LOTS = st.binary(min_size=16, max_size=16)
TIMED: st.SearchStrategy[PlanRule] = st.builds(
    PlanRule,
    provider=st.sampled_from([None, None, *PROVIDERS]),
    job=st.sampled_from([None, None, 1, 2]),
    model=st.sampled_from([None, None, *MODELS]),
    ending=st.sampled_from([Ending.SUCCEED, Ending.SUCCEED, Ending.SUCCEED, *Ending]),
    queued=st.sampled_from([None, None, 0, 1, 6]),
    running=st.sampled_from([None, None, 0, 1, 6]),
    deliver=st.sampled_from([None, 0, 1, 2, 3]),
)
POLLS = st.sampled_from([None, 1, 2, 3])
RULES = TIMED | st.builds(
    replace, TIMED, queued_polls=POLLS, running_polls=POLLS, slots=st.sampled_from([None, 1, 2])
)
SCENARIOS = st.builds(
    Scenario,
    seed=st.integers(0, 3),
    start=st.integers(0, 5).map(lambda late: EPOCH + late),
    balance=st.sampled_from([200, 60, 200, 20, 0]),
    plans=st.lists(RULES, max_size=2).map(tuple),
    accounts=st.sampled_from([(True,), (False, True), (True, True), (False,)]),
    keep=st.sampled_from([100_000, 100_000, 100_000, 100_000, 100_000, 3, 1, 0]),
    faults=ARMED_FROM_THE_START,
    chaos=st.none() | CHAOS,
)


@dataclass(frozen=True, slots=True)
class Script:
    """A world's scenario and the commands that it is given, in order."""

    scenario: Scenario
    log: tuple[Entry, ...]
    name: str = NAME

    @property
    def end(self) -> int:
        """An instant at which every job that ever ends has ended."""
        return (self.log[-1].at if self.log else self.scenario.start) + LONG


def ids(scenario: Scenario, name: str = NAME, upto: int = 3) -> list[str]:
    """The ids that this world gives its first jobs."""
    return [identity(lot(scenario.seed, name, nth)) for nth in range(1, upto + 1)]


def draft(**told: Any) -> Draft:
    """A job that waits for 2, runs for 3, holds 6 and costs 4."""
    usual: dict[str, Any] = {
        "model": "slow",
        "kind": "video",
        "shot": Shot(kind="video", width=16, height=9, scene="a", seconds=4.0),
        "timing": Timing(queued=(2, 2), running=(3, 3)),
        "price": 4,
        "hold": 6,
    }
    return Draft(**usual | told)


def drafts(**told: st.SearchStrategy[Any]) -> st.SearchStrategy[Draft]:
    """Jobs to ask for; what is told replaces what would be drawn."""
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "model": st.sampled_from(MODELS),
        "kind": st.just("video"),
        "shot": SHOTS,
        "timing": TIMINGS,
        "price": st.sampled_from([2, 5, 1, 0]),
        "hold": st.sampled_from([6, 12, 3, 20, 0]),
        "outputs": st.sampled_from([1, 2, 3]),
        "error": st.sampled_from([None] * 7 + ["Bad."]),
        "limit": st.sampled_from([None] * 8 + [0, 3, 8, 30]),
        "apart": st.sampled_from([False] * 5 + [True]),
    }
    return st.builds(Draft, **drawn | told)


def submits(drafted: st.SearchStrategy[Draft], most: int = 2) -> st.SearchStrategy[Submit]:
    """One or more jobs at once, under any of the terms."""
    return st.builds(
        Submit,
        provider=MOSTLY_ONE,
        drafts=st.lists(drafted, min_size=1, max_size=most).map(tuple),
        short=st.sampled_from(Short),
        routed=st.sampled_from([False, False, True]),
        route_first=st.booleans(),
        idempotency=st.sampled_from([None, None, "x", "y"]),
        rules=st.lists(RULES, max_size=1).map(tuple),
        failing=st.sampled_from([0, 0, 1, 2]),
    )


def extensions(known: list[str]) -> st.SearchStrategy[Extension]:
    """Asks to go on from one of the known ids, most of them jobs that can succeed early."""
    return st.builds(
        Extension,
        job=st.sampled_from(known),
        longest=st.sampled_from([8.0, 8.0, 1.0]),
        side=st.sampled_from([8, 18]),
        rate=st.integers(0, 3),
    )


def commands(known: list[str]) -> st.SearchStrategy[Command]:
    """Anything that can be said to a world whose jobs may have the known ids."""
    return st.one_of(
        submits(drafts()),
        submits(drafts()),
        submits(drafts(extends=extensions(known)), most=1),
        st.builds(Cancel, provider=MOSTLY_ONE, job=st.sampled_from(known), bills=st.booleans()),
        st.builds(Cancel, provider=MOSTLY_ONE, job=st.sampled_from(known), bills=st.booleans()),
        st.builds(TopUp, provider=MOSTLY_ONE, amount=AMOUNTS),
        st.builds(Spend, provider=MOSTLY_ONE, amount=AMOUNTS),
        calls(known),
        calls(known),
        st.builds(Arm, fault=faults(tuple(known))),
        st.builds(Disarm, id=st.sampled_from(FAULTS_KNOWN)),
        st.just(Tick()),
        st.just(Wind(mode=Mode.MANUAL, speed=2.0)),
    )


@st.composite
def scripts(draw: st.DrawFn, name: str = NAME, size: int = 9) -> Script:
    """A world and all that is said to it: some jobs first, then anything."""
    scenario = draw(SCENARIOS)
    first = draw(st.lists(submits(drafts()), min_size=1, max_size=2))
    rest = draw(st.lists(commands(ids(scenario, name)), min_size=size // 3, max_size=size))
    at, log = scenario.start, []
    for command in (*first, *rest):
        at += draw(GAPS)
        log.append(Entry(at, command))
    return Script(scenario, tuple(log), name)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """A job on its own, as a world could have made it, cancelled or not."""
    asked, covered, submitted = draw(drafts()), draw(st.booleans()), draw(st.integers(0, 5))
    job = Job(
        id=identity(lot(0, NAME, 1)),
        number=1,
        provider="acme",
        submitted=submitted,
        draft=asked,
        plan=plan(asked, draw(RULES), submitted, draw(LOTS), covered=covered),
        hold=asked.hold if covered else 0,
        route=draw(st.integers(0, 2)),
    )
    at = submitted + draw(st.integers(0, 12))
    if draw(st.booleans()) or job.status(at).over:
        return job
    bills = draw(st.booleans()) and job.status(at) is Status.RUNNING
    return replace(job, cancelled=at, cancel_bills=bills)


def perform(world: World, log: Iterable[Entry]) -> list[Outcome]:
    """What came of each command."""
    return [world.apply(entry.at, entry.command) for entry in log]


def submit(world: World, *asked: Draft, **terms: Any) -> tuple[Job, ...]:
    """The jobs that a world makes, now, of these drafts."""
    reply = world.apply(world.now, Submit(provider="acme", drafts=asked, **terms)).reply
    assert isinstance(reply, Jobs), reply
    return reply.jobs


def call(world: World, operation: str = "status", at: int | None = None, **about: Any) -> Struck:
    """What becomes of a counted call to the first provider, now or at an instant."""
    called = Called(provider="acme", operation=operation, **about)
    reply = world.apply(world.now if at is None else at, called).reply
    assert isinstance(reply, Struck), reply
    return reply


def leap(world: World, length: int = LONG) -> list[Happening]:
    """What happens while nothing is said."""
    return list(world.apply(world.now + length, Tick()).happenings)


def ends(world: World, jobs: tuple[Job, ...]) -> list[tuple[Status, str | None]]:
    """How the jobs end, and what is said of it."""
    told = [move for move in leap(world) if isinstance(move, Moved) and move.to.over]
    ended = {move.job.id: (move.to, move.job.plan.error) for move in told}
    return [ended[job.id] for job in jobs]


def happened(outcomes: Iterable[Outcome]) -> list[Happening]:
    """All that happened, in order."""
    return [one for outcome in outcomes for one in outcome.happenings]


def through_json(cls: Any, value: Any) -> Any:
    """The value as it comes back from a file."""
    return build(cls, json.loads(json.dumps(plain(value))))
