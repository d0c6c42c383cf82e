"""An hour of load, compressed by the clock: nothing grows, and the ledger is exact."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter

import pytest

from emulator import Limits
from emulator.core.jobs import Status
from emulator.core.money import DOLLAR, usd
from emulator.core.scenario import Ending, PlanRule
from emulator.server.live import Live
from tests.server.caller import CREATE, FLUX, LITE, STATUS, VEO
from tests.server.inside import House, Talk, turns

MINUTES, ROUNDS = 60, 30
"""The hour, and how many times in a minute the clock is wound."""

KEEP, ENTRIES = 300, 500
WARM = 20
"""Minutes after which memory is to stay as it is."""

SCENARIO = {
    "balance": 10**6 * DOLLAR,
    "keep": KEEP,
    "assumptions": {"omixa.idempotency": "honoured"},
    "plans": (
        PlanRule(match={"prompt": "*fails*"}, ending=Ending.FAIL),
        PlanRule(match={"prompt": "*is cancelled*"}, ending=Ending.CANCEL),
    ),
}
PRICES = {"oxen": usd("0.40"), "omixa": usd("0.40")}


class Load:
    """What clients did, by their own count."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.chance = random.Random(5)
        self.made: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.open: list[str] = []

    async def minute(self, stream: Talk) -> None:
        """A minute of it, and what the stream told meanwhile."""
        for _ in range(ROUNDS):
            await self.submit()
            await self.poll()
            await self.house.advance("k", 60 / ROUNDS)
        told = b"".join(stream.pieces)
        stream.pieces.clear()
        for word in ("succeeded", "failed"):
            self.told[word] += told.count(b'"status":"%s"' % word.encode())

    async def submit(self) -> None:
        """Jobs of every fate, at both providers."""
        for fate in ("goes well", "goes well", "fails", "is cancelled"):
            body = {**VEO, "prompt": f"a kite that {fate}"}
            self.open.append(await self.house.enqueue("k", body))
            self.made[fate] += 1
        await self.house.enqueue("k", FLUX)
        self.made["flux"] += 1
        await self.house.json("POST", CREATE, LITE, key="k", headers={"idempotency-key": self.once})
        self.made["omixa"] += 1
        await self.house.call("DELETE", f"/api/ai/queue/{self.open[-1]}", key="k")

    @property
    def once(self) -> str:
        """A key of idempotency that nobody used."""
        return f"once-{self.made['omixa']}"

    async def poll(self) -> None:
        """Looks at jobs, many of them forgotten by now, and at what lists them."""
        for id in self.chance.choices(self.open, k=10):
            await self.house.call("GET", f"/api/ai/queue/{id}", key="k")
        del self.open[:-500]
        await self.house.call("GET", "/api/ai/queue", key="k")
        await self.house.call("GET", "/api/ai/generations?page_size=5", key="k")
        await self.house.call("POST", STATUS, {"operation": "none"}, key="k")


def counts() -> Counter[str]:
    """How many objects of each kind there are."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects())


def grown(before: Counter[str], after: Counter[str]) -> dict[str, tuple[int, int]]:
    """Kinds of which there are more than a twentieth, and more than a few, more."""
    return {
        kind: (before[kind], many)
        for kind, many in after.items()
        if many > before[kind] + max(before[kind] / 20, 200)
    }


def exact(live: Live, load: Load) -> None:
    """The ledger is what was asked for, to the micro-dollar."""
    world, made = live.world, load.made
    for account in world.books.accounts.values():
        assert account.balances
        assert account.held == 0
    assert world.counts == {
        "oxen": sum(made.values()) - made["omixa"],
        "omixa": made["omixa"],
    }
    flux = next(job for job in world.jobs.values() if job.draft.model == FLUX["model"])
    price = flux.charged(world.now)
    assert price > 0
    spent = made["goes well"] * PRICES["oxen"] + made["flux"] * price
    assert world.books.account("oxen").captured == spent
    assert world.books.account("omixa").captured == made["omixa"] * PRICES["omixa"]


@pytest.mark.slow
def test_an_hour_of_load_leaves_memory_as_it_was_and_the_ledger_exact() -> None:
    async def hour() -> None:
        house = House(limits=Limits(exchanges=KEEP, entries=ENTRIES), **SCENARIO)
        load = Load(house)
        await load.submit()
        stream, warm = await house.listen("k"), Counter[str]()
        live = house.live("k")
        for nth in range(MINUTES):
            await load.minute(stream)
            await turns()
            if nth == WARM:
                warm = counts()
        assert grown(warm, counts()) == {}
        await house.advance("k", "1h")
        load.told["succeeded"] += stream.bytes.count(b'"status":"succeeded"')
        load.told["failed"] += stream.bytes.count(b'"status":"failed"')
        exact(live, load)
        world, made = live.world, load.made
        assert load.told["failed"] == made["fails"]
        assert load.told["succeeded"] == made["goes well"] + made["flux"]
        assert not world.waiting
        assert len(world.jobs) == len(world.finished) == KEEP
        assert all(
            job.status(world.now) not in (Status.QUEUED, Status.RUNNING)
            for job in world.jobs.values()
        )
        assert 0 < len(world.promised.made) <= KEEP
        assert len(live.recorder) == KEEP
        assert len(live.sequencer.tail()[1]) == ENTRIES
        stream.hang_up()
        await stream.over()

    asyncio.run(hour())
