"""Reading a JSON body, the same for every provider."""

from __future__ import annotations

from typing import Any

import orjson

from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Call


def json_object(call: Call) -> dict[str, Any]:
    """The call's body as a JSON object; Refused with what it is instead."""
    if not call.body:
        raise Refused(Reason.BAD_BODY, "The request body is empty; a JSON object is expected.")
    try:
        data = orjson.loads(call.body)
    except orjson.JSONDecodeError as bad:
        raise Refused(Reason.BAD_BODY, f"The request body is not valid JSON: {bad}.") from None
    if not isinstance(data, dict):
        raise Refused(Reason.BAD_BODY, "The request body must be a JSON object.")
    return data


def whole(value: object) -> int | None:
    """The integer that a JSON value is (8.0 is one, true is not), else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 else None
