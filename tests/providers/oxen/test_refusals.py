from __future__ import annotations

from typing import Any

import pytest

from emulator.core.refusals import Reason, Refused
from emulator.providers.registry import assume, providers
from tests.providers.desk import JOBS, QUEUE, VEO, Desk, enqueued, row

OXEN = providers()["oxen"]
AUTHENTICATE = "You must be authenticated to perform this action."
INVALID = "Invalid parameters supplied, please check your request and try again."
NOT_FOUND = "The requested resource could not be found"
DETAIL = "what was seen"

# reason, status, type, title, detail. Those with a title here are documented or seen in clients.
FORM_A: tuple[tuple[Reason, int, str, str | None, str | None], ...] = (
    (Reason.NO_KEY, 401, "unauthenticated", AUTHENTICATE, None),
    (Reason.UNKNOWN_KEY, 401, "unauthenticated", AUTHENTICATE, None),
    (Reason.NO_CREDIT, 402, "insufficient_credits", "You have run out of credits.", None),
    (Reason.UNKNOWN_JOB, 404, "resource_not_found", NOT_FOUND, None),
    (Reason.NO_PATH, 404, "resource_not_found", NOT_FOUND, None),
    (Reason.BAD_BODY, 400, "invalid_params", INVALID, DETAIL),
    (Reason.BAD_PARAMS, 400, "invalid_params", INVALID, DETAIL),
    (
        Reason.MODEL_ERROR,
        400,
        "upstream",
        "The model provider returned an error.",
        f"Getting model response error: 422 - {DETAIL}",
    ),
    (
        Reason.OUTDATED_CLIENT,
        426,
        "update_required",
        "Update Required",
        "Oxen CLI out of date. Pushing to OxenHub requires version >= 0.36.0.",
    ),
    (Reason.LIMITED, 429, "rate_limited", "Rate limit exceeded", DETAIL),
    (Reason.UPSTREAM, 502, "upstream", "The model provider returned an error.", DETAIL),
    (Reason.BROKEN, 500, "unknown_error", None, DETAIL),
    (Reason.MODEL_FORBIDDEN, 403, "forbidden", None, DETAIL),
    (Reason.BAD_LINK, 403, "forbidden", None, DETAIL),
    (Reason.BAD_SIGNATURE, 401, "unauthenticated", None, DETAIL),
    (Reason.WRONG_METHOD, 405, "method_not_allowed", None, None),
    (Reason.JOB_ENDED, 409, "conflict", None, DETAIL),
    (Reason.TOO_LARGE, 413, "payload_too_large", None, DETAIL),
    (Reason.NO_ROUTE, 503, "unavailable", None, DETAIL),
    (Reason.UNAVAILABLE, 503, "unavailable", None, DETAIL),
)
FORM_B = {
    Reason.UNKNOWN_MODEL: (404, f"Model not found: {DETAIL}"),
    Reason.NOT_LISTED: (404, f"Model not found: {DETAIL}"),
    Reason.WRONG_KIND: (400, ":unsupported_media_type"),
}


def refused(reason: Reason, detail: str = DETAIL) -> tuple[int, Any]:
    """The answer to a refusal under the default assumptions."""
    answer = OXEN.refuse(Refused(reason, detail), assume(OXEN, {}))
    return answer.status, answer.body


def test_every_reason_is_in_one_of_the_two_forms() -> None:
    assert {line[0] for line in FORM_A} | FORM_B.keys() == set(Reason)


@pytest.mark.parametrize(("reason", "status", "kind", "title", "detail"), FORM_A)
def test_form_a_repeats_its_type_and_has_no_other_keys(
    reason: Reason, status: int, kind: str, title: str | None, detail: str | None
) -> None:
    seen, body = refused(reason)
    said = body["error"].get("title")
    assert seen == status
    assert said == (title or said)
    assert isinstance(said, str)
    error = {"type": kind, "title": said}
    assert body == {
        "error": error if detail is None else {**error, "detail": detail},
        "status": "error",
        "status_message": kind,
    }


@pytest.mark.parametrize("reason", [line[0] for line in FORM_A if line[4] == DETAIL])
def test_without_anything_to_say_it_has_no_detail(reason: Reason) -> None:
    _, body = refused(reason, "")
    assert body["error"].keys() == {"type", "title"}


@pytest.mark.parametrize(("reason", "expected"), FORM_B.items())
def test_form_b_is_a_message_alone(reason: Reason, expected: tuple[int, str]) -> None:
    status, message = expected
    assert refused(reason) == (status, {"error": {"message": message}})


# The calls that need a key, and one for each.
KEYED = (
    ("POST", QUEUE),
    ("GET", QUEUE),
    ("GET", f"{QUEUE}/nope"),
    ("DELETE", f"{QUEUE}/nope"),
    ("GET", "/api/ai/generations"),
    ("GET", "/api/ai/generations/nope"),
    ("POST", "/api/ai/videos/generate"),
    ("POST", "/api/ai/images/generate"),
    ("GET", "/api/events"),
)


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_without_a_key_a_call_is_unauthenticated(method: str, path: str) -> None:
    answer = Desk().call(method, path, VEO, key=None)
    assert answer.status == 401
    assert answer.body == {
        "error": {"type": "unauthenticated", "title": AUTHENTICATE},
        "status": "error",
        "status_message": "unauthenticated",
    }


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", QUEUE), ("POST", f"{QUEUE}/nope"), ("DELETE", "/api/events")]
)
def test_another_method_is_refused_in_form_a(method: str, path: str) -> None:
    answer = Desk().call(method, path)
    assert answer.status == 405
    assert answer.body.keys() == {"error", "status", "status_message"}


@pytest.mark.parametrize("path", ["/api/ai/nothing", "/api/ai/queue/a/b", "/api/nothing"])
def test_a_path_that_is_none_is_not_found(path: str) -> None:
    answer = Desk().get(path)
    assert answer.status == 404
    assert answer.body["status_message"] == "resource_not_found"


def test_a_key_for_other_models_is_refused_before_anything_is_held() -> None:
    desk = Desk(allowed=frozenset({"google-veo-3-1"}), balance=0)
    answer = desk.post(QUEUE, VEO)
    assert answer.status == 403
    assert answer.body["status_message"] == "forbidden"
    assert not desk.jobs


AGENTS = {
    "oxen": 426,
    "oxen/0.1.0": 426,
    "Oxen-CLI/0.19.3 (linux)": 426,
    "OXEN": 426,
    "PostmanRuntime/7 oxen": 200,
    "python-requests/2.32": 200,
    "": 200,
}


@pytest.mark.parametrize(("agent", "status"), AGENTS.items())
def test_where_the_gate_is_shut_an_old_cli_is_told_to_update(agent: str, status: int) -> None:
    desk = Desk(assume={"oxen.user-agent-gate": "files"})
    (id,) = enqueued(desk)
    url = row(desk.after(40), id)["result_url"]
    answer = desk.get(url, headers={"user-agent": agent})
    assert answer.status == status
    if status == 426:
        assert answer.body["error"].keys() == {"type", "title", "detail"}
        assert answer.body["status_message"] == "update_required"


def test_the_gate_is_open_unless_assumed_otherwise() -> None:
    desk = Desk()
    (id,) = enqueued(desk)
    url = row(desk.after(40), id)["result_url"]
    assert desk.get(url, headers={"user-agent": "oxen/0.1.0"}).status == 200


def test_the_other_providers_paths_have_the_other_providers_envelope() -> None:
    assert Desk().post(JOBS, VEO, key=None).body.keys() == {"error"}
