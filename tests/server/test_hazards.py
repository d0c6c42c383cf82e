"""Where a fault could hang, leak or lie: what must not come of one."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest

from emulator import Emulator, Mode, Pace, Scenario
from emulator.core.clock import SECOND
from emulator.core.commands import Called, Submit
from emulator.core.faults import Fault, On, Phase
from emulator.core.jobs import Status
from emulator.core.scenario import PlanRule
from emulator.core.world import World
from tests.core.strategies import draft
from tests.server.caller import KLING, VEO, Caller
from tests.server.inside import House, body, turns
from tests.server.raw import Line, until

QUEUE = "/api/ai/queue"
FAULTS = "/_understudy/worlds/k/faults"


@pytest.mark.parametrize("do", ["close", "reset", "stall"])
def test_pipelined_calls_leave_nothing_behind(
    do: str, world: Callable[..., Caller], emulator: Emulator
) -> None:
    caller = world()
    caller.control("faults", {"do": do, "on": {"operation": "list"}})
    with Line(emulator.port) as line:
        call = f"GET {QUEUE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.key}\r\n\r\n"
        line.socket.sendall(2 * call.encode())
        until(lambda: not caller.live.idle or len(caller.live.recorder) > 0, "the call is taken")
    until(lambda: caller.live.idle, "nobody is waited for any more")
    assert len(caller.live.naps) == 0


async def test_a_stalled_call_does_not_make_time_leap() -> None:
    house = House(pace=Pace(Mode.AUTO))
    await house.enqueue("k", VEO)
    await house.json("POST", FAULTS, {"do": "stall", "on": {"operation": "list"}})
    stalled = house.open("GET", QUEUE, key="k")
    await turns()
    assert house.live("k").world.now == house.scenario.start
    stalled.hang_up()
    await stalled.over()


async def test_a_delayed_call_makes_time_leap_to_its_answer() -> None:
    house = House(pace=Pace(Mode.AUTO))
    delay = {"do": {"delay": {"by": "30s"}}, "on": {"operation": "list"}}
    house.stage.of("k")
    await house.json("POST", FAULTS, delay)
    await house.json("GET", QUEUE, key="k")
    assert house.live("k").world.now == house.scenario.start + 30 * SECOND


async def test_a_call_that_would_stall_in_a_dropped_world_is_hung_up_on() -> None:
    house = House()
    house.stage.of("k")
    await house.json("POST", FAULTS, {"do": "stall", "phase": "after"})
    blocked = house.open("POST", "/api/ai/videos/generate", key="k", body=body(KLING))
    await turns()
    await house.call("DELETE", "/_understudy/worlds/k")
    assert (await blocked.over()).cut == "closed"


def test_a_poll_that_never_had_an_effect_is_not_counted() -> None:
    world = World("stage", Scenario(plans=(PlanRule(queued=0, running_polls=2),)))
    now = world.now
    (job,) = world.apply(now, Submit(provider="oxen", drafts=(draft(),))).reply.jobs  # type: ignore[union-attr]
    poll = Called(provider="oxen", operation="status", job=job.id, poll=True)
    for phase, counts in ((Phase.BEFORE, 0), (Phase.AFTER, 1)):
        fault = Fault(id="x", do="refuse", phase=phase, on=On())
        world.apply(now, Called(**{**_fields(poll), "fault": fault}))
        assert world.polled[job.id] == counts
    late = Fault(id="late", do="refuse", on=On(states=frozenset({Status.SUCCEEDED})))
    assert world.jobs[job.id].status(now) is Status.RUNNING
    taken = world.apply(now, Called(**{**_fields(poll), "fault": late})).reply
    assert taken.fault == late  # type: ignore[union-attr]
    assert world.jobs[job.id].status(now) is Status.RUNNING
    world.apply(now, poll)
    assert world.jobs[job.id].status(now) is Status.SUCCEEDED


def _fields(called: Called) -> dict[str, object]:
    return {name: getattr(called, name) for name in Called.__slots__}


def test_a_listener_refuses_exactly_while_it_is_to(http: httpx.Client) -> None:
    span = {"operation": "connect", "between": ["10s", "20s"]}
    scenario = {"clock": {"mode": "manual"}, "faults": [{"on": span, "do": "refuse_connections"}]}
    made = {"key": "deaf", "listener": True, "scenario": scenario}
    url = http.post("/_understudy/worlds", json=made).json()["url"]
    port = int(url.rsplit(":", 1)[1])
    seen = []
    for _ in range(4):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            seen.append("open")
        except ConnectionRefusedError:
            seen.append("refused")
        http.post("/_understudy/worlds/deaf/clock", json={"advance": 9})
    http.delete("/_understudy/worlds/deaf")
    assert seen == ["open", "open", "refused", "open"]
