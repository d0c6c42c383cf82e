"""The ways in which a call is refused. A provider's table turns a reason into its own envelope."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a call is refused."""

    NO_KEY = "no key"
    UNKNOWN_KEY = "unknown key"
    BAD_SIGNATURE = "bad signature"
    NO_CREDIT = "no credit"
    MODEL_FORBIDDEN = "model forbidden"
    UNKNOWN_MODEL = "unknown model"
    NOT_LISTED = "model not listed"
    WRONG_KIND = "model of another kind"
    UNKNOWN_JOB = "unknown job"
    JOB_ENDED = "job has ended"
    BAD_BODY = "bad body"
    BAD_PARAMS = "bad parameters"
    MODEL_ERROR = "model error"
    BAD_LINK = "bad link"
    NO_PATH = "no such path"
    WRONG_METHOD = "wrong method"
    TOO_LARGE = "too large"
    OUTDATED_CLIENT = "outdated client"
    LIMITED = "limited"
    NO_ROUTE = "no route"
    UPSTREAM = "upstream failed"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"


class Refused(Exception):
    """The answer is no: `reason` for the provider's table, `detail` for the person who reads it."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason, detail)

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refused):
            return NotImplemented
        return (self.reason, self.detail) == (other.reason, other.detail)

    def __hash__(self) -> int:
        return hash((self.reason, self.detail))
