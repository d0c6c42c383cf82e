"""What can be read off Omixa's answers, whoever fetched them: pure functions, two exceptions."""

from __future__ import annotations

import json
import math
import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

USUAL = 5.0
"""Seconds between two polls where the answer does not say."""

REFUSED = frozenset({400, 401, 402, 403, 404, 422})
"""These speak of the request, the key or the money: the answer would be the same again."""

LATER = frozenset({408, 425, 429})
"""The only answers in the 400s that ask for the same create again."""

PLAIN = re.compile(r"\d+(\.\d*)?", re.ASCII)


class Bad(Exception):
    """An answer that says nothing, or none at all: the call may be made again after a pause.

    `status` is 0 where none was seen, `after` what Retry-After asks for in seconds, and `late`
    says that the call was given up before it was answered.
    """

    def __init__(self, words: str, status: int = 0, after: float = 0.0, late: bool = False) -> None:
        super().__init__(words)
        self.status, self.after, self.late = status, after, late


class GiveUp(Exception):
    """There is nothing more to try."""


def retry_after(text: str | None) -> float:
    """The seconds that a Retry-After asks for, as a number or a date; 0 for nonsense."""
    text = (text or "").strip()
    if PLAIN.fullmatch(text):
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(then.timestamp() - time.time(), 0.0)


def backoff(tries: int) -> float:
    """Growing pauses over failures in a row: 5 s, 8 s, 12.8 s … a minute."""
    return min(USUAL * 1.6 ** min(tries, 10), 60.0)


def document(content: bytes, status: int) -> dict[str, Any]:
    """The JSON object of an answer; Bad if it is none."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Bad(f"no JSON: {error}", status) from error
    if not isinstance(said, dict):
        raise Bad("JSON, but no object", status)
    return said


def words(content: bytes) -> str:
    """The provider's own words in a refusal, or the beginning of whatever came instead."""
    try:
        return str(json.loads(content)["error"]["message"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return content[:200].decode(errors="replace")


def records(shown: dict[str, Any]) -> set[str]:
    """The ids of the usage records: one for each accepted create. No operation is in them."""
    rows = shown.get("data")
    if not isinstance(rows, list):
        raise Bad("the usage records are no list")
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    if not all(isinstance(id, str) for id in ids):
        raise Bad("a usage record has no id")
    return {str(id) for id in ids}


def interval(shown: dict[str, Any]) -> float:
    """How long the answer asks to wait before the next poll."""
    try:
        seconds = float(shown["poll_after_seconds"])
    except (KeyError, TypeError, ValueError):
        return USUAL
    return max(seconds, 1.0) if math.isfinite(seconds) else USUAL


def has_failed(shown: dict[str, Any]) -> bool:
    """Whether the job has failed. No document has the word, so `error` counts with its object."""
    return shown.get("status") == "failed" or (shown.get("status") == "error" and "error" in shown)


def reason(shown: dict[str, Any]) -> str:
    """Why a job failed, in the provider's words; Bad if they are there and cannot be read."""
    if "error" not in shown:
        return "the provider gave no reason"
    error = shown["error"]
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        raise Bad("a failure was told in no words")
    return str(error["message"])


def links(shown: dict[str, Any]) -> list[str]:
    """A link for each result of a job that has succeeded; Bad if one cannot be read."""
    entries = shown.get("data")
    if not isinstance(entries, list) or not entries:
        raise Bad("a success was told without results")
    urls = [entry.get("url") if isinstance(entry, dict) else None for entry in entries]
    if not all(isinstance(url, str) and url for url in urls):
        raise Bad("a result has no link")
    return [str(url) for url in urls]


def whole_video(content: bytes) -> bool:
    """Whether these bytes are a whole MP4: boxes, the first of them ftyp, that fill the file."""
    at, first = 0, content[4:8]
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        size = size or len(content) - at
        if size < 8:
            return False
        at += size
    return first == b"ftyp" and at == len(content)
