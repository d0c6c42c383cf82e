"""What a grading leaves in its folder: enough to be judged again, also if it was interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts import running
from contracts.cli import grade, recheck
from contracts.grade import Grade

BUYER = "tests.contracts.virtual.clients:that_buys_twice"
ASKED = ("oxen", "--subject", BUYER, "--only", "single/enqueue/*", "--examples", "0")


def invoked(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])  # type: ignore[arg-type]


def test_saved_trials_are_judged_to_the_same_verdict_with_the_same_commands(
    tmp_path: Path,
) -> None:
    first = invoked(grade, *ASKED, "--out", tmp_path)
    again = invoked(recheck, tmp_path)
    assert (first.exit_code, again.exit_code) == (1, 1), first.output
    said, _, _ = first.stdout.rpartition("\n65 trials")
    assert again.stdout == f"{said}\n65 trials.\n"
    assert f"replay  understudy replay {tmp_path}/money.lost-answer.yaml --subject" in again.stdout


def test_what_they_are_judged_by_can_be_given_anew(tmp_path: Path) -> None:
    first = invoked(grade, *ASKED, "--out", tmp_path)
    can = tmp_path / "can.yaml"
    can.write_text("[polls]\n")
    ended = invoked(recheck, tmp_path, "--capabilities", can)
    clause = "lifecycle.ends-in-time (must)"
    assert (clause in first.stdout, clause in ended.stdout) == (True, False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cannot be read: No such file or directory"),
        ("{", "it does not say what was graded"),
        ('{"provider": "oxen"}', "it does not say what was graded"),
        ("oxn", "'oxn' is none of omixa, oxen"),
    ],
)
def test_a_folder_that_holds_no_grading_is_a_usage_error(
    text: str, why: str, tmp_path: Path
) -> None:
    invoked(grade, *ASKED, "--out", tmp_path)
    file = tmp_path / "grading.json"
    before = file.read_text()
    file.write_text(before.replace('"oxen"', '"oxn"') if text == "oxn" else text)
    if not text:
        file.unlink()
    ended = invoked(recheck, tmp_path)
    assert (ended.exit_code, "Traceback" in ended.output) == (2, False)
    assert why in ended.output


def test_what_was_found_until_an_interrupt_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @contextmanager
    def impatient() -> Iterator[Callable[[Grade, str], None]]:
        def tell(grade: Grade, doing: str = "") -> None:
            if "money.lost-answer" in grade.broken:
                raise KeyboardInterrupt

        yield tell

    monkeypatch.setattr(running, "progress", impatient)
    data = tmp_path / "report.json"
    ended = invoked(grade, *ASKED, "--out", tmp_path, "--json", data)
    assert ended.exit_code == 130, ended.output
    report = json.loads(data.read_text())
    assert report["interrupted"] is True
    assert f"Interrupted after {report['trials']} trials. It breaks" in ended.stdout
    assert (tmp_path / "money.lost-answer.yaml").is_file()
    monkeypatch.undo()
    assert f"{report['trials']} trials" in invoked(recheck, tmp_path).stdout


@pytest.mark.slow
def test_a_grading_that_is_ended_leaves_its_trials_and_nothing_else(tmp_path: Path) -> None:
    kept, scratch = tmp_path / "kept", tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "emulator", "grade", *ASKED[:3], "--profile", "hunt"]
    with subprocess.Popen(
        [*command, "--minutes", "5", "--out", str(kept)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as process:
        trials = kept / "trials.jsonl.gz"
        while process.poll() is None and not (trials.exists() and trials.stat().st_size > 20_000):
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Interrupted after" in said
    assert list(scratch.iterdir()) == []
    assert "Interrupted after" in invoked(recheck, kept).stdout


def test_nothing_is_left_in_the_folder_it_is_called_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    ended = invoked(grade, *ASKED[:-1], 5)
    assert ended.exit_code == 1, ended.output
    assert list(tmp_path.iterdir()) == []


def test_no_empty_report_is_left_by_what_could_not_begin(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = invoked(grade, "oxen", "--subject", "no.such:client", "--html", page)
    assert ended.exit_code == 2
    assert not page.exists()
