"""Whatever goes wrong on purpose, in whatever order: world, ledger and accounts stay right."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Mode, Pace
from emulator.core.snapshot import replay, take
from emulator.faults import catalogue
from emulator.faults.catalogue import befalls, kinds
from emulator.providers.omixa.operations import operation
from emulator.providers.port import Kind
from emulator.scenarios.text import parse
from emulator.server.injector import Injector
from tests.server.caller import CREATE, FLUX, LITE, STATUS, VEO
from tests.server.inside import House, Talk, body

calm = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
PATIENCE = 60
"""Turns of the event loop after which a client gives up on an answer."""

DEEDS = [
    (name, example)
    for name, deed in catalogue().items()
    for example in deed.examples
    if example.kind not in (Kind.CONNECT, Kind.FILE)
]
ADDRESSES = st.sampled_from(
    [{}, {"nth": 1}, {"nth": 2}, {"every": 2}, {"job": 1}, {"states": ["running", "succeeded"]}]
)


@st.composite
def troubles(draw: st.DrawFn) -> dict[str, Any]:
    """A fault as it is armed, at an operation that it can befall."""
    name, example = draw(st.sampled_from(DEEDS))
    places = [
        place
        for place, kind in kinds().items()
        if kind is example.kind and befalls(catalogue()[name], place[0], kind)
    ]
    provider, named = draw(st.sampled_from(places))
    on = {"provider": provider, "operation": named, **draw(ADDRESSES)}
    times = draw(st.sampled_from([{}, {"times": 1}, {"times": 2}]))
    return {"on": on, "do": {name: dict(example.args)}, **times}


TROUBLES = st.lists(troubles(), max_size=5)
STEPS = st.lists(
    st.sampled_from(
        ["enqueue", "image", "create", "poll", "look", "cancel", "list", "wrong", "listen", "wait"]
    ),
    min_size=1,
    max_size=12,
)


async def call(house: House, key: str, method: str, path: str, data: Any = None) -> Talk:
    """A call by somebody who gives up on what does not come."""
    talk = house.open(method, path, key=key, body=b"" if data is None else body(data))
    for _ in range(PATIENCE):
        if talk.task.done():
            break
        await asyncio.sleep(0)
    talk.hang_up()
    return await talk.over()


async def act(house: House, key: str, step: str) -> Talk:
    jobs = house.stage.of(key).world.jobs.values()
    mine = [job.id for job in jobs if job.provider == "oxen"]
    created = [operation(job) for job in jobs if job.provider == "omixa"]
    match step:
        case "enqueue":
            return await call(house, key, "POST", "/api/ai/queue", VEO)
        case "image":
            return await call(house, key, "POST", "/api/ai/images/generate", FLUX)
        case "create":
            return await call(house, key, "POST", CREATE, {**LITE, "sample_count": 2})
        case "wrong":
            return await call(house, key, "POST", "/api/ai/queue", {"model": "none"})
        case "poll" if mine:
            return await call(house, key, "GET", f"/api/ai/queue/{mine[-1]}")
        case "cancel" if mine:
            return await call(house, key, "DELETE", f"/api/ai/queue/{mine[0]}")
        case "look" if created:
            return await call(house, key, "POST", STATUS, {"operation": created[-1]})
        case "listen":
            return await call(house, key, "GET", "/api/events")
        case "wait":
            await house.advance(key, 20)
    return await call(house, key, "GET", "/api/ai/queue")


def heard(talk: Talk) -> tuple[int, dict[str, str], bytes]:
    return talk.status, talk.head, talk.bytes


@calm
@given(armed=TROUBLES, steps=STEPS)
def test_no_fault_breaks_the_ledger_the_log_or_the_account_of_it(
    armed: list[dict[str, Any]], steps: list[str]
) -> None:
    async def run() -> None:
        house = House(pace=Pace(Mode.AUTO))
        live = house.stage.of("k")
        for one in armed:
            await house.json("POST", "/_understudy/worlds/k/faults", one)
        for step in steps:
            await act(house, "k", step)
        await house.advance("k", "2h")
        assert all(one.balances for one in live.world.books.accounts.values())
        again = replay(live.name, live.world.scenario, live.sequencer.entries())
        assert take(again) == take(live.world)
        assert live.idle
        told = (await house.json("GET", "/_understudy/worlds/k/faults"))["faults"]
        assert len(told) == len(armed)
        taken = Counter(one.fault for one in live.recorder if one.fault)
        for one in told:
            assert one["struck"] == len(one["exchanges"]) == taken[one["id"]]
            assert (one["state"] in ("fired", "idle")) == bool(one["struck"])
            assert bool(one["why"]) == (not one["struck"])

    asyncio.run(run())


@calm
@given(armed=TROUBLES, steps=STEPS)
def test_the_faults_of_one_world_are_not_felt_in_another(
    armed: list[dict[str, Any]], steps: list[str]
) -> None:
    async def run() -> None:
        alone, beside = House(), House()
        beside.stage.of("other")
        for one in armed:
            await beside.json("POST", "/_understudy/worlds/other/faults", one)
        for step in steps:
            await act(beside, "other", step)
            assert heard(await act(beside, "k", step)) == heard(await act(alone, "k", step))
        assert take(beside.live("k").world) == take(alone.live("k").world)

    asyncio.run(run())


@calm
@given(steps=STEPS)
def test_with_nothing_armed_no_byte_differs_from_a_server_without_faults(steps: list[str]) -> None:
    async def run() -> None:
        with_, without = House(injector=Injector()), House(injector=None)
        for step in steps:
            assert heard(await act(with_, "k", step)) == heard(await act(without, "k", step))
        entries = with_.live("k").sequencer.entries()
        assert entries == without.live("k").sequencer.entries()

    asyncio.run(run())


@calm
@given(steps=STEPS, seed=st.integers(0, 9))
def test_what_chance_wrote_down_gives_the_same_bytes_again(steps: list[str], seed: int) -> None:
    chaos = {"seed": seed, "rates": {"answer": 0.3, "wire": 0.2, "lost": 0.2, "lifecycle": 0.2}}

    async def transcript(scenario: Any) -> tuple[list[Any], str]:
        house = House(pace=Pace(Mode.MANUAL))
        made = {"key": "k", "scenario": scenario}
        await house.json("POST", "/_understudy/worlds", made)
        said = [heard(await act(house, "k", step)) for step in steps]
        exported = await house.call("GET", "/_understudy/worlds/k/scenario")
        return said, exported.bytes.decode()

    async def run() -> None:
        drawn, written = await transcript({"chaos": chaos})
        assert "chaos:" not in written
        assert (await transcript({"chaos": chaos})) == (drawn, written)
        assert (await transcript(parse(written)[0]))[0] == drawn

    asyncio.run(run())
