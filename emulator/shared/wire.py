"""One connection to Redis: several requests at once, and their answers. It never connects again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from emulator.core.clock import Instant
from emulator.shared.address import Address
from emulator.shared.failures import Anew, told
from emulator.shared.scripts import Script

Command: TypeAlias = tuple[str | bytes | int, ...]


class Wire:
    """A connection, the run of the server behind it, and how its clock goes with the loop's.

    A request that is not answered, for whatever reason, is the connection's last.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.run = ""
        self.shown = address.shown
        self._connection = address.kind(
            **address.how,
            protocol=2,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=timeout,
        )
        self._clock: tuple[Instant, float] = (0, 0.0)

    async def open(self) -> None:
        try:
            await self._connection.connect()  # type: ignore[no-untyped-call]
        except RedisError as error:
            # On a unix socket the client greets Redis within the attempt to connect, and wraps it.
            cause = error.__cause__
            raise told(self.shown, cause if isinstance(cause, RedisError) else error) from None

    async def ask(self, *commands: Command) -> list[Any]:
        """The answers, in order; the first error among them is raised."""
        connection, answers, no = self._connection, [], None
        if not connection.is_connected:
            raise Anew(f"the connection to Redis at {self.shown} is no more")
        try:
            await connection.send_packed_command(
                connection.pack_commands(commands), check_health=False
            )
            for _ in commands:
                try:
                    answers.append(await connection.read_response())
                except RedisError as error:
                    if not connection.is_connected:
                        raise
                    no = no or error
        except RedisError as error:
            raise told(self.shown, no or error) from None
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        if no is not None:
            raise told(self.shown, no) from None
        return answers

    def set(self, clock: Instant) -> None:
        """Redis's clock said so just now, or a little before."""
        self._clock = clock, asyncio.get_running_loop().time()

    def at(self, when: float) -> Instant:
        """What Redis's clock says then, or a little less, if it goes as the loop's does."""
        clock, then = self._clock
        return clock + int((when - then) * 1_000_000)

    async def close(self) -> None:
        await self._connection.disconnect(nowait=True)


def run(script: Script, keys: Sequence[str], *arguments: str | bytes | int) -> Command:
    """The request that runs a script."""
    return ("EVALSHA", script.digest, len(keys), *keys, *arguments)
