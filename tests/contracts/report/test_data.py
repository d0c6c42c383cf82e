"""The JSON document says all of a grade, in the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.report import data
from emulator import read_scenario
from tests.contracts.report.trials import HOSTILE, failing_harness, grade, trials


def said() -> Any:
    files = {"money.lost-answer": Path("out/money.lost-answer.yaml")}
    return json.loads(
        data.report(grade(), files, {"manners.no-hammering": "The pool is to blame."})
    )


def test_the_same_grade_gives_the_same_bytes_however_long_it_took() -> None:
    slower = grade()
    slower.seconds = 99.0
    assert data.report(grade()) == data.report(slower)


def test_every_clause_that_is_judged_is_there_with_its_verdict() -> None:
    found, told = said(), grade()
    assert [one["id"] for one in found["clauses"]] == [one.clause.id for one in told.verdicts()]
    assert sum(found["counts"].values()) == len(found["clauses"])
    assert (found["seed"], found["passed"], found["wasted"]) == (7, False, "0.400000")
    assert found["abilities"] == sorted(told.abilities)
    assert "seconds" not in found
    skipped = next(one for one in found["clauses"] if one["id"] == "results.short")
    assert (skipped["state"], skipped["why"]) == (
        "skipped",
        "the client is not said to do this: downloads",
    )


def test_a_finding_carries_its_case_as_a_scenario_that_can_be_read() -> None:
    found = {one["id"]: one["finding"] for one in said()["clauses"] if "finding" in one}
    assert found.keys() == trials().keys()
    for id, finding in found.items():
        assert read_scenario(finding["case"]["scenario"]) == trials()[id].case.scenario
        assert finding["timeline"]["calls"][0]["from"] < 0.001
    assert found["money.lost-answer"]["file"] == "out/money.lost-answer.yaml"
    assert found["manners.no-hammering"]["known"] == "The pool is to blame."
    assert found["resume.buys-nothing"]["case"]["kill"] == {"when": "before", "call": 5}
    last = found["money.lost-answer"]["timeline"]["money"][-1]
    assert (last["charged"], last["held"]) == ("0.800000", "0.000000")


def test_what_no_document_can_hold_is_replaced() -> None:
    told = grade()
    told.subject = "odd:\ud800\x00"
    text = data.report(told)
    assert json.loads(text)["subject"] == "odd:\ufffd\ufffd"
    assert "\x1b" not in text
    found = {one["id"]: one for one in json.loads(text)["clauses"]}
    seen = found["lifecycle.failure-in-words"]["finding"]["seen"]
    assert seen == HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")


def test_answers_of_the_emulators_own_that_were_wrong_are_told() -> None:
    (found,) = json.loads(data.report(failing_harness()))["harness"]
    assert found["exchange"] == 2
    assert found["text"].startswith("200: status is missing")
