"""The control plane under `/_understudy`: worlds, clocks, ledgers and what was recorded."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.core.clock import Mode, Pace, instant, span
from emulator.core.commands import Happening, Spend, TopUp
from emulator.core.money import usd
from emulator.core.refusals import Refused
from emulator.scenarios import BadScenario, read
from emulator.server import pages
from emulator.server.hosts import loopback
from emulator.server.live import Live
from emulator.server.stage import Stage

PREFIX = "/_understudy"
LEAP = span("520w")
"""The farthest that one call may wind a clock."""


def control(stage: Stage, token: str | None, *, guarded: bool) -> Starlette:
    """The control plane of a stage.

    A `guarded` one answers only to those who know the token, any other only to this machine.
    """
    plane = Plane(stage, token, guarded=guarded)
    world = f"{PREFIX}/worlds/{{name}}"
    routes = [
        Route(f"{PREFIX}/health", plane.health),
        Route(f"{PREFIX}/journal", plane.journal),
        Route(f"{PREFIX}/worlds", plane.worlds),
        Route(f"{PREFIX}/worlds", plane.make, methods=["POST"]),
        Route(world, plane.world),
        Route(world, plane.drop, methods=["DELETE"]),
        Route(f"{world}/clock", plane.clock),
        Route(f"{world}/clock", plane.set_clock, methods=["POST"]),
        Route(f"{world}/jobs", plane.jobs),
        Route(f"{world}/ledger", plane.ledger),
        Route(f"{world}/ledger", plane.post, methods=["POST"]),
        Route(f"{world}/log", plane.log),
        Route(f"{world}/exchanges", plane.exchanges),
        Route(f"{world}/feed", plane.feed),
    ]
    handlers: Any = {
        HTTPException: _refused,
        Refused: _refused,
        BadScenario: _refused,
        Exception: _broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class Plane:
    """The handlers. Every one but `health` asks first whether the caller may."""

    def __init__(self, stage: Stage, token: str | None, *, guarded: bool) -> None:
        self._stage = stage
        self._token = token
        self._guarded = guarded

    async def health(self, request: Request) -> Response:
        """Whether the server answers."""
        return _json({"status": "ok", "providers": list(self._stage.providers)})

    async def journal(self, request: Request) -> Response:
        """Calls that reached no world: without a key, with a wrong one, to an unknown path."""
        self._admit(request)
        return _json({"exchanges": pages.exchanges(self._stage.journal)})

    async def worlds(self, request: Request) -> Response:
        """Every world at a glance."""
        self._admit(request)
        return _json({"worlds": [pages.world(live) for live in self._stage.worlds.values()]})

    async def make(self, request: Request) -> Response:
        """A new world: `{"key": …, "scenario": {…}}`, both optional."""
        self._admit(request)
        asked = await _body(request, "key", "scenario")
        key = asked["key"] if "key" in asked else self._stage.next_key()
        if not isinstance(key, str) or not key.strip():
            raise HTTPException(422, f"key: {key!r} is not a text")
        scenario = read(asked.get("scenario", {}), replace(self._stage.scenario, name=None))
        try:
            live = self._stage.make(scenario, key)
        except ValueError as error:
            raise HTTPException(409, str(error)) from None
        return _json({"key": key, **pages.world(live)}, 201)

    async def world(self, request: Request) -> Response:
        """One world at a glance."""
        return _json(pages.world(self._live(request)))

    async def drop(self, request: Request) -> Response:
        """Forget a world."""
        self._stage.drop(self._live(request))
        return Response(status_code=204)

    async def clock(self, request: Request) -> Response:
        """Where a world's clock stands."""
        return _json(pages.clock(self._live(request)))

    async def set_clock(self, request: Request) -> Response:
        """Wind it: `{"advance": "30s"}`, `{"set": date}`, or `{"mode": …, "speed": …}`.

        Answers when every move that became due is settled and the open streams have been handed
        their frames.
        """
        live = self._live(request)
        asked = await _body(request, "advance", "set", "mode", "speed")
        now = live.present()
        try:
            pace = _pace(asked, live.clock.pace)
            to = instant(asked["set"]) if "set" in asked else now
            to += span(asked.get("advance", 0))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        if not now <= to <= now + LEAP:
            raise HTTPException(422, "a clock goes forward, and at most ten years at once")
        if pace != live.clock.pace:
            live.wind(pace)
        if to > now:
            live.advance(to)
        await live.handed()
        return _json(pages.clock(live))

    async def jobs(self, request: Request) -> Response:
        """Every job that is remembered, with its plan."""
        live = self._live(request)
        return _json({"jobs": pages.jobs(live.world)})

    async def ledger(self, request: Request) -> Response:
        """Accounts and postings; with `?format=text` the invoice."""
        live = self._live(request)
        if request.query_params.get("format") == "text":
            return PlainTextResponse(pages.invoice(live.world))
        return _json(pages.ledger(live.world))

    async def post(self, request: Request) -> Response:
        """Move money: `{"provider": …, "top_up": "10.00"}`, or `spend` instead."""
        live = self._live(request)
        asked = await _body(request, "provider", "top_up", "spend", "note")
        provider = asked.get("provider")
        if not isinstance(provider, str) or provider not in self._stage.providers:
            known = ", ".join(self._stage.providers)
            raise HTTPException(422, f"provider: {provider!r} is none of {known}")
        try:
            amounts = {word: usd(asked[word]) for word in ("top_up", "spend") if word in asked}
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        if len(amounts) != 1 or min(amounts.values()) <= 0:
            raise HTTPException(422, "one of top_up and spend, in dollars above zero, is needed")
        note = str(asked.get("note", ""))
        if "top_up" in amounts:
            live.do(TopUp(provider=provider, amount=amounts["top_up"], note=note or "top-up"))
        else:
            spent = note or "spent elsewhere"
            live.do(Spend(provider=provider, amount=amounts["spend"], note=spent))
        return _json(pages.ledger(live.world))

    async def log(self, request: Request) -> Response:
        """The world's name, its scenario, and the commands that made it what it is."""
        return _json(pages.log(self._live(request)))

    async def exchanges(self, request: Request) -> Response:
        """The calls that are remembered."""
        return _json({"exchanges": pages.exchanges(self._live(request).recorder)})

    async def feed(self, request: Request) -> Response:
        """Moves and postings as they happen, as server-sent events."""
        live = self._live(request)
        return EventSourceResponse(_happenings(live), sep="\n", ping=0)

    def _admit(self, request: Request) -> None:
        if not self._guarded:
            _refuse_strangers(request)
            return
        if self._token is None:
            raise HTTPException(403, "the control plane needs --control-token on this host")
        given = request.headers.get("x-understudy-token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise HTTPException(401, "X-Understudy-Token is missing or wrong")

    def _live(self, request: Request) -> Live:
        self._admit(request)
        name = request.path_params["name"]
        live = self._stage.find(name)
        if live is None:
            raise HTTPException(
                404,
                f"there is no world called {name}: its key's first call makes it,"
                f" or POST {PREFIX}/worlds",
            )
        live.present()
        return live


def _refuse_strangers(request: Request) -> None:
    """On loopback no token is asked for, so no web page may reach it through a browser."""
    for name in ("host", "origin"):
        given = request.headers.get(name, "")
        try:
            host = urlsplit(given if "://" in given else f"//{given}").hostname
        except ValueError:
            host = None
        if given and not loopback(host or ""):
            raise HTTPException(403, f"the control plane is not for {name} {given}")


def _pace(asked: dict[str, Any], now: Pace) -> Pace:
    """The pace that is asked for; ValueError if it is none."""
    mode, speed = asked.get("mode", now.mode.value), asked.get("speed", now.speed)
    known = [one.value for one in Mode]
    if mode not in known:
        raise ValueError(f"mode: {mode!r} is none of {', '.join(known)}")
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise ValueError(f"speed: {speed!r} is not a number")
    return Pace(Mode(mode), speed)


async def _happenings(live: Live) -> AsyncIterator[dict[str, str]]:
    queue: asyncio.Queue[Happening | None] = asyncio.Queue()
    live.watchers.add(queue)
    try:
        while (one := await queue.get()) is not None:
            yield {"event": type(one).__name__.lower(), "data": _text(pages.happening(one))}
    finally:
        live.watchers.discard(queue)


async def _body(request: Request, *known: str) -> dict[str, Any]:
    try:
        data = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise HTTPException(422, f"the body is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise HTTPException(422, f"the body must be an object of {', '.join(known)}")
    if unknown := sorted(data.keys() - set(known)):
        raise HTTPException(422, f"there is no {unknown[0]!r}; there is {', '.join(known)}")
    return data


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 422
    detail = error.detail if isinstance(error, HTTPException) else str(error)
    return _json({"error": {"message": detail}}, status)


def _broken(request: Request, error: Exception) -> Response:
    return _json({"error": {"message": "the control plane broke; the server's log says how"}}, 500)


def _text(data: Any) -> str:
    return orjson.dumps(data).decode()


def _json(data: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(data), status, media_type="application/json")
