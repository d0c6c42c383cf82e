"""A time axis on which long quiet gaps are drawn short, with a mark where that is so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from statistics import median

from emulator.core.clock import HOUR, MINUTE, SECOND, Span

QUIET = 4
"""A gap is long that lasts so many times as long as the one in the middle."""

WORTH = 0.25
"""The share of the axis that must be saved for gaps to be drawn short."""

STEPS = (
    *(nth * unit for unit in (1_000, 10_000, 100_000) for nth in (1, 2, 5)),
    *(nth * SECOND for nth in (1, 2, 5, 10, 15, 30)),
    *(nth * MINUTE for nth in (1, 2, 5, 10, 15, 30)),
    *(nth * HOUR for nth in (1, 2, 6, 12, 24, 72, 168, 672)),
)
"""How far apart ticks may be."""

APART = 0.085
"""How far apart ticks are at the least, as a share of the axis."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on the axis; 0 is its beginning and 1 its end."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a quiet gap was drawn short, and how long it lasts."""

    place: float
    length: Span


@dataclass(frozen=True, slots=True)
class Axis:
    """Instants of interest and their places, both growing. Between them it is even."""

    instants: tuple[Span, ...]
    places: tuple[float, ...]
    breaks: tuple[Break, ...]
    ticks: tuple[Tick, ...] = ()

    def place(self, at: Span) -> float:
        """Where an instant lies, from 0 to 1."""
        if at <= self.instants[0]:
            return 0.0
        if at >= self.instants[-1]:
            return 1.0
        nth = bisect_right(self.instants, at) - 1
        left, right = self.instants[nth], self.instants[nth + 1]
        share = (at - left) / (right - left)
        return self.places[nth] + share * (self.places[nth + 1] - self.places[nth])


def axis(instants: Iterable[Span]) -> Axis:
    """The axis for all that happens at these instants, which are counted from its beginning."""
    found = sorted({0, *instants})
    if len(found) < 2:
        return Axis((0, 1), (0.0, 1.0), (), (Tick(0.0, "0 s"),))
    gaps = [two - one for one, two in pairwise(found)]
    limit = _limit(gaps)
    widths = [_width(gap, limit) for gap in gaps]
    places, total = [0.0], sum(widths)
    for width in widths:
        places.append(places[-1] + width / total)
    places[-1] = 1.0
    breaks = tuple(
        Break((left + right) / 2, gap)
        for left, right, gap in zip(places, places[1:], gaps, strict=False)
        if gap > limit
    )
    bare = Axis(tuple(found), tuple(places), breaks)
    return Axis(bare.instants, bare.places, breaks, tuple(_ticks(bare, gaps, limit)))


def _limit(gaps: list[Span]) -> float:
    """From when on a gap is drawn short: none is if that would save little."""
    limit = median(gaps) * QUIET
    saved = sum(gaps) - sum(_width(gap, limit) for gap in gaps)
    return limit if saved > sum(gaps) * WORTH else max(gaps)


def _width(gap: Span, limit: float) -> float:
    return gap if gap <= limit else limit * (1 + log2(gap / limit) / 4)


def _ticks(bare: Axis, gaps: list[Span], limit: float) -> Iterator[Tick]:
    clock = bare.instants[-1] >= 2 * MINUTE
    taken = [one.place for one in bare.breaks]
    for begins, ends in _runs(bare.instants, gaps, limit):
        width = bare.place(ends) - bare.place(begins)
        per = width / (ends - begins) if ends > begins else 0
        step = next((one for one in STEPS if one * per >= APART), None)
        first = begins if begins == 0 or step is None else -(-begins // step) * step
        for at in (begins,) if step is None else range(first, ends + 1, step):
            place = bare.place(at)
            if all(abs(place - other) >= APART * 0.9 for other in taken):
                taken.append(place)
                yield Tick(place, _label(at, clock))


def _runs(instants: tuple[Span, ...], gaps: list[Span], limit: float) -> Iterator[tuple[int, int]]:
    """The parts of the axis that are drawn at one scale."""
    begins = instants[0]
    for gap, left, right in zip(gaps, instants, instants[1:], strict=False):
        if gap > limit:
            yield begins, left
            begins = right
    yield begins, instants[-1]


def _label(at: Span, clock: bool) -> str:
    if not clock:
        return f"{round(at / SECOND, 1 if at >= SECOND else 3):g} s"
    minutes, seconds = divmod(round(at / SECOND), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
