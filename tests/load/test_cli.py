from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator import cli
from emulator.load import run as running
from emulator.load import swarm
from emulator.load.settings import Settings
from emulator.load.swarm import Shape

SETTINGS = Settings(
    provider="oxen",
    url="http://127.0.0.1:8787",
    key="k",
    run="1",
    mix={"poll": 1},
    poll=1,
    deadline=600,
    stages=((1.0, 1),),
)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command that must neither serve nor drive; its exit code and complaint."""

    def began(*given: Any, **named: Any) -> None:
        raise AssertionError("it began")

    def call(*arguments: str) -> tuple[Any, str]:
        monkeypatch.setattr(sys, "argv", ["understudy", "load", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr().err

    monkeypatch.setattr(swarm, "run", began)
    monkeypatch.setattr(running.own, "emulator", began)
    return call


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wan"], "'wan' is not one of"),
        (["oxen", "--url", "http://192.0.2.1:80"], "192.0.2.1 is not this machine"),
        (["oxen", "--url", "http://example.com"], "example.com is not this machine"),
        (["oxen", "--url", "http://127.0.0.1@192.0.2.1"], "192.0.2.1 is not this machine"),
        (["oxen", "--url", "https://127.0.0.1"], "is not an address such as"),
        (["oxen", "--url", "http://127.0.0.1/api"], "is not an address such as"),
        (["oxen", "--url", "http://127.0.0.1:web"], "'http://127.0.0.1:web' is no address"),
        (["oxen", "--url", "http://127.0.0.1:1"], "was not answered"),
        (["oxen", "--worker", "--master-host", "192.0.2.1"], "192.0.2.1 is not this machine"),
        (["oxen", "--worker", "--url", "http://192.0.2.1"], "192.0.2.1 is not this machine"),
        (["oxen", "--users", "0"], "--users"),
        (["oxen", "--spawn-rate", "0"], "--spawn-rate"),
        (["oxen", "--time", "soon"], "--time: 'soon' is not a span"),
        (["oxen", "--ramp", "1s"], "--ramp: '1s'"),
        (["oxen", "--ramp", "1s:1", "--users", "3"], "--ramp says how many users"),
        (["omixa", "--mix", "stream=1"], "--mix: 'stream' is no kind of user of omixa"),
        (["oxen", "--key", "k", "--balance", "1"], "--balance is for a world that the run makes"),
        (["oxen", "--balance", "lots"], "'lots' is not an amount"),
        (["oxen", "--scenario", "none-such"], "no scenario 'none-such'"),
        (["oxen", "--body", "none-such.json"], "--body: none-such.json cannot be read"),
        (["oxen", "--master", "--processes", "2"], "--processes starts workers of its own"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    command: Any, arguments: list[str], said: str
) -> None:
    code, err = command(*arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("understudy: ")
    assert said in err


def test_without_locust_it_says_what_to_install(
    command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm, "installed", lambda: False)
    code, err = command("oxen")
    assert (code, err) == (2, "understudy: this needs Locust: pip install 'understudy[load]'\n")


def test_the_command_line_never_imports_locust() -> None:
    code = (
        "import sys, emulator.cli, emulator.load.cli, contracts.cli\n"
        "print(sorted({'locust', 'gevent', 'geventhttpclient'} & sys.modules.keys()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize(
    "shape", [Shape(workers=2), Shape(processes=2), Shape(page=8089), Shape(), Shape(worker=True)]
)
def test_locust_listens_and_calls_on_this_machine_alone(shape: Shape) -> None:
    told = swarm.command(shape, SETTINGS)
    for option in ("--master-bind-host", "--web-host", "--master-host"):
        if option in told:
            assert told[told.index(option) + 1] == "127.0.0.1"
    leads = bool(shape.workers) or shape.processes > 1
    assert ("--master-bind-host" in told) == leads
    assert ("--web-host" in told) == (shape.page is not None)
    assert ("--headless" in told) == (shape.page is None and not shape.worker)
