"""How many users there are at each moment: straight lines from one number to the next."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.load.settings import seconds

MOST = 1_000_000
"""More users than this are a mistake."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Stages, each a length in seconds and the number of users that it ends with. It begins with
    nobody."""

    stages: tuple[tuple[float, int], ...]

    @property
    def length(self) -> float:
        """Seconds from its beginning to its end."""
        return sum(length for length, _ in self.stages)

    @property
    def most(self) -> int:
        """The most users that there are at once."""
        return max(users for _, users in self.stages)

    def users(self, at: float) -> int:
        """How many users there are so many seconds after its beginning."""
        before = 0
        for length, users in self.stages:
            if at < length:
                return round(before + (users - before) * at / length)
            at, before = at - length, users
        return before


def read(text: str) -> Ramp:
    """A ramp such as `10s:50,60s:200,20s:0`; ValueError if it is none."""
    stages = []
    for part in text.split(","):
        length, _, users = (one.strip() for one in part.partition(":"))
        if not users.isdecimal() or int(users) > MOST:
            raise ValueError(f"{part.strip()!r} is not a span and a number of users, as 10s:50 is")
        stages.append((seconds(length), int(users)))
    if not any(users for _, users in stages):
        raise ValueError(f"{text!r} never has a user")
    return Ramp(tuple(stages))


def steady(users: int, rate: float, length: float) -> Ramp:
    """So many users, at this rate of new ones in a second, for that many seconds in all."""
    climb = users / rate
    if climb >= length:
        return Ramp(((length, max(1, int(rate * length))),))
    return Ramp(((climb, users), (length - climb, users)))
