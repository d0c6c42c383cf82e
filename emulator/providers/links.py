"""Signed links: they name their world, carry an expiry on its clock, and fit one path only."""

from __future__ import annotations

from hashlib import blake2b
from hmac import compare_digest

from emulator.core.clock import SECOND, Instant
from emulator.core.refusals import Reason, Refused


def sign(path: str, world: str, secret: bytes, expires: Instant) -> str:
    """The signature of a path: `world.expires.mac`, with the expiry in whole seconds."""
    until = str(expires // SECOND)
    return f"{world}.{until}.{_mac(path, until, secret)}"


def named(signature: str) -> str | None:
    """The world that a signature names, true or not; None when it has not the form of one."""
    world, _, rest = signature.rpartition(".")[0].rpartition(".")
    return world if world and rest else None


def verify(path: str, signature: str, secret: bytes, now: Instant) -> None:
    """Refused unless the signature is this path's own and has not expired."""
    rest, _, mac = signature.rpartition(".")
    until = rest.rpartition(".")[2]
    if not compare_digest(_mac(path, until, secret).encode(), mac.encode()):
        raise Refused(Reason.BAD_LINK, "The link's signature does not match.")
    if now >= int(until) * SECOND:
        raise Refused(Reason.BAD_LINK, "The link has expired.")


def _mac(path: str, until: str, secret: bytes) -> str:
    return blake2b(f"{path}|{until}".encode(), digest_size=16, key=secret).hexdigest()
