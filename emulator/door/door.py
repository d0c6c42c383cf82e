"""Where clients come in that cannot be pointed elsewhere: they ask for a provider's own host, and
find the emulator behind it, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from http import HTTPStatus
from typing import Any, TypeAlias

import h11
import orjson

from emulator.door.asked import Asked, Unclear, asked, plain
from emulator.door.authority import Authority
from emulator.door.lobby import Lobby
from emulator.door.passage import forward, relay
from emulator.door.places import Places, shown
from emulator.server.listeners import Listener
from emulator.server.protocol import Wire

log = logging.getLogger("understudy")

PATIENCE = 30.0
"""Seconds that a client has for its request to the proxy, and again for the handshake of TLS."""

PLAIN = 80
"""The port on which nobody expects TLS."""

NAMELESS = "a host without a name"

Make: TypeAlias = Callable[[dict[str, Any]], asyncio.Protocol]
"""Makes the protocol that speaks HTTP, given what each of its calls finds in its state."""


class Door:
    """Serves connections to `hosts`, as `make` has it, and lets those to `allowed` hosts through;
    None says that there is no way to allow any.

    `through` has the places that were let through to, by host and port, and `refused` what else was
    asked for. With a `listener` the faults of its world befall connections, too; `shut` counts
    those that found nobody listening.
    """

    def __init__(
        self,
        make: Make,
        hosts: Collection[str],
        authority: Authority,
        *,
        allowed: Collection[str] | None = None,
    ) -> None:
        self._make = make
        self._hosts = frozenset(hosts)
        self._authority = authority
        self._allowed = frozenset(allowed or ())
        self._hint = "" if allowed is None else "; --allow {} lets this host through"
        self.listener: Listener | None = None
        self._greeted = authority.greeting(self._named)
        self._tasks: set[asyncio.Task[None]] = set()
        self.refused, self.through = Places(), Places()
        self.shut = 0

    def proxy(self) -> asyncio.Protocol:
        """The protocol of a connection to the proxy."""
        return Lobby(lambda lobby: self._begin(lobby, self._proxied(lobby)))

    def straight(self, *, secure: bool) -> asyncio.Protocol:
        """The protocol of a connection that was meant for one of the hosts itself."""
        return Lobby(lambda lobby: self._begin(lobby, self._served(lobby, secure=secure)))

    def knows(self, host: str) -> bool:
        """Whether that is one of the hosts, by the name that a call gives it."""
        name, _, _ = host.partition(":")
        return plain(name) in self._hosts

    def refuse(self, place: str) -> None:
        """Note that somebody asked for a place that is not here."""
        log.info("refused %s", shown(place))
        self.refused.note(place)

    def away(self, host: str) -> str:
        """What a client is told that asked for another host."""
        if not host:
            return "The call names no host."
        hint = self._hint.format(host)
        return f"Understudy does not stand in for {host}, and lets no call out to it{hint}."

    def close(self) -> None:
        """Let nobody in who is not in yet."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, lobby: Lobby, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._bounded(lobby, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bounded(self, lobby: Lobby, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (OSError, TimeoutError, h11.ProtocolError, ValueError) as error:
            log.info("a connection came to nothing: %s", error)
            lobby.transport.abort()
        except asyncio.CancelledError:
            lobby.transport.abort()
            raise

    async def _proxied(self, lobby: Lobby) -> None:
        """Read what the proxy is asked for, and do it or say why not."""
        try:
            async with asyncio.timeout(PATIENCE):
                wanted = await asked(lobby)
        except Unclear as error:
            _refuse(lobby, 400, f"This is a proxy, and it was sent no request of HTTP: {error}")
            return
        if wanted is None:
            lobby.transport.abort()
        elif wanted.host in self._allowed:
            await self._pass(lobby, wanted)
        elif wanted.host and wanted.host not in self._hosts:
            self.refuse(wanted.place)
            _refuse(lobby, 403, self.away(wanted.host))
        elif not wanted.tunnel:
            await self._served(lobby, wanted.host, secure=False, read=wanted.read, once=True)
        elif self._refuses:
            self.shut += 1
            _refuse(lobby, 502, f"{wanted.host} refuses the connection.")
        elif wanted.host:
            lobby.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._served(lobby, wanted.host, secure=wanted.port != PLAIN, read=wanted.read)
        else:
            _refuse(lobby, 400, self.away(""))

    async def _pass(self, lobby: Lobby, wanted: Asked) -> None:
        """Let a connection through to a host that was allowed."""
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(wanted.host, wanted.port)
        except OSError as error:
            why = error.strerror or str(error) or f"it did not answer in {PATIENCE:g} s"
            self.through.note(f"{wanted.place}, could not be reached ({why})")
            _refuse(lobby, 502, f"{wanted.place} could not be reached: {why}")
            return
        self.through.note(wanted.place)
        await (relay if wanted.tunnel else forward)(lobby, wanted, reader, writer)

    async def _served(
        self, lobby: Lobby, host: str = "", *, secure: bool, read: bytes = b"", once: bool = False
    ) -> None:
        """Let the emulator answer here: behind TLS, if it is `secure`, and no more than `once`
        where the next call may be for another host."""
        raw, state = lobby.transport, dict[str, Any](door=self, host=host, once=once)
        if self.listener is not None:
            state["listener"] = self.listener
            if self._refuses:
                self.shut += 1
                Wire(raw).abort()
            else:
                self.listener.met(Wire(raw))
            if raw.is_closing():
                return
        if secure and (read or lobby.read):
            raise ConnectionError("it spoke before it was spoken to")
        if not secure:
            state["wire"] = Wire(raw)
            lobby.hand_over(self._make(state), read)
            return
        context = self._authority.context(host) if host else self._greeted
        inner = Lobby(lambda _: None)
        inner.transport = await asyncio.get_running_loop().start_tls(  # type: ignore[assignment]
            raw, inner, context, server_side=True, ssl_handshake_timeout=PATIENCE
        )
        state["wire"] = Wire(inner.transport, raw)
        inner.hand_over(self._make(state))

    @property
    def _refuses(self) -> bool:
        """Whether a fault lets nobody in just now."""
        return self.listener is not None and self.listener.refuses

    def _named(self, name: str | None) -> str | None:
        """The host that a client greets by that name, if it is one of ours."""
        if name is not None and self.knows(name):
            return plain(name)
        self.refuse(f"{name or NAMELESS}:443")
        return None


def _refuse(lobby: Lobby, status: int, why: str) -> None:
    """Say why a connection goes nowhere, and close it."""
    content = orjson.dumps({"error": {"message": why}})
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
    )
    lobby.transport.write(head.encode() + content)
    lobby.transport.close()
