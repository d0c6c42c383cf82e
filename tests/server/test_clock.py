from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import EPOCH, HOUR, SECOND, Mode, Pace
from emulator.core.scenario import View
from emulator.server.clock import REMEMBERED, WorldClock, machine_time
from tests.server.caller import KLING, VEO, Caller
from tests.server.inside import House, Machine
from tests.server.raw import Line

CLOCK = "/_understudy/worlds/k/clock"

passing = st.tuples(st.just("pass"), st.integers(0, 10**10))
jumping = st.tuples(st.just("jump"), st.integers(-(10**9), 10**10))
winding = st.tuples(
    st.just("wind"), st.builds(Pace, st.sampled_from(Mode), st.floats(0.001, 10_000))
)
turning = st.lists(passing | jumping | winding, max_size=20)


def turn(clock: WorldClock, machine: Machine, step: tuple[str, int | Pace]) -> None:
    match step:
        case "pass", int(span):
            machine.at += span
        case "jump", int(span):
            clock.jump(clock.now() + span)
        case "wind", Pace() as pace:
            clock.wind(pace)


@settings(deadline=None)
@given(steps=turning)
def test_a_clock_never_goes_backwards(steps: list[tuple[str, int | Pace]]) -> None:
    machine = Machine()
    clock = WorldClock(Pace(), EPOCH, machine)
    before = clock.now()
    assert before == EPOCH
    for step in steps:
        turn(clock, machine, step)
        assert clock.now() >= before
        if step[0] == "wind":
            assert clock.now() == before
        before = clock.now()


@settings(deadline=None)
@given(steps=turning, after=st.integers(0, 10**9))
def test_how_long_ago_an_instant_came(steps: list[tuple[str, int | Pace]], after: int) -> None:
    """Where the clock stood before and after each step is known; so is when it stood there."""
    machine = Machine()
    clock = WorldClock(Pace(), EPOCH, machine)
    reached = {clock.now(): [machine()]}
    for step in steps:
        turn(clock, machine, step)
        reached.setdefault(clock.now(), []).append(machine())
    machine.at += after
    for at, came in reached.items():
        ago = [machine() - one for one in came]
        assert min(ago) - 1000 <= clock.since(at) <= max(ago) + 1000


@pytest.mark.parametrize(
    ("mode", "steps", "ago"),
    [
        (Mode.REAL, [("pass", 30)], 25),
        (Mode.REAL, [("pass", 2), ("jump", 500), ("pass", 7)], 7),
        (Mode.MANUAL, [("pass", 30), ("jump", 500), ("pass", 7)], 7),
        (Mode.MANUAL, [("pass", 300), ("jump", 500), ("pass", 7)], 7),
        (Mode.MANUAL, [("pass", 30), ("jump", 100), ("pass", 7)], 7),
        (Mode.MANUAL, [("pass", 9), ("wind", Pace(Mode.REAL, 50.0)), ("pass", 5)], 3),
        (Mode.MANUAL, [("pass", 30)], 0),
    ],
)
def test_an_instant_that_was_jumped_over_came_with_the_jump(
    mode: Mode, steps: list[tuple[str, int | Pace]], ago: int
) -> None:
    """The instant is a hundred seconds after the start; a real clock goes twenty times as fast."""
    machine = Machine()
    clock = WorldClock(Pace(mode, 20.0), EPOCH, machine)
    for name, by in steps:
        turn(clock, machine, (name, by * SECOND if isinstance(by, int) else by))
    assert clock.since(EPOCH + 100 * SECOND) == ago * SECOND


@settings(deadline=None)
@given(steps=turning)
def test_the_machines_view_of_an_instant_is_when_it_was_reached(
    steps: list[tuple[str, int | Pace]],
) -> None:
    machine = Machine()
    clock = WorldClock(Pace(), EPOCH, machine)
    see = clock.see(View.MACHINE)
    reached = [(clock.now(), machine())]
    for step in steps:
        turn(clock, machine, step)
        reached.append((clock.now(), machine()))
    seen = [see(at) for at, _ in reached]
    assert seen == sorted(seen)
    slack = 2 + SECOND // 500  # a microsecond of the world is that much of the slowest machine
    for (at, _), shown in zip(reached, seen, strict=True):
        first = next(then for here, then in reached if here >= at)
        last = max(then for here, then in reached if here <= at)
        assert first - slack <= shown <= last + slack


