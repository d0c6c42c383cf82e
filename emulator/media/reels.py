"""Encodes the parts that clips are put together from: runs of H.264 that fit behind one another.

Every run is made with the same settings, opens with a picture that needs no other, and carries no
parameters of its own: those are the file's. So a run may be repeated, cut and joined at will.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from emulator.media.clips import FPS
from emulator.media.painting import Painting
from emulator.media.scenery import LOOP

Reel = tuple[bytes, ...]
"""Coded frames in their order; the first of a whole reel is a key frame."""

# A fixed quantiser: rate control would count in floating point, and differ between reels.
SETTINGS = {"preset": "ultrafast", "qp": "23", "g": str(LOOP), "sc_threshold": "0"}
SLICE_OF_KEY_FRAME = b"\x00\x00\x00\x01\x65"


def tune(context: VideoCodecContext, width: int, height: int) -> None:
    """The settings that all reels of a size share, and the file that holds them."""
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = Fraction(FPS), Fraction(1, FPS)
    context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    context.flags |= Flags.bitexact | Flags.global_header
    context.thread_count = 1
    context.options = dict(SETTINGS)


def loop(scene: str, width: int, height: int) -> Reel:
    """One second of the scene's placeholder. It ends where it begins."""
    painting = Painting(scene, width, height)
    return _encode((painting.at(moment) for moment in range(LOOP)), width, height)


def opening(frame: VideoFrame) -> Reel:
    """One picture, as a key frame; `still` may follow it."""
    return _encode([frame], frame.width, frame.height)


def still(width: int, height: int) -> Reel:
    """The frames that follow any key frame and change nothing of it, to the end of its second.

    They say of every block "as before" and nothing else, so they are the same for all pictures.
    """
    grey = VideoFrame(width, height, "yuv420p")
    for plane in grey.planes:
        plane.update(b"\x80" * plane.buffer_size)
    return _encode((_at(grey, moment) for moment in range(LOOP)), width, height)[1:]


def _at(frame: VideoFrame, moment: int) -> VideoFrame:
    frame.pts = moment
    return frame


def _encode(frames: Iterable[VideoFrame], width: int, height: int) -> Reel:
    context = VideoCodecContext.create("libx264", "w")
    tune(context, width, height)
    packets = [packet for frame in frames for packet in context.encode(frame)]
    first, *rest = (bytes(packet) for packet in (*packets, *context.encode(None)))
    # x264 signs its first frame with its version and settings: 600 bytes in every repetition.
    return (first[first.index(SLICE_OF_KEY_FRAME) :], *rest)
