from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import SECOND
from emulator.core.ledger import Kind
from emulator.core.scenario import Ending, PlanRule
from tests.providers.desk import FAILS, JOBS, LITE, STUCK, Desk, created, polled

NO_CREDIT = {
    "error": {
        "message": "Insufficient wallet balance.",
        "type": "billing_error",
        "code": "insufficient_balance",
    }
}
"""Documented to the letter."""

# duration, samples, held at create and captured at the end, in micro-dollars
PRICES = (
    (4, 1, 200_000),
    (6, 1, 300_000),
    (8, 1, 400_000),
    (4, 2, 400_000),
    (4, 4, 800_000),
    (8, 4, 1_600_000),
)


def books(desk: Desk) -> tuple[list[int], list[int], list[int]]:
    """Every hold, capture and release."""
    return desk.posted(Kind.HOLD), desk.posted(Kind.CAPTURE), desk.posted(Kind.RELEASE)


@pytest.mark.parametrize(("seconds", "samples", "price"), PRICES)
def test_the_price_is_held_before_and_captured_after(
    seconds: int, samples: int, price: int
) -> None:
    desk = Desk()
    created(desk, duration_seconds=seconds, sample_count=samples)
    assert books(desk) == ([price], [], [])
    assert books(desk.after(39)) == ([price], [], [])
    assert books(desk.after(1)) == ([price], [price], [])


def test_it_is_captured_once_and_also_if_nobody_polls() -> None:
    desk = Desk()
    operation = created(desk)["operation"]
    desk.after(3600)
    for _ in range(3):
        polled(desk.after(60), operation)
    assert books(desk) == ([400_000], [400_000], [])


@pytest.mark.parametrize("more", [{"resolution": "1080p"}, {"generate_audio": False}, {"seed": 1}])
def test_the_rate_is_not_split_by_resolution_or_sound(more: dict[str, Any]) -> None:
    desk = Desk()
    created(desk, **more)
    assert desk.posted(Kind.HOLD) == [400_000]


def test_a_failure_releases_the_hold() -> None:
    desk = Desk(plans=(FAILS,))
    created(desk, sample_count=2)
    assert books(desk.after(40)) == ([800_000], [], [800_000])


def test_so_does_a_job_that_never_ends_once_its_time_is_up() -> None:
    desk = Desk(plans=(STUCK,))
    created(desk)
    assert books(desk.after(1799)) == ([400_000], [], [])
    assert books(desk.after(1)) == ([400_000], [], [400_000])


# The rate in micro-dollars for a second, the hold and the capture of four seconds.
MINIMUM = ((1, 10_000, 4), (2_000, 10_000, 8_000), (2_500, 10_000, 10_000), (2_501, 10_004, 10_004))


@pytest.mark.parametrize(("rate", "held", "captured"), MINIMUM)
def test_a_hold_has_a_minimum_and_a_price_has_none(rate: int, held: int, captured: int) -> None:
    desk = Desk(prices={LITE["model"]: rate})
    created(desk, duration_seconds=4)
    desk.after(40)
    assert (desk.posted(Kind.HOLD), desk.posted(Kind.CAPTURE)) == ([held], [captured])
    assert sum(desk.posted(Kind.RELEASE)) == held - captured


@pytest.mark.parametrize(
    ("balance", "samples", "status"),
    [(0, 1, 402), (399_999, 1, 402), (400_000, 1, 200), (799_999, 2, 402), (800_000, 2, 200)],
)
def test_the_balance_must_cover_the_hold_and_just_enough_is_enough(
    balance: int, samples: int, status: int
) -> None:
    desk = Desk(balance=balance)
    answer = desk.post(JOBS, {**LITE, "sample_count": samples})
    assert answer.status == status
    if status == 402:
        assert answer.body == NO_CREDIT
        assert not desk.jobs
        assert books(desk) == ([], [], [])


def test_the_minimum_must_be_covered_too() -> None:
    desk = Desk(balance=9_999, prices={LITE["model"]: 1})
    assert desk.post(JOBS, LITE).body == NO_CREDIT


def test_what_others_hold_is_not_available() -> None:
    desk = Desk(balance=799_999)
    created(desk)
    assert desk.post(JOBS, LITE).body == NO_CREDIT


def test_a_bad_request_is_named_before_the_empty_wallet() -> None:
    desk = Desk(balance=0)
    assert desk.post(JOBS, {**LITE, "seconds": 5}).status == 422


@pytest.mark.parametrize("delivered", [1, 2, 3, 4])
def test_what_is_delivered_is_captured_and_the_rest_released(delivered: int) -> None:
    desk = Desk(plans=(PlanRule(queued=0, running=SECOND, deliver=delivered),))
    operation = created(desk, sample_count=4)["operation"]
    shown = polled(desk.after(1), operation)
    assert (shown["status"], len(shown["data"])) == ("succeeded", delivered)
    assert desk.posted(Kind.CAPTURE) == [400_000 * delivered]
    assert sum(desk.posted(Kind.RELEASE)) == 400_000 * (4 - delivered)


def test_a_job_that_delivers_nothing_has_failed_and_is_free() -> None:
    desk = Desk(plans=(PlanRule(queued=0, running=SECOND, deliver=0),))
    operation = created(desk, sample_count=2)["operation"]
    shown = polled(desk.after(1), operation)
    assert (shown["status"], shown["data"]) == ("failed", [])
    assert books(desk) == ([800_000], [], [800_000])


def test_two_equal_creates_are_two_jobs_and_two_holds() -> None:
    desk = Desk()
    first, second = (created(desk) for _ in range(2))
    assert first["operation"] != second["operation"]
    assert desk.posted(Kind.HOLD) == [400_000, 400_000]


def test_a_repeated_idempotency_key_means_nothing() -> None:
    desk = Desk()
    for _ in range(2):
        desk.post(JOBS, LITE, headers={"idempotency-key": "one"})
    assert len(desk.jobs) == 2


@settings(deadline=None)
@given(
    balance=st.integers(0, 4_000_000),
    plans=st.lists(
        st.builds(
            PlanRule,
            job=st.integers(1, 5),
            ending=st.sampled_from(Ending),
            queued=st.integers(0, 30 * SECOND),
            running=st.integers(0, 30 * SECOND),
            deliver=st.none() | st.integers(0, 4),
        ),
        max_size=4,
    ),
    acts=st.lists(
        st.tuples(st.sampled_from([4, 5, 6, 8]), st.integers(1, 4), st.integers(0, 40)), max_size=5
    ),
)
def test_at_every_instant_the_books_balance(
    balance: int, plans: list[PlanRule], acts: list[tuple[int, int, int]]
) -> None:
    desk = Desk(balance=balance, plans=tuple(plans))
    for seconds, samples, wait in acts:
        asked = {"duration_seconds": seconds, "sample_count": samples}
        assert desk.post(JOBS, {**LITE, **asked}).status in (200, 402, 422)
        assert desk.after(wait).account("omixa").balances
    held, captured, released = books(desk.after(1800))
    assert desk.account("omixa").held == 0
    assert sum(held) == sum(captured) + sum(released)
    assert desk.account("omixa").available == balance - sum(captured)
