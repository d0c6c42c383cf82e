"""Clients as people write them are told what is wrong with them, by the smallest case for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts.attach import attach
from contracts.checks import CHECKS, assumptions
from contracts.cli import grade, replay
from contracts.findings import clauses
from contracts.grade import Grade, State
from contracts.search import Profile, search

HOME = "tests.contracts.virtual"
BRIEF = Profile(examples=0)


def graded(name: str, provider: str = "oxen") -> Grade:
    with attach(f"{HOME}.{name}") as troupe:
        return search(troupe, provider, BRIEF)


def test_every_check_judges_a_clause_and_every_clause_has_one() -> None:
    assert {*CHECKS, assumptions.MONEY, assumptions.MANNERS} == set(clauses())
    assert len(clauses()) >= 40
    for clause in clauses().values():
        assert clause.text.endswith(".")
        assert clause.reason.endswith(".")
        assert clause.source


@pytest.mark.parametrize(
    ("name", "clause", "do", "operation"),
    [
        ("clients:that_buys_twice", "money.unreadable-answer", "missing", "enqueue"),
        ("clients:that_invents", "lifecycle.no-invented-success", None, None),
        ("clients:that_hammers", "manners.poll-interval", None, None),
        ("clients:with_requests", "lifecycle.ends-in-time", None, None),
        ("clients:with_requests", "manners.one-bad-poll", "delay", "status"),
        ("clients:with_httpx", "manners.retry-after-date", "refuse", "status"),
        ("clients:with_urllib", "lifecycle.says-something", "refuse", "enqueue"),
        ("clients:with_events", "streams.every-framing", "no_space", "events"),
    ],
)
@pytest.mark.slow
def test_a_client_is_told_its_own_mistake_by_the_smallest_scenario(
    name: str, clause: str, do: str | None, operation: str | None
) -> None:
    broken = graded(name).broken[clause]
    faults = [(one.do, one.on.operation) for one in broken.trial.case.scenario.faults]
    assert faults == ([] if do is None else [(do, operation)])
    assert broken.minimal


@pytest.mark.slow
def test_a_client_of_omixa_is_graded_too() -> None:
    found = graded("clients:of_omixa", "omixa")
    states = {one.clause.id: one.state for one in found.verdicts()}
    assert states["manners.poll-after"] is State.KEPT
    assert states["lifecycle.says-something"] is State.BROKEN
    assert "manners.poll-interval" not in states
    (fault,) = found.broken["lifecycle.says-something"].trial.case.scenario.faults
    assert (fault.do, fault.on.operation) == ("refuse", "create")


@pytest.mark.slow
def test_the_command_writes_cases_that_replay(tmp_path: Path) -> None:
    run = CliRunner()
    subject = ["--subject", f"{HOME}.clients:that_buys_twice"]
    ended = run.invoke(grade, ["oxen", *subject, "--examples", "0", "--out", str(tmp_path)])
    assert ended.exit_code == 1, ended.output
    file = tmp_path / "money.lost-answer.yaml"
    again = run.invoke(replay, [str(file), *subject])
    assert again.exit_code == 1
    assert "money.lost-answer (money): A submit whose answer was lost" in again.output
    assert "2 jobs were made for one intent" in again.output
    clean = run.invoke(replay, [str(file), "--subject", "tests.clients.honest.oxen_polling:order"])
    assert clean.exit_code == 0, clean.output


@pytest.mark.parametrize("client", ["clients:that_buys_twice", "clients:with_events"])
@pytest.mark.slow
def test_the_same_grading_leaves_the_same_bytes(client: str, tmp_path: Path) -> None:
    names = ["trials.jsonl.gz", "report.json", "report.html", "grade.sarif"]
    for folder in (tmp_path / "one", tmp_path / "two"):
        data, page, scan = (str(folder / name) for name in names[1:])
        asked = ["--only", "single/enqueue/*", "--only", "drawn/*", "--out", str(folder)]
        reports = ["--json", data, "--html", page, "--sarif", scan]
        subject = ["--subject", f"{HOME}.{client}", "--examples", "12"]
        CliRunner().invoke(grade, ["oxen", *subject, *asked, *reports])
    for name in names:
        one, two = (tmp_path / folder / name for folder in ("one", "two"))
        text = two.read_bytes().replace(
            str(tmp_path / "two").encode(), str(tmp_path / "one").encode()
        )
        assert one.read_bytes() == text, name


def test_a_client_that_is_none_is_a_usage_error() -> None:
    ended = CliRunner().invoke(grade, ["oxen", "--subject", "no.such:client"])
    assert ended.exit_code == 2
    assert "no.such:client: it cannot be imported" in ended.output


@pytest.mark.parametrize(
    ("name", "provider", "why"),
    [
        ("that_crashes", "oxen", "no call to the Oxen hub .*; it raised KeyError: 'generations'"),
        ("with_requests", "omixa", "the client calls the Oxen hub, and is graded for Omixa: .* ox"),
        ("of_omixa", "oxen", "calls Omixa, and is graded for the Oxen hub: understudy grade omixa"),
    ],
)
def test_a_client_that_gets_nowhere_is_not_graded(name: str, provider: str, why: str) -> None:
    ended = CliRunner().invoke(grade, [provider, "--subject", f"{HOME}.clients:{name}"])
    assert ended.exit_code == 2
    assert re.search(why, ended.output), ended.output
