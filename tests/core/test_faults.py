from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.faults import Armed, Attempt, Beyond, Card, Chaos, Fault, Match, On, Phase
from emulator.core.jobs import Status
from emulator.core.scenario import Scenario
from emulator.core.world import World
from tests.core.strategies import NAME, Script, call, perform, scripts, whole
from tests.core.striking import CHAOS, calls

START = 1000


def attempt(span: int = 0, **told: Any) -> Attempt:
    """A poll of the provider's first job, so long after the world's start."""
    usual: dict[str, Any] = {
        "now": START + span,
        "span": span,
        "provider": "acme",
        "operation": "status",
        "job": "first",
        "numbers": range(1, 2),
        "state": Status.RUNNING,
        "waiting": 1,
        "matched": frozenset(),
    }
    return Attempt(**usual | told)


def armed(times: int | None = None, until: int | None = None, **on: Any) -> Armed:
    return Armed(fault=Fault(id="one", do="stall", on=On(**on), times=times, until=until), since=0)


def taken(one: Armed, *spans: int) -> list[int]:
    """Which of the calls at these instants it takes, counted from 1."""
    return [nth for nth, span in enumerate(spans, 1) if one.meet(attempt(span), taken=False)]


@pytest.mark.parametrize(
    ("on", "concerns"),
    [
        ({}, True),
        ({"provider": "acme"}, True),
        ({"provider": "zenith"}, False),
        ({"operation": "status"}, True),
        ({"operation": "create"}, False),
        ({"provider": "zenith", "operation": "status"}, False),
        ({"operations": frozenset({"acme.status"})}, True),
        ({"operations": frozenset({"zenith.status", "acme.create"})}, False),
    ],
)
def test_a_fault_is_about_an_operation_of_a_provider(on: dict[str, Any], concerns: bool) -> None:
    assert armed(**on).concerns("acme", "status") is concerns


@pytest.mark.parametrize(
    ("on", "call", "matches"),
    [
        ({}, {}, True),
        ({"job": 1}, {}, True),
        ({"job": 2}, {}, False),
        ({"job": 2}, {"numbers": range(1, 3)}, True),
        ({"job": 3}, {"numbers": range(1, 3)}, False),
        ({"job": 1}, {"numbers": range(0)}, False),
        ({"id": "first"}, {}, True),
        ({"id": "second"}, {}, False),
        ({"id": "first"}, {"job": None}, False),
        ({"states": frozenset({Status.RUNNING, Status.QUEUED})}, {}, True),
        ({"states": frozenset({Status.QUEUED})}, {}, False),
        ({"states": frozenset(Status)}, {"state": None}, False),
        ({"match": Match()}, {"matched": frozenset({"one", "two"})}, True),
        ({"match": Match()}, {"matched": frozenset({"two"})}, False),
        ({"job": 1, "id": "second"}, {}, False),
    ],
)
def test_a_call_matches_where_all_that_is_said_of_it_does(
    on: dict[str, Any], call: dict[str, Any], matches: bool
) -> None:
    one = armed(**on)
    assert one.meet(attempt(**call), taken=False) is matches
    assert (one.called, one.seen, one.struck) == (1, matches, matches)


@pytest.mark.parametrize(
    ("on", "times", "struck"),
    [
        ({}, None, [1, 2, 3, 4, 5, 6]),
        ({}, 2, [1, 2]),
        ({}, 0, []),
        ({"nth": 1}, None, [1]),
        ({"nth": 4}, None, [4]),
        ({"nth": 7}, None, []),
        ({"every": 1}, None, [1, 2, 3, 4, 5, 6]),
        ({"every": 3}, None, [3, 6]),
        ({"every": 3}, 1, [3]),
        ({"every": 7}, None, []),
    ],
)
def test_of_the_calls_that_match_so_many_are_taken(
    on: dict[str, Any], times: int | None, struck: list[int]
) -> None:
    assert taken(armed(times, **on), *[0] * 6) == struck


@pytest.mark.parametrize(
    ("between", "until", "struck"),
    [
        ((0, 3), None, [0, 1, 2]),
        ((2, 4), None, [2, 3]),
        ((2, 3), None, [2]),
        ((2, 2), None, []),
        ((3, 2), None, []),
        (None, 2, [0, 1]),
        (None, 0, []),
        ((1, 4), 3, [1, 2]),
        ((1, 3), 4, [1, 2]),
    ],
)
def test_a_span_takes_its_first_instant_and_not_its_last(
    between: tuple[int, int] | None, until: int | None, struck: list[int]
) -> None:
    one = armed(until=until, between=between)
    assert [span for span in range(6) if one.meet(attempt(span), taken=False)] == struck
    assert one.called == 6


def test_a_call_outside_the_span_is_none_of_the_counted() -> None:
    assert taken(armed(between=(2, 9), nth=2), 0, 1, 2, 3, 4) == [4]
    assert taken(armed(between=(2, 9), every=2), 0, 2, 3, 4, 5) == [3, 5]


@pytest.mark.parametrize(
    ("calls", "per", "spans", "struck"),
    [
        (2, 10, (0, 0, 0, 0), [3, 4]),
        (2, 10, (3, 5, 9, 12, 13, 14, 15), [3, 4, 7]),
        (1, 10, (0, 9, 10, 19, 20), [2, 4]),
        (1, 10, (0, 9, 11, 20, 21), [2, 4]),
        (0, 10, (0, 10, 30), [1, 2, 3]),
        (3, 10, (0, 9, 10, 11, 12, 19), [6]),
        (1, 0, (0, 0, 0), []),
    ],
)
def test_a_limit_turns_away_what_is_past_it_until_its_window_closes(
    calls: int, per: int, spans: tuple[int, ...], struck: list[int]
) -> None:
    assert taken(armed(beyond=Beyond(calls=calls, per=per)), *spans) == struck


def test_calls_that_a_limit_turns_away_do_not_count() -> None:
    """A client that hammers waits for the window like any other, and no longer."""
    one = armed(beyond=Beyond(calls=1, per=10))
    assert taken(one, 0, 1, 2, 3, 10) == [2, 3, 4]
    assert (one.opened, one.within, one.window) == (START + 10, 1, START + 20)


def test_a_call_past_the_limit_that_another_fault_took_does_not_count_either() -> None:
    one = armed(beyond=Beyond(calls=1, per=10))
    assert not one.meet(attempt(0), taken=True)
    assert not one.meet(attempt(1), taken=True)
    assert (one.within, one.passed, one.struck) == (1, 1, 0)


@pytest.mark.parametrize(("jobs", "struck"), [(0, [0, 1, 2, 3]), (2, [2, 3]), (4, [])])
def test_a_cap_takes_calls_while_so_many_jobs_have_not_ended(jobs: int, struck: list[int]) -> None:
    one = armed(beyond=Beyond(jobs=jobs))
    assert not any(one.meet(attempt(waiting=n), taken=False) for n in range(9))
    met = [n for n in range(4) if one.meet(attempt(waiting=n, makes=1), taken=False)]
    assert met == struck
    assert one.window is None


@pytest.mark.parametrize(
    ("on", "times", "met", "over"),
    [
        ({}, None, 9, False),
        ({}, 2, 1, False),
        ({}, 2, 2, True),
        ({"nth": 3}, None, 2, False),
        ({"nth": 3}, None, 3, True),
        ({"every": 2}, 1, 1, False),
        ({"every": 2}, 1, 2, True),
    ],
)
def test_a_fault_is_over_once_it_can_take_no_more(
    on: dict[str, Any], times: int | None, met: int, over: bool
) -> None:
    one = armed(times, **on)
    taken(one, *[0] * met)
    assert one.over is over


def test_the_nth_call_is_over_even_if_another_fault_took_it() -> None:
    one = armed(nth=2)
    met = [one.meet(attempt(), taken=taken) for taken in (False, True, False)]
    assert (met, one.passed, one.over) == ([False] * 3, 1, True)


def card(family: str, do: str, *operations: str) -> Card:
    places = operations or ("acme.status", "acme.create")
    return Card(
        family=family, do=do, phase=Phase.AFTER, args={"n": 1}, operations=frozenset(places)
    )


DECK = (
    card("answer", "status"),
    card("answer", "empty"),
    card("answer", "elsewhere", "zenith.status"),
    card("wire", "reset"),
    card("stream", "cut", "zenith.events"),
)


def draws(chaos: Chaos, of: int = 2000, place: str = "status", world: str = NAME) -> list[Any]:
    return [chaos.draw(world, "acme", place, nth) for nth in range(1, of + 1)]


