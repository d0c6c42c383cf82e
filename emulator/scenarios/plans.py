"""How plan rules are written: `do` is a sentence, such as `fail with "Blocked." after 30s`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from emulator.core.bad import Bad, listing, shown, within
from emulator.core.clock import Span
from emulator.core.forms import (
    JSON,
    SPAN,
    TEXT,
    Field,
    Form,
    changed,
    either,
    mapped,
    one_of,
    record,
    whole,
)
from emulator.core.scalars import SPANS
from emulator.core.scenario import Ending, PlanRule
from emulator.providers.registry import providers
from emulator.scenarios.names import model_name

Wait: TypeAlias = tuple[Span | None, int | None]
"""How long until a move: so long, or until so many polls, or whichever comes first."""

ENDINGS = ("succeed", "fail", "cancel", "stick", "out of credit")
SENTENCE = (
    r"""(?:fail( +with +(?:"[^"]+"|'[^']+'))?|(succeed|cancel|stick|out[ _]of[ _]credit))"""
    rf"( +after +(?:(?:{SPANS})|[1-9][0-9]{{0,14}} +polls?))?"
)
SENTENCES = 'a sentence such as `fail with "Blocked." after 30s` or `succeed after 3 polls`'


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence says: how the job ends, the words for it, and when."""

    ending: Ending = Ending.SUCCEED
    error: str | None = None
    queued: Wait | None = None
    running: Wait | None = None


def _said(text: Any) -> Said:
    found = re.fullmatch(SENTENCE, text) if isinstance(text, str) else None
    if found is None:
        first = text.split()[0] if isinstance(text, str) and text.split() else text
        if first in ENDINGS:
            raise Bad(f"{shown(text)} is not {SENTENCES}")
        raise Bad(f"{shown(first)} is none of {listing(ENDINGS, '', first)}")
    words, word, after = found.groups()
    error = None if words is None else words.split(maxsplit=1)[1].strip()[1:-1]
    queued, running = _after(after) if after is not None else (None, None)
    return Said(Ending((word or "fail").replace(" ", "_")), error, queued, running)


def _after(words: str) -> tuple[Wait, Wait]:
    """When a job begins to run, and ends: a tenth of a span it waits, of several polls one."""
    when = words.split(maxsplit=1)[1]
    if "poll" not in when:
        length = SPAN.read(when)
        return (length // 10, None), (length - length // 10, None)
    polls = int(when.split()[0])
    return ((None, 1), (None, polls - 1)) if polls > 1 else ((0, None), (None, 1))


DO: Form[Said] = Form(
    _said,
    {
        "anyOf": [
            {"enum": [*ENDINGS, Ending.OUT_OF_CREDIT.value]},
            {"type": "string", "pattern": f"^(?:{SENTENCE})$"},
        ],
        "description": f"How the job ends: {', '.join(ENDINGS)}; or {SENTENCES}.",
    },
    lambda said: said.ending.value.replace("_", " "),
)

_POLLS = record(
    {
        "polls": Field(whole(1), "The so many-th poll since the last move already shows it."),
        "or": Field(SPAN, "The time after which it comes although nobody polls."),
    },
    needs=("polls",),
)


def _wait(value: Any) -> Wait:
    if isinstance(value, Mapping):
        given = _POLLS.read(value)
        return given.get("or"), given["polls"]
    return SPAN.read(value), None


def _written_wait(wait: Wait) -> Any:
    span, polls = wait
    if polls is None:
        return SPAN.write(span)
    return _POLLS.write({"polls": polls} | ({} if span is None else {"or": span}))


WAIT: Form[Wait] = Form(
    _wait,
    either(SPAN, _POLLS, what="A span, or {polls: 3}, or {polls: 3, or: 30s}").schema,
    _written_wait,
)


@cache
def plan() -> Form[PlanRule]:
    """A rule: a mapping, or only its sentence."""
    fields = {
        "provider": Field(one_of(*providers()), "Whose jobs; every provider's if left out."),
        "job": Field(whole(1), "The provider's so many-th job, from 1."),
        "model": Field(model_name(), "Jobs of this model."),
        "match": Field(
            mapped(JSON, "parameters of the job to their values"),
            "Parameters that the job was submitted with; `*` in a text stands for anything.",
        ),
        "do": Field(DO),
        "queued": Field(WAIT, "How long it waits: a span, or {polls: 3}, or {polls: 3, or: 30s}."),
        "running": Field(WAIT, "How long it runs, written likewise."),
        "slots": Field(whole(1), "Only so many of the provider's jobs run at once."),
        "error": Field(TEXT, "The provider's words for a failure."),
        "deliver": Field(whole(), "How many of its outputs a success delivers."),
    }
    rule = record(fields).then(_rule, _fields)
    sentence = Form(lambda text: _rule({"do": DO.read(text)}), DO.schema)

    def read(value: Any) -> PlanRule:
        return (sentence if isinstance(value, str) else rule).read(value)

    return Form(read, {"anyOf": [rule.schema, sentence.schema]}, rule.write)


def _rule(given: Mapping[str, Any]) -> PlanRule:
    said = given.get("do", Said())
    waits: dict[str, Any] = {}
    for name in ("queued", "running"):
        both = name in given and getattr(said, name) is not None
        with within(name):
            if both:
                raise Bad("`do` says already how long; say it once")
        span, polls = given.get(name) or getattr(said, name) or (None, None)
        waits |= {name: span, f"{name}_polls": polls}
    if said.error is not None and "error" in given:
        raise Bad("`do` says the words already; say them once", ("error",))
    rest = {name: one for name, one in given.items() if name not in ("do", *waits)}
    if said.error is not None:
        rest["error"] = said.error
    return PlanRule(ending=said.ending, **waits, **rest)


def _fields(rule: PlanRule) -> dict[str, Any]:
    found = changed(rule, ("provider", "job", "model", "match"))
    if rule.ending is not Ending.SUCCEED:
        found["do"] = Said(rule.ending)
    for name in ("queued", "running"):
        wait = (getattr(rule, name), getattr(rule, f"{name}_polls"))
        if wait != (None, None):
            found[name] = wait
    return found | changed(rule, ("slots", "error", "deliver"))
