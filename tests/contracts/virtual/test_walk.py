"""Clients as people write them are told what is wrong with them; a careful one has no finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts.checks import CHECKS
from contracts.cli import grade, replay
from contracts.findings import clauses
from contracts.subjects.python import Subject
from contracts.walk import Grade, walk
from emulator.providers.registry import providers

HOME = "tests.contracts.virtual"


def graded(name: str, provider: str = "oxen") -> Grade:
    body = providers()[provider].sample[2]
    with Subject(f"{HOME}.{name}") as subject:
        return walk(provider, lambda scenario: subject.play(provider, scenario, body))


def test_every_check_judges_a_clause_and_every_clause_has_one() -> None:
    assert CHECKS.keys() == clauses().keys()
    for clause in clauses().values():
        assert clause.text.endswith(".")
        assert clause.reason
        assert clause.source


@pytest.mark.slow
def test_a_careful_client_has_no_finding() -> None:
    found = graded("careful:careful")
    assert found.broken == {}
    assert found.killed == []
    assert found.trials > 140


@pytest.mark.parametrize(
    ("name", "clause", "do", "operation"),
    [
        ("clients:that_buys_twice", "money.one-job-per-intent", "missing", "enqueue"),
        ("clients:that_invents", "lifecycle.no-invented-success", None, None),
        ("clients:that_hammers", "manners.not-too-fast", None, None),
        ("clients:with_requests", "lifecycle.ends-in-time", None, None),
        ("clients:with_requests", "manners.one-bad-poll", "delay", "status"),
        ("clients:with_httpx", "manners.retry-after", "refuse", "status"),
        ("clients:with_urllib", "lifecycle.says-something", "refuse", "enqueue"),
        ("clients:with_events", "money.no-paid-result-lost", "no_space", "events"),
    ],
)
@pytest.mark.slow
def test_a_client_is_told_its_own_mistake_by_the_smallest_scenario(
    name: str, clause: str, do: str | None, operation: str | None
) -> None:
    broken = graded(name).broken[clause]
    faults = [(one.do, one.on.operation) for one in broken.scenario.faults]
    assert faults == ([] if do is None else [(do, operation)])


@pytest.mark.slow
def test_a_client_of_omixa_is_graded_too() -> None:
    found = graded("clients:of_omixa", "omixa")
    assert found.trials > 120
    assert "manners.not-too-fast" in found.kept
    assert set(found.broken) == {
        "lifecycle.ends-in-time",
        "lifecycle.says-something",
        "manners.one-bad-poll",
        "money.no-paid-result-lost",
    }
    (fault,) = found.broken["lifecycle.says-something"].scenario.faults
    assert (fault.do, fault.on.operation) == ("refuse", "create")


@pytest.mark.slow
def test_the_command_writes_scenarios_that_replay(tmp_path: Path) -> None:
    run = CliRunner()
    subject = ["--subject", f"{HOME}.clients:that_buys_twice"]
    ended = run.invoke(grade, ["oxen", *subject, "--out", str(tmp_path)])
    assert ended.exit_code == 1, ended.output
    assert "money.one-job-per-intent (money): At most one job is billed" in ended.output
    file = tmp_path / "money.one-job-per-intent.yaml"
    again = run.invoke(replay, [str(file), *subject])
    assert (again.exit_code, "money.one-job-per-intent: 2 jobs" in again.output) == (1, True)
    clean = run.invoke(replay, [str(file), "--subject", f"{HOME}.careful:careful"])
    assert clean.exit_code == 0, clean.output


def test_a_client_that_is_none_is_a_usage_error() -> None:
    ended = CliRunner().invoke(grade, ["oxen", "--subject", "no.such:client"])
    assert ended.exit_code == 2
    assert "no.such:client: it cannot be imported" in ended.output
