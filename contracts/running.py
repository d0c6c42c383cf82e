"""What the grader's commands do: attach a client, search, report, and say how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

import click
import orjson

from contracts import baseline, capabilities, saved
from contracts.attach import attach
from contracts.cases import load_case, page
from contracts.checks import judge
from contracts.findings import Finding, clauses
from contracts.grade import Grade
from contracts.report import data, html, junit, sarif, table
from contracts.report.progress import progress
from contracts.report.words import printable
from contracts.search import NoCase, Profile, profiled, search
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from contracts.troupe import Troupe
from emulator.core.bad import hint
from emulator.scenarios import BadScenario, text

KEPT, FINDINGS, USAGE, HARNESS = range(4)
"""The exit codes."""

TRIALS = "trials.jsonl.gz"
"""Where the trials of a grading are kept, in the folder that it was given."""

ABILITIES = "capabilities.yaml"
"""Beside them, what the client can do."""


class BadUse(ValueError):
    """The command was called wrongly; the message says how, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Which client, as the command line says it."""

    command: tuple[str, ...] = ()
    name: str | None = None
    worker: bool = False
    capabilities: Path | None = None
    pattern: str | None = None
    jobs: int | None = None
    deadline: float | None = None

    def attach(self) -> Troupe:
        """The client, ready to be played."""
        if self.deadline is not None and not isfinite(self.deadline):
            raise BadUse(f"--deadline is a number of seconds, not {self.deadline}")
        abilities = None if self.capabilities is None else capabilities.load(self.capabilities)
        return attach(
            self.name,
            self.command,
            worker=self.worker,
            abilities=abilities,
            pattern=self.pattern,
            places=self.jobs,
        )

    def said(self) -> tuple[str, ...]:
        """The same, as arguments of a command line."""
        found: list[str] = []
        if self.name is not None:
            found += ["--subject", self.name]
        if self.worker:
            found.append("--worker")
        if self.capabilities is not None:
            found += ["--capabilities", str(self.capabilities)]
        if self.pattern is not None:
            found += ["--pattern", self.pattern]
        return (*found, "--", *self.command) if self.command else tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which files are to be written, and which findings are known."""

    out: Path | None = None
    data: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    baseline: Path | None = None


@dataclass(slots=True)
class Written:
    """What a grading leaves behind: its trials, and the smallest case of each broken clause."""

    folder: Path | None
    trials: list[Trial] = field(default_factory=list)

    def note(self, trial: Trial) -> None:
        """Keep a trial, if trials are kept."""
        if self.folder is not None:
            self.trials.append(trial)

    def finish(self, grade: Grade) -> Mapping[str, Path]:
        """Write it all; the files of the smallest cases, by clause."""
        if self.folder is None:
            return {}
        self.folder.mkdir(parents=True, exist_ok=True)
        saved.save(self.folder / TRIALS, self.trials)
        abilities = text.write(sorted(grade.abilities))
        (self.folder / ABILITIES).write_text(abilities, encoding="utf-8")
        for old in self.folder.glob("*.yaml"):
            if old.stem in clauses():
                old.unlink()
        return {id: case_file(self.folder, id, grade) for id in grade.broken}


def case_file(folder: Path, id: str, grade: Grade) -> Path:
    """Write the smallest case of a broken clause, with what was seen; its file."""
    clause, found = clauses()[id], grade.broken[id]
    seen = printable(" ".join(found.finding.seen.split()))
    path = folder / f"{id}.yaml"
    head = f"# {clause.text}\n# {id} ({clause.level}). Seen: {seen}\n"
    path.write_text(head + page(found.trial.case), encoding="utf-8")
    return path


def run(client: Client, provider: str, reports: Reports, **given: Any) -> int:
    """Grade a client, write the reports that are asked for, and give the exit code."""
    with _usage() as ended:
        known = {} if reports.baseline is None else baseline.load(reports.baseline)
        profile = _profile(client, **given)
        _writable(reports)
        kept = Written(reports.out)
        with client.attach() as troupe, progress() as tell:

            def watch(grade: Grade, trial: Trial) -> None:
                kept.note(trial)
                tell(grade, trial.case.name)

            grade = search(troupe, provider, profile, watch)
        grade.attach = client.said()
        files = kept.finish(grade)
        _report(grade, reports, files, known)
        ended.append(_verdict(grade, known))
    return ended[0]


