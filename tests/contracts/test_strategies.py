"""Drawn requests: each is accepted as it is, makes a video, and is one that any client can send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from contracts.cases import Case
from contracts.intents import End
from contracts.reading import submits
from contracts.strategies import LARGEST, PROMPTS, bodies
from contracts.subjects.python import PythonSubject
from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule, Scenario

QUICK = Scenario(plans=(PlanRule(queued=SECOND, running=3 * SECOND),))
QUIET = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
CLIENTS = {
    "enqueue": ("oxen", "tests.contracts.virtual.clients:with_urllib"),
    "generate": ("oxen", "tests.contracts.submitter:generate"),
    "create": ("omixa", "tests.contracts.virtual.clients:of_omixa"),
}

SAID = """
import json
from hypothesis import HealthCheck, Phase, given, seed, settings
from contracts.strategies import bodies
@seed(7)
@settings(max_examples=20, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck))
@given(body=bodies("oxen"), other=bodies("omixa"))
def draw(body, other):
    print(json.dumps([body, other]))
draw()
"""


@pytest.fixture(scope="module")
def played() -> Iterator[dict[str, PythonSubject]]:
    subjects = {operation: PythonSubject(name) for operation, (_, name) in CLIENTS.items()}
    yield subjects
    for subject in subjects.values():
        subject.__exit__(None, None, None)


@pytest.mark.parametrize("operation", CLIENTS)
@QUIET
@given(data=st.data())
def test_a_drawn_request_is_accepted_and_makes_its_videos(
    data: st.DataObject, operation: str, played: dict[str, PythonSubject]
) -> None:
    provider, _ = CLIENTS[operation]
    body = data.draw(bodies(provider, operation))
    trial = played[operation].play(Case(provider=provider, scenario=QUICK, body=body))
    assert trial.outcome.outcome is End.SUCCEEDED, trial.outcome
    assert [one.status for one in submits(trial)] == [200]
    assert trial.flaws == ()
    assert len(trial.jobs) == body.get("num_generations", 1)
    assert {job.plan.error for job in trial.jobs} == {None}


@QUIET
@given(body=bodies("oxen") | bodies("omixa"))
def test_a_drawn_request_is_the_same_in_every_language(body: dict[str, object]) -> None:
    assert len(json.dumps(body)) <= LARGEST
    assert json.loads(json.dumps(body), parse_int=float) == body
    assert json.loads(json.dumps(body).encode()) == body


def test_what_may_be_drawn_is_varied() -> None:
    found: list[dict[str, object]] = []

    @seed(1)
    @settings(QUIET, max_examples=200, database=None)
    @given(body=bodies("oxen"))
    def draw(body: dict[str, object]) -> None:
        found.append(body)

    draw()
    models = {"google-veo-3-1-lite", "google-veo-3-1", "kling-video-v2-6-pro-text-to-video"}
    assert {one["model"] for one in found} == {*models, "kling-video-o3-pro-reference-to-video"}
    assert {one.get("num_generations") for one in found} == {None, 1, 2, 3, 4}
    assert len({one.get("prompt") for one in found} & set(PROMPTS)) > 5
    assert any(one.get("duration", 0) is None for one in found)


def test_the_same_seed_draws_the_same() -> None:
    said = []
    for salt in ("1", "2"):
        more = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run(
            [sys.executable, "-c", SAID], env=more, capture_output=True, timeout=120, check=True
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 20
