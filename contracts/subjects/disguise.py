"""What a program finds that knows the providers' own hosts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from emulator.door.authority import Authority
from emulator.door.sandbox import Sandbox
from emulator.door.variables import keys, trust, way


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a program comes to the emulator of a trial: with `more` in its environment, and perhaps
    in a `sandbox`, which is served from a socket at this path."""

    more: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox | None = None
    inside: Path | None = None

    def command(self, command: Sequence[str]) -> Sequence[str]:
        """The command, as it is run."""
        if self.sandbox is None or self.inside is None:
            return command
        return self.sandbox.wrapped(command, self.inside)


class Disguise:
    """An authority for all trials of one client, and the environment in which it is trusted. Raises
    NoSandbox if there is to be one, and can be none."""

    def __init__(self, *, sandbox: bool) -> None:
        self.authority = Authority()
        self._folder = TemporaryDirectory(prefix="understudy-")
        folder = Path(self._folder.name)
        self._trusted = {**trust(self.authority, folder), **keys({})}
        self._sandbox = Sandbox(folder, self.authority) if sandbox else None
        self._numbers = count(1)

    def place(self) -> Path | None:
        """Where a trial's sandbox is served from, if there are any."""
        if self._sandbox is None:
            return None
        return Path(self._folder.name, f"inside-{next(self._numbers)}")

    def way(self, proxy: str, inside: Path | None) -> Way:
        """The way to a trial's emulator."""
        more = self._trusted | (way(proxy) if inside is None else {})
        return Way(more=more, sandbox=self._sandbox, inside=inside)

    def close(self) -> None:
        """Leave nothing behind."""
        self._folder.cleanup()
