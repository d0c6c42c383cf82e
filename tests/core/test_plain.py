from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import LATEST, Mode, Pace
from emulator.core.commands import (
    Arm,
    Browse,
    Called,
    Cancel,
    Command,
    Disarm,
    Entry,
    Find,
    Know,
    Query,
    Spend,
    Submit,
    Tick,
    TopUp,
    Wind,
)
from emulator.core.faults import Chaos, Fault, Match, On
from emulator.core.jobs import Draft, Extension, Job, Move, Status
from emulator.core.ledger import Account, Posting
from emulator.core.plain import Malformed, build, plain
from emulator.core.scenario import KeyRule, PlanRule, Scenario, View
from tests.core.strategies import (
    AMOUNTS,
    JSON,
    PACES,
    RULES,
    TEXTS,
    calm,
    commands,
    draft,
    drafts,
    ids,
    jobs,
    through_json,
)
from tests.core.striking import CARDS, places

NAMES = st.dictionaries(TEXTS, TEXTS, max_size=2)
ANY_NAMED = st.dictionaries(TEXTS, JSON, max_size=2)
FULL_DRAFTS = drafts(
    params=st.dictionaries(TEXTS, JSON, max_size=3),
    labels=NAMES,
    extends=st.none()
    | st.builds(Extension, job=TEXTS, longest=st.floats(0, 9), side=AMOUNTS, rate=AMOUNTS),
)
FULL_FAULTS = st.builds(
    Fault,
    id=TEXTS,
    do=TEXTS,
    args=ANY_NAMED,
    on=places(("a", "b"))
    | st.builds(On, match=st.builds(Match, method=TEXTS, headers=NAMES, json=ANY_NAMED)),
    times=st.none() | AMOUNTS,
    until=st.none() | AMOUNTS,
)
FULL_CHAOS = st.builds(
    Chaos,
    rates=st.dictionaries(TEXTS, st.floats(0, 0.5), max_size=2),
    deck=st.lists(st.builds(replace, CARDS, args=ANY_NAMED), max_size=2).map(tuple),
    seed=st.integers(0),
)
FULL_RULES = st.builds(replace, RULES, match=ANY_NAMED)
FULL_SCENARIOS = st.builds(
    Scenario,
    name=st.none() | TEXTS,
    seed=st.integers(0),
    start=st.integers(0, LATEST),
    pace=PACES,
    view=st.sampled_from(View),
    balance=st.integers(0, 10**12),
    prices=st.dictionaries(TEXTS, AMOUNTS, max_size=2),
    plans=st.lists(FULL_RULES, max_size=2).map(tuple),
    assumptions=NAMES,
    keys=st.dictionaries(
        TEXTS,
        st.builds(KeyRule, models=st.none() | st.frozensets(TEXTS, max_size=3)),
        max_size=2,
    ),
    accounts=st.lists(st.booleans(), max_size=3).map(tuple),
    keep=st.integers(0, 10**6),
    faults=st.lists(FULL_FAULTS, max_size=2, unique_by=lambda one: one.id).map(tuple),
    chaos=st.none() | FULL_CHAOS,
)
FULL_SUBMITS = st.builds(
    Submit, provider=TEXTS, drafts=st.lists(FULL_DRAFTS, max_size=2).map(tuple)
)
WINDS = st.builds(Wind, mode=st.sampled_from(Mode), speed=st.floats(0.1, 1e6))
ARMS = st.builds(Arm, fault=FULL_FAULTS)
COMMANDS_OF_ALL_KINDS = commands(ids(Scenario())) | FULL_SUBMITS | WINDS | ARMS
QUERIES = st.one_of(
    st.builds(Find, provider=TEXTS, job=TEXTS),
    st.builds(
        Browse,
        provider=TEXTS,
        statuses=st.none() | st.frozensets(st.sampled_from(Status)),
        model=st.none() | TEXTS,
        kind=st.none() | TEXTS,
        labels=NAMES,
        apart=st.booleans(),
        newest_first=st.booleans(),
    ),
    st.just(Know()),
)


def returns(cls: Any, value: Any) -> bool:
    """Whether the value comes back from a file equal, and each number of the same type."""
    back = through_json(cls, value)
    return back == value and json.dumps(plain(back)) == json.dumps(plain(value))


@calm
@given(COMMANDS_OF_ALL_KINDS)
def test_a_command_comes_back_as_it_went(command: Command) -> None:
    assert returns(Command, command)
    assert returns(type(command), command)


@calm
@given(st.builds(Entry, at=st.integers(0, LATEST), command=COMMANDS_OF_ALL_KINDS))
def test_a_line_of_the_log_comes_back_as_it_went(entry: Entry) -> None:
    assert returns(Entry, entry)


@calm
@given(FULL_DRAFTS)
def test_a_draft_comes_back_as_it_went(draft: Draft) -> None:
    assert returns(Draft, draft)


@calm
@given(jobs())
def test_a_job_comes_back_as_it_went(job: Job) -> None:
    assert returns(Job, job)