def test_the_worlds_view_shows_instants_as_they_are() -> None:
    see = WorldClock(Pace(), EPOCH, Machine()).see(View.WORLD)
    assert [see(EPOCH), see(0), see(EPOCH + 7)] == [EPOCH, 0, EPOCH + 7]


def test_an_instant_that_a_jump_passed_over_was_reached_when_it_jumped() -> None:
    machine = Machine()
    clock = WorldClock(Pace(Mode.REAL, 10), EPOCH, machine)
    see = clock.see(View.MACHINE)
    start = machine()
    machine.passes(6)
    clock.jump(EPOCH + HOUR)
    machine.passes(1)
    assert [see(EPOCH + at * SECOND) - start for at in (0, 30, 61, 1800, 3600, 3610)] == [
        at * SECOND for at in (0, 3, 6, 6, 6, 7)
    ]


def test_a_clock_remembers_its_last_turns() -> None:
    machine = Machine()
    clock = WorldClock(Pace(Mode.REAL, 1), EPOCH, machine)
    see = clock.see(View.MACHINE)
    for _ in range(2 * REMEMBERED):
        machine.passes(1)
        clock.jump(clock.now() + SECOND)
    assert see(clock.now()) == machine()
    assert see(EPOCH) < machine()


def test_how_long_it_is_until_an_instant() -> None:
    machine = Machine()
    clock = WorldClock(Pace(Mode.REAL, 20), EPOCH, machine)
    assert clock.until(EPOCH + 60 * SECOND) == 3.0
    machine.passes(1)
    assert clock.until(EPOCH + 60 * SECOND) == 2.0
    assert clock.until(EPOCH) == 0.0
    clock.wind(Pace(Mode.MANUAL))
    assert clock.until(EPOCH + 60 * SECOND) is None


def test_the_machines_time_goes_forward() -> None:
    now = machine_time()
    seen = [now() for _ in range(1000)]
    assert seen == sorted(seen)
    assert seen[0] > EPOCH


async def test_by_hand_nothing_moves_until_the_clock_is_advanced() -> None:
    house = House()
    id = await house.enqueue("k", VEO)
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    house.machine.passes(86_400)
    assert await house.json("GET", f"/api/ai/queue/{id}", key="k") == row
    assert (await house.json("GET", CLOCK))["now"] == "2026-01-01T00:00:00Z"
    await house.advance("k", "8s")
    assert (await house.json("GET", f"/api/ai/queue/{id}", key="k"))["status"] == "processing"
    await house.advance("k", 90)
    assert (await house.json("GET", f"/api/ai/queue/{id}", key="k"))["status"] == "succeeded"


async def test_moves_on_the_way_have_their_own_instants() -> None:
    house = House(plans=())
    rule = {"queued": "1s", "running": "250ms"}
    await house.json("POST", "/_understudy/worlds", {"key": "k", "scenario": {"plans": [rule]}})
    id = await house.enqueue("k", VEO)
    await house.advance("k", "1w")
    jobs = await house.json("GET", "/_understudy/worlds/k/jobs")
    assert jobs["jobs"][0]["ended"] == "2026-01-01T00:00:01.250000Z"
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    assert row["completed_at"] == row["started_at"] == EPOCH // SECOND + 1


@pytest.mark.parametrize(
    "at", ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05", 1767323045]
)
def test_a_clock_can_be_set(caller: Caller, at: str | int) -> None:
    assert caller.control("clock", {"set": at})["now"] == "2026-01-02T03:04:05Z"
    caller.advance("1h30m")
    assert caller.control("clock")["now"] == "2026-01-02T04:34:05Z"


def test_set_and_advance_add_up(caller: Caller) -> None:
    wound = caller.control("clock", {"set": "2026-02-01T00:00:00Z", "advance": "250ms"})
    assert wound["now"] == "2026-02-01T00:00:00.250000Z"


def test_winding_by_nothing_leaves_no_trace(caller: Caller) -> None:
    for body in ({}, {"advance": 0}, {"set": "2026-01-01T00:00:00Z"}):
        caller.control("clock", body)
    assert caller.control("log")["entries"] == []


