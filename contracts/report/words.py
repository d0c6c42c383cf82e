"""How amounts, spans, cases and verdicts are put into words, the same in every report."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from contracts.cases import Case, When, sample
from contracts.findings import Level
from contracts.grade import Grade, State, Verdict
from contracts.ground import BRIEF, COUNTED, PLAIN, TIMED
from contracts.phrases import cash, span
from emulator.core.clock import span as length
from emulator.core.faults import Phase
from emulator.core.scenario import Scenario
from emulator.scenarios import text, written

ORDER = (Level.MONEY, Level.MUST, Level.SHOULD, Level.ASSUMPTION)
"""The levels, the weightiest first."""

CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that neither XML nor a page can hold."""


def plural(count: int, one: str, many: str = "") -> str:
    """A number and its noun: `1 clause`, `2 clauses`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def printable(said: str) -> str:
    """A text without the letters that a document cannot hold."""
    return CONTROL.sub("\ufffd", said)


USUAL = tuple(Scenario(plans=(rule,)) for rule in (COUNTED, TIMED, BRIEF))
"""The scenarios of plain cases: what their plan says is no cause of anything."""


def brief(case: Case) -> str:
    """The case in one line: what goes wrong, what else is not as usual, and where the client is
    killed. Of the plain case not even the plan, nor the request that the client is always given."""
    if case.kill is None and case.scenario in USUAL:
        named = case.name.rpartition("/")[2] == PLAIN
        usual = named or case.body == sample(case.provider)
        return "nothing went wrong" if usual else _asked(case)
    fields = written(case.scenario)
    parts = [_fault(one, case.provider) for one in fields.pop("faults", ())]
    if case.kill is not None:
        where = "before it leaves" if case.kill.when is When.BEFORE else "before its answer"
        parts.append(f"the client is killed at its {_nth(case.kill.call)} call, {where}")
    parts += [f"{id} is {choice}" for id, choice in fields.pop("assumptions", {}).items()]
    plans = fields.pop("plans", ())
    parts += [f"{name}: {_flow(value)}" for name, value in fields.items()]
    if case.body != sample(case.provider):
        parts.append(_asked(case))
    parts += [_plan(one) for one in plans]
    return "; ".join(parts) or "nothing went wrong"


def _asked(case: Case) -> str:
    return f"asked for: {_flow(_changed(case))}"


def _changed(case: Case) -> Mapping[str, Any]:
    """The body; only what is added to the sample, or other than there, if that is all."""
    usual, body = sample(case.provider), dict(case.body)
    if not usual.keys() <= body.keys():
        return body
    return {name: one for name, one in body.items() if name not in usual or usual[name] != one}


def _plan(one: Mapping[str, Any]) -> str:
    """`the job succeeds after 43 s`, where no more than that is said."""
    ends = {"fail": "fails", "stick": "sticks", "cancel": "is cancelled"}
    do = one.get("do", "succeed")
    waits = [one.get(name) for name in ("queued", "running")]
    if one.keys() - {"do", "queued", "running", "error"} or not (do in ends or do == "succeed"):
        return f"plan: {_flow(one)}"
    if not all(one is None or isinstance(one, str | int | float) for one in waits):
        return f"plan: {_flow(one)}"
    said = f"the job {ends.get(do, 'succeeds')}"
    if do != "stick" and None not in waits:
        said += f" after {span(sum(length(str(one)) for one in waits))}"
    return said + (f" with {_flow(one['error'])}" if "error" in one else "")


def _fault(one: Mapping[str, Any], provider: str) -> str:
    on = dict(one.get("on", {}))
    what = on.pop("operation", "call")
    if on.get("provider") == provider:
        del on["provider"]
    if "nth" in on:
        where = f"the {_nth(on.pop('nth'))} {what}"
    elif "every" in on:
        where = f"every {_nth(on.pop('every'))} {what}"
    else:
        where = f"every {what}"
    if one.get("phase") == Phase.AFTER:
        where += ", after it had its effect"
    more = on | {name: one[name] for name in one if name not in ("id", "do", "on", "phase")}
    return f"{_deed(one['do'])} on {where}" + (f" {_flow(more)}" if more else "")


def _deed(do: Any) -> str:
    """`lose`, or `refuse {status: 503}`."""
    if isinstance(do, Mapping) and len(do) == 1:
        ((name, args),) = do.items()
        return f"{name} {_flow(args)}"
    return _flow(do)


def _flow(value: Any) -> str:
    return text.write(value, flow=True)


def _nth(count: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{count}{'th' if 10 < count % 100 < 14 else ends.get(count % 10, 'th')}"


def replay(grade: Grade, file: Path) -> str:
    """The command that plays a smallest case again."""
    client = grade.attach or ("--subject", grade.subject)
    return shlex.join(["understudy", "replay", str(file), *client])


def broken(grade: Grade) -> tuple[Verdict, ...]:
    """The clauses that were broken, the weightiest first."""
    found = [one for one in grade.verdicts() if one.state is State.BROKEN]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.clause.level)))


def counts(grade: Grade) -> Mapping[State, int]:
    """How many clauses stand where."""
    found = [one.state for one in grade.verdicts()]
    return {state: found.count(state) for state in State}


def verdict(grade: Grade, known: Collection[str] = ()) -> str:
    """The whole of it in one sentence. `known` are the clauses that were expected to be broken."""
    each = counts(grade)
    held = each[State.KEPT] + each[State.BROKEN]
    begun = f"Interrupted after {plural(grade.trials, 'trial')}. " if grade.interrupted else ""
    if grade.given_up:
        begun += f"Given up after {plural(grade.trials, 'trial')}: it had to be stopped too often. "
    if not held:
        return f"{begun}No clause came up, so nothing is known of this client."
    if not each[State.BROKEN]:
        return f"{begun}It keeps the {plural(held, 'clause')} that came up."
    found = f"{begun}It breaks {each[State.BROKEN]} of the {plural(held, 'clause')} that came up"
    if expected := sum(one.clause.id in known for one in broken(grade)):
        found += ", as expected" if expected == each[State.BROKEN] else f", {expected} as expected"
    if grade.wasted <= 0:
        return f"{found}."
    return f"{found}, and wastes up to {cash(grade.wasted)} on one request."
