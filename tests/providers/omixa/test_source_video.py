from __future__ import annotations

from typing import Any

import pytest

from emulator.core.jobs import Status
from emulator.core.ledger import Kind
from emulator.media import Clip, render
from tests.media.pictures import image
from tests.providers.desk import (
    FAILS,
    JOBS,
    LITE,
    WITHDRAWN,
    Desk,
    created,
    enqueued,
    inline,
    part,
)

NAMES = ("source_video", "source_video_id", "video_id")


def film(seconds: float, width: int = 64, height: int = 48) -> str:
    """An inline video of that length."""
    return inline(render(Clip(width=width, height=height, seconds=seconds)), "video/mp4")


FILM = film(5)


def refused(desk: Desk, source: Any, name: str = "source_video") -> None:
    """An extension of this fails validation, and nothing is made or held."""
    before = desk.account("omixa"), len(desk.jobs)
    answer = desk.post(JOBS, {**LITE, "video_operation": "extend", name: source})
    assert answer.status == 422
    assert answer.body["error"]["code"] == "invalid_payload"
    assert (
        "source_video" in answer.body["error"]["message"] or name in answer.body["error"]["message"]
    )
    assert (desk.account("omixa"), len(desk.jobs)) == before


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_that_has_succeeded_is_extended_by_seven_seconds(name: str) -> None:
    desk = Desk()
    source = created(desk, aspect_ratio="9:16")["operation"]
    created(desk.after(40), **{name: source})
    shot = desk.jobs[1].draft.shot
    assert (shot.seconds, shot.width, shot.height) == (15, 720, 1280)


@pytest.mark.parametrize("form", [str, lambda url: part(url, "video_url")], ids=["url", "object"])
@pytest.mark.parametrize("name", NAMES)
def test_so_is_an_inline_video(name: str, form: Any) -> None:
    desk = Desk()
    created(desk, **{name: form(FILM)})
    shot = desk.jobs[0].draft.shot
    assert (shot.seconds, shot.width, shot.height) == (12, 960, 720)


def test_seven_seconds_are_paid_whatever_duration_was_asked_for() -> None:
    desk = Desk()
    created(desk, source_video=FILM, duration_seconds=5)
    assert desk.posted(Kind.HOLD) == [350_000]
    desk.after(40)
    assert desk.posted(Kind.CAPTURE) == [350_000]


@pytest.mark.parametrize("seconds", [0, 5, 10, 39])
def test_an_operation_that_still_runs_cannot_be_extended(seconds: int) -> None:
    desk = Desk()
    source = created(desk)["operation"]
    refused(desk.after(seconds), source)


@pytest.mark.parametrize("plan", [FAILS, WITHDRAWN])
def test_nor_can_one_that_failed(plan: Any) -> None:
    desk = Desk(plans=(plan,))
    source = created(desk)["operation"]
    refused(desk.after(40), source)


@pytest.mark.parametrize("name", NAMES)
def test_nor_one_of_another_key(name: str) -> None:
    theirs = Desk("theirs")
    source = created(theirs)["operation"]
    theirs.after(40)
    refused(Desk("ours").after(40), source, name)


@pytest.mark.parametrize(
    "source",
    [
        "projects/understudy/locations/us-central1/publishers/google/models/veo-3.1-lite-generate-001"
        "/operations/00000000-0000-4000-8000-000000000000",
        "00000000-0000-4000-8000-000000000000",
        "nonsense",
        "",
        "https://example.com/lake.mp4",
        {"operation": "nonsense"},
    ],
)
def test_nor_one_that_nobody_knows(source: Any) -> None:
    refused(Desk(), source)


def test_nor_a_generation_of_another_provider() -> None:
    desk = Desk()
    source = created(desk)["operation"]
    (theirs,) = enqueued(desk)
    desk.after(40)
    refused(desk, source.replace(desk.jobs[0].id, theirs))


@pytest.mark.parametrize(
    "source",
    [
        inline(b"a lake", "video/mp4"),
        inline(image(64, 36), "video/mp4"),
        inline(render(Clip(width=64, height=48, seconds=2))[:500], "video/mp4"),
        "data:video/mp4;base64,",
        "data:video/mp4;base64,%%%",
    ],
    ids=["text", "picture", "cut", "nothing", "not base64"],
)
def test_an_inline_video_must_decode(source: str) -> None:
    refused(Desk(), source)
    refused(Desk(), part(source, "video_url"))


@pytest.mark.parametrize(("seconds", "status"), [(1, 200), (30, 200), (31, 422)])
def test_at_most_thirty_seconds_can_be_extended(seconds: float, status: int) -> None:
    desk = Desk()
    answer = desk.post(JOBS, {**LITE, "source_video": film(seconds)})
    assert answer.status == status
    if status == 200:
        assert desk.jobs[0].draft.shot.seconds == pytest.approx(seconds + 7, abs=0.1)


def test_an_operation_may_be_extended_until_it_is_longer_than_that() -> None:
    desk = Desk()
    source, lengths = created(desk)["operation"], []
    for _ in range(4):
        source = created(desk.after(40), source_video=source)["operation"]
        lengths.append(desk.jobs[-1].draft.shot.seconds)
    assert lengths == [15, 22, 29, 36]
    refused(desk.after(40), source)


def test_each_extension_is_a_job_of_its_own() -> None:
    desk = Desk()
    source = created(desk)["operation"]
    first, second = (created(desk.after(40), source_video=source) for _ in range(2))
    assert first["operation"] != second["operation"]
    assert [job.status(desk.after(40).clock) for job in desk.jobs] == [Status.SUCCEEDED] * 3
