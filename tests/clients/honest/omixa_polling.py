"""An honest client of Omixa on the standard library: it polls as it is told to, fetches what it
reports, and never buys while it cannot see whether it has bought already."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

from tests.clients.honest import omixa_answers as answers
from tests.clients.honest.omixa_answers import LATER, REFUSED, Bad, GiveUp

Seen = TypeVar("Seen")
Shown = dict[str, Any]

PATIENCE, CREATE_PATIENCE, DOWNLOAD_PATIENCE = 30.0, 120.0, 180.0
SETTLED = 60.0
"""Seconds after which a create that nobody waits for has had its effect, or never will."""

MISSES = 5
"""So often may an operation not be found, or a result not be had."""

LARGEST = 1 << 30
AGENT = {"User-Agent": "video-client/1.0", "Accept-Encoding": "identity"}


class Unfollowed(HTTPErrorProcessor):
    """Every answer comes back as it is: no redirect is followed with the key, no status raises."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


API, FILES = build_opener(Unfollowed), build_opener()


class Omixa:
    """One intent, from the first look to the outcome; each step is a method of its own."""

    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.end = time.monotonic() + intent.deadline_s
        self.operation: str | None = None
        self.record: str | None = None
        self.method = "POST"
        self.misses = 0
        self.fetched: list[str] = []

    def run(self) -> Shown:
        try:
            return self.follow(self.begin())
        except GiveUp as error:
            return self.give_up(str(error))

    def give_up(self, words: str) -> Shown:
        """Omixa knows no cancel, so the job is named: by its operation, or at least as bought."""
        return {"outcome": "gave_up", "error": words, "job": self.operation or self.record}

    # The create, made twice only where the first is seen to have come to nothing.

    def begin(self) -> Shown:
        """What is known of the operation: from an earlier run, or from the create."""
        known = self.load()
        if "operation" in known:
            self.operation = known["operation"]
            return {}
        if "before" in known:
            self.pause(SETTLED)
            self.is_nothing_new(set(known["before"]))
            return self.submit(set(known["before"]))
        before = self.patiently(self.records)
        self.save({"before": sorted(before)})
        return self.submit(before)

    def submit(self, before: set[str]) -> Shown:
        """Create; after a bad answer look first whether a video is being made."""
        tries = 0
        while True:
            try:
                shown = self.create()
                self.save({"operation": self.operation})
                return shown
            except Bad as bad:
                self.after_bad_create(bad)
                self.pause(max(bad.after, self.backoff(tries)))
                self.is_nothing_new(before)
                tries += 1

    def create(self) -> Shown:
        """The one call that buys."""
        body = dict(self.intent.body)
        wait = body.get("wait_seconds")
        patience = CREATE_PATIENCE + (wait if isinstance(wait, int) else 0)
        final = frozenset(range(400, 500)) - LATER
        shown = self.call("POST", "/videos/jobs", body, patience=patience, final=final)
        if not isinstance(shown.get("operation"), str) or not shown["operation"]:
            raise Bad("the create's answer names no operation", 200)
        self.operation = shown["operation"]
        return shown

    def after_bad_create(self, bad: Bad) -> None:
        """A success in any form was a purchase, and what was too slow may still become one."""
        if bad.late or bad.status == 504 or 200 <= bad.status < 300:
            raise GiveUp(f"a video may be under way, and its name is not known: {bad}")

    def is_nothing_new(self, before: set[str]) -> None:
        """Nothing was bought since; GiveUp if something was, since its operation is lost."""
        if new := self.patiently(self.records) - before:
            self.record = min(new)
            raise GiveUp(f"bought as {self.record}, but the name of the operation was lost")

    def records(self) -> set[str]:
        """The purchases of this key, as the usage records know them."""
        return answers.records(self.call("GET", "/usage/requests"))

    # The polls.

    def follow(self, shown: Shown) -> Shown:
        """Poll until the end is told, with growing pauses over failures in a row."""
        tries = 0
        while True:
            try:
                outcome = self.read(shown)
                if outcome is not None:
                    return outcome
                if shown:
                    tries = 0
                    self.pause(self.interval(shown))
                shown = self.look()
            except Bad as bad:
                self.pause(max(bad.after, self.backoff(tries)))
                shown, tries = {}, tries + 1

    def look(self) -> Shown:
        """One poll. The operation has slashes, so it travels in the body, or escaped."""
        path, body = "/videos/jobs/status", {"operation": self.operation}
        if self.method == "GET":
            path, body = f"{path}?{urlencode(body)}", None
        try:
            shown = self.call(self.method, path, body, final=REFUSED - {404})
        except Bad as bad:
            if bad.status == 405:
                self.method = "GET"
            if bad.status == 404:
                self.missed(bad)
            raise
        if not isinstance(shown.get("status"), str):
            raise Bad("a poll told no status")
        return shown

    def read(self, shown: Shown) -> Shown | None:
        """The outcome that an answer tells; None while it tells none, whatever its word is."""
        if shown.get("status") == "succeeded":
            return {"outcome": "succeeded", "urls": self.results(shown), "job": self.operation}
        if answers.has_failed(shown):
            return {"outcome": "failed", "reason": answers.reason(shown), "job": self.operation}
        return None

    def interval(self, shown: Shown) -> float:
        return answers.interval(shown)

    def missed(self, bad: Bad) -> None:
        self.misses += 1
        if self.misses > MISSES:
            raise GiveUp(str(bad))

    # The results.

    def results(self, shown: Shown) -> list[str]:
        """Every link, once what lies behind it was had whole; a fresh poll renews the others."""
        for url in answers.links(shown)[len(self.fetched) :]:
            try:
                self.fetch(url)
            except Bad as bad:
                self.missed(bad)
                raise
            self.fetched.append(url)
        return self.fetched

    def fetch(self, url: str) -> None:
        """A link is signed: the key stays at home. Redirects are followed, as storage moves."""
        if urlsplit(url).scheme not in ("http", "https", "data"):
            raise Bad(f"a link of an unknown kind: {url[:80]}")
        end = time.monotonic() + min(DOWNLOAD_PATIENCE, self.left())
        try:
            with FILES.open(Request(url, headers=AGENT), timeout=min(30.0, self.left())) as answer:
                status, content = answer.status, self.whole(answer, end)
        except (OSError, HTTPException, ValueError) as error:
            raise Bad(f"download: {error}", after=self.retry_after(error)) from error
        if status not in (200, None) or not answers.whole_video(content):
            raise Bad(f"{url[:80]} is no whole video")

    # Calls, pauses and memory.

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        patience: float = PATIENCE,
        final: frozenset[int] = REFUSED,
    ) -> Shown:
        """The JSON object of a good answer. Bad for what may be had later, GiveUp for good."""
        headers = {**AGENT, "Authorization": f"Bearer {self.intent.api_key}"}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.intent.base_url}/api/v1{path}"
        request = Request(url, data=data, method=method, headers=headers)
        status, content, after, patience = 0, b"", 0.0, min(patience, self.left())
        end = time.monotonic() + patience
        try:
            with API.open(request, timeout=patience) as answer:
                status, after = answer.status, self.retry_after(answer)
                content = self.whole(answer, end)
        except (OSError, HTTPException, ValueError) as error:
            if status < 400:
                late = isinstance(error, TimeoutError)
                raise Bad(f"{type(error).__name__}: {error}", status, after, late) from error
        if status in final:
            raise GiveUp(f"{status}: {answers.words(content)}")
        if not 200 <= status < 300:
            raise Bad(f"{status}: {answers.words(content)}", status, after)
        return answers.document(content, status)

    def whole(self, answer: Any, end: float) -> bytes:
        """A body of the length that was announced, and soon enough."""
        content = bytearray()
        while piece := answer.read1(1 << 16):
            content += piece
            if time.monotonic() > end or len(content) > LARGEST:
                raise TimeoutError("the body has no end")
        announced = answer.headers.get("Content-Length")
        if announced is not None and announced != str(len(content)):
            raise IncompleteRead(bytes(content[:80]))
        return bytes(content)

    def patiently(self, step: Callable[[], Seen]) -> Seen:
        """What a step gives, tried with growing pauses for as long as there is time."""
        tries = 0
        while True:
            try:
                return step()
            except Bad as bad:
                self.pause(max(bad.after, self.backoff(tries)))
                tries += 1

    def retry_after(self, answer: Any) -> float:
        """The seconds that an answer, or an error with one inside, asks for."""
        headers = getattr(answer, "headers", None)
        return answers.retry_after(headers.get("Retry-After")) if headers else 0.0

    def backoff(self, tries: int) -> float:
        return answers.backoff(tries)

    def left(self) -> float:
        if (seconds := self.end - time.monotonic()) <= 0:
            raise GiveUp("there is no time left")
        return seconds

    def pause(self, seconds: float) -> None:
        if seconds >= self.left():
            raise GiveUp(f"a pause of {seconds:g} s is asked for, and {self.left():g} s are left")
        time.sleep(seconds + 0.01)

    def load(self) -> Shown:
        """What an earlier run knew; nothing if there was none."""
        file = os.environ.get("UNDERSTUDY_STATE_FILE")
        try:
            return dict(json.loads(Path(file).read_text())) if file else {}
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise GiveUp(f"what an earlier run did cannot be read: {error}") from error

    def save(self, known: Shown) -> None:
        """Whole or not at all: whoever is killed here leaves the old file or the new one."""
        if file := os.environ.get("UNDERSTUDY_STATE_FILE"):
            Path(f"{file}.new").write_text(json.dumps(known))
            os.replace(f"{file}.new", file)


def order(intent: Any) -> Shown:
    """Have one video made by Omixa."""
    return Omixa(intent).run()


order.capabilities = {"polls", "downloads", "resumes", "deadline", "job_id"}  # type: ignore[attr-defined]
