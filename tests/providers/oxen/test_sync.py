from __future__ import annotations

from typing import Any

import pytest

from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule
from emulator.providers.port import File, Inline
from tests.providers.desk import FAILS, ORIGIN, QUEUE, VEO, Desk, row

VIDEOS, IMAGES = "/api/ai/videos/generate", "/api/ai/images/generate"
FLUX = {"model": "black-forest-labs-flux-2-klein-4b", "prompt": "A lake"}
BOTH = [(VIDEOS, VEO, "videos"), (IMAGES, FLUX, "images")]


@pytest.mark.parametrize(("path", "body", "made"), BOTH)
def test_it_blocks_until_the_result_is_ready(path: str, body: dict[str, str], made: str) -> None:
    desk = Desk()
    began = desk.clock
    answer = desk.post(path, body)
    assert desk.clock - began == 40 * SECOND
    assert answer.status == 200
    (result,) = answer.body[made]
    assert result.keys() == {"url"}
    assert result["url"].startswith(f"{ORIGIN}/api/repos/")
    assert answer.body == {
        "model": body["model"],
        "created": desk.clock // SECOND,
        made: [result],
    }
    assert desk.get(result["url"], key=None).body == File(desk.jobs[0])


@pytest.mark.parametrize(("path", "body", "made"), BOTH)
def test_in_base64_the_result_is_in_the_answer(path: str, body: dict[str, str], made: str) -> None:
    desk = Desk()
    answer = desk.post(path, {**body, "response_format": "b64_json"})
    assert answer.status == 200
    assert answer.body[made] == [{"b64_json": Inline(File(desk.jobs[0]))}]


@pytest.mark.parametrize("format", ["base64", "URL", "", 5, None, []])
def test_there_is_no_third_format(format: Any) -> None:
    desk = Desk()
    answer = desk.post(VIDEOS, {**VEO, "response_format": format})
    assert answer.status == 400
    assert answer.body["error"]["type"] == "invalid_params"
    assert "response_format" in answer.body["error"]["detail"]
    assert not desk.jobs


def test_a_format_asked_for_by_name_is_the_default() -> None:
    url = Desk().post(VIDEOS, {**VEO, "response_format": "url"})
    assert url == Desk().post(VIDEOS, VEO)


@pytest.mark.parametrize(("path", "body", "made"), BOTH)
def test_a_generation_that_fails_is_a_model_error(
    path: str, body: dict[str, str], made: str
) -> None:
    desk = Desk(plans=(FAILS,))
    answer = desk.post(path, body)
    assert answer.status == 400
    assert answer.body["error"]["detail"] == (
        "Getting model response error: 422 - The model broke down."
    )
    assert desk.account("oxen").captured == 0


def test_an_empty_prompt_for_an_image_has_the_documented_words() -> None:
    answer = Desk().post(IMAGES, {**FLUX, "prompt": ""})
    assert answer.status == 400
    assert answer.body["error"]["detail"] == "Prompt cannot be empty"


@pytest.mark.parametrize("path", [VIDEOS, IMAGES])
def test_an_unknown_model_is_the_same_as_on_the_queue(path: str) -> None:
    answer = Desk().post(path, {**VEO, "model": "bad-model-name"})
    assert answer.status == 404
    assert answer.body == {"error": {"message": "Model not found: bad-model-name"}}


@pytest.mark.parametrize(
    ("path", "body"), [(VIDEOS, FLUX), (IMAGES, VEO), (VIDEOS, {"model": "understudy-text-only"})]
)
def test_a_model_of_another_kind_is_an_unsupported_media_type(
    path: str, body: dict[str, str]
) -> None:
    answer = Desk().post(path, body)
    assert (answer.status, answer.body) == (400, {"error": {"message": ":unsupported_media_type"}})


@pytest.mark.parametrize(("path", "body", "made"), BOTH)
def test_without_credit_nothing_is_made(path: str, body: dict[str, str], made: str) -> None:
    desk = Desk(balance=9_999)
    assert desk.post(path, body).status == 402
    assert not desk.jobs


@pytest.mark.parametrize(("path", "body", "made"), BOTH)
def test_it_costs_what_the_queue_would_cost(path: str, body: dict[str, str], made: str) -> None:
    sync, queue = Desk(), Desk()
    sync.post(path, body)
    queue.post(QUEUE, body)
    queue.after(40)
    assert sync.account("oxen") == queue.account("oxen")
    assert sync.account("oxen").captured > 0


def test_it_makes_one_result_whatever_is_asked() -> None:
    desk = Desk()
    answer = desk.post(VIDEOS, {**VEO, "num_generations": 3})
    assert len(answer.body["videos"]) == len(desk.jobs) == 1


def test_it_stays_out_of_the_queue_and_is_in_the_history() -> None:
    desk = Desk()
    desk.post(VIDEOS, VEO)
    (job,) = desk.jobs
    assert desk.get(f"{QUEUE}?status=succeeded").body["count"] == 0
    (kept,) = desk.get("/api/ai/generations").body["generations"]
    assert (kept["generation_id"], kept["status"]) == (job.id, "succeeded")
    assert row(desk, job.id)["status"] == "succeeded"


def test_one_that_never_ends_is_waited_for() -> None:
    desk = Desk(plans=(PlanRule(queued=0, running=7200 * SECOND),))
    began = desk.clock
    assert desk.post(VIDEOS, VEO).status == 200
    assert desk.clock - began == 7200 * SECOND


def test_credit_that_lacks_when_it_runs_is_a_402_too() -> None:
    desk = Desk(balance=0, assume={"oxen.credit-check": "run"})
    answer = desk.post(VIDEOS, VEO)
    assert answer.status == 402
    assert answer.body["status_message"] == "insufficient_credits"
