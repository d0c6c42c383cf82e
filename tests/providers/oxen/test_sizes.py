"""What is made of a model's parameters: length, size, sound and first frame."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.jobs import Shot
from tests.providers.desk import PHOTO, VEO, Desk, enqueued

VEO_3 = {"model": "google-veo-3-1", "prompt": "A lake"}
KLING = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A lake"}


def shot(body: dict[str, Any], **more: Any) -> Shot:
    """What a submit makes."""
    desk = Desk()
    enqueued(desk, body, **more)
    return desk.jobs[0].draft.shot


# request, seconds, width, height
SIZES: tuple[tuple[dict[str, Any], float, int, int], ...] = (
    (VEO, 8, 1280, 720),
    ({**VEO, "duration": "4s"}, 4, 1280, 720),
    ({**VEO, "aspect_ratio": "9:16"}, 8, 720, 1280),
    ({**VEO, "aspect_ratio": "auto"}, 8, 1280, 720),
    ({**VEO, "resolution": "1080p", "duration": "6s"}, 6, 1920, 1080),
    ({**VEO, "resolution": "1080p", "aspect_ratio": "9:16"}, 8, 1080, 1920),
    (VEO_3, 8, 1920, 1080),
    ({**VEO_3, "resolution": "720p", "duration": 6}, 6, 1280, 720),
    ({**VEO_3, "resolution": "4k"}, 8, 3840, 2160),
    ({**VEO_3, "resolution": "4k", "aspect_ratio": "9:16"}, 8, 2160, 3840),
    (KLING, 5, 1920, 1080),
    ({**KLING, "duration": 10, "aspect_ratio": "1:1"}, 10, 1080, 1080),
)


@pytest.mark.parametrize(("body", "seconds", "width", "height"), SIZES)
def test_a_video_is_as_long_and_as_large_as_asked_for(
    body: dict[str, Any], seconds: float, width: int, height: int
) -> None:
    made = shot(body)
    assert (made.kind, made.format) == ("video", "mp4")
    assert (made.seconds, made.width, made.height) == (seconds, width, height)


@pytest.mark.parametrize("audio", [True, False])
def test_it_has_sound_where_that_is_asked_for(audio: bool) -> None:
    assert shot(KLING, generate_audio=audio).audio is audio


def test_kling_is_silent_unless_told_otherwise() -> None:
    assert shot(KLING).audio is False


def test_it_starts_with_an_inline_image() -> None:
    assert shot(VEO, input_image=PHOTO).start == PHOTO


def test_a_link_is_not_fetched_and_stands_for_a_scene_of_its_own() -> None:
    first, second = (shot(VEO, input_image=f"https://example.com/{name}.png") for name in "ab")
    assert first.start is None
    assert first.scene != second.scene


def test_the_outputs_of_a_batch_differ() -> None:
    desk = Desk()
    enqueued(desk, VEO_3, num_generations=4)
    assert len({job.draft.shot for job in desk.jobs}) == 4
