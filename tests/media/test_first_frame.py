from __future__ import annotations

import pytest

from emulator.media import Clip, render
from emulator.media.fit import crop
from tests.media.pictures import (
    Colours,
    Shade,
    canvas,
    colours,
    distance,
    encoded,
    frames,
    image,
    other,
    slope,
)

# How far a colour may be off, of 255, on average: what a video codec and 4:2:0 chroma cost.
NEAR = 2.5
# How far another picture is off at least.
FAR = 30.0
ACROSS, DOWN = 16, 12


def shown(start: bytes, width: int, height: int) -> Colours:
    clip = Clip(width=width, height=height, seconds=1, start=start, scene="a")
    return colours(next(frames(render(clip))), ACROSS, DOWN)


def expected(shade: Shade, shape: float, width: int, height: int) -> Colours:
    """The middle of a picture of that shape as `shade` draws it, with no scaler in between."""
    wide, high = min(1.0, width / height / shape), min(1.0, shape / (width / height))
    return [
        [
            shade(
                0.5 + wide * ((column + 0.5) / ACROSS - 0.5),
                0.5 + high * ((row + 0.5) / DOWN - 0.5),
            )
            for column in range(ACROSS)
        ]
        for row in range(DOWN)
    ]


SHAPES = [
    ("png", 320, 180, 1280, 720),
    ("png", 320, 180, 720, 1280),
    ("png", 180, 320, 640, 360),
    ("png", 150, 150, 640, 360),
    ("png", 97, 61, 640, 360),
    ("png", 640, 400, 64, 64),
    ("jpeg", 180, 320, 640, 360),
    ("jpeg", 240, 135, 640, 360),
    ("webp", 240, 135, 640, 360),
    ("webp", 135, 240, 640, 360),
]


@pytest.mark.parametrize(("kind", "width", "height", "to_width", "to_height"), SHAPES)
def test_a_clip_opens_with_the_middle_of_its_start_frame(
    kind: str, width: int, height: int, to_width: int, to_height: int
) -> None:
    seen = shown(image(width, height, slope, kind), to_width, to_height)
    assert distance(seen, expected(slope, width / height, to_width, to_height)) <= NEAR
    assert distance(seen, expected(other, width / height, to_width, to_height)) >= FAR


def test_two_start_frames_give_two_first_frames() -> None:
    one, two = (shown(image(320, 180, shade), 640, 360) for shade in (slope, other))
    assert distance(one, two) >= FAR


@pytest.mark.parametrize(
    "colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 64, 200)]
)
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_colours_are_kept(colour: tuple[int, int, int], kind: str) -> None:
    seen = shown(image(64, 48, lambda *_: colour, kind), 64, 48)
    assert distance(seen, [[colour] * ACROSS] * DOWN) <= 2


def test_a_grey_image_stays_grey() -> None:
    grey = encoded(canvas(64, 48, lambda x, _: (round(255 * x),), "gray"), "png", {})
    for row in shown(grey, 64, 48):
        for column, pixel in enumerate(row):
            wanted = 255 * (column + 0.5) / ACROSS
            assert all(abs(value - wanted) <= 10 for value in pixel)


def test_transparency_is_dropped() -> None:
    faint = canvas(64, 48, lambda x, y: (*slope(x, y), round(255 * y)), "rgba")
    seen = shown(encoded(faint, "png", {}), 64, 48)
    assert distance(seen, expected(slope, 64 / 48, 64, 48)) <= NEAR


def test_a_picture_without_loss_shows_its_colours() -> None:
    argb = canvas(64, 48, lambda x, y: (*slope(x, y), 255), "rgba").reformat(format="bgra")
    seen = shown(encoded(argb, "libwebp", {"lossless": "1"}), 64, 48)
    assert distance(seen, expected(slope, 64 / 48, 64, 48)) <= NEAR


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 400), (400, 1), (2, 3)])
def test_a_tiny_image_fills_the_frame(width: int, height: int) -> None:
    seen = shown(image(width, height, lambda *_: (200, 100, 50)), 1280, 720)
    assert distance(seen, [[(200, 100, 50)] * ACROSS] * DOWN) <= 2


@pytest.mark.parametrize(
    ("size", "to", "kept"),
    [
        ((1280, 720), (1920, 1080), (1280, 720, 0, 0)),
        ((1000, 1000), (1280, 720), (1000, 562, 0, 219)),
        ((1000, 1000), (720, 1280), (562, 1000, 219, 0)),
        ((400, 1), (1280, 720), (2, 1, 199, 0)),
        ((1, 400), (720, 1280), (1, 2, 0, 199)),
    ],
)
def test_the_crop_is_the_largest_of_the_shape_and_in_the_middle(
    size: tuple[int, int], to: tuple[int, int], kept: tuple[int, int, int, int]
) -> None:
    assert crop(*size, *to) == kept
