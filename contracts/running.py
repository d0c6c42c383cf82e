"""What the grader's commands do: attach a client, search, report, and say how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
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
from contracts.search import EXAMPLES, Profile, search
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from contracts.troupe import Troupe
from emulator.core.bad import hint
from emulator.scenarios import BadScenario

KEPT, FINDINGS, USAGE, HARNESS = range(4)
"""The exit codes."""

TRIALS = "trials.jsonl.gz"
"""Where the trials of a grading are kept, in the folder that it was given."""

HOUR = 10.0
"""Minutes that a hunt goes on if nobody says otherwise."""


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
        for old in self.folder.glob("*.yaml"):
            if old.stem in clauses():
                old.unlink()
        return {id: _case(self.folder, id, grade) for id in grade.broken}


def _case(folder: Path, id: str, grade: Grade) -> Path:
    clause, found = clauses()[id], grade.broken[id]
    seen = " ".join(found.finding.seen.split())
    path = folder / f"{id}.yaml"
    head = f"# {clause.text}\n# {id} ({clause.level}). Seen: {seen}\n"
    path.write_text(head + page(found.trial.case), encoding="utf-8")
    return path


def run(client: Client, provider: str, reports: Reports, **given: Any) -> int:
    """Grade a client, write the reports that are asked for, and give the exit code."""
    with _usage() as ended:
        known = {} if reports.baseline is None else baseline.load(reports.baseline)
        profile = _profile(client, **given)
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
            path.parent.mkdir(parents=True, exist_ok=True)
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
    hunting = profile == "hunt"
    if minutes is not None and not hunting:
        raise BadUse("--minutes is for --profile hunt; the gate is the same in every run")
    if hunting and seed is None:
        seed = secrets.randbelow(1_000_000)
        click.echo(f"The seed of this hunt is {seed}; --seed {seed} draws the same.")
    return Profile(
        name=profile,
        seed=seed or 0,
        minutes=minutes if examples is not None or not hunting else minutes or HOUR,
        examples=EXAMPLES if examples is None else examples,
        only=only,
        clauses=frozenset(clauses),
        deadline_s=client.deadline,
        body=None if body is None else _body(body),
    )


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
        with client.attach() as troupe:
            trial = troupe.play(case)
        if trial.trouble is not None and trial.trouble.kind is Ill.UNFIT:
            raise BadUse(f"{troupe.first.name}: {trial.trouble.text}")
        abilities = troupe.first.abilities
        found = _found(trial, capabilities.seen(trial) if abilities is None else abilities)
        table.played(trial, found)
        ended.append(FINDINGS if found else KEPT)
    return ended[0]


def rejudge(folder: Path, given: Path | None) -> int:
    """Judge saved trials once more, say what is found in them now, and give the exit code."""
    with _usage() as ended:
        trials = saved.load(folder / TRIALS)
        first = next(trials, None)
        if first is None:
            raise BadUse(f"{folder / TRIALS}: there is no trial in it")
        abilities = capabilities.seen(first) if given is None else capabilities.load(given)
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
        capabilities.BadCapabilities,
        baseline.BadBaseline,
        saved.BadTrials,
    ) as error:
        click.echo(f"understudy: {error}", err=True)
        ended.append(USAGE)
