"""Which Redis a log is on, and under which name: what a URL says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio.connection import Connection, parse_url

from emulator.log.rows import BadLog

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
USUAL = "understudy"
FORMS = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH?db=DB"
OPTIONS = {
    "redis": frozenset(("name", "db")),
    "rediss": frozenset(("name", "db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")),
    "unix": frozenset(("name", "db")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The names of what is kept, all in one slot of a cluster."""

    log: str
    stream: str
    lock: str
    batch: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to connect, and under which name the log is. `shown` has no password in it."""

    kind: type[Connection]
    how: dict[str, Any]
    name: str
    shown: str

    @property
    def keys(self) -> Keys:
        tag = f"{{understudy:{self.name}}}"
        return Keys(
            log=f"{tag}:log",
            stream=f"{tag}:stream",
            lock=f"{tag}:lock",
            batch=f"{tag}:batch",
            part=f"{tag}:part",
        )


def read(url: str) -> Address:
    """What a URL says. BadLog if that is nothing: `?name=` tells several logs of one Redis apart,
    and so does the database."""
    try:
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        known = OPTIONS.get(parts.scheme)
        if known is None or not (parts.hostname or parts.scheme == "unix"):
            raise BadLog(f"{shown}: it names no Redis; write {FORMS}")
        if strange := sorted(asked.keys() - known):
            raise BadLog(
                f"{shown}: there is no option {strange[0]!r}; there are {', '.join(sorted(known))}"
            )
        name = asked.pop("name", USUAL)
        how: dict[str, Any] = dict(parse_url(urlunsplit(parts._replace(query=urlencode(asked)))))
    except BadLog:
        raise
    except ValueError as error:
        raise BadLog(f"{url.rpartition('@')[2]}: {error}; write {FORMS}") from None
    _check(shown, parts.scheme, parts.path, how, name)
    return Address(kind=how.pop("connection_class", Connection), how=how, name=name, shown=shown)


def _check(shown: str, scheme: str, path: str, how: dict[str, Any], name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadLog(
            f"{shown}: the name {name!r} is not one; letters, digits, `_`, `.` and `-` are, 64 at"
            " the most"
        )
    if scheme == "unix":
        if "path" not in how:
            raise BadLog(f"{shown}: it names no socket; write {FORMS}")
    elif path.strip("/") and not path.strip("/").isdigit():
        raise BadLog(f"{shown}: {path.strip('/')!r} is no database; they are numbered from 0")
