"""Answers that are not what they should be: refused, late, or falsified in their body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from emulator.core.clock import LATEST, SECOND, Span, span
from emulator.core.forms import (
    DATA,
    JSON,
    SPAN,
    TEXT,
    Bad,
    Form,
    arg,
    either,
    number,
    text_like,
    whole,
)
from emulator.core.refusals import Reason, Refused
from emulator.faults import paths
from emulator.faults.deed import (
    ANSWERED,
    EITHER,
    TOLD,
    Deed,
    Example,
    Family,
    Idle,
    Response,
    Scene,
    Truth,
    status,
)
from emulator.providers.port import Answer, Kind

REASONS = {
    400: Reason.BAD_BODY,
    401: Reason.UNKNOWN_KEY,
    402: Reason.NO_CREDIT,
    403: Reason.MODEL_FORBIDDEN,
    404: Reason.UNKNOWN_JOB,
    405: Reason.WRONG_METHOD,
    409: Reason.JOB_ENDED,
    413: Reason.TOO_LARGE,
    422: Reason.BAD_PARAMS,
    426: Reason.OUTDATED_CLIENT,
    429: Reason.LIMITED,
    502: Reason.UPSTREAM,
    503: Reason.UNAVAILABLE,
}
"""Whose words the envelope of a status has; others borrow those of 400 or of 500."""

HTML = b"<html><head><title>%d</title></head><body><h1>Try again later</h1></body></html>"
HEADER = text_like(r"[ -~\u00a0-\u00ff]+", "a text that a header can hold: one line of Latin-1")
SECONDS_OR_TEXT = either(
    number(-LATEST, LATEST), HEADER, what="a number of seconds or a text for the header"
)

BODILESS = (204, 205, 304)
"""Statuses with which no client reads a body: its bytes would be taken for the next answer."""


def _bodied(status: int) -> int:
    if status in BODILESS:
        raise Bad(f"an answer with {status} has no body")
    return status


def bodied(least: int, most: int) -> Form[int]:
    """A status that goes with a body."""
    form = whole(least, most).then(_bodied)
    return Form(form.read, {**form.schema, "not": {"enum": list(BODILESS)}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Deed):
    """The call is refused with a status of 400 or more, in the provider's own envelope.

    `retry_after` becomes the header as it is (17, 1.5, 0, 99999999999, or any text), `retry_at` an
    HTTP date so far ahead; without either there is no Retry-After.
    """

    family = Family.ANSWER
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.SUBMIT, sees=status(500, Truth.UNTOUCHED)),
        Example(
            kind=Kind.SUBMIT,
            args={"status": 429, "retry_after": 17},
            sees=status(429, Truth.UNTOUCHED),
        ),
        Example(kind=Kind.JOB, args={"status": 503, "retry_at": "30s"}, sees=status(503)),
        Example(kind=Kind.STREAM, args={"status": 502}, sees=status(502)),
    )

    status: int = arg(whole(400, 599), 500, "The status, 400 to 599.")
    detail: str = arg(TEXT, "", "Words for the person who reads it, where the envelope has room.")
    retry_after: float | str | None = arg(SECONDS_OR_TEXT, None, "The Retry-After header.")
    retry_at: Span | None = arg(SPAN, None, "Retry-After as an HTTP date, so far ahead.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """The envelope of the reason that the status belongs to."""
        usual = Reason.BROKEN if self.status >= 500 else Reason.BAD_BODY
        refused = Refused(REASONS.get(self.status, usual), self.detail or _phrase(self.status))
        made = scene.provider.refuse(refused, scene.terms.assume)
        headers = made.headers
        if self.status == 405:  # RFC 9110, 15.5.6: a 405 has an Allow.
            headers = (*headers, ("Allow", "OPTIONS"))
        if (after := self._retry(scene)) is not None:
            headers = (*headers, ("Retry-After", after))
        return Answer(self.status, made.body, headers)

    def _retry(self, scene: Scene) -> str | None:
        if self.retry_at is not None:
            at = min(scene.terms.see(scene.now + self.retry_at), LATEST)
            return formatdate(-(-at // SECOND), usegmt=True)
        if self.retry_after is None:
            return None
        after = self.retry_after
        return str(int(after)) if isinstance(after, float) and after.is_integer() else str(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Deed):
    """The client is sent elsewhere; a client that follows without end goes round in circles."""

    family = Family.ANSWER
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.JOB, sees=status(302)),
        Example(kind=Kind.FILE, args={"status": 307, "to": "/moved"}, sees=status(307)),
    )

    status: int = arg(bodied(300, 399), 302, "The status, 300 to 399.")
    to: str = arg(HEADER, "", "The Location; the call's own path if it is left out.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """No body, and a Location."""
        return Answer(self.status, {}, (("Location", self.to or _again(scene)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(Deed):
    """The answer is right, but comes so much later on the world's clock.

    Before: the call is not even looked at until then. After: it has had its effect at once, so that
    an event may be told before the submit is answered.
    """

    family = Family.ANSWER
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.SUBMIT, args={"by": "45s"}, sees=status(200)),
        Example(kind=Kind.JOB, args={"by": "45s"}, sees=status(200)),
    )

    by: Span = arg(SPAN, span("10s"), "How much later.")

    def held(self) -> Span:
        """So long."""
        return self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongType(Deed):
    """A field has a value of another type: a number becomes a text, all else a number."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, args={"path": "status"}, sees=status(200)),)

    path: str = arg(TEXT, "", "The field, such as data.0.url; the first one if left out.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with that field changed."""
        return _edited(answer, self.path, _of_another_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Deed):
    """A field is not there."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, args={"path": "status"}, sees=status(200)),)

    path: str = arg(TEXT, "", "The field, such as data.0.url; the first one if left out.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same without that field."""
        return _edited(answer, self.path, lambda _: paths.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nulled(Deed):
    """A field is null."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, args={"path": "status"}, sees=status(200)),)

    path: str = arg(TEXT, "", "The field, such as data.0.url; the first one if left out.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with null there."""
        return _edited(answer, self.path, lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alter(Deed):
    """A field has the value that is given here, such as a number beyond 2**53."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, args={"path": "status", "to": 2**53 + 1}, sees=status(200)),)

    path: str = arg(TEXT, "", "The field, such as data.0.url; the first one if left out.")
    to: Any = arg(JSON, None, "Its value.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with that value there."""
        return _edited(answer, self.path, lambda _: self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra(Deed):
    """The answer has fields that no document mentions; a client should not mind."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, sees=status(200)),)

    fields: Mapping[str, Any] = arg(DATA, {"x_new": {"nested": [1, None]}}, "The fields.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with more in it."""
        return _whole(answer, self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJson(Deed):
    """An HTML page of something in between comes instead of JSON, with any status that has a
    body."""

    family = Family.ANSWER
    kinds = ANSWERED
    phases = EITHER
    examples = (
        Example(kind=Kind.JOB, sees=paths.NO_JSON),
        Example(kind=Kind.SUBMIT, args={"status": 502}, sees=status(502, Truth.UNTOUCHED)),
    )

    status: int = arg(bodied(200, 599), 200, "The status that goes with it.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """Something to replace."""
        return Answer(self.status, {})

    def response(self, response: Response) -> Response:
        """The page."""
        page = response.holding(HTML % self.status)
        return Response(page.status, page.named(b"content-type", b"text/html"), page.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Deed):
    """The JSON stops in the middle, with the right length and status: it cannot be parsed."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, sees=paths.NO_JSON),)

    def response(self, response: Response) -> Response:
        """The first half."""
        return response.holding(response.content[: len(response.content) // 2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty(Deed):
    """A body of no bytes comes with the status of success, or with another."""

    family = Family.ANSWER
    kinds = TOLD
    phases = EITHER
    examples = (
        Example(kind=Kind.JOB, sees=paths.NO_JSON),
        Example(kind=Kind.SUBMIT, sees=paths.NO_JSON_UNTOUCHED),
    )

    status: int = arg(whole(200, 599), 200, "The status that goes with it.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer:
        """Something to empty."""
        return Answer(self.status, {})

    def response(self, response: Response) -> Response:
        """No bytes; a 204 says nothing of a length either (RFC 9110, 8.6)."""
        empty = response.holding(b"")
        if self.status != 204:
            return empty
        head = tuple(one for one in empty.head if one[0] != b"content-length")
        return Response(204, head, b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Huge(Deed):
    """The answer is right, and so many bytes long: it has a field full of nothing."""

    family = Family.ANSWER
    kinds = TOLD
    examples = (Example(kind=Kind.JOB, args={"size": 2_000_000}, sees=status(200)),)

    size: int = arg(whole(1, 100_000_000), 5_000_000, "How many bytes are added.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The same with padding."""
        return _whole(answer, {"padding": "0" * self.size})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType(Deed):
    """The right body comes under another content type; on a stream, clients may not read on."""

    family = Family.ANSWER
    kinds = ANSWERED
    examples = (
        Example(kind=Kind.JOB, sees=status(200)),
        Example(kind=Kind.FILE, args={"type": "text/html"}, sees=status(200)),
        Example(kind=Kind.STREAM, sees=status(200)),
    )

    type: str = arg(HEADER, "text/plain", "The Content-Type.")

    def response(self, response: Response) -> Response:
        """The same under that name."""
        head = response.named(b"content-type", self.type.encode("latin-1"))
        return Response(response.status, head, response.content)


def _phrase(status: int) -> str:
    """The standard's words for a status; for one that it does not know, the number."""
    known = {one.value: one.phrase for one in HTTPStatus}
    return known.get(status, f"Status {status}")


def _again(scene: Scene) -> str:
    """Where the call itself went."""
    query = urlencode(scene.call.query)
    return quote(scene.call.path) + (f"?{query}" if query else "")


def _whole(answer: Answer | None, more: Mapping[str, Any]) -> Answer | None:
    """The answer with more fields in its object."""
    if answer is None:
        return None
    if not isinstance(answer.body, Mapping):
        raise Idle("the answer is no JSON object")
    return Answer(answer.status, {**answer.body, **more}, answer.headers)


def _edited(answer: Answer | None, path: str, change: paths.Change) -> Answer | None:
    if answer is None:
        return None
    if not isinstance(answer.body, Mapping):
        raise Idle("the answer is no JSON object")
    body = paths.edit(answer.body, path, change)
    return Answer(answer.status, body, answer.headers)


def _of_another_type(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else 7
