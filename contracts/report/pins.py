"""Calls of one operation as marks in one row: those that would cover each other are drawn as
one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contracts.phrases import span
from contracts.report.timeline import Call
from contracts.report.words import plural
from emulator.core.clock import Instant

NARROW = 0.75
"""Percents of the width that one mark takes."""

DRIFT = 3.0
"""Percents that a mark may be moved, so that it does not cover another."""

LONGEST = 120
"""Letters of a target that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One call, or several alike: a stroke, or a bar where they took time. `label` is said beside
    it, `evidence` is whether it shows what was found."""

    x: float
    width: float
    y: float
    stands: str
    title: str
    label: str = ""
    evidence: bool = False
    count: int = 1


def merged(
    calls: Iterable[tuple[Call, float, float]],
    y: float,
    began: Instant,
    evidence: frozenset[int],
) -> list[Pin]:
    """The marks of calls that lie where it is said, from left to right."""
    found: list[Pin] = []
    for call, left, right in calls:
        pin = Pin(
            x=left,
            width=max(right - left, 0.0),
            y=y,
            stands=_stands(call),
            title=_title(call, began),
            label=_label(call, call.number in evidence),
            evidence=call.number in evidence,
        )
        if not found or left >= _end(found[-1]):
            found.append(pin)
            continue
        last, moved = found[-1], _end(found[-1])
        alike = (last.stands, last.evidence, last.label) == (pin.stands, pin.evidence, pin.label)
        if (alike and not pin.width) or moved - left > DRIFT:
            count = last.count + 1
            title = (
                f"{last.title.partition(chr(10) * 2)[0]}\n\nand {plural(count - 1, 'call')} more"
            )
            found[-1] = replace(
                last, count=count, title=title, evidence=last.evidence or pin.evidence
            )
        else:
            found.append(replace(pin, x=round(moved, 3)))
    return found


def _end(pin: Pin) -> float:
    return pin.x + (NARROW if pin.width < NARROW else min(pin.width, NARROW))


def _stands(call: Call) -> str:
    if call.deed:
        return "struck"
    if call.failed:
        return "failed"
    return "stream" if call.stream else "fine"


def _label(call: Call, evidence: bool) -> str:
    answer = "" if call.status == 200 else "no answer" if call.status is None else str(call.status)
    parts = [f"#{call.number}"] if evidence else []
    if call.deed or call.failed:
        parts.append(": ".join(one for one in (call.deed, answer) if one))
    return " ".join(parts)


def _title(call: Call, began: Instant) -> str:
    target = call.target if len(call.target) <= LONGEST else f"{call.target[:LONGEST]}…"
    lines = [f"#{call.number} {call.operation}: {call.method} {target}"]
    took = call.ends - call.begins
    when = f"at {span(call.begins - began)}" + (f", for {span(took)}" if took else "")
    lines.append(f"{call.status or 'no answer'}, {when}")
    if call.deed:
        lines.append(f"fault: {call.deed}")
    return "\n".join(lines)
