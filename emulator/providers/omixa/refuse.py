"""Omixa's error triple, by reason. Only the 402 is documented word for word."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Answer

ERRORS: Mapping[Reason, tuple[int, str, str, str]] = {
    Reason.NO_KEY: (401, "authentication_error", "invalid_api_key", "Invalid or missing API key."),
    Reason.UNKNOWN_KEY: (
        401,
        "authentication_error",
        "invalid_api_key",
        "Invalid or missing API key.",
    ),
    Reason.BAD_SIGNATURE: (
        401,
        "authentication_error",
        "invalid_signature",
        "Invalid request signature.",
    ),
    Reason.NO_CREDIT: (
        402,
        "billing_error",
        "insufficient_balance",
        "Insufficient wallet balance.",
    ),
    Reason.MODEL_FORBIDDEN: (
        403,
        "permission_error",
        "model_not_allowed",
        "This API key is not allowed to use the requested model.",
    ),
    Reason.BAD_LINK: (403, "permission_error", "invalid_signature", ""),
    Reason.UNKNOWN_JOB: (
        404,
        "invalid_request_error",
        "operation_not_found",
        "Operation not found.",
    ),
    Reason.NO_PATH: (404, "invalid_request_error", "not_found", "Not found."),
    Reason.WRONG_METHOD: (
        405,
        "invalid_request_error",
        "method_not_allowed",
        "Method not allowed.",
    ),
    Reason.JOB_ENDED: (409, "invalid_request_error", "conflict", "The operation has ended."),
    Reason.TOO_LARGE: (
        413,
        "invalid_request_error",
        "payload_too_large",
        "The request is too large.",
    ),
    Reason.OUTDATED_CLIENT: (426, "invalid_request_error", "upgrade_required", "Upgrade required."),
    Reason.BAD_BODY: (422, "validation_error", "invalid_payload", ""),
    Reason.BAD_PARAMS: (422, "validation_error", "invalid_payload", ""),
    Reason.WRONG_KIND: (422, "validation_error", "invalid_payload", ""),
    Reason.UNKNOWN_MODEL: (422, "validation_error", "model_not_found", ""),
    Reason.NOT_LISTED: (404, "invalid_request_error", "model_not_found", ""),
    Reason.MODEL_ERROR: (422, "upstream_error", "provider_error", ""),
    Reason.LIMITED: (429, "rate_limit_error", "rate_limited", "Too many requests."),
    Reason.BROKEN: (500, "server_error", "internal_error", "Internal server error."),
    Reason.UPSTREAM: (502, "upstream_error", "provider_error", ""),
    Reason.NO_ROUTE: (
        503,
        "routing_error",
        "no_healthy_route",
        "No healthy route is currently available.",
    ),
    Reason.UNAVAILABLE: (503, "server_error", "unavailable", "The service is unavailable."),
}
"""Status, type, code and message; where the message is empty, the refusal's detail is it."""

SWITCHED = {
    Reason.UNKNOWN_JOB: "unknown-operation-status",
    Reason.BAD_BODY: "bad-json-status",
    Reason.UNKNOWN_MODEL: "unknown-model-status",
}
"""Reasons whose status is an assumption."""


def triple(no: Refused, assume: Mapping[str, str]) -> dict[str, str]:
    """The error object: message, type and code."""
    _, kind, code, message = ERRORS[no.reason]
    if assume["error-words"] == "plain" and no.reason is not Reason.NO_CREDIT:
        kind, code = "api_error", f"http_{status(no.reason, assume)}"
    return {"message": message or no.detail, "type": kind, "code": code}


def refuse(no: Refused, assume: Mapping[str, str]) -> Answer:
    """Omixa's answer to a refused call."""
    return Answer(status(no.reason, assume), {"error": triple(no, assume)})


def status(reason: Reason, assume: Mapping[str, str]) -> int:
    """The HTTP status of a reason."""
    return int(assume[SWITCHED[reason]]) if reason in SWITCHED else ERRORS[reason][0]
