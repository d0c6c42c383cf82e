from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Limits
from emulator.core.clock import SECOND, Mode, Pace
from emulator.core.scenario import Ending, PlanRule
from emulator.server import live as running
from tests.server.caller import CREATE, FLUX, KLING, LITE, VEO
from tests.server.inside import House, Machine, turns
from tests.server.scrape import PAGE, Scrape, scrape
from tests.server.test_faulty import STEPS, TROUBLES, act, calm

WORLDS = "/_understudy/worlds"


def rules(*ends: int, **more: Any) -> tuple[PlanRule, ...]:
    """A rule for each job: it ends so many seconds after it was submitted."""
    return tuple(
        PlanRule(job=nth, queued=0, running=end * SECOND, **more)
        for nth, end in enumerate(ends, start=1)
    )


async def a_history() -> House:
    """Two worlds in which something of everything has happened."""
    house = House(plans=(*rules(10, 10_000), PlanRule(job=3, queued=9000 * SECOND)))
    await house.listen("one")
    for _ in range(3):
        await house.enqueue("one", KLING)
    cancelled = await house.enqueue("one", KLING)
    await house.call("DELETE", f"/api/ai/queue/{cancelled}", key="one")
    await house.advance("one", 10)
    await house.call("POST", "/api/ai/queue", {"model": "none"}, key="one")
    await house.json("POST", CREATE, {**LITE, "sample_count": 2}, key="two")
    await house.json("POST", f"{WORLDS}/two/ledger", {"provider": "omixa", "spend": "1.25"})
    await house.call("GET", "/api/ai/queue")
    await house.call("GET", "/nowhere")
    return house


async def test_a_scrape_says_exactly_what_has_happened() -> None:
    seen = await scrape(await a_history())
    assert seen.of("calls_total") == {
        "enqueue oxen 200": 4,
        "enqueue oxen 404": 1,
        "cancel oxen 200": 1,
        "create omixa 200": 1,
        "list oxen 401": 1,
        "  404": 1,
    }
    assert seen.of("jobs_made_total") == {"oxen": 4, "omixa": 1}
    assert seen.of("jobs") == {
        "oxen queued": 1,
        "oxen running": 1,
        "oxen succeeded": 1,
        "oxen cancelled": 1,
        "omixa running": 1,
    }
    assert seen.of("job_moves_total") == {
        "oxen running": 2,
        "oxen succeeded": 1,
        "oxen cancelled": 1,
        "omixa running": 1,
    }
    assert seen.of("queue_depth") == {"oxen": 2, "omixa": 1}
    assert seen.of("subscribers") == {"events oxen": 1}
    assert (seen.of("worlds"), seen.of("exchanges_kept")) == ({"": 2}, {"": 9})
    assert seen.of("event_lag_seconds_count") == {"events oxen": 1}


async def test_money_is_exact_to_the_micro_dollar() -> None:
    house = await a_history()
    seen = await scrape(house)
    accounts = [
        (provider, live.world.books.account(provider))
        for live in house.stage.worlds.values()
        for provider in house.stage.providers
    ]
    sums: Counter[str] = Counter()
    for provider, account in accounts:
        for pot in ("deposited", "available", "held", "captured", "spent"):
            sums[f"{pot} {provider}"] += getattr(account, pot)
    assert seen.of("ledger_microdollars") == {name: money for name, money in sums.items() if money}
    assert sums["captured oxen"] == 350_000
    assert sums["spent omixa"] == 1_250_000
    posted = seen.of("ledger_posted_microdollars_total")
    assert posted["deposit oxen"] == 25_000_000
    assert posted["capture oxen"] == sums["captured oxen"]
    assert (
        posted["hold oxen"] == posted["capture oxen"] + posted["release oxen"] + (sums["held oxen"])
    )


async def test_a_sum_of_many_dollars_is_still_exact() -> None:
    house = House(balance=9_007_199_254_740_991)
    await house.call("GET", "/api/ai/queue", key="rich")
    seen = await scrape(house)
    assert seen.of("ledger_microdollars")["available oxen"] == 9_007_199_254_740_991


async def test_no_total_falls_when_worlds_are_dropped() -> None:
    house = await a_history()
    before = await scrape(house)
    for key in ("one", "two"):
        await house.call("DELETE", f"{WORLDS}/{key}")
    await turns()
    after = await scrape(house)
    totals = before.totals()
    grown = {key: after.samples[key] - value for key, value in totals.items() if _own(key[0])}
    assert len(grown) > 40
    assert set(grown.values()) == {0}
    assert all(after.samples[key] >= value for key, value in totals.items())
    new = after.of("calls_total").items() - before.of("calls_total").items()
    assert new == {("events oxen 200", 1)}
    gone = ("jobs", "queue_depth", "subscribers", "worlds", "ledger_microdollars")
    assert [after.of(name) for name in gone] == [{}] * 5


