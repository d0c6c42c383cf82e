"""One exchange over `requests`, bounded in time and in bytes, and what can be read off an answer.
It knows no provider."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import requests
import urllib3

MOST = 128 << 20
"""Bytes of an answer that are still read."""


class Trouble(Exception):
    """A call came to nothing, for now: `told` is its Retry-After. A submit may have been `taken`
    all the same, and is then not to be sent again."""

    def __init__(self, why: str, *, told: str | None = None, taken: bool = False) -> None:
        super().__init__(why)
        self.told, self.taken = told, taken


class Refused(Exception):
    """The provider says no, in its own words, and would say so again."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status, self.words = status, words


class GiveUp(Exception):
    """There is nothing more to try."""


class Answer(NamedTuple):
    """An answer that came whole."""

    status: int
    headers: Any
    content: bytes


def session() -> requests.Session:
    """A session without a key. It reads no netrc, which would put a key in the place of ours, and
    asks for bytes as they are, so that their number can be checked."""
    made = requests.Session()
    made.trust_env = False
    made.headers.update({"User-Agent": "clips/1.0", "Accept-Encoding": "identity"})
    return made


def exchange(
    over: requests.Session, method: str, url: str, *, limit: float, **given: Any
) -> Answer:
    """The answer to one call, all of it within these seconds; Trouble if it does not come so."""
    until, taken = time.monotonic() + limit, False
    try:
        with over.request(method, url, timeout=limit, stream=True, **given) as answer:
            taken, content = answer.status_code // 100 == 2, bytearray()
            if answer.is_redirect:  # Its body, if any, has been read to find the way.
                return Answer(answer.status_code, answer.headers, b"")
            while piece := answer.raw.read1(1 << 16):
                content += piece
                if time.monotonic() > until or len(content) > MOST:
                    raise Trouble("the answer does not end", taken=taken)
            promised = answer.headers.get("Content-Length", "")
            if promised.isdecimal() and int(promised) != len(content):
                raise Trouble("the answer stops short", taken=taken)
            return Answer(answer.status_code, answer.headers, bytes(content))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        late = isinstance(error, requests.ReadTimeout)
        raise Trouble(f"{type(error).__name__}: {error}", taken=taken or late) from None


def retry_after(text: str | None) -> float:
    """The seconds that a Retry-After of any legal form asks for; 0 if it says nothing."""
    if text is None:
        return 0.0
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text.strip()):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
        when = when.replace(tzinfo=when.tzinfo or UTC)
        return max(when.timestamp() - time.time(), 0.0) + 1.0
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0


def whole(film: bytes) -> bool:
    """Whether these bytes are an MP4 file from its first box to its last."""
    at = 0
    while at <= len(film) - 8:
        size = int.from_bytes(film[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(film[at + 8 : at + 16], "big")
        at = len(film) if size == 0 else at + max(size, 8)
    return at == len(film) and film[4:8] == b"ftyp"
