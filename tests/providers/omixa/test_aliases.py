from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.pictures import image
from tests.providers.desk import JOBS, LITE, PHOTO, Desk, created, inline

OTHER = inline(image(36, 64))
SOURCE = "projects/p/locations/l/publishers/google/models/m/operations/" + "0" * 8
ALIASES = (
    ("video_operation", "task"),
    ("duration_seconds", "seconds"),
    ("resolution", "size"),
    ("sample_count", "n_variants"),
    ("start_frame", "first_frame", "image", "input_reference"),
    ("last_frame", "end_frame"),
    ("source_video", "source_video_id", "video_id"),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "video_operation": st.sampled_from(
        ["text_to_video", "image_to_video", "first_last_frames", "extend", "remix"]
    ),
    "duration_seconds": st.sampled_from([1, 4, 5, 6, 8, 8.0, 31, "8"]),
    "resolution": st.sampled_from(["720p", "1080p", "1280x720", "720x1280", "1080x1920"]),
    "sample_count": st.integers(0, 5),
    "start_frame": st.sampled_from([PHOTO, OTHER, "a lake"]),
    "last_frame": st.sampled_from([PHOTO, OTHER, None]),
    "source_video": st.sampled_from([SOURCE, "nonsense", 5]),
}


@settings(deadline=None)
@given(data=st.data(), fields=st.fixed_dictionaries({}, optional=VALUES))
def test_requests_that_differ_in_aliases_only_are_answered_alike(
    data: st.DataObject, fields: dict[str, Any]
) -> None:
    renamed = {}
    for names in ALIASES:
        if names[0] in fields:
            renamed[data.draw(st.sampled_from(names))] = fields[names[0]]
    one, two = Desk(), Desk()
    first, second = one.post(JOBS, {**LITE, **fields}), two.post(JOBS, {**LITE, **renamed})
    assert first.status == second.status
    assert one.jobs == two.jobs
    assert one.account("omixa") == two.account("omixa")
    if first.status == 200:
        assert first == second
    else:
        assert first.body["error"]["code"] == second.body["error"]["code"]


def seen(**more: Any) -> Any:
    """What a create makes."""
    desk = Desk()
    created(desk, **more)
    return desk.jobs[0].draft


# both aliases with values of their own, and the first alone
WINS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"duration_seconds": 4, "seconds": 6}, {"duration_seconds": 4}),
    ({"seconds": 6, "duration_seconds": 4}, {"duration_seconds": 4}),
    ({"resolution": "1080p", "size": "720x1280"}, {"resolution": "1080p"}),
    ({"sample_count": 2, "n_variants": 4}, {"sample_count": 2}),
    ({"n_variants": 4, "sample_count": 2}, {"sample_count": 2}),
    ({"image": OTHER, "start_frame": PHOTO}, {"start_frame": PHOTO}),
    ({"input_reference": OTHER, "image": PHOTO}, {"image": PHOTO}),
    ({"first_frame": PHOTO, "image": OTHER}, {"first_frame": PHOTO}),
    (
        {"task": "text_to_video", "video_operation": "image_to_video", "image": PHOTO},
        {"image": PHOTO},
    ),
)


@pytest.mark.parametrize(("both", "first"), WINS)
def test_of_two_that_conflict_the_first_listed_wins(
    both: dict[str, Any], first: dict[str, Any]
) -> None:
    assert seen(**both) == seen(**first)


@pytest.mark.parametrize(("both", "first"), WINS)
def test_or_the_request_fails_validation_where_that_is_assumed(
    both: dict[str, Any], first: dict[str, Any]
) -> None:
    desk = Desk(assume={"omixa.aliases": "refuse"})
    answer = desk.post(JOBS, {**LITE, **both})
    assert answer.status == 422
    assert answer.body["error"]["code"] == "invalid_payload"
    assert desk.post(JOBS, {**LITE, **first}).status == 200


@pytest.mark.parametrize("choice", ["first-listed", "refuse"])
def test_two_that_agree_are_fine(choice: str) -> None:
    desk = Desk(assume={"omixa.aliases": choice})
    created(desk, duration_seconds=8, seconds=8.0, sample_count=2, n_variants=2)
    assert desk.jobs[0].draft.outputs == 2
