"""Each model's published schema, rule by rule: a bad parameter is queued, and fails when run.

A list has the values of one parameter that its model takes, and some that it does not.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.media.pictures import image
from tests.providers.desk import PHOTO, VEO, Desk, enqueued, inline, row

SEED, NEW = "seed", "2026-07"
LITE, VEO_3 = "google-veo-3-1-lite", "google-veo-3-1"
KLING = "kling-video-v2-6-pro-text-to-video"
SHOTS = "kling-video-o3-pro-reference-to-video"
FLUX = "black-forest-labs-flux-2-klein-4b"
ABSENT = object()
LINK = "https://example.com/lake.png"
BROKEN = inline(image(64, 36)[:40])
NO_TEXT = (5, True, ["a"], {})
NO_WHOLE = ("7", 1.5, True, [7])
NO_IMAGE = ("lake.png", "ftp://example.com/lake.png", "data:,lake", "data:image/png;base64,aGk=")

# model, its edition, the parameter, values it takes, values it does not
TABLE: tuple[tuple[str, str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
    (LITE, SEED, "prompt", ("A lake", "<prompt>"), (ABSENT, *NO_TEXT)),
    (LITE, SEED, "input_image", (LINK, PHOTO), (ABSENT, 5, {}, BROKEN, *NO_IMAGE)),
    (LITE, SEED, "aspect_ratio", (ABSENT, "auto", "16:9", "9:16"), ("1:1", "4:3", "16/9", 169)),
    (LITE, SEED, "duration", (ABSENT, "4s", "6s", "8s"), ("8", "5s", "10s", "0s", "", 8, 8.0)),
    (LITE, SEED, "resolution", (ABSENT, "720p", "1080p"), ("4k", "480p", "1280x720", 720)),
    (LITE, SEED, "negative_prompt", (ABSENT, "", "rain"), NO_TEXT),
    (LITE, SEED, "seed", (ABSENT, 0, 7, -1, 2**40), NO_WHOLE),
    (LITE, SEED, "auto_fix", (ABSENT, True, False), ("true", 1, 0, [])),
    (LITE, NEW, "prompt", ("A lake",), (ABSENT, *NO_TEXT)),
    (LITE, NEW, "input_image", (ABSENT, LINK, PHOTO), (5, BROKEN, *NO_IMAGE)),
    (LITE, NEW, "aspect_ratio", (ABSENT, "16:9", "9:16"), ("auto", "1:1", 169)),
    (LITE, NEW, "duration", (ABSENT, 4, 6, 8), ("8s", "8", 5, 7, 0, 16, True)),
    (LITE, NEW, "resolution", (ABSENT, "720p", "1080p"), ("4k", 720)),
    (LITE, NEW, "seed", (ABSENT, 7), NO_WHOLE),
    (VEO_3, SEED, "prompt", ("A lake",), (ABSENT, *NO_TEXT)),
    (VEO_3, SEED, "aspect_ratio", (ABSENT, "16:9", "9:16"), ("auto", "1:1")),
    (VEO_3, SEED, "resolution", (ABSENT, "720p", "1080p", "4k"), ("480p", "2160p", 4)),
    (VEO_3, SEED, "duration", (ABSENT, 4, 6, 8), ("8s", 5, 10)),
    (KLING, SEED, "prompt", ("A lake",), (ABSENT, *NO_TEXT)),
    (KLING, SEED, "duration", (ABSENT, 5, 10), ("5", "5s", 2, 6, 7.5)),
    (KLING, SEED, "aspect_ratio", (ABSENT, "9:16", "16:9", "1:1"), ("auto", "4:3")),
    (KLING, SEED, "generate_audio", (ABSENT, True, False), ("yes", 1)),
    (KLING, SEED, "cfg_scale", (ABSENT, 0, 0.5, 10), (-0.1, 10.5, "0.5", True)),
    (KLING, SEED, "negative_prompt", (ABSENT, "rain"), NO_TEXT),
    (SHOTS, SEED, "duration", (ABSENT, 3, 15), (2, 16, "5", 4.5)),
    (SHOTS, SEED, "input_images", (ABSENT, [LINK, PHOTO]), ([5], LINK, [BROKEN], ["lake.png"])),
    (FLUX, SEED, "prompt", ("A lake",), (ABSENT, *NO_TEXT)),
    (FLUX, SEED, "input_image", (ABSENT, [], [LINK], [LINK, PHOTO]), (LINK, [5], [BROKEN])),
    (
        FLUX,
        SEED,
        "aspect_ratio",
        (ABSENT, "1:1", "16:9", "9:16", "4:3", "3:4"),
        ("auto", "21:9", 1),
    ),
    (FLUX, SEED, "output_quality", (ABSENT, "standard", "high"), ("low", 1)),
    (FLUX, SEED, "output_format", (ABSENT, "png", "jpg", "webp"), ("jpeg", "gif")),
    (FLUX, SEED, "seed", (ABSENT, 7), NO_WHOLE),
    (FLUX, SEED, "num_inference_steps", (ABSENT, 1, 28, 50), (0, 51, 2.5, "28")),
    (FLUX, SEED, "guidance_scale", (ABSENT, 0, 2.0, 10), (-1, 10.01, "2")),
)


def cases(column: int) -> list[Any]:
    """One row of the table for each value in a column."""
    return [
        pytest.param(line[0], line[1], line[2], value, id=f"{line[0]}-{line[1]}-{line[2]}-{nth}")
        for line in TABLE
        for nth, value in enumerate(line[column])
    ]


def request(model: str, **more: Any) -> dict[str, Any]:
    """A good request to a model, with these parameters changed."""
    image = {"input_image": LINK} if model == LITE else {}
    body = {"model": model, "prompt": "A lake", **image, **more}
    return {name: value for name, value in body.items() if value is not ABSENT}


def shown(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """The row of a request once it has run."""
    (id,) = enqueued(desk, body)
    assert row(desk, id)["status"] == "queued"
    return row(desk.after(40), id)


@pytest.mark.parametrize(("model", "edition", "name", "value"), cases(3))
def test_a_value_that_the_model_takes_succeeds(
    model: str, edition: str, name: str, value: Any
) -> None:
    desk = Desk(assume={"oxen.veo-lite-edition": edition})
    ended = shown(desk, request(model, **{name: value}))
    assert (ended["status"], ended["error_message"]) == ("succeeded", None)


@pytest.mark.parametrize(("model", "edition", "name", "value"), cases(4))
def test_another_is_queued_and_fails_with_a_message_that_names_it(
    model: str, edition: str, name: str, value: Any
) -> None:
    desk = Desk(assume={"oxen.veo-lite-edition": edition})
    ended = shown(desk, request(model, **{name: value}))
    assert ended["status"] == "failed"
    assert name in ended["error_message"]
    assert (desk.account("oxen").held, desk.account("oxen").captured) == (0, 0)


@pytest.mark.parametrize(("model", "edition", "name", "value"), cases(4))
def test_the_sync_endpoint_refuses_it_at_once_in_the_same_words(
    model: str, edition: str, name: str, value: Any
) -> None:
    queue, desk = (Desk(assume={"oxen.veo-lite-edition": edition}) for _ in range(2))
    body = request(model, **{name: value})
    kind = "images" if model == FLUX else "videos"
    answer = desk.post(f"/api/ai/{kind}/generate", body)
    words = shown(queue, body)["error_message"]
    assert answer.status == 400
    assert answer.body["error"]["detail"] == f"Getting model response error: 422 - {words}"
    assert not desk.jobs
    assert desk.account("oxen").available == desk.account("oxen").deposited


def shots(*lengths: int) -> list[dict[str, Any]]:
    """A prompt for each shot, so many seconds long."""
    return [{"prompt": "A lake", "duration": length} for length in lengths]


BOTH = "Value error, Cannot provide both 'prompt' and 'multi_prompt'."
NEITHER = "Value error, Either 'prompt' or 'multi_prompt' must be provided."

# parameters, the documented words
DOCUMENTED: tuple[tuple[dict[str, Any], str], ...] = (
    (request(LITE, prompt=ABSENT), "Field required"),
    (request(LITE, duration="2"), "duration value '2' is invalid"),
    (request(KLING, duration=2), "duration value '2' is invalid"),
    (request(LITE, input_image="lake.png"), "Invalid URL"),
    (request(SHOTS, multi_prompt=shots(5)), BOTH),
    (request(SHOTS, prompt=ABSENT), NEITHER),
    (
        request(SHOTS, prompt=ABSENT, multi_prompt=shots(8, 8)),
        "Total shot duration (16s) exceeds maximum allowed (15s)",
    ),
)


@pytest.mark.parametrize(("body", "words"), DOCUMENTED)
def test_a_failure_has_the_documented_words_where_there_are_some(
    body: dict[str, Any], words: str
) -> None:
    assert words in shown(Desk(), body)["error_message"]
    detail = Desk().post("/api/ai/videos/generate", body).body["error"]["detail"]
    assert detail.startswith("Getting model response error: 422 - ")
    assert words in detail


@pytest.mark.parametrize("lengths", [(3,), (15,), (5, 5, 5), (1, 2), (1,) * 15])
def test_shots_may_last_three_to_fifteen_seconds_together(lengths: tuple[int, ...]) -> None:
    desk = Desk()
    ended = shown(desk, request(SHOTS, prompt=ABSENT, multi_prompt=shots(*lengths)))
    assert ended["status"] == "succeeded"
    assert desk.jobs[0].draft.shot.seconds == sum(lengths)


@pytest.mark.parametrize(
    "bad",
    [
        shots(1, 1),
        shots(16),
        shots(15, 1),
        [],
        [{"prompt": "A lake"}],
        [{"duration": 5}],
        [{"prompt": 5, "duration": 5}],
        [{"prompt": "A lake", "duration": "5"}],
        ["A lake"],
        "A lake",
    ],
)
def test_other_shots_fail(bad: Any) -> None:
    ended = shown(Desk(), request(SHOTS, prompt=ABSENT, multi_prompt=bad))
    assert ended["status"] == "failed"
    assert "shot" in ended["error_message"] or "multi_prompt" in ended["error_message"]


def test_an_empty_prompt_for_an_image_fails() -> None:
    ended = shown(Desk(), request(FLUX, prompt=""))
    assert ended["status"] == "failed"
    assert "prompt" in ended["error_message"]


def test_there_may_be_too_many_images() -> None:
    ended = shown(Desk(), request(SHOTS, input_images=[LINK] * 5))
    assert ended["status"] == "failed"
    assert "input_images" in ended["error_message"]


@pytest.mark.parametrize(
    ("length", "status"), [(8, "succeeded"), (ABSENT, "succeeded"), (4, "failed"), (6, "failed")]
)
def test_full_hd_needs_eight_seconds_in_the_newer_edition(length: Any, status: str) -> None:
    desk = Desk(assume={"oxen.veo-lite-edition": NEW})
    ended = shown(desk, request(LITE, resolution="1080p", duration=length))
    assert ended["status"] == status


def test_full_hd_may_be_short_in_the_seeds_edition() -> None:
    assert shown(Desk(), request(LITE, resolution="1080p", duration="4s"))["status"] == "succeeded"


def test_an_inline_image_that_is_too_large_fails() -> None:
    large = inline(b"\x89PNG\r\n\x1a\n" + bytes(21 * 2**20))
    ended = shown(Desk(), {**VEO, "input_image": large})
    assert ended["status"] == "failed"
    assert "input_image" in ended["error_message"]
