"""Findings that are known and expected, each with a written reason: what a grading adds to them,
and which of them are out of date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.findings import clauses
from contracts.grade import Grade, State, Verdict
from emulator.core.bad import Bad, hint, shown, within
from emulator.scenarios import text
from emulator.scenarios.nodes import Unreadable

EXAMPLE = "such as `money.lost-answer: The rewrite of the uploader mends it.`"


class BadBaseline(ValueError):
    """A baseline that cannot be used; the message says where, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An entry that is out of date, and a sentence that says so."""

    clause: str
    why: str

    def __str__(self) -> str:
        return f"{self.clause}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a grading comes to beside a baseline: what is `new`, what was `known`, what is
    `stale`."""

    new: tuple[Verdict, ...] = ()
    known: tuple[Verdict, ...] = ()
    stale: tuple[Stale, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is new, and nothing out of date."""
        return not self.new and not self.stale


def load(path: str | Path) -> Mapping[str, str]:
    """The reasons in a file, YAML or JSON, by clause; an empty file knows of nothing.

    Raises BadBaseline, with the line, if the file cannot be read, names a clause that there is
    not, or gives no reason for one.
    """
    try:
        data, spot = text.parse(text.content(path))
    except Unreadable as error:
        line = "" if error.line is None else f":{error.line}"
        raise BadBaseline(f"{path}{line}: cannot be read: {error.why}") from None
    try:
        return read(data)
    except Bad as error:
        raise BadBaseline(f"{path}:{spot.line_of(error)}: {error}") from None


def read(data: object) -> Mapping[str, str]:
    """The reasons in plain data; Bad if they are none."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise Bad(f"a baseline maps clauses to reasons, {EXAMPLE}; this is {shown(data)}")
    return {str(id): _reason(str(id), said) for id, said in data.items()}


def _reason(id: str, said: object) -> str:
    known = clauses()
    if id not in known:
        raise Bad(f"{shown(id)} is no clause{hint(id, known)}", key=id)
    with within(id):
        if not isinstance(said, str):
            raise Bad(f"why this is expected is a text, {EXAMPLE}; not {shown(said)}")
        if not said.strip():
            raise Bad(f"it is not said why this is expected; write a sentence, {EXAMPLE}")
    return " ".join(said.split())


def compare(grade: Grade, known: Mapping[str, str]) -> Compared:
    """The grading beside the known findings. Those of clauses that were not chosen are passed
    over."""
    broken = [one for one in grade.verdicts() if one.state is State.BROKEN]
    return Compared(
        new=tuple(one for one in broken if one.clause.id not in known),
        known=tuple(one for one in broken if one.clause.id in known),
        stale=tuple(_stale(grade, known)),
    )


def _stale(grade: Grade, known: Mapping[str, str]) -> Iterator[Stale]:
    verdicts = {one.clause.id: one for one in grade.verdicts()}
    for id in known:
        if grade.chosen and id not in grade.chosen:
            continue
        if id not in clauses():
            yield Stale(clause=id, why=f"there is no such clause{hint(id, clauses())}")
        elif id not in verdicts:
            only = clauses()[id].provider
            yield Stale(
                clause=id, why=f"it is about {only} alone, and this was {grade.provider}; remove it"
            )
        elif why := _why(verdicts[id]):
            yield Stale(clause=id, why=why)


def _why(one: Verdict) -> str:
    match one.state:
        case State.BROKEN:
            return ""
        case State.KEPT:
            return "it is expected to be broken, and was kept; remove it"
        case State.SKIPPED:
            return f"it is expected to be broken, and was skipped: {one.why}; remove it"
        case State.UNSEEN:
            return "it is expected to be broken, and never came up; remove it"
