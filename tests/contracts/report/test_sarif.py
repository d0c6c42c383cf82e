"""SARIF has a rule for each clause, and a result, with a place, for each finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.report import sarif
from tests.contracts.report.trials import failing_harness, grade


def run(**given: Any) -> Any:
    data = json.loads(sarif.report(grade(), **given))
    assert (data["version"], len(data["runs"])) == ("2.1.0", 1)
    return data["runs"][0]


def test_every_result_points_to_its_rule() -> None:
    found = run()
    rules = found["tool"]["driver"]["rules"]
    assert len({one["id"] for one in rules}) == len(rules) == len(grade().verdicts())
    assert all(
        len(set(one["properties"]["tags"])) == len(one["properties"]["tags"]) for one in rules
    )
    assert {one["ruleId"] for one in found["results"]} == grade().broken.keys()
    for one in found["results"]:
        rule = rules[one["ruleIndex"]]
        assert rule["id"] == one["ruleId"]
        assert rule["defaultConfiguration"]["level"] == one["level"]
        assert "Source: " in rule["help"]["text"]


def test_the_level_follows_from_the_clause() -> None:
    told = grade()
    told.broken["manners.not-found"] = told.broken["money.lost-answer"]
    told.broken["assumptions.money"] = told.broken["money.lost-answer"]
    found = json.loads(sarif.report(told))["runs"][0]["results"]
    levels = {one["ruleId"]: one["level"] for one in found}
    assert levels["money.lost-answer"] == levels["lifecycle.never-hangs"] == "error"
    assert (levels["manners.not-found"], levels["assumptions.money"]) == ("warning", "note")


@pytest.mark.parametrize(
    ("subject", "uri"),
    [
        ("shop.client:buy", "shop/client.py"),
        ("node dist/my client.js --fast", "client.js"),
        ("./client", "./client"),
        ("", "client"),
    ],
)
def test_a_finding_lies_in_the_client(subject: str, uri: str) -> None:
    told = grade()
    told.subject = subject
    result = json.loads(sarif.report(told))["runs"][0]["results"][0]
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert place["physicalLocation"]["region"]["startLine"] == 1


def test_a_result_says_what_was_seen_and_how_to_see_it_again() -> None:
    found = run(files={"money.lost-answer": Path("out/a.yaml")})
    said = {one["ruleId"]: one for one in found["results"]}["money.lost-answer"]
    assert "Replay: understudy replay out/a.yaml" in said["message"]["text"]
    assert "do: lose" in said["properties"]["scenario"]


def test_a_known_finding_is_suppressed_with_its_reason() -> None:
    found = run(known={"money.lost-answer": "It is being mended."})
    suppressed = [one for one in found["results"] if "suppressions" in one]
    assert [one["ruleId"] for one in suppressed] == ["money.lost-answer"]
    assert suppressed[0]["suppressions"][0]["justification"] == "It is being mended."


def test_a_harness_that_failed_is_said_of_the_run() -> None:
    (call,) = json.loads(sarif.report(failing_harness()))["runs"][0]["invocations"]
    assert not call["executionSuccessful"]
    assert "status is missing" in call["toolExecutionNotifications"][0]["message"]["text"]
