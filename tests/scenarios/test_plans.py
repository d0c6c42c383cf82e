"""Plan rules: sentences, waits counted in polls, and what both come to."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from emulator.core.clock import SECOND
from emulator.core.scenario import Ending, PlanRule
from emulator.scenarios import BadScenario, read_plan, schema

S = SECOND
RULE = jsonschema_rs.Draft202012Validator(schema()["properties"]["plans"]["items"])

SENTENCES = [
    ("succeed", PlanRule()),
    ("fail", PlanRule(ending=Ending.FAIL)),
    ("cancel", PlanRule(ending=Ending.CANCEL)),
    ("stick", PlanRule(ending=Ending.STICK)),
    ("out of credit", PlanRule(ending=Ending.OUT_OF_CREDIT)),
    ("out_of_credit", PlanRule(ending=Ending.OUT_OF_CREDIT)),
    ('fail with "No."', PlanRule(ending=Ending.FAIL, error="No.")),
    ("fail with 'It is \"no\".'", PlanRule(ending=Ending.FAIL, error='It is "no".')),
    ('fail  with  " after 3s "', PlanRule(ending=Ending.FAIL, error=" after 3s ")),
    ("succeed after 30s", PlanRule(queued=3 * S, running=27 * S)),
    ("succeed after 1m 40s", PlanRule(queued=10 * S, running=90 * S)),
    ("succeed after 10", PlanRule(queued=1 * S, running=9 * S)),
    ("cancel after 15ms", PlanRule(ending=Ending.CANCEL, queued=1500, running=13_500)),
    ("succeed after 0s", PlanRule(queued=0, running=0)),
    ("succeed after 1 poll", PlanRule(queued=0, running_polls=1)),
    ("succeed after 2 polls", PlanRule(queued_polls=1, running_polls=1)),
    ("stick after 5 polls", PlanRule(ending=Ending.STICK, queued_polls=1, running_polls=4)),
    (
        'fail with "Blocked by a filter." after 30s',
        PlanRule(ending=Ending.FAIL, error="Blocked by a filter.", queued=3 * S, running=27 * S),
    ),
    (
        "out of credit after 2 polls",
        PlanRule(ending=Ending.OUT_OF_CREDIT, queued_polls=1, running_polls=1),
    ),
]


@pytest.mark.parametrize(("sentence", "rule"), SENTENCES, ids=lambda one: str(one)[:40])
def test_a_sentence_means_a_rule_alone_and_as_a_field(sentence: str, rule: PlanRule) -> None:
    for data in (sentence, {"do": sentence}):
        assert read_plan(data) == rule
        assert RULE.is_valid(data)


NO_SENTENCES = [
    "",
    " ",
    "Fail",
    "fails",
    "fail with words",
    'fail with ""',
    'fail with "a',
    'fail after 3s with "a"',
    'succeed with "a"',
    'cancel with "a"',
    'out of credit with "a"',
    "out of",
    "succeed after",
    "succeed after soon",
    "succeed after 0 polls",
    "succeed after 1.5 polls",
    "succeed after 3 polls or 30s",
    "succeed after 30s\n",
    "succeed  in 30s",
    "after 30s",
    f"succeed after {'9' * 5000} polls",
    f"succeed after {'9' * 5000}s",
]


@pytest.mark.parametrize("sentence", NO_SENTENCES, ids=range(len(NO_SENTENCES)))
def test_what_is_no_sentence_is_explained(sentence: str) -> None:
    for data in (sentence, {"do": sentence}):
        with pytest.raises(BadScenario) as bad:
            read_plan(data)
        assert len(str(bad.value)) < 250


WAITS = [
    ("2s", (2 * S, None)),
    (2.5, (2_500_000, None)),
    (0, (0, None)),
    ({"polls": 3}, (None, 3)),
    ({"polls": 3, "or": "30s"}, (30 * S, 3)),
    ({"polls": 1, "or": 0}, (0, 1)),
]


@pytest.mark.parametrize(("data", "wait"), WAITS)
@pytest.mark.parametrize("name", ["queued", "running"])
def test_a_wait_is_a_span_or_polls_or_both(name: str, data: Any, wait: tuple[Any, Any]) -> None:
    rule = read_plan({name: data})
    span, polls = wait
    assert rule == PlanRule(**{name: span, f"{name}_polls": polls})


@pytest.mark.parametrize("name", ["queued", "running"])
@pytest.mark.parametrize("after", ["30s", "1 poll", "4 polls"])
def test_how_long_is_said_once(name: str, after: str) -> None:
    with pytest.raises(BadScenario, match=f"^{name}: `do` says already how long; say it once$"):
        read_plan({"do": f"succeed after {after}", name: "1s"})
    assert read_plan({"do": "succeed", name: "1s"}) == PlanRule(**{name: S})  # type: ignore[arg-type]


def test_all_that_a_rule_can_say() -> None:
    said = {
        "provider": "oxen",
        "job": 2,
        "model": "google-veo-3-1",
        "match": {"prompt": "*kite*", "duration": 8},
        "slots": 2,
        "error": "No.",
        "deliver": 0,
    }
    assert read_plan({**said, "do": "fail"}) == PlanRule(**said, ending=Ending.FAIL)  # type: ignore[arg-type]
