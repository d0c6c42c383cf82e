"""A case: all that decides how a trial goes but the client. It is drawn, made smaller, and written
into a file that plays again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from emulator.core.forms import (
    DATA,
    TEXT,
    Bad,
    Field,
    Form,
    made,
    number,
    one_of,
    record,
    whole,
    within,
    word,
)
from emulator.core.scenario import Scenario
from emulator.providers.registry import providers
from emulator.scenarios import BadScenario, load, text, written

OURS = "x-trial"
"""The part of a scenario file that is the grader's; whoever else reads the file passes it over."""

DEADLINE = 600.0
"""Seconds that a client has if nobody says otherwise."""


class When(StrEnum):
    """Where a client is killed: before a call leaves it, or with the call carried out and its
    answer not yet there."""

    BEFORE = "before"
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The client dies at its so many-th call, counted from 1, and is started once more."""

    when: When
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario, and what is asked of the client in it.

    `body` is the JSON of the submit, `deadline_s` the seconds that the client is told it has,
    `kill` where it is killed, if it is. `name` says where in the search it belongs.
    """

    provider: str
    name: str = ""
    scenario: Scenario = Scenario()
    body: Mapping[str, Any]
    deadline_s: float = DEADLINE
    kill: Kill | None = None

    @property
    def bare(self) -> bool:
        """Whether nothing is to go wrong, and nothing is assumed otherwise than usual."""
        asked = self.scenario
        return not (asked.faults or asked.chaos or asked.assumptions or self.kill)


def sample(provider: str) -> Mapping[str, Any]:
    """The body that an intent has if nobody says otherwise: the vendor's own sample."""
    body: Mapping[str, Any] = providers()[provider].sample[2]
    return body


def page(case: Case) -> str:
    """The case as the text of a scenario file, with what is not the scenario's under `x-trial`."""
    ours: dict[str, Any] = {"provider": case.provider, "name": case.name}
    if case.body != sample(case.provider):
        ours["body"] = dict(case.body)
    if case.deadline_s != DEADLINE:
        ours["deadline_s"] = case.deadline_s
    if case.kill is not None:
        ours["kill"] = {"when": case.kill.when.value, "call": case.kill.call}
    fields = {} if case.scenario == Scenario() else written(case.scenario)
    return text.write({**fields, OURS: ours})


def load_case(path: str | Path, provider: str = "oxen") -> Case:
    """The case in a file. A plain scenario is one too: of that `provider`, with its sample's body.

    Raises BadScenario if the file cannot be read, or is wrong.
    """
    scenario = load(path)
    data, spot = text.parse(text.content(path))
    ours = data.get(OURS, {}) if isinstance(data, Mapping) else {}
    try:
        with within(OURS):
            found = _fields().read(ours)
    except Bad as error:
        raise BadScenario(f"{path}:{spot.line_of(error)}: {error}") from None
    given = {"provider": provider, **found}
    return Case(**{"body": sample(given["provider"]), **given}, scenario=scenario)


def _fields() -> Form[dict[str, Any]]:
    kill = {
        "when": Field(word(When), "Before the call leaves it, or before its answer is there."),
        "call": Field(whole(1), "Which of its calls, counted from 1."),
    }
    return record(
        {
            "provider": Field(one_of(*providers()), "Whose client it is."),
            "name": Field(TEXT, "Where in the search it was found."),
            "body": Field(DATA, "The JSON of the submit."),
            "deadline_s": Field(number(1, 1_000_000), "Seconds that the client has."),
            "kill": Field(made(Kill, kill, needs=kill), "Where it dies, to be started once more."),
        }
    )
