from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Emulator, Scenario
from emulator.core.clock import Mode, Pace
from emulator.core.commands import Command, Entry
from emulator.core.plain import build
from emulator.core.snapshot import replay, take
from emulator.scenarios import read
from tests.server import play
from tests.server.caller import CREATE, FLUX, KLING, LITE, VEO, Caller
from tests.server.inside import House

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def first() -> list[bytes]:
    return play.transcript()


def test_the_play_goes_through_what_there_is(first: list[bytes]) -> None:
    heads = b"\n".join(one.partition(b"\r\n")[0] for one in first if one.startswith(b"HTTP/"))
    assert {int(line.split()[1]) for line in heads.splitlines()} == {200, 201, 204, 402, 404}
    whole = b"".join(first)
    for mark in (b"content-type: video/mp4", b"content-type: image/png", b'"cancelled"'):
        assert mark in whole
    assert whole.count(b"event: media_generation_completed\ndata: ") == 4


def test_the_same_calls_give_the_same_bytes_again(first: list[bytes]) -> None:
    second = play.transcript()
    for one, two in zip(first, second, strict=True):
        assert one == two


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_gives_the_same_bytes(first: list[bytes], seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.play"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == play.sha256(b"".join(first)).hexdigest()


def test_what_other_worlds_do_changes_nothing(first: list[bytes]) -> None:
    with Emulator(Scenario(pace=Pace(Mode.MANUAL))) as emulator, play.Line(emulator.port) as other:
        answers = []
        for answer in play.perform(emulator):
            answers.append(answer)
            other.say("POST", play.QUEUE, "Authorization: Bearer b", body=play.body(FLUX))
            other.whole()
    assert answers == first


def test_another_seed_gives_other_ids_and_times(world: Callable[..., Caller]) -> None:
    plans = []
    for seed in (1, 2):
        caller = world(seed=seed)
        caller.enqueue()
        (job,) = caller.control("jobs")["jobs"]
        plans.append((job["id"], job["plan"]))
    assert plans[0][0] != plans[1][0]
    assert plans[0][1] != plans[1][1]


def test_replaying_the_log_gives_the_same_world(world: Callable[..., Caller]) -> None:
    scenario = {key: one for key, one in play.SCENARIO.items() if key != "name"}
    caller = world(**scenario)
    ids = [caller.enqueue(one) for one in (VEO, FLUX, KLING)]
    caller.create(sample_count=3)
    caller.call("POST", CREATE, json={**LITE, "sample_count": 4, "duration_seconds": 8})
    caller.advance(10)
    caller.cancel(ids[0])
    caller.control("ledger", {"provider": "omixa", "top_up": "1.50"})
    caller.plane("ledger", {"provider": "oxen", "spend": "1000"})
    caller.control("clock", {"mode": "manual", "speed": 3})
    caller.advance("1h")
    caller.cancel(ids[1])
    original = take(caller.live.world)
    entries = caller.live.sequencer.entries()
    again = replay(original.name, caller.live.world.scenario, entries)
    assert take(again) == original
    read_back = [
        Entry(one["at"], build(Command, one["command"])) for one in caller.control("log")["entries"]
    ]
    assert read_back == list(entries)
    base = Scenario(pace=Pace(Mode.MANUAL))
    assert take(replay(original.name, read(scenario, base), read_back)) == original


ACTS = st.sampled_from(["veo", "flux", "omixa", "poll", "list", "cancel", "top_up"])
STEPS = st.lists(st.tuples(ACTS, st.integers(0, 90)), max_size=12)


async def act(house: House, step: str) -> None:
    jobs = list(house.live("k").world.jobs)
    match step:
        case "veo" | "flux":
            await house.enqueue("k", {"veo": VEO, "flux": FLUX}[step])
        case "omixa":
            await house.call("POST", CREATE, LITE, key="k")
        case "poll" | "cancel" if jobs:
            method = "GET" if step == "poll" else "DELETE"
            await house.call(method, f"/api/ai/queue/{jobs[-1]}", key="k")
        case "top_up":
            moved = {"provider": "oxen", "top_up": "1"}
            await house.json("POST", "/_understudy/worlds/k/ledger", moved)
        case _:
            await house.json("GET", "/api/ai/queue", key="k")


@settings(deadline=None, max_examples=40)
@given(steps=STEPS)
def test_any_run_is_rebuilt_by_its_log(steps: list[tuple[str, int]]) -> None:
    async def run() -> None:
        house = House(balance=10**9)
        await house.json("POST", "/_understudy/worlds", {"key": "k"})
        for step, span in steps:
            await act(house, step)
            await house.advance("k", span)
        live = house.live("k")
        rebuilt = replay(live.name, live.world.scenario, live.sequencer.entries())
        assert take(rebuilt) == take(live.world)

    asyncio.run(run())
