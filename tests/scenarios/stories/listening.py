"""Event streams, read by somebody careful and by somebody who is not."""

from __future__ import annotations

import json
from typing import Any

import httpx


class Stream:
    """An open event stream. Comments are skipped, and counted as `beats`."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.beats = 0
        self._lines = response.iter_lines()

    def event(self) -> dict[str, Any] | None:
        """The data of the next event; None if the stream has ended in good order.

        httpx.TransportError if it broke.
        """
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif line:
                self.beats += 1
            elif "data" in fields:
                found: dict[str, Any] = json.loads(fields["data"])
                return found
        return None

    def rest(self) -> list[dict[str, Any]]:
        """Every event up to the end."""
        return list(iter(self.event, None))

    def close(self) -> None:
        """Hang up."""
        self.response.close()
