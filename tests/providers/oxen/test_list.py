from __future__ import annotations

from typing import Any

import pytest

from emulator.core.clock import SECOND
from emulator.core.scenario import Ending, PlanRule
from tests.providers.desk import QUEUE, VEO, Desk, enqueued, row

HOUR = 3600 * SECOND
FLUX = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"}
KLING = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A lake"}
PLANS = (
    PlanRule(job=1, queued=0, running=HOUR),
    PlanRule(job=2, queued=HOUR, running=HOUR),
    PlanRule(job=3, queued=0, running=SECOND),
    PlanRule(job=4, queued=0, running=SECOND, ending=Ending.FAIL),
    PlanRule(job=5, queued=HOUR, running=HOUR),
    PlanRule(job=6, queued=0, running=HOUR),
    PlanRule(job=7, queued=0, running=HOUR),
)


def peopled(**more: Any) -> Desk:
    """Seven jobs of every kind, the fifth cancelled and the seventh in another namespace."""
    desk = Desk(plans=PLANS, **more)
    enqueued(desk)
    enqueued(desk, FLUX, target_repo="art")
    enqueued(desk.after(1), VEO, target_repo="art", target_directory="lakes")
    enqueued(desk, KLING)
    (cancelled,) = enqueued(desk, VEO, target_directory="lakes")
    desk.delete(f"{QUEUE}/{cancelled}")
    enqueued(desk.after(5), KLING, target_repo="art")
    enqueued(desk, VEO, target_namespace="acme")
    return desk.after(5)


def numbers(desk: Desk, target: str) -> list[int]:
    """Which jobs a list shows, by their numbers, in its order."""
    answer = desk.get(target)
    assert answer.status == 200, answer
    assert answer.body["count"] == len(answer.body["generations"])
    order = [job.id for job in desk.jobs]
    return [order.index(one["generation_id"]) + 1 for one in answer.body["generations"]]


# query, the numbers of the jobs in the queue's list
LISTS = {
    "": [6, 2, 1],
    "status=queued": [2],
    "status=processing": [6, 1],
    "status=succeeded": [3],
    "status=failed": [4],
    "status=cancelled": [5],
    "media_type=video": [6, 1],
    "media_type=image": [2],
    "model=google-veo-3-1-lite": [1],
    "model=google-veo-3-1": [],
    "model=kling-video-v2-6-pro-text-to-video": [6],
    "model=nonsense": [],
    "repo=art": [6, 2],
    "folder=lakes": [],
    "repo=art&media_type=image": [2],
    "repo=art&model=kling-video-v2-6-pro-text-to-video": [6],
    "repo=art&status=succeeded": [3],
    "folder=lakes&status=succeeded": [3],
    "folder=lakes&status=cancelled": [5],
    "repo=art&folder=lakes&status=cancelled": [],
    "status=succeeded&media_type=image": [],
    "namespace=desk": [6, 2, 1],
    "namespace=acme": [7],
    "namespace=acme&media_type=image": [],
    "namespace=nobody": [],
}


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One world for all that only read."""
    return peopled()


@pytest.mark.parametrize(("query", "expected"), LISTS.items())
def test_a_list_shows_what_every_filter_admits(desk: Desk, query: str, expected: list[int]) -> None:
    assert numbers(desk, f"{QUEUE}?{query}") == expected


def test_a_list_has_a_count_and_the_same_rows_as_each_alone(desk: Desk) -> None:
    listed = desk.get(QUEUE).body
    assert listed.keys() == {"count", "generations"}
    assert listed["generations"] == [
        row(desk, one["generation_id"]) for one in listed["generations"]
    ]


def test_an_empty_list_has_no_rows() -> None:
    assert Desk().get(QUEUE).body == {"count": 0, "generations": []}


def test_a_list_has_no_pages() -> None:
    desk = Desk(balance=10**9)
    for _ in range(60):
        enqueued(desk, num_generations=2)
    assert desk.get(f"{QUEUE}?page=2&page_size=1").body["count"] == 120


def test_the_done_polling_idiom_comes_to_zero() -> None:
    desk = Desk()
    enqueued(desk, num_generations=3)
    counts = [desk.after(wait).get(QUEUE).body["count"] for wait in (0, 10, 29.9, 0.1)]
    assert counts == [3, 3, 3, 0]


@pytest.mark.parametrize(
    "query", ["status=running", "status=canceled", "status=", "media_type=audio", "media_type="]
)
@pytest.mark.parametrize("path", [QUEUE, "/api/ai/generations"])
def test_an_unknown_word_in_a_filter_is_an_invalid_parameter(
    desk: Desk, path: str, query: str
) -> None:
    answer = desk.get(f"{path}?{query}")
    assert answer.status == 400
    assert answer.body["error"]["type"] == "invalid_params"
    assert query.partition("=")[0] in answer.body["error"]["detail"]


def test_another_keys_rows_are_not_in_it(desk: Desk) -> None:
    assert Desk("other").get(f"{QUEUE}?namespace=desk").body["count"] == 0


def test_the_history_has_rows_in_every_status(desk: Desk) -> None:
    assert numbers(desk, "/api/ai/generations") == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query", [query for query in LISTS if "status=" in query or "namespace=no" in query]
)
def test_the_history_has_the_same_filters(desk: Desk, query: str) -> None:
    assert numbers(desk, f"/api/ai/generations?{query}") == LISTS[query]
