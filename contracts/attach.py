"""From what a user says of a client to a troupe of it: a callable, or a program."""

from __future__ import annotations

import os
from collections.abc import Sequence

from contracts.subjects.subject import BadSubject, Subject
from contracts.troupe import Troupe

CALLABLES = 4
"""Processes that a callable is played in side by side, at the most: one for each processor."""

PROGRAMS = 40
"""Programs that run side by side: they mostly sleep, in the machine's time."""


def attach(
    name: str | None,
    command: Sequence[str] = (),
    *,
    worker: bool = False,
    unchanged: bool = False,
    sandbox: bool = False,
    abilities: frozenset[str] | None = None,
    pattern: str | None = None,
    places: int | None = None,
) -> Troupe:
    """The client as a troupe: `name` of a callable, or the `command` of a program.

    An `unchanged` program finds the emulator behind the providers' own hosts. `abilities` are those
    declared for it, `pattern` finds the result in a program's output, and
    `places` is how many are played side by side. Raises BadSubject if neither or both are given.
    """
    if (name is None) == (not command):
        raise BadSubject(
            "say which client: --subject package.module:callable, or -- and a program's command"
        )
    if name is not None and (worker or unchanged or pattern is not None):
        raise BadSubject("--worker, --unchanged and --pattern are for programs, not for --subject")
    if sandbox and not unchanged:
        raise BadSubject("--sandbox is for programs that are played --unchanged")
    if worker and unchanged:
        raise BadSubject("a program that stays up is told where to go: --unchanged is for others")
    if name is not None:
        return Troupe(_callables(name, abilities, places))
    from contracts.subjects.program import ProgramSubject

    def one() -> Subject:
        return ProgramSubject(
            command,
            abilities=abilities,
            pattern=pattern,
            worker=worker,
            unchanged=unchanged,
            sandbox=sandbox,
        )

    count = places or PROGRAMS
    return Troupe([one() for _ in range(count)] if worker else [one()] * count)


def _callables(
    name: str, abilities: frozenset[str] | None, places: int | None
) -> Sequence[Subject]:
    from contracts.subjects.python import PythonSubject

    count = places or min(CALLABLES, os.cpu_count() or 1)
    return [PythonSubject(name, abilities=abilities) for _ in range(count)]
