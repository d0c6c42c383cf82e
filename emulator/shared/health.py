"""Whether a Redis can keep a log, and what it would lose: what it says of itself, judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

OLDEST: Final = (7, 0)


def info(text: bytes) -> dict[str, str]:
    """What `INFO` says."""
    lines = (line.partition(":") for line in text.decode(errors="replace").splitlines())
    return {name: value for name, colon, value in lines if colon}


def unfit(said: Mapping[str, str]) -> str | None:
    """Why no log can be kept there, and what to set."""
    version = said.get("redis_version", "0")
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        return f"it is version {version}, and a log needs 7.0 or newer"
    if said.get("role", "master") != "master":
        return "it is a replica, and only its master can be used; name the master"
    policy = said.get("maxmemory_policy", "noeviction")
    if said.get("maxmemory", "0") != "0" and policy != "noeviction":
        return (
            f"its `maxmemory-policy` is {policy}, so that it would throw parts of the log away; set"
            " it to noeviction"
        )
    return None


def risks(said: Mapping[str, str], flushed: str | None) -> Iterator[str]:
    """What it would lose, though the log works. `flushed` is its `appendfsync`, if it tells."""
    if said.get("aof_enabled") != "1":
        yield (
            "its `appendonly` is no, so that it loses what was acknowledged whenever it ends; set"
            " it to yes"
        )
    elif flushed is None:
        yield "it does not tell its `appendfsync`; with always, nothing acknowledged is ever lost"
    elif flushed != "always":
        lost = "the last second or two" if flushed == "everysec" else "what the kernel had not yet"
        yield (
            f"its `appendfsync` is {flushed}, so that {lost} may be lost if its machine ends at"
            " once; with always, nothing acknowledged is"
        )
    if said.get("aof_last_write_status", "ok") != "ok":
        yield "it could not write its append-only file; look at its log"
    if said.get("maxmemory", "0") == "0" and said.get("maxmemory_policy") != "noeviction":
        yield "its `maxmemory-policy` is not noeviction, which is to be set before a `maxmemory` is"