def _writable(reports: Reports) -> None:
    """BadUse, before anything is played, for a file that cannot be written."""
    try:
        if reports.out is not None:
            reports.out.mkdir(parents=True, exist_ok=True)
        for path in (reports.data, reports.junit, reports.sarif, reports.html):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.open("a").close()
    except OSError as error:
        raise BadUse(f"{error.filename}: cannot be written: {error.strerror}") from None


def _verdict(grade: Grade, known: Mapping[str, str]) -> int:
    compared = baseline.compare(grade, known)
    for stale in compared.stale:
        click.echo(f"understudy: the baseline is out of date: {stale}", err=True)
    if grade.harness:
        return HARNESS
    return KEPT if compared.passed else FINDINGS


def _report(
    grade: Grade, reports: Reports, files: Mapping[str, Path], known: Mapping[str, str]
) -> None:
    table.graded(grade, files, known)
    makers: tuple[tuple[Path | None, Callable[..., str]], ...] = (
        (reports.data, data.report),
        (reports.junit, junit.report),
        (reports.sarif, sarif.report),
        (reports.html, html.report),
    )
    for path, make in makers:
        if path is not None:
            path.write_text(make(grade, files, known), encoding="utf-8")


def _profile(
    client: Client,
    *,
    profile: str = "gate",
    minutes: float | None = None,
    examples: int | None = None,
    seed: int | None = None,
    clauses: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    body: Path | None = None,
) -> Profile:
    for id in clauses:
        _known(id)
    if profile == "hunt" and seed is None:
        seed = secrets.randbelow(1_000_000)
        click.echo(f"The seed of this hunt is {seed}; --seed {seed} draws the same.")
    try:
        return profiled(
            profile,
            seed=seed,
            minutes=minutes,
            examples=examples,
            only=only,
            clauses=frozenset(clauses),
            deadline_s=client.deadline,
            body=None if body is None else _body(body),
        )
    except ValueError as error:
        raise BadUse(str(error)) from None


def _known(id: str) -> None:
    if id not in clauses():
        raise BadUse(f"there is no clause {id!r}{hint(id, clauses())}")


def _body(path: Path) -> Mapping[str, Any]:
    try:
        body = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadUse(f"{path}: no JSON can be read there: {error}") from None
    if not isinstance(body, dict):
        raise BadUse(f"{path}: the body of an intent is a JSON object")
    return body


def again(client: Client, file: str, provider: str) -> int:
    """Play one case, say what came of it, and give the exit code."""
    with _usage() as ended:
        case = load_case(file, provider)
        if client.deadline is not None:
            case = replace(case, deadline_s=client.deadline)
        with replace(client, jobs=1).attach() as troupe:
            trial = troupe.play(case)
        if trial.trouble is not None and trial.trouble.kind is Ill.UNFIT:
            raise BadUse(f"{troupe.first.name}: {trial.trouble.text}")
        abilities = troupe.first.abilities
        found = _found(trial, capabilities.seen(trial) if abilities is None else abilities)
        table.played(trial, found)
        wrong = any(flaw.answer for flaw in trial.flaws)
        ended.append(HARNESS if wrong else FINDINGS if found else KEPT)
    return ended[0]


def rejudge(folder: Path, given: Path | None) -> int:
    """Judge saved trials once more, say what is found in them now, and give the exit code."""
    with _usage() as ended:
        trials = saved.load(folder / TRIALS)
        first = next(trials, None)
        if first is None:
            raise BadUse(f"{folder / TRIALS}: there is no trial in it")
        abilities = capabilities.load(given or folder / ABILITIES)
        grade = Grade(provider=first.case.provider, subject=str(folder), abilities=abilities)
        for trial in chain([first], trials):
            grade.add(trial)
        table.graded(grade)
        ended.append(_verdict(grade, {}))
    return ended[0]


def _found(trial: Trial, abilities: frozenset[str]) -> list[Finding]:
    return [
        Finding(clause=id, seen=occasion.seen, exchanges=occasion.exchanges)
        for id, occasion in judge(trial, abilities)
        if not occasion.kept
    ]


@contextmanager
def _usage() -> Iterator[list[int]]:
    """Where to put the exit code; a call that is wrong is told so, and has a code of its own."""
    ended: list[int] = []
    try:
        yield ended
    except (
        BadSubject,
        BadScenario,
        BadUse,
        NoCase,
        capabilities.BadCapabilities,
        baseline.BadBaseline,
        saved.BadTrials,
    ) as error:
        click.echo(f"understudy: {error}", err=True)
        ended.append(USAGE)
