"""A grading as one page for people: it loads nothing, runs nothing, and can be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.cases import page
from contracts.findings import Clause, Finding
from contracts.grade import Grade, State, Verdict
from contracts.phrases import cash, span
from contracts.report.drawing import draw
from contracts.report.shapes import Drawing
from contracts.report.timeline import Call, timeline
from contracts.report.words import (
    brief,
    broken,
    counts,
    plural,
    printable,
    replay,
    verdict,
)
from contracts.trial import Trial
from emulator.providers.registry import providers

TOLD = 6
"""How many exchanges are told of beside a drawing; all of them are in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All that the page says of one finding. `known` is the reason for which it was expected."""

    clause: Clause
    finding: Finding
    trial: Trial
    minimal: bool
    drawing: Drawing
    calls: tuple[str, ...]
    brief: str
    scenario: str
    command: str
    known: str


def report(
    grade: Grade, files: Mapping[str, Path] | None = None, known: Mapping[str, str] | None = None
) -> str:
    """The page. `files` are the smallest cases by clause, `known` the findings that were expected
    and why; the same grade gives the same page."""
    sections = [_section(grade, one, files or {}, known or {}) for one in broken(grade)]
    text = _environment().get_template("report.html.jinja")
    return printable(
        text.render(
            grade=grade,
            title=providers()[grade.provider].title,
            themes=grade.themes(),
            verdicts=grade.verdicts(),
            counts={state.name: count for state, count in counts(grade).items()},
            verdict=verdict(grade, known or {}),
            sections=sections,
            harness=[(trial.case.name, flaw.text) for trial, flaw in grade.harness],
            states=State,
            known=known or {},
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(cash=cash, plural=plural, span=span)
    return made


def _section(
    grade: Grade, one: Verdict, files: Mapping[str, Path], known: Mapping[str, str]
) -> Section:
    assert one.broken is not None
    finding, trial = one.broken.finding, one.broken.trial
    told, id = timeline(trial), one.clause.id
    shown = [_call(call, trial.began) for call in told.calls if call.number in finding.exchanges]
    more = [f"and {plural(len(shown) - TOLD, 'more call')}"] if len(shown) > TOLD else []
    return Section(
        clause=one.clause,
        finding=finding,
        trial=trial,
        minimal=one.broken.minimal,
        drawing=draw(told, finding.exchanges),
        calls=(*shown[:TOLD], *more),
        brief=brief(trial.case),
        scenario=page(trial.case),
        command=replay(grade, files[id]) if id in files else "",
        known=known.get(id, ""),
    )


def _call(call: Call, began: int) -> str:
    answer = "no answer" if call.status is None else str(call.status)
    deed = f" ({call.deed})" if call.deed else ""
    return f"#{call.number} {call.method} {call.operation}: {answer}{deed}, {_when(call, began)}"


def _when(call: Call, began: int) -> str:
    took = call.ends - call.begins
    return f"at {span(call.begins - began)}" + (f" for {span(took)}" if took else "")
