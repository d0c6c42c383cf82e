from __future__ import annotations

import re
from math import ceil
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.desk import FAILS, QUEUE, SWIFT, VEO, Desk, enqueued, row

HISTORY = "/api/ai/generations"
PAGE = {
    "count",
    "generations",
    "page_number",
    "page_size",
    "total_pages",
    "total_entries",
    "total_cost",
}
OWN = {"cost", "user_id", "username", "user_image"}
"""What a row of the history has besides a row of the queue."""


def test_a_job_that_costs_nothing_yet_has_no_cost() -> None:
    desk = Desk()
    enqueued(desk)
    shown = desk.get(HISTORY).body
    assert shown.keys() == PAGE
    assert (shown["count"], shown["total_entries"], shown["total_pages"]) == (1, 1, 1)
    assert (shown["page_number"], shown["page_size"]) == (1, 50)
    assert shown["generations"][0]["cost"] is None
    assert shown["total_cost"] is None


def test_an_empty_history_has_no_cost() -> None:
    shown = Desk().get(HISTORY).body
    assert shown["generations"] == []
    assert (shown["count"], shown["total_entries"]) == (0, 0)
    assert shown["total_cost"] is None


def test_a_row_is_the_queues_row_with_cost_and_user() -> None:
    desk = Desk()
    (id,) = enqueued(desk, VEO, seed=7)
    (shown,) = desk.after(40).get(HISTORY).body["generations"]
    assert {name: shown[name] for name in shown.keys() - OWN} == row(desk, id)
    assert shown.keys() >= OWN
    assert shown["cost"] == "0.400000"
    assert UUID(shown["user_id"])
    assert isinstance(shown["username"], str)
    assert shown["user_image"] is None


def test_everybodys_rows_name_the_same_user() -> None:
    desk = Desk()
    enqueued(desk, num_generations=4)
    rows = desk.get(HISTORY).body["generations"]
    assert len({(one["user_id"], one["username"]) for one in rows}) == 1


def test_one_record_stands_in_an_envelope() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    (listed,) = desk.after(40).get(HISTORY).body["generations"]
    answer = desk.get(f"{HISTORY}/{id}")
    assert answer.status == 200
    assert answer.body == {
        "status": "success",
        "status_message": "resource_found",
        "generation": listed,
    }


def test_costs_are_decimal_strings_and_their_sum_is_over_all_pages() -> None:
    desk = Desk(plans=())
    enqueued(desk, num_generations=3)
    enqueued(desk, {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"})
    shown = desk.after(1000).get(f"{HISTORY}?page_size=1").body
    assert shown["total_cost"] == "1.210000"
    assert (shown["count"], shown["total_entries"], shown["total_pages"]) == (1, 4, 4)
    assert re.fullmatch(r"\d+\.\d+", shown["generations"][0]["cost"])


def test_the_sum_is_of_what_the_filters_admit() -> None:
    desk = Desk()
    enqueued(desk, num_generations=2)
    enqueued(desk, {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A lake"})
    shown = desk.after(40).get(f"{HISTORY}?model=kling-video-v2-6-pro-text-to-video").body
    assert (shown["total_entries"], shown["total_cost"]) == (1, "0.350000")


@pytest.mark.parametrize("status", ["failed", "cancelled", "queued"])
def test_what_was_not_delivered_costs_nothing(status: str) -> None:
    desk = Desk(plans=(FAILS if status == "failed" else SWIFT,))
    (id,) = enqueued(desk)
    if status == "cancelled":
        desk.delete(f"{QUEUE}/{id}")
    if status != "queued":
        desk.after(40)
    (shown,) = desk.get(f"{HISTORY}?status={status}").body["generations"]
    assert shown["cost"] is None


@settings(deadline=None)
@given(jobs=st.integers(0, 9), size=st.integers(1, 12))
def test_the_pages_together_are_the_whole(jobs: int, size: int) -> None:
    desk = Desk()
    for _ in range(jobs):
        enqueued(desk)
    whole = desk.get(f"{HISTORY}?page_size=1000").body["generations"]
    pages = [
        desk.get(f"{HISTORY}?page={number}&page_size={size}").body
        for number in range(1, ceil(jobs / size) + 2)
    ]
    assert [one for page in pages for one in page["generations"]] == whole
    for number, page in enumerate(pages, 1):
        assert page["count"] == len(page["generations"])
        assert (page["page_number"], page["page_size"]) == (number, size)
        assert (page["total_entries"], page["total_pages"]) == (jobs, ceil(jobs / size))


@pytest.mark.parametrize("query", ["page=1", "page=7", "page_size=1", "page_size=1000"])
def test_every_page_in_range_is_answered(query: str) -> None:
    assert Desk().get(f"{HISTORY}?{query}").status == 200


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.0", "1e1", "²", "٣"])
def test_a_page_that_is_no_number_is_refused(name: str, value: Any) -> None:
    answer = Desk().get(f"{HISTORY}?{name}={value}")
    assert answer.status == 400
    assert answer.body["error"]["type"] == "invalid_params"
    assert name in answer.body["error"]["detail"]


def test_a_page_has_at_most_a_thousand_rows() -> None:
    assert Desk().get(f"{HISTORY}?page_size=1001").status == 400
