from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from emulator.load.judge import Jobs, Money
from emulator.load.report import Report, data, show

SEEN = {
    "seconds": 10.0,
    "operations": [
        {
            "name": "oxen status",
            "calls": 200,
            "failures": 1,
            "p50_ms": 2,
            "p95_ms": 5,
            "p99_ms": None,
            "most_ms": 8.25,
        }
    ],
    "errors": [{"name": "oxen status", "error": "status 503", "times": 1}],
}


def reported(money: Money | None = None, **of_jobs: Any) -> Report:
    base = {"intents": 50, "acknowledged": 50, "ended": 50, "gone": 0, "unended": 0, "doubled": 0}
    return Report(
        provider="oxen",
        url="http://127.0.0.1:8787",
        mix={"poll": 1},
        seen=SEEN,
        jobs=Jobs(**{**base, **of_jobs}),
        money=money or Money(jobs=20_000_000, ledger=20_000_000),
    )


def printed(report: Report) -> str:
    console = Console(width=100, record=True, file=StringIO())
    show(report, console)
    return console.export_text()


def test_a_good_run_says_so() -> None:
    report = reported()
    assert report.broken == []
    text = printed(report)
    assert "200 calls in 10.0 s: 20.0 calls and 5.0 jobs a second" in text
    assert "oxen status" in text
    assert "No job was lost, and none doubled; the money agrees with the ledger." in text


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (reported(gone=1), "1 acknowledged job was lost"),
        (reported(gone=1, unended=2), "3 acknowledged jobs were lost"),
        (reported(doubled=2), "2 jobs were made twice"),
        (reported(doubled=1, at_least=True), "at least 1 job was made twice"),
        (reported(Money(jobs=1, ledger=2)), "the money does not agree with the ledger"),
    ],
)
def test_what_is_wrong_is_a_sentence(report: Report, said: str) -> None:
    assert report.broken == [said]
    assert said[1:] in printed(report)


def test_what_is_not_known_is_said_and_not_wrong() -> None:
    report = reported(Money(jobs=5, why="no ledger is known"), doubled=None)
    assert report.broken == []
    text = printed(report)
    assert text.count("not known") == 2
    assert "no ledger is known" in text
    assert text.rstrip().endswith("No job was lost.")


def test_programs_get_the_same() -> None:
    report = reported(Money(jobs=1, ledger=2), gone=1, refused={"402": 3})
    told = json.loads(json.dumps(data(report)))
    assert told["throughput"] == {"calls": 200, "calls_per_second": 20.0, "jobs_per_second": 5.0}
    assert told["operations"] == SEEN["operations"]
    assert (told["jobs"]["lost"], told["jobs"]["refused"]) == (1, {"402": 3})
    assert told["money"] == {
        "jobs": "0.000001",
        "ledger": "0.000002",
        "agrees": False,
        "why": None,
    }
    assert len(told["broken"]) == 2
