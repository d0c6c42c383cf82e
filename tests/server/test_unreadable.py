"""What is no request is answered in one word, and nothing of ours breaks over it."""

from __future__ import annotations

import logging
import socket

import pytest

from emulator import Emulator

CALL = b"GET /api/ai/queue HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /api/ai/queue HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[/?a HTTP/1.1\r\nHost: x\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CALL + b"no request\r\n\r\n",
    ],
    ids=["path", "url", "chunk", "behind-a-call"],
)
def test_it_is_refused_and_the_connection_ends(
    sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with Emulator() as emulator, socket.create_connection(("127.0.0.1", emulator.port)) as line:
        line.settimeout(20)
        line.sendall(sent)
        heard = b"".join(iter(lambda: line.recv(65536), b""))
    assert heard.count(b"HTTP/1.1 400 Bad Request") == 1
    assert heard.endswith(b'{"error":{"message":"Invalid HTTP request received."}}')
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
