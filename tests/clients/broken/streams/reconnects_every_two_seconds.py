"""A stream that ends is opened again after two seconds, however often that happens, as a browser's
EventSource does. A server that restarts is met by all of them, every two seconds."""

from __future__ import annotations

from tests.clients.honest.oxen_streaming import Streaming, client


class Steady(Streaming):
    def reconnect(self, bad: int, told: float) -> float:
        return max(2.0, told)


order = client(Steady)
