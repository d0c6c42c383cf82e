"""Amounts, spans and cases in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.cases import Case, Kill, When, sample
from contracts.grade import Grade
from contracts.ground import BRIEF, COUNTED, TIMED, plain
from contracts.phrases import cash, span
from contracts.report.words import brief, replay, verdict
from emulator import read_scenario
from emulator.core.scenario import PlanRule
from tests.contracts.report.trials import grade


@pytest.mark.parametrize(
    ("micros", "said"),
    [(400_000, "$0.40"), (0, "$0.00"), (12_345_678, "$12.345678"), (-1_500_000, "-$1.50")],
)
def test_an_amount_has_the_decimals_that_it_needs(micros: int, said: str) -> None:
    assert cash(micros) == said


@pytest.mark.parametrize(
    ("micros", "said"),
    [
        (0, "0 s"),
        (250_000, "250 ms"),
        (5_585_799, "5.6 s"),
        (119_999_999, "120 s"),
        (543_000_000, "9 min 3 s"),
        (600_000_000, "10 min"),
        (3_599_600_000, "60 min"),
        (7_500_000_000, "2 h 5 min"),
    ],
)
def test_a_span_is_said_in_two_units_at_the_most(micros: int, said: str) -> None:
    assert span(micros) == said


@pytest.mark.parametrize(
    ("scenario", "more", "said"),
    [
        ({}, {}, "nothing went wrong"),
        (
            {"faults": [{"do": "lose", "on": {"operation": "enqueue", "nth": 1}}]},
            {},
            "lose on the 1st enqueue",
        ),
        (
            {"faults": [{"do": {"refuse": {"status": 503}}, "on": {"operation": "status"}}]},
            {},
            "refuse {status: 503} on every status",
        ),
        (
            {"faults": [{"do": "reset", "on": {"operation": "status", "every": 12}, "times": 2}]},
            {},
            "reset on every 12th status {times: 2}",
        ),
        (
            {"faults": [{"do": "refuse", "on": {"provider": "oxen", "nth": 2}, "phase": "after"}]},
            {},
            "refuse on the 2nd call, after it had its effect",
        ),
        (
            {"assumptions": {"oxen.cancel-ended": "409"}, "plans": ["stick"]},
            {},
            "oxen.cancel-ended is 409; the job sticks",
        ),
        (
            {},
            {"kill": Kill(when=When.WITHIN, call=2)},
            "the client is killed at its 2nd call, before its answer",
        ),
        ({}, {"body": {"prompt": "a kite"}}, "asked for: {prompt: a kite}"),
        (
            {"plans": ['fail with "No." after 2m']},
            {"body": {**sample("oxen"), "seed": 7}},
            "asked for: {seed: 7}; the job fails after 2 min with No.",
        ),
        ({"plans": [{"queued": "12s", "running": "30s"}]}, {}, "the job succeeds after 42 s"),
        (
            {"plans": [{"job": 2, "queued": {"polls": 3}}]},
            {},
            "plan: {job: 2, queued: {polls: 3}}",
        ),
        ({"plans": [{"queued": {"polls": 3}}]}, {}, "plan: {queued: {polls: 3}}"),
    ],
)
def test_a_case_is_said_in_one_line(scenario: Any, more: Any, said: str) -> None:
    given = {"body": sample("oxen"), **more}
    assert brief(Case(provider="oxen", scenario=read_scenario(scenario), **given)) == said


@pytest.mark.parametrize("rule", [COUNTED, TIMED, BRIEF])
def test_of_a_plain_case_it_is_said_that_nothing_went_wrong(rule: PlanRule) -> None:
    case, own = plain("oxen", rule=rule), {"prompt": "a client's own"}
    for name in ("plain", "again/plain"):
        for body in (case.body, own):
            assert brief(replace(case, name=name, body=body)) == "nothing went wrong"
    assert brief(replace(case, name="drawn/0/1")) == "nothing went wrong"
    assert brief(replace(case, name="drawn/0/1", body=own)).startswith("asked for: {prompt: a")
    killed = replace(case, kill=Kill(when=When.BEFORE, call=1))
    assert brief(killed).startswith("the client is killed at its 1st call")


def test_the_verdict_counts_only_what_came_up() -> None:
    assert verdict(grade()) == (
        "It breaks 6 of the 9 clauses that came up, and wastes up to $0.40 on one request."
    )
    kept = Grade(provider="oxen", subject="a:b", kept={"lifecycle.own-results": 1})
    assert verdict(kept) == "It keeps the 1 clause that came up."
    assert verdict(Grade(provider="oxen", subject="a:b")).startswith("No clause came up")


def test_the_command_to_replay_can_be_pasted() -> None:
    callable_ = Grade(provider="oxen", subject="shop.client:buy")
    said = replay(callable_, Path("out dir/a.yaml"))
    assert said == "understudy replay 'out dir/a.yaml' --subject shop.client:buy"
    program = Grade(
        provider="oxen", subject="node my.js", attach=("--worker", "--", "node", "my client.js")
    )
    said = replay(program, Path("a.yaml"))
    assert said == "understudy replay a.yaml --worker -- node 'my client.js'"
