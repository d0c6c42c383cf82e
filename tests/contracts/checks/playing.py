"""How a check is tried: a client is played, and one check reads its trial."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from contracts.cases import Case, sample
from contracts.checks import CHECKS
from contracts.findings import Occasion
from contracts.subjects.python import PythonSubject
from contracts.trial import Trial
from emulator import read_scenario

HOME = "tests.contracts.checks.clients"
USUAL = '{"plans": [{"queued": "12s", "running": "31s"}]}'


@cache
def _played(client: str, provider: str, scenario: str, more: str) -> Trial:
    with PythonSubject(f"{HOME}:{client}") as subject:
        return subject.play(
            Case(
                provider=provider,
                name=client,
                scenario=read_scenario(orjson.loads(scenario)),
                body={**sample(provider), **orjson.loads(more)},
            )
        )


def played(client: str, provider: str = "oxen", scenario: Any = None, **body: Any) -> Trial:
    """A trial of one of the clients beside this file, each once; `body` is added to the sample."""
    text = USUAL if scenario is None else orjson.dumps(scenario).decode()
    trial = _played(client, provider, text, orjson.dumps(body).decode())
    assert trial.trouble is None, trial.trouble
    return trial


def judged(clause: str, trial: Trial) -> list[Occasion]:
    """The occasions that one check sees in a trial."""
    return list(CHECKS[clause](trial))


def broken(clause: str, trial: Trial) -> list[str]:
    """What one check has against a trial."""
    return [one.seen for one in judged(clause, trial) if not one.kept]
