"""A grading as SARIF 2.1.0, as code hosts read it: a rule for each clause, a result for each
finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from contracts.cases import page
from contracts.findings import Clause, Level
from contracts.grade import Break, Grade
from contracts.phrases import cash
from contracts.report.words import brief, printable, replay
from emulator import __version__
from emulator.core.money import dollars

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {
    Level.MUST: "error",
    Level.MONEY: "error",
    Level.SHOULD: "warning",
    Level.ASSUMPTION: "note",
}
CALLABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
FILE = re.compile(r"[^\s:]+\.\w{1,5}")


def report(
    grade: Grade, files: Mapping[str, Path] | None = None, known: Mapping[str, str] | None = None
) -> str:
    """The document. `files` are the smallest cases by clause; a finding that is `known` is
    suppressed, with the reason."""
    verdicts = grade.verdicts()
    rules = [one.clause for one in verdicts]
    run = {
        "tool": {
            "driver": {
                "name": "Understudy",
                "version": __version__,
                "rules": [_rule(one) for one in rules],
            }
        },
        "invocations": [_invocation(grade)],
        "results": [
            _result(grade, rules, nth, one.broken, files or {}, known or {})
            for nth, one in enumerate(verdicts)
            if one.broken is not None
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "provider": grade.provider,
            "subject": printable(grade.subject),
            "profile": grade.profile,
            "seed": grade.seed,
            "trials": grade.trials,
            "wasted": dollars(grade.wasted),
        },
    }
    data = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"


def _rule(clause: Clause) -> dict[str, Any]:
    words = f"{clause.reason}\n\nSource: {clause.source}"
    return {
        "id": clause.id,
        "name": "".join(one.capitalize() for one in re.split(r"\W+", clause.id)),
        "shortDescription": {"text": clause.text},
        "fullDescription": {"text": f"{clause.text} {clause.reason}"},
        "help": {"text": words, "markdown": f"**{clause.text}**\n\n{words}"},
        "defaultConfiguration": {"level": LEVELS[clause.level]},
        "properties": {"tags": sorted({clause.theme, clause.level.value})},
    }


def _invocation(grade: Grade) -> dict[str, Any]:
    told: dict[str, Any] = {"executionSuccessful": not grade.harness}
    if grade.harness:
        told["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": printable(flaw.text)}}
            for _, flaw in grade.harness
        ]
    return told


def _result(
    grade: Grade,
    rules: list[Clause],
    nth: int,
    one: Break,
    files: Mapping[str, Path],
    known: Mapping[str, str],
) -> dict[str, Any]:
    clause, trial = rules[nth], one.trial
    lines = [f"{clause.text} Seen: {one.finding.seen}", f"Smallest case: {brief(trial.case)}"]
    if trial.wasted > 0:
        lines.append(f"Wasted: {cash(trial.wasted)}")
    if clause.id in files:
        lines.append(f"Replay: {replay(grade, files[clause.id])}")
    mark = sha256(f"{grade.provider}\n{grade.subject}\n{clause.id}".encode(errors="replace"))
    told: dict[str, Any] = {
        "ruleId": clause.id,
        "ruleIndex": nth,
        "level": LEVELS[clause.level],
        "message": {"text": printable("\n".join(lines))},
        "locations": [_location(grade.subject)],
        "partialFingerprints": {"clause/v1": mark.hexdigest()},
        "properties": {"scenario": printable(page(trial.case)), "wasted": dollars(trial.wasted)},
    }
    if clause.id in known:
        words = printable(known[clause.id])
        told["suppressions"] = [{"kind": "external", "justification": words}]
    return told


def _location(subject: str) -> dict[str, Any]:
    """Where the client is: its module's file, or the file that its command line names."""
    name = printable(subject)
    if CALLABLE.fullmatch(subject):
        path, kind = subject.partition(":")[0].replace(".", "/") + ".py", "function"
    else:
        named = FILE.findall(subject) or subject.split()[:1] or ["client"]
        path, kind = named[-1], "module"
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(printable(path))},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"fullyQualifiedName": name, "kind": kind}],
    }
