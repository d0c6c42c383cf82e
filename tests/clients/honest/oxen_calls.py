"""Calls to the hub over httpx that end in time, and the pauses between them."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.clients.honest import oxen_reading as reading
from tests.clients.honest.oxen_reading import GiveUp, Trouble, growing

PATIENCE, RESERVE = 20.0, 20.0


def operation(method: str, url: str) -> str:
    """What is called, whichever job it is about."""
    return " ".join((method, *urlsplit(url).path.split("/")[:4]))


class Calls:
    """What every step of an intent needs: its key, its clock, and a way to ask."""

    def __init__(self, intent: Any, http: httpx.AsyncClient) -> None:
        self.intent, self.http = intent, http
        self.key = {"Authorization": f"Bearer {intent.api_key}"}
        self.loop = asyncio.get_running_loop()
        self.deadline = self.loop.time() + intent.deadline_s
        self.end = self.deadline - min(RESERVE, intent.deadline_s / 10)
        self.rests: dict[str, float] = {}

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer of the API; Trouble if there is none."""
        answer = await self.send(method, self.intent.base_url + path, headers=self.key, **more)
        if not answer.is_success:
            raise self.refused(answer)
        try:
            return answer.json()
        except ValueError:
            raise Trouble("an answer is not JSON", answer.status_code, open=True) from None

    async def send(self, method: str, url: str, *, patience: float = PATIENCE, **more: Any) -> Any:
        """An answer, read whole in the time that there is; Trouble if none comes."""
        await self.rest(self.resting(method, url))
        try:
            async with asyncio.timeout(min(patience, self.left())):
                return await self.http.request(method, url, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Trouble(repr(error), unsent=True) from None
        except TimeoutError:
            raise Trouble(f"no answer within {patience:g} seconds", open=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Trouble(repr(error)) from None

    def refused(self, answer: httpx.Response) -> Trouble:
        """What a refusal comes to; the operation is left alone for as long as it asks."""
        status, asked = answer.status_code, answer.request
        until = self.loop.time() + self.retry_after(answer)
        self.rests[operation(asked.method, str(asked.url))] = until
        return Trouble(f"{status}: {answer.text[:300]}", status, unsent=status == 429)

    def retry_after(self, answer: httpx.Response) -> float:
        return reading.retry_after(answer.headers.get("retry-after"))

    def resting(self, method: str, url: str) -> float:
        """Seconds for which the operation is to be left alone."""
        return max(self.rests.get(operation(method, url), 0) - self.loop.time(), 0)

    async def pause(self, bad: int) -> None:
        await self.rest(growing(bad))

    async def rest(self, seconds: float) -> None:
        """Do nothing for so long; GiveUp if that is longer than there is."""
        if seconds >= self.left():
            raise GiveUp(f"{seconds:g} seconds to wait are more than are left")
        await asyncio.sleep(seconds + 0.1 if seconds else 0)

    def left(self) -> float:
        """Seconds that are left; GiveUp if there are none."""
        if (left := self.end - self.loop.time()) <= 0:
            raise GiveUp("there is no time left")
        return left
