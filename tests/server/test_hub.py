"""A hub with readers of the test's own: how much one turn of the loop does, and what is shared."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import SECOND, Instant
from emulator.core.commands import Moved
from emulator.providers.port import Stream
from emulator.server import live, wire
from emulator.server.silences import Silences
from emulator.server.streams import SLICE, Hub
from tests.server.inside import House

EVERY = 15 * SECOND
IDLE = b":\n\n"
CROWD = 2000


class Told:
    """A reader that takes all there is, and knows in which turn."""

    def __init__(self, play: Play, *, sharing: bool = True) -> None:
        self._play = play
        self._sharing = sharing
        self.heard = b""
        self.turns: list[int] = []

    def join(self, origin: str = "") -> Told:
        self.subscriber = self._play.hub.join(self._play.now, origin, self)
        self._play.hub.rest(self.subscriber)
        return self

    def serve(self, now: Instant) -> bool:
        self.turns.append(self._play.turn)
        if self._sharing:
            self.heard += self._play.hub.chunk(self.subscriber, now)
        else:
            pieces = self._play.hub.take(self.subscriber, now)
            self.heard += wire.chunk(b"".join(piece.data for piece in pieces))
        return True

    def cut(self, behind: int) -> None:
        raise AssertionError(f"{behind} frames behind")


class Play:
    """A hub, its time, and the turns of the loop."""

    def __init__(self) -> None:
        self.now: Instant = 0
        self.turn = 0
        self.stirred: list[int] = []
        stream: Any = Stream(
            operation="events",
            method="GET",
            path="/events",
            tell=lambda moved, origin, _: b"%d for %b\n\n" % (moved.at, origin.encode()),
            opening=lambda _: b"",
            idle=IDLE,
            every=EVERY,
            read=None,  # type: ignore[arg-type]
        )
        self.hub = Hub(
            stream,
            None,  # type: ignore[arg-type]
            stir=self.stirred.append,
            schedule=lambda: None,
            present=lambda: self.now,
            handed=lambda _: None,
            cut=lambda: None,
        )

    def tell(self) -> None:
        """Something happens now."""
        self.hub.tell(Moved(self.now, None, None))  # type: ignore[arg-type]

    async def served(self) -> None:
        """Returns once everybody has been."""
        while self.hub.busy:
            await asyncio.sleep(0)
            self.turn += 1


async def test_thousands_of_keep_alives_are_sent_in_slices() -> None:
    play = Play()
    crowd = [Told(play).join() for _ in range(CROWD)]
    play.now = EVERY
    play.hub.stir_idle(play.now)
    await play.served()
    assert {one.heard for one in crowd} == {wire.chunk(IDLE)}
    loads = [sum(one.turns == [turn] for one in crowd) for turn in range(play.turn)]
    assert sum(loads) == CROWD
    assert max(loads) == SLICE
    assert play.turn <= CROWD // SLICE + 2
    assert play.stirred == [+1, -1]


async def test_whoever_waits_first_is_served_first_though_more_is_told_meanwhile() -> None:
    play = Play()
    crowd = [Told(play).join() for _ in range(CROWD)]
    play.tell()
    for _ in range(3):
        await asyncio.sleep(0)
        play.turn += 1
        play.now += 1
        play.tell()
    await play.served()
    for one in crowd:
        assert [one.heard.count(b"\n%d for" % at) for at in range(4)] == [1] * 4
    assert all(len(one.turns) <= 2 for one in crowd)
    first = [one.turns[0] for one in crowd]
    assert first == sorted(first)
    assert first[-1] <= CROWD // SLICE + 1


async def test_a_poll_amid_thousands_of_keep_alives_waits_for_a_few_turns_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "TURNS", 3)
    house = House()
    crowd = [await house.listen("k") for _ in range(CROWD)]
    wound = house.open("POST", "/_understudy/worlds/k/clock", body=b'{"advance": 15}', key="k")
    served: list[int] = []
    while not served or served[-1] == 0:
        await asyncio.sleep(0)
        served.append(sum(map(bool, (one.pieces for one in crowd))))
    poll = house.open("GET", "/api/ai/queue", key="k")
    waited = 0
    while not poll.task.done():
        await asyncio.sleep(0)
        served.append(sum(map(bool, (one.pieces for one in crowd))))
        waited += 1
    assert waited <= 4
    assert max(after - before for before, after in pairwise(served)) <= SLICE
    assert served[-1] < CROWD
    assert (await wound.over()).status == 200
    assert {one.bytes for one in crowd} == {b": keep-alive\n\n"}


async def test_a_subscriber_that_left_while_it_waited_is_passed_over() -> None:
    play = Play()
    gone, stays = Told(play).join(), Told(play).join()
    play.tell()
    play.hub.leave(gone.subscriber)
    play.hub.wake(gone.subscriber)
    await play.served()
    assert (gone.turns, len(stays.turns)) == ([], 1)
    assert play.hub.due() == EVERY


async def test_what_was_told_is_handed_over_after_the_end_and_nothing_later() -> None:
    play = Play()
    one = Told(play).join()
    play.tell()
    await play.served()
    play.now += EVERY - 1
    play.tell()
    play.hub.close()
    play.now += EVERY
    await play.served()
    assert one.heard.count(b" for ") == 2
    assert IDLE not in one.heard


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 40 * SECOND), st.sampled_from(["tell", "join a", "join b", "serve"])
        ),
        max_size=30,
    )
)
def test_what_is_shared_is_what_each_would_be_sent(steps: list[tuple[int, str]]) -> None:
    async def play_it() -> None:
        play = Play()
        pairs: list[tuple[Told, Told]] = []
        for span, what in [*steps, (EVERY, "serve")]:
            play.now += span
            if what == "tell":
                play.tell()
            elif what == "serve":
                play.hub.wake_all()
                await play.served()
            else:
                ways = Told(play), Told(play, sharing=False)
                pairs.append((ways[0].join(what[-1]), ways[1].join(what[-1])))
        for shared, own in pairs:
            assert shared.heard == own.heard
            assert shared.subscriber.since == own.subscriber.since

    asyncio.run(play_it())


class Silent:
    """Somebody who was sent something at an instant."""

    def __init__(self, since: Instant) -> None:
        self.since = since
        self.gone = False
        self.expected = False


@given(data=st.data())
def test_the_next_keep_alive_is_that_of_the_longest_silence(data: st.DataObject) -> None:
    silences: Silences[Silent] = Silences(EVERY)
    crowd: list[Silent] = []
    now = 0
    for _ in range(data.draw(st.integers(1, 20))):
        now += data.draw(st.integers(0, EVERY))
        match data.draw(st.sampled_from(["join", "event", "leave", "over"])):
            case "join":
                crowd.append(Silent(now))
                silences.expect(crowd[-1])
            case "event":
                for one in crowd:
                    one.since = now
            case "leave" if crowd:
                crowd.pop(data.draw(st.integers(0, len(crowd) - 1))).gone = True
            case "over":
                found = silences.over(now)
                assert sorted(map(id, found)) == sorted(
                    id(one) for one in crowd if one.since + EVERY <= now
                )
                for one in found:
                    one.since = now
                    silences.expect(one)
        assert silences.due() == min((one.since + EVERY for one in crowd), default=None)
