from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.media import Clip, NotAnImage, Picture, images, look, render
from emulator.media.headers import claim
from emulator.media.png import bare
from tests.media.pictures import canvas, encoded, image, png_chunk, png_claiming, slope

KINDS = ["png", "jpeg", "webp"]
SMALL = {kind: image(60, 40, slope, kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(97, 61), (61, 97), (1, 1), (300, 2), (2, 300)])
def test_an_image_is_what_its_bytes_say(kind: str, width: int, height: int) -> None:
    data = image(width, height, slope, kind)
    assert look(data) == claim(data) == Picture(width, height, f"image/{kind}")


def test_every_kind_of_pixel_is_seen() -> None:
    grey = canvas(20, 10, lambda x, _: (round(255 * x),), "gray")
    faint = canvas(20, 10, lambda x, y: (*slope(x, y), round(255 * y)), "rgba")
    clear, bgra = faint.reformat(format="yuva420p"), faint.reformat(format="bgra")
    for data, mime in (
        (encoded(grey, "png", {}), "image/png"),
        (encoded(faint, "png", {}), "image/png"),
        (encoded(clear, "libwebp", {}), "image/webp"),
        (encoded(bgra, "libwebp", {"lossless": "1"}), "image/webp"),
    ):
        assert look(data) == claim(data) == Picture(20, 10, mime)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no bytes"),
        (b"hello, I am a text", "neither PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither PNG"),
        (b"GIF89a" + bytes(40), "neither PNG"),
        (b"\x89PNG\r\n\x1a\n", "without a header"),
        (b"\xff\xd8\xff\xe0", "without a frame header"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "cut inside its header"),
        (b"RIFF\0\0\0\0WEBPXYZ " + bytes(40), "starts with"),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02" + bytes(40), "animated"),
        (png_claiming(0, 10), "0x10"),
        (render(Clip(width=16, height=16, seconds=1)), "neither PNG"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotAnImage, match=reason) as refused:
        look(data)
    assert refused.value.reason == str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_was_cut_is_refused_wherever_it_was_cut(kind: str) -> None:
    whole = SMALL[kind]
    for kept in range(len(whole) - 1):
        with pytest.raises(NotAnImage):
            look(whole[:kept])


def test_a_png_that_was_changed_on_the_way_is_refused() -> None:
    whole = SMALL["png"]
    for at in range(8, len(whole)):
        with pytest.raises(NotAnImage):
            look(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_nothing_but_a_picture_or_a_refusal_comes_of_broken_bytes(
    kind: str, data: st.DataObject
) -> None:
    whole = bytearray(SMALL[kind])
    for at, value in data.draw(
        st.dictionaries(st.integers(12, len(whole) - 1), st.integers(0, 255), max_size=6)
    ).items():
        whole[at] = value
    tail = data.draw(st.binary(max_size=20))
    try:
        picture = look(bytes(whole) + tail)
    except NotAnImage:
        return
    assert picture.mime == f"image/{kind}"


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(SMALL["jpeg"])
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = height.to_bytes(2) + width.to_bytes(2)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    data = bytearray(SMALL["webp"])
    data[26:30] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(data)


BOMBS = {
    "png": png_claiming(100_000, 100_000),
    "just too big": png_claiming(8_001, 8_000),
    "jpeg": jpeg_claiming(65_000, 65_000),
    "webp": webp_claiming(16_000, 16_000),
    "webp without loss": b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xff\xff\xff\x0f" + bytes(20),
    "webp extended": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6 + bytes(20),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_an_image_with_too_many_pixels_is_never_decoded(
    bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "av", None)
    with pytest.raises(NotAnImage, match="more than 64 megapixels"):
        look(bomb)


def test_an_image_that_is_bigger_than_its_header_says_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    header = b"VP8X\x0a\0\0\0" + bytes(4) + b"\x09\0\0" * 2
    liar = SMALL["webp"][:12] + header + SMALL["webp"][12:]
    liar = liar[:4] + (len(liar) - 8).to_bytes(4, "little") + liar[8:]
    assert claim(liar) == Picture(10, 10, "image/webp")
    assert look(liar) == Picture(60, 40, "image/webp")
    monkeypatch.setattr(images, "MOST_PIXELS", 1000)
    with pytest.raises(NotAnImage, match="not decodable"):
        look(liar)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_only_pixels_of_a_png_reach_the_decoder(kind: bytes) -> None:
    whole = SMALL["png"]
    aside = png_chunk(kind, b"name\0\0" + zlib.compress(bytes(10_000)))
    swollen = whole[:33] + aside + whole[33:] + b"and a tail"
    assert kind in swollen
    assert bare(swollen) == bare(whole)
    assert look(swollen) == Picture(60, 40, "image/png")


def test_looking_leaves_the_bytes_alone() -> None:
    file = BytesIO(SMALL["png"])
    assert look(file.getvalue()) == look(file.getvalue())
    assert file.getvalue() == SMALL["png"]
