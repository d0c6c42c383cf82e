"""The load generator: where an answer ends, and what it counts as wrong."""

from __future__ import annotations

import asyncio

import pytest

from tests.bench.drive import Caller, Tally

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
REFUSED = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class Wire(asyncio.Transport):
    """A connection that remembers how often the request went out."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def write(self, data: bytes) -> None:
        self.sent += 1


def told(*parts: bytes) -> tuple[Wire, Tally]:
    """A caller that got these bytes, piece by piece."""
    wire, tally = Wire(), Tally()
    caller = Caller(b"request", tally)
    caller.connection_made(wire)
    for part in parts:
        caller.data_received(part)
    return wire, tally


@pytest.mark.parametrize("answer", [SIZED, CHUNKED])
def test_an_answer_counts_once_it_is_whole_however_it_is_cut(answer: bytes) -> None:
    for cut in range(1, len(answer)):
        wire, tally = told(answer[:cut])
        assert (wire.sent, len(tally.latencies)) == (1, 0)
        wire, tally = told(answer[:cut], answer[cut:], answer)
        assert (wire.sent, len(tally.latencies), tally.wrong) == (3, 2, 0)


def test_an_answer_that_is_not_200_is_wrong() -> None:
    assert told(REFUSED)[1].wrong == 1


def test_a_connection_that_the_server_ends_is_wrong() -> None:
    tally = Tally()
    Caller(b"request", tally).connection_lost(None)
    assert tally.wrong == 1
