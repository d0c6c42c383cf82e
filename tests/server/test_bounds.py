"""What a world remembers of its faults has bounds, and it says so where one is passed."""

from __future__ import annotations

from functools import partial

import pytest

from emulator.core import armory
from emulator.core.faults import Card, Chaos, Fault, On, Phase
from emulator.server import faults, tally
from tests.server.inside import House

LIST = "/api/ai/queue"
CARD = Card(
    family="answer",
    do="extra",
    phase=Phase.AFTER,
    args={},
    operations=frozenset({"oxen.list"}),
)
OWN = Fault(id="own", do="extra", phase=Phase.AFTER, on=On(provider="oxen", nth=1))


async def test_of_what_chance_does_the_last_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(armory, "DRAWN", 5)
    monkeypatch.setattr(tally, "DRAWN", 5)
    monkeypatch.setattr(faults, "STRUCK", 3)
    house = House(chaos=Chaos(rates={"answer": 1.0}, deck=(CARD,)), faults=(OWN,))
    call = partial(house.call, "GET", LIST, key="k")
    for _ in range(6):
        await call()
    live = house.live("k")
    written = await house.call("GET", "/_understudy/worlds/k/scenario")
    assert written.status == 200, written.bytes
    for _ in range(3):
        await call()
    ids = [f"chaos-oxen-list-{nth}" for nth in range(4, 10)]
    assert [one.id for one in live.world.armory.drawn] == ids
    assert sorted(live.faults.strikes) == [*ids[3:], "own"]
    assert live.faults.struck == 9
    written = await house.call("GET", "/_understudy/worlds/k/scenario")
    assert written.status == 422
    assert b"only the last 5 draws of chance" in written.bytes
