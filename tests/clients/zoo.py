"""The clients that the grader is graded by: honest ones, and those with one bug each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contracts.attach import attach
from contracts.capabilities import load
from contracts.troupe import Troupe

HERE = Path(__file__).parent
RUN = {".mjs": ["node"], ".sh": ["bash"]}
"""What runs a program, by the end of its name."""

TOOLS = {".mjs": ("node",), ".sh": ("bash", "curl", "jq")}
"""What has to be installed for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. `breaks` is its own clause, nothing for an honest one; `also` are other clauses
    that the same bug breaks, each with the reason. `only` are the cases that a broken program is
    played in, since its time is real; all for anybody else."""

    name: str
    provider: str
    breaks: str = ""
    bug: str = ""
    also: Mapping[str, str] = field(default_factory=dict, hash=False)
    only: tuple[str, ...] = ()

    @property
    def program(self) -> bool:
        """Whether it lives in the machine's time."""
        return Path(self.name).suffix in RUN

    @property
    def tools(self) -> tuple[str, ...]:
        """What has to be installed for it to run."""
        return TOOLS.get(Path(self.name).suffix, ())

    def attach(self) -> Troupe:
        """The client, ready to be graded."""
        if not self.program:
            module = f"tests.clients.{self.name.replace('/', '.')}"
            return attach(f"{module}:order", places=1)
        path = HERE / self.name
        command = [*RUN[path.suffix], str(path)]
        return attach(None, command, abilities=load(path.with_suffix(".capabilities.yaml")))


def clients() -> Iterator[Client]:
    """All of them, the honest ones first."""
    for folder in ("honest", "broken"):
        page: Mapping[str, Any] = yaml.safe_load((HERE / f"{folder}.yaml").read_text("utf-8"))
        for name, one in page.items():
            given = {**one, "also": one.get("also") or {}, "only": tuple(one.get("only", ()))}
            yield Client(name=f"{folder}/{name}", **given)