async def test_a_real_clock_goes_with_the_machines_at_its_speed() -> None:
    house = House(pace=Pace(Mode.REAL, 20))
    assert (await house.json("POST", "/_understudy/worlds", {"key": "k"}))["clock"]["speed"] == 20
    id = await house.enqueue("k", KLING)
    for seconds, now in ((0.5, "00:00:10"), (2.5, "00:01:00"), (10, "00:04:20")):
        house.machine.passes(seconds)
        assert (await house.json("GET", CLOCK))["now"] == f"2026-01-01T{now}Z"
    assert (await house.json("GET", f"/api/ai/queue/{id}", key="k"))["status"] == "succeeded"


async def test_another_pace_goes_on_from_where_the_clock_stands() -> None:
    house = House(pace=Pace(Mode.REAL, 20))
    await house.json("GET", "/api/ai/queue", key="k")
    house.machine.passes(1)
    for body, seconds, now in (
        ({"speed": 2}, 5, "00:00:30"),
        ({"mode": "manual"}, 1000, "00:00:30"),
        ({"advance": 30}, 1000, "00:01:00"),
        ({"mode": "real"}, 15, "00:01:30"),
        ({"mode": "auto", "speed": 1}, 10, "00:01:40"),
        ({"mode": "manual", "advance": 20}, 5, "00:02:00"),
    ):
        await house.json("POST", CLOCK, body)
        house.machine.passes(seconds)
        assert (await house.json("GET", CLOCK))["now"] == f"2026-01-01T{now}Z"
    log = await house.json("GET", "/_understudy/worlds/k/log")
    kinds = [one["command"]["is"] for one in log["entries"]]
    assert kinds == ["Wind", "Wind", "Tick", "Wind", "Wind", "Wind", "Tick"]


@pytest.mark.parametrize("view", View)
async def test_dates_on_the_wire_are_the_worlds_or_the_machines(view: View) -> None:
    house = House(pace=Pace(Mode.REAL, 20), view=view, plans=())
    began = house.machine() if view is View.MACHINE else EPOCH
    rate = 1 if view is View.MACHINE else 20
    await house.json("GET", "/api/ai/queue", key="k")
    house.machine.passes(100)
    id = await house.enqueue("k", KLING)
    house.machine.passes(100)
    row = await house.call("GET", f"/api/ai/queue/{id}", key="k")
    plan = house.live("k").world.jobs[id].plan
    assert row.json["enqueued_at"] == began // SECOND + 100 * rate
    for name, move in zip(("started_at", "completed_at"), plan.moves, strict=True):
        after = (move.at - EPOCH) // 20 * rate
        assert row.json[name] == (began + after) // SECOND
    assert date(row.head["date"]) == began // SECOND + 200 * rate


def date(text: str) -> int:
    return int(parsedate_to_datetime(text).timestamp())


async def test_a_link_ages_on_the_worlds_clock_whatever_the_dates_show() -> None:
    house = House(pace=Pace(Mode.REAL, 20), view=View.MACHINE)
    id = await house.enqueue("k", VEO)
    house.machine.passes(10)
    row = await house.json("GET", f"/api/ai/queue/{id}", key="k")
    link = row["result_url"].removeprefix("http://emulator.test")
    house.machine.passes(3600 / 20 - 1)
    assert (await house.call("HEAD", link)).status == 200
    house.machine.passes(1)
    assert (await house.call("HEAD", link)).status == 403


def test_a_real_clock_tells_a_stream_by_itself(world: Callable[..., Caller]) -> None:
    caller = world(clock={"mode": "real", "speed": 1000})
    with Line(caller.emulator.port) as line:
        line.say("GET", "/api/events", f"Authorization: Bearer {caller.key}")
        line.head()
        id = caller.enqueue(KLING)
        told = b""
        while id.encode() not in told:
            told = line.chunk().removeprefix(b": keep-alive\n\n")
    assert b'"status":"succeeded"' in told
    ticks = [one for one in caller.control("log")["entries"] if one["command"]["is"] == "Tick"]
    assert ticks
    assert {one["command"]["why"] for one in ticks} == {"due"}
