"""Takes a PNG apart just enough to leave only its pixels in it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from emulator.media.headers import NotAnImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


def bare(data: bytes) -> bytes:
    """The PNG `data` with the chunks that hold its pixels and no others.

    libav inflates text and colour profiles without a bound: 400 kB of them took over a gigabyte.
    Raises `NotAnImage` when it is cut short or a checksum is wrong.
    """
    return SIGNATURE + b"".join(chunk for chunk in _chunks(data) if chunk[4:8] in PIXELS)


def _chunks(data: bytes) -> Iterator[bytes]:
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        chunk = data[at : at + size + 12]
        if len(chunk) < size + 12:
            raise NotAnImage("not decodable as image/png: it is cut short")
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise NotAnImage(f"not decodable as image/png: the checksum of {kind!r} is wrong")
        yield chunk
        at += size + 12