async def test_jobs_are_counted_and_not_submits() -> None:
    house = House(balance=30_000)
    for many in (2, 3):
        await house.call("POST", "/api/ai/queue", {**FLUX, "num_generations": many}, key="k")
    seen = await scrape(house)
    assert len(house.live("k").world.jobs) == 2
    assert seen.of("jobs_made_total") == {"oxen": 2}


async def test_a_key_that_is_used_again_begins_a_world_and_no_total() -> None:
    house = House()
    for nth in (1, 2):
        await house.enqueue("k", VEO)
        await house.call("DELETE", f"{WORLDS}/k")
        assert (await scrape(house)).of("jobs_made_total") == {"oxen": nth}


async def test_no_label_tells_a_world_a_job_or_a_key() -> None:
    house = await a_history()
    seen = await scrape(house)
    ids = [id for live in house.stage.worlds.values() for id in live.world.jobs]
    names = [live.name for live in house.stage.worlds.values()]
    assert [one for one in (*ids, *names, '"one"', '"two"') if one in seen.text] == []
    labels = {name for _, pairs in seen.samples for name, _ in pairs}
    process = {"generation", "implementation", "major", "minor", "patchlevel"}
    ours = {"provider", "operation", "status", "le", "kind", "pot", "on", "version"}
    assert labels - process == ours


async def test_names_are_as_prometheus_wants_them() -> None:
    seen = await scrape(await a_history())
    for name, family in seen.families.items():
        assert name.startswith(("understudy_", "python_", "process_"))
        assert family.documentation.endswith(".") or not _own(name)
        if family.type == "counter":
            assert {one.name for one in family.samples} <= {f"{name}_total"}


def _own(name: str) -> bool:
    return name.startswith("understudy_")


async def test_the_process_tells_of_itself() -> None:
    seen = await scrape(House())
    assert seen.samples["process_resident_memory_bytes", ()] > 1_000_000
    assert "python_gc_collections" in seen.families


async def test_a_guarded_page_wants_the_token() -> None:
    house = House(token="sesame", guarded=True)
    assert (await house.call("GET", PAGE)).status == 401
    right = await house.call("GET", PAGE, headers={"x-understudy-token": "sesame"})
    assert Scrape(right).of("info") == {"0.1.0": 1}
    closed = House(guarded=True)
    assert (await closed.call("GET", PAGE)).status == 403


async def test_no_web_page_reads_it_through_a_browser() -> None:
    talk = await House().call("GET", PAGE, headers={"host": "evil.test"})
    assert talk.status == 403


async def test_a_scrape_settles_nothing() -> None:
    machine = Machine()
    house = House(machine=machine, pace=Pace(Mode.REAL, 1.0), plans=rules(1))
    await house.enqueue("k", VEO)
    before = house.live("k").sequencer.entries()
    machine.passes(5)
    assert (await scrape(house)).of("jobs") == {"oxen running": 1}
    assert house.live("k").sequencer.entries() == before


@pytest.mark.parametrize(
    ("late", "bound"), [(0.0, "0.0005"), (0.02, "0.02"), (0.03, "0.05"), (60.0, "+Inf")]
)
async def test_the_lag_of_an_event_is_the_machines(late: float, bound: str) -> None:
    machine = Machine()
    house = House(machine=machine, pace=Pace(Mode.REAL, 20.0), plans=rules(10))
    await house.listen("k")
    await house.enqueue("k", VEO)
    machine.passes(0.5 + late)
    await house.json("GET", "/api/ai/queue", key="k")
    await turns()
    seen = await scrape(house)
    assert seen.of("event_lag_seconds_sum") == ({"events oxen": late} if late else {})
    buckets = seen.of("event_lag_seconds_bucket")
    assert next(iter(buckets)) == f"{bound} events oxen"
    assert set(buckets.values()) == {1}


async def test_the_readers_are_handed_the_event_before_its_lag_is_taken() -> None:
    machine = Machine()
    house = House(machine=machine, plans=rules(10))
    stream = await house.listen("k")
    await house.enqueue("k", VEO)
    hub = house.live("k").hubs["oxen", "events"]
    seen: list[bytes] = []
    hub._handed = lambda _: seen.append(stream.bytes)  # type: ignore[method-assign]
    await house.advance("k", 10)
    assert [b"event: " in one for one in seen] == [True]


