"""The hub's error envelopes, by reason.

Form A is an object with type and title, repeated in `status_message`; form B, for models, is an
OpenAI-like message alone. Both are documented.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Answer

INVALID = "Invalid parameters supplied, please check your request and try again."
UPSTREAM = "The model provider returned an error."
MINIMUM_CLI = "0.36.0"

FORM_A: Mapping[Reason, tuple[int, str, str]] = {
    Reason.NO_KEY: (
        401,
        "unauthenticated",
        "You must be authenticated to perform this action.",
    ),
    Reason.UNKNOWN_KEY: (
        401,
        "unauthenticated",
        "You must be authenticated to perform this action.",
    ),
    Reason.NO_CREDIT: (402, "insufficient_credits", "You have run out of credits."),
    Reason.MODEL_FORBIDDEN: (403, "forbidden", "This key may not use the requested model."),
    Reason.BAD_LINK: (403, "forbidden", "The link is not valid."),
    Reason.UNKNOWN_JOB: (404, "resource_not_found", "The requested resource could not be found"),
    Reason.NO_PATH: (404, "resource_not_found", "The requested resource could not be found"),
    Reason.JOB_ENDED: (409, "conflict", "The generation has already ended."),
    Reason.BAD_BODY: (400, "invalid_params", INVALID),
    Reason.BAD_PARAMS: (400, "invalid_params", INVALID),
    Reason.MODEL_ERROR: (400, "upstream", UPSTREAM),
    Reason.WRONG_METHOD: (405, "method_not_allowed", "Method not allowed"),
    Reason.TOO_LARGE: (413, "payload_too_large", "The request is too large."),
    Reason.OUTDATED_CLIENT: (426, "update_required", "Update Required"),
    Reason.LIMITED: (429, "rate_limited", "Rate limit exceeded"),
    Reason.BROKEN: (500, "unknown_error", "An unknown error occurred."),
    Reason.UPSTREAM: (502, "upstream", UPSTREAM),
    Reason.NO_ROUTE: (503, "unavailable", "The service is unavailable."),
    Reason.UNAVAILABLE: (503, "unavailable", "The service is unavailable."),
    Reason.BAD_SIGNATURE: (401, "unauthenticated", "The request's signature is not valid."),
}

FORM_B = frozenset({Reason.UNKNOWN_MODEL, Reason.NOT_LISTED, Reason.WRONG_KIND})

SWITCHED = {
    Reason.BAD_PARAMS: "invalid-params-status",
    Reason.BAD_BODY: "invalid-params-status",
    Reason.MODEL_ERROR: "model-error-status",
    Reason.BAD_LINK: "expired-link",
    Reason.UNKNOWN_MODEL: "unknown-model-status",
    Reason.WRONG_KIND: "text-model-status",
}
"""Reasons whose status is an assumption."""

SILENT = frozenset(
    {
        Reason.NO_KEY,
        Reason.UNKNOWN_KEY,
        Reason.NO_CREDIT,
        Reason.UNKNOWN_JOB,
        Reason.NO_PATH,
        Reason.WRONG_METHOD,
    }
)
"""Reasons whose documented body has no `detail`."""


def refuse(no: Refused, assume: Mapping[str, str]) -> Answer:
    """The hub's answer to a refused call."""
    if no.reason in FORM_B:
        said = ":unsupported_media_type" if no.reason is Reason.WRONG_KIND else None
        message = said or f"Model not found: {no.detail}"
        return Answer(_status(no.reason, 404, assume), {"error": {"message": message}})
    status, kind, title = FORM_A[no.reason]
    status = _status(no.reason, status, assume)
    if no.reason is Reason.BAD_LINK and status == 404:
        _, kind, title = FORM_A[Reason.NO_PATH]
    error = {"type": kind, "title": title}
    if no.detail and no.reason not in SILENT:
        error["detail"] = _detail(no)
    return Answer(status, {"error": error, "status": "error", "status_message": kind})


def _status(reason: Reason, usual: int, assume: Mapping[str, str]) -> int:
    return int(assume[SWITCHED[reason]]) if reason in SWITCHED else usual


def _detail(no: Refused) -> str:
    match no.reason:
        case Reason.MODEL_ERROR:
            return f"Getting model response error: 422 - {no.detail}"
        case Reason.OUTDATED_CLIENT:
            return f"Oxen CLI out of date. Pushing to OxenHub requires version >= {MINIMUM_CLI}."
        case _:
            return no.detail
