from __future__ import annotations

from fractions import Fraction
from io import BytesIO

import av
import pytest

from emulator.media import Clip, Film, NotAVideo, look_at_video, render
from tests.media.pictures import image

MP4 = render(Clip(width=64, height=48, seconds=5.5, audio=True))


def recorded(container: str, codec: str) -> bytes:
    """A second of a film as other programs write it."""
    file = BytesIO()
    with av.open(file, "w", container) as output:
        stream = output.add_stream(codec, 10)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "yuv420p"
        for at in range(10):
            frame = av.VideoFrame(32, 18, "yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, 10)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def sound() -> bytes:
    file = BytesIO()
    with av.open(file, "w", "mp4") as output:
        stream = output.add_stream("aac", 48_000)
        frame = av.AudioFrame("fltp", "stereo", 1024)
        frame.sample_rate = 48_000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def test_a_video_is_what_its_bytes_say() -> None:
    assert look_at_video(MP4) == Film(64, 48, 5.5, "video/mp4")


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mov", "libx264", "video/quicktime"),
        ("webm", "libvpx", "video/webm"),
        ("mp4", "mpeg4", "video/mp4"),
    ],
)
def test_other_makers_films_are_seen(container: str, codec: str, mime: str) -> None:
    film = look_at_video(recorded(container, codec))
    assert (film.width, film.height, film.mime) == (32, 18, mime)
    assert film.seconds == pytest.approx(1, abs=0.11)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no bytes"),
        (b"a text, not a video", "neither MP4"),
        (b"#EXTM3U\nhttp://example.com/a.ts\n", "neither MP4"),
        (image(8, 8), "neither MP4"),
        (recorded("matroska", "mpeg4"), "neither MP4"),
        (MP4[:32], "not decodable as video/mp4"),
        (MP4[: MP4.index(b"mdat") + 4], "not decodable as video/mp4"),
        (b"\0\0\0\x18ftypisom" + bytes(200), "not decodable as video/mp4"),
        (sound(), "no video track"),
    ],
)
def test_what_is_no_video_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAVideo, match=reason) as refused:
        look_at_video(data)
    assert refused.value.reason == str(refused.value)
