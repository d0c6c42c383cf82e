"""What the contracts say in words and schemathesis cannot draw: each rule, by one request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

SPECS = Path(__file__).parents[2] / "contracts" / "specs"
OMIXA = yaml.safe_load((SPECS / "omixa.yaml").read_text())
REFUSED = OMIXA["x-refused"]["create"]
CASES = [
    pytest.param(code, {**REFUSED["base"], **overlay}, id=name)
    for code, overlays in REFUSED.items()
    if code != "base"
    for name, overlay in overlays.items()
]


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key that no other test uses."""
    return f"refused-{request.node.name}"


@pytest.mark.parametrize(("code", "body"), CASES)
def test_omixa_refuses_what_its_contract_calls_refused(
    code: str, body: dict[str, Any], http: httpx.Client, key: str
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    answer = http.post("/api/v1/videos/jobs", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code


def test_what_is_refused_is_refused_for_the_overlay_alone(http: httpx.Client, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    answer = http.post("/api/v1/videos/jobs", json=REFUSED["base"], headers=headers)
    assert answer.status_code == 200


def test_an_operation_that_has_succeeded_can_be_extended(http: httpx.Client, key: str) -> None:
    """The form that the contract documents beside its schema: a name drawn at random is no job."""
    headers = {"Authorization": f"Bearer {key}"}
    made = http.post("/api/v1/videos/jobs", json=REFUSED["base"], headers=headers).json()
    http.post(f"/_understudy/worlds/{key}/clock", json={"advance": "10m"})
    body = {**REFUSED["base"], "video_operation": "extend", "source_video": made["operation"]}
    answer = http.post("/api/v1/videos/jobs", json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["status"] == "running"
