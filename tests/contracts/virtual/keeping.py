"""Clients that keep their connections, and what is bound to a loop, for as long as they live."""

from __future__ import annotations

import asyncio
import http.client

import httpx
import requests

from contracts.intents import End, Intent, Outcome

CONTEXT = httpx.create_ssl_context()
SESSION = requests.Session()
BLOCKING = httpx.Client(verify=CONTEXT)
AWAITED = httpx.AsyncClient(verify=CONTEXT)
PLAIN: list[http.client.HTTPConnection] = []
ANSWERS: list[asyncio.Future[int]] = []
TURN, RUNG = asyncio.Lock(), asyncio.Event()
PATH = "/api/ai/queue/x"


def said(what: object) -> Outcome:
    return Outcome(outcome=End.GAVE_UP, error=str(what))


def a_session(intent: Intent) -> Outcome:
    return said([SESSION.get(intent.base_url + PATH).status_code for _ in range(2)])


def a_client(intent: Intent) -> Outcome:
    return said([BLOCKING.get(intent.base_url + PATH).status_code for _ in range(2)])


async def an_awaited_client(intent: Intent) -> Outcome:
    calls = [AWAITED.get(intent.base_url + PATH) for _ in range(2)]
    return said([one.status_code for one in await asyncio.gather(*calls)])


def a_connection(intent: Intent) -> Outcome:
    if not PLAIN:
        port = int(intent.base_url.rpartition(":")[2])
        PLAIN.append(http.client.HTTPConnection("127.0.0.1", port))
    PLAIN[0].request("GET", PATH)
    answer = PLAIN[0].getresponse()
    answer.read()
    return said([answer.status] * 2)


async def a_lock(intent: Intent) -> Outcome:
    """It takes whatever goes wrong for an answer."""

    async def one() -> int:
        async with TURN:
            await asyncio.sleep(1)
            return 401

    try:
        return said(await asyncio.gather(one(), one()))
    except RuntimeError as error:
        return said(error)


async def an_event(intent: Intent) -> Outcome:
    try:
        await asyncio.wait_for(RUNG.wait(), 1)
    except TimeoutError:
        return said([401, 401])
    except RuntimeError as error:
        return said(error)
    return said("it rang")


async def a_future(intent: Intent) -> Outcome:
    if not ANSWERS:
        ANSWERS.append(asyncio.get_running_loop().create_future())
        return said([401, 401])
    return said(await ANSWERS[0])
