"""Whose an option is: the grader's before the program, and the program's from there on."""

from __future__ import annotations

import shlex
from typing import Any

import click
import pytest

from contracts.cli import grade, replay

PROGRAM = ("python", "poll.py", "--seed", "4", "--out", "eaten", "--", "-h")


def parsed(line: str, command: click.Command = grade) -> dict[str, Any]:
    return command.make_context("understudy", shlex.split(line)).params


@pytest.mark.parametrize("dashes", ["", "-- "])
@pytest.mark.parametrize("front", ["oxen --worker", "--worker oxen", "--jobs 2 oxen --worker"])
def test_what_stands_after_the_program_is_the_programs(front: str, dashes: str) -> None:
    found = parsed(f"{front} {dashes}{shlex.join(PROGRAM)}")
    assert (found["provider"], found["worker"], found["command"]) == ("oxen", True, PROGRAM)
    assert (found["seed"], found["out"]) == (None, None)


@pytest.mark.parametrize("command", [grade, replay])
def test_a_callable_is_named_after_or_before_what_it_is_played_in(command: click.Command) -> None:
    for line in ("oxen --subject a:b --jobs 2", "--subject a:b oxen --jobs 2"):
        found = parsed(line, command)
        assert (found["name"], found["jobs"], found["command"]) == ("a:b", 2, ())


def test_a_program_may_be_called_like_an_option_or_a_provider() -> None:
    assert parsed("oxen -- --odd")["command"] == ("--odd",)
    assert parsed("oxen -- oxen oxen")["command"] == ("oxen", "oxen")
    assert parsed("oxen --")["command"] == ()


@pytest.mark.parametrize("line", ["oxen --patern x -- y", "--patern x oxen"])
def test_an_option_that_there_is_not_is_told_with_where_the_programs_own_stand(line: str) -> None:
    with pytest.raises(click.UsageError) as told:
        parsed(line)
    assert "'--pattern'" in told.value.message
    assert told.value.message.endswith("Options of the program's own stand after --.")


def test_nothing_at_all_is_told_as_ever() -> None:
    with pytest.raises(click.MissingParameter):
        parsed("--worker")
