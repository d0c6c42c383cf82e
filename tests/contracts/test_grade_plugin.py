"""Gradings as tests: as their users have them, in a process of its own, and what they tell."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import pytest_grade
from contracts.cases import Case, load_case, sample
from contracts.grade import Grade
from contracts.intents import End, Intent, Outcome
from contracts.pytest_grade import Grading, Unplayed, named, order
from contracts.pytest_plugin import grade
from contracts.trial import Flaw, Trial
from tests.contracts import test_plugin
from tests.contracts.plugin import my_buyer
from tests.contracts.test_plugin import Run

run = test_plugin.run


@pytest.mark.slow
def test_three_lines_make_a_test_of_each_theme(run: Run, tmp_path: Path) -> None:
    ended = run("my_buyer", "graded", more=("-rs",))
    assert "test_buyer[money]" in ended.text
    assert ended.came_to("1 failed, 1 passed, 2 skipped"), ended.text
    for line in (
        "money.lost-answer (money): A submit whose answer was lost",
        "  seen: 2 jobs were made for one intent",
        "  why:  The job may have been made",
        "  lost: $0.40",
        "      do: reset",
        "the client is not said to do this: resumes",
        "never came up",
    ):
        assert line in ended.text
    for frame in ("pytest_plugin.py:", "pytest_grade.py:", "search.py"):
        assert frame not in ended.text.replace("SKIPPED", "").partition("short test summary")[0]


@pytest.mark.slow
def test_the_case_is_the_smallest_and_its_command_plays_it_again(run: Run, tmp_path: Path) -> None:
    ended = run("my_buyer", "graded", more=("-k", "money"))
    assert ended.came_to("1 failed, 3 deselected"), ended.text
    (command,) = set(re.findall(r"play: (.+lost-answer.+)", ended.text))
    _, *words = shlex.split(command)
    assert len(load_case(words[1]).scenario.faults) == 1
    done = subprocess.run(
        [sys.executable, "-m", "emulator", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "money.lost-answer" in done.stdout


@pytest.mark.slow
def test_workers_share_one_grading(run: Run, tmp_path: Path) -> None:
    ended = run("my_buyer", "graded_counted", more=("-n", "2"))
    assert ended.came_to("1 failed, 1 passed, 2 skipped, 1 error"), ended.text
    assert "play: understudy replay" in ended.text
    assert "my_buyer:sells: it cannot be imported" in ended.text
    assert (tmp_path / "counted").read_text() == "x", "there is only one search"


def test_without_xdist_its_mark_is_known(run: Run) -> None:
    ended = run("my_buyer", "graded", more=("-p", "no:xdist", "--strict-markers", "--collect-only"))
    assert ended.came_to("4 tests collected"), ended.text


@pytest.mark.slow
def test_what_is_known_is_no_failure_and_what_is_stale_is_one(run: Run, tmp_path: Path) -> None:
    ended = run("my_buyer", "graded_baseline")
    assert ended.came_to("1 failed, 1 passed"), ended.text
    assert "test_buyer[requests]" in ended.text
    assert "out of date: requests.valid: it is expected to be broken, and was kept" in ended.text
    found = {one.stem for one in (tmp_path / "cases").iterdir()}
    assert found == {"money.lost-answer"}


def test_a_client_that_cannot_be_played_is_an_error(run: Run) -> None:
    ended = run("my_buyer", "graded_wrong")
    assert ended.came_to("1 error"), ended.text
    assert "my_buyer:sells: it cannot be imported: AttributeError" in ended.text
    assert "Traceback" not in ended.text


@pytest.mark.slow
def test_a_program_is_graded_too(run: Run) -> None:
    ended = run("my_buyer", "graded_program")
    assert ended.came_to("1 passed, 1 skipped"), ended.text


def test_a_failure_of_ours_is_an_error_for_every_theme(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = []

    def failed(*args: Any) -> Grade:
        calls.append(args)
        found = Grade(provider="oxen", subject="x")
        found.add(_trial(Flaw(1, True, "GET /api/ai/queue: of 200, count is missing")))
        return found

    monkeypatch.setattr(pytest_grade, "search", failed)
    grading = Grading(order(my_buyer.in_time, "gate", provider="oxen", search={}))
    for _ in range(3):
        with pytest.raises(Unplayed, match=r"itself failed.*\nplain: GET /api/ai/queue: of 200"):
            grading.make(lambda: tmp_path)
    assert len(calls) == 1, "it is searched once"


def _trial(flaw: Flaw) -> Trial:
    body = sample("oxen")
    return Trial(
        case=Case(provider="oxen", name="plain", body=body),
        intent=Intent(provider="oxen", body=body, base_url="", api_key=""),
        outcome=Outcome(outcome=End.GAVE_UP),
        began=0,
        ended=0,
        settled=0,
        flaws=(flaw,),
    )


class Buyer:
    def buy(self, intent: Any) -> None: ...

    @classmethod
    def sell(cls, intent: Any) -> None: ...


def made(name: str) -> Any:
    def client(intent: Any) -> None: ...

    return client


closure, bound = made("x"), Buyer().buy


def test_a_client_has_a_name_that_another_process_finds() -> None:
    assert named(closure) == f"{__name__}:closure"
    assert named(bound) == f"{__name__}:bound"
    assert named(my_buyer.buys) == "tests.contracts.plugin.my_buyer:buys"
    assert named(Buyer.sell) == f"{__name__}:Buyer.sell"

    def inside(intent: Any) -> None: ...

    for one in (inside, lambda: None, Buyer().buy):
        with pytest.raises(TypeError, match="cannot be found by another process"):
            grade(one, provider="oxen")


def test_what_is_asked_for_wrongly_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"'oxn' is none of omixa, oxen"):
        grade("x:y", provider="oxn")
    with pytest.raises(ValueError, match=r"money.lost-anser.*did you mean 'money.lost-answer'"):
        grade("x:y", provider="oxen", clauses=["money.lost-anser"])
    with pytest.raises(ValueError, match="'flies' is none of polls, streams"):
        grade("x:y", provider="oxen", capabilities=["flies"])
    with pytest.raises(TypeError, match="exampels"):
        grade("x:y", provider="oxen", exampels=3)


def test_the_command_for_a_program_says_how_it_is_attached() -> None:
    made = order(["node", "my client.mjs"], "gate", provider="omixa", search={}, worker=True)
    assert made.client.said() == ("--worker", "--", "node", "my client.mjs")
    assert made.client.title == "node 'my client.mjs'"
    fixed = {"unchanged": True, "sandbox": True, "pattern": "(?P<url>.*)"}
    alone = order(["./client"], "gate", provider="omixa", search={}, **fixed)
    assert alone.client.said() == (
        *("--unchanged", "--sandbox", "--pattern", "(?P<url>.*)"),
        *("--", "./client"),
    )
    assert (
        "streams"
        not in order(
            "x:y", "gate", provider="omixa", search={"clauses": ["money.lost-answer"]}
        ).themes
    )
