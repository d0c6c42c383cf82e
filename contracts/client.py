"""Which client, and how it is attached: the same on every command line and in pytest."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from contracts import capabilities
from contracts.attach import attach
from contracts.troupe import Troupe


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A callable by its `name`, or a program by its `command`, as its user says it.

    `capabilities` are a file that lists them, or the names themselves; `jobs` says how many are
    played at once.
    """

    name: str | None = None
    command: tuple[str, ...] = ()
    worker: bool = False
    unchanged: bool = False
    sandbox: bool = False
    capabilities: Path | frozenset[str] | None = None
    pattern: str | None = None
    jobs: int | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or shlex.join(self.command)

    def attach(self) -> Troupe:
        """The client, ready to be played. BadSubject or BadCapabilities if it cannot be."""
        abilities = self.capabilities
        if isinstance(abilities, Path):
            abilities = capabilities.load(abilities)
        return attach(
            self.name,
            self.command,
            worker=self.worker,
            unchanged=self.unchanged,
            sandbox=self.sandbox,
            abilities=abilities,
            pattern=self.pattern,
            places=self.jobs,
        )

    def said(self) -> tuple[str, ...]:
        """The same, as arguments of a command line; capabilities that lie in no file are left
        out."""
        found: list[str] = []
        if self.name is not None:
            found += ["--subject", self.name]
        if self.worker:
            found.append("--worker")
        if self.unchanged:
            found.append("--unchanged")
        if self.sandbox:
            found.append("--sandbox")
        if isinstance(self.capabilities, Path):
            found += ["--capabilities", str(self.capabilities)]
        if self.pattern is not None:
            found += ["--pattern", self.pattern]
        return (*found, "--", *self.command) if self.command else tuple(found)
