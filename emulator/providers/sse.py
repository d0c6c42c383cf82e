"""Server-sent events as bytes: the event line, one compact data line, LF."""

from __future__ import annotations

from typing import Any

import orjson


def frame(event: str, data: Any) -> bytes:
    """One event, in the order and form that line-based readers of the vendors' samples expect."""
    return b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def comment(text: str) -> bytes:
    """A comment, which keeps a connection alive and tells nothing."""
    return b": " + text.encode() + b"\n\n"
