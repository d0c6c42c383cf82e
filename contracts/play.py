"""Plays one trial in this process: an emulator in memory, and a client that lives on its clock."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
from asyncio import events
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from contracts.cases import Case
from contracts.intents import End, Garbage, Intent, Outcome, outcome, told
from contracts.rig import KEY, Rig
from contracts.trial import Ill, Trial, Trouble
from contracts.virtual.clock import Clock, Dead, Loop, Overrun, Unfit
from contracts.virtual.network import Network
from contracts.virtual.patches import Here
from emulator.core.clock import SECOND
from emulator.media import Store

PORT = 8787
OVERTIME = 4
"""How many deadlines a client may go on for before its trial is stopped."""

STATE = "UNDERSTUDY_STATE_FILE"
"""The variable that names the file in which a client keeps what it knows."""

PAST = ("is bound to a different event loop", "Event loop is closed")
"""What asyncio says to a client that has kept something from a trial before. A program that is run
once would never hear it."""

Call: TypeAlias = Callable[[Intent], Any]
"""A client: it is given an intent, and returns (or is awaited for) an outcome."""


class Theatre:
    """Where trials are played: what they share is only what cannot differ between them.

    What the client has kept in memory is gone when it is found `afresh`; what it keeps in `folder`
    is gone when its trial is over.
    """

    def __init__(self, here: Here, call: Call, afresh: Callable[[], Call], folder: Path) -> None:
        self._here = here
        self._call = call
        self._afresh = afresh
        self._folder = folder
        self._store = Store()
        self._used = self._keeps = False

    def play(self, case: Case) -> Trial:
        """One trial from its beginning until the client returns, or overruns.

        One that a client spoils with what it has kept in memory is played again, and from then on
        the client forgets everything between its trials.
        """
        if self._keeps:
            return self._once(case, self._afresh)
        trial = self._once(case, lambda: self._call)
        if self._used and _of_the_past(trial.trouble):
            self._keeps = True
            trial = self._once(case, self._afresh)
        self._used = True
        return trial

    def _once(self, case: Case, find: Callable[[], Call]) -> Trial:
        os.environ[STATE] = str(self._folder / "state")
        try:
            return _Performance(self._here, self._store, case).play(find, self._afresh)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)


class _Performance:
    """One trial while it is played."""

    def __init__(self, here: Here, store: Store, case: Case) -> None:
        self._here = here
        self._case = case
        self._clock = Clock(limit=round(case.deadline_s * OVERTIME * SECOND))
        self._loop = Loop(self._clock)
        self._network = Network(self._loop)
        self._rig = Rig(
            case, self._clock.instant, store, virtual=True, came=self._pass, fell=self._fall
        )
        self._afresh: Callable[[], Call] | None = None
        self._killed: int | None = None
        self._second: tuple[Outcome, Trouble | None] | None = None

    def play(self, find: Callable[[], Call], afresh: Callable[[], Call]) -> Trial:
        loop, rig = self._loop, self._rig
        self._afresh = afresh
        origin = loop.here(rig.open(lambda host, _: self._network.bind(host, PORT)))  # type: ignore[arg-type,return-value]
        self._intent = Intent(
            provider=self._case.provider,
            body=self._case.body,
            base_url=origin,
            api_key=KEY,
            deadline_s=self._case.deadline_s,
        )
        self._here.enter(loop, self._network)
        try:
            first = self._run(find)
            said, trouble = self._second or first
            loop.dead = False
            loop.settle()
        finally:
            self._here.leave()
        loop.dead, loop.interrupt = False, None
        self._network.cut()
        loop.settle()
        ended, asked = self._clock.instant(), tuple(self._network.asked)
        self._clock.limit = 2**62
        settled = loop.here(rig.settle())
        trial = rig.trial(
            self._intent,
            said,
            ended=ended,
            settled=settled,
            trouble=trouble,
            killed=self._killed,
            asked=asked,
        )
        loop.here(rig.close())
        loop.end()
        return trial

    def _run(self, find: Callable[[], Call]) -> tuple[Outcome, Trouble | None]:
        """What the client says, and what is wrong with it if it breaks."""
        try:
            said = find()(self._intent)
            if inspect.isawaitable(said):
                said = asyncio.run(_awaited(said))
            return outcome(said), None
        except Garbage as error:
            return _broken(Ill.GARBAGE, str(error))
        except Overrun as error:
            return _broken(Ill.OVERRUN, str(error))
        except Unfit as error:
            return _broken(Ill.UNFIT, str(error))
        except Dead:
            return _broken(Ill.CRASH, "it was killed")
        except BaseException as error:  # Whatever a client raises is a result, not a bug of ours.
            return _broken(Ill.CRASH, told(error))

    def _pass(self) -> None:
        """Every call takes a little time, so that no two come at the same instant."""
        self._clock.jump(self._clock.micros + 1)

    def _fall(self) -> None:
        """The client dies as soon as it waits for the answer."""
        self._loop.interrupt = self._restart

    def _restart(self) -> None:
        """Kill the client where it stands, and start it once more: the first one's frames rest
        below the second's, and are left afterwards."""
        self._network.cut()
        self._loop.settle()
        self._killed = self._rig.count()
        running = events._get_running_loop()
        events._set_running_loop(None)
        try:
            assert self._afresh is not None
            self._second = self._run(self._afresh)
        finally:
            events._set_running_loop(running)
        self._network.cut()
        self._loop.dead = True
        raise Dead


async def _awaited(said: Any) -> Any:
    return await said


def _of_the_past(trouble: Trouble | None) -> bool:
    if trouble is None or trouble.kind is not Ill.CRASH:
        return False
    return trouble.text.startswith("RuntimeError: ") and any(one in trouble.text for one in PAST)


def _broken(kind: Ill, text: str) -> tuple[Outcome, Trouble]:
    return Outcome(outcome=End.NOTHING, error=text), Trouble(kind, text)
