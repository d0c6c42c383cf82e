"""Stands, each with a world of its own, and the three clients."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from emulator import Emulator
from tests.faults import clients
from tests.faults.clients import See
from tests.faults.stand import USUAL, Make, Stand
from tests.server.caller import Caller

pytest.register_assert_rewrite("tests.faults.effects")

NUMBERS = count(1)


@pytest.fixture
def stand(emulator: Emulator, http: httpx.Client) -> Iterator[Make]:
    """Makes stands; their worlds are gone afterwards."""
    made: list[Caller] = []

    def make(*, listener: bool = False, **scenario: Any) -> Stand:
        caller = Caller(http, f"struck-{next(NUMBERS)}", emulator)
        asked = {"key": caller.key, "scenario": {**USUAL, **scenario}, "listener": listener}
        answer = http.post("/_understudy/worlds", json=asked)
        assert answer.status_code == 201, answer.text
        made.append(caller)
        return Stand(caller, answer.json().get("url", emulator.url))

    yield make
    for caller in made:
        caller.drop()


@pytest.fixture(scope="session")
def node() -> Iterator[See | None]:
    with clients.node() as see:
        yield see


@pytest.fixture(params=["httpx", "requests", "node"])
def client(request: pytest.FixtureRequest) -> tuple[str, See]:
    """A client's name, and how it sees."""
    known = {"httpx": clients.by_httpx, "requests": clients.by_requests}
    see = known.get(request.param) or request.getfixturevalue("node")
    if see is None:
        pytest.skip("node is not installed")
    return request.param, see
