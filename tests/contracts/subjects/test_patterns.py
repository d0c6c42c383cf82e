"""Programs that tell no outcome: a pattern and the exit code do."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from contracts.cases import Case, sample
from contracts.intents import End, Outcome
from contracts.subjects.pattern import Pattern
from contracts.subjects.program import ProgramSubject
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from tests.contracts.subjects.playing import alive, until

PATTERN = r"^saved (?P<url>\S+)$|^job (?P<job>\S+)$|^Error: (?P<reason>.+)$"


def play(script: str, pattern: str | Pattern = PATTERN) -> Trial:
    with ProgramSubject(("sh", "-c", script), abilities=None, pattern=pattern) as subject:
        return subject.play(Case(provider="oxen", body=sample("oxen"), deadline_s=20))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "echo job 7; echo saved http://a; echo saved http://b; echo saved http://a; echo bye",
            Outcome(outcome=End.SUCCEEDED, urls=("http://a", "http://b"), job="7"),
        ),
        ("echo job 7", Outcome(outcome=End.SUCCEEDED, job="7")),
        (
            "echo job 7; echo saved http://a; echo oh; echo no time >&2; exit 2",
            Outcome(outcome=End.GAVE_UP, error="no time", job="7"),
        ),
        ("exit 2", Outcome(outcome=End.GAVE_UP, error="exit code 2")),
        (
            "echo job 7 >&2; echo Error: a filter >&2; echo goodbye >&2; exit 1",
            Outcome(outcome=End.FAILED, reason="a filter", job="7"),
        ),
    ],
)
def test_a_pattern_finds_the_result(script: str, expected: Outcome) -> None:
    trial = play(script)
    assert (trial.outcome, trial.trouble) == (expected, None)


def test_links_are_found_in_the_output_alone() -> None:
    trial = play("echo saved http://a >&2; echo job 7")
    assert trial.outcome.urls == ()


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("echo saved nothing at all", Ill.GARBAGE, "it ends: saved nothing at all"),
        ("echo saved http://a; kill -KILL $$", Ill.CRASH, "it was ended by SIGKILL"),
        ("echo saved http://a; yes", Ill.FLOOD, "1024 KiB"),
    ],
)
def test_without_a_result_it_is_broken(script: str, kind: Ill, text: str) -> None:
    trial = play(script)
    assert trial.outcome.outcome is End.NOTHING
    assert trial.trouble is not None
    assert trial.trouble.kind is kind
    assert text in trial.trouble.text


@pytest.mark.parametrize(
    "pattern", ["(", "(" * 9000, "saved", "(?P<job>.)", "(?P<url>.)(?P<link>.)"]
)
def test_a_pattern_that_finds_no_result_is_a_clear_error(pattern: str) -> None:
    with pytest.raises(BadSubject, match="the pattern"):
        ProgramSubject(("true",), abilities=None, pattern=pattern)


def test_what_a_pattern_has_to_name_is_told_and_it_is_shown_as_it_was_written() -> None:
    with pytest.raises(BadSubject) as told:
        Pattern(r"Result: (\S+)")
    assert str(told.value) == (
        "the pattern must name a group (?P<url>…); it may name (?P<job>…) and (?P<reason>…), and no"
        r" other; it is 'Result: (\S+)'"
    )


@pytest.mark.parametrize("ending", ["", "echo oh no >&2; exit 1"])
def test_a_pattern_that_takes_for_ever_is_a_clear_error(ending: str) -> None:
    endless = r"^(?P<url>(?:a+)+)$"
    began = time.monotonic()
    with pytest.raises(
        BadSubject, match=r"'\^\(\?P<url>.*' takes too long: in 1 s .* 4[39] characters"
    ):
        play(f"printf %040d | tr 0 a; echo '!!'; {ending}", Pattern(endless, seconds=1))
    assert time.monotonic() - began < 60


def test_a_pattern_is_matched_again_and_again_and_leaves_nothing_behind() -> None:
    pattern = Pattern(PATTERN)
    for nth in range(3):
        found = pattern.find(f"saved {nth}\nsaved é\njob 7", "Error: no\n" * nth)
        assert (found.urls, found.job) == ([str(nth), "é"], "7")
        assert found.reason == ("no" if nth else None)
    assert pattern._process is not None
    pid = pattern._process._pid
    assert pid is not None
    assert alive(pid)
    pattern.close()
    until(lambda: not alive(pid))
    with pytest.raises(BadSubject, match="it was closed"):
        pattern.find("saved 1", "")


@pytest.mark.parametrize(
    ("out", "links"),
    [
        ("é" * 400_000, 1),
        ("�" * 1_000_000, 1),
        ("\x01" * 1_000_000, 1),
        ("".join(f"é{nth}\n" for nth in range(100_000)), 1000),
    ],
)
def test_whatever_is_printed_can_be_matched(out: str, links: int) -> None:
    pattern = Pattern(r"(?P<url>\S+)|(?P<job>never)")
    found = pattern.find(out, "é" * 400_000)
    pattern.close()
    assert found.urls == out.split()[:links]
    assert (found.made, found.job, found.reason) == (True, None, None)


def test_a_program_may_print_all_that_is_allowed_in_any_letters() -> None:
    code = "import sys; sys.stdout.buffer.write('é'.encode() * 400_000)"
    trial = play(f'exec {sys.executable} -c "{code}"', r"(?P<url>\S+)")
    assert trial.trouble is None
    assert trial.outcome.urls == ("é" * 400_000,)


def test_who_closes_it_does_not_wait_for_what_takes_for_ever() -> None:
    pattern = Pattern("(?P<url>(?:a+)+)$", seconds=50)
    said: list[str] = []

    def find() -> None:
        try:
            pattern.find("a" * 40 + "!", "")
        except BadSubject as error:
            said.append(str(error))

    thread = threading.Thread(target=find)
    thread.start()
    until(lambda: pattern._process is not None)
    began = time.monotonic()
    pattern.close()
    thread.join()
    assert said == ["it was closed while it played"]
    assert time.monotonic() - began < 20


def test_a_worker_has_no_pattern() -> None:
    with pytest.raises(BadSubject, match="a worker answers with lines of JSON"):
        ProgramSubject(("true",), abilities=None, pattern=PATTERN, worker=True)
