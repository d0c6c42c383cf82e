"""Draws scenery, row by row in plain Python, on the frame that an encoder then reads."""

from __future__ import annotations

from math import acos, isqrt, pi

from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from emulator.media.scenery import Scenery, Sun, Wave, imagine


class Painting:
    """One frame that is painted over again and again: only the moving rows are touched."""

    def __init__(self, scene: str, width: int, height: int) -> None:
        self.frame = VideoFrame(width, height, "yuv420p")
        scenery = imagine(scene, (width + 1) // 2, (height + 1) // 2)
        self._sheets = [_Sheet(*each, scenery) for each in enumerate(self.frame.planes)]

    def at(self, moment: int) -> VideoFrame:
        """The picture at that frame of the loop; it holds until the next call."""
        for sheet in self._sheets:
            sheet.wave(moment)
        self.frame.pts = moment
        return self.frame


class _Sheet:
    """One plane of a frame: luma at two samples a cell, chroma at one."""

    def __init__(self, channel: int, plane: VideoPlane, scenery: Scenery) -> None:
        self._pixels = memoryview(plane)
        self._stride, self._width, self._height = plane.line_size, plane.width, plane.height
        self._channel, self._grain = channel, 1 if channel else 2
        self._waves = scenery.waves
        self._still = self._backdrop(scenery)
        for y, row in enumerate(self._still):
            self._lay(y, row)

    def wave(self, moment: int) -> None:
        """Draws the rows in which a wave's crests stand, as they are at that moment."""
        for wave in self._waves:
            top, swell = wave.top * self._grain, wave.swell * self._grain
            for y in range(top, min(top + swell, self._height)):
                self._lay(y, self._crests(wave, (y - top + 0.5) / swell, moment, self._still[y]))

    def _lay(self, y: int, row: bytes | bytearray) -> None:
        start = y * self._stride
        self._pixels[start : start + self._width] = row

    def _crests(self, wave: Wave, depth: float, moment: int, behind: bytes) -> bytearray:
        """A row of sines cut at `depth`, 0 at the crests and 1 in the troughs."""
        length, row = wave.length * self._grain, bytearray(behind)
        half = round(length * acos(1 - 2 * depth) / (2 * pi))
        crest = wave.offset(moment) * self._grain - length // 2
        for x in range(crest, self._width + half, length):
            self._fill(row, x - half, x + half, wave.colour[self._channel])
        return row

    def _fill(self, row: bytearray, left: int, right: int, shade: int) -> None:
        left, right = max(left, 0), min(right, self._width)
        if left < right:
            row[left:right] = bytes((shade,)) * (right - left)

    def _backdrop(self, scenery: Scenery) -> list[bytes]:
        rows = [bytes((shade,)) * self._width for shade in self._shades(scenery)]
        sea = scenery.waves[0].top + scenery.waves[0].swell
        self._rise(rows, scenery.sun, sea * self._grain)
        return rows

    def _shades(self, scenery: Scenery) -> list[int]:
        """The shade of each row where nothing stands before it: sky, then sea below sea."""
        above, below = scenery.zenith[self._channel], scenery.horizon[self._channel]
        reach = max(1, scenery.waves[0].top * self._grain)
        shades = [above + (below - above) * min(y, reach) // reach for y in range(self._height)]
        for wave in scenery.waves:
            top = (wave.top + wave.swell) * self._grain
            shades[top:] = [wave.colour[self._channel]] * len(shades[top:])
        return shades

    def _rise(self, rows: list[bytes], sun: Sun, sea: int) -> None:
        x, y, radius = (length * self._grain for length in (sun.x, sun.y, sun.radius))
        for at in range(max(0, y - radius), min(y + radius, sea, self._height)):
            half, row = isqrt(radius**2 - (at - y) ** 2), bytearray(rows[at])
            self._fill(row, x - half, x + half, sun.colour[self._channel])
            rows[at] = bytes(row)