def test_rates_are_kept_and_each_card_of_a_family_has_its_share() -> None:
    rates = {"wire": 0.05, "answer": 0.2, "stream": 0.3}
    drawn = Counter(one.do for one in draws(Chaos(rates=rates, deck=DECK)) if one)
    assert drawn.keys() == {"status", "empty", "reset"}, "a card for another operation was drawn"
    assert 320 <= drawn["status"] + drawn["empty"] <= 480
    assert 60 <= drawn["reset"] <= 140
    assert 130 <= drawn["status"] <= 270


def test_a_rate_of_one_strikes_always_and_of_zero_never() -> None:
    assert all(draws(Chaos(rates={"wire": 1.0}, deck=DECK)))
    assert not any(draws(Chaos(rates={"wire": 0.0}, deck=DECK)))
    assert not any(draws(Chaos(rates={}, deck=DECK)))
    assert not any(draws(Chaos(rates={"wire": 1.0}, deck=())))


def test_what_is_drawn_follows_from_seed_world_and_call_alone() -> None:
    chaos = Chaos(rates={"wire": 0.5}, deck=DECK)
    others = [
        draws(chaos, 50),
        draws(replace(chaos, seed=1), 50),
        draws(chaos, 50, place="create"),
        draws(chaos, 50, world="other"),
    ]
    struck = {tuple(one is not None for one in drawn) for drawn in others}
    assert len(struck) == 4
    assert draws(chaos, 50) == others[0]


def test_a_draw_is_written_as_a_fault_that_takes_that_call_and_no_other() -> None:
    drawn = Chaos(rates={"wire": 1.0}, deck=DECK).draw(NAME, "acme", "status", 7)
    assert drawn == Fault(
        id="chaos-acme-status-7",
        do="reset",
        phase=Phase.AFTER,
        args={"n": 1},
        on=On(provider="acme", operation="status", nth=7),
        times=1,
    )


@pytest.mark.parametrize(
    "rates", [{"a": -0.1}, {"a": 1.1}, {"a": 0.6, "b": 0.5}, {"a": 2.0, "b": -1.5}, {"a": nan}]
)
def test_rates_that_are_no_shares_of_one_are_not_taken(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^rates are shares from 0 to 1, and together at most 1$"):
        Chaos(rates=rates, deck=())


@pytest.mark.parametrize("shares", [(55, 34, 11), (33, 56, 11), (100, 0, 0), (70, 20, 10)])
def test_shares_that_make_up_the_whole_are_taken(shares: tuple[int, ...]) -> None:
    """Some of them sum to more than 1 as floating-point numbers are commonly added."""
    Chaos(rates={str(nth): share / 100 for nth, share in enumerate(shares)}, deck=())


def test_chance_strikes_only_a_call_that_no_fault_takes_and_writes_each_draw_down() -> None:
    always = Chaos(rates={"wire": 1.0}, deck=DECK)
    first = Fault(id="first", do="stall", on=On(nth=1))
    world = World(NAME, Scenario(faults=(first,), chaos=always))
    brought = Fault(id="brought", do="stall")
    struck = [call(world), call(world), call(world, fault=brought), call(world, "create")]
    ids = [one.fault.id if one.fault else None for one in struck]
    assert ids == ["first", "chaos-acme-status-2", "brought", "chaos-acme-create-1"]
    assert list(world.armory.drawn) == [struck[1].fault, struck[3].fault]
    assert world.armory.calls == {("acme", "status"): 3, ("acme", "create"): 1}


@whole
@given(script=scripts(), chaos=CHAOS, data=st.data())
def test_what_chance_drew_replays_without_chance(
    script: Script, chaos: Chaos, data: st.DataObject
) -> None:
    scenario = replace(script.scenario, chaos=chaos)
    world = World(NAME, scenario)
    outcomes = perform(world, script.log)
    end = script.log[-1].at
    more = data.draw(st.lists(calls(list(world.jobs)[:3] or ["nope"]), max_size=12))
    outcomes += [world.apply(end, called) for called in more]
    written = replace(scenario, chaos=None, faults=(*scenario.faults, *world.armory.drawn))
    again = World(NAME, written)
    replayed = perform(again, script.log) + [again.apply(end, called) for called in more]
    assert replayed == outcomes
    for fault in world.armory.drawn:
        found = again.armory.find(fault.id)
        assert found is not None
        assert (found.struck, found.over) == (1, True)
