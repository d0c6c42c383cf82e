"""A grading as one JSON document, for programs. The same grade gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from contracts.cases import Case
from contracts.grade import Break, Grade, State, Verdict
from contracts.report.timeline import Stretch, Timeline, timeline
from contracts.report.words import brief, counts, printable
from contracts.trial import Trial
from emulator.core.clock import SECOND, Instant, iso
from emulator.core.money import Micros, dollars
from emulator.scenarios import written

VERSION = 1
"""Of the document; it grows when what a field means is changed, and not when fields are added."""


def report(
    grade: Grade, files: Mapping[str, Path] | None = None, known: Mapping[str, str] | None = None
) -> str:
    """The document as text. `files` are the smallest cases by clause, `known` the findings that
    were expected and why. How long the search took is left out: no two runs agree on it."""
    data = document(grade, files or {}, known or {})
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"


def document(grade: Grade, files: Mapping[str, Path], known: Mapping[str, str]) -> dict[str, Any]:
    """The document as plain data: amounts are texts of dollars, instants seconds since the trial
    began, and every text can be written."""
    told = {
        "version": VERSION,
        "subject": grade.subject,
        "attach": list(grade.attach),
        "provider": grade.provider,
        "profile": grade.profile,
        "seed": grade.seed,
        "virtual": grade.virtual,
        "abilities": sorted(grade.abilities),
        "chosen": sorted(grade.chosen),
        "trials": grade.trials,
        "interrupted": grade.interrupted,
        "given_up": grade.given_up,
        "passed": grade.passed,
        "wasted": dollars(grade.wasted),
        "counts": {state.value: count for state, count in counts(grade).items()},
        "clauses": [_verdict(one, files, known) for one in grade.verdicts()],
        "harness": [
            {
                "case": _case(trial.case),
                "exchange": flaw.exchange,
                "text": flaw.text,
            }
            for trial, flaw in grade.harness
        ],
    }
    clean: dict[str, Any] = _clean(told)
    return clean


def _verdict(one: Verdict, files: Mapping[str, Path], known: Mapping[str, str]) -> dict[str, Any]:
    clause = one.clause
    told: dict[str, Any] = {
        "id": clause.id,
        "theme": clause.theme,
        "level": clause.level.value,
        "text": clause.text,
        "reason": clause.reason,
        "source": clause.source,
        "state": one.state.value,
        "kept": one.occasions,
    }
    if one.state is State.SKIPPED:
        told["why"] = one.why
    if one.broken is not None:
        told["finding"] = _break(one.broken)
        if clause.id in files:
            told["finding"]["file"] = files[clause.id].as_posix()
        if clause.id in known:
            told["finding"]["known"] = known[clause.id]
    return told


def _break(one: Break) -> dict[str, Any]:
    return {
        "seen": one.finding.seen,
        "exchanges": list(one.finding.exchanges),
        "minimal": one.minimal,
        "brief": brief(one.trial.case),
        "case": _case(one.trial.case),
        "outcome": _outcome(one.trial),
        "charged": dollars(one.trial.captured),
        "wasted": dollars(one.trial.wasted),
        "timeline": _timeline(timeline(one.trial)),
    }


def _case(case: Case) -> dict[str, Any]:
    kill = case.kill
    return {
        "name": case.name,
        "scenario": written(case.scenario),
        "body": dict(case.body),
        "deadline_s": case.deadline_s,
        "kill": None if kill is None else {"when": kill.when.value, "call": kill.call},
    }


def _outcome(trial: Trial) -> dict[str, Any]:
    trouble = trial.trouble
    return {
        **asdict(trial.outcome),
        "outcome": trial.outcome.outcome.value,
        "trouble": None if trouble is None else {"kind": trouble.kind.value, "text": trouble.text},
    }


def _timeline(told: Timeline) -> dict[str, Any]:
    def at(instant: Instant) -> float:
        return (instant - told.began) / SECOND

    def stretch(one: Stretch) -> dict[str, Any]:
        return {"from": at(one.begins), "to": at(one.ends), "stands": one.stands}

    return {
        "began": iso(told.began),
        "ended": at(told.ended),
        "settled": at(told.settled),
        "killed": None if told.killed is None else at(told.killed),
        "calls": [
            {
                "number": one.number,
                "from": at(one.begins),
                "to": at(one.ends),
                "operation": one.operation,
                "method": one.method,
                "target": one.target,
                "status": one.status,
                "fault": one.deed or None,
            }
            for one in told.calls
        ],
        "jobs": [
            {
                "id": job.id,
                "number": job.number,
                "over": job.over,
                "stands": [stretch(one) for one in job.stretches],
            }
            for job in told.jobs
        ],
        "money": [
            {
                "at": at(step.at),
                "kind": step.kind.value,
                "job": step.job,
                **_amounts(amount=step.amount, held=step.held, charged=step.charged),
            }
            for step in told.money
        ],
    }


def _amounts(**given: Micros) -> dict[str, str]:
    return {name: dollars(amount) for name, amount in given.items()}


def _clean(value: Any) -> Any:
    """The same with every text such that it can be written, and every number one of JSON's."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(str(name)): _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return str(value)
    return value
