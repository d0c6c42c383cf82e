"""What comes over a struck stream, beside a plain one of the same world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.faults.raw import CLOSED, OPEN, RESET
from tests.faults.sse import Event, parse
from tests.faults.stand import EVENTS, MANUAL, Make
from tests.server.raw import Line

FINISHED = "finished"
"""A stream that ends as chunked bodies do."""

IDLE = b": keep-alive\n\n"

COMMENTED: Mapping[str, Any] = {
    "plans": [{"queued": 0, "running": "1s"}],
    "assumptions": {"oxen.stream-opening": "comment"},
}


@dataclass
class Heard:
    """The chunks of a stream, and how it ended."""

    chunks: list[bytes] = field(default_factory=list)
    end: str = ""

    @property
    def bytes(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def events(self) -> list[Event]:
        return parse(self.bytes)


def _hear(line: Line) -> Heard:
    """Every chunk until the stream ends."""
    heard = Heard()
    try:
        while True:
            if chunk := line.chunk():
                heard.chunks.append(chunk)
            else:
                heard.end = FINISHED
                break
    except ConnectionResetError:
        heard.end = RESET
    except EOFError:
        heard.end = CLOSED
    return heard


def listened(stand: Make, do: object, *, event: int | None = None) -> tuple[Heard, Heard]:
    """What a struck listener and a plain one hear: an opening comment, two jobs, keep-alives."""
    it = stand(**{**MANUAL, **COMMENTED})
    it.arm(do, "events", times=1, on={} if event is None else {"event": event})
    port = it.caller.emulator.port
    with Line(port) as struck, Line(port) as plain:
        for line in (struck, plain):
            line.say("GET", EVENTS, f"Authorization: Bearer {it.caller.key}")
            assert b"200 OK" in line.head()
        for _ in range(2):
            it.caller.enqueue()
            it.caller.advance("1s")
        it.caller.advance("30s")
        stays = it.caller.control()["subscribers"] == 2
        it.end_streams()
        heard = _hear(struck)
        if stays and heard.end == FINISHED:
            heard.end = OPEN
        return heard, _hear(plain)


def slice(stand: Make) -> None:
    struck, plain = listened(stand, {"slice": {"size": 3}})
    assert struck.bytes == plain.bytes
    assert max(map(len, struck.chunks)) == 3
    assert max(map(len, plain.chunks)) > 100


def line_ends(stand: Make) -> None:
    for to, end in (("crlf", b"\r\n"), ("cr", b"\r")):
        struck, plain = listened(stand, {"line_ends": {"to": to}})
        assert struck.bytes == plain.bytes.replace(b"\n", end)
        assert struck.events == plain.events


def bom(stand: Make) -> None:
    struck, plain = listened(stand, "bom")
    assert struck.bytes == b"\xef\xbb\xbf" + plain.bytes
    assert len(struck.events) == 2


def comments(stand: Make) -> None:
    struck, plain = listened(stand, "comments")
    assert struck.bytes.count(b": before\n") == 2
    assert struck.bytes.count(b"\n: between\ndata: ") == 2
    assert struck.events == plain.events


def no_space(stand: Make) -> None:
    struck, plain = listened(stand, "no_space", event=2)
    assert struck.bytes.count(b"\ndata: ") == struck.bytes.count(b"\ndata:{") == 1
    assert struck.bytes.count(b"event:media") == 1
    assert struck.events == plain.events


def multi_line(stand: Make) -> None:
    struck, plain = listened(stand, "multi_line")
    assert struck.bytes.count(b"\ndata: ") == 4
    assert [orjson.loads(one.data) for one in struck.events] == [
        orjson.loads(one.data) for one in plain.events
    ]


def fields(stand: Make) -> None:
    struck, plain = listened(stand, {"fields": {"lines": ["id: 5", "retry: 1", "x-new"]}})
    assert struck.bytes.count(b"id: 5\nretry: 1\nx-new\nevent: ") == 2
    assert struck.events == plain.events


def duplicate(stand: Make) -> None:
    struck, plain = listened(stand, "duplicate", event=1)
    first, second = plain.events
    assert struck.events == [first, first, second]


def reorder(stand: Make) -> None:
    struck, plain = listened(stand, "reorder", event=1)
    assert struck.events == plain.events[::-1]


def drop(stand: Make) -> None:
    struck, plain = listened(stand, "drop", event=2)
    assert struck.events == plain.events[:1]


def foreign(stand: Make) -> None:
    struck, plain = listened(stand, "foreign", event=2)
    first, stranger, second = struck.events
    assert [first, second] == plain.events
    assert stranger.data == second.data.replace(second.id, stranger.id)
    assert stranger.id not in (first.id, second.id)


def unknown_event(stand: Make) -> None:
    struck, plain = listened(stand, {"unknown_event": {"name": "heartbeat"}}, event=1)
    assert struck.events[1:] == plain.events
    assert struck.events[0].name == "heartbeat"


def broken_event(stand: Make) -> None:
    struck, plain = listened(stand, "broken_event", event=1)
    broken, whole = struck.events
    assert broken.data == plain.events[0].data[: len(broken.data)]
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(broken.data)
    assert whole == plain.events[1]


def cut(stand: Make) -> None:
    struck, plain = listened(stand, {"cut": {"at": 0.9}}, event=2)
    assert (struck.events, struck.end) == (plain.events[:1], CLOSED)
    assert plain.bytes.startswith(struck.bytes)
    assert 0 < len(plain.bytes) - len(struck.bytes) < len(plain.events[1].data)


def reset_stream(stand: Make) -> None:
    struck, plain = listened(stand, "reset_stream", event=2)
    assert (struck.events, struck.end) == (plain.events[:1], RESET)


def silence(stand: Make) -> None:
    struck, plain = listened(stand, "silence", event=2)
    assert (struck.events, struck.end) == (plain.events[:1], OPEN)
    assert struck.bytes.count(IDLE) < plain.bytes.count(IDLE)


def quiet(stand: Make) -> None:
    struck, plain = listened(stand, "quiet")
    assert plain.bytes.count(IDLE) == 3
    assert IDLE not in struck.bytes
    assert (struck.events, struck.end) == (plain.events, OPEN)


def finish(stand: Make) -> None:
    for told in (0, 1):
        struck, plain = listened(stand, {"finish": {"told": told}})
        assert (struck.events, struck.end) == (plain.events[:told], FINISHED)
