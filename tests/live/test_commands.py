from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator import __version__, cli
from emulator.providers.registry import assume, assumptions, providers
from tests.live.serving import run


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command that must not start to serve; its exit code, output and complaint."""

    def server(*given: Any, **named: Any) -> None:
        raise AssertionError("it began to serve")

    def call(*arguments: str) -> tuple[Any, str, str]:
        monkeypatch.setattr(sys, "argv", ["understudy", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return ended.value.code or 0, shown.out, shown.err

    monkeypatch.setattr(cli, "Server", server)
    return call


BAD = [
    (["serve", "--fast"], "No such option", "--fast"),
    (["serve", "extra"], "extra", ""),
    (["perform"], "No such command", "perform"),
    (["serve", "--port", "70000"], "--port", "70000"),
    (["serve", "--port", "web"], "--port", "web"),
    (["serve", "--port"], "--port", "argument"),
    (["serve", "--clock", "fast"], "--clock", "'manual'"),
    (["serve", "--speed", "0"], "speed", "0"),
    (["serve", "--speed", "quick"], "--speed", "quick"),
    (["serve", "--speed", "nan"], "speed", "nan"),
    (["serve", "--seed", "-1"], "--seed", "-1"),
    (["serve", "--balance", "lots"], "'lots' is not an amount", ""),
    (["serve", "--balance", "-1"], "--balance", "less than nothing"),
    (["serve", "--balance", "0.0000001"], "finer than a micro-dollar", ""),
    (["serve", "--keys", " , "], "--keys", "dev,ci"),
    (["serve", "--max-worlds", "0"], "--max-worlds", "0"),
    (["serve", "--keep", "-1"], "--keep", "-1"),
    (["serve", "--host", "nowhere.invalid"], "cannot listen on nowhere.invalid", "port"),
    (["serve", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1", "port"),
    (["serve", "--scenario", "missing.yaml"], "missing.yaml: cannot be read", "No such file"),
    (["serve", "--scenario", "."], ".: cannot be read", "directory"),
    (["serve", "--scenario", ""], "no name of a file", "empty"),
    (["models", "--all"], "No such option", "--all"),
]


@pytest.mark.parametrize(("arguments", "said", "also"), BAD)
def test_wrong_usage_is_one_line_and_exit_code_2(
    command: Any, arguments: list[str], said: str, also: str
) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("understudy: ")
    assert err.count("\n") == 1
    assert said in err
    assert also in err


FILES = [
    ("[1, 2", ":1: cannot be read: expected ',' or ']'"),
    ("a: b: c", ":1: cannot be read: mapping values are not allowed"),
    ("seed: 1\nseed: 2", ":2: cannot be read: 'seed' is there twice"),
    ("? [a]\n: 1", ":1: cannot be read: a field's name is a text"),
    ("plans: [{job: 0}]", "plans[1]: job: 0 is not a whole number of at least 1"),
    ("accounts: up", "accounts: 'up' is neither a number up to 1000 nor a list"),
    ("- 1", "is not a mapping of name, seed"),
    ("just words", "'just words' is not a mapping"),
    ("sneed: 1", "there is no 'sneed'; there is name, seed"),
    ("seed: -1", "seed: -1"),
    ("seed: true", "seed: true"),
    ("name: a b", "name: 'a b'"),
    ("start: soon", "start: 'soon' is not a date"),
    ("clock: {mode: fast}", "clock: mode: 'fast' is none of real, manual, auto"),
    ("clock: {speed: 0}", "speed lies between"),
    ("view: mine", "view: 'mine' is none of world, machine"),
    ("balance: -1", "balance: -1 USD is less than nothing"),
    ("prices: {kite: 1}", "prices: there is no 'kite'; `understudy models` lists them"),
    ("plans: {do: fail}", "{'do': 'fail'} is not a list"),
    ("plans: [{do: explode}]", "plans[1]: do: 'explode' is none of"),
    ("plans: [{running: soon}]", "plans[1]: running: 'soon' is not a span of time"),
    ("accounts: [up, sideways]", "accounts[2]: 'sideways' is none of up, down"),
    ("keys: [k]", "keys: ['k'] is not a mapping"),
    ("assumptions: {oxen.moon: full}", "'oxen.moon'"),
    ("assumptions: {oxen.nulls: maybe}", "oxen.nulls: 'maybe' is none of present, absent"),
]


@pytest.mark.parametrize(("text", "said"), FILES)
def test_a_scenario_that_is_wrong_is_explained_in_one_line(
    command: Any, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    code, out, err = command("serve", "--scenario", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"understudy: {file}")
    assert err.count("\n") == 1
    assert said in err


def test_a_scenario_that_is_no_text_is_explained_in_one_line(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_bytes(b"name: \xff\xfe")
    code, _, err = command("serve", "--scenario", str(file))
    assert code == 2
    assert f"{file}:1: cannot be read: it is not UTF-8 text" in err
    assert err.count("\n") == 1


def test_a_port_that_is_taken_is_explained_in_one_line(command: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = command("serve", "--port", str(port))
    assert (code, out) == (2, "")
    said = f"cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert err == f"understudy: {said}; --port 0 takes a free one\n"


def test_wrong_usage_of_the_real_program_is_one_line_too(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("assumptions: {oxen.moon: full}")
    ended = run("serve", "--scenario", str(file))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("understudy: ")
    assert ended.stderr.count("\n") == 1


def test_models_lists_every_model(command: Any) -> None:
    code, out, err = command("models")
    assert (code, err) == (0, "")
    for provider in providers().values():
        for id in provider.models(assume(provider, {})):
            (line,) = [line for line in out.splitlines() if f"\t{id}\t" in line]
            assert line.startswith(f"{provider.name}\t")
    assert "0.050000 a second" in out
    assert "0.010000 each" in out


def test_assumptions_lists_every_assumption_and_its_choices(command: Any) -> None:
    code, out, err = command("assumptions")
    assert (code, err) == (0, "")
    known = assumptions()
    assert len(known) > 60
    for one in known:
        assert one.id in out
        assert one.default in out
        assert one.source.split(",")[0][:20] in out


def test_a_command_that_is_not_given_is_helped_with(command: Any) -> None:
    code, out, err = command()
    assert (code, err) == (2, "")
    for name in ("serve", "models", "assumptions"):
        assert name in out


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_no_mistake(command: Any, flag: str) -> None:
    for words in ([flag], ["serve", flag], ["models", flag]):
        code, out, err = command(*words)
        assert (code, err) == (0, "")
        assert out.startswith("Usage:")


def test_the_program_and_its_version() -> None:
    ended = run("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"understudy, version {__version__}\n"
