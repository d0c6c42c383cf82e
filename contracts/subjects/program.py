"""Programs in any language: one for each trial, or one that stays up, on real sockets and with real
time, which leaps while they listen or block."""

from __future__ import annotations

import logging
import shlex
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from contracts.cases import Case
from contracts.intents import Intent
from contracts.rig import KEY, Rig
from contracts.subjects.backstage import Backstage
from contracts.subjects.command import check
from contracts.subjects.disguise import Disguise, Way
from contracts.subjects.pattern import Pattern
from contracts.subjects.player import GRACE, Player, Terms
from contracts.subjects.process import MEMORY
from contracts.subjects.subject import Attached, BadSubject
from contracts.trial import Trial
from emulator.door.apart import NoNamespaces
from emulator.door.fence import OPEN, fence
from emulator.door.sandbox import NoSandbox
from emulator.media import Store
from emulator.providers.registry import providers
from emulator.server.clock import machine_time
from emulator.server.run import hold

log = logging.getLogger("understudy")

BREAKING_OFF = 30.0
"""Seconds that trials have to end once their programs were killed."""


class ProgramSubject:
    """A program, with its arguments.

    It finds the intent as a line of JSON on its input, in its environment (`UNDERSTUDY_BASE_URL`,
    `UNDERSTUDY_API_KEY`, `UNDERSTUDY_STATE_FILE`, `OXEN_BASE_URL` …) and in the place of
    placeholders in its arguments (`{base_url}`, `{api_key}`, `{deadline_s}`, `{body}`, `{intent}`,
    or a field of the body; `{{` is a brace). The last line that it prints is its outcome; or a
    `pattern` with the groups `url`, `job` and `reason` finds the result in what it prints, and its
    exit code says whether there is one. A `worker` stays up: it reads an intent in each line,
    with the path of its `state_file`, and answers each with a line.

    One that is `unchanged` knows the providers' own hosts alone: it finds a proxy, and a
    certificate, in its environment, or runs in a `sandbox`, and makes the request that it makes
    anyhow.

    A program that has not ended `grace` seconds after its deadline is killed, and so is one that
    floods its output or holds more than `memory` bytes. Several threads may play at once. Used as
    a context manager; nothing of any program outlives it, or the process that it is used in.
    Raises BadSubject if there is no such program.
    """

    virtual = False

    def __init__(
        self,
        command: Sequence[str],
        *,
        abilities: frozenset[str] | None = None,
        pattern: str | Pattern | None = None,
        worker: bool = False,
        unchanged: bool = False,
        sandbox: bool = False,
        grace: float = GRACE,
        memory: int = MEMORY,
    ) -> None:
        if worker and pattern is not None:
            raise BadSubject("a worker answers with lines of JSON; a pattern is for other programs")
        self.name = shlex.join(command)
        self.abilities = abilities
        self.attached = Attached(
            program=True,
            worker=worker,
            unchanged=unchanged,
            sandbox=sandbox,
            pattern=pattern is not None,
        )
        self._terms = Terms(
            command=tuple(command),
            worker=worker,
            pattern=Pattern(pattern) if isinstance(pattern, str) else pattern,
            grace=grace,
            memory=memory,
        )
        self._change = threading.Condition()
        self._backstage: Backstage | None = None
        self._disguise: Disguise | None = None
        self._later = ExitStack()
        self._closed = False
        self._idle: list[Player] = []
        self._busy: set[Player] = set()

    def __enter__(self) -> ProgramSubject:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def play(self, case: Case) -> Trial:
        """One trial. Raises BadSubject if there is no such program, or when this is closed."""
        backstage = self._open()
        with self._player() as player:
            player.ready()
            return _perform(case, player, backstage, self._disguise)

    def close(self) -> None:
        """Kill whatever runs, and play no more. Trials that go on are broken off."""
        with self._change:
            self._closed = True
            for player in self._busy:
                player.close()
            if self._terms.pattern is not None:
                self._terms.pattern.close()
            self._change.wait_for(lambda: not self._busy, timeout=BREAKING_OFF)
            backstage, self._backstage = self._backstage, None
            idle, self._idle = self._idle, []
        with ExitStack() as later:
            later.callback(self._later.close)
            if self._disguise is not None:
                later.callback(self._disguise.close)
            if backstage is not None:
                later.callback(backstage.close)
            for player in idle:
                later.callback(player.end)

    def _open(self) -> Backstage:
        with self._change:
            if self._closed:
                raise BadSubject("it is closed")
            if self._backstage is None:
                check(self._terms.command, worker=self._terms.worker)
                self._backstage = Backstage()
                if self.attached.unchanged:
                    self._disguise = _disguise(sandbox=self.attached.sandbox)
                    if not self.attached.sandbox:
                        self._fence()
            return self._backstage

    def _fence(self) -> None:
        """Keep the program from the real hosts, though it should heed no proxy."""
        folder = self._later.enter_context(TemporaryDirectory(prefix="understudy-"))
        try:
            tool, *before = fence(Path(folder))
        except NoNamespaces as error:
            log.warning(OPEN.format(error))
            return
        program, *rest = self._terms.command
        written = (one.replace("{", "{{").replace("}", "}}") for one in (*before, program))
        self._terms = replace(self._terms, command=(tool, *written, *rest))

    @contextmanager
    def _player(self) -> Iterator[Player]:
        with self._change:
            if self._closed:
                raise BadSubject("it is closed")
            player = self._idle.pop() if self._idle else Player(self._terms)
            self._busy.add(player)
        try:
            yield player
        finally:
            if self._closed:
                player.end()
            with self._change:
                self._busy.discard(player)
                self._idle.append(player)
                self._change.notify_all()


@cache
def _store() -> Store:
    """What was rendered for any trial, whoever plays it."""
    return Store()


def _disguise(*, sandbox: bool) -> Disguise:
    try:
        return Disguise(sandbox=sandbox)
    except NoSandbox as error:
        raise BadSubject(str(error)) from None


def _perform(case: Case, player: Player, backstage: Backstage, disguise: Disguise | None) -> Trial:
    """One trial: the emulator lives backstage, and only the program is waited for here."""
    authority = None if disguise is None else disguise.authority
    fallen = threading.Event()

    def fall() -> None:
        fallen.set()
        player.kill()

    inside = None if disguise is None else disguise.place()
    rig = backstage.call(
        lambda: Rig(
            case,
            machine_time(),
            _store(),
            virtual=False,
            fell=fall,
            authority=authority,
            inside=inside,
        )
    )
    with ExitStack() as later:
        later.callback(lambda: backstage.run(rig.close()))
        place = backstage.run(rig.open(hold))
        host = providers()[case.provider].hosts[0]
        intent = Intent(
            provider=case.provider,
            body=case.body,
            base_url=place if disguise is None else f"https://{host}",
            api_key=KEY,
            deadline_s=case.deadline_s,
        )
        way = Way() if disguise is None else disguise.way(place, inside)
        said, trouble = player.play(intent, way)
        ended, killed = backstage.run(rig.leave()), None
        if fallen.is_set():
            killed = backstage.call(rig.count)
            said, trouble = player.play(intent, way)
            ended = backstage.run(rig.leave())
        settled = backstage.run(rig.settle())
        trial = backstage.call(
            lambda: rig.trial(
                intent, said, ended=ended, settled=settled, trouble=trouble, killed=killed
            )
        )
        return replace(trial, parting=player.parting)
