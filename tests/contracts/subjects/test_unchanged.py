"""A program that knows the real hosts alone is graded as it is: behind a proxy, or in a sandbox."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.attach import attach
from contracts.cases import Case, load_case, page
from contracts.ground import COUNTED, as_asked, ground, plain
from contracts.intents import End
from contracts.rig import Rig
from contracts.subjects.subject import BadSubject
from contracts.walk import walk
from emulator.door.authority import Authority
from emulator.media import Store
from emulator.server.clock import machine_time
from emulator.server.run import hold

CLIENT = """
import json, os, time, urllib.request

HEAD = {"Authorization": "Bearer a-key-of-its-own", "Content-Type": "application/json"}

def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"https://hub.oxen.ai{path}", data, HEAD)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)

own = {"model": "google-veo-3-1-lite", "prompt": "Its own", "input_image": "https://a.b/c.png"}
made = call("/api/ai/queue", own)
id = made["generations"][0]["generation_id"]
while (row := call(f"/api/ai/queue/{id}"))["status"] in ("queued", "processing"):
    time.sleep(0.05)
print("video", row["result_url"]) if row["result_url"] else print("reason", row["error_message"])
raise SystemExit(row["result_url"] is None)
"""
PATTERN = r"video (?P<url>\S+)|reason (?P<reason>.*)"


@pytest.fixture
def command(tmp_path: Path) -> tuple[str, ...]:
    file = tmp_path / "client.py"
    file.write_text(CLIENT)
    return sys.executable, str(file)


def case(**more: object) -> Case:
    return plain("oxen", rule=COUNTED, deadline_s=30, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("sandbox", [False, True])
def test_it_is_played_with_its_own_key_and_its_own_request(
    command: tuple[str, ...], tmp_path: Path, *, sandbox: bool
) -> None:
    with attach(
        None, command, unchanged=True, sandbox=sandbox, pattern=PATTERN, places=1
    ) as troupe:
        trials = [troupe.play(case()) for _ in range(2)]
    for trial in trials:
        assert trial.trouble is None, trial.trouble
        assert trial.outcome.outcome is End.SUCCEEDED
        assert trial.outcome.urls[0].startswith("https://hub.oxen.ai/api/repos/")
        assert trial.intent.base_url == "https://hub.oxen.ai"
        assert not trial.flaws
        asked = as_asked(trial)
        assert asked.case.body["prompt"] == "Its own"
        file = tmp_path / "case.yaml"
        file.write_text(page(asked.case))
        assert load_case(file) == asked.case
    (first, second) = (one.jobs for one in trials)
    assert len(first) == len(second) == 1


def test_it_is_asked_for_nothing_that_it_does_not_ask_for_itself(
    command: tuple[str, ...],
) -> None:
    with attach(None, command, unchanged=True, pattern=PATTERN, places=1) as troupe:
        trial = as_asked(troupe.play(case()))
    here = ground(trial, frozenset({"polls"}), fixed=True)
    assert {json.dumps(dict(one.body)) for one in walk(here)} == {json.dumps(dict(trial.case.body))}


def test_another_host_is_out_of_its_reach() -> None:
    code = (
        "import urllib.request as u\n"
        "try: u.urlopen('https://example.com', timeout=10)\n"
        "except OSError as error: print('reason', error)\nraise SystemExit(1)"
    )
    command = (sys.executable, "-c", code)
    with attach(None, command, unchanged=True, pattern=PATTERN, places=1) as troupe:
        trial = troupe.play(case())
    assert (trial.outcome.outcome, trial.jobs) == (End.FAILED, ())
    assert "403" in trial.outcome.reason


HEEDLESS = (
    "import urllib.request as u\n"
    "try: u.build_opener(u.ProxyHandler({{}})).open('https://hub.oxen.ai/', timeout=10)\n"
    "except OSError as error: print('reason', error)\nraise SystemExit(1)"
)


def test_the_real_host_is_out_of_its_reach_though_it_heeds_no_proxy() -> None:
    command = (sys.executable, "-c", HEEDLESS)
    with attach(None, command, unchanged=True, pattern=PATTERN, places=1) as troupe:
        trial = troupe.play(case())
    assert (trial.outcome.outcome, trial.jobs) == (End.FAILED, ())
    assert "Connection refused" in trial.outcome.reason


def test_where_nothing_keeps_it_from_there_it_is_said_once(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "unshare"
    file.write_text("#!/bin/sh\necho not permitted >&2; exit 1\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with attach(None, command, unchanged=True, pattern=PATTERN, places=1) as troupe:
        outcomes = {troupe.play(case()).outcome.outcome for _ in range(2)}
    assert outcomes == {End.SUCCEEDED}
    (said,) = caplog.messages
    assert said.endswith("heeds no proxy from calling the real hosts here (not permitted)")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"sandbox": True}, "--sandbox is for programs that are played --unchanged"),
        ({"unchanged": True, "worker": True}, "--unchanged is for others"),
    ],
)
def test_what_does_not_go_together_is_told(given: dict[str, bool], why: str) -> None:
    with pytest.raises(BadSubject, match=why):
        attach(None, ["true"], **given)  # type: ignore[arg-type]


def test_a_connection_fault_befalls_it_too(command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("faults:\n- {do: reset_connection, on: {operation: connect, nth: 1}}\n")
    with attach(None, command, unchanged=True, pattern=PATTERN, places=1) as troupe:
        trial = troupe.play(load_case(file))
    assert (trial.outcome.outcome, trial.jobs) == (End.GAVE_UP, ())
    assert "reset" in trial.outcome.error.lower() or "eof" in trial.outcome.error.lower()


def test_nobody_is_waited_for_at_its_door_once_a_trial_is_over() -> None:
    async def left() -> set[asyncio.Task[Any]]:
        rig = Rig(case(), machine_time(), Store(), virtual=False, authority=Authority())
        host, port = (await rig.open(hold)).removeprefix("http://").split(":")
        before = asyncio.all_tasks()
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"CONNECT ")
        while asyncio.all_tasks() == before:
            await asyncio.sleep(0)
        await rig.close()
        for _ in range(100):
            await asyncio.sleep(0)
        writer.close()
        return asyncio.all_tasks() - before

    assert asyncio.run(asyncio.wait_for(left(), 20)) == set()
