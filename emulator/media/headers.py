"""What an image's first bytes claim: its kind and its size. Nothing is decoded here."""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack_from


class NotAnImage(ValueError):
    """Bytes that were expected to be an image cannot be decoded as one; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """What an image really is: its size in pixels and its media type, by its bytes."""

    width: int
    height: int
    mime: str


def claim(data: bytes) -> Picture:
    """The picture that the head of `data` announces. Raises `NotAnImage`."""
    if not data:
        raise NotAnImage("no bytes at all")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    raise NotAnImage(f"neither PNG, JPEG nor WebP: it starts with {data[:8]!r}")


def _png(data: bytes) -> Picture:
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise NotAnImage("a PNG without a header")
    width, height = unpack_from(">II", data, 16)
    return Picture(width, height, "image/png")


# Markers C0 to CF start a frame and carry its size, save three that define tables (ITU T.81, B.1).
SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> Picture:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes may stand before any marker
            at += 1
            continue
        if marker in SIZED:
            height, width = unpack_from(">HH", data, at + 5)
            return Picture(width, height, "image/jpeg")
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    raise NotAnImage("a JPEG without a frame header")


def _webp(data: bytes) -> Picture:
    if len(data) < 30:
        raise NotAnImage("a WebP cut inside its header")
    match data[12:16]:
        case b"VP8 ":
            width, height = (side & 0x3FFF for side in unpack_from("<HH", data, 26))
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if data[20] & 0x02:
            raise NotAnImage("an animated WebP; a still image was expected")
        case b"VP8X":
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        case other:
            raise NotAnImage(f"a WebP that starts with {other!r}")
    return Picture(width, height, "image/webp")
