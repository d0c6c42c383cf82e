"""uvicorn's HTTP protocol, except that a request it cannot read is answered in JSON too."""

from __future__ import annotations

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP request belongs to no provider, so its answer is neutral."""

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be read, and close."""
        content = orjson.dumps({"error": {"message": msg}})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()
