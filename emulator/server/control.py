"""The control plane under `/_understudy`: worlds, clocks, ledgers and what was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.core.clock import Mode, Pace, instant, span
from emulator.core.commands import Happening, Spend, Tick, TopUp
from emulator.core.money import usd
from emulator.core.refusals import Refused
from emulator.core.scenario import Scenario
from emulator.scenarios import BadScenario, names, read
from emulator.scenarios.named import load_scenario
from emulator.server import pages
from emulator.server.arming import Arming
from emulator.server.gate import Gate, body, broken, refused, reply
from emulator.server.live import Live
from emulator.server.stage import PREFIX, Stage, connection_fault

if TYPE_CHECKING:
    from emulator.server.metrics import Page

LEAP = span("520w")
"""The farthest that one call may wind a clock."""


def control(stage: Stage, token: str | None, *, guarded: bool) -> Starlette:
    """The control plane of a stage.

    A `guarded` one answers only to those who know the token, any other only to this machine.
    """
    gate = Gate(stage, token, guarded=guarded)
    plane, arming = Plane(stage, gate), Arming(gate)
    world = f"{PREFIX}/worlds/{{name}}"
    routes = [
        Route(f"{PREFIX}/health", plane.health),
        Route(f"{PREFIX}/journal", plane.journal),
        Route(f"{PREFIX}/metrics", plane.metrics),
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
        Route(f"{world}/scenario", arming.scenario),
        Route(f"{world}/coverage", arming.coverage),
        Route(f"{world}/faults", arming.faults),
        Route(f"{world}/faults", arming.arm, methods=["POST"]),
        Route(f"{world}/faults", arming.disarm_all, methods=["DELETE"]),
        Route(f"{world}/faults/{{id}}", arming.fault),
        Route(f"{world}/faults/{{id}}", arming.disarm, methods=["DELETE"]),
    ]
    handlers: Any = {
        HTTPException: refused,
        Refused: refused,
        BadScenario: refused,
        Exception: broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class Plane:
    """The handlers. Every one but `health` asks first whether the caller may."""

    def __init__(self, stage: Stage, gate: Gate) -> None:
        self._stage = stage
        self._gate = gate

    async def health(self, request: Request) -> Response:
        """Whether the server answers."""
        return reply({"status": "ok", "providers": list(self._stage.providers)})

    async def journal(self, request: Request) -> Response:
        """Calls that reached no world: without a key, with a wrong one, to an unknown path."""
        self._gate.admit(request)
        return reply({"exchanges": pages.exchanges(self._stage.journal)})

    async def metrics(self, request: Request) -> Response:
        """The server as Prometheus sees it."""
        self._gate.admit(request)
        return self._page.answer()

    @cached_property
    def _page(self) -> Page:
        # Whoever is never scraped need not wait for this either when it starts.
        from emulator.server.metrics import Page

        return Page(self._stage)

    async def worlds(self, request: Request) -> Response:
        """Every world at a glance."""
        self._gate.admit(request)
        return reply({"worlds": [pages.world(live) for live in self._stage.worlds.values()]})

    async def make(self, request: Request) -> Response:
        """A new world: `{"key": …, "scenario": {…}, "listener": true}`, all optional.

        With a listener the world has a port of its own, and the reply its `url`.
        """
        self._gate.admit(request)
        asked = await body(request, "key", "scenario", "listener")
        own = asked.get("listener", False)
        if not isinstance(own, bool):
            raise HTTPException(422, f"listener: {own!r} is neither true nor false")
        if own and self._stage.listen is None:
            raise HTTPException(409, "this server opens no more listeners")
        key = asked["key"] if "key" in asked else self._stage.next_key()
        if not isinstance(key, str) or not key.strip():
            raise HTTPException(422, f"key: {key!r} is not a text")
        scenario = self._scenario(asked.get("scenario", {}))
        if not own and (id := connection_fault(scenario)) is not None:
            raise HTTPException(422, f'{id} befalls connections, and so needs "listener": true')
        try:
            live = self._stage.make(scenario, key, logged=not own)
        except ValueError as error:
            raise HTTPException(409, str(error)) from None
        if live.log is not None:
            await live.decide(Tick(why="made"))
        if own and self._stage.listen is not None:
            try:
                await self._stage.listen(live)
            except OSError as error:
                self._stage.drop(live)
                raise HTTPException(503, f"no listener can be opened: {error.strerror}") from None
        return reply({"key": key, **pages.world(live)}, 201)

    def _scenario(self, given: Any) -> Scenario:
        """The scenario of a new world: its fields, or the name of one that comes with this."""
        base = replace(self._stage.scenario, name=None)
        if not isinstance(given, str):
            return read(given, base)
        if given not in names():
            raise BadScenario(
                f"{given!r} is not a mapping of fields, and no scenario is called that;"
                " `understudy scenario list` names all"
            )
        return load_scenario(given, base)

    async def world(self, request: Request) -> Response:
        """One world at a glance."""
        return reply(pages.world(self._gate.live(request)))

    async def drop(self, request: Request) -> Response:
        """Forget a world."""
        self._stage.drop(self._gate.live(request))
        return Response(status_code=204)

    async def clock(self, request: Request) -> Response:
        """Where a world's clock stands."""
        return reply(pages.clock(self._gate.live(request)))

    async def set_clock(self, request: Request) -> Response:
        """Wind it: `{"advance": "30s"}`, `{"set": date}`, or `{"mode": …, "speed": …}`.

        Answers when every move that became due is settled and the open streams have been handed
        their frames.
        """
        live = self._gate.live(request)
        asked = await body(request, "advance", "set", "mode", "speed")
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
            await live.wind(pace)
        if to > now:
            await live.advance(to)
        await live.handed()
        return reply(pages.clock(live))

    async def jobs(self, request: Request) -> Response:
        """Every job that is remembered, with its plan."""
        live = self._gate.live(request)
        return reply({"jobs": pages.jobs(live.world)})

    async def ledger(self, request: Request) -> Response:
        """Accounts and postings; with `?format=text` the invoice."""
        live = self._gate.live(request)
        if request.query_params.get("format") == "text":
            return PlainTextResponse(pages.invoice(live.world))
        return reply(pages.ledger(live.world, live.terms))

    async def post(self, request: Request) -> Response:
        """Move money: `{"provider": …, "top_up": "10.00"}`, or `spend` instead."""
        live = self._gate.live(request)
        asked = await body(request, "provider", "top_up", "spend", "note")
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
            await live.decide(
                TopUp(provider=provider, amount=amounts["top_up"], note=note or "top-up")
            )
        else:
            spent = note or "spent elsewhere"
            await live.decide(Spend(provider=provider, amount=amounts["spend"], note=spent))
        return reply(pages.ledger(live.world, live.terms))

    async def log(self, request: Request) -> Response:
        """The world's name, its scenario, and the commands that made it what it is."""
        return reply(pages.log(self._gate.live(request)))

    async def exchanges(self, request: Request) -> Response:
        """The calls that are remembered."""
        return reply({"exchanges": pages.exchanges(self._gate.live(request).recorder)})

    async def feed(self, request: Request) -> Response:
        """Moves and postings as they happen, as server-sent events."""
        live = self._gate.live(request)
        return EventSourceResponse(_happenings(live), sep="\n", ping=0)


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
            yield {
                "event": type(one).__name__.lower(),
                "data": orjson.dumps(pages.happening(one)).decode(),
            }
    finally:
        live.watchers.discard(queue)
