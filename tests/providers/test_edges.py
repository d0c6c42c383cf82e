"""Where a plausible reading goes wrong at the edge: each was wrong once."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import pytest

from emulator.media import Clip, render
from tests.providers.desk import JOBS, LITE, QUEUE, VEO, Desk, created, enqueued, inline, row

SHOTS = "kling-video-o3-pro-reference-to-video"
LINK = "https://example.com/lake.png"


def test_a_link_that_is_shown_now_works_now() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    url = row(desk.after(40).after(2 * 3600), id)["result_url"]
    assert desk.get(url, key=None).status == 200


def test_the_latency_of_a_running_request_is_the_time_so_far() -> None:
    desk = Desk()
    created(desk)
    (shown,) = desk.after(30).get("/api/v1/usage/requests").body["data"]
    assert shown["latency_ms"] == 30_000


@pytest.mark.parametrize("length", [-5, -0.001, "-7", "nan", "-inf"])
def test_a_shot_of_a_senseless_length_is_queued_and_fails(length: Any) -> None:
    desk = Desk()
    (id,) = enqueued(desk, {"model": SHOTS, "multi_prompt": [{"prompt": "A", "duration": length}]})
    assert row(desk.after(40), id)["status"] == "failed"
    assert desk.account("oxen").available == desk.account("oxen").deposited


def test_a_timestamp_of_many_digits_is_a_wrong_one() -> None:
    desk = Desk(assume={"omixa.signature": "required"})
    assert desk.post(JOBS, LITE, headers={"x-omixa-timestamp": "9" * 5000}).status == 401


def test_a_duration_of_many_digits_is_queued_and_fails() -> None:
    desk = Desk(assume={"oxen.duration-check": "coerce"})
    (id,) = enqueued(desk, {"model": "google-veo-3-1", "prompt": "A", "duration": "9" * 5000})
    assert row(desk.after(40), id)["status"] == "failed"


def test_a_duration_that_is_true_is_not_trues() -> None:
    desk = Desk(assume={"oxen.duration-check": "coerce"})
    (id,) = enqueued(desk, VEO, duration=True)
    assert "Trues" not in row(desk.after(40), id)["error_message"]


def test_shots_are_not_made_or_paid_where_a_model_has_none() -> None:
    desk = Desk()
    enqueued(desk, VEO, multi_prompt=[{"prompt": "A", "duration": 60}])
    assert desk.account("oxen").held == 400_000


def test_an_image_that_a_model_does_not_take_is_not_its_first_frame() -> None:
    desk = Desk()
    model = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A"}
    enqueued(desk, model, input_image="data:foo")
    assert desk.jobs[0].draft.shot.start is None


@pytest.mark.parametrize("name", ["seed", "aspect_ratio", "duration"])
def test_a_nullable_field_may_be_null(name: str) -> None:
    desk = Desk()
    (id,) = enqueued(desk, VEO, **{name: None})
    assert row(desk.after(40), id)["status"] == "succeeded"


def test_what_is_nested_too_deep_to_be_written_again_is_refused() -> None:
    deep: Any = 1
    for _ in range(260):
        deep = [deep]
    desk = Desk()
    assert desk.post(QUEUE, {**VEO, "x": deep}).status == 400
    assert desk.get(QUEUE).body["count"] == 0


def test_a_retrieval_of_an_unknown_model_is_404_whatever_a_submit_says() -> None:
    desk = Desk(assume={"oxen.unknown-model-status": "400"})
    assert desk.get("/api/ai/models/bad-model-name").status == 404


def test_a_404_for_a_link_is_not_called_forbidden() -> None:
    desk = Desk(assume={"oxen.expired-link": "404"})
    (id,) = enqueued(desk)
    answer = desk.get(row(desk.after(40), id)["result_url"][:-1])
    assert answer.body["status_message"] == "resource_not_found"


def test_plain_error_words_name_the_status_that_was_sent() -> None:
    desk = Desk(assume={"omixa.error-words": "plain", "omixa.bad-json-status": "400"})
    assert desk.post(JOBS, b"[]").body["error"]["code"] == "http_400"


@pytest.mark.parametrize(
    ("agent", "status"), [("oxen/99.0.0", 200), ("Oxen/1.0.0 (linux)", 200), ("oxen/0.1.0", 426)]
)
def test_a_cli_that_is_new_enough_passes_the_gate(agent: str, status: int) -> None:
    desk = Desk(assume={"oxen.user-agent-gate": "everywhere"})
    assert desk.get(QUEUE, headers={"user-agent": agent}).status == status


def test_the_catalogue_shows_the_price_that_is_charged() -> None:
    desk = Desk(prices={"google-veo-3-1-lite": 1_000_000})
    shown = desk.get("/api/ai/models/google-veo-3-1-lite").body
    assert shown["pricing"]["cost_per_second"] == 1.0


@pytest.mark.parametrize(
    ("old", "new"), [("us-central1", "mars"), ("veo-3.1-lite-generate-001", "sora")]
)
def test_an_operation_is_found_under_its_own_name_only(old: str, new: str) -> None:
    desk = Desk()
    operation = created(desk)["operation"]
    assert desk.post(f"{JOBS}/status", {"operation": operation.replace(old, new)}).status == 404


def recorded(container: str, codec: str) -> str:
    file = BytesIO()
    with av.open(file, "w", container) as output:
        stream = output.add_stream(codec, 10)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "yuv420p"
        for at in range(20):
            frame = av.VideoFrame(32, 18, "yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, 10)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return inline(file.getvalue(), "video/mp4")


@pytest.mark.parametrize(("container", "codec"), [("webm", "libvpx"), ("mov", "libx264")])
def test_an_inline_video_is_an_mp4(container: str, codec: str) -> None:
    film = recorded(container, codec)
    assert Desk().post(JOBS, {**LITE, "source_video": film}).status == 422


def test_a_video_of_less_than_a_second_is_not_extended() -> None:
    film = inline(render(Clip(width=64, height=48, seconds=0.5)), "video/mp4")
    assert Desk().post(JOBS, {**LITE, "source_video": film}).status == 422


def test_an_extension_is_720p() -> None:
    desk = Desk()
    source = created(desk, resolution="1080p")["operation"]
    assert desk.after(40).post(JOBS, {**LITE, "source_video": source}).status == 200
    assert (desk.jobs[1].draft.shot.width, desk.jobs[1].draft.shot.height) == (1280, 720)


def test_too_many_images_have_the_documented_words() -> None:
    desk = Desk()
    (id,) = enqueued(desk, {"model": SHOTS, "prompt": "A", "input_images": [LINK] * 5})
    assert row(desk.after(40), id)["error_message"] == "input_images: Too many input files"


def test_a_job_without_credit_fails_soon_after_it_starts() -> None:
    desk = Desk(balance=0, plans=(), assume={"oxen.credit-check": "run"})
    enqueued(desk)
    start, end = desk.jobs[0].plan.moves
    assert end.at - start.at == 3_000_000


def test_absent_nulls_are_absent_in_the_history_too() -> None:
    desk = Desk(assume={"oxen.nulls": "absent"})
    (id,) = enqueued(desk)
    shown = desk.get(f"/api/ai/generations/{id}").body["generation"]
    assert None not in shown.values()


def test_a_page_may_begin_with_zeros() -> None:
    assert Desk().get("/api/ai/generations?page=00000000000000000001").status == 200
