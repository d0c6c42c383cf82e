"""The way out, for the hosts that were let through by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import h11

from emulator.door.asked import Asked, path
from emulator.door.lobby import Lobby

CHUNK = 64 * 1024
"""Bytes that are passed on at a time."""


async def relay(
    lobby: Lobby, wanted: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Let a tunnel through: whatever either side sends, the other gets."""
    lobby.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    writer.write(wanted.read)

    async def out() -> None:
        while data := await lobby.more():
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    await _both(lobby, out(), reader, writer)


async def forward(
    lobby: Lobby, wanted: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Pass one call on in the form that servers know, with its answer; then the connection ends."""
    theirs, ours = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)

    async def out() -> None:
        data = wanted.read
        while True:
            theirs.receive_data(data)
            while isinstance(event := theirs.next_event(), h11.Event):
                if isinstance(event, h11.ConnectionClosed):
                    return
                sent = _here(event) if isinstance(event, h11.Request) else event
                writer.write(ours.send(sent) or b"")
                await writer.drain()
            if event is h11.PAUSED:
                return
            data = await lobby.more()

    await _both(lobby, out(), reader, writer)


def _here(asked: h11.Request) -> h11.Request:
    """The call as the server itself is asked."""
    kept = [
        (name, value)
        for name, value in asked.headers
        if name not in (b"connection", b"proxy-connection", b"proxy-authorization")
    ]
    return h11.Request(
        method=asked.method,
        target=path(asked.target),
        headers=[*kept, (b"connection", b"close")],
    )


async def _both(
    lobby: Lobby,
    out: Coroutine[Any, Any, None],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Send on what comes from the client, while what comes back is sent to it."""
    sending = asyncio.get_running_loop().create_task(out)
    try:
        while data := await reader.read(CHUNK):
            await lobby.send(data)
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, OSError, h11.ProtocolError):
            await sending
        writer.close()
        lobby.transport.close()
