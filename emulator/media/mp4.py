"""Writes coded frames as an MP4 that can be played while it is still being read."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from io import BytesIO, RawIOBase

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from emulator.media.clips import FPS
from emulator.media.reels import Reel, tune

RATE = 48_000
BLOCK = 1024
"""Samples in a packet of AAC."""


def mp4(reel: Reel, width: int, height: int, *, audio: bool) -> bytes:
    """The frames of `reel` at 24 a second, with a silent track of the same length if `audio`."""
    file = BytesIO()
    with _create(file) as container:
        picture = container.add_stream("libx264", FPS)
        tune(picture.codec_context, width, height)
        packets = list(_pictures(reel, picture))
        if audio:
            sound = container.add_stream("aac", RATE)
            _set(sound.codec_context)
            packets += _silence(len(reel) * RATE // FPS, sound)
        container.mux(sorted(packets, key=_when))
    return file.getvalue()


def _create(file: BytesIO) -> OutputContainer:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    # To move its index to the front, libav opens what it has written a second time.
    return av.open(file, "w", "mp4", options, io_open=lambda *_: _Again(file))


class _Again(RawIOBase):
    """Reads a file that is still being written, at a place of its own."""

    def __init__(self, file: BytesIO) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self._file.getbuffer() as view:
            data = bytes(view[self._at : self._at + size if size >= 0 else None])
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._file.getbuffer() as view:
            self._at = offset + (0, self._at, view.nbytes)[whence]
        return self._at

    def tell(self) -> int:
        return self._at


def _set(context: AudioCodecContext) -> None:
    context.sample_rate, context.layout, context.format = RATE, "stereo", "fltp"
    context.time_base = Fraction(1, RATE)
    context.flags |= Flags.bitexact | Flags.global_header


def _pictures(reel: Reel, stream: VideoStream) -> Iterator[Packet[Stream]]:
    for at, data in enumerate(reel):
        packet = _packet(data, stream, at, Fraction(1, FPS))
        packet.is_keyframe = data[4] & 31 == 5  # the type of its one NAL unit: a key frame's slice
        yield packet


def _silence(samples: int, stream: AudioStream) -> Iterator[Packet[Stream]]:
    """Blocks of silence up to exactly `samples`: the last is said to be shorter than it is."""
    for at in range(0, samples, BLOCK):
        packet = _packet(_silent_block(), stream, at, Fraction(1, RATE))
        packet.duration, packet.is_keyframe = min(BLOCK, samples - at), True
        yield packet


def _packet(data: bytes, stream: Stream, at: int, unit: Fraction) -> Packet[Stream]:
    packet = Packet(data)
    packet.stream, packet.time_base = stream, unit
    packet.pts = packet.dts = at
    packet.duration = 1
    return packet


def _when(packet: Packet[Stream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base


@cache
def _silent_block() -> bytes:
    """One block of AAC that is silent, and the same on any machine because nothing is rounded."""
    context = AudioCodecContext.create("aac", "w")
    _set(context)
    frame = AudioFrame(format="fltp", layout="stereo", samples=BLOCK)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts = RATE, 0
    *_, last = (*context.encode(frame), *context.encode(None))
    return bytes(last)
