"""What a drawing consists of. Places are percents of the width, and heights are pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.report.axis import Tick
from contracts.report.pins import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of time, from `x` on, `width` wide."""

    x: float
    width: float
    top: float
    height: float
    stands: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words at a place; `about` says of what they are."""

    x: float
    y: float
    text: str
    about: str = ""


@dataclass(slots=True, kw_only=True)
class Drawing:
    """All shapes, and the names beside the rows. A mark goes through all of them."""

    title: str
    height: float = 0
    foot: float = 0
    names: list[Text] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    breaks: list[tuple[float, str]] = field(default_factory=list)
    marks: list[Text] = field(default_factory=list)
