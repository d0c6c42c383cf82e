from __future__ import annotations

import pytest

from emulator.core.refusals import Reason, Refused
from emulator.providers.registry import assume, providers
from tests.providers.desk import JOBS, LITE, Desk

OMIXA = providers()["omixa"]
SEEN = "what was seen"

# reason, status, type, code. The statuses 401, 402, 403, 422 and 503 are documented, and the 402.
TRIPLES = (
    (Reason.NO_KEY, 401, "authentication_error", "invalid_api_key"),
    (Reason.UNKNOWN_KEY, 401, "authentication_error", "invalid_api_key"),
    (Reason.BAD_SIGNATURE, 401, "authentication_error", "invalid_signature"),
    (Reason.NO_CREDIT, 402, "billing_error", "insufficient_balance"),
    (Reason.MODEL_FORBIDDEN, 403, "permission_error", "model_not_allowed"),
    (Reason.BAD_LINK, 403, "permission_error", "invalid_signature"),
    (Reason.UNKNOWN_JOB, 404, "invalid_request_error", "operation_not_found"),
    (Reason.NO_PATH, 404, "invalid_request_error", "not_found"),
    (Reason.WRONG_METHOD, 405, "invalid_request_error", "method_not_allowed"),
    (Reason.JOB_ENDED, 409, "invalid_request_error", "conflict"),
    (Reason.TOO_LARGE, 413, "invalid_request_error", "payload_too_large"),
    (Reason.OUTDATED_CLIENT, 426, "invalid_request_error", "upgrade_required"),
    (Reason.BAD_BODY, 422, "validation_error", "invalid_payload"),
    (Reason.BAD_PARAMS, 422, "validation_error", "invalid_payload"),
    (Reason.WRONG_KIND, 422, "validation_error", "invalid_payload"),
    (Reason.UNKNOWN_MODEL, 422, "validation_error", "model_not_found"),
    (Reason.NOT_LISTED, 404, "invalid_request_error", "model_not_found"),
    (Reason.MODEL_ERROR, 422, "upstream_error", "provider_error"),
    (Reason.LIMITED, 429, "rate_limit_error", "rate_limited"),
    (Reason.BROKEN, 500, "server_error", "internal_error"),
    (Reason.UPSTREAM, 502, "upstream_error", "provider_error"),
    (Reason.NO_ROUTE, 503, "routing_error", "no_healthy_route"),
    (Reason.UNAVAILABLE, 503, "server_error", "unavailable"),
)
NAMING = (Reason.BAD_BODY, Reason.BAD_PARAMS, Reason.UNKNOWN_MODEL, Reason.UPSTREAM)
"""Reasons whose message is what was seen."""


def test_every_reason_has_a_triple() -> None:
    assert {line[0] for line in TRIPLES} == set(Reason)


@pytest.mark.parametrize(("reason", "status", "kind", "code"), TRIPLES)
def test_an_error_is_a_triple_and_nothing_else(
    reason: Reason, status: int, kind: str, code: str
) -> None:
    answer = OMIXA.refuse(Refused(reason, SEEN), assume(OMIXA, {}))
    message = answer.body["error"]["message"]
    assert answer.status == status
    assert answer.body == {"error": {"message": message, "type": kind, "code": code}}
    assert isinstance(message, str)
    assert message


def test_the_empty_wallets_body_is_the_documented_one() -> None:
    answer = OMIXA.refuse(Refused(Reason.NO_CREDIT, SEEN), assume(OMIXA, {}))
    assert (answer.status, answer.body) == (
        402,
        {
            "error": {
                "message": "Insufficient wallet balance.",
                "type": "billing_error",
                "code": "insufficient_balance",
            }
        },
    )


@pytest.mark.parametrize("reason", NAMING)
def test_what_a_caller_can_mend_is_said(reason: Reason) -> None:
    answer = OMIXA.refuse(Refused(reason, SEEN), assume(OMIXA, {}))
    assert answer.body["error"]["message"] == SEEN


@pytest.mark.parametrize(
    "reason",
    [Reason.NO_CREDIT, Reason.NO_ROUTE, Reason.BROKEN, Reason.NO_KEY, Reason.MODEL_FORBIDDEN],
)
def test_diagnostics_are_kept_out_of_a_message(reason: Reason) -> None:
    answer = OMIXA.refuse(Refused(reason, SEEN), assume(OMIXA, {}))
    assert SEEN not in answer.body["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", JOBS),
        ("POST", f"{JOBS}/status"),
        ("GET", f"{JOBS}/status"),
        ("GET", "/api/v1/models"),
        ("GET", "/api/v1/usage/requests"),
        ("GET", "/api/v1/usage/rollups"),
    ],
)
def test_every_call_needs_a_key(method: str, path: str) -> None:
    answer = Desk().call(method, path, LITE, key=None)
    assert answer.status == 401
    assert answer.body["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/videos", f"{JOBS}/1"])
def test_a_path_that_is_none_is_not_found(path: str) -> None:
    answer = Desk().get(path)
    assert answer.status == 404
    assert answer.body["error"].keys() == {"message", "type", "code"}
