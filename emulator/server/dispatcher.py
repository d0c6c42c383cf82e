"""The providers' routes: a small ASGI application between the socket and the worlds.

A call is read, sequenced, applied and written, in that order; every refusal on the way becomes
the provider's own envelope here. One call is one `Visit`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from emulator.core.clock import Instant
from emulator.core.commands import Jobs, Query
from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Answer, Call, File, Provider, Route, Stream, Terms, Wait
from emulator.server import wire
from emulator.server.files import Files, part, send_part
from emulator.server.live import Live
from emulator.server.recorder import Heard, Kept, Said
from emulator.server.routing import Front
from emulator.server.stage import Stage
from emulator.server.wire import Receive, Scope, Send

UNANSWERED = 499
"""The status that is recorded of a call whose caller hung up before it was answered."""

LARGE = 64 * 1024
"""Bytes from which on a body is read off the event loop, as is any that holds an image."""

NOWHERE = {"error": {"message": "Neither the path nor the host belongs to an emulated provider."}}
EVENT_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
]

log = logging.getLogger("understudy")


class Dispatcher:
    """Answers every call to a provider's paths."""

    def __init__(self, stage: Stage, files: Files) -> None:
        self.stage = stage
        self.files = files
        self.front = Front(stage.providers.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, from its head to its answer's last byte."""
        asked = wire.Asked(scope["headers"])
        provider = self.front.provider(scope["path"], asked.get("host", ""))
        if provider is None:
            await self._nowhere(scope, send)
            return
        visit = Visit(self, provider, scope, asked, receive, send)
        with contextlib.suppress(wire.Gone):
            await visit.answer()

    async def _nowhere(self, scope: Scope, send: Send) -> None:
        """Answer, and note in the journal, a call that is for no provider."""
        lobby, content = self.stage.lobby, orjson.dumps(NOWHERE)
        now = lobby.present()
        shown = next(iter(lobby.terms.values())).see(now)
        head = [wire.JSON, (b"content-length", b"%d" % len(content)), wire.date(shown)]
        key = wire.bearer(wire.Asked(scope["headers"]).get("authorization"))
        self.stage.journal.note(Heard(scope, key=key), Said(now, 404, head, content))
        await wire.answer(send, 404, head, content)


class Visit:
    """One call to one provider, while it is being answered."""

    __slots__ = (
        "asked",
        "began",
        "body",
        "house",
        "key",
        "live",
        "method",
        "operation",
        "provider",
        "receive",
        "scope",
        "send",
    )

    def __init__(
        self,
        house: Dispatcher,
        provider: Provider,
        scope: Scope,
        asked: Mapping[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        self.house = house
        self.provider = provider
        self.scope = scope
        self.asked = asked
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.key = wire.bearer(asked.get("authorization"))
        self.live: Live | None = None
        self.operation = ""
        self.body = b""
        self.began: Instant | None = None

    async def answer(self) -> None:
        """Answer the call; a refusal wears the provider's envelope, and so does a bug of ours."""
        try:
            route, params = self._route()
            self.live = live = self._world(route, params)
            live.stir(+1)
            try:
                await self._answer(route, params, live)
            finally:
                live.stir(-1)
        except Refused as no:
            await self._refuse(no)
        except wire.Gone:
            raise
        except Exception:
            log.exception("%s %s broke the emulator", self.method, self.scope["path"])
            await self._refuse(Refused(Reason.BROKEN))

    def _route(self) -> tuple[Route | Stream, dict[str, str]]:
        found = self.house.front.trees[self.provider.name].find(self.scope["path"])
        if found is None:
            raise Refused(Reason.NO_PATH, self.scope["path"])
        methods, params = found
        route = methods.get(self.method)
        if route is None and self.method == "HEAD":
            route = methods.get("GET")
            route = route if isinstance(route, Route) and route.linked else None
        if route is None:
            raise Refused(Reason.WRONG_METHOD, ", ".join(sorted(methods)))
        self.operation = route.operation
        return route, params

    def _world(self, route: Route | Stream, params: dict[str, str]) -> Live:
        """The world of the call: its link's, its key's, or the lobby where no key is needed."""
        stage = self.house.stage
        if isinstance(route, Route) and route.linked is not None:
            return self._linked(route.linked(self._call(params, 0)))
        if self.key is not None:
            return stage.of(self.key)
        assume = stage.assume[self.provider.name]
        if isinstance(route, Route) and route.open is not None and route.open(assume):
            return stage.lobby
        raise Refused(Reason.NO_KEY)

    def _linked(self, world: str | None) -> Live:
        """The world that a link names; that of the key where there is only a key."""
        if world is None and self.key is not None:
            return self.house.stage.of(self.key)
        live = self.house.stage.worlds.get(world or "")
        if live is None:
            raise Refused(Reason.BAD_LINK, "The link has no valid signature.")
        return live

    def _call(self, params: dict[str, str], at: Instant) -> Call:
        scope = self.scope
        return Call(
            method=self.method,
            path=scope["path"],
            at=at,
            origin=f"{scope['scheme']}://{self.asked.get('host', '')}",
            key=self.key,
            params=params,
            query=wire.query(scope),
            headers=self.asked,
            body=self.body,
        )

    async def _answer(self, route: Route | Stream, params: dict[str, str], live: Live) -> None:
        terms = live.terms[self.provider.name]
        self.body = await wire.body(self.receive, self.house.stage.limits.body)
        self.began = began = live.present()
        call = self._call(params, began)
        self.provider.guard(call, route.operation, terms)
        if len(self.body) > LARGE or b";base64," in self.body.lower():
            loop = asyncio.get_running_loop()
            asks = await loop.run_in_executor(None, partial(route.read, call, terms))
        else:
            asks = route.read(call, terms)
        if isinstance(route, Stream):
            await self._stream(route, live, call)
            return
        reply = live.ask(asks) if isinstance(asks, Query) else live.do(asks)
        if route.wait is not None and isinstance(reply, Jobs):
            wait = route.wait(reply, call, terms)
            if wait is not None:
                reply = await self._over(wait, live)
        await self._write(route.write(reply, call, terms), live, terms)

    async def _over(self, wait: Wait, live: Live) -> Jobs:
        """The job when its wait is over; Gone if the client hangs up first. The job goes on."""
        waiter = live.join(wait)
        gone = asyncio.ensure_future(self._gone())
        gone.add_done_callback(lambda _: live.waits.leave(waiter))
        try:
            reply = await live.waits.reply(waiter)
        finally:
            gone.cancel()
        if reply is None:
            self._record(live, Said(live.world.now, UNANSWERED, [], b""))
            raise wire.Gone
        return reply

    async def _write(self, answer: Answer, live: Live, terms: Terms) -> None:
        now = max(self.began or 0, live.world.now)
        if isinstance(answer.body, File):
            await self._file(answer.body, live, terms, now)
            return
        try:
            content = orjson.dumps(answer.body, option=orjson.OPT_PASSTHROUGH_DATACLASS)
        except TypeError:
            content = orjson.dumps(await self.house.files.fill(answer.body))
        head = [
            wire.JSON,
            (b"content-length", b"%d" % len(content)),
            wire.date(terms.see(now)),
        ]
        if answer.headers:
            head += wire.encoded(answer.headers)
        self._record(live, Said(now, answer.status, head, content))
        await wire.answer(self.send, answer.status, head, content)

    async def _file(self, file: File, live: Live, terms: Terms, now: Instant) -> None:
        rendered = await self.house.files.render(file)
        shown = part(rendered, self.asked)
        head = [*shown.head, wire.date(terms.see(now))]
        kept = Kept(rendered.etag.strip('"'), shown.end - shown.first)
        self._record(live, Said(now, shown.status, head, kept))
        bare = self.method == "HEAD"
        await send_part(self.send, shown, head, rendered.data, bare=bare)

    async def _stream(self, route: Stream, live: Live, call: Call) -> None:
        """Send a live stream until the client goes, falls a ring behind, or the server stops."""
        terms = live.terms[self.provider.name]
        hub = live.hubs[self.provider.name, route.operation]
        subscriber = hub.join(call.at, call.origin)
        first = hub.told
        head = [*EVENT_STREAM, wire.date(terms.see(call.at))]
        gone = asyncio.ensure_future(self._gone())
        gone.add_done_callback(lambda _: hub.wake(subscriber))
        live.schedule()
        try:
            await self.send({"type": "http.response.start", "status": 200, "headers": head})
            await self._more(route.opening(terms.assume))
            while not (gone.done() or hub.closed or hub.lost(subscriber)):
                if due := hub.take(subscriber, live.present()):
                    # Nobody waits for a reader that does not read: while it is sent to, it rests.
                    live.stir(-1)
                    try:
                        await self._more(due)
                    finally:
                        live.stir(+1)
                else:
                    await hub.rest(subscriber)
            if hub.lost(subscriber):
                log.warning("a reader of %s fell a ring behind and was cut off", live.name)
            if not gone.done():
                await self.send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            hub.leave(subscriber)
            said = Said(live.world.now, 200, head, b"", (first, subscriber.cursor))
            self._record(live, said)

    async def _more(self, content: bytes) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": True})

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _refuse(self, no: Refused) -> None:
        live = self.live
        stage = self.house.stage
        name = self.provider.name
        assume: Mapping[str, Any] = live.terms[name].assume if live else stage.assume[name]
        answer = self.provider.refuse(no, assume)
        if no.reason is Reason.WRONG_METHOD:
            answer = Answer(answer.status, answer.body, (*answer.headers, ("Allow", no.detail)))
        content = orjson.dumps(answer.body)
        place = live or stage.lobby
        now = max(place.clock.now(), place.world.now)
        head = [
            wire.JSON,
            (b"content-length", b"%d" % len(content)),
            wire.date(place.terms[name].see(now)),
            *wire.encoded(answer.headers),
        ]
        self._record(live, Said(now, answer.status, head, content))
        bare = b"" if self.method == "HEAD" else content
        await wire.answer(self.send, answer.status, head, bare)

    def _record(self, live: Live | None, said: Said) -> None:
        """Keep the exchange: in its world, or in the server's journal if it reached none."""
        stage = self.house.stage
        world = None if live is stage.lobby else live
        recorder = world.recorder if world else stage.journal
        name = self.provider.name
        heard = Heard(self.scope, name, self.operation, self.key, self.began, self.body)
        target = recorder.note(heard, said)
        place = world.name if world else "-"
        log.debug("%s %s %s %s %d", place, name, self.method, target, said.status)
