"""What is said on standard error while a server runs: lines of text for people, or JSON objects,
one a line, for machines. No key is in either."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from emulator.core.clock import SECOND, iso
from emulator.server.recorder import SHORTEST_SECRET, Noted, fingerprint

log = logging.getLogger("understudy")


class Form(StrEnum):
    """How a line looks."""

    TEXT = "text"
    JSON = "json"


class Hidden:
    """A key that goes with a line so that it can be taken out; whoever shows it, shows its
    fingerprint."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __repr__(self) -> str:
        return fingerprint(self._key)

    def out_of(self, text: str) -> str:
        """The text without the key. One of a few letters is no secret, and stays."""
        if len(self._key) >= SHORTEST_SECRET:
            for written in (self._key, quote(self._key), quote(self._key, safe="")):
                text = text.replace(written, repr(self))
        return text


class Text(logging.Formatter):
    """The message, and below it the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of one record."""
        return _clean(record)(super().format(record))


class Json(logging.Formatter):
    """One object: `time` (the machine's), `level`, `logger`, `message`, the `fields` that the line
    was given, and `exception`, the traceback, if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The one line of one record."""
        clean = _clean(record)
        said: dict[str, Any] = {
            "time": iso(int(record.created * SECOND)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            said["exception"] = clean(self.formatException(record.exc_info))
        return json.dumps(said, default=str)


def _clean(record: logging.LogRecord) -> Callable[[str], str]:
    """Takes the key out of a text, if the record brought one."""
    hidden = getattr(record, "hidden", None)
    return hidden.out_of if isinstance(hidden, Hidden) else str


def begin(form: Form, *, verbose: bool) -> None:
    """Say on standard error, in this form, whatever this program or its libraries have to say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form is Form.JSON else Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(form is Form.JSON)
    log.setLevel(logging.DEBUG if verbose else logging.WARNING)


def call(world: str, noted: Noted) -> None:
    """A line for a call that was answered. `instant` is the world's, and so are the seconds of
    `duration`: how long the call was held up."""
    target = noted.target
    fields = {
        "world": world,
        "provider": noted.provider,
        "operation": noted.operation,
        "method": noted.method,
        "target": target,
        "status": noted.status,
        "instant": iso(noted.ended),
        "duration": None if noted.began is None else (noted.ended - noted.began) / SECOND,
        "fault": noted.fault or None,
    }
    form = "%s %s %s %s %d"
    said = (world, noted.provider, noted.method, target, noted.status)
    log.debug(form, *said, extra={"fields": fields})


def broken(method: str, path: str, key: str | None) -> None:
    """A line for a call that met a bug of ours, with the traceback of what is being handled."""
    hidden = None if key is None else Hidden(key)
    fields = {"method": method, "target": hidden.out_of(path) if hidden else path}
    more = {"fields": fields, "hidden": hidden}
    log.exception("%s %s broke the emulator", method, path, extra=more)
