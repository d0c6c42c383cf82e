"""A client of the hub's blocking endpoint: one call that answers when the video is there. What a
lost or late answer would have told it reads in the history, and buys nothing twice."""

from __future__ import annotations

import io
import json
import socket
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tests.clients.honest import oxen_reading as reading
from tests.clients.honest.oxen_reading import FINAL, End, GiveUp, Trouble, growing

GENERATE, HISTORY = "/api/ai/videos/generate", "/api/ai/generations"
POLL, PATIENCE, RESERVE = 5.0, 20.0, 10.0
PAGE = 1000


class Wire(io.RawIOBase):
    """What a socket receives until an instant: its own timeout would begin anew with each byte."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.sock, self.until, self.raw = sock, until, sock.makefile("rb", buffering=0)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if (left := self.until - time.monotonic()) <= 0:
            raise TimeoutError("the answer takes too long")
        self.sock.settimeout(left)
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class Sync:
    """One intent, from the look before the purchase to its outcome."""

    BLOCKED = 300.0

    def __init__(self, intent: Any) -> None:
        self.intent = intent
        self.end = time.monotonic() + intent.deadline_s - min(RESERVE, intent.deadline_s / 10)
        self.job: str | None = None
        self.rests: dict[str, float] = {}

    def run(self) -> dict[str, Any]:
        try:
            if self.intent.body.get("num_generations", 1) != 1:
                raise GiveUp("the blocking endpoint makes one video at a time")
            return self.outcome(self.have())
        except GiveUp as why:
            return {"outcome": "gave_up", "error": str(why), "job": self.job}

    def outcome(self, end: End) -> dict[str, Any]:
        urls = [end.url] if end.url else []
        return {"outcome": end.status, "urls": urls, "reason": end.words, "job": self.job}

    def have(self) -> End:
        """Buy, and after trouble look for what was bought before buying again."""
        before, bad = self.look(), 0
        while True:
            try:
                end = self.generate()
            except Trouble as trouble:
                bad += 1
                self.job = self.after(trouble, before, bad)
                if self.job:
                    return self.follow(self.job)
            else:
                with suppress(GiveUp, Trouble):
                    self.job = self.find(before)
                return end

    def generate(self) -> End:
        """The one call that buys; it is answered once the video is there."""
        patience = min(self.BLOCKED, self.left() * 0.6)
        answer = self.call("POST", GENERATE, dict(self.intent.body), patience)
        videos = answer.get("videos") if isinstance(answer, dict) else None
        match videos:
            case [{"url": str(url)}] if url:
                return End("succeeded", url=url)
            case [{"b64_json": str(data)}] if data:
                return End("succeeded", url=f"data:video/mp4;base64,{data}")
        raise Trouble("a video was made, and the answer has no link", 200, open=True)

    def after(self, trouble: Trouble, before: Any, bad: int) -> str | None:
        """The job of a purchase that brought trouble; None if it certainly made none."""
        refused = trouble.status in FINAL or trouble.status == 404
        if not refused:
            self.pause(bad)
        found = None
        if before is not None or not (refused or trouble.unsent):
            while not (found := self.find(before)) and trouble.open:
                self.pause(bad := bad + 1)
        if refused and not found:
            raise GiveUp(str(trouble))
        return found

    def find(self, before: Any) -> str | None:
        """The intent's job if it is among those that are new. GiveUp if nobody can see."""
        rows = None if before is None else self.look()
        if rows is None:
            raise GiveUp("whether a job was made cannot be seen")
        return next(iter(reading.new(rows, before, self.intent.body)), None)

    def look(self) -> dict[str, Any] | None:
        """Every job that there is; None if that cannot be seen."""
        with suppress(GiveUp):
            for bad in range(1, 5):
                try:
                    return self.history()
                except Trouble as trouble:
                    if trouble.status in FINAL:
                        return None
                    self.pause(bad)
        return None

    def history(self) -> dict[str, Any]:
        every: dict[str, Any] = {}
        page, full = 0, True
        while full:
            page += 1
            found = reading.rows(self.call("GET", f"{HISTORY}?page={page}&page_size={PAGE}"))
            every |= found
            full = len(found) == PAGE
        return every

    def follow(self, id: str) -> End:
        """The end of a job that no answer told of, from its record."""
        bad = 0
        while True:
            try:
                if end := self.record(id):
                    return end
                bad = 0
                self.rest(POLL)
            except Trouble as trouble:
                bad += 1
                if trouble.status in FINAL or (trouble.status == 404 and bad > 5):
                    raise GiveUp(str(trouble)) from None
                self.pause(bad)

    def record(self, id: str) -> End | None:
        answer = self.call("GET", f"{HISTORY}/{id}")
        row = answer.get("generation") if isinstance(answer, dict) else None
        if not isinstance(row, dict) or row.get("generation_id") != id:
            raise Trouble("a record has another shape")
        return reading.end(row)

    # Calls, and the time between them.

    def call(self, method: str, path: str, body: Any = None, patience: float = PATIENCE) -> Any:
        """The JSON of an answer; Trouble if there is none."""
        operation = f"{method} {path.partition('?')[0].removesuffix(self.job or '-')}"
        self.rest(self.rests.get(operation, 0) - time.monotonic())
        data = None if body is None else json.dumps(body).encode()
        status, headers, content = self.send(method, path, data, patience)
        if not 200 <= status < 300:
            told = reading.retry_after(headers["Retry-After"])
            self.rests[operation] = time.monotonic() + told
            words = f"{status}: {content.decode(errors='replace')[:300]}"
            raise Trouble(words, status, unsent=status == 429)
        try:
            return json.loads(content)
        except ValueError:
            raise Trouble("an answer is not JSON", status, open=True) from None

    def send(self, method: str, path: str, data: bytes | None, patience: float) -> Any:
        """Status, headers and body of an answer, read whole in the time that there is."""
        base, until = urlsplit(self.intent.base_url), time.monotonic() + min(patience, self.left())
        kind = HTTPSConnection if base.scheme == "https" else HTTPConnection
        connection = kind(base.hostname or "", base.port, timeout=min(10, patience))
        connection.response_class = lambda sock, *given, **more: HTTPResponse(
            Wire(sock, until),  # type: ignore[arg-type]
            *given,
            **more,
        )
        headers = {"Authorization": f"Bearer {self.intent.api_key}", "Accept": "application/json"}
        try:
            self.connect(connection)
            typed = {"Content-Type": "application/json"} if data else {}
            connection.request(method, base.path.rstrip("/") + path, data, {**headers, **typed})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except TimeoutError:
            raise Trouble("no answer in time", open=True) from None
        except (OSError, HTTPException, ValueError) as error:
            raise Trouble(repr(error)) from None
        finally:
            connection.close()

    def connect(self, connection: HTTPConnection) -> None:
        try:
            connection.connect()
        except OSError as error:
            raise Trouble(repr(error), unsent=True) from None

    def pause(self, bad: int) -> None:
        self.rest(growing(bad))

    def rest(self, seconds: float) -> None:
        """Do nothing for so long; GiveUp if that is longer than there is."""
        if seconds >= self.left():
            raise GiveUp(f"{seconds:g} seconds to wait are more than are left")
        time.sleep(seconds + 0.1 if seconds > 0 else 0)

    def left(self) -> float:
        """Seconds that are left; GiveUp if there are none."""
        if (left := self.end - time.monotonic()) <= 0:
            raise GiveUp("there is no time left")
        return left


def client(kind: type[Sync]) -> Any:
    """The callable of a class of clients, with what it can do."""

    def order(intent: Any) -> dict[str, Any]:
        return kind(intent).run()

    order.capabilities = frozenset({"sync", "deadline", "job_id"})  # type: ignore[attr-defined]
    return order


order = client(Sync)
