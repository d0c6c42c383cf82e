from __future__ import annotations

from typing import Any

import pytest

from tests.media.pictures import image
from tests.providers.desk import JOBS, LITE, PHOTO, Desk, created, inline

OTHER = inline(image(36, 64))


def done() -> tuple[Desk, str]:
    """A world with a video that has succeeded, and its operation."""
    desk = Desk()
    operation = created(desk)["operation"]
    return desk.after(40), operation


# operation, its inputs, which of them are refused when they are missing
NEEDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("text_to_video", {}),
    ("image_to_video", {"start_frame": PHOTO}),
    ("first_last_frames", {"start_frame": PHOTO, "last_frame": OTHER}),
    ("reference_to_video", {"reference_images": [PHOTO]}),
    ("reference_to_video", {"reference_images": [PHOTO, OTHER, PHOTO]}),
    ("extend", {"source_video": ...}),
)


def with_source(inputs: dict[str, Any]) -> tuple[Desk, dict[str, Any]]:
    """A world, and the inputs with its own operation in the place of the dots."""
    desk, operation = done()
    return desk, {name: operation if one is ... else one for name, one in inputs.items()}


@pytest.mark.parametrize("name", ["video_operation", "task"])
@pytest.mark.parametrize(("operation", "inputs"), NEEDS)
def test_an_operation_with_its_inputs_succeeds(
    name: str, operation: str, inputs: dict[str, Any]
) -> None:
    desk, inputs = with_source(inputs)
    created(desk, **{name: operation}, **inputs)
    assert desk.jobs[1].status(desk.after(40).clock) == "succeeded"


MISSING = [
    pytest.param(operation, inputs, left, id=f"{operation}-{left}-{nth}")
    for nth, (operation, inputs) in enumerate(NEEDS)
    for left in inputs
]


@pytest.mark.parametrize(("operation", "inputs", "left"), MISSING)
def test_without_one_of_them_it_fails_validation(
    operation: str, inputs: dict[str, Any], left: str
) -> None:
    desk, inputs = with_source(inputs)
    rest = {name: one for name, one in inputs.items() if name != left}
    answer = desk.post(JOBS, {**LITE, "video_operation": operation, **rest})
    assert answer.status == 422
    assert answer.body["error"]["code"] == "invalid_payload"
    assert left in answer.body["error"]["message"]
    assert len(desk.jobs) == 1


def test_a_video_has_at_most_three_reference_images() -> None:
    answer = Desk().post(JOBS, {**LITE, "reference_images": [PHOTO] * 4})
    assert answer.status == 422
    assert answer.body["error"]["message"].startswith("reference_images")


def test_a_last_frame_needs_a_first() -> None:
    answer = Desk().post(JOBS, {**LITE, "last_frame": PHOTO})
    assert answer.status == 422
    assert "start_frame" in answer.body["error"]["message"]


# inputs, the operation they call for
INFERRED: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "text_to_video"),
    ({"start_frame": PHOTO}, "image_to_video"),
    ({"start_frame": PHOTO, "last_frame": OTHER}, "first_last_frames"),
    ({"reference_images": [PHOTO]}, "reference_to_video"),
    ({"source_video": ...}, "extend"),
    ({"source_video": ..., "start_frame": PHOTO}, "extend"),
)


@pytest.mark.parametrize(("inputs", "operation"), INFERRED)
def test_the_inputs_decide_where_no_operation_is_named(
    inputs: dict[str, Any], operation: str
) -> None:
    told, inputs = with_source(inputs)
    untold, _ = with_source({})
    created(told, video_operation=operation, **inputs)
    created(untold, **inputs)
    assert told.jobs[1] == untold.jobs[1]


def test_an_inferred_reference_to_video_is_one() -> None:
    desk = Desk(assume={"omixa.references": "refuse"})
    assert desk.post(JOBS, {**LITE, "reference_images": [PHOTO]}).status == 422
    assert desk.post(JOBS, {**LITE, "start_frame": PHOTO}).status == 200


@pytest.mark.parametrize("operation", ["image_to_video", "first_last_frames"])
def test_a_start_frame_is_where_the_video_starts(operation: str) -> None:
    desk = Desk()
    created(desk, video_operation=operation, start_frame=PHOTO, last_frame=OTHER)
    assert desk.jobs[0].draft.shot.start == PHOTO


@pytest.mark.parametrize("inputs", [{}, {"reference_images": [PHOTO]}])
def test_without_one_it_starts_with_no_image(inputs: dict[str, Any]) -> None:
    desk = Desk()
    created(desk, **inputs)
    assert desk.jobs[0].draft.shot.start is None


@pytest.mark.parametrize("operation", ["image_to_video", "text_to_video"])
def test_a_named_operation_wins_over_the_inputs(operation: str) -> None:
    desk, source = done()
    created(desk, video_operation=operation, start_frame=PHOTO, source_video=source)
    assert desk.jobs[1].draft.shot.seconds == 8
