"""Answers that are not what they should be: refused, sent elsewhere, or late."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import quote, urlencode

from emulator.core.clock import LATEST, SECOND, Span, span
from emulator.core.forms import (
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
from emulator.faults.deed import (
    ANSWERED,
    EITHER,
    Deed,
    Example,
    Family,
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


def _phrase(status: int) -> str:
    """The standard's words for a status; for one that it does not know, the number."""
    known = {one.value: one.phrase for one in HTTPStatus}
    return known.get(status, f"Status {status}")


def _again(scene: Scene) -> str:
    """Where the call itself went."""
    query = urlencode(scene.call.query)
    return quote(scene.call.path) + (f"?{query}" if query else "")
