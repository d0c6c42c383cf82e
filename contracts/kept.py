"""The folder of a grading: all its trials, how they came about, and the smallest case of each
broken clause."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeAlias

from contracts import saved
from contracts.cases import Case, load_case, page
from contracts.findings import clauses
from contracts.grade import Break, Grade
from contracts.report.words import printable
from contracts.saved import BadTrials
from contracts.trial import Trial
from emulator.core.plain import build, plain
from emulator.providers.registry import providers

TRIALS = "trials.jsonl.gz"
"""All trials, in the order in which they were played."""

GRADING = "grading.json"
"""Beside them, what was graded, and how."""

Note: TypeAlias = Callable[[Trial], None]
"""Keeps one trial."""


@contextmanager
def keeping(folder: Path | None) -> Iterator[Note]:
    """While a search goes on: what keeps its trials, each as it was played; nothing without a
    folder. What was found in an earlier grading is no more."""
    if folder is None:
        yield lambda _: None
        return
    cleared(folder)
    (folder / GRADING).unlink(missing_ok=True)
    with saved.saving(folder / TRIALS) as note:
        yield note


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What of a grading its trials do not say, as `Grade` has it."""

    provider: str
    subject: str
    attach: tuple[str, ...]
    profile: str
    seed: int
    virtual: bool
    abilities: frozenset[str]
    chosen: frozenset[str]
    interrupted: bool
    given_up: bool


def keep(folder: Path, grade: Grade) -> Mapping[str, Path]:
    """Write what a grading came to beside its trials; the files of the smallest cases."""
    how = How(**{one.name: getattr(grade, one.name) for one in fields(How)})
    (folder / GRADING).write_text(json.dumps(plain(how), indent=2) + "\n", encoding="utf-8")
    return {id: case_file(folder, id, grade) for id in grade.broken}


def cleared(folder: Path) -> None:
    """The folder, without the cases of an earlier grading."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        if old.stem in clauses():
            old.unlink()


def case_file(folder: Path, id: str, grade: Grade) -> Path:
    """Write the smallest case of a broken clause, with what was seen; its file."""
    clause, found = clauses()[id], grade.broken[id]
    seen = printable(" ".join(found.finding.seen.split()))
    path = folder / f"{id}.yaml"
    head = f"# {clause.text}\n# {id} ({clause.level}). Seen: {seen}\n"
    path.write_text(head + page(found.trial.case), encoding="utf-8")
    return path


def judged(
    folder: Path, abilities: frozenset[str] | None = None
) -> tuple[Grade, Mapping[str, Path]]:
    """The trials of a folder, judged as of today, and the files of the cases that are still the
    smallest. BadTrials if there are none."""
    grade = _grading(folder / GRADING)
    if abilities is not None:
        grade.abilities = abilities
    small = {id: path for id in clauses() if (path := folder / f"{id}.yaml").is_file()}
    cases = {id: _nameless(load_case(path, grade.provider)) for id, path in small.items()}
    for trial in saved.load(folder / TRIALS):
        case = _nameless(trial.case)
        for finding in grade.add(trial):
            if cases.get(finding.clause) == case:
                grade.broken[finding.clause] = Break(finding=finding, trial=trial)
    if not grade.trials:
        raise BadTrials(f"{folder / TRIALS}: there is no trial in it")
    here = {id for id, one in grade.broken.items() if cases.get(id) == _nameless(one.trial.case)}
    return grade, {id: path for id, path in small.items() if id in here}


def _nameless(case: Case) -> Case:
    return replace(case, name="")


def _grading(path: Path) -> Grade:
    """A grade in which nothing was played yet."""
    try:
        how: How = build(How, json.loads(path.read_bytes()))
    except OSError as error:
        raise BadTrials(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise BadTrials(f"{path}: it does not say what was graded: {error}") from None
    if how.provider not in providers():
        raise BadTrials(f"{path}: {how.provider!r} is none of {', '.join(providers())}")
    return Grade(**{one.name: getattr(how, one.name) for one in fields(How)})
