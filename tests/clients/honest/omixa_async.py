"""An honest asynchronous client of Omixa on httpx: it polls as it is told to, and never buys while
it cannot see whether it has bought already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from tests.clients.honest import omixa_answers as answers
from tests.clients.honest.omixa_answers import LATER, REFUSED, Bad, GiveUp

Seen = TypeVar("Seen")
Shown = dict[str, Any]

CONTEXT = httpx.create_ssl_context()
PATIENCE, CREATE_PATIENCE = 30.0, 120.0
NEVER_AGAIN = frozenset(range(400, 500)) - LATER
LATE = (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout)

MISSES = 5
"""So often may an operation not be found."""


class Omixa:
    """One intent over one connection pool; each step is a method of its own."""

    def __init__(self, intent: Any, http: httpx.AsyncClient) -> None:
        self.intent = intent
        self.http = http
        self.end = time.monotonic() + intent.deadline_s
        self.operation: str | None = None
        self.record: str | None = None
        self.method = "POST"
        self.misses = 0

    async def run(self) -> Shown:
        try:
            return await self.follow(await self.submit())
        except GiveUp as error:
            return await self.give_up(str(error))

    async def give_up(self, words: str) -> Shown:
        """Omixa knows no cancel, so the job is named: by its operation, or at least as bought."""
        return {"outcome": "gave_up", "error": words, "job": self.operation or self.record}

    # The create, made twice only where the first is seen to have come to nothing.

    async def submit(self) -> Shown:
        before = await self.patiently(self.records)
        tries = 0
        while True:
            try:
                return await self.create()
            except Bad as bad:
                self.after_bad_create(bad)
                await self.pause(max(bad.after, self.backoff(tries)))
                tries += 1
            if new := await self.patiently(self.records) - before:
                self.record = min(new)
                raise GiveUp(f"bought as {self.record}, but the name of the operation was lost")

    async def create(self) -> Shown:
        """The one call that buys. It may wait by itself, as the intent asks it to."""
        body = dict(self.intent.body)
        wait = body.get("wait_seconds")
        patience = CREATE_PATIENCE + (wait if isinstance(wait, int) else 0)
        shown = await self.call(
            "POST", "/videos/jobs", patience=patience, final=NEVER_AGAIN, json=body
        )
        if not isinstance(shown.get("operation"), str) or not shown["operation"]:
            raise Bad("the create's answer names no operation", 200)
        self.operation = shown["operation"]
        return shown

    def after_bad_create(self, bad: Bad) -> None:
        """A success in any form was a purchase, and what was too slow may still become one."""
        if bad.late or bad.status == 504 or 200 <= bad.status < 300:
            raise GiveUp(f"a video may be under way, and its name is not known: {bad}")

    async def records(self) -> set[str]:
        return answers.records(await self.call("GET", "/usage/requests"))

    # The polls.

    async def follow(self, shown: Shown) -> Shown:
        """Poll until the end is told, with growing pauses over failures in a row."""
        tries = 0
        while True:
            try:
                if (outcome := self.read(shown)) is not None:
                    return outcome
                if shown:
                    tries = 0
                    await self.pause(self.interval(shown))
                shown = await self.look()
            except Bad as bad:
                await self.pause(max(bad.after, self.backoff(tries)))
                shown, tries = {}, tries + 1

    async def look(self) -> Shown:
        """One poll. The operation has slashes, so it travels in the body, or escaped."""
        where = "json" if self.method == "POST" else "params"
        asked = {where: {"operation": self.operation}}
        try:
            shown = await self.call(
                self.method, "/videos/jobs/status", final=REFUSED - {404}, **asked
            )
        except Bad as bad:
            if bad.status == 405:
                self.method = "GET"
            self.misses += bad.status == 404
            if self.misses > MISSES:
                raise GiveUp(str(bad)) from bad
            raise
        if not isinstance(shown.get("status"), str):
            raise Bad("a poll told no status")
        return shown

    def read(self, shown: Shown) -> Shown | None:
        """The outcome that an answer tells; None while it tells none, whatever its word is."""
        if shown.get("status") == "succeeded":
            return {"outcome": "succeeded", "urls": answers.links(shown), "job": self.operation}
        if answers.has_failed(shown):
            return {"outcome": "failed", "reason": answers.reason(shown), "job": self.operation}
        return None

    def interval(self, shown: Shown) -> float:
        return answers.interval(shown)

    # Calls and pauses.

    async def call(
        self,
        method: str,
        path: str,
        *,
        patience: float = PATIENCE,
        final: frozenset[int] = REFUSED,
        **more: Any,
    ) -> Shown:
        """The JSON object of a good answer. Bad for what may be had later, GiveUp for good."""
        status, after, content, patience = 0, 0.0, b"", min(patience, self.left())
        try:
            async with (
                asyncio.timeout(patience),
                self.http.stream(method, path, timeout=patience, **more) as answer,
            ):
                status, after = answer.status_code, self.retry_after(answer)
                content = await answer.aread()
        except (OSError, httpx.HTTPError) as error:
            if status < 400:
                late = isinstance(error, LATE)
                raise Bad(f"{type(error).__name__}: {error}", status, after, late) from error
        if status in final:
            raise GiveUp(f"{status}: {answers.words(content)}")
        if not 200 <= status < 300:
            raise Bad(f"{status}: {answers.words(content)}", status, after)
        return answers.document(content, status)

    async def patiently(self, step: Callable[[], Awaitable[Seen]]) -> Seen:
        """What a step gives, tried with growing pauses for as long as there is time."""
        tries = 0
        while True:
            try:
                return await step()
            except Bad as bad:
                await self.pause(max(bad.after, self.backoff(tries)))
                tries += 1

    def retry_after(self, answer: httpx.Response) -> float:
        return answers.retry_after(answer.headers.get("Retry-After"))

    def backoff(self, tries: int) -> float:
        return answers.backoff(tries)

    def left(self) -> float:
        if (seconds := self.end - time.monotonic()) <= 0:
            raise GiveUp("there is no time left")
        return seconds

    async def pause(self, seconds: float) -> None:
        if seconds >= self.left():
            raise GiveUp(f"a pause of {seconds:g} s is asked for, and {self.left():g} s are left")
        await asyncio.sleep(seconds + 0.01)


async def order(intent: Any) -> Shown:
    """Have one video made by Omixa."""
    async with httpx.AsyncClient(
        base_url=f"{intent.base_url}/api/v1",
        headers={"Authorization": f"Bearer {intent.api_key}", "User-Agent": "video-client/1.0"},
        verify=CONTEXT,
    ) as http:
        return await Omixa(intent, http).run()


order.capabilities = {"polls", "deadline", "job_id"}  # type: ignore[attr-defined]
