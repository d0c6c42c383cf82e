"""Makes the images that tests send, and reads back the ones they get, through av alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from struct import pack

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

Colour = tuple[int, ...]
Shade = Callable[[float, float], Colour]
"""The samples of a pixel, by how far right and how far down it is, each from 0 to 1."""

Colours = list[list[Colour]]
"""What is seen at the middles of a grid's fields, row by row."""

BYTES = {"rgb24": 3, "rgba": 4, "gray": 1}
CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "png": ("png", {}),
    "jpeg": ("mjpeg", {"qmin": "1", "qmax": "2"}),
    "webp": ("libwebp", {"quality": "95"}),
}


def slope(across: float, down: float) -> tuple[int, int, int]:
    """Every point has a colour of its own, so what is cropped, flipped or tinted shows."""
    return round(40 + 180 * across), round(40 + 180 * down), round(200 - 150 * across)


def other(across: float, down: float) -> tuple[int, int, int]:
    return round(220 - 180 * down), round(60 + 60 * across), round(40 + 180 * down)


def canvas(width: int, height: int, shade: Shade, pixels: str = "rgb24") -> VideoFrame:
    frame = VideoFrame(width, height, pixels)
    plane = frame.planes[0]
    view, row = memoryview(plane), width * BYTES[pixels]
    for y in range(height):
        samples = [shade((x + 0.5) / width, (y + 0.5) / height) for x in range(width)]
        at = y * plane.line_size
        view[at : at + row] = bytes(value for pixel in samples for value in pixel)
    return frame


def image(width: int, height: int, shade: Shade = slope, kind: str = "png") -> bytes:
    frame = canvas(width, height, shade)
    if kind == "jpeg":
        frame = frame.reformat(
            format="yuvj420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG
        )
    elif kind == "webp":
        frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU601)
    return encoded(frame, *CODECS[kind])


def encoded(frame: VideoFrame, codec: str, options: dict[str, str]) -> bytes:
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, frame.format.name
    context.time_base, context.options = Fraction(1), options
    if frame.format.name.startswith("yuvj"):
        context.color_range = ColorRange.JPEG
    return b"".join(map(bytes, (*context.encode(frame), *context.encode(None))))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header asks for that much."""
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def frames(video: bytes) -> Iterator[VideoFrame]:
    """Every frame of a video; a decoder that has to conceal anything fails instead."""
    with av.open(BytesIO(video)) as container:
        container.streams.video[0].codec_context.options = {"err_detect": "explode"}
        yield from container.decode(video=0)


def samples(frame: VideoFrame) -> list[bytes]:
    """What a frame shows, plane by plane, without the padding of its rows."""
    return [
        b"".join(bytes(plane)[y * plane.line_size :][: plane.width] for y in range(plane.height))
        for plane in frame.planes
    ]


def colours(frame: VideoFrame, across: int, down: int) -> Colours:
    """What a frame shows at the middles of that many fields."""
    plane = frame.reformat(format="rgb24").planes[0]
    data = bytes(plane)
    rows = [(2 * row + 1) * frame.height // (2 * down) for row in range(down)]
    places = [(2 * column + 1) * frame.width // (2 * across) for column in range(across)]
    return [[_colour(data, y * plane.line_size + 3 * x) for x in places] for y in rows]


def _colour(data: bytes, at: int) -> Colour:
    return data[at], data[at + 1], data[at + 2]


def distance(one: Colours, two: Colours) -> float:
    """How far two are apart, of 255: the mean absolute difference of all samples."""
    pairs = [
        (here, there)
        for rows in zip(one, two, strict=True)
        for pixels in zip(*rows, strict=True)
        for here, there in zip(*pixels, strict=True)
    ]
    return sum(abs(here - there) for here, there in pairs) / len(pairs)
