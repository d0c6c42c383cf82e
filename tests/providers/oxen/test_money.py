from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.ledger import Kind
from tests.providers.desk import FAILS, QUEUE, SWIFT, VEO, Desk, enqueued, row

NO_CREDIT = {
    "error": {"type": "insufficient_credits", "title": "You have run out of credits."},
    "status": "error",
    "status_message": "insufficient_credits",
}
KLING = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": "A lake"}
SHOTS = {"model": "kling-video-o3-pro-reference-to-video", "prompt": "A lake"}
STORY = {
    "model": "kling-video-o3-pro-reference-to-video",
    "multi_prompt": [{"prompt": "A", "duration": 4}, {"prompt": "B", "duration": 7}],
}
FLUX = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"}

# What is asked for, and what one output costs in micro-dollars. The rates of Veo are ours.
PRICES: tuple[tuple[dict[str, Any], int], ...] = (
    (VEO, 400_000),
    ({**VEO, "duration": "4s"}, 200_000),
    ({**VEO, "duration": "6s"}, 300_000),
    ({**VEO, "resolution": "1080p"}, 400_000),
    ({"model": "google-veo-3-1", "prompt": "A lake"}, 3_200_000),
    ({"model": "google-veo-3-1", "prompt": "A lake", "duration": 4}, 1_600_000),
    (KLING, 350_000),
    ({**KLING, "duration": 10}, 700_000),
    (SHOTS, 1_120_000),
    ({**SHOTS, "duration": 3}, 672_000),
    ({**SHOTS, "duration": 15}, 3_360_000),
    (STORY, 2_464_000),
    (FLUX, 10_000),
    ({**FLUX, "output_quality": "high"}, 10_000),
)


@pytest.mark.parametrize(("body", "price"), PRICES)
def test_a_price_is_the_rate_times_the_seconds_or_that_of_an_image(
    body: dict[str, Any], price: int
) -> None:
    desk = Desk()
    enqueued(desk, body)
    assert desk.account("oxen").held == price
    desk.after(40)
    assert desk.posted(Kind.CAPTURE) == [price]
    assert desk.posted(Kind.RELEASE) == []


def test_a_scenario_sets_prices_of_its_own() -> None:
    desk = Desk(prices={"google-veo-3-1-lite": 1, FLUX["model"]: 7})
    enqueued(desk)
    enqueued(desk, FLUX)
    assert desk.posted(Kind.HOLD) == [8, 7]


@pytest.mark.parametrize(
    ("balance", "count", "status"),
    [
        (0, 1, 402),
        (399_999, 1, 402),
        (400_000, 1, 200),
        (1_599_999, 4, 402),
        (1_600_000, 4, 200),
    ],
)
def test_the_balance_must_cover_the_whole_batch(balance: int, count: int, status: int) -> None:
    desk = Desk(balance=balance)
    answer = desk.post(QUEUE, {**VEO, "num_generations": count})
    assert answer.status == status
    assert len(desk.jobs) == (count if status == 200 else 0)


def test_a_batch_without_cover_is_refused_whole_and_nothing_is_held() -> None:
    desk = Desk(balance=800_000)
    answer = desk.post(QUEUE, {**VEO, "num_generations": 3})
    assert (answer.status, answer.body) == (402, NO_CREDIT)
    assert desk.get(QUEUE).body["count"] == 0
    assert desk.posted(Kind.HOLD) == []


def test_what_is_held_cannot_be_spent_twice() -> None:
    desk = Desk(balance=799_999)
    enqueued(desk)
    assert desk.post(QUEUE, VEO).body == NO_CREDIT


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_what_was_held_comes_back_when_nothing_is_delivered(end: str) -> None:
    desk = Desk(plans=(FAILS if end == "failed" else SWIFT,), balance=400_000)
    (id,) = enqueued(desk)
    if end == "cancelled":
        desk.delete(f"{QUEUE}/{id}")
    assert row(desk.after(40), id)["status"] == end
    assert desk.posted(Kind.RELEASE) == [400_000]
    assert desk.account("oxen").available == 400_000
    assert desk.post(QUEUE, VEO).status == 200


def test_a_bad_parameter_costs_nothing_in_the_end() -> None:
    desk = Desk()
    enqueued(desk, VEO, duration="99s")
    desk.after(40)
    assert desk.account("oxen").available == desk.account("oxen").deposited


@settings(deadline=None)
@given(
    balance=st.integers(0, 3_000_000),
    acts=st.lists(
        st.tuples(
            st.sampled_from([VEO, KLING, FLUX, {**VEO, "duration": "9s"}]),
            st.integers(1, 4),
            st.integers(0, 30),
            st.booleans(),
        ),
        max_size=6,
    ),
)
def test_at_every_instant_the_books_balance(balance: int, acts: list[Any]) -> None:
    desk = Desk(balance=balance)
    for body, count, wait, drop in acts:
        answer = desk.post(QUEUE, {**body, "num_generations": count})
        assert answer.status in (200, 402)
        if drop and answer.status == 200:
            desk.delete(f"{QUEUE}/{answer.body['generations'][0]['generation_id']}")
        assert desk.after(wait).account("oxen").balances
    account = desk.after(100).account("oxen")
    shown = desk.get("/api/ai/generations?page_size=1000").body
    assert account.held == 0
    assert account.deposited == balance
    assert shown["total_cost"] == (
        f"{account.captured // 10**6}.{account.captured % 10**6:06}" if account.captured else None
    )
