"""The honest programs get their video when nothing goes wrong, in real time."""

from __future__ import annotations

import pytest

from contracts.ground import COUNTED, plain
from contracts.intents import End
from tests.clients.zoo import Client, clients
from tests.live.tools import need

PROGRAMS = [one for one in clients() if one.program and not one.breaks]


@pytest.mark.parametrize("client", PROGRAMS, ids=lambda one: one.name)
def test_an_honest_program_gets_its_video(client: Client) -> None:
    need(*client.tools)
    with client.attach() as troupe:
        trial = troupe.play(plain(client.provider, rule=COUNTED, deadline_s=60))
    assert trial.outcome.outcome is End.SUCCEEDED, trial.outcome
    assert trial.outcome.job
    assert len(trial.jobs) == 1
    assert trial.wasted == 0
