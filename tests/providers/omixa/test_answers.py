"""The normalized video object, in the answer to a create and to a poll."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.scenario import Ending, PlanRule
from emulator.providers.port import File
from tests.providers.desk import (
    FAILS,
    JOBS,
    LITE,
    ORIGIN,
    STUCK,
    WITHDRAWN,
    Desk,
    created,
    enqueued,
    polled,
)

STATUS = f"{JOBS}/status"
NOT_FOUND = {
    "error": {
        "message": "Operation not found.",
        "type": "invalid_request_error",
        "code": "operation_not_found",
    }
}


def by_post(desk: Desk, operation: str) -> Any:
    """A poll with the operation in the body."""
    return desk.post(STATUS, {"operation": operation})


def by_get(desk: Desk, operation: str) -> Any:
    """A poll with the operation in the query."""
    return desk.get(f"{STATUS}?operation={operation}")


POLLS = [by_post, by_get]


def test_a_create_is_answered_at_once_with_a_running_object() -> None:
    desk = Desk()
    answer = desk.post(JOBS, LITE)
    assert answer.status == 200
    assert answer.body == {
        "provider": "google",
        "model": LITE["model"],
        "status": "running",
        "operation": answer.body["operation"],
        "poll_after_seconds": 5,
        "data": [],
    }
    assert desk.clock == desk.world.scenario.start


def test_its_keys_stand_in_the_order_of_the_seed_page() -> None:
    desk = Desk()
    shown = created(desk)
    order = ["provider", "model", "status", "operation", "poll_after_seconds", "data"]
    assert list(shown) == order
    assert list(polled(desk.after(40), shown["operation"])) == [
        name for name in order if name != "poll_after_seconds"
    ]


def test_an_operation_is_a_name_in_the_providers_form() -> None:
    assert re.fullmatch(
        r"projects/[^/]+/locations/[^/]+/publishers/google/models/veo-3\.1-lite-generate-001"
        r"/operations/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        created(Desk())["operation"],
    )


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("seconds", [0, 9, 10, 39])
def test_a_job_that_waits_or_works_is_running(poll: Any, seconds: int) -> None:
    desk = Desk()
    first = created(desk)
    answer = poll(desk.after(seconds), first["operation"])
    assert (answer.status, answer.body) == (200, first)


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_a_job_that_succeeded_has_a_video_for_each_sample(poll: Any, samples: int) -> None:
    desk = Desk()
    operation = created(desk, sample_count=samples)["operation"]
    answer = poll(desk.after(40), operation)
    (job,) = desk.jobs
    assert answer.status == 200
    urls = [one["url"] for one in answer.body["data"]]
    assert answer.body == {
        "provider": "google",
        "model": LITE["model"],
        "status": "succeeded",
        "operation": operation,
        "data": [{"url": url, "content_type": "video/mp4"} for url in urls],
    }
    assert len(set(urls)) == samples
    assert all(url.startswith(f"{ORIGIN}/") for url in urls)
    assert [desk.get(url, key=None).body for url in urls] == [
        File(job, nth) for nth in range(samples)
    ]


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize(
    ("plan", "message"),
    [(FAILS, "The model broke down."), (WITHDRAWN, "Cancelled by the provider.")],
)
def test_a_job_that_failed_says_so_with_a_poll_that_succeeds(
    poll: Any, plan: PlanRule, message: str
) -> None:
    desk = Desk(plans=(plan,))
    operation = created(desk)["operation"]
    answer = poll(desk.after(40), operation)
    assert answer.status == 200
    assert answer.body == {
        "provider": "google",
        "model": LITE["model"],
        "status": "failed",
        "operation": operation,
        "data": [],
        "error": {"message": message, "type": "upstream_error", "code": "provider_error"},
    }


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize(
    "operation",
    [
        "nonsense",
        "00000000-0000-4000-8000-000000000000",
        "projects/understudy/locations/us-central1/publishers/google/models/veo-3.1-lite-generate-001"
        "/operations/00000000-0000-4000-8000-000000000000",
    ],
)
def test_an_unknown_operation_is_not_found(poll: Any, operation: str) -> None:
    answer = poll(Desk(), operation)
    assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("poll", POLLS)
def test_nor_is_another_keys(poll: Any) -> None:
    operation = created(Desk("theirs"))["operation"]
    answer = poll(Desk("ours"), operation)
    assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("poll", POLLS)
def test_nor_is_another_providers_job(poll: Any) -> None:
    desk = Desk()
    operation = created(desk)["operation"]
    (theirs,) = enqueued(desk)
    answer = poll(desk, operation.replace(desk.jobs[0].id, theirs))
    assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("body", [{}, {"operation": None}, {"operation": 5}, {"operation": ""}])
def test_a_poll_needs_its_operation(body: dict[str, Any]) -> None:
    answer = Desk().post(STATUS, body)
    assert answer.status == 422
    assert answer.body["error"]["code"] == "invalid_payload"
    assert "operation" in answer.body["error"]["message"]


@pytest.mark.parametrize("query", ["", "?operation=", "?model=veo"])
def test_also_in_a_query(query: str) -> None:
    assert Desk().get(f"{STATUS}{query}").status == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"operation"'])
def test_the_body_of_a_poll_is_a_json_object(body: bytes) -> None:
    assert Desk().post(STATUS, body).status == 422


def test_a_poll_may_name_model_and_provider() -> None:
    desk = Desk()
    first = created(desk)
    more = {"operation": first["operation"], "model": LITE["model"], "provider": "google"}
    assert desk.post(STATUS, more).body == first
    assert desk.get(f"{STATUS}?operation={first['operation']}&model={LITE['model']}").body == first


@settings(deadline=None)
@given(
    queued=st.integers(0, 60 * SECOND),
    running=st.integers(0, 60 * SECOND),
    ending=st.sampled_from([Ending.SUCCEED, Ending.FAIL, Ending.CANCEL, Ending.STICK]),
    samples=st.integers(1, 4),
    delivers=st.integers(0, 4) | st.none(),
    waits=st.lists(st.integers(0, 90 * SECOND), min_size=1, max_size=5),
)
def test_polls_show_running_and_then_one_end_for_ever(
    queued: int,
    running: int,
    ending: Ending,
    samples: int,
    delivers: int | None,
    waits: list[int],
) -> None:
    plan = PlanRule(queued=queued, running=running, ending=ending, deliver=delivers)
    desk = Desk(plans=(plan,))
    shown = [created(desk, sample_count=samples)]
    for wait in waits:
        shown.append(polled(desk.until(desk.clock + wait), shown[0]["operation"]))
    words = [one["status"] for one in shown]
    ends = [one for one in shown if one["status"] != "running"]
    assert {*words} <= {"running", "succeeded", "failed"}
    assert words == ["running"] * (len(words) - len(ends)) + words[len(words) - len(ends) :]
    assert all(one == ends[0] for one in ends)
    for one in shown:
        assert bool(one["data"]) == (one["status"] == "succeeded")
        assert len(one["data"]) <= samples
        assert ("poll_after_seconds" in one) == (one["status"] == "running")
        assert ("error" in one) == (one["status"] == "failed")


def test_a_job_that_never_ends_fails_after_half_an_hour() -> None:
    desk = Desk(plans=(STUCK,))
    operation = created(desk)["operation"]
    assert polled(desk.after(1799), operation)["status"] == "running"
    assert polled(desk.after(1), operation)["status"] == "failed"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", JOBS, "POST"),
        ("DELETE", JOBS, "POST"),
        ("PUT", STATUS, "GET, POST"),
        ("DELETE", STATUS, "GET, POST"),
    ],
)
def test_there_is_no_list_and_no_cancel(method: str, path: str, allowed: str) -> None:
    answer = Desk().call(method, path)
    assert answer.status == 405
    assert answer.headers == (("Allow", allowed),)
    assert answer.body["error"].keys() == {"message", "type", "code"}


@pytest.mark.parametrize(("choice", "poll"), [("post", by_get), ("get", by_post)])
def test_a_poll_by_the_other_method_is_told_which_is_allowed(choice: str, poll: Any) -> None:
    answer = poll(Desk(assume={"omixa.status-methods": choice}), "nonsense")
    assert answer.status == 405
    assert answer.headers == (("Allow", choice.upper()),)
