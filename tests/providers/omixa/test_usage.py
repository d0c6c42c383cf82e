from __future__ import annotations

from typing import Any

import pytest

from emulator.core.clock import EPOCH, SECOND
from emulator.core.scenario import Ending, PlanRule
from tests.providers.desk import FAILS, JOBS, LITE, STUCK, Desk, created, enqueued, polled

REQUESTS = "/api/v1/usage/requests"
ROLLUPS = "/api/v1/usage/rollups"
MODELS = "/api/v1/models"
RECORD = {
    "id",
    "created_at",
    "model",
    "operation",
    "stream",
    "status",
    "input_tokens",
    "output_tokens",
    "billable_units",
    "cost",
    "latency_ms",
    "error",
}


def records(desk: Desk) -> list[dict[str, Any]]:
    """The request log."""
    answer = desk.get(REQUESTS)
    assert answer.status == 200
    assert answer.body.keys() == {"data"}
    return answer.body["data"]


def rolled(desk: Desk, query: str = "?period_type=day") -> list[dict[str, Any]]:
    """The sums."""
    answer = desk.get(f"{ROLLUPS}{query}")
    assert answer.status == 200
    assert answer.body.keys() == {"data"}
    return answer.body["data"]


def test_a_record_of_a_success_has_units_cost_and_no_error() -> None:
    desk = Desk()
    created(desk, sample_count=2)
    (shown,) = records(desk.after(40))
    assert shown.keys() == RECORD
    assert shown == {
        "id": shown["id"],
        "created_at": "2026-01-01T00:00:00Z",
        "model": LITE["model"],
        "operation": shown["operation"],
        "stream": False,
        "status": "succeeded",
        "input_tokens": 0,
        "output_tokens": 0,
        "billable_units": 16,
        "cost": "0.800000",
        "latency_ms": 40_000,
        "error": None,
    }
    assert not shown["operation"].startswith("projects/")


def test_a_record_of_what_still_runs_costs_nothing_yet() -> None:
    desk = Desk()
    created(desk)
    (shown,) = records(desk)
    assert shown.keys() == RECORD
    assert (shown["status"], shown["cost"], shown["billable_units"]) == ("running", "0.000000", 0)


@pytest.mark.parametrize(("plan", "seconds"), [(FAILS, 40), (STUCK, 1800)])
def test_a_record_of_a_failure_costs_nothing_and_has_an_error(plan: Any, seconds: int) -> None:
    desk = Desk(plans=(plan,))
    operation = created(desk)["operation"]
    (shown,) = records(desk.after(seconds))
    assert (shown["status"], shown["cost"], shown["billable_units"]) == ("failed", "0.000000", 0)
    assert shown["error"] == polled(desk, operation)["error"]["message"]


def test_only_accepted_creates_are_recorded() -> None:
    desk = Desk(balance=400_000)
    operation = created(desk)["operation"]
    polled(desk, operation)
    assert desk.post(JOBS, LITE).status == 402
    assert desk.post(JOBS, {**LITE, "seconds": 5}).status == 422
    enqueued(desk)
    assert len(records(desk)) == 1


def test_another_keys_requests_are_not_in_it() -> None:
    created(Desk("theirs"))
    assert records(Desk("ours")) == []


def test_rollups_sum_days_and_agree_with_the_requests() -> None:
    late = EPOCH + 86_390 * SECOND
    plans = (
        PlanRule(job=2, ending=Ending.FAIL, queued=0, running=SECOND),
        PlanRule(queued=0, running=SECOND),
    )
    desk = Desk(start=late, plans=plans)
    for samples in (1, 2, 3):
        created(desk, sample_count=samples)
    created(desk.after(20), duration_seconds=4)
    created(desk.after(0.5))
    assert rolled(desk) == [
        {
            "period_type": "day",
            "period_start": "2026-01-01T00:00:00Z",
            "model": LITE["model"],
            "requests": 3,
            "succeeded": 2,
            "failed": 1,
            "billable_units": 32,
            "cost": "1.600000",
        },
        {
            "period_type": "day",
            "period_start": "2026-01-02T00:00:00Z",
            "model": LITE["model"],
            "requests": 2,
            "succeeded": 0,
            "failed": 0,
            "billable_units": 0,
            "cost": "0.000000",
        },
    ]
    assert sum(one["billable_units"] for one in records(desk)) == 32
    assert rolled(desk, "") == rolled(desk)


def test_without_requests_there_is_nothing_to_sum() -> None:
    assert rolled(Desk()) == []


@pytest.mark.parametrize("word", ["hour", "month", "", "Day"])
def test_only_days_are_summed(word: str) -> None:
    answer = Desk().get(f"{ROLLUPS}?period_type={word}")
    assert answer.status == 422
    assert "period_type" in answer.body["error"]["message"]


def test_the_model_list_has_the_seed_pages_prices() -> None:
    answer = Desk().get(MODELS)
    assert answer.status == 200
    assert answer.body == {
        "object": "list",
        "data": [
            {
                "id": "veo-3.1-lite-generate-001",
                "object": "model",
                "modality": "video",
                "provider": "google",
                "endpoint_type": "google_veo_video_jobs",
                "pricing": {
                    "video_per_second": "0.050000",
                    "minimum_hold": "0.010000",
                    "currency": "USD",
                },
            }
        ],
    }


def test_the_model_list_has_a_scenarios_price() -> None:
    (one,) = Desk(prices={LITE["model"]: 1}).get(MODELS).body["data"]
    assert one["pricing"]["video_per_second"] == "0.000001"
