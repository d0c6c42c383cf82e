"""What a client is asked to do, and what it says came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class End(StrEnum):
    """What a client says came of an intent; `nothing` is what the harness says of one that says
    nothing it can understand."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GAVE_UP = "gave_up"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One video to be had: the request to make, of whom, and how long that may take.

    `body` is the JSON of the submit, `deadline_s` seconds on the clock that the client lives by.
    """

    provider: str
    body: Mapping[str, Any]
    base_url: str
    api_key: str
    deadline_s: float = 600

    def line(self) -> dict[str, Any]:
        """The intent as plain data, as programs get it."""
        return {**asdict(self), "body": dict(self.body)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a client reports: `urls` of the results, the provider's id of the `job` if it knows it,
    `reason` of a failure, `error` of a give-up."""

    outcome: End
    urls: tuple[str, ...] = ()
    job: str | None = None
    reason: str = ""
    error: str = ""


class Garbage(ValueError):
    """What a client said is no outcome; the message says why."""


def outcome(said: Any) -> Outcome:
    """The outcome that a client reported, as a value or as plain data; Garbage if it is none.

    Its texts are made anew: a client's own kind of text would be unknown elsewhere.
    """
    if isinstance(said, Outcome):
        said = {one: getattr(said, one) for one in Outcome.__slots__}
        if said["urls"] is None:
            raise Garbage("urls: None is no list of texts")
    if not isinstance(said, Mapping):
        raise Garbage(f"{_short(said)} is no object with an outcome")
    known = [end.value for end in End if end is not End.NOTHING]
    end, urls, job = said.get("outcome"), said.get("urls") or (), said.get("job")
    if not isinstance(end, str) or _plain(end) not in known:
        raise Garbage(f"outcome: {_short(end)} is none of {', '.join(known)}")
    if not isinstance(urls, list | tuple) or not all(isinstance(one, str) for one in urls):
        raise Garbage(f"urls: {_short(urls)} is no list of texts")
    if job is not None and not isinstance(job, str):
        raise Garbage(f"job: {_short(job)} is neither a text nor null")
    return Outcome(
        outcome=End(_plain(end)),
        urls=tuple(_plain(one) for one in urls),
        job=None if job is None else _plain(job),
        reason=_plain(str(said.get("reason") or "")),
        error=_plain(str(said.get("error") or "")),
    )


def told(error: BaseException) -> str:
    """An error in one line: its kind, and its own text."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except BaseException:  # An error's own text may be a client's code.
        return f"{kind}, whose text cannot be made"


def _plain(text: str) -> str:
    return str.__str__(text)


def _short(value: Any) -> str:
    text = _plain(repr(value))
    return text if len(text) <= 80 else f"{text[:80]}…"
