from __future__ import annotations

import pytest

from emulator.core.scenario import PlanRule
from tests.providers.desk import FAILS, QUEUE, SWIFT, WITHDRAWN, Desk, enqueued, row

MISSING = {
    "error": {
        "type": "resource_not_found",
        "title": "The requested resource could not be found",
    },
    "status": "error",
    "status_message": "resource_not_found",
}


@pytest.mark.parametrize("seconds", [0, 9, 10, 39])
def test_a_job_that_has_not_ended_is_cancelled_and_its_row_kept(seconds: int) -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    answer = desk.after(seconds).delete(f"{QUEUE}/{id}")
    assert answer.status == 200
    assert answer.body == {"status": "success", "generation_id": id}
    assert row(desk, id)["status"] == "cancelled"
    assert desk.get(f"{QUEUE}?status=cancelled").body["count"] == 1


@pytest.mark.parametrize("seconds", [0, 10])
def test_a_cancelled_job_never_goes_on_and_costs_nothing(seconds: int) -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    desk.after(seconds).delete(f"{QUEUE}/{id}")
    before = row(desk, id)
    assert row(desk.after(1000), id) == before
    account = desk.account("oxen")
    assert (account.captured, account.held) == (0, 0)


@pytest.mark.parametrize(
    ("plan", "status"), [(SWIFT, "succeeded"), (FAILS, "failed"), (WITHDRAWN, "cancelled")]
)
def test_cancelling_a_job_that_has_ended_has_no_effect(plan: PlanRule, status: str) -> None:
    desk = Desk(plans=(plan,))
    (id,) = enqueued(desk)
    before = row(desk.after(40), id)
    answer = desk.delete(f"{QUEUE}/{id}")
    assert (answer.status, answer.body) == (200, {"status": "success", "generation_id": id})
    assert row(desk, id) == before
    assert before["status"] == status


def test_cancelling_twice_is_answered_twice() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    first, second = (desk.delete(f"{QUEUE}/{id}") for _ in range(2))
    assert first == second


def test_the_others_of_its_batch_go_on() -> None:
    desk = Desk()
    kept, dropped, last = enqueued(desk, num_generations=3)
    desk.delete(f"{QUEUE}/{dropped}")
    desk.after(40)
    assert [row(desk, id)["status"] for id in (kept, dropped, last)] == [
        "succeeded",
        "cancelled",
        "succeeded",
    ]


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "nope"])
def test_an_unknown_id_cannot_be_cancelled(id: str) -> None:
    answer = Desk().delete(f"{QUEUE}/{id}")
    assert (answer.status, answer.body) == (404, MISSING)


def test_nor_can_another_worlds() -> None:
    theirs, ours = Desk("theirs"), Desk("ours")
    (id,) = enqueued(theirs)
    answer = ours.delete(f"{QUEUE}/{id}")
    assert (answer.status, answer.body) == (404, MISSING)
    assert row(theirs, id)["status"] == "queued"
