"""Says what an inline video really is: its size and its length, by opening it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from emulator.media.images import MOST_PIXELS


class NotAVideo(ValueError):
    """Bytes that were expected to be a video cannot be decoded as one; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Film:
    """What a video really is: its size in pixels, its length and its media type, by its bytes."""

    width: int
    height: int
    seconds: float
    mime: str


def look_at_video(data: bytes) -> Film:
    """What the video `data` really is, after decoding its first frame.

    Raises `NotAVideo` when it is no MP4, QuickTime or WebM, has no picture that decodes, no
    length, or more than 64 million pixels.
    """
    mime, demuxer = _kind(data)
    try:
        # Only the demuxer that the bytes ask for: others read playlists and open what these name.
        with av.open(BytesIO(data), "r", format=demuxer) as container:
            return _film(container, mime)
    except av.FFmpegError as error:
        raise NotAVideo(f"not decodable as {mime}: {error.strerror}") from None


def _kind(data: bytes) -> tuple[str, str]:
    if not data:
        raise NotAVideo("no bytes at all")
    if data[4:8] == b"ftyp":
        return ("video/quicktime" if data[8:12] == b"qt  " else "video/mp4"), "mp4"
    # Matroska is the same container; its header says which of the two it is.
    if data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64]:
        return "video/webm", "webm"
    raise NotAVideo(f"neither MP4, QuickTime nor WebM: it starts with {data[:8]!r}")


def _film(container: InputContainer, mime: str) -> Film:
    if not container.streams.video:
        raise NotAVideo(f"not decodable as {mime}: it has no video track")
    stream = container.streams.video[0]
    if stream.width * stream.height > MOST_PIXELS:
        raise NotAVideo(f"{stream.width}x{stream.height} is more than it may have")
    first = next(container.decode(stream), None)
    if first is None:
        raise NotAVideo(f"not decodable as {mime}: its video track is empty")
    return Film(first.width, first.height, _seconds(container, stream), mime)


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    """The length of the video track, or of the whole file where a track does not tell its own."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is None:
        raise NotAVideo("it does not tell its length")
    return container.duration / av.time_base
