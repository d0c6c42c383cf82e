from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from emulator.server.sweeper import DROPPED, LULL, MIDDLE, YOUNG, Sweeper
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
    """Garbage that the searches of the young have left, and a sign of whether it is still here."""
    ring = Ring()
    sign = weakref.ref(ring)
    gc.collect(1)
    gc.collect(1)
    return sign


def busy() -> None:
    """As many searches as a server that does something makes."""
    kept = [[nth] for nth in range(YOUNG * (MIDDLE + 2) * (MIDDLE + 2))]
    del kept


def test_old_garbage_is_left_while_anybody_is_connected(sweeper: Sweeper) -> None:
    sign = outlived()
    busy()
    assert not any(sweeper.tick(1, 0) for _ in range(10 * LULL))
    assert sign() is not None


def test_old_garbage_goes_in_a_lull_and_once(sweeper: Sweeper) -> None:
    sign = outlived()
    busy()
    assert [sweeper.tick(0, 0) for _ in range(LULL)] == [*[False] * (LULL - 1), True]
    assert sign() is None
    assert not any(sweeper.tick(0, 0) for _ in range(10 * LULL))


def test_a_dropped_world_goes_in_a_lull(sweeper: Sweeper) -> None:
    assert [sweeper.tick(0, 1) for _ in range(LULL)][-1]
    assert not any(sweeper.tick(0, 1) for _ in range(10 * LULL))


def test_many_dropped_worlds_go_at_once(sweeper: Sweeper) -> None:
    assert not sweeper.tick(1, DROPPED - 1)
    assert sweeper.tick(1, DROPPED)
    assert not sweeper.tick(1, DROPPED + 1)


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
