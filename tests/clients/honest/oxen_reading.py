"""What can be read off the hub's answers, whoever fetched them: pure functions, two exceptions."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

FINAL = frozenset({400, 401, 402, 403, 405, 410, 413, 415, 422, 426})
"""These speak of the request, the key or the money: the answer would be the same again."""


class GiveUp(Exception):
    """There is nothing more to try."""


class Trouble(Exception):
    """A call that brought nothing, with its status (0 if there was none). `unsent` says that it can
    have had no effect, `open` that it has had one or may still have."""

    def __init__(
        self, why: str, status: int = 0, *, unsent: bool = False, open: bool = False
    ) -> None:
        super().__init__(why)
        self.status, self.unsent, self.open = status, unsent, open


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: with a link, with words, or cancelled."""

    status: str
    url: str = ""
    words: str = ""
    media: str = "video"


def end(row: Mapping[str, Any]) -> End | None:
    """The end that a row tells; None if the job goes on, be the word for that known or not."""
    status, url, words = row.get("status"), row.get("result_url"), row.get("error_message")
    if status == "succeeded" and isinstance(url, str) and url:
        return End("succeeded", url=url, media=str(row.get("media_type")))
    if status == "failed" and isinstance(words, str):
        return End("failed", words=words)
    if status == "cancelled":
        return End("cancelled")
    if status in ("succeeded", "failed") or not isinstance(status, str):
        raise Trouble("a row has another shape")
    return None


def ids(answer: Any) -> tuple[str, ...]:
    """The ids in the answer of a submit; none if they cannot be read."""
    try:
        found = tuple(row["generation_id"] for row in answer["generations"])
    except (KeyError, TypeError):
        return ()
    return found if all(isinstance(id, str) and id for id in found) else ()


def rows(answer: Any) -> dict[str, Mapping[str, Any]]:
    """The rows of a list, by their ids."""
    try:
        found = {row["generation_id"]: row for row in answer["generations"]}
        whole = len(found) == answer["count"]
    except (KeyError, TypeError):
        whole, found = False, {}
    if not whole or not all(isinstance(id, str) for id in found):
        raise Trouble("a list has another shape")
    return found


def new(
    rows: Mapping[str, Mapping[str, Any]], before: list[str], body: Mapping[str, Any]
) -> tuple[str, ...]:
    """The ids of rows that were not there before and may be of that request."""
    wanted = {"model_name": body.get("model"), "prompt": body.get("prompt")}
    found = [
        id
        for id, row in rows.items()
        if id not in before
        and all(
            not isinstance(row.get(name), str) or row[name] == one for name, one in wanted.items()
        )
    ]
    return tuple(found[: int(body.get("num_generations") or 1)])


def growing(bad: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(5 * 1.6 ** (bad - 1), 60)


def retry_after(text: str | None) -> float:
    """Seconds that a Retry-After asks for, be it a number or a date; 0 if it says neither."""
    text = (text or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        at = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(at.timestamp() - time.time(), 0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def is_whole(data: bytes, media: str) -> bool:
    """Whether these bytes are a whole file: an MP4's boxes, from ftyp to the last, and all of each;
    of a picture only that it is no page."""
    if media != "video":
        return bool(data) and not data.lstrip().startswith(b"<")
    at, names = 0, []
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
        names.append(name)
        at += size if size >= 8 else len(data) + 1
    return at == len(data) and names[:1] == [b"ftyp"]
