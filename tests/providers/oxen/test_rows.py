from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import EPOCH, SECOND
from emulator.core.scenario import Ending, PlanRule
from tests.providers.desk import FAILS, QUEUE, SWIFT, VEO, WITHDRAWN, Desk, enqueued, row

START = EPOCH // SECOND
KEYS = {
    "generation_id",
    "model_name",
    "media_type",
    "status",
    "result_url",
    "error_message",
    "enqueued_at",
    "started_at",
    "completed_at",
    "target_namespace",
    "target_repo",
    "target_directory",
}
"""Documented, without the parameters that were submitted."""


def cancelled(desk: Desk, id: str) -> None:
    desk.delete(f"{QUEUE}/{id}")


def nothing(desk: Desk, id: str) -> None:
    """Leave the job alone."""


# plan, seconds until something is done, what, then: status, message, started, completed
ROWS: tuple[tuple[Any, ...], ...] = (
    (SWIFT, 0, nothing, "queued", None, None, None),
    (SWIFT, 9.9, nothing, "queued", None, None, None),
    (SWIFT, 10, nothing, "processing", None, 10, None),
    (SWIFT, 39.9, nothing, "processing", None, 10, None),
    (SWIFT, 40, nothing, "succeeded", None, 10, 40),
    (SWIFT, 40_000_000, nothing, "succeeded", None, 10, 40),
    (FAILS, 39, nothing, "processing", None, 10, None),
    (FAILS, 40, nothing, "failed", "The model broke down.", 10, 40),
    (SWIFT, 4, cancelled, "cancelled", None, None, 4),
    (SWIFT, 14, cancelled, "cancelled", None, 10, 14),
    (FAILS, 14, cancelled, "cancelled", None, 10, 14),
    (WITHDRAWN, 40, nothing, "cancelled", None, 10, 40),
)


@pytest.mark.parametrize(
    ("plan", "seconds", "act", "status", "message", "started", "completed"), ROWS
)
def test_a_row_tells_where_its_job_stands(
    plan: PlanRule,
    seconds: float,
    act: Any,
    status: str,
    message: str | None,
    started: int | None,
    completed: int | None,
) -> None:
    desk = Desk(plans=(plan,))
    (id,) = enqueued(desk)
    act(desk.after(seconds), id)
    shown = row(desk, id)
    link = shown.pop("result_url")
    assert (link is not None) == (status == "succeeded")
    assert shown == {
        "generation_id": id,
        "model_name": "google-veo-3-1-lite",
        "prompt": VEO["prompt"],
        "input_image": VEO["input_image"],
        "media_type": "video",
        "status": status,
        "error_message": message,
        "enqueued_at": START,
        "started_at": started and START + started,
        "completed_at": completed and START + completed,
        "target_namespace": "desk",
        "target_repo": None,
        "target_directory": None,
    }


def test_a_row_stands_bare_and_has_the_documented_keys_only() -> None:
    desk = Desk()
    (id,) = enqueued(desk, {"model": "google-veo-3-1-lite"})
    assert row(desk, id).keys() == KEYS
    assert row(desk.after(40), id).keys() == KEYS


@settings(deadline=None)
@given(
    queued=st.integers(0, 90 * SECOND),
    running=st.integers(0, 90 * SECOND),
    ending=st.sampled_from(list(Ending)),
    looked=st.lists(st.integers(0, 100 * SECOND), max_size=4),
)
def test_in_every_row_ever_seen_the_fields_agree(
    queued: int, running: int, ending: Ending, looked: list[int]
) -> None:
    desk = Desk(plans=(PlanRule(queued=queued, running=running, ending=ending),))
    (id,) = enqueued(desk)
    for wait in (0, *looked):
        shown = row(desk.until(desk.clock + wait), id)
        times = [shown[name] for name in ("enqueued_at", "started_at", "completed_at")]
        assert all(type(one) is int for one in times if one is not None)
        assert (shown["result_url"] is None) == (shown["status"] != "succeeded")
        assert (shown["error_message"] is None) == (shown["status"] != "failed")
        assert (shown["started_at"] is None) == (shown["status"] == "queued")
        assert (shown["completed_at"] is None) == (shown["status"] in ("queued", "processing"))
        reached = [one for one in times if one is not None]
        assert reached == sorted(reached)


def test_times_are_whole_seconds_cut_off() -> None:
    plan = PlanRule(queued=1_999_999, running=1_500_000)
    desk = Desk(plans=(plan,), start=EPOCH + 999_999)
    shown = row(desk, *enqueued(desk.after(0)))
    assert shown["enqueued_at"] == START
    shown = row(desk.after(60), shown["generation_id"])
    assert (shown["started_at"], shown["completed_at"]) == (START + 2, START + 4)


def test_an_ended_row_stays_for_ever_and_does_not_change() -> None:
    desk = Desk(plans=(FAILS,))
    (id,) = enqueued(desk)
    ended = row(desk.after(40), id)
    assert row(desk.after(10**8), id) == ended


@pytest.mark.parametrize("path", [QUEUE, "/api/ai/generations"])
@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "nope", "5", "%20"])
def test_an_id_that_does_not_exist_is_not_found(path: str, id: str) -> None:
    answer = Desk().get(f"{path}/{id}")
    assert answer.status == 404
    assert answer.body == {
        "error": {
            "type": "resource_not_found",
            "title": "The requested resource could not be found",
        },
        "status": "error",
        "status_message": "resource_not_found",
    }


@pytest.mark.parametrize("path", [QUEUE, "/api/ai/generations"])
def test_nor_is_one_of_another_world(path: str) -> None:
    (id,) = enqueued(Desk("theirs"))
    ours = Desk("ours")
    assert ours.get(f"{path}/{id}").body == ours.get(f"{path}/nope").body
