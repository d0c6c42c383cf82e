"""A scenario is written as data and as text, and both are read as the same scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.faults import Fault, On
from emulator.core.scenario import PlanRule, Scenario
from emulator.scenarios import BadScenario, dump, load, read, read_fault, read_plan, schema, written
from emulator.scenarios.text import parse
from tests.scenarios.strategies import JSON, SCENARIOS, calm

VALID = jsonschema_rs.Draft202012Validator(schema())


@calm
@given(SCENARIOS)
def test_what_is_written_is_read_as_the_same_scenario(scenario: Scenario) -> None:
    assert read(written(scenario)) == scenario


@calm
@given(SCENARIOS)
def test_the_text_of_a_scenario_means_the_same_scenario(scenario: Scenario) -> None:
    data, _ = parse(dump(scenario))
    assert read(data or {}) == scenario


@calm
@given(SCENARIOS)
def test_yaml_and_json_of_a_scenario_mean_the_same(scenario: Scenario) -> None:
    data = written(scenario)
    for text in (orjson.dumps(data).decode(), json.dumps(data, indent="\t")):
        assert parse(text)[0] == data


@calm
@given(SCENARIOS)
def test_what_is_written_is_what_the_schema_allows(scenario: Scenario) -> None:
    VALID.validate(written(scenario))


@calm
@given(SCENARIOS)
def test_every_rule_and_fault_is_read_by_itself_too(scenario: Scenario) -> None:
    data = written(scenario)
    assert tuple(map(read_plan, data.get("plans", []))) == scenario.plans
    ids = [one.id for one in scenario.faults]
    alone = map(read_fault, data.get("faults", []), ids)
    assert tuple(alone) == scenario.faults


ODD = JSON | st.sampled_from(
    [0, 1, -1, 2.5, "1s", "reset", "stick", "oxen", "status", "1.00", {}, [], {"polls": 2}, "up"]
)


@settings(calm, max_examples=300)
@given(SCENARIOS, st.data())
def test_whatever_is_accepted_is_what_the_schema_allows_and_can_be_written(
    scenario: Scenario, more: st.DataObject
) -> None:
    data = written(scenario)
    spots = list(_spots(data))
    if spots:
        holder, key = more.draw(st.sampled_from(spots))
        holder[key] = more.draw(ODD)
    try:
        found = read(data)
    except BadScenario:
        return
    VALID.validate(data)
    assert read(written(found)) == found


def _spots(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in lists and mappings where something else could stand."""
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for key, one in list(inner):
        yield data, key
        if isinstance(one, dict | list):
            yield from _spots(one)


def test_defaults_are_left_out() -> None:
    assert written(Scenario()) == {}
    assert dump(Scenario()) == "{}\n"
    assert written(Scenario(plans=(PlanRule(),))) == {"plans": [{}]}


def test_what_is_there_twice_is_written_twice() -> None:
    match = {"prompt": ["a", "b"]}
    text = dump(Scenario(plans=(PlanRule(match=match), PlanRule(job=2, match=match))))
    assert text.count("prompt: [a, b]") == 2


def test_the_operations_that_a_server_has_filled_in_are_not_written() -> None:
    fault = Fault(id="fault-1", do="reset", on=On(operations=frozenset({"oxen.status"})))
    assert written(Scenario(faults=(fault,))) == {"faults": [{"do": "reset"}]}


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    scenario = Scenario(
        seed=3, plans=(PlanRule(job=2, running=90_500_000),), accounts=(True, False)
    )
    file = tmp_path / "again.yaml"
    file.write_text(dump(scenario), encoding="utf-8")
    assert load(file) == scenario
    assert "running: 1m30.5s" in file.read_text(encoding="utf-8")


def test_a_choice_that_is_a_number_may_be_written_as_one() -> None:
    data = {"assumptions": {"oxen.cancel-ended": 409}}
    assert read(data).assumptions == {"oxen.cancel-ended": "409"}
    assert VALID.is_valid(data)
