"""One emulator for the whole run, and worlds to throw away: a fresh key is a fresh world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from emulator import Emulator, Scenario
from emulator.core.clock import Mode, Pace
from tests.server.caller import Caller

NUMBERS = count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A running emulator; the clock of its worlds stands still unless a scenario says otherwise."""
    with Emulator(Scenario(pace=Pace(Mode.MANUAL))) as running:
        yield running


@pytest.fixture(scope="session")
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    """A client of it that carries no key."""
    with httpx.Client(base_url=emulator.url, timeout=30, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def world(emulator: Emulator, http: httpx.Client) -> Iterator[Callable[..., Caller]]:
    """Makes callers, each with a world of its own for this scenario; they are gone afterwards."""
    made: list[Caller] = []

    def make(**scenario: Any) -> Caller:
        caller = Caller(http, f"key-{next(NUMBERS)}", emulator)
        caller.make(**scenario)
        made.append(caller)
        return caller

    yield make
    for caller in made:
        caller.drop()


@pytest.fixture
def caller(world: Callable[..., Caller]) -> Caller:
    """Somebody with a world whose clock stands still."""
    return world()
