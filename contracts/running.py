"""What the grader's commands do: attach a client, search, report, and say how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import click
import orjson

from contracts import astray, baseline, capabilities
from contracts.cases import load_case
from contracts.checks import judge
from contracts.client import Client
from contracts.findings import Finding, clauses
from contracts.grade import Grade
from contracts.kept import judged, keep, keeping
from contracts.only import NoCase
from contracts.report import data, html, junit, sarif, table
from contracts.report.progress import progress
from contracts.saved import BadTrials
from contracts.search import Profile, Search, profiled
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill, Trial
from emulator.core.bad import hint
from emulator.scenarios import BadScenario, find

KEPT, FINDINGS, USAGE, HARNESS = range(4)
"""The exit codes."""

INTERRUPTED = 130
"""The exit code of what was ended by Ctrl-C or SIGTERM, as a shell has it."""


class BadUse(ValueError):
    """The command was called wrongly; the message says how, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which files are to be written, and which findings are known."""

    out: Path | None = None
    data: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    baseline: Path | None = None


def run(client: Client, provider: str, reports: Reports, **given: Any) -> int:
    """Grade a client, write the reports that are asked for, and give the exit code.

    Where it is interrupted, the reports say what was found until then.
    """
    with _usage() as ended:
        known = {} if reports.baseline is None else baseline.load(reports.baseline)
        profile = _profile(**given)
        _writable(reports)
        with client.attach() as troupe, keeping(reports.out) as note, progress() as tell:

            def watch(grade: Grade, trial: Trial) -> None:
                note(trial)
                tell(grade, trial.case.name)

            grade = _searched(Search(troupe, provider, profile, watch))
        grade.attach = client.said()
        files = {} if reports.out is None else keep(reports.out, grade)
        _report(grade, reports, files, known)
        ended.append(INTERRUPTED if grade.interrupted else _verdict(grade, known))
    return ended[0]


def _searched(search: Search) -> Grade:
    try:
        return search.run()
    except KeyboardInterrupt:
        if not search.grade.trials:
            raise
        search.grade.interrupted = True
        return search.grade


def _writable(reports: Reports) -> None:
    """BadUse, before anything is played, for a file that cannot be written."""
    try:
        if reports.out is not None:
            reports.out.mkdir(parents=True, exist_ok=True)
        for path in (reports.data, reports.junit, reports.sarif, reports.html):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                there = path.exists()
                path.open("a").close()
                if not there:
                    path.unlink()
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
    makers: tuple[tuple[Path | None, Callable[..., str]], ...] = (
        (reports.data, data.report),
        (reports.junit, junit.report),
        (reports.sarif, sarif.report),
        (reports.html, html.report),
    )
    for path, make in makers:
        if path is not None:
            path.write_text(make(grade, files, known), encoding="utf-8")
    table.graded(grade, files, known)
    if reports.out is not None:
        click.echo(f"The smallest cases, and all trials, are in {reports.out}.")
    if reports.html is not None:
        click.echo(f"The page is {reports.html}.")


def _profile(
    *,
    deadline: float | None = None,
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
            deadline_s=_seconds(deadline),
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


def _seconds(deadline: float | None) -> float | None:
    if deadline is not None and not isfinite(deadline):
        raise BadUse(f"--deadline is a number of seconds, not {deadline}")
    return deadline


def again(client: Client, file: str, provider: str, deadline: float | None = None) -> int:
    """Play one case, say what came of it, and give the exit code."""
    with _usage() as ended:
        case = load_case(find(file), provider)
        if seconds := _seconds(deadline):
            case = replace(case, deadline_s=seconds)
        with replace(client, jobs=1).attach() as troupe:
            trial = troupe.play(case)
        if trial.trouble is not None and trial.trouble.kind is Ill.UNFIT:
            raise BadUse(f"{troupe.first.name}: {trial.trouble.text}")
        if case.bare:
            astray.check(trial, troupe.first.attached)
        abilities = troupe.first.abilities
        found = _found(trial, capabilities.seen(trial) if abilities is None else abilities)
        table.played(trial, found)
        wrong = any(flaw.answer for flaw in trial.flaws)
        ended.append(HARNESS if wrong else FINDINGS if found else KEPT)
    return ended[0]


def rejudge(folder: Path, given: Path | None) -> int:
    """Judge saved trials once more, say what is found in them now, and give the exit code."""
    with _usage() as ended:
        grade, files = judged(folder, None if given is None else capabilities.load(given))
        table.graded(grade, files)
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
        BadTrials,
    ) as error:
        click.echo(f"understudy: {error}", err=True)
        ended.append(USAGE)
