"""A grade of real trials, as reports and files are tested with: some clauses are broken by what
really happened, and one by words that nobody would want in a page."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from contracts.cases import Case, Kill, When, sample
from contracts.findings import Finding, clauses
from contracts.grade import Break, Grade
from contracts.subjects.python import PythonSubject
from contracts.trial import Flaw, Trial
from emulator import read_scenario

HOSTILE = "<script>alert('x')</script> & \"more\" ]]> \x00\x1b[31m é {{ 7 * 7 }}"

CASES: dict[str, tuple[str, Any, Kill | None]] = {
    "money.lost-answer": (
        "that_buys_twice",
        {"faults": [{"do": "lose", "on": {"operation": "enqueue", "nth": 1}}]},
        None,
    ),
    "lifecycle.never-hangs": (
        "with_requests",
        {"faults": [{"do": "stall", "on": {"operation": "status", "nth": 3}}]},
        None,
    ),
    "lifecycle.failure-in-words": (
        "with_requests",
        {"plans": [{"do": "fail", "error": "Blocked by <script>&\"'."}]},
        None,
    ),
    "manners.no-hammering": ("that_hammers", {"plans": ["succeed after 3m"]}, None),
    "resume.buys-nothing": ("with_requests", {}, Kill(when=When.BEFORE, call=5)),
    "streams.survives-silence": ("with_events", {"plans": ["succeed after 2h"]}, None),
}
"""By the clause that it is said to break: the client, its scenario, and where it is killed."""


@cache
def trials() -> dict[str, Trial]:
    """Each case once, as it was played."""
    found = {}
    for id, (name, scenario, kill) in CASES.items():
        with PythonSubject(f"tests.contracts.virtual.clients:{name}") as subject:
            found[id] = subject.play(
                Case(
                    provider="oxen",
                    name=f"single/{name}",
                    scenario=read_scenario(scenario),
                    body=sample("oxen"),
                    kill=kill,
                )
            )
    return found


@cache
def _grade() -> Grade:
    grade = Grade(
        provider="oxen",
        subject="shop.client:buy",
        seed=7,
        abilities=frozenset({"polls", "streams", "resumes", "deadline", "job_id"}),
        trials=len(CASES),
        seconds=1.25,
    )
    grade.kept = {
        "lifecycle.own-results": 3,
        "money.one-job-per-intent": 1,
        "streams.foreign-events": 2,
    }
    for id, trial in trials().items():
        seen = HOSTILE if id == "lifecycle.failure-in-words" else f"{id} was not kept"
        numbers = tuple(one.number for one in trial.exchanges if one.operation == "enqueue")
        grade.broken[id] = Break(
            finding=Finding(clause=id, seen=seen, exchanges=numbers), trial=trial, minimal=True
        )
    assert grade.broken.keys() <= clauses().keys()
    return grade


def grade() -> Grade:
    """A grade of its own for each test."""
    return deepcopy(_grade())


def failing_harness() -> Grade:
    """One in which the emulator broke the contract itself."""
    made = grade()
    trial = trials()["manners.no-hammering"]
    made.harness.append((trial, Flaw(2, True, f"200: status is missing {HOSTILE}")))
    return made
