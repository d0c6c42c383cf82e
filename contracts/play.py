"""Plays one trial in this process: an emulator in memory, and a client that lives on its clock."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import uvicorn
from uvicorn.server import ServerState

from contracts.intents import End, Garbage, Intent, Outcome, outcome
from contracts.trial import Trial
from contracts.virtual.clock import Clock, Loop, Overrun
from contracts.virtual.network import Network
from contracts.virtual.patches import Here
from emulator.core.clock import SECOND, Mode, Pace
from emulator.core.scenario import Scenario, View
from emulator.media import Store
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.injector import Injector
from emulator.server.protocol import Protocol
from emulator.server.stage import Limits, Stage

KEY = "understudy-trial-key"
PORT = 8787
OVERTIME = 4
"""How many deadlines a client may go on for before its trial is stopped."""

KEPT = 1_000_000
"""Exchanges that a trial keeps: all."""

Call: TypeAlias = Callable[[Intent], Any]
"""A client: it is given an intent, and returns (or is awaited for) an outcome."""


class Theatre:
    """Where trials are played: what they share is only what cannot differ between them."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._store = Store()

    def play(
        self,
        provider: str,
        scenario: Scenario,
        body: Mapping[str, Any],
        call: Call,
        *,
        deadline: float = 600,
    ) -> Trial:
        """One trial from its beginning until the client returns, or overruns."""
        clock = Clock(limit=round(deadline * OVERTIME * SECOND))
        loop = Loop(clock)
        network = Network(loop)
        world = replace(scenario, pace=Pace(Mode.REAL, 1.0), view=View.WORLD, start=clock.instant())
        stage = Stage(
            replace(world, name=None, faults=(), chaos=None),
            providers(),
            keys=frozenset({KEY}),
            limits=Limits(exchanges=KEPT),
            machine=clock.instant,
        )
        live = stage.make(world, KEY)
        app = App(stage, injector=Injector(headers=False), store=self._store)
        network.listen(PORT, _listener(app, loop))
        intent = Intent(
            provider=provider,
            body=body,
            base_url=f"http://127.0.0.1:{PORT}",
            api_key=KEY,
            deadline_s=deadline,
        )
        self._here.enter(loop, network)
        try:
            said, trouble = _said(call, intent)
            loop.settle()
        except Overrun as error:
            said, trouble = Outcome(outcome=End.BROKEN, error=str(error)), f"overrun: {error}"
        finally:
            self._here.leave()
        live.present()
        strikes = live.faults.strikes
        exchanges = sorted((*live.recorder, *stage.journal), key=lambda one: one.ended)
        trial = Trial(
            provider=provider,
            scenario=scenario,
            intent=intent,
            outcome=said,
            began=world.start,
            ended=clock.instant(),
            exchanges=tuple(exchanges),
            jobs=tuple(live.world.jobs.values()),
            account=live.world.books.account(provider),
            struck={id: len(one) for id, one in strikes.items()},
            asked=tuple(network.asked),
            trouble=trouble,
        )
        app.close()
        loop.end()
        return trial


def _said(call: Call, intent: Intent) -> tuple[Outcome, str]:
    """What the client says, and what is wrong with it if it breaks."""
    try:
        said = call(intent)
        if inspect.isawaitable(said):
            said = asyncio.run(_awaited(said))
        return outcome(said), ""
    except Garbage as error:
        return Outcome(outcome=End.BROKEN, error=str(error)), f"garbage: {error}"
    except (Overrun, KeyboardInterrupt):
        raise
    except BaseException as error:  # Whatever a client raises is a result, not a bug of ours.
        text = f"{type(error).__name__}: {error}"
        return Outcome(outcome=End.BROKEN, error=text), f"crash: {text}"


async def _awaited(said: Any) -> Any:
    return await said


def _listener(app: App, loop: Loop) -> Callable[[], asyncio.Protocol]:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        http=Protocol,
        ws="none",
        timeout_keep_alive=75,
    )
    config.load()
    state = ServerState()
    return lambda: Protocol(config, state, {}, loop)
