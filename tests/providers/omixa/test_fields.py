"""The seed page's table of request fields: every name and alias, its type and its range."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.desk import JOBS, LITE, PHOTO, Desk, created, part

ABSENT = object()
NO_TEXT = (5, 1.5, True, None, ["a"], {})
NO_FLAG = (0, 1, "true", "", None, [])
NO_WHOLE = (1.5, "2", "", True, False, None, [2], {})
NO_IMAGE = (
    "",
    "a lake",
    "lake.png",
    5,
    True,
    None,
    {},
    {"type": "image_url"},
    {"type": "image_url", "image_url": PHOTO},
    {"type": "image_url", "image_url": {}},
    {"type": "image_url", "image_url": {"url": 5}},
    {"type": "image", "image_url": {"url": PHOTO}},
    part(PHOTO, "video_url"),
    {"image_url": {"url": PHOTO}},
    {"url": PHOTO},
)
START = {"start_frame": PHOTO}

# names, what else the request needs, values that are taken, values that are not
TABLE: tuple[tuple[tuple[str, ...], dict[str, Any], tuple[Any, ...], tuple[Any, ...]], ...] = (
    (("model",), {}, (LITE["model"],), (ABSENT, *NO_TEXT)),
    (("prompt",), {}, ("A lake", "湖", "x" * 9000), (ABSENT, "", *NO_TEXT)),
    (
        ("video_operation", "task"),
        {},
        ("text_to_video",),
        ("remix", "TEXT_TO_VIDEO", "text-to-video", "", *NO_TEXT),
    ),
    (
        ("duration_seconds", "seconds"),
        {},
        (4, 6, 8, 8.0),
        (0, 0.99, 30.01, 31, -8, "8", "8s", True, False, None, [8], {}),
    ),
    (("aspect_ratio",), {}, ("16:9", "9:16", "1:1"), ("4:3", "16x9", "auto", "", *NO_TEXT)),
    (
        ("resolution", "size"),
        {},
        ("720p", "1080p", "1280x720", "720x1280", "1920x1080"),
        ("1080x1920", "4k", "480p", "720", "720P", "", *NO_TEXT),
    ),
    (("sample_count", "n_variants"), {}, (1, 2, 3, 4, 2.0), (0, 5, -1, 10**30, *NO_WHOLE)),
    (("negative_prompt",), {}, ("", "rain"), NO_TEXT),
    (("person_generation",), {}, ("allow_adult", "dont_allow", "anything"), NO_TEXT),
    (("generate_audio",), {}, (True, False), NO_FLAG),
    (("enhance_prompt",), {}, (True, False), NO_FLAG),
    (("seed",), {}, (0, 7, 7.0, 2**32 - 1), NO_WHOLE),
    (
        ("start_frame", "first_frame", "image", "input_reference"),
        {},
        (PHOTO, part(PHOTO)),
        (*NO_IMAGE, [PHOTO]),
    ),
    (("last_frame", "end_frame"), START, (PHOTO, part(PHOTO)), (*NO_IMAGE, [PHOTO])),
    (
        ("reference_images",),
        {},
        ([PHOTO], [part(PHOTO), PHOTO, PHOTO]),
        (PHOTO, part(PHOTO), [], *([one] for one in NO_IMAGE), [PHOTO, 5], True, None, {}),
    ),
    (
        ("source_video", "source_video_id", "video_id"),
        {},
        (),
        ("", "nonsense", PHOTO, part(PHOTO), 5, True, None, [], {}, {"type": "video_url"}),
    ),
    (("wait_seconds",), {}, (0, 1, 3.0), (-1, *NO_WHOLE)),
    (("poll_interval_seconds",), {}, (0, 2, 2.0), (-1, *NO_WHOLE)),
)


def cases(column: int) -> list[Any]:
    """One case for each name of each field and each value in a column."""
    return [
        pytest.param(name, line[1], value, id=f"{name}-{nth}")
        for line in TABLE
        for name in line[0]
        for nth, value in enumerate(line[column])
    ]


def request(name: str, value: Any, more: dict[str, Any]) -> dict[str, Any]:
    """A good request with one field changed."""
    body = {**LITE, **more, name: value}
    return {key: one for key, one in body.items() if one is not ABSENT}


@pytest.mark.parametrize(("name", "more", "value"), cases(2))
def test_a_value_in_the_table_is_accepted(name: str, more: dict[str, Any], value: Any) -> None:
    desk = Desk()
    assert desk.post(JOBS, request(name, value, more)).status == 200
    assert len(desk.jobs) == 1


@pytest.mark.parametrize(("name", "more", "value"), cases(3))
def test_another_value_fails_validation_and_is_named(
    name: str, more: dict[str, Any], value: Any
) -> None:
    desk = Desk()
    answer = desk.post(JOBS, request(name, value, more))
    assert answer.status == 422
    error = answer.body["error"]
    assert answer.body == {
        "error": {
            "message": error["message"],
            "type": "validation_error",
            "code": "invalid_payload",
        }
    }
    assert error["message"].startswith(name)
    assert not desk.jobs


def test_no_optional_field_is_needed() -> None:
    assert created(Desk())["status"] == "running"


def test_a_field_that_is_not_in_the_table_is_ignored() -> None:
    plain, desk = Desk(), Desk()
    more = {"provider": "google", "n": 3, "duration": 99, "operation": "x"}
    assert created(desk, **more) == created(plain)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"5", b"null", b"\xff", b"model=veo"]
)
def test_a_body_that_is_no_json_object_fails_validation(body: bytes) -> None:
    answer = Desk().post(JOBS, body)
    assert answer.status == 422
    assert answer.body["error"]["type"] == "validation_error"


@pytest.mark.parametrize(
    "name", ["veo-3.1-generate-preview", "sora", "", "VEO-3.1-lite-generate-001"]
)
def test_an_unknown_model_fails_validation_with_a_code_of_its_own(name: str) -> None:
    desk = Desk()
    answer = desk.post(JOBS, {**LITE, "model": name})
    assert answer.status == 422
    assert answer.body["error"]["code"] == "model_not_found"
    assert not desk.jobs


def test_the_seed_pages_payload_runs() -> None:
    desk = Desk()
    shown = created(
        desk,
        prompt="A smooth camera move through a neural network converging into one API endpoint.",
        video_operation="image_to_video",
        duration_seconds=8,
        aspect_ratio="16:9",
        resolution="720p",
        start_frame=part(PHOTO),
        sample_count=1,
        wait_seconds=3,
        poll_interval_seconds=2,
    )
    assert (shown["status"], shown["poll_after_seconds"]) == ("running", 5)
    shot = desk.jobs[0].draft.shot
    assert (shot.width, shot.height, shot.seconds, shot.start) == (1280, 720, 8, PHOTO)


def test_its_placeholder_is_not_an_image() -> None:
    frame = part("data:image/png;base64,<base64-start-frame>")
    assert Desk().post(JOBS, {**LITE, "start_frame": frame}).status == 422
