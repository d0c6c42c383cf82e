from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.scenario import Ending, PlanRule
from emulator.providers.port import Stream
from emulator.providers.registry import providers
from tests.providers.desk import FAILS, QUEUE, WITHDRAWN, Desk, created, enqueued, row

(STREAM,) = (one for one in providers()["oxen"].routes if isinstance(one, Stream))

AWK = r"""
  /^event: media_generation_completed$/ { expect=1; next }
  /^data: / && expect {
    payload = substr($0, 7)
    if (index(payload, "\"generation_id\":\"" id "\"")) { print payload; exit }
    expect = 0
  }
"""
"""The seed page's reader, as it is."""


def test_the_stream_is_where_the_vendor_says_and_keeps_alive_every_fifteen_seconds() -> None:
    assert (STREAM.method, STREAM.path) == ("GET", "/api/events")
    assert (STREAM.idle, STREAM.every) == (b": keep-alive\n\n", 15 * SECOND)


def test_a_stream_wants_a_key() -> None:
    answer = Desk().get("/api/events", key=None)
    assert answer.status == 401
    assert answer.body["error"]["type"] == answer.body["status_message"] == "unauthenticated"


def test_a_success_is_told_to_the_byte() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    (frame,) = desk.after(40).frames
    url = row(desk, id)["result_url"]
    assert frame == (
        b"event: media_generation_completed\n"
        b'data: {"generation_id":"%s","status":"succeeded","media_type":"video",'
        b'"model":"google-veo-3-1-lite","url":"%s"}\n\n'
    ) % (id.encode(), url.encode())


def test_a_failure_is_told_to_the_byte() -> None:
    desk = Desk(plans=(FAILS,))
    (id,) = enqueued(desk)
    (frame,) = desk.after(40).frames
    assert (
        frame
        == (
            b"event: media_generation_completed\n"
            b'data: {"generation_id":"%s","status":"failed","media_type":"video",'
            b'"error":"The model broke down."}\n\n'
        )
        % id.encode()
    )


def test_an_image_is_told_as_an_image() -> None:
    desk = Desk()
    enqueued(desk, {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"})
    (frame,) = desk.after(40).frames
    assert b'"media_type":"image","model":"black-forest-labs-flux-2-klein-4b"' in frame


def test_nothing_is_told_of_a_move_that_is_not_an_end() -> None:
    desk = Desk()
    enqueued(desk)
    assert desk.after(39).frames == []


@pytest.mark.parametrize("seconds", [0, 20])
def test_nothing_is_told_of_a_job_that_was_cancelled(seconds: int) -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    desk.after(seconds).delete(f"{QUEUE}/{id}")
    assert desk.after(1000).frames == []


def test_nor_when_the_provider_cancels_it() -> None:
    desk = Desk(plans=(WITHDRAWN,))
    enqueued(desk)
    assert desk.after(1000).frames == []


def test_nothing_is_told_of_another_providers_job() -> None:
    desk = Desk()
    created(desk)
    assert desk.after(1000).frames == []
    assert desk.jobs[0].status(desk.clock) == "succeeded"


def test_nothing_is_told_of_a_sync_generation() -> None:
    desk = Desk()
    body = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A lake"}
    assert desk.post("/api/ai/videos/generate", body).status == 200
    assert desk.after(1000).frames == []


def test_each_generation_of_a_batch_is_told_once() -> None:
    desk = Desk()
    ids = enqueued(desk, num_generations=4)
    told = [json.loads(frame.splitlines()[1][6:]) for frame in desk.after(1000).frames]
    assert [one["generation_id"] for one in told] == ids


def frames_of(error: str) -> tuple[str, bytes]:
    """A failed job's id, and all that is told when it fails so among three that succeed."""
    plans = (
        PlanRule(job=2, queued=0, running=SECOND, ending=Ending.FAIL, error=error),
        PlanRule(queued=0, running=SECOND),
    )
    desk = Desk(plans=plans)
    ids = enqueued(desk, num_generations=4)
    return ids[1], b"".join(desk.after(1).frames)


@settings(deadline=None)
@given(error=st.text(min_size=1))
def test_an_event_is_three_lines_whatever_it_says(error: str) -> None:
    _, told = frames_of(error)
    lines = told.split(b"\n")
    assert [line.partition(b": ")[0] for line in lines] == [b"event", b"data", b""] * 4 + [b""]
    assert b"\r" not in told
    assert json.loads(lines[4][6:])["error"] == error


def seed_reader(lines: Iterator[str], generation_id: str) -> dict[str, str] | None:
    """The seed page's loop in Python, as it is."""
    event_name = None
    for line in lines:
        if line.startswith("event: "):
            event_name = line.removeprefix("event: ")
        elif line.startswith("data: ") and event_name == "media_generation_completed":
            payload: dict[str, str] = json.loads(line.removeprefix("data: "))
            if payload.get("generation_id") == generation_id:
                return payload
    return None


def test_the_seed_pages_python_finds_its_event() -> None:
    id, told = frames_of("Insufficient credits")
    payload = seed_reader(iter(told.decode().splitlines()), id)
    assert payload is not None
    assert list(payload) == ["generation_id", "status", "media_type", "error"]


@pytest.mark.skipif(shutil.which("awk") is None, reason="there is no awk here")
def test_the_seed_pages_awk_finds_its_event() -> None:
    id, told = frames_of("Insufficient credits")
    found = subprocess.run(
        ["awk", "-v", f"id={id}", AWK], input=told, capture_output=True, check=True
    ).stdout
    assert json.loads(found) == {
        "generation_id": id,
        "status": "failed",
        "media_type": "video",
        "error": "Insufficient credits",
    }


def test_without_credit_at_run_time_the_documented_words_are_told() -> None:
    desk = Desk(balance=0, assume={"oxen.credit-check": "run"})
    (id,) = enqueued(desk)
    (frame,) = desk.after(40).frames
    assert frame.endswith(
        b'"status":"failed","media_type":"video","error":"Insufficient credits"}\n\n'
    )
    shown = row(desk, id)
    assert shown["error_message"] == "Insufficient credits"
    assert shown["started_at"] is not None
