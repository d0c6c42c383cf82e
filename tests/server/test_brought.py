"""What a single call brings along in a header: a fault for itself, or the plan of its jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emulator import Mode, Pace
from emulator.core.jobs import Status
from emulator.scenarios.text import parse
from emulator.server.injector import Injector
from tests.server.caller import CREATE, LITE, VEO
from tests.server.inside import House, Talk, body

QUEUE = "/api/ai/queue"


async def brings(house: House, header: str, value: str, path: str = QUEUE, data: Any = VEO) -> Talk:
    talk = house.open("POST", path, key="k", body=body(data), headers={header: value})
    return await talk.over()


@pytest.mark.parametrize(("path", "data"), [(QUEUE, VEO), (CREATE, LITE)])
async def test_a_call_brings_the_plan_of_its_jobs(path: str, data: Any) -> None:
    house = House(plans=())
    plan = 'fail with "Blocked." after 50s'
    assert (await brings(house, "X-Understudy-Plan", plan, path, data)).status == 200
    assert (await brings(house, "X-Other", plan, path, data)).status == 200
    await house.advance("k", 50)
    planned, usual = house.live("k").world.jobs.values()
    assert (planned.status(house.live("k").world.now), planned.plan.error) == (
        Status.FAILED,
        "Blocked.",
    )
    assert usual.plan.moves[-1].to is Status.SUCCEEDED


async def test_a_plan_that_is_brought_along_comes_before_the_scenarios() -> None:
    house = House()
    world = {"key": "k", "scenario": {"plans": ["stick"]}}
    await house.json("POST", "/_understudy/worlds", world)
    await brings(house, "X-Understudy-Plan", '{"do": "succeed", "queued": 1, "running": 2}')
    (job,) = house.live("k").world.jobs.values()
    assert [move.to for move in job.plan.moves] == [Status.RUNNING, Status.SUCCEEDED]


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("X-Understudy-Plan", "explode", "explode"),
        ("X-Understudy-Plan", "{", "x-understudy-plan: it is not valid JSON"),
        ("X-Understudy-Fault", "{", "x-understudy-fault: it is not valid JSON"),
        ("X-Understudy-Fault", '{"do": "reset", "times": 2}', "only do and phase"),
    ],
)
async def test_what_cannot_be_brought_along_is_refused_and_nothing_is_done(
    header: str, value: str, said: str
) -> None:
    house = House()
    talk = await brings(house, header, value)
    assert talk.status == 400
    assert said in talk.json["error"]["detail"]
    assert not house.live("k").world.jobs


@pytest.mark.parametrize(
    ("header", "value"), [("X-Understudy-Fault", "refuse"), ("X-Understudy-Plan", "fail")]
)
async def test_a_server_may_refuse_what_calls_bring(header: str, value: str) -> None:
    house = House(injector=Injector(headers=False))
    talk = await brings(house, header, value)
    assert talk.status == 400
    assert "switched off" in talk.json["error"]["detail"]
    assert not house.live("k").world.jobs


async def test_only_this_machine_may_bring_something() -> None:
    house = House()
    for host, status in (("127.0.0.1", 500), ("::1", 500), ("10.0.0.7", 400), ("", 400)):
        talk = house.open(
            "POST",
            QUEUE,
            key="k",
            body=body(VEO),
            headers={"X-Understudy-Fault": "refuse"},
            client=(host, 4000),
        )
        assert (await talk.over()).status == status, host


async def test_coverage_says_what_was_ever_exercised() -> None:
    house = House()
    id = await house.enqueue("k", VEO)
    await house.json("GET", f"{QUEUE}/{id}", key="k")
    await house.advance("k", "1h")
    for _ in range(2):
        await house.json("GET", f"{QUEUE}/{id}", key="k")
    await brings(house, "X-Understudy-Fault", "refuse")
    rows = (await house.json("GET", "/_understudy/worlds/k/coverage"))["coverage"]
    assert [(row["operation"], row["family"], row["state"], row["calls"]) for row in rows] == [
        ("enqueue", None, "queued", 1),
        ("enqueue", "answer", None, 1),
        ("status", None, "queued", 1),
        ("status", None, "succeeded", 2),
    ]


async def test_an_export_holds_what_was_armed_and_disarmed_by_hand() -> None:
    house = House(pace=Pace(Mode.MANUAL))
    page = "/_understudy/worlds/k/faults"
    await house.call("GET", QUEUE, key="k")
    await house.json("POST", page, {"id": "mine", "do": "refuse", "on": {"operation": "list"}})
    await house.call("GET", QUEUE, key="k")
    await house.json("DELETE", f"{page}/mine")
    await house.json("POST", page, {"id": "idle", "do": "empty", "on": {"operation": "list"}})
    await house.json("DELETE", f"{page}/idle")
    await house.call("GET", QUEUE, key="k")
    text = (await house.call("GET", "/_understudy/worlds/k/scenario")).bytes.decode()
    (fault,) = parse(text)[0]["faults"]
    assert fault["on"] == {"provider": "oxen", "operation": "list", "nth": 2}

    again = House(pace=Pace(Mode.MANUAL))
    await again.json("POST", "/_understudy/worlds", {"key": "k", "scenario": parse(text)[0]})
    seen = [(await again.call("GET", QUEUE, key="k")).status for _ in range(3)]
    assert seen == [200, 500, 200]


async def test_an_export_means_the_same_to_every_server() -> None:
    house = House(seed=3, balance=7_000_000)
    made = {"key": "k", "scenario": {"view": "world", "keys": {"k": {"models": []}}}}
    await house.json("POST", "/_understudy/worlds", made)
    text = (await house.call("GET", "/_understudy/worlds/k/scenario")).bytes.decode()
    other = House(seed=9)
    await other.json("POST", "/_understudy/worlds", {"key": "k", "scenario": parse(text)[0]})
    one, two = house.live("k").world.scenario, other.live("k").world.scenario
    assert replace(two, keys={}) == replace(one, keys={})
    assert "k:" not in text.split("keys:")[1]
    assert other.live("k").terms["oxen"].allowed == frozenset()
