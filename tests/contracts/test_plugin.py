"""The pytest plugin as its users have it: pytest in a process of its own, in their project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copy
from typing import TypeAlias

import pytest

HOME = Path(__file__).with_name("plugin")
PATIENCE = 120
"""Seconds after which a run is given up."""

OTHERS = ("schemathesis", "hypothesispytest", "cacheprovider", "timeout", "xdist.looponfail")
"""Plugins of this environment that have no part in it."""

RANDOMLY = ("-p", "randomly")

Run: TypeAlias = Callable[..., "Ended"]


class Ended:
    """A run that is over: its exit code, what it printed, and what its tests came to."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.text = done.stdout + done.stderr
        self.tail = done.stdout.strip().rpartition("\n")[2]

    def came_to(self, tail: str) -> bool:
        """Whether the last line begins so."""
        return self.tail.strip("= ").startswith(tail)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs files of the folder as somebody's tests, with warnings as errors."""

    def ended(*names: str, more: tuple[str, ...] = (), **environment: str) -> Ended:
        for name in names:
            test = name.startswith("test_") or name.startswith("my_")
            copy(HOME / f"{name}.py", tmp_path / f"{'' if test else 'test_'}{name}.py")
        without = [word for plugin in OTHERS for word in ("-p", f"no:{plugin}")]
        if not any("randomly" in word for word in more):
            without += ["-p", "no:randomly"]
        command = [sys.executable, "-m", "pytest", "-W", "error", *without, *more]
        own = {name: one for name, one in os.environ.items() if not name.startswith("PYTEST")}
        return Ended(
            subprocess.run(
                command,
                cwd=tmp_path,
                env={**own, **environment},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        )

    return ended


def test_the_documented_example_passes(run: Run) -> None:
    ended = run("my_client", "test_my_client")
    assert ended.came_to("4 passed"), ended.text


def test_the_example_is_short(run: Run) -> None:
    assert len((HOME / "my_client.py").read_text().splitlines()) <= 50


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_a_failing_test_prints_what_its_worlds_heard(run: Run, more: tuple[str, ...]) -> None:
    ended = run("failing", more=more)
    assert ended.came_to("1 failed, 1 passed"), ended.text
    assert "exchanges with oxen" in ended.text
    assert "POST /api/ai/queue -> 200" in ended.text
    assert "… 12 calls before these" in ended.text
    assert "characters)" in ended.text, "long bodies are cut"
    assert 'fault fault-1 ("lose") armed: no call of oxen.cancel came' in ended.text
    assert "exchanges with omixa" in ended.text
    assert "no call came" in ended.text
    assert "never-shown" not in ended.text


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "with-workers"])
def test_sync_and_async_tests_have_worlds_of_their_own(run: Run, more: tuple[str, ...]) -> None:
    ended = run("kinds", more=more)
    assert ended.came_to("10 passed"), ended.text


def test_what_is_due_is_handed_to_sockets_before_advance_returns(run: Run) -> None:
    ended = run("frames")
    assert ended.came_to("1 passed"), ended.text


def test_the_same_test_hears_the_same_bytes(run: Run, tmp_path: Path) -> None:
    heard = []
    for nth, more in enumerate(((), ("-n", "2"), RANDOMLY)):
        place = tmp_path / f"heard-{nth}"
        place.mkdir()
        ended = run("bytes_", more=more, SAID=str(place))
        assert ended.came_to("3 passed"), ended.text
        heard.append([(place / f"{nth}").read_bytes() for nth in range(3)])
    assert heard[0] == heard[1] == heard[2]
    assert len(set(heard[0])) == 3, "each test has ids of its own"


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_order_of_tests_does_not_matter(run: Run, seed: str) -> None:
    more = (*RANDOMLY, f"--randomly-seed={seed}")
    ended = run("my_client", "test_my_client", "kinds", "doors", more=more)
    assert f"Using --randomly-seed={seed}" in ended.text
    assert ended.came_to("17 passed"), ended.text


def test_listeners_and_faults(run: Run) -> None:
    ended = run("doors")
    assert ended.came_to("3 passed"), ended.text


def test_what_is_wrong_is_told_in_a_line(run: Run) -> None:
    ended = run("wrong")
    assert ended.came_to("2 failed, 3 errors"), ended.text
    for line in (
        "the scenario of this test: balance: 'much'",
        "there is no file and no scenario 'lost-answer-timeot'",
        "did you mean 'lost-answer-timeout'?",
        "takes one scenario, or a scenario's fields by their names",
        "there is no fault 'los'",
        "did you mean 'lose'?",
    ):
        assert line in ended.text
    for frame in ("worlds.py", "pytest_plugin.py", "http/client.py"):
        assert frame not in ended.text


def test_the_plugin_costs_nothing_until_it_is_used(run: Run) -> None:
    ended = run("light", more=("-p", "no:anyio", "-p", "no:xdist"))
    assert ended.came_to("1 passed"), ended.text
