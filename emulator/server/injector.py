"""Which fault, if any, takes a call. An optional part of the server: without it none ever does."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson

from emulator.core.commands import Called, Cancel, Command, Find, Query, Struck, Submit
from emulator.core.faults import Fault, Match
from emulator.core.refusals import Reason, Refused
from emulator.core.scenario import PlanRule, like
from emulator.faults import Deed, deed
from emulator.faults.catalogue import BROUGHT, befalls, catalogue
from emulator.faults.paths import NOTHING, look
from emulator.providers.port import Call, Kind, Provider, Route, Stream
from emulator.scenarios import BadScenario, read_fault, read_plan
from emulator.server.hosts import loopback
from emulator.server.live import Live
from emulator.server.wire import Asked, Scope

FAULT, PLAN = "x-understudy-fault", "x-understudy-plan"
FAULT_HEADER, PLAN_HEADER = FAULT.encode(), PLAN.encode()
"""Headers with which a call brings a fault, or the plan of its jobs, along."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault that takes a call: what it does, and what the world said to it."""

    fault: Fault
    deed: Deed
    struck: Struck


class Injector:
    """Counts calls where something counts them, and finds the fault that takes each."""

    def __init__(self, *, headers: bool = True) -> None:
        self._headers = headers

    def idle(
        self,
        live: Live,
        provider: Provider,
        route: Route | Stream,
        asks: Command | Query | Refused,
        asked: Asked,
    ) -> bool:
        """Whether nothing can befall a call: nothing counts it, and it brings nothing along."""
        if FAULT_HEADER in asked.raw or PLAN_HEADER in asked.raw:
            return False
        world = live.world
        if world.polled and _polls(route, asks) in world.polled:
            return False
        return not world.armory.counts(provider.name, route.operation)

    def planned(self, asks: Command | Query | Refused, call: Call, scope: Scope) -> Any:
        """The command, with the plan that the call brings along, if any."""
        text = call.headers.get(PLAN)
        if text is None:
            return asks
        self._admit(PLAN, scope)
        rule = _plan(text)
        if not isinstance(asks, Submit):
            if isinstance(asks, Refused):
                return asks
            raise Refused(Reason.BAD_PARAMS, f"{PLAN}: this call makes no job")
        return replace(asks, rules=(rule, *asks.rules))

    async def take(
        self,
        live: Live,
        provider: Provider,
        route: Route | Stream,
        call: Call,
        asks: Command | Query | Refused,
        scope: Scope,
    ) -> Hit | None:
        """The fault that takes this call; mostly None. Refused for a header that is none."""
        brought = self._brought(provider, route, call, scope)
        job = asks.job if isinstance(asks, Find | Cancel) else None
        poll = _polls(route, asks) in live.world.polled
        armory = live.world.armory
        if brought is None and not poll and not armory.counts(provider.name, route.operation):
            return None
        matches = {
            one.fault.id: one.fault.on.match
            for one in armory.armed.values()
            if one.fault.on.match is not None and one.concerns(provider.name, route.operation)
        }
        struck = await live.decide(
            Called(
                provider=provider.name,
                operation=route.operation,
                job=job,
                makes=len(asks.drafts) if isinstance(asks, Submit) else 0,
                poll=poll,
                stream=route.kind is Kind.STREAM,
                matched=frozenset(id for id, match in matches.items() if fits(match, call)),
                fault=brought,
            )
        )
        assert isinstance(struck, Struck)
        fault = struck.fault
        return Hit(fault, deed(fault.do, fault.args), struck) if fault is not None else None

    def _brought(
        self, provider: Provider, route: Route | Stream, call: Call, scope: Scope
    ) -> Fault | None:
        text = call.headers.get(FAULT)
        if text is None:
            return None
        self._admit(FAULT, scope)
        data = _loaded(FAULT, text)
        if isinstance(data, Mapping) and "do" in data and data.keys() - {"do", "phase"}:
            raise Refused(
                Reason.BAD_PARAMS, f"{FAULT}: it takes this call; only do and phase may be said"
            )
        try:
            fault = read_fault(data, BROUGHT)
        except BadScenario as error:
            raise Refused(Reason.BAD_PARAMS, f"{FAULT}: {error}") from None
        if not befalls(catalogue()[fault.do], provider.name, route.kind):
            raise Refused(Reason.BAD_PARAMS, f"{FAULT}: {fault.do} cannot befall {route.operation}")
        return fault

    def _admit(self, header: str, scope: Scope) -> None:
        host = (scope.get("client") or ("",))[0]
        if not self._headers or not loopback(host):
            raise Refused(Reason.BAD_PARAMS, f"{header} is switched off on this server")


def fits(match: Match, call: Call) -> bool:
    """Whether a request looks as a fault's address wants it."""
    if match.method is not None and not like(match.method, call.method):
        return False
    if not all(like(want, call.headers.get(name.lower())) for name, want in match.headers.items()):
        return False
    if not match.json:
        return True
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        return False
    return all(_found(want, body, path) for path, want in match.json.items())


def _found(want: Any, body: Any, path: str) -> bool:
    seen = look(body, path)
    return seen is not NOTHING and like(want, seen)


def _polls(route: Route | Stream, asks: Command | Query | Refused) -> str | None:
    """The job that a call looks at, if it looks at one."""
    return asks.job if route.kind is Kind.JOB and isinstance(asks, Find) else None


def _plan(text: str) -> PlanRule:
    try:
        rule = read_plan(_loaded(PLAN, text))
    except BadScenario as error:
        raise Refused(Reason.BAD_PARAMS, f"{PLAN}: {error}") from None
    if rule != replace(rule, provider=None, job=None, model=None, match={}):
        raise Refused(Reason.BAD_PARAMS, f"{PLAN}: it plans this call's jobs, so it names none")
    return rule


def _loaded(header: str, text: str) -> str | Mapping[str, Any]:
    """A header's value: JSON if it begins as an object does, else a text."""
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    if not text.lstrip().startswith("{"):
        return text
    try:
        data: Mapping[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(
            Reason.BAD_PARAMS,
            f'{header}: it is not valid JSON, such as {{"refuse": {{"status": 503}}}}: {error}',
        ) from None
    return data
