"""What the search knows of a client: it plays cases, and says what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from contracts.cases import Case
from contracts.trial import Trial


class BadSubject(ValueError):
    """There is no such client, or it cannot be played this way; the message says what is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """How a client is attached: as a callable, or as a `program`, and that in which way. It has a
    `pattern` if one finds the result in what it prints."""

    program: bool = False
    worker: bool = False
    unchanged: bool = False
    sandbox: bool = False
    pattern: bool = False


class Subject(Protocol):
    """A client that can be played: a callable, a program, or a program that stays up.

    Used as a context manager: nothing of the client outlives it. `abilities` are what it declares,
    None if it declares nothing. `play` gives a trial whatever the client does, and BadSubject only
    where there is none. One that lives in `virtual` time is judged for being late, too.
    """

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def abilities(self) -> frozenset[str] | None:
        """The capabilities that it declares."""

    @property
    def attached(self) -> Attached:
        """How it is attached. One that is `unchanged` makes the request that it makes anyhow, and
        no other."""

    @property
    def virtual(self) -> bool:
        """Whether its time is the trial's."""

    def play(self, case: Case) -> Trial:
        """One trial."""

    def __enter__(self) -> Subject: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
