"""The part of the control plane that is about faults: arm, list, disarm, and what they came to."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from emulator.core.clock import SECOND, span
from emulator.core.faults import Armed
from emulator.faults.catalogue import CONNECT
from emulator.scenarios import dump, read_fault
from emulator.server import tally
from emulator.server.gate import Gate, json_object, reply
from emulator.server.live import Live
from emulator.server.stage import PREFIX


class Arming:
    """The handlers."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def scenario(self, request: Request) -> Response:
        """A scenario, as YAML, that gives the world's run again without chance."""
        return PlainTextResponse(dump(tally.export(self._gate.live(request)), whole=True))

    async def coverage(self, request: Request) -> Response:
        """Operation by family by state: what was ever exercised."""
        return reply(tally.coverage(self._gate.live(request)))

    async def faults(self, request: Request) -> Response:
        """Every fault: armed, fired and with which exchanges, or never reached and why."""
        return reply(tally.faults(self._gate.live(request)))

    async def fault(self, request: Request) -> Response:
        """One fault."""
        live = self._gate.live(request)
        return reply(tally.fault(live, _known(live, request)))

    async def arm(self, request: Request) -> Response:
        """Arm a fault as a scenario writes it; `ttl` ends it after so much machine time."""
        live = self._gate.live(request)
        asked = await json_object(request)
        ttl = asked.pop("ttl", None)
        try:
            seconds = None if ttl is None else span(ttl) / SECOND
        except ValueError as error:
            raise HTTPException(422, f"ttl: {error}") from None
        armory = live.world.armory
        fault = read_fault(asked, live.faults.name(lambda id: armory.find(id) is not None))
        if fault.on.operation == CONNECT and live.listener is None:
            raise HTTPException(
                422,
                "faults of connections need a listener that serves this world alone:"
                f' POST {PREFIX}/worlds with {{"listener": true}} makes such a world',
            )
        passed = live.present() - live.world.scenario.start
        _, ends = Armed(fault=fault, since=0).bounds
        if ends is not None and ends <= passed:
            raise HTTPException(
                422,
                f"it is over already: spans count from the world's start, {passed / SECOND:g}s ago",
            )
        await live.faults.arm(fault, seconds)
        await live.handed()
        armed = armory.find(fault.id)
        assert armed is not None
        return reply(tally.fault(live, armed), 201)

    async def disarm(self, request: Request) -> Response:
        """End one fault; what it did is still told."""
        live = self._gate.live(request)
        armed = _known(live, request)
        if armed.ended is None:
            await live.faults.disarm(armed.fault.id)
            await live.handed()
        return reply(tally.fault(live, armed))

    async def disarm_all(self, request: Request) -> Response:
        """End every fault that is armed."""
        live = self._gate.live(request)
        for id in tuple(live.world.armory.armed):
            await live.faults.disarm(id)
        await live.handed()
        return reply(tally.faults(live))


def _known(live: Live, request: Request) -> Armed:
    """The fault that the path names."""
    armed = live.world.armory.find(request.path_params["id"])
    if armed is None:
        raise HTTPException(404, f"there is no fault called {request.path_params['id']}")
    return armed
