"""What happens to results: links that are gone, and files that are not what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from emulator.core.forms import TEXT, arg, whole
from emulator.core.refusals import Reason, Refused
from emulator.faults.deed import (
    EITHER,
    Deed,
    Example,
    Family,
    Idle,
    Response,
    Scene,
    status,
)
from emulator.providers.port import Answer, Kind

FILES = frozenset({Kind.FILE})
LOADED = (Example(kind=Kind.FILE, sees=status(200)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Deed):
    """The result is not there: 404 in the provider's envelope."""

    family = Family.MEDIA
    kinds = FILES
    phases = EITHER
    examples = (Example(kind=Kind.FILE, sees=status(404)),)

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The provider's answer for an unknown path."""
        return scene.provider.refuse(Refused(Reason.NO_PATH), scene.terms.assume)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Deed):
    """The link has expired, as assumed of that provider; a fresh one may still be had."""

    family = Family.MEDIA
    kinds = FILES
    phases = EITHER
    examples = (Example(kind=Kind.FILE, sees=status(403)),)

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The provider's answer for a link that is no longer valid."""
        refused = Refused(Reason.BAD_LINK, "The link has expired.")
        return scene.provider.refuse(refused, scene.terms.assume)


@dataclass(frozen=True, slots=True, kw_only=True)
class Short(Deed):
    """The file stops too early, and the Content-Length agrees with that."""

    family = Family.MEDIA
    kinds = FILES
    examples = LOADED

    size: int | None = arg(whole(0), None, "How many bytes come; half if left out.")

    def response(self, response: Response) -> Response:
        """The first bytes."""
        size = len(response.content) // 2 if self.size is None else self.size
        return response.holding(response.content[:size])


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt(Deed):
    """The file has the right length and type, but every so many-th byte is turned over."""

    family = Family.MEDIA
    kinds = FILES
    examples = LOADED

    every: int = arg(whole(1), 97, "Which bytes: every so many-th, from the first on.")

    def response(self, response: Response) -> Response:
        """The same with those bytes turned over."""
        spoilt = bytearray(response.content)
        for at in range(0, len(spoilt), self.every):
            spoilt[at] ^= 0xFF
        return response.holding(bytes(spoilt))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAVideo(Deed):
    """The link answers 200 with an HTML page, as a portal or a logged-out session would."""

    family = Family.MEDIA
    kinds = FILES
    examples = LOADED

    def response(self, response: Response) -> Response:
        """The page."""
        date = tuple(one for one in response.head if one[0] == b"date")
        page = Response(200, ((b"content-type", b"text/html"), *date), b"")
        return page.holding(b"<html><body>Please sign in</body></html>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere(Deed):
    """The result's link points to another host name of this machine, so that a key sent along with
    the download goes to a stranger."""

    family = Family.MEDIA
    kinds = frozenset({Kind.JOB})
    examples = (Example(kind=Kind.JOB, sees=status(200)),)

    host: str = arg(
        TEXT, "", "The other host; if left out, localhost for 127.0.0.1 and the reverse."
    )

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with every link moved."""
        if answer is None:
            return None
        moved = self._moved(answer.body, scene.call.origin)
        if moved == answer.body:
            raise Idle("the answer has no link to a result")
        return Answer(answer.status, moved, answer.headers)

    def _moved(self, data: Any, origin: str) -> Any:
        if isinstance(data, Mapping):
            return {name: self._moved(one, origin) for name, one in data.items()}
        if isinstance(data, list):
            return [self._moved(one, origin) for one in data]
        if not isinstance(data, str) or not origin or not data.startswith(f"{origin}/"):
            return data
        link = urlsplit(data)
        with suppress(ValueError):
            port = f":{link.port}" if link.port else ""
            host = self.host or ("localhost" if link.hostname == "127.0.0.1" else "127.0.0.1")
            return urlunsplit(link._replace(netloc=f"{host}{port}"))
        return data
