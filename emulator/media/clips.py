"""The whole description of a video or an image, as values. The same description, the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

FPS = 24
Format = Literal["png", "jpeg", "webp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A video: `width` x `height` pixels, both even, `seconds` long at 24 frames a second.

    `scene` names the placeholder that is drawn: the same text is the same picture at every size.
    `start` is an encoded image (PNG, JPEG or WebP) that the video opens with.
    """

    width: int
    height: int
    seconds: float
    audio: bool = False
    scene: str = ""
    start: bytes | None = None

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 16 or self.width % 2 or self.height % 2:
            raise ValueError(f"a clip's sides are even and 16 or more, not {self.size}")
        if self.frames < 2:
            raise ValueError(f"a clip has two frames or more; {self.seconds} s has {self.frames}")

    @property
    def frames(self) -> int:
        """How many frames the video has, exactly."""
        return round(self.seconds * FPS)

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """An image of `width` x `height` pixels; `scene` names what is drawn, as in `Clip`."""

    width: int
    height: int
    format: Format = "png"
    scene: str = ""

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise ValueError(f"a still's sides are 1 or more, not {self.width}x{self.height}")


def mime(thing: Clip | Still) -> str:
    """The media type of the bytes that `render` makes of it."""
    return "video/mp4" if isinstance(thing, Clip) else f"image/{thing.format}"


def name(thing: Clip | Still) -> str:
    """A short name for the description: equal for what renders alike, for nothing else.

    It stands in for the description where that would keep a caller's image in memory.
    """
    if isinstance(thing, Still):
        told = ("still", thing.width, thing.height, thing.format, thing.scene)
        return sha256(repr(told).encode()).hexdigest()
    start = thing.start and sha256(thing.start).hexdigest()
    seen = ("clip", thing.width, thing.height, thing.frames, thing.audio, thing.scene, start)
    return sha256(repr(seen).encode()).hexdigest()
