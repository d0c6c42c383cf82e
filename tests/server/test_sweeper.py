from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from emulator.server.sweeper import CALLS, DROPPED, LULL, MOST, SECOND, Sweeper
from tests.server.caller import VEO, Caller
from tests.server.inside import House


@pytest.fixture
def sweeper() -> Iterator[Sweeper]:
    before = gc.get_threshold()
    yield Sweeper()
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.me = self


def outlived() -> weakref.ref[Ring]:
    """Garbage that was no garbage when it was new, and a sign of whether it is still here."""
    ring = Ring()
    sign = weakref.ref(ring)
    gc.collect(1)
    gc.collect(1)
    return sign


def seconds(sweeper: Sweeper, many: int, connections: int, dropped: int, calls: int) -> list[bool]:
    """Whether everything was searched in each of so many seconds."""
    return [
        True in {sweeper.tick(connections, dropped, calls) for _ in range(SECOND)}
        for _ in range(many)
    ]


def test_old_garbage_is_left_while_anybody_is_connected(sweeper: Sweeper) -> None:
    sign = outlived()
    assert not any(seconds(sweeper, 10 * LULL, 1, 0, 10 * CALLS))
    assert sign() is not None


def test_old_garbage_goes_in_a_lull_and_once(sweeper: Sweeper) -> None:
    sign = outlived()
    assert seconds(sweeper, LULL, 0, 0, CALLS) == [*[False] * (LULL - 1), True]
    assert sign() is None
    assert not any(seconds(sweeper, 10 * LULL, 0, 0, 2 * CALLS - 1))


def test_new_garbage_goes_at_once(sweeper: Sweeper) -> None:
    sign = weakref.ref(Ring())
    sweeper.tick(1, 0, 0)
    assert sign() is None


def test_a_dropped_world_goes_in_a_lull(sweeper: Sweeper) -> None:
    assert seconds(sweeper, LULL, 0, 1, 0)[-1]
    assert not any(seconds(sweeper, 10 * LULL, 0, 1, 0))


def test_many_dropped_worlds_and_very_many_calls_are_enough_at_any_time(sweeper: Sweeper) -> None:
    assert seconds(sweeper, 1, 1, DROPPED - 1, MOST - 1) == [False]
    assert seconds(sweeper, 1, 1, DROPPED, 0) == [True]
    assert seconds(sweeper, 1, 1, DROPPED + 1, MOST) == [True]


def test_calls_leave_nothing_for_a_search(caller: Caller) -> None:
    """What the sweeper is built on: whatever is not a world goes by itself."""
    job = caller.enqueue()
    wire = HTTPConnection("127.0.0.1", caller.emulator.port)
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            for method, path, body in (
                ("POST", "/api/ai/queue", json.dumps(VEO)),
                ("GET", f"/api/ai/queue/{job}", None),
                ("HEAD", f"/api/ai/queue/{job}", None),
                ("GET", "/api/ai/queue/none", None),
                ("POST", f"/_understudy/worlds/{caller.key}/clock", '{"advance": 1}'),
            ):
                wire.request(method, path, body, {"Authorization": f"Bearer {caller.key}"})
                wire.getresponse().read()
        assert gc.collect() < 50
    finally:
        gc.enable()
        wire.close()


async def test_a_stage_counts_the_worlds_that_are_gone() -> None:
    house = House()
    for nth in range(3):
        await house.json("POST", "/_understudy/worlds", {"key": "k"})
        assert house.stage.dropped == nth
