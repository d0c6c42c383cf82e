"""Reading a JSON body, the same for every provider."""

from __future__ import annotations

from typing import Any

import orjson

from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Call

DEPTH = 100
"""How deep a body may be nested: what is read has to be written again."""

FAR = 10**18
"""A number beyond every count; every larger one counts as this."""


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
    if call.body.count(b"[") + call.body.count(b"{") > DEPTH and _depth(data) > DEPTH:
        raise Refused(Reason.BAD_BODY, f"The request body is nested more than {DEPTH} deep.")
    return data


def _depth(data: Any) -> int:
    """How deep arrays and objects lie in one another."""
    deep, level = 0, [data]
    while level:
        deep += 1
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for each in inside for one in each if isinstance(one, dict | list)]
    return deep


def digits(text: str) -> int | None:
    """The number that a text of digits says, FAR at the most; None for any other text."""
    if not (text.isascii() and text.isdecimal()):
        return None
    significant = text.lstrip("0") or "0"
    return int(significant) if len(significant) < len(str(FAR)) else FAR


def whole(value: object) -> int | None:
    """The integer that a JSON value is (8.0 is one, true is not), else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 else None
