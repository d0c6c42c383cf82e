from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.desk import FAILS, QUEUE, VEO, Desk, enqueued, row

SAMPLE = {
    "model": "google-veo-3-1-lite",
    "prompt": "<prompt>",
    "input_image": "https://hub.oxen.ai/api/repos/elau/assets/file/main/bloxy/bloxy_cropped_512x512.png",
}
"""The seed page's minimal request."""

FULL = {
    **SAMPLE,
    "aspect_ratio": "16:9",
    "duration": "8s",
    "resolution": "720p",
    "auto_fix": False,
}
"""The seed page's request with all parameters."""

OWN = (
    "generation_id",
    "model_name",
    "media_type",
    "status",
    "result_url",
    "error_message",
    "enqueued_at",
    "started_at",
    "completed_at",
)
"""The documented keys of a row that are not the caller's."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def invalid(detail: str) -> dict[str, Any]:
    """The documented envelope of a 400, with its detail."""
    return {
        "error": {
            "type": "invalid_params",
            "title": "Invalid parameters supplied, please check your request and try again.",
            "detail": detail,
        },
        "status": "error",
        "status_message": "invalid_params",
    }


@pytest.mark.parametrize("body", [SAMPLE, FULL], ids=["minimal", "all parameters"])
def test_the_seed_pages_requests_are_queued_and_succeed(body: dict[str, Any]) -> None:
    desk = Desk()
    (id,) = enqueued(desk, body)
    assert row(desk.after(40), id)["status"] == "succeeded"


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_generations_are_queued_as_were_asked_for(count: int) -> None:
    desk = Desk()
    answer = desk.post(QUEUE, {**VEO, "num_generations": count})
    ids = [job.id for job in desk.jobs]
    assert answer.status == 200
    assert answer.body == {
        "generations": [{"generation_id": id, "status": "queued"} for id in ids],
    }
    assert len({UUID(id) for id in ids}) == count


def test_without_num_generations_there_is_one() -> None:
    assert len(enqueued(Desk())) == 1


@pytest.mark.parametrize(
    "count", [0, -1, 5, 12, 10**12, 1.5, "2", "", True, False, None, [], [2], {}]
)
def test_another_number_of_generations_is_refused_in_the_documented_words(count: Any) -> None:
    desk = Desk()
    answer = desk.post(QUEUE, {**VEO, "num_generations": count})
    assert answer.status == 400
    assert answer.body == invalid("num_generations must be an integer between 1 and 4")
    assert not desk.jobs


@pytest.mark.parametrize("name", ["bad-model-name", "", "GOOGLE-VEO-3-1-LITE", "veo 3"])
def test_an_unknown_model_is_answered_in_the_form_of_models(name: str) -> None:
    desk = Desk()
    answer = desk.post(QUEUE, {**VEO, "model": name})
    assert answer.status == 404
    assert answer.body == {"error": {"message": f"Model not found: {name}"}}
    assert not desk.jobs


def test_a_text_only_model_is_an_unsupported_media_type() -> None:
    desk = Desk()
    answer = desk.post(QUEUE, {"model": "understudy-text-only", "prompt": "A haiku"})
    assert answer.status == 400
    assert answer.body == {"error": {"message": ":unsupported_media_type"}}
    assert not desk.jobs


@pytest.mark.parametrize("model", [None, 5, ["google-veo-3-1-lite"], {}, True])
def test_a_model_that_is_no_name_is_an_invalid_parameter(model: Any) -> None:
    answer = Desk().post(QUEUE, {**VEO, "model": model})
    assert answer.status == 400
    assert answer.body["error"]["type"] == answer.body["status_message"] == "invalid_params"
    assert "model" in answer.body["error"]["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"[]", b'"text"', b"5", b"null", b"{'a': 1}", b"\xff"]
)
def test_a_body_that_is_no_json_object_is_an_invalid_parameter(body: bytes) -> None:
    desk = Desk()
    answer = desk.post(QUEUE, body)
    assert answer.status == 400
    assert answer.body["error"]["type"] == answer.body["status_message"] == "invalid_params"
    assert not desk.jobs


def test_a_prompt_is_not_enforced_when_it_is_queued() -> None:
    desk = Desk()
    (id,) = enqueued(desk, {"model": "google-veo-3-1-lite"})
    assert "prompt" not in row(desk, id)
    failed = row(desk.after(40), id)
    assert failed["status"] == "failed"
    assert "prompt" in failed["error_message"]


@pytest.mark.parametrize("name", ["target_namespace", "target_repo", "target_directory"])
@pytest.mark.parametrize("value", [5, True, ["ox"], {}])
def test_a_target_is_a_text(name: str, value: Any) -> None:
    answer = Desk().post(QUEUE, {**VEO, name: value})
    assert answer.status == 400
    assert name in answer.body["error"]["detail"]


@pytest.mark.parametrize("name", ["target_namespace", "target_repo", "target_directory"])
def test_a_target_may_be_null(name: str) -> None:
    desk = Desk()
    default = row(desk, *enqueued(desk))
    null = row(desk, *enqueued(desk, VEO, **{name: None}))
    assert null[name] == default[name]


def test_targets_are_shown_in_the_row() -> None:
    desk = Desk()
    where = {"target_namespace": "ox", "target_repo": "art", "target_directory": "generations"}
    shown = row(desk, *enqueued(desk, VEO, **where))
    assert {name: shown[name] for name in where} == where


@settings(deadline=None)
@given(more=st.dictionaries(st.text(min_size=1).map("x-".__add__), JSON, max_size=4))
def test_additional_parameters_come_back_unchanged(more: dict[str, Any]) -> None:
    desk = Desk()
    shown = row(desk, *enqueued(desk, VEO, **more))
    assert {name: shown[name] for name in more} == more
    assert {name: shown[name] for name in VEO if name != "model"} == {
        name: value for name, value in VEO.items() if name != "model"
    }


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("value", ["mine", None, 5])
def test_a_parameter_never_overrides_a_key_of_the_rows_own(name: str, value: Any) -> None:
    plain, desk = Desk(), Desk()
    expected = row(plain.after(0), *enqueued(plain))
    assert row(desk, *enqueued(desk, VEO, **{name: value})) == expected


@pytest.mark.parametrize("name", ["cost", "user_id", "username", "user_image"])
def test_nor_one_of_the_historys(name: str) -> None:
    plain, desk = Desk(), Desk()
    (same,) = enqueued(plain)
    (id,) = enqueued(desk, VEO, **{name: "mine"})
    shown = [one.get(f"/api/ai/generations/{id}").body for one in (plain, desk)]
    assert id == same
    assert shown[0] == shown[1]


def test_nor_the_one_that_may_be_there() -> None:
    desk = Desk(plans=(FAILS,), assume={"oxen.error-retryable": "present"})
    (id,) = enqueued(desk, VEO, error_retryable="mine")
    assert "error_retryable" not in row(desk, id)
    assert row(desk.after(40), id)["error_retryable"] is False
