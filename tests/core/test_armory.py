"""Which fault takes a call: compared with a model that knows nothing but the history of calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.armory import MISSED, STRUCK
from emulator.core.commands import Arm, Called, Command, Disarm, Done, Struck, Tick
from emulator.core.faults import Beyond, Card, Chaos, Fault, On, Phase
from emulator.core.jobs import Status
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import Scenario
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from tests.core.strategies import GAPS, NAME, call, calm, draft, ids, submit
from tests.core.striking import ARMED_FROM_THE_START, FAULTS_KNOWN, calls, faults

PLACE = frozenset({"acme.status"})
LET, TOOK, LATE = "let by", "took", "due, but another took it"


@dataclass(slots=True)
class Kept:
    """A fault, and what it did with each call that matched it, and when."""

    fault: Fault
    met: list[tuple[int, str]] = field(default_factory=list)
    called: int = 0
    armed: bool = True

    def count(self, what: str) -> int:
        return [did for _, did in self.met].count(what)

    def over_the_limit(self, limit: Beyond, now: int) -> bool:
        """Whether a call is past the limit: all windows from the first one on, once more."""
        opened, within = None, 0
        for at, did in (*self.met, (now, "")):
            if opened is None or at >= opened + limit.per:
                opened, within = at, 0
            if did == LET:
                within += 1
        return within >= (limit.calls or 0)

    def due(self, now: int, waiting: int, makes: int) -> bool:
        on, nth = self.fault.on, len(self.met) + 1
        if self.fault.times is not None and self.count(TOOK) >= self.fault.times:
            return False
        if on.nth or on.every:
            return nth == on.nth if on.nth else nth % (on.every or 1) == 0
        if on.beyond is not None and on.beyond.jobs is not None:
            return makes > 0 and waiting + makes > on.beyond.jobs
        return on.beyond is None or self.over_the_limit(on.beyond, now)

    def finished(self) -> bool:
        times, nth = self.fault.times, self.fault.on.nth
        return (times is not None and self.count(TOOK) >= times) or (
            nth is not None and len(self.met) >= nth
        )


def about(called: Called, on: On) -> bool:
    """Whether the call is one of an operation that a fault is about."""
    return (
        (on.provider is None or on.provider == called.provider)
        and (on.operation is None or on.operation == called.operation)
        and (not on.operations or f"{called.provider}.{called.operation}" in on.operations)
    )


def matches(world: World, called: Called, fault: Fault) -> bool:
    on, passed = fault.on, world.now - world.scenario.start
    job = world.jobs.get(called.job or "")
    job = job if job is not None and job.provider == called.provider else None
    numbers = {job.nth} if job is not None else set()
    if called.makes:
        made = sum(one.provider == called.provider for one in world.jobs.values())
        numbers = set(range(made + 1, made + called.makes + 1))
    return not (
        (on.job is not None and on.job not in numbers)
        or (on.id is not None and on.id != called.job)
        or (on.states and (job is None or job.status(world.now) not in on.states))
        or (on.match is not None and fault.id not in called.matched)
        or (on.between is not None and not on.between[0] <= passed < on.between[1])
        or (fault.until is not None and passed >= fault.until)
    )


def expected(world: World, kept: list[Kept], called: Called) -> Fault | None:
    """Who takes the call; every fault that is armed has met it then."""
    taker = called.fault
    waiting = sum(world.jobs[id].provider == called.provider for id in world.waiting)
    for one in kept:
        if not one.armed or not about(called, one.fault.on):
            continue
        one.called += 1
        if matches(world, called, one.fault):
            did = (
                LET
                if not one.due(world.now, waiting, called.makes)
                else TOOK
                if taker is None
                else LATE
            )
            one.met.append((world.now, did))
            taker = one.fault if did == TOOK else taker
        one.armed = not one.finished()
    return taker


KNOWN = [*ids(Scenario(), upto=2), "nope"]
SAID: st.SearchStrategy[Command] = st.one_of(
    *[calls(KNOWN).map(lambda one: replace(one, poll=False))] * 5,
    st.builds(Arm, fault=faults(tuple(KNOWN))),
    st.builds(Disarm, id=st.sampled_from(FAULTS_KNOWN)),
)


@calm
@given(
    first=ARMED_FROM_THE_START,
    said=st.lists(st.tuples(GAPS, SAID), min_size=10, max_size=40),
)
def test_every_fault_counts_what_it_matches_and_the_first_that_is_due_takes_it(
    first: tuple[Fault, ...], said: list[tuple[int, Command]]
) -> None:
    world = World(NAME, Scenario(faults=first))
    submit(world, draft(), draft())
    kept = [Kept(fault) for fault in first]
    for gap, command in said:
        world.apply(world.now + gap, Tick())
        named = {one.fault.id: one for one in kept}
        wanted = expected(world, kept, command) if isinstance(command, Called) else None
        reply = world.apply(world.now, command).reply
        match command:
            case Called():
                assert isinstance(reply, Struck)
                assert reply.fault == wanted
            case Arm():
                assert isinstance(reply, Refused) is (command.fault.id in named)
                if isinstance(reply, Done):
                    kept.append(Kept(command.fault))
            case Disarm():
                armed = command.id in named and named[command.id].armed
                assert isinstance(reply, Done) is armed
                if armed:
                    named[command.id].armed = False
    for one in kept:
        found = world.armory.find(one.fault.id)
        assert found is not None
        assert (found.ended is None) is one.armed
        assert (found.called, found.seen) == (one.called, len(one.met))
        assert (found.struck, found.passed) == (one.count(TOOK), one.count(LATE))


def test_an_operation_is_counted_only_while_something_may_take_its_calls() -> None:
    on = On(provider="acme", operation="status")
    world = World(NAME, Scenario(faults=(Fault(id="one", do="stall", on=on, times=1),)))
    armory = world.armory
    assert armory.counts("acme", "status")
    assert not armory.counts("acme", "create")
    assert not armory.counts("zenith", "status")
    call(world)
    assert not armory.counts("acme", "status")


@pytest.mark.parametrize(
    ("on", "places"),
    [
        (On(provider="acme"), {"acme.create", "acme.status"}),
        (On(operation="create"), {"acme.create", "zenith.create"}),
        (On(), {"acme.create", "acme.status", "zenith.create", "zenith.status"}),
    ],
    ids=["provider", "operation", "any"],
)
def test_a_fault_that_is_about_several_operations_has_them_all_counted(
    on: On, places: set[str]
) -> None:
    armory = World(NAME, Scenario(faults=(Fault(id="one", do="stall", on=on),))).armory
    counted = {
        f"{provider}.{operation}"
        for provider in ("acme", "zenith")
        for operation in ("create", "status")
        if armory.counts(provider, operation)
    }
    assert counted == places


def one_fault(**on: object) -> World:
    fault = Fault(id="one", do="stall", on=On(**on))  # type: ignore[arg-type]
    return World(NAME, Scenario(start=0, faults=(fault,)))


def test_a_fault_that_was_disarmed_takes_nothing_and_is_known_with_its_reason() -> None:
    world = one_fault()
    assert call(world).fault is not None
    assert world.apply(5, Disarm(id="one", why="enough")).reply == Done(now=5)
    assert call(world).fault is None
    found = world.armory.find("one")
    assert found is not None
    assert (found.struck, found.called, found.ended, found.why) == (1, 1, 5, "enough")


@pytest.mark.parametrize("ended", [False, True], ids=["armed", "disarmed"])
def test_an_id_is_given_once_and_for_all(ended: bool) -> None:
    world = one_fault(nth=9)
    if ended:
        world.apply(0, Disarm(id="one"))
    before = take(world)
    reply = world.apply(0, Arm(fault=Fault(id="one", do="reset"))).reply
    assert reply == Refused(Reason.BAD_PARAMS, "there is a fault called 'one' already")
    assert take(world) == before


@pytest.mark.parametrize(
    ("id", "known"), [("one", "it has ended already"), ("two", "there is none")]
)
def test_only_what_is_armed_can_be_disarmed(id: str, known: str) -> None:
    world = one_fault(nth=1)
    call(world)
    reply = world.apply(0, Disarm(id=id)).reply
    assert reply == Refused(Reason.BAD_PARAMS, f"no fault called {id!r} is armed: {known}")


def test_one_that_is_armed_later_stands_behind_and_counts_from_there_on() -> None:
    world = one_fault(every=2)
    call(world)
    world.apply(3, Arm(fault=Fault(id="two", do="reset")))
    taken = [one.fault.id if one.fault else None for one in (call(world), call(world))]
    assert taken == ["one", "two"]
    two = world.armory.find("two")
    assert two is not None
    assert (two.since, two.called, two.passed, two.struck) == (3, 2, 1, 1)


def test_why_a_fault_has_ended_says_whether_it_struck() -> None:
    world = one_fault()
    world.apply(0, Arm(fault=Fault(id="two", do="reset", on=On(nth=1))))
    world.apply(0, Arm(fault=Fault(id="three", do="reset", times=1)))
    call(world)
    world.apply(0, Disarm(id="one"))
    call(world)
    told = {id: one.why for id, one in world.armory.ended.items()}
    assert told == {"one": "it was disarmed", "two": MISSED, "three": STRUCK}


def test_what_a_call_brings_takes_it_and_the_others_count_it() -> None:
    world, brought = one_fault(), Fault(id="mine", do="reset", on=On(provider="zenith", nth=7))
    assert call(world, fault=brought).fault == brought
    one = world.armory.find("one")
    assert one is not None
    assert (one.seen, one.passed) == (1, 1)
    assert world.armory.find("mine") is None


def test_a_call_past_a_limit_is_told_when_its_window_closes() -> None:
    world = one_fault(beyond=Beyond(calls=1, per=10))
    assert call(world, at=5) == Struck(now=5, fault=None)
    third = call(world, at=9)
    assert (third.fault is not None, third.window) == (True, 15)
    assert call(world, at=15).fault is None


def test_a_cap_counts_the_jobs_of_its_provider_that_have_not_ended() -> None:
    world = one_fault(operation="create", beyond=Beyond(jobs=2))
    struck = []
    for _ in range(3):
        struck.append(call(world, "create", makes=1).fault is not None)
        if not struck[-1]:
            submit(world, draft())
    assert struck == [False, False, True]
    assert call(world, "create", at=5, makes=1).fault is None


def test_a_submit_is_about_the_jobs_that_it_would_make() -> None:
    world = one_fault(operation="create", job=3)
    submit(world, draft())
    assert call(world, "create", makes=1).fault is None
    assert call(world, "create", makes=2).fault is not None
    submit(world, draft())
    assert call(world, "create", makes=1).fault is not None
    submit(world, draft())
    assert call(world, "create", makes=1).fault is None


def test_a_call_is_told_where_its_job_stands() -> None:
    world = one_fault(states=frozenset({Status.SUCCEEDED}))
    (job,) = submit(world, draft())
    told = [call(world, at=at, job=job.id) for at in (1, 2, 4, 5, 6)]
    queued, running, succeeded = Status.QUEUED, Status.RUNNING, Status.SUCCEEDED
    assert [one.state for one in told] == [queued, running, running, succeeded, succeeded]
    assert [one.fault is not None for one in told] == [False] * 3 + [True] * 2
    foreign = world.apply(7, Called(provider="zenith", operation="status", job=job.id)).reply
    assert foreign == Struck(now=7, fault=None)


def test_a_restored_world_goes_on_counting() -> None:
    world = one_fault(nth=3)
    call(world)
    call(world)
    taken = take(world)
    restored = restore(taken)
    assert restored.armory.counts("acme", "status")
    assert call(restored).fault is not None
    assert not restored.armory.counts("acme", "status")
    assert world.armory.counts("acme", "status")
    call(world)
    assert [one.seen for one in taken.faults] == [2]


def test_a_restored_world_has_what_was_armed_disarmed_and_drawn() -> None:
    cards = (Card(family="a", do="cut", phase=Phase.AFTER, args={}, operations=PLACE),)
    world = World(NAME, Scenario(chaos=Chaos(rates={"a": 1.0}, deck=cards)))
    struck = [call(world).fault, call(world).fault]
    for id in ("one", "two"):
        world.apply(world.now, Arm(fault=Fault(id=id, do="stall")))
    world.apply(world.now, Disarm(id="one"))
    restored = restore(take(world))
    assert list(restored.armory.drawn) == struck
    assert (restored.armory.armed, restored.armory.ended) == (
        world.armory.armed,
        world.armory.ended,
    )
    assert restored.armory.calls == {("acme", "status"): 2}


def test_a_restored_world_counts_what_was_armed_after_its_start() -> None:
    world = World(NAME, Scenario())
    world.apply(world.now, Arm(fault=Fault(id="one", do="stall", on=On(provider="acme"))))
    assert restore(take(world)).armory.counts("acme", "status")
