"""Both contracts against the emulator in process: examples, coverage, fuzzing and linked calls."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from emulator import Scenario
from emulator.core.clock import Mode, Pace
from emulator.core.money import DOLLAR
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.stage import Stage
from tests.contracts.hooks import drawable

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "contracts" / "specs"
KEY = "omx_live_contract"
SCENARIO = Scenario(pace=Pace(Mode.AUTO, speed=20.0), balance=10**9 * DOLLAR)
QUIET = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


class Bearer:
    """The one key that the emulator knows."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return KEY

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def _filter(context: object, case: schemathesis.Case) -> bool:
    return drawable(case)


def contract(name: str) -> schemathesis.BaseSchema:
    """A contract, with an emulator of its own behind it."""
    config = SchemathesisConfig.from_path(HERE / "schemathesis.toml")
    schema = schemathesis.openapi.from_path(SPECS / f"{name}.yaml", config=config)
    schema.app = App(Stage(SCENARIO, providers(), keys=frozenset({KEY})))
    schema.auth()(Bearer)
    schema.hooks.hook("filter_case")(_filter)
    return schema


OXEN, OMIXA = contract("oxen"), contract("omixa")


@OXEN.parametrize()
@QUIET
def test_oxen_keeps_its_contract(case: schemathesis.Case) -> None:
    case.call_and_validate()


@OMIXA.parametrize()
@QUIET
def test_omixa_keeps_its_contract(case: schemathesis.Case) -> None:
    case.call_and_validate()


class TestOxenLinks(OXEN.as_state_machine().TestCase):
    """Enqueue, then poll, cancel and look up what was enqueued."""

    settings = settings(QUIET, stateful_step_count=6)


class TestOmixaLinks(OMIXA.as_state_machine().TestCase):
    """Create, then poll what was created."""

    settings = settings(QUIET, stateful_step_count=6)


def test_the_contract_can_be_broken() -> None:
    """A wrong answer is found: the judge is not asleep."""
    operation = OXEN["/api/ai/queue"]["POST"]
    case = operation.Case(body={"model": "google-veo-3-1-lite"}, headers={})
    answer = case.call(headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    answer.content = answer.content.replace(b"queued", b"waiting")
    with pytest.raises(FailureGroup, match="waiting"):
        case.validate_response(answer)
