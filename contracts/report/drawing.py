"""A timeline as shapes: places are percents of the width, so that a page draws it as wide as it is,
and heights are pixels. It knows no colour: a shape says what it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contracts.phrases import cash, span
from contracts.report.axis import Axis, Break, Tick, axis
from contracts.report.pins import merged
from contracts.report.shapes import Bar, Drawing, Text
from contracts.report.timeline import Call, Line, Step, Stretch, Timeline
from contracts.report.words import plural
from emulator.core.clock import Instant
from emulator.core.jobs import OVER

LEFT, RIGHT = 2.4, 84.0
"""Where the axis begins and ends; behind it there is room for how things ended."""

LETTER = 1.08
"""How wide a letter is, in percents of a narrow drawing."""

HEAD, ROW, BAR, THIN = 20, 24, 15, 4
MONEY = 50
KILLED = "killed, and started again"
MOST = 12
"""How many jobs have a row of their own."""


def draw(told: Timeline, evidence: Iterable[int] = ()) -> Drawing:
    """The drawing of a timeline; calls that are `evidence` are marked."""
    return _Sheet(told, frozenset(evidence)).drawn()


def instants(told: Timeline) -> Iterator[Instant]:
    """Every instant at which anything happens."""
    yield from (told.began, told.ended, told.settled)
    if told.deadline <= told.last:
        yield told.deadline
    for call in told.calls:
        yield from (call.begins, call.ends)
    for stretch in (one for job in told.jobs for one in job.stretches):
        yield from (stretch.begins, stretch.ends)
    yield from (step.at for step in told.money)


class _Sheet:
    """A drawing while it grows from top to bottom."""

    def __init__(self, told: Timeline, evidence: frozenset[int]) -> None:
        self._told = told
        self._evidence = evidence
        self._axis: Axis = axis(at - told.began for at in instants(told))
        self._drawing = Drawing(title=_title(told))
        self._y = 0.0

    def drawn(self) -> Drawing:
        told, drawing = self._told, self._drawing
        self._client()
        self._wire()
        self._provider(told.jobs)
        if told.money:
            self._money(told.money)
        drawing.foot = self._y + 6
        drawing.height = drawing.foot + 20
        drawing.ticks = [Tick(_scaled(one.place), one.label) for one in self._axis.ticks]
        drawing.breaks = [_break(one) for one in self._axis.breaks]
        if told.killed is not None:
            drawing.marks.append(Text(x=self._x(told.killed), y=15, text=KILLED, about="kill"))
        if told.deadline <= told.last:
            drawing.marks.append(Text(x=self._x(told.deadline), y=15, text="deadline"))
        return drawing

    def _x(self, at: Instant) -> float:
        return _scaled(self._axis.place(at - self._told.began))

    def _rule(self) -> None:
        self._y += 6
        self._drawing.rules.append(self._y)
        self._y += 6

    def _head(self, name: str) -> None:
        self._rule()
        self._drawing.names.append(Text(x=0, y=self._y + 14, text=name, about="head"))
        self._y += HEAD

    def _row(self, name: str, about: str = "") -> float:
        """Begin a row; its middle."""
        middle = self._y + ROW / 2
        self._drawing.names.append(Text(x=0, y=middle + 4, text=name, about=about))
        self._y += ROW
        return middle

    def _bar(self, begins: Instant, ends: Instant, middle: float, stands: str, name: str) -> None:
        x, told = self._x(begins), self._told
        height = THIN if stands in OVER else BAR
        when = f"{span(begins - told.began)} to {span(ends - told.began)}"
        self._drawing.bars.append(
            Bar(
                x=x,
                width=max(self._x(ends) - x, 0.3),
                top=middle - height / 2,
                height=height,
                stands=stands,
                title=f"{name}, {when} ({span(ends - begins)})",
            )
        )

    def _word(self, x: float, y: float, text: str, about: str) -> None:
        self._drawing.texts.append(Text(x=x, y=y, text=text, about=about))

    def _client(self) -> None:
        told = self._told
        self._y += HEAD
        middle = self._row("Client", "head")
        again = told.began if told.killed is None else told.killed
        if told.killed is not None:
            self._bar(told.began, told.killed, middle, "killed", "The client, until it is killed")
        self._bar(again, max(again, told.ended), middle, "client", "The client")
        self._word(self._x(told.ended) + 1, middle + 4, told.outcome, "outcome")

    def _wire(self) -> None:
        if not self._told.calls:
            return
        self._head("Wire")
        for operation in dict.fromkeys(one.operation for one in self._told.calls):
            own = [one for one in self._told.calls if one.operation == operation]
            if any(one.deed or one.failed or one.number in self._evidence for one in own):
                self._y += 10
            self._calls(own, self._row(operation))

    def _calls(self, own: list[Call], middle: float) -> None:
        free, said = 0.0, ""
        places = [(one, self._x(one.begins), self._x(one.ends)) for one in own]
        for pin in merged(places, middle, self._told.began, self._evidence):
            self._drawing.pins.append(pin)
            if pin.label and pin.label != said and pin.x >= free:
                self._word(max(pin.x - 0.4, 0), middle - 11, pin.label, "label " + pin.stands)
                free = pin.x + len(pin.label) * LETTER
            said = pin.label

    def _provider(self, jobs: tuple[Line, ...]) -> None:
        self._head("Provider")
        if not jobs:
            self._word(LEFT, self._row("") + 4, "No job was made.", "quiet")
        for job in jobs[:MOST]:
            middle = self._row(f"job {job.number}")
            for one in job.stretches:
                name = f"Job {job.number} ({job.id}) {one.stands}"
                self._bar(one.begins, one.ends, middle, one.stands, name)
                self._inside(one, middle)
            last = job.stretches[-1]
            word = last.stands if job.over else f"{last.stands} on"
            self._word(self._x(last.ends) + 1, middle + 4, word, "end")
        if len(jobs) > MOST:
            more = f"and {plural(len(jobs) - MOST, 'more job')}"
            self._word(LEFT, self._row("") + 4, more, "quiet")

    def _inside(self, one: Stretch, middle: float) -> None:
        x = self._x(one.begins)
        if one.stands not in OVER and self._x(one.ends) - x > (len(one.stands) + 1.5) * LETTER:
            self._word(x + 0.8, middle + 4, one.stands, "inside")

    def _money(self, steps: tuple[Step, ...]) -> None:
        self._rule()
        top = self._y
        self._drawing.names.append(Text(x=0, y=top + MONEY / 2 + 6, text="Money", about="head"))
        most = max(step.held + step.charged for step in steps) or 1
        ends = [self._x(one.at) for one in steps[1:]] + [100.0]
        for step, end in zip(steps, ends, strict=True):
            x, base = self._x(step.at), top + MONEY
            title = _posting(step, self._told.began)
            for stands, amount in (("charged", step.charged), ("held", step.held)):
                height = amount / most * (MONEY - 16)
                base -= height
                if amount:
                    self._drawing.bars.append(
                        Bar(
                            x=x,
                            width=max(end - x, 0.0),
                            top=base,
                            height=height,
                            stands=stands,
                            title=title,
                        )
                    )
            words = _levels(step)
            if (end - x) > len(words) * LETTER or end == 100:
                self._word(x + 0.2, base - 4, words, "amount")
        self._y += MONEY


def _scaled(place: float) -> float:
    return round(LEFT + place * (RIGHT - LEFT), 3)


def _break(one: Break) -> tuple[float, str]:
    return _scaled(one.place), span(one.length)


def _levels(step: Step) -> str:
    parts = [f"{cash(step.charged)} charged"] if step.charged else []
    parts += [f"{cash(step.held)} held"] if step.held else []
    return ", ".join(parts) or "nothing held"


def _posting(step: Step, began: Instant) -> str:
    deed = {"hold": "set aside", "capture": "charged", "release": "given back"}[step.kind.value]
    return (
        f"{span(step.at - began)}: {cash(step.amount)} {deed} for job {step.job}; {_levels(step)}"
    )


def _title(told: Timeline) -> str:
    return (
        f"The trial on the world's clock: {plural(len(told.calls), 'call')},"
        f" {plural(len(told.jobs), 'job')}; the client {told.outcome}"
        f" after {span(told.ended - told.began)}."
    )
