"""The optional request signature of an older edition of Omixa's docs; off unless assumed."""

from __future__ import annotations

import hmac
from hashlib import sha256

from emulator.core.clock import SECOND
from emulator.core.refusals import Reason, Refused
from emulator.providers.body import digits
from emulator.providers.port import Call, Terms

SKEW = 300
"""Seconds by which the timestamp may differ from the server's date: a guess."""


def guard(call: Call, operation: str, terms: Terms) -> None:
    """Refused unless the signature is right, where signatures are required."""
    if terms.assume["signature"] == "off" or operation == "download":
        return
    stamp = call.headers.get("x-omixa-timestamp", "")
    given = call.headers.get("x-omixa-signature", "")
    seconds = digits(stamp)
    if seconds is None:
        raise Refused(Reason.BAD_SIGNATURE, "X-Omixa-Timestamp must be Unix seconds")
    if abs(seconds - terms.see(call.at) // SECOND) > SKEW:
        raise Refused(Reason.BAD_SIGNATURE, f"the timestamp is more than {SKEW} seconds off")
    if not hmac.compare_digest(f"sha256={expected(call, stamp)}".encode(), given.encode()):
        raise Refused(Reason.BAD_SIGNATURE, "X-Omixa-Signature does not match")


def expected(call: Call, stamp: str) -> str:
    """HMAC-SHA256, in hex, of `timestamp.METHOD.path.body` with the API key as secret."""
    head = f"{stamp}.{call.method}.{call.path}.".encode()
    return hmac.new((call.key or "").encode(), head + call.body, sha256).hexdigest()
