"""Server-sent events as the standard reads them, from bytes whatever their line ends."""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson

LINE_END = re.compile(r"\r\n|\r|\n")


class Event(NamedTuple):
    """One event: its name and its data."""

    name: str
    data: str

    @property
    def id(self) -> str:
        """The generation that it is about."""
        return str(orjson.loads(self.data)["generation_id"])


def parse(stream: bytes) -> list[Event]:
    """Every event that is whole."""
    found, name, data = [], "message", list[str]()
    lines = LINE_END.split(stream.decode().removeprefix("\ufeff"))
    for line in lines[:-1]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line and data:
            found.append(Event(name, "\n".join(data)))
        if not line:
            name, data = "message", []
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return found
