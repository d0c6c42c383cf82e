"""The adapters that are there to be copied: what they tell of a trial, whatever happens in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from contracts.intents import End
from contracts.subjects.program import ProgramSubject
from contracts.trial import Trial
from emulator import read_scenario
from tests.contracts.subjects.playing import case
from tests.live.tools import need

ADAPTERS = Path(__file__).parents[3] / "docs" / "adapters"
TOOLS = {"adapter.py": (), "adapter.mjs": ("node",), "adapter.sh": ("bash", "curl", "jq")}
WITH = {"adapter.py": sys.executable, "adapter.mjs": "node", "adapter.sh": "bash"}
PATIENCE = {"adapter.py": "timeout=30", "adapter.mjs": "timeout(30_000)", "adapter.sh": "-m 30"}
HASTE = {"adapter.py": "timeout=2", "adapter.mjs": "timeout(2_000)", "adapter.sh": "-m 2"}
"""How long each waits for an answer, as it is shipped and as it is tested."""

adapters = pytest.mark.parametrize("name", TOOLS)


def played(name: str, folder: Path, *faults: object) -> Trial:
    """A trial of an adapter that does not wait for an answer as long as it would."""
    need(*TOOLS[name])
    text = (ADAPTERS / name).read_text(encoding="utf-8")
    assert PATIENCE[name] in text
    copy = folder / name
    copy.write_text(text.replace(PATIENCE[name], HASTE[name]), encoding="utf-8")
    scenario = read_scenario({"plans": ["succeed after 1ms"], "faults": list(faults)})
    worker = name == "adapter.py"
    with ProgramSubject((WITH[name], str(copy)), abilities=None, worker=worker) as subject:
        return subject.play(case(scenario=scenario, deadline_s=30))


@adapters
def test_an_adapter_tells_of_its_video(name: str, tmp_path: Path) -> None:
    trial = played(name, tmp_path)
    assert trial.trouble is None
    assert trial.outcome.outcome is End.SUCCEEDED
    assert trial.outcome.job == str(trial.jobs[0].id)
    assert len(trial.outcome.urls) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"on": {"operation": "connect"}, "do": "close_connection"}, id="closed"),
        pytest.param({"on": {"operation": "connect"}, "do": "reset_connection"}, id="reset"),
        pytest.param({"on": {"operation": "enqueue"}, "do": "stall"}, id="silent"),
        pytest.param({"on": {"operation": "status"}, "do": "stall_body"}, id="half"),
    ],
)
@adapters
def test_an_adapter_gives_up_what_is_never_answered(
    name: str, fault: object, tmp_path: Path
) -> None:
    trial = played(name, tmp_path, fault)
    assert trial.trouble is None
    assert trial.outcome.outcome is End.GAVE_UP


@pytest.mark.parametrize("do", ["empty", "redirect"])
@adapters
def test_an_adapter_asks_for_no_job_that_it_was_not_told_of(
    name: str, do: str, tmp_path: Path
) -> None:
    trial = played(name, tmp_path, {"on": {"operation": "enqueue", "nth": 1}, "do": do})
    assert trial.trouble is None
    assert {one.operation for one in trial.exchanges} <= {"enqueue", "list"}


@adapters
def test_an_adapter_stays_short(name: str) -> None:
    lines = (ADAPTERS / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 100
