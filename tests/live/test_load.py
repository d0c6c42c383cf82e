"""`understudy load` as a person runs it, against emulators of its own and one that is there."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Emulator, read_scenario
from tests.live.serving import ROOT

pytestmark = pytest.mark.slow

PATIENCE = 120
"""Seconds that a run has to end."""
LOSING = {"faults": [{"on": {"operation": one, "every": 2}, "do": "lose", "times": 5}
                     for one in ("enqueue", "create")]}  # fmt: skip


@contextmanager
def loading(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, under way; it is ended if it has not ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "load", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def load(folder: Path, *arguments: str, expected: int = 0) -> dict[str, Any]:
    """A run's report."""
    file = folder / "report.json"
    with loading(*arguments, "--json", str(file)) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == expected, said
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def scenario(folder: Path, fields: dict[str, Any]) -> str:
    file = folder / "scenario.json"
    file.write_text(json.dumps({"clock": {"speed": 100}, **fields}))
    return str(file)


def operations(report: dict[str, Any]) -> set[str]:
    return {one["name"] for one in report["operations"]}


@pytest.mark.parametrize(
    ("provider", "calls"),
    [
        ("oxen", {"oxen enqueue", "oxen status", "oxen events", "oxen generate", "oxen download"}),
        ("omixa", {"omixa create", "omixa status", "omixa download"}),
    ],
)
def test_a_good_provider_is_found_good(tmp_path: Path, provider: str, calls: set[str]) -> None:
    mix = "poll=2,stream=1,sync=1" if provider == "oxen" else "poll=1,sync=1"
    shape = ("--ramp", "1s:8,3s:8,1s:2", "--speed", "100", "--mix", mix, "--download")
    report = load(tmp_path, provider, *shape)
    assert operations(report) == calls
    jobs, money = report["jobs"], report["money"]
    assert jobs["acknowledged"] == jobs["intents"] == jobs["ended"] > 0
    assert (jobs["lost"], jobs["doubled"], jobs["unknown"]) == (0, 0, 0)
    assert money["agrees"]
    assert float(money["ledger"]) == pytest.approx(0.4 * jobs["acknowledged"])
    assert not report["errors"]


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_who_naively_retries_a_lost_answer_doubles_it(tmp_path: Path, provider: str) -> None:
    losing = scenario(tmp_path, LOSING)
    arguments = (provider, "--users", "12", "--time", "4s", "--scenario", losing, "--mix", "poll=1")
    naive = load(tmp_path, *arguments, "--retry-lost", expected=1)
    assert (naive["jobs"]["doubled"], naive["jobs"]["unknown"]) == (5, 5)
    assert naive["broken"] == ["5 jobs were made twice"]
    assert naive["money"]["agrees"]


def test_who_does_not_retry_doubles_nothing(tmp_path: Path) -> None:
    losing = scenario(tmp_path, LOSING)
    arguments = ("--users", "12", "--time", "4s", "--scenario", losing, "--mix", "poll=1")
    report = load(tmp_path, "omixa", *arguments)
    assert report["jobs"]["unknown"] == report["jobs"]["unknown_made"] == 5
    assert (report["jobs"]["doubled"], report["money"]["agrees"]) == (0, True)


def test_jobs_that_never_end_are_lost(tmp_path: Path) -> None:
    sticking = scenario(tmp_path, {"plans": [{"provider": "oxen", "job": 1, "do": "stick"}]})
    arguments = ("--time", "2s", "--scenario", sticking, "--mix", "poll=1", "--users", "3")
    report = load(tmp_path, "oxen", *arguments, expected=1)
    assert (report["jobs"]["unended"], report["jobs"]["gone"]) == (1, 0)
    assert report["broken"] == ["1 acknowledged job was lost"]


def test_an_event_that_never_comes_is_noticed(tmp_path: Path) -> None:
    arguments = ("--scenario", "event-never-told", "--speed", "100", "--mix", "stream=1")
    report = load(tmp_path, "oxen", "--time", "3s", "--users", "2", *arguments)
    assert 0 < report["jobs"]["unheard"] <= report["jobs"]["ended"]


def test_a_master_and_two_workers_make_one_report(tmp_path: Path) -> None:
    port = str(_free_port())
    file = tmp_path / "report.json"
    led = ("--master", "--workers", "2", "--master-port", port, "--json", str(file))
    shape = ("--time", "4s", "--users", "8", "--spawn-rate", "8", "--speed", "100")
    with Emulator(read_scenario({})) as emulator:
        where = ("--url", emulator.url, "--master-port", port)
        with (
            loading("oxen", "--url", emulator.url, *led, *shape) as master,
            loading("oxen", "--worker", *where) as one,
            loading("oxen", "--worker", *where) as two,
        ):
            said, _ = master.communicate(timeout=PATIENCE)
            ends = [worker.wait(timeout=PATIENCE) for worker in (one, two)]
    assert (master.returncode, ends) == (0, [0, 0]), said
    report = json.loads(file.read_text())
    jobs = report["jobs"]
    assert jobs["acknowledged"] == jobs["ended"] >= 8
    assert (jobs["lost"], jobs["doubled"], jobs["unclaimed"]) == (0, 0, 0)
    assert report["money"]["agrees"]
    assert not report["remarks"]


def test_ctrl_c_ends_the_run_and_judges_it(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with Emulator(read_scenario({"clock": {"speed": 100}})) as emulator:
        httpx.post(f"{emulator.url}/_understudy/worlds", json={"key": "k"}, trust_env=False)
        shape = ("--time", "100s", "--users", "3", "--json", str(file))
        with loading("omixa", "--url", emulator.url, "--key", "k", *shape) as process:
            _until_something_moves(emulator.url, "k")
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    jobs = json.loads(file.read_text())["jobs"]
    assert jobs["acknowledged"] == jobs["ended"] > 0


def test_ctrl_c_ends_a_master_that_waits_for_workers() -> None:
    with loading("oxen", "--master", "--master-port", str(_free_port())) as process:
        assert process.stdout is not None
        assert any(line.startswith("Waiting for 1 of") for line in process.stdout)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert "Traceback" not in said


def _until_something_moves(url: str, key: str) -> None:
    with (
        httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as http,
        http.stream("GET", f"/_understudy/worlds/{key}/feed") as feed,
    ):
        assert next(feed.iter_lines())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
