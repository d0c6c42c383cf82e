"""A client that gets nowhere when nothing goes wrong is not graded: it is told what it lacks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts.astray import check
from contracts.cases import page
from contracts.cli import grade, replay
from contracts.ground import COUNTED, plain
from contracts.intents import End, Outcome
from contracts.pytest_grade import Grading, Unplayed, order
from contracts.subjects.subject import Attached, BadSubject
from contracts.trial import Ill, Parting, Trial, Trouble
from tests.contracts.report.trials import trials

CLIENT = """
import json, os, sys, time, urllib.request

HEAD = {"Content-Type": "application/json"}
HEAD["Authorization"] = f"Bearer {os.environ['UNDERSTUDY_API_KEY']}"
print("begun", file=sys.stderr)

def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(os.environ["UNDERSTUDY_BASE_URL"] + path, data, HEAD)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)

made = call("/api/ai/queue", json.loads(sys.stdin.readline())["body"])
id = made["generations"][0]["generation_id"]
while (row := call(f"/api/ai/queue/{id}"))["status"] in ("queued", "processing"):
    time.sleep(0.05)
"""
TELLS = 'print("Result:", row["result_url"])\n'
LINE = 'print(json.dumps({"outcome": "done"}))\n'
FOUND = r"Result: (?P<url>\S+)"
LOST = r"Resultat: (?P<url>\S+)"
PLAIN = ("--only", "plain", "--examples", "0")
PROGRAM = Attached(program=True)


@pytest.fixture
def graded(tmp_path: Path) -> Callable[..., Result]:
    """What `grade` says of a program in Python."""

    def run(code: str, *options: str, provider: str = "oxen") -> Result:
        file = tmp_path / "client.py"
        file.write_text(code)
        words = [provider, *PLAIN, *options, "--", sys.executable, "-S", str(file)]
        return CliRunner().invoke(grade, words)

    return run


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ((), "; a program that has the real hosts written in wants --unchanged; where to call"),
        (("--unchanged",), "; a program that heeds no proxy wants --sandbox\n"),
        (("--unchanged", "--sandbox"), "no_such_module'\n"),
    ],
)
def test_a_program_that_never_called_is_not_found_to_be_well(
    graded: Callable[..., Result], options: tuple[str, ...], hint: str
) -> None:
    ended = graded("import no_such_module\n", "--pattern", FOUND, *options)
    assert ended.exit_code == 2
    assert (
        "understudy: the client made no call to the Oxen hub when nothing went wrong; it ended with"
        " code 1, and its stderr ends: Traceback"
    ) in ended.output
    assert f"No module named 'no_such_module'{hint}"[-len(hint) :] in ended.output
    assert hint in ended.output
    assert "clauses that came up" not in ended.output


def test_nor_is_one_that_calls_another_provider(graded: Callable[..., Result]) -> None:
    ended = graded(CLIENT + TELLS, "--pattern", FOUND, provider="omixa")
    assert ended.exit_code == 2
    assert "is graded for Omixa: understudy grade oxen …" in ended.output


@pytest.mark.parametrize(
    ("more", "options", "why"),
    [
        (TELLS, ("--pattern", LOST), "the pattern found nothing in what the program printed when"),
        (TELLS, (), "is no outcome; give a --pattern that finds the result in what it prints"),
        (LINE, (), "is no outcome: outcome: 'done' is none of succeeded"),
    ],
)
def test_what_nobody_can_read_is_not_held_against_the_client(
    graded: Callable[..., Result], more: str, options: tuple[str, ...], why: str
) -> None:
    ended = graded(CLIENT + more, *options)
    assert ended.exit_code == 2
    assert why in ended.output
    assert more is LINE or re.search(r": (\S+ )*Result: http\S+\n", ended.output), ended.output


@pytest.mark.parametrize("options", [(), ("--pattern", FOUND)])
def test_a_program_that_says_nothing_is_graded(
    graded: Callable[..., Result], options: tuple[str, ...]
) -> None:
    ended = graded(CLIENT, *options)
    assert ended.exit_code == 1, ended.output
    assert "lifecycle.says-something (must)" in ended.output
    assert "  when    nothing went wrong\n" in ended.output


def test_a_case_without_a_fault_is_not_replayed_as_if_all_were_well(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(page(plain("oxen", rule=COUNTED, deadline_s=20)))
    ended = CliRunner().invoke(replay, [str(file), "--pattern", FOUND, "--", "false"])
    assert ended.exit_code == 2
    assert "it ended with code 1, and printed nothing; a program that" in ended.output


def test_in_pytest_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unplayed, match=r"made no call to Omixa .*; it ended with code 1"):
        Grading(order(["false"], "gate", provider="omixa", search={}, pattern=FOUND)).make(
            lambda: tmp_path
        )


def usual() -> Trial:
    return trials()["resume.buys-nothing"]


@pytest.mark.parametrize(
    ("attached", "more", "why"),
    [
        (
            Attached(),
            {"outcome": Outcome(outcome=End.GAVE_UP, error="no host")},
            "it returned the outcome gave_up: no host; where to call stands in the intent's base_u",
        ),
        (
            Attached(),
            {"trouble": Trouble(Ill.GARBAGE, "None is no object with an outcome")},
            "of what it returned, None is no object with an outcome; where",
        ),
        (
            Attached(),
            {"trouble": Trouble(Ill.OVERRUN, "40 seconds"), "asked": (("hub.oxen.ai", 443),) * 2},
            "it had to be stopped: 40 seconds; it tried to reach hub.oxen.ai:443; where",
        ),
        (
            Attached(program=True, worker=True),
            {"parting": Parting(None, '{"outcome": "gave_up"}', ""), "virtual": False},
            'it stayed up, and its output ends: {"outcome": "gave_up"}; where to call stands in the'
            " intent's base_url",
        ),
        (
            PROGRAM,
            {
                "parting": Parting(-9, "", "oh"),
                "trouble": Trouble(Ill.STUCK, "it had not ended after 60 s"),
                "virtual": False,
            },
            "it had not ended after 60 s, and its stderr ends: oh; a program that has",
        ),
    ],
)
def test_what_came_of_it_instead_is_told(
    attached: Attached, more: dict[str, object], why: str
) -> None:
    with pytest.raises(BadSubject, match=re.escape(why)):
        check(replace(usual(), exchanges=(), jobs=(), **more), attached)  # type: ignore[arg-type]


def test_calls_to_where_there_is_nothing_are_told() -> None:
    one = usual().exchanges[0]._replace(operation="", method="POST", target="/api/ai/queues")
    with pytest.raises(BadSubject) as told:
        check(replace(usual(), exchanges=(one, one)), PROGRAM)
    assert str(told.value).startswith(
        "the client reached no operation of the Oxen hub when nothing went wrong: it called POST"
        " /api/ai/queues; "
    )
    assert "--unchanged" not in str(told.value)


def test_what_was_killed_with_all_that_is_known_of_it_may_have_called() -> None:
    check(replace(usual(), exchanges=(), trouble=Trouble(Ill.STUCK, "it spins")), Attached())
