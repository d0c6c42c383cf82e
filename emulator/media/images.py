"""Decodes inline images, to say what they really are and to hand their pixels to a clip.

No demuxer is asked: the first bytes choose one of three decoders, so nothing else of libav is
reachable from outside, and a size is refused before anything is decoded.
"""

from __future__ import annotations

import av
from av.codec.context import Flags
from av.video.frame import VideoFrame

from emulator.media.headers import NotAnImage, Picture, claim
from emulator.media.png import bare

MOST_PIXELS = 64_000_000
DECODERS = {"image/png": "png", "image/jpeg": "mjpeg", "image/webp": "webp"}


def look(data: bytes) -> Picture:
    """What the image `data` really is, after decoding it whole.

    Raises `NotAnImage` when it is no PNG, JPEG or still WebP, is broken or cut short, or has more
    than 64 million pixels; the last is seen in its header and nothing is decoded.
    """
    frame = decode(data)
    return Picture(frame.width, frame.height, claim(data).mime)


def decode(data: bytes) -> VideoFrame:
    """The pixels of the image `data`, in the format it was stored in. Raises `NotAnImage`."""
    picture = claim(data)
    _refuse_size(picture)
    decoder = av.CodecContext.create(DECODERS[picture.mime], "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    decoder.flags |= Flags.bitexact
    # A header can lie where it repeats itself; the decoder then stops at the same bound.
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    try:
        packet = av.Packet(_safe(data, picture.mime))
        frames = [*decoder.decode(packet), *decoder.decode(None)]
    except av.FFmpegError as error:
        raise NotAnImage(f"not decodable as {picture.mime}: {error.strerror}") from None
    if not frames:
        raise NotAnImage(f"not decodable as {picture.mime}: it holds no picture")
    return frames[0]


def _refuse_size(picture: Picture) -> None:
    if not picture.width or not picture.height:
        raise NotAnImage(f"its size is {picture.width}x{picture.height}")
    if picture.width * picture.height > MOST_PIXELS:
        raise NotAnImage(
            f"{picture.width}x{picture.height} is more than {MOST_PIXELS // 1_000_000} megapixels"
        )


def _safe(data: bytes, mime: str) -> bytes:
    """What the decoder may see of `data`."""
    if mime == "image/png":
        return bare(data)
    # libav shows a JPEG that was cut as grey below the cut, without an error.
    if mime == "image/jpeg" and b"\xff\xd9" not in data[data.rfind(b"\xff\xda") :]:
        raise NotAnImage("not decodable as image/jpeg: it is cut short")
    return data
