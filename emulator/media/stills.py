"""Encodes a still image as the file that was asked for."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from emulator.media.clips import Format, Still
from emulator.media.painting import Painting

EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
Codec = Literal["png", "mjpeg", "libwebp"]
CODECS: dict[Format, tuple[Codec, str, dict[str, str]]] = {
    "png": ("png", "rgb24", {"pred": "up"}),
    "jpeg": ("mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2", "huffman": "default"}),
    "webp": ("libwebp", "yuv420p", {"quality": "90", "compression_level": "1"}),
}


def encode(still: Still) -> bytes:
    """The placeholder of the still's scene as a PNG, JPEG or WebP file."""
    codec, pixels, options = CODECS[still.format]
    context = VideoCodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = still.width, still.height, pixels
    context.time_base, context.thread_count = Fraction(1), 1
    context.color_range = ColorRange.MPEG if pixels == "yuv420p" else ColorRange.JPEG
    context.flags |= Flags.bitexact
    context.options = dict(options)
    frame = _colours(Painting(still.scene, still.width, still.height).at(0), pixels)
    return b"".join(map(bytes, (*context.encode(frame), *context.encode(None))))


def _colours(frame: VideoFrame, pixels: str) -> VideoFrame:
    """From the colours of HD television to those of files: RGB, or BT.601 as JPEG and WebP."""
    return frame.reformat(
        format=pixels,
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU601,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.MPEG if pixels == "yuv420p" else ColorRange.JPEG,
        interpolation=EXACT,
    )
