"""A grading as tests: one for each theme of the contract, all of them of one search, which the
first of them makes."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent
from typing import Any, TypeAlias

import pytest

from contracts.baseline import BadBaseline, Compared, compare
from contracts.baseline import load as known
from contracts.capabilities import BadCapabilities, declared
from contracts.cases import page
from contracts.client import Client
from contracts.findings import clauses
from contracts.grade import Grade, State, Verdict
from contracts.kept import case_file, cleared
from contracts.only import NoCase
from contracts.phrases import cash
from contracts.report.words import brief, printable, replay
from contracts.search import Profile, profiled, search
from contracts.subjects.subject import BadSubject
from emulator.core.bad import hint
from emulator.providers.registry import providers

Played: TypeAlias = Callable[..., Any] | str | Sequence[str]

SHOWN = 5
"""Flaws of ours that are told."""


class Unplayed(Exception):
    """Nothing can be said of the client; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be graded, and how."""

    provider: str
    profile: Profile
    client: Client
    baseline: str | Path | None = None
    out: str | Path | None = None

    @property
    def themes(self) -> tuple[str, ...]:
        """What is judged, by the first word of the clauses."""
        chosen = self.profile.clauses
        return tuple(
            dict.fromkeys(
                one.theme
                for one in clauses().values()
                if one.provider in (None, self.provider) and (not chosen or one.id in chosen)
            )
        )


@dataclass(frozen=True, slots=True)
class Made:
    """What a grading came to, beside what was known, and the files of its smallest cases."""

    grade: Grade
    compared: Compared
    files: dict[str, Path]


class Grading:
    """One grading of one client, made when it is first asked for."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._made: Made | Exception | None = None

    def make(self, folder: Callable[[], Path], shared: Path | None = None) -> None:
        """Search, unless that is done already. Unplayed if nothing can be said of the client.

        The smallest cases go into the `folder` if nobody says otherwise. Processes that name the
        same `shared` file search once between them: the others wait for the first.
        """
        if self._made is None:
            try:
                self._made = self._search(folder) if shared is None else self._once(folder, shared)
            except Exception as error:  # It would be the same for every theme: once is enough.
                self._made = error
        if isinstance(self._made, Exception):
            raise self._made

    def tell(self, theme: str) -> str:
        """What is wrong in this theme, if anything is. Skips a test that says nothing."""
        assert isinstance(self._made, Made)
        grade, compared = self._made.grade, self._made.compared
        stale = [f"out of date: {one}" for one in compared.stale if _theme(one.clause) == theme]
        new = [self._broken(one) for one in compared.new if one.clause.theme == theme]
        each = grade.themes().get(theme, ())
        if not new and not stale and not any(_known(one) for one in each):
            pytest.skip("; ".join(dict.fromkeys(one.why or one.state.value for one in each)))
        return "\n\n".join([*new, *stale])

    def _once(self, folder: Callable[[], Path], shared: Path) -> Made:
        """What another process has found, or what this one finds before all others."""
        import fcntl

        with open(shared, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # Whoever dies lets go of it.
            file.seek(0)
            if found := file.read():
                made: Made | Unplayed = pickle.loads(found)
            else:
                try:
                    made = self._search(folder)
                except Unplayed as error:
                    made = error
                file.write(pickle.dumps(made))
        if isinstance(made, Unplayed):
            raise made
        return made

    def _search(self, folder: Callable[[], Path]) -> Made:
        order = self.order
        try:
            baseline = {} if order.baseline is None else known(order.baseline)
            with order.client.attach() as troupe:
                grade = search(troupe, order.provider, order.profile)
        except (BadSubject, BadCapabilities, BadBaseline, NoCase) as error:
            raise Unplayed(str(error)) from None
        if grade.harness:
            said = "\n".join(f"{trial.case.name}: {one.text}" for trial, one in grade.harness)
            raise Unplayed(
                "understudy itself failed: its answers break the provider's contract, and nothing"
                f" is said of the client\n{_first(said)}"
            )
        grade.attach = order.client.said()
        return Made(grade, compare(grade, baseline), self._kept(grade, folder))

    def _kept(self, grade: Grade, folder: Callable[[], Path]) -> dict[str, Path]:
        """The files of the smallest cases."""
        if not grade.broken and self.order.out is None:
            return {}
        place = folder() if self.order.out is None else Path(self.order.out)
        cleared(place)
        return {id: case_file(place, id, grade) for id in grade.broken}

    def _broken(self, verdict: Verdict) -> str:
        assert verdict.broken is not None
        assert isinstance(self._made, Made)
        clause, broken = verdict.clause, verdict.broken
        lines = [
            f"{clause.id} ({clause.level}): {clause.text}",
            f"  seen: {broken.finding.seen}",
            f"  when: {brief(broken.trial.case)}",
            f"  why:  {clause.reason}",
        ]
        if broken.trial.wasted > 0:
            lines.append(f"  lost: {cash(broken.trial.wasted)}")
        lines.append(f"  play: {replay(self._made.grade, self._made.files[clause.id])}")
        text = "\n".join([*lines, "", indent(page(broken.trial.case).rstrip(), "    ")])
        return printable(text)


def order(
    client: Played,
    profile: str | Profile,
    *,
    provider: str,
    search: dict[str, Any],
    capabilities: str | Path | Iterable[str] | None = None,
    baseline: str | Path | None = None,
    out: str | Path | None = None,
    worker: bool = False,
    unchanged: bool = False,
    sandbox: bool = False,
    pattern: str | None = None,
) -> Order:
    """What is to be graded. TypeError for a client that no other process can find, ValueError for a
    provider, a clause or a capability that there is not."""
    if provider not in providers():
        raise ValueError(f"{provider!r} is none of {', '.join(providers())}")
    search = dict(search)
    for one in ("only", "clauses"):
        if one in search:
            search[one] = _listed(search[one])
    if "clauses" in search:
        search["clauses"] = frozenset(search["clauses"])
    how = profiled(profile, **search) if isinstance(profile, str) else replace(profile, **search)
    for id in sorted(how.clauses - clauses().keys()):
        raise ValueError(f"{id!r} is no clause{hint(id, clauses())}")
    name, command = _played(client)
    played = Client(
        name=name,
        command=command,
        worker=worker,
        unchanged=unchanged,
        sandbox=sandbox,
        capabilities=_abilities(capabilities),
        pattern=pattern,
    )
    return Order(provider=provider, profile=how, client=played, baseline=baseline, out=out)


def _played(client: Played) -> tuple[str | None, tuple[str, ...]]:
    """The name of a callable, or a command."""
    if isinstance(client, str):
        return client, ()
    if callable(client):
        return named(client), ()
    return None, tuple(map(str, client))


def named(client: Callable[..., Any]) -> str:
    """The name by which another process finds a callable; TypeError if none does."""
    module = str(getattr(client, "__module__", ""))
    home = vars(sys.modules.get(module, object))
    name = getattr(client, "__qualname__", "")
    owner = getattr(client, "__self__", None)
    bound = owner is not None and not isinstance(owner, type)
    if not name or "<" in name or bound:
        name = next((one for one, value in home.items() if value is client), "")
    if not name or module in ("", "__main__"):
        raise TypeError(
            f"{client!r} cannot be found by another process: give a function of a module, or its"
            ' name, "package.module:callable"'
        )
    return f"{module}:{name}"


def _abilities(said: str | Path | Iterable[str] | None) -> Path | frozenset[str] | None:
    """The file that lists what a client can do, or that itself."""
    if said is None:
        return None
    return Path(said) if isinstance(said, str | Path) else declared(said)


def _listed(said: str | Iterable[str]) -> tuple[str, ...]:
    """One text, or several, as several."""
    return (said,) if isinstance(said, str) else tuple(said)


def _known(one: Verdict) -> bool:
    """Whether anything is known of the clause."""
    return one.state in (State.KEPT, State.BROKEN)


def _theme(clause: str) -> str:
    return clause.partition(".")[0]


def _first(said: str) -> str:
    lines = said.splitlines()
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])
