"""What a placeholder shows: a sun over three rows of waves, with colours and places that follow
from the scene's name alone. Lengths are in cells of 2x2 pixels, as chroma is stored."""

from __future__ import annotations

from colorsys import hls_to_rgb
from dataclasses import dataclass
from hashlib import sha256

LOOP = 24
"""Frames until the picture repeats. Each wave travels one of its lengths in that time."""

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Wave:
    """A row of waves, from the crests at `top` down; solid below `top + swell`."""

    colour: Colour
    top: int
    swell: int
    length: int
    phase: int
    heading: int

    def offset(self, frame: int) -> int:
        """Where a trough of the row stands in this frame, from 0 to `length`."""
        travelled = self.heading * self.length * frame // LOOP
        return (self.phase + travelled) % self.length


@dataclass(frozen=True, slots=True)
class Sun:
    colour: Colour
    x: int
    y: int
    radius: int


@dataclass(frozen=True, slots=True)
class Scenery:
    """Everything that is drawn at one size, from back to front."""

    zenith: Colour
    horizon: Colour
    sun: Sun
    waves: tuple[Wave, ...]


def imagine(scene: str, width: int, height: int) -> Scenery:
    """The scenery of that name for a picture of `width` x `height` cells."""
    dice = sha256(scene.encode()).digest()
    # Cool above and below, warm at the horizon: most other pairs meet in grey.
    cool, warm = 0.47 + dice[0] / 640, (0.90 + dice[1] / 1024) % 1
    return Scenery(
        zenith=_colour(cool, 0.34, 0.50),
        horizon=_colour(warm, 0.80, 0.70),
        sun=Sun(
            _colour(warm, 0.93, 0.90),
            x=width * (25 + dice[2] * 50 // 256) // 100,
            y=height * (44 + dice[3] * 16 // 256) // 100,
            radius=min(width, height) * (15 + dice[4] * 6 // 256) // 100,
        ),
        waves=tuple(_wave(cool, row, dice[5 + row], width, height) for row in range(3)),
    )


def _wave(hue: float, row: int, phase: int, width: int, height: int) -> Wave:
    """Nearer rows are darker, longer, higher and, as they go one length in a loop, faster."""
    # A length in whole steps of the loop keeps every frame's shift a whole number of cells.
    steps = max(1, round(width / LOOP / (12, 8, 5)[row]))
    return Wave(
        _colour((hue + 0.03 * row) % 1, (0.46, 0.33, 0.20)[row], 0.45),
        top=height * (62, 74, 86)[row] // 100,
        swell=steps * LOOP // 8,
        length=steps * LOOP,
        phase=phase * steps * LOOP // 256,
        heading=(-1, 1, -1)[row],
    )


def _colour(hue: float, light: float, depth: float) -> Colour:
    """Luma and both chromas of a colour, BT.709 in the range of television (16 to 235)."""
    red, green, blue = hls_to_rgb(hue, light, depth)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )
