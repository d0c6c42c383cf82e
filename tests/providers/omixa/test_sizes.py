from __future__ import annotations

from typing import Any

import pytest

from emulator.core.jobs import Shot
from tests.providers.desk import JOBS, LITE, PHOTO, Desk, created


def shot(**more: Any) -> Shot:
    """What a create makes."""
    desk = Desk()
    created(desk, **more)
    return desk.jobs[0].draft.shot


@pytest.mark.parametrize("length", [4, 6, 8])
def test_a_video_is_four_six_or_eight_seconds_long(length: int) -> None:
    assert shot(duration_seconds=length).seconds == length


def test_and_eight_where_nothing_is_said() -> None:
    assert shot().seconds == 8


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 9, 30, 4.5, 7.999, 1.0])
def test_what_the_provider_does_not_make_is_refused_and_named(length: float) -> None:
    desk = Desk()
    answer = desk.post(JOBS, {**LITE, "duration_seconds": length})
    assert answer.status == 422
    assert answer.body["error"]["message"].startswith("duration_seconds")
    assert not desk.jobs


@pytest.mark.parametrize(
    ("asked", "made"), [(1, 4), (4.9, 4), (5, 4), (5.1, 6), (6, 6), (7, 6), (7.5, 8), (30, 8)]
)
def test_where_lengths_snap_the_nearest_is_made(asked: float, made: float) -> None:
    desk = Desk(assume={"omixa.durations": "snap"})
    created(desk, duration_seconds=asked)
    assert desk.jobs[0].draft.shot.seconds == made


@pytest.mark.parametrize("asked", [0, 31, -4])
def test_but_never_what_is_outside_the_table(asked: float) -> None:
    desk = Desk(assume={"omixa.durations": "snap"})
    assert desk.post(JOBS, {**LITE, "duration_seconds": asked}).status == 422


# resolution or size, aspect ratio, the video's width and height
SIZES: tuple[tuple[str | None, str | None, tuple[int, int]], ...] = (
    (None, None, (1280, 720)),
    (None, "16:9", (1280, 720)),
    (None, "9:16", (720, 1280)),
    (None, "1:1", (720, 720)),
    ("720p", None, (1280, 720)),
    ("720p", "9:16", (720, 1280)),
    ("720p", "1:1", (720, 720)),
    ("1080p", None, (1920, 1080)),
    ("1080p", "9:16", (1080, 1920)),
    ("1080p", "1:1", (1080, 1080)),
    ("1280x720", None, (1280, 720)),
    ("1280x720", "16:9", (1280, 720)),
    ("720x1280", None, (720, 1280)),
    ("720x1280", "9:16", (720, 1280)),
    ("1920x1080", None, (1920, 1080)),
    ("1920x1080", "16:9", (1920, 1080)),
)


@pytest.mark.parametrize("name", ["resolution", "size"])
@pytest.mark.parametrize(("size", "ratio", "expected"), SIZES)
def test_size_and_ratio_make_a_picture(
    name: str, size: str | None, ratio: str | None, expected: tuple[int, int]
) -> None:
    asked = {name: size, "aspect_ratio": ratio}
    made = shot(**{key: value for key, value in asked.items() if value is not None})
    assert (made.width, made.height) == expected


@pytest.mark.parametrize("name", ["resolution", "size"])
@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ("1280x720", "9:16"),
        ("1280x720", "1:1"),
        ("720x1280", "16:9"),
        ("720x1280", "1:1"),
        ("1920x1080", "9:16"),
    ],
)
def test_a_size_that_contradicts_the_ratio_is_refused(name: str, size: str, ratio: str) -> None:
    answer = Desk().post(JOBS, {**LITE, name: size, "aspect_ratio": ratio})
    assert answer.status == 422
    assert "aspect_ratio" in answer.body["error"]["message"]


@pytest.mark.parametrize("length", [4, 6, 8])
def test_full_hd_may_be_short(length: int) -> None:
    assert shot(resolution="1080p", duration_seconds=length).height == 1080


@pytest.mark.parametrize("audio", [True, False])
def test_sound_is_made_where_it_is_asked_for(audio: bool) -> None:
    assert shot(generate_audio=audio).audio is audio


def test_the_same_request_shows_the_same_picture_and_another_seed_may_not() -> None:
    assert shot(seed=1, start_frame=PHOTO) == shot(seed=1, start_frame=PHOTO)
    assert len({shot(seed=seed).scene for seed in range(20)}) > 1
