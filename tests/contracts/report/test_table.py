"""What is printed: a verdict by theme, and a line to copy for each finding."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from contracts.findings import Finding
from contracts.report.progress import progress
from contracts.report.table import graded, played
from tests.contracts.report.trials import failing_harness, grade, trials

Printed = pytest.CaptureFixture[str]


def test_each_finding_is_told_with_its_case_and_its_command_on_one_line(capsys: Printed) -> None:
    files = {id: Path("a-rather-long-folder-for-reports") / f"{id}.yaml" for id in trials()}
    graded(grade(), files, {"manners.no-hammering": "The pool is to blame."})
    lines = capsys.readouterr().out.splitlines()
    for id, file in files.items():
        assert f"  replay  understudy replay {file} --subject shop.client:buy" in lines
        assert any(line.startswith(f"{id} (") for line in lines)
    assert "  when    lose on the 1st enqueue" in lines
    assert "  known   The pool is to blame." in lines
    assert lines[-2].startswith("It breaks 6 of the 9 clauses that came up, 1 as expected,")
    assert any("<script>alert('x')</script> & \"more\"" in line for line in lines)


def test_the_weightiest_findings_come_first(capsys: Printed) -> None:
    graded(grade())
    said = capsys.readouterr().out
    assert said.index("money.lost-answer") < said.index("lifecycle.never-hangs")


def test_a_harness_that_failed_is_told(capsys: Printed) -> None:
    graded(failing_harness())
    assert "1 answer of the emulator's own" in capsys.readouterr().out


def test_one_trial_is_told_with_what_it_cost(capsys: Printed) -> None:
    trial = trials()["money.lost-answer"]
    played(trial, [Finding(clause="money.lost-answer", seen="it was [bold]sent[/] again")])
    said = capsys.readouterr().out
    assert "succeeded after 65 s; 2 jobs, $0.80 charged, $0.40 of it wasted" in said
    assert "seen    it was [bold]sent[/] again" in said
    played(trials()["lifecycle.never-hangs"], [])
    said = capsys.readouterr().out
    assert "crash: ReadTimeout" in said
    assert "Nothing was broken." in said


def test_progress_says_nothing_where_nobody_looks(capsys: Printed) -> None:
    with progress() as tell:
        tell(grade(), "single faults")
    assert capsys.readouterr() == ("", "")


def test_progress_is_one_line_for_a_person() -> None:
    said = StringIO()
    with progress(Console(file=said, force_terminal=True, width=100)) as tell:
        tell(grade(), "single faults [oxen]")
    assert "6 trials, 6 clauses broken, $0.40 wasted: single faults [oxen]" in said.getvalue()
