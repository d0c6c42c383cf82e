"""Reads data URLs. It knows nothing of what the bytes are; `look` does."""

from __future__ import annotations

import binascii


class NotADataUrl(ValueError):
    """A text that was expected to be a base64 data URL is not one; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def data_url(text: str) -> tuple[str, bytes]:
    """The media type, in lower case, and the bytes of `data:<type>;base64,<payload>`.

    The payload is read strictly: the standard alphabet, with padding, without blanks. A missing
    type is `text/plain`, as RFC 2397 says. Raises `NotADataUrl`.
    """
    head, comma, payload = text.partition(",")
    if not head.lower().startswith("data:") or not comma:
        raise NotADataUrl(f"not a data URL: it starts with {text[:16]!r}, not data:<type>;base64,")
    kind, *parameters = head[len("data:") :].lower().split(";")
    if not parameters or parameters[-1] != "base64":
        raise NotADataUrl("the data URL is not marked ;base64")
    if not payload:
        raise NotADataUrl("the data URL is empty")
    return kind or "text/plain", _strict(payload)


def _strict(payload: str) -> bytes:
    try:
        return binascii.a2b_base64(payload, strict_mode=True)
    except ValueError as error:
        raise NotADataUrl(f"the data URL's payload is not base64: {error}") from None