@calm
@given(FULL_SCENARIOS)
def test_a_scenario_comes_back_as_it_went(scenario: Scenario) -> None:
    assert returns(Scenario, scenario)


@calm
@given(QUERIES)
def test_a_query_comes_back_as_it_went(query: Query) -> None:
    assert returns(Query, query)


@pytest.mark.parametrize("kind", get_args(Command))
def test_a_command_is_written_with_its_name(kind: type[Command]) -> None:
    said: dict[type[Command], Command] = {
        Submit: Submit(provider="acme", drafts=(draft(),)),
        Cancel: Cancel(provider="acme", job="one", bills=True),
        TopUp: TopUp(provider="acme", amount=1),
        Spend: Spend(provider="acme", amount=1, note="lunch"),
        Tick: Tick(why="advance"),
        Wind: Wind(mode=Mode.MANUAL, speed=2.0),
        Arm: Arm(fault=Fault(id="one", do="stall")),
        Disarm: Disarm(id="one"),
        Called: Called(provider="acme", operation="status", fault=Fault(id="one", do="stall")),
    }
    data = plain(said[kind])
    assert data["is"] == kind.__name__
    assert type(build(Command, data)) is kind


def test_a_value_is_written_as_json_that_a_person_can_read() -> None:
    scenario = Scenario(pace=Pace(Mode.AUTO, 2.0), keys={"k": KeyRule(models=frozenset("ba"))})
    data = plain(scenario)
    assert data["pace"] == {"is": "Pace", "mode": "auto", "speed": 2.0}
    assert data["keys"]["k"]["models"] == ["a", "b"]
    assert data["accounts"] == [True]
    assert json.loads(json.dumps(data)) == data


def test_what_is_left_out_has_its_default() -> None:
    assert build(Scenario, {"seed": 7}) == Scenario(seed=7)
    assert build(Command, {"is": "Tick"}) == Tick()


def test_a_whole_number_is_read_where_a_fraction_may_stand() -> None:
    speed = build(Pace, {"mode": "real", "speed": 2}).speed
    assert (speed, type(speed)) == (2.0, float)


@pytest.mark.parametrize(
    ("want", "data", "message"),
    [
        (TopUp, {"provider": "acme", "amount": "1"}, "'1' is not int"),
        (TopUp, {"provider": "acme", "amount": 1.0}, "1.0 is not int"),
        (TopUp, {"provider": "acme", "amount": True}, "True is not int"),
        (TopUp, {"provider": "acme", "amount": None}, "None is not int"),
        (TopUp, {"provider": 1, "amount": 1}, "1 is not str"),
        (TopUp, {"provider": "acme", "amount": 1, "z": 1, "a": 1}, "TopUp has no a, z"),
        (TopUp, ["acme", 1], "['acme', 1] is not a TopUp"),
        (Command, {"is": "TopUp", "provider": "acme", "amount": "1"}, "'1' is not int"),
        (Command, {"is": "Tick", "at": 1}, "Tick has no at"),
        (Entry, {"at": "now", "command": {"is": "Tick"}}, "'now' is not int"),
        (Entry, 3, "3 is not a Entry"),
        (PlanRule, {"job": "1"}, "'1' is not int"),
        (Cancel, {"provider": "acme", "job": "one", "bills": 1}, "1 is not bool"),
        (Pace, {"mode": "real", "speed": "2"}, "'2' is not float"),
        (Pace, {"mode": "real", "speed": True}, "True is not float"),
        (Scenario, {"accounts": [True, 1]}, "1 is not bool"),
        (Scenario, {"plans": [3]}, "3 is not a PlanRule"),
        (On, {"between": 3}, "3 is not a list"),
        (On, {"states": ["lost"]}, "{'states': ['lost']} is not On: 'lost' is not a valid Status"),
        (
            Chaos,
            {"rates": {"a": 2}, "deck": []},
            "{'rates': {'a': 2}, 'deck': []} is not Chaos: "
            "rates are shares from 0 to 1, and together at most 1",
        ),
        (Scenario, {"keys": {"k": {"models": [1]}}}, "1 is not str"),
        (Scenario, {"prices": {"slow": 0.5}}, "0.5 is not int"),
        (Mapping[str, int], {"a": "1"}, "'1' is not int"),
        (frozenset[str], [1], "1 is not str"),
        (Draft | None, 5, "5 is not a Draft"),
    ],
    ids=str,
)
def test_what_is_not_of_the_type_is_malformed(want: Any, data: Any, message: str) -> None:
    with pytest.raises(Malformed) as seen:
        build(want, data)
    assert str(seen.value) == message


@calm
@given(
    st.sampled_from([Account, Move, Posting, Extension, PlanRule]),
    JSON.filter(lambda data: not isinstance(data, dict)),
)
def test_nothing_but_a_mapping_is_a_value(want: type, data: Any) -> None:
    with pytest.raises(Malformed, match=f"is not a {want.__name__}$"):
        build(want, data)
