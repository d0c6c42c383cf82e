"""A client of the Oxen queue that listens: the event stream tells it of an end at once, and slow
polls behind it tell whatever the stream does not."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from tests.clients.honest import oxen_reading as reading
from tests.clients.honest import oxen_sse as sse
from tests.clients.honest.oxen_calls import Calls
from tests.clients.honest.oxen_reading import FINAL, End, GiveUp, Trouble, growing

CONTEXT = httpx.create_ssl_context()
"""Loading certificates takes longer than a trial."""

QUEUE, HISTORY, EVENTS = "/api/ai/queue", "/api/ai/generations", "/api/events"
COMPLETED = "media_generation_completed"
PAGE = 1000
STEADY = 100.0
"""Seconds after which a stream that ends is no sign of trouble."""


class Streaming(Calls):
    """One intent, from the look before the submit to its outcome."""

    POLL, SUBMIT, DOWNLOAD = 15.0, 60.0, 60.0
    SILENCE: float | None = 50.0

    def __init__(self, intent: Any, http: httpx.AsyncClient) -> None:
        super().__init__(intent, http)
        self.jobs: tuple[str, ...] = ()
        self.ends: defaultdict[str, asyncio.Future[End]] = defaultdict(self.loop.create_future)
        self.opened = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        listening = asyncio.create_task(self.listen())
        try:
            await self.open()
            self.jobs = await self.have()
            self.remember(jobs=self.jobs)
            ends = [await self.watch(id) for id in self.jobs]
            listening.cancel()
            return await self.report(ends)
        except GiveUp as why:
            return await self.give_up(str(why))
        finally:
            listening.cancel()

    # The stream.

    async def open(self) -> None:
        """Wait for the stream, but not for long: the polls do without it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.opened.wait(), 5)

    async def listen(self) -> None:
        """Hear the stream, again and again, until the task is cancelled or the stream refused."""
        bad, url = 0, self.intent.base_url + EVENTS
        headers = {**self.key, "Accept": "text/event-stream"}
        patience = httpx.Timeout(10, read=self.SILENCE)
        while True:
            began, told = self.loop.time(), 0.0
            with suppress(httpx.HTTPError, httpx.StreamError):
                async with self.http.stream(
                    "GET", url, headers=headers, timeout=patience
                ) as answer:
                    if answer.status_code in FINAL:
                        return
                    told = self.retry_after(answer)
                    kind = answer.headers.get("content-type", "")
                    if answer.status_code == 200 and kind.startswith("text/event-stream"):
                        self.opened.set()
                        async for name, data in self.events(answer.aiter_raw()):
                            self.hear(name, data)
            bad = 1 if self.loop.time() - began > STEADY else bad + 1
            await asyncio.sleep(self.reconnect(bad, told))

    def reconnect(self, bad: int, told: float) -> float:
        """Seconds until the stream is opened again."""
        return max(growing(bad), told)

    def events(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
        return sse.events(chunks)

    def hear(self, name: str, data: str) -> None:
        """Take the end of a job from an event, and nothing from any other."""
        if name != COMPLETED:
            return
        with suppress(ValueError, Trouble):
            if isinstance(event := json.loads(data), dict):
                told = {"result_url": event.get("url"), "error_message": event.get("error")}
                self.settle(event.get("generation_id"), self.read({**event, **told}))

    def settle(self, id: Any, end: End | None) -> None:
        if isinstance(id, str) and end is not None and not self.ends[id].done():
            self.ends[id].set_result(end)

    # The jobs.

    async def have(self) -> tuple[str, ...]:
        """The ids of the intent's jobs: known since before a restart, found, or bought."""
        known = self.recall()
        if known.get("jobs"):
            return tuple(known["jobs"])
        if known:
            return await self.find(known["before"]) or await self.submit(known["before"])
        before = await self.look()
        self.remember(before=None if before is None else list(before))
        return await self.submit(before)

    async def submit(self, before: Any) -> tuple[str, ...]:
        """Buy, and after trouble look for what was bought before buying again."""
        bad = 0
        while True:
            try:
                body = dict(self.intent.body)
                return self.ids(await self.call("POST", QUEUE, json=body, patience=self.SUBMIT))
            except Trouble as trouble:
                if trouble.status in FINAL or trouble.status == 404:
                    raise GiveUp(str(trouble)) from None
                bad += 1
                await self.pause(bad)
                if found := await self.after(trouble, before):
                    return found

    async def after(self, trouble: Trouble, before: Any) -> tuple[str, ...]:
        """What a submit made that brought trouble; nothing if that is certain."""
        if before is None and trouble.unsent:
            return ()
        bad = 0
        while not (found := await self.find(before)) and trouble.open:
            bad += 1
            await self.pause(bad)
        return found

    def ids(self, answer: Any) -> tuple[str, ...]:
        """The ids in the answer of a submit."""
        ids = reading.ids(answer)
        if len(ids) != int(self.intent.body.get("num_generations") or 1):
            raise Trouble("a submit was accepted, and its answer has no ids", 200, open=True)
        return ids

    async def find(self, before: Any) -> tuple[str, ...]:
        """The intent's jobs among those that are new. GiveUp if nobody can see."""
        rows = None if before is None else await self.look()
        if rows is None:
            raise GiveUp("whether the submit made a job cannot be seen")
        return reading.new(rows, before, self.intent.body)

    async def look(self) -> dict[str, Any] | None:
        """Every job that there is; None if that cannot be seen."""
        with suppress(GiveUp):
            for bad in range(1, 5):
                try:
                    return await self.history()
                except Trouble as trouble:
                    if trouble.status in FINAL:
                        return None
                    await self.pause(bad)
        return None

    async def history(self) -> dict[str, Any]:
        every: dict[str, Any] = {}
        page, full = 0, True
        while full:
            page += 1
            found = reading.rows(await self.call("GET", f"{HISTORY}?page={page}&page_size={PAGE}"))
            every |= found
            full = len(found) == PAGE
        return every

    async def watch(self, id: str) -> End:
        """The end of a job, as the stream tells it, or a poll."""
        end, bad = self.ends[id], 0
        while not await self.told(end, self.between(bad)):
            try:
                self.settle(id, await self.poll(id))
                bad = 0
            except Trouble as trouble:
                bad += 1
                if trouble.status == 404 and bad > 5:
                    raise GiveUp(str(trouble)) from None
        return end.result()

    def between(self, bad: int) -> float:
        """Seconds until the next poll, after so many bad ones in a row."""
        return max(
            growing(bad) if bad else self.POLL,
            self.resting("GET", self.intent.base_url + QUEUE) + 0.1,
        )

    async def told(self, end: asyncio.Future[End], seconds: float) -> bool:
        """Whether the end is known, at once or within some seconds."""
        await asyncio.wait([end], timeout=min(seconds, self.left()))
        return end.done()

    async def poll(self, id: str) -> End | None:
        try:
            row = await self.call("GET", f"{QUEUE}/{id}")
        except Trouble as trouble:
            if trouble.status in FINAL:
                raise GiveUp(str(trouble)) from None
            raise
        if not isinstance(row, dict) or row.get("generation_id") != id:
            raise Trouble("a poll brought no row of the job")
        return self.read(row)

    def read(self, row: Any) -> End | None:
        return reading.end(row)

    # The end.

    async def report(self, ends: list[End]) -> dict[str, Any]:
        pairs = zip(self.jobs, ends, strict=True)
        urls = [await self.fetch(id, end) for id, end in pairs if end.url]
        said: dict[str, Any] = {"urls": urls, "job": ",".join(self.jobs)}
        if words := [end.words for end in ends if end.status == "failed"]:
            return {"outcome": "failed", "reason": "; ".join(dict.fromkeys(words)), **said}
        over = any(end.status == "cancelled" for end in ends)
        return {"outcome": "cancelled" if over else "succeeded", **said}

    async def fetch(self, id: str, end: End) -> str:
        """The link to a result that was fetched whole; one that does not work is renewed."""
        for bad in range(1, 7):
            try:
                if bad > 1 and (fresh := await self.poll(id)) is not None and fresh.url:
                    end = fresh
                self.check(end, await self.download(end.url))
                return end.url
            except Trouble:
                await self.pause(bad)
        raise GiveUp("the result cannot be fetched")

    async def download(self, url: str) -> bytes:
        """What lies behind a link. The key goes to the API's own origin, and not beyond it."""
        if url.startswith("data:"):
            return base64.b64decode(url.partition(",")[2])
        key = self.key if self.at_home(url) else {}
        answer = await self.send(
            "GET", url, headers=key, follow_redirects=True, patience=self.DOWNLOAD
        )
        if answer.status_code != 200:
            raise self.refused(answer)
        return answer.content

    def at_home(self, url: str) -> bool:
        return url.startswith(f"{self.intent.base_url.rstrip('/')}/")

    def check(self, end: End, data: bytes) -> None:
        if not reading.is_whole(data, end.media):
            raise Trouble("the file is not the whole of a result")

    async def give_up(self, why: str) -> dict[str, Any]:
        """Cancel what goes on, in the time that was kept for it, and name it."""
        self.end = self.deadline
        await asyncio.gather(*(self.cancel(id) for id in self.jobs if not self.ends[id].done()))
        return {"outcome": "gave_up", "error": why, "job": ",".join(self.jobs) or None}

    async def cancel(self, id: str) -> None:
        with suppress(GiveUp):
            for bad in (1, 2):
                try:
                    await self.call("DELETE", f"{QUEUE}/{id}", patience=5)
                    return
                except Trouble as trouble:
                    if 400 <= trouble.status < 500 and trouble.status != 429:
                        return
                    await self.pause(bad)

    # Memory.

    def remember(self, **facts: Any) -> None:
        """Write down what a restart must know, in one piece."""
        if path := os.environ.get("UNDERSTUDY_STATE_FILE"):
            Path(f"{path}.new").write_text(json.dumps(facts), encoding="utf-8")
            Path(f"{path}.new").replace(path)

    def recall(self) -> dict[str, Any]:
        path = Path(os.environ.get("UNDERSTUDY_STATE_FILE", os.devnull))
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return dict(json.loads(text or "{}"))


def client(kind: type[Streaming]) -> Any:
    """The callable of a class of clients, with what it can do."""

    async def order(intent: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(
            verify=CONTEXT,
            timeout=httpx.Timeout(None, connect=10),
            headers={"Accept-Encoding": "identity"},
        ) as http:
            return await kind(intent, http).run()

    order.capabilities = frozenset(  # type: ignore[attr-defined]
        {"streams", "polls", "downloads", "cancels", "deadline", "job_id", "resumes"}
    )
    return order


order = client(Streaming)
