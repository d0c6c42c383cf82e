"""A server that is gone at any moment, and another in its place: nobody can tell from the answers.

What is compared is a server with a log, killed over and over, and one that nothing ever happened
to and that has no log at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from emulator import Mode, Pace, Scenario
from emulator.core.money import DOLLAR
from emulator.core.scenario import View
from emulator.server import durable
from tests.server.durably import Durably, state
from tests.server.inside import House, Machine, turns
from tests.server.test_faulty import TROUBLES, act, calm, heard

WORLDS = "/_understudy/worlds"
KEYS = ("a", "b")
PAGES = ("", "/clock", "/ledger", "/jobs")
DOINGS = st.one_of(
    st.tuples(
        st.sampled_from(
            ["enqueue", "image", "create", "poll", "look", "cancel", "list", "wrong", "wait"]
        ),
        st.sampled_from(KEYS),
    ),
    st.tuples(st.sampled_from(["top up", "spend"]), st.sampled_from(KEYS)),
    st.tuples(st.just("clock"), st.sampled_from(KEYS), st.sampled_from(list(Mode))),
    st.tuples(st.just("passes"), st.sampled_from([0.001, 0.3, 2, 40])),
    st.tuples(st.sampled_from(["drop", "make", "disarm"]), st.sampled_from(KEYS)),
    st.tuples(st.just("arm"), st.sampled_from(KEYS), TROUBLES),
)
SCENARIOS = st.builds(
    Scenario,
    pace=st.builds(Pace, st.sampled_from(Mode), st.sampled_from([1.0, 20.0, 0.3])),
    view=st.sampled_from(View),
    keep=st.sampled_from([100_000, 2, 0]),
    balance=st.sampled_from([25 * DOLLAR, 1 * DOLLAR]),
)


@contextmanager
def snapshots(every: int) -> Iterator[None]:
    """So many lines make a snapshot."""
    with patch.object(durable, "EVERY", every):
        yield


async def do(house: House, doing: tuple[Any, ...]) -> Any:
    """What is heard of it. The machine's time is not the house's own."""
    match doing:
        case ("top up", key):
            talk = await house.call(
                "POST", f"{WORLDS}/{key}/ledger", {"provider": "oxen", "top_up": "1.25"}
            )
        case ("spend", key):
            talk = await house.call(
                "POST", f"{WORLDS}/{key}/ledger", {"provider": "omixa", "spend": "0.75"}
            )
        case ("clock", key, mode):
            house.stage.of(key)
            talk = await house.call("POST", f"{WORLDS}/{key}/clock", {"mode": mode})
        case ("drop", key):
            talk = await house.call("DELETE", f"{WORLDS}/{key}")
        case ("make", key):
            asked = {"key": key, "scenario": {"seed": 3, "plans": [{"do": "fail"}]}}
            talk = await house.call("POST", WORLDS, asked)
        case ("disarm", key):
            talk = await house.call("DELETE", f"{WORLDS}/{key}/faults")
            return talk.status
        case ("arm", key, troubles):
            house.stage.of(key)
            for one in troubles:
                talk = await house.call("POST", f"{WORLDS}/{key}/faults", one)
            return talk.status if troubles else None
        case (step, key):
            talk = await act(house, key, step)
    return heard(talk)


async def look(house: House) -> dict[str, Any]:
    """All there is to see of every world that was written to."""
    seen: dict[str, Any] = {}
    for key in KEYS:
        if house.stage.find(key) is not None:
            pages = [await house.call("GET", f"{WORLDS}/{key}{page}") for page in PAGES]
            seen[key] = state(house, key), [page.bytes for page in pages[1:]]
    return seen


def same(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert one.keys() == two.keys()
    for key, (world, pages) in one.items():
        assert two[key][0] == world
        assert two[key][1] == pages


@calm
@given(
    scenario=SCENARIOS,
    doings=st.lists(st.tuples(DOINGS, st.booleans()), min_size=1, max_size=14),
    every=st.sampled_from([1, 3, 20_000]),
)
def test_nobody_can_tell_that_the_server_was_killed(
    scenario: Scenario, doings: list[tuple[tuple[Any, ...], bool]], every: int
) -> None:
    async def run() -> None:
        machine = Machine()
        steady = House(scenario=scenario, machine=machine)
        mortal = Durably(scenario=scenario, machine=machine)
        for key in KEYS:
            for house in (steady, mortal):
                await house.call("POST", WORLDS, {"key": key})
        for doing, killed in doings:
            if doing[0] == "passes":
                machine.passes(doing[1])
            else:
                assert await do(mortal, doing) == await do(steady, doing)
            await turns()
            if killed:
                mortal = mortal.again()
        machine.passes(1)
        same(await look(steady), await look(mortal.again()))
        machine.passes(500)
        same(await look(steady), await look(mortal.again()))

    with snapshots(every):
        asyncio.run(run())