async def test_an_event_that_nobody_hears_has_no_lag() -> None:
    house = House(plans=rules(10))
    await house.enqueue("k", VEO)
    await house.advance("k", 10)
    assert (await scrape(house)).of("event_lag_seconds_count") == {}


async def test_a_watcher_of_the_feed_that_does_not_keep_up_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "BACKLOG", 2)
    house = House()
    await house.json("GET", "/api/ai/queue", key="k")
    feed = await house.open("GET", f"{WORLDS}/k/feed").begun()
    assert (await scrape(house)).of("subscribers") == {"feed ": 1}
    feed.reading.clear()
    for _ in range(4):
        await house.enqueue("k", VEO)
    seen = await scrape(house)
    assert (seen.of("readers_dropped_total"), seen.of("subscribers")) == ({"feed ": 1}, {})
    feed.reading.set()
    await feed.over()


async def test_calls_that_wait_are_told_by_what_they_wait_for() -> None:
    house = House(plans=rules(10))
    faults = f"{WORLDS}/k/faults"
    await house.json("GET", "/api/ai/queue", key="k")
    await house.json("POST", faults, {"do": "stall", "on": {"operation": "list"}})
    waits = house.open("POST", "/api/ai/images/generate", key="k", body=orjson.dumps(FLUX))
    stalled = house.open("GET", "/api/ai/queue", key="k")
    await turns()
    seen = await scrape(house)
    assert seen.of("blocked_calls") == {"fault": 1, "job": 1}
    assert seen.of("faults_armed") == {"": 1}
    await house.call("DELETE", f"{WORLDS}/k")
    for one in (waits, stalled):
        one.hang_up()
        await one.over()


async def test_faults_are_told_by_family_deed_and_whether_they_did_anything() -> None:
    house = House()
    await house.json("GET", "/api/ai/queue", key="k")
    fires = {"do": {"refuse": {"status": 429}}, "on": {"operation": "list"}, "times": 2}
    await house.json("POST", f"{WORLDS}/k/faults", fires)
    for _ in range(3):
        await house.call("GET", "/api/ai/queue", key="k")
    assert (await scrape(house)).of("fault_strikes_total") == {"answer refuse fired": 2}
    brought = {"x-understudy-fault": '{"missing": {"path": "nothing.0"}}'}
    await house.call("GET", "/api/ai/queue", key="k", headers=brought)
    assert (await scrape(house)).of("fault_strikes_total") == {
        "answer refuse fired": 2,
        "answer missing idle": 1,
    }


@calm
@given(armed=TROUBLES, steps=STEPS, dropped=st.sets(st.integers(0, 9)))
def test_every_call_and_every_strike_is_counted_once(
    armed: list[dict[str, Any]], steps: list[str], dropped: set[int]
) -> None:
    """The totals are what the recorders, the journal and the faults say together, those of worlds
    that are gone included."""

    async def run() -> None:
        house = House(pace=Pace(Mode.AUTO), limits=Limits(exchanges=3))
        gone: list[Any] = []
        house.stage.of("k")
        for one in armed:
            await house.json("POST", f"{WORLDS}/k/faults", one)
        for nth, step in enumerate(steps):
            await act(house, "k", step)
            if step == "wrong":
                await house.call("GET", "/api/ai/queue")
            if nth in dropped:
                gone.append(house.live("k"))
                await house.call("DELETE", f"{WORLDS}/k")
        await turns()
        seen = await scrape(house)
        lives = [*gone, *house.stage.worlds.values()]
        recorders = [house.stage.journal, *(live.recorder for live in lives)]
        assert sum(seen.of("calls_total").values()) == sum(one.count for one in recorders)
        idle: Counter[str] = Counter()
        for live in lives:
            for strikes in live.faults.strikes.values():
                idle.update("idle" if one.idle else "fired" for one in strikes)
        told: Counter[str] = Counter()
        for labels, value in seen.of("fault_strikes_total").items():
            told[labels.rpartition(" ")[2]] += int(value)
        assert told == idle
        made = sum(live.world.count for live in lives)
        assert sum(seen.of("jobs_made_total").values()) == made

    asyncio.run(run())


async def test_a_job_that_fails_is_counted_as_such() -> None:
    house = House(plans=rules(5, ending=Ending.FAIL))
    await house.enqueue("k", VEO)
    await house.advance("k", 5)
    assert (await scrape(house)).of("job_moves_total")["oxen failed"] == 1


def test_a_start_does_not_wait_for_what_only_a_scrape_needs() -> None:
    code = "import sys, emulator.cli; print('prometheus_client' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "False\n"
