"""What goes over the wire, to the byte."""

from __future__ import annotations

from dataclasses import replace
from socket import create_connection
from urllib.parse import urlsplit

from emulator.providers.port import Kind
from tests.faults.raw import CLOSED, OPEN, RESET, Came, heard, touched
from tests.faults.stand import MANUAL, Make, Stand
from tests.server.raw import Line, until


def struck(stand: Make, do: object, *, hangs: bool = False) -> tuple[bytes, Came]:
    """The body of the true answer about a job, and what came instead."""
    it = stand(**MANUAL)
    ask = it.ask("omixa", Kind.JOB)
    true = it.call(replace(ask, headers={**ask.headers, "host": "emulator.test"})).content
    it.arm(do, "status", times=1)
    return true, heard(it, ask, hangs=hangs)


def reset(stand: Make) -> None:
    _, came = struck(stand, "reset")
    assert came == Came(b"", RESET)


def close(stand: Make) -> None:
    _, came = struck(stand, "close")
    assert came == Came(b"", CLOSED)


def stall(stand: Make) -> None:
    _, came = struck(stand, "stall", hangs=True)
    assert came == Came(b"", OPEN)


def cut_head(stand: Make) -> None:
    _, came = struck(stand, {"cut_head": {"size": 12}})
    assert came == Came(b"HTTP/1.1 200", CLOSED)


def cut_body(stand: Make) -> None:
    true, came = struck(stand, {"cut_body": {"size": 21}})
    assert (came.body, came.length, came.end) == (true[:21], len(true), CLOSED)


def reset_body(stand: Make) -> None:
    true, came = struck(stand, "reset_body")
    assert (came.body, came.length, came.end) == (true[: len(true) // 2], len(true), RESET)


def stall_body(stand: Make) -> None:
    true, came = struck(stand, "stall_body", hangs=True)
    assert (came.body, came.length, came.end) == (true[: len(true) // 2], len(true), OPEN)


def bad_chunk(stand: Make) -> None:
    true, came = struck(stand, "bad_chunk")
    half = true[: len(true) // 2]
    assert came.body == b"%x\r\n%s\r\nzz\r\n" % (len(half), half)
    assert b"transfer-encoding: chunked" in came.head
    assert b"content-length" not in came.head


def garbage(stand: Make) -> None:
    _, came = struck(stand, "garbage")
    assert came.data
    assert not came.data.startswith(b"HTTP/")
    assert came.end == CLOSED


def drip(stand: Make) -> None:
    it = stand()
    ask = it.ask("oxen", Kind.SUBMIT)
    it.arm({"drip": {"size": 10, "every": "1s"}}, times=1)
    came = heard(it, ask)
    (job,) = it.jobs()
    assert job["id"].encode() in came.body
    assert (len(came.body), came.end) == (came.length, CLOSED)
    drops = -(-len(came.data) // 10)
    assert it.caller.control("clock")["now"] >= f"2026-01-01T00:00:{drops - 1:02d}"


def _listening(stand: Make) -> tuple[Stand, int]:
    it = stand(listener=True, **MANUAL)
    return it, urlsplit(it.url).port or 0


def reset_connection(stand: Make) -> None:
    it, port = _listening(stand)
    it.arm("reset_connection", "connect")
    assert touched(port) == Came(b"", RESET)


def close_connection(stand: Make) -> None:
    it, port = _listening(stand)
    it.arm("close_connection", "connect")
    assert touched(port) == Came(b"", CLOSED)


def refuse_connections(stand: Make) -> None:
    it, port = _listening(stand)
    with Line(port) as line:
        key = f"Authorization: Bearer {it.caller.key}"
        line.say("GET", "/api/ai/models", key)
        line.whole()
        id = it.arm("refuse_connections", "connect")
        until(lambda: not _listens(port), "nothing listens")
        line.say("GET", "/api/ai/models", key)
        assert line.whole()[0].startswith(b"HTTP/1.1 200 OK")
    it.disarm(id)
    until(lambda: _listens(port), "it listens again")


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return False
    return True
