"""Answers whose body is not what it should be: falsified in a field, no JSON, none, or too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.forms import (
    DATA,
    JSON,
    TEXT,
    arg,
    whole,
)
from emulator.faults import paths
from emulator.faults.answer import HEADER, bodied
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

HTML = b"<html><head><title>%d</title></head><body><h1>Try again later</h1></body></html>"


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
