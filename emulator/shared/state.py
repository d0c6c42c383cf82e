"""What a worker knows of the log, and how each of its connections begins."""

from __future__ import annotations

import asyncio
import secrets

from redis.exceptions import RedisError

from emulator.log.rows import BadLog
from emulator.shared import scripts
from emulator.shared.address import Address
from emulator.shared.failures import Broken, Refusing, silent
from emulator.shared.health import info, risks, unfit
from emulator.shared.link import Link
from emulator.shared.places import BEGINNING, Lost, Position
from emulator.shared.scripts import EVERY
from emulator.shared.wire import Wire, run


class State:
    """Which log it is, and the last of it that this worker has seen.

    Workers are told apart by chance: what counted them would be lost with Redis's last writes, and
    two would then take their batches for each other's.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.keys = address.keys
        self.timeout = timeout
        self.worker = secrets.token_hex(4)
        self.birth = ""
        self.seen = BEGINNING

    def see(self, position: Position) -> None:
        """That was in the log; it is to stay there."""
        self.seen = max(self.seen, position)

    def forget(self) -> None:
        """Whatever is there is the log."""
        self.birth, self.seen = "", BEGINNING

    def wire(self) -> Wire:
        return Wire(self.address, self.timeout)

    def link(self) -> Link:
        return Link(self.wire, self.greet, self.timeout)

    async def greet(self, wire: Wire) -> None:
        """See that this Redis will do, and that it has the log that it had."""
        answers = await wire.ask(("INFO",), *(("SCRIPT", "LOAD", one.text) for one in EVERY))
        said = info(answers[0])
        if why := unfit(said):
            raise Refusing(f"Redis at {wire.shown}: {why}", certain=True)
        wire.run = said["run_id"]
        keys = self.keys.log, self.keys.stream
        ((birth, _, clock),) = await wire.ask(
            run(scripts.begin, keys, self.birth, wire.run, str(self.seen))
        )
        self.birth = self.birth or birth.decode()
        if self.birth != birth.decode():
            raise Lost(f"Redis at {wire.shown} has another log than it had")
        wire.set(int(clock))

    async def opened(self) -> list[str]:
        """What this Redis would lose. BadLog if it cannot keep a log, or is not there."""
        wire = self.wire()
        try:
            async with asyncio.timeout(self.timeout):
                await wire.open()
                await self.greet(wire)
                (said,) = await wire.ask(("INFO",))
                return [*risks(info(said), await _flushed(wire))]
        except TimeoutError:
            raise BadLog(silent(wire.shown, self.timeout)) from None
        except (Broken, Refusing) as error:
            raise BadLog(error.why) from None
        finally:
            await wire.close()


async def _flushed(wire: Wire) -> str | None:
    """Its `appendfsync`; nothing where it does not say, as those that are rented often do not."""
    try:
        ((_, value),) = await wire.ask(("CONFIG", "GET", "appendfsync"))
    except (Broken, Refusing, RedisError):
        return None
    return str(value.decode())
