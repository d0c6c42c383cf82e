"""A program is started as a shell would start it, and finds nothing of ours in its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.door.running import ROOT, run, unshare

PROXY, SANDBOX, ALONE = "proxy", "sandbox", "without namespaces"
WAYS = pytest.mark.parametrize("way", [PROXY, SANDBOX, ALONE])


def started(way: str, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command that is run in one of the ways there are."""
    more = unshare(folder, "exit 1") if way == ALONE else {}
    return run(*command, options=("--sandbox",) if way == SANDBOX else (), more=more)


def bare(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    """`understudy` with these words as they are."""
    return subprocess.run(
        [sys.executable, "-m", "emulator", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **{"cwd": ROOT, **more},  # type: ignore[call-overload]
    )


def test_the_programs_own_options_are_its_own_without_the_two_dashes() -> None:
    ended = bare("run", "echo", "hello", "--seed", "5", "--help")
    assert (ended.returncode, ended.stdout) == (0, "hello --seed 5 --help\n")


@pytest.mark.parametrize("words", [(), ("--seed", "1"), ("--", ""), ("--sandbox", "--", "")])
def test_a_program_has_to_be_named(words: tuple[str, ...]) -> None:
    ended = bare("run", *words)
    assert ended.returncode == 2
    assert ended.stderr == "understudy: say which program: understudy run -- python my_client.py\n"


def test_a_file_that_is_here_but_not_on_the_path_is_hinted_at(tmp_path: Path) -> None:
    (tmp_path / "poll.py").touch()
    ended = bare("run", "poll.py", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert ended.returncode == 127
    assert ended.stderr.endswith("; did you mean ./poll.py or python poll.py?\n")


@WAYS
def test_signals_that_python_ignores_are_not_ignored_in_the_program(
    way: str, tmp_path: Path
) -> None:
    ended = started(way, tmp_path, "grep", "SigIgn", "/proc/self/status")
    ignored = int(ended.stdout.split()[1], 16)
    assert not any(ignored >> (one - 1) & 1 for one in (signal.SIGPIPE, signal.SIGXFSZ))


@WAYS
def test_a_script_without_a_first_line_is_run_by_a_shell(way: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo $1\nexit 6\n")
    script.chmod(0o755)
    ended = started(way, tmp_path, str(script), "told")
    assert (ended.returncode, ended.stdout) == (6, "told\n"), ended.stderr


@pytest.mark.parametrize("options", [(), ("--sandbox",)])
def test_its_environment_is_the_users_without_any_proxy(options: tuple[str, ...]) -> None:
    users = {
        "PATH": os.environ["PATH"],
        "ALL_PROXY": "http://10.0.0.1:1",
        "ftp_proxy": "x",
        "MY": "é",
    }
    ended = bare("run", *options, "env", env=users)
    names = {line.split("=")[0] for line in ended.stdout.splitlines()}
    assert "MY" in names
    assert not names & {"ALL_PROXY", "ftp_proxy"}


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", "2>/dev/full --sandbox"])
def test_its_exit_code_counts_where_nothing_can_be_said(where: str) -> None:
    where, _, way = where.partition(" ")
    env = {name: one for name, one in os.environ.items() if name != "PYTHONUNBUFFERED"}
    line = f"{sys.executable} -m emulator run {way} -- sh -c 'exit 3' {where}"
    assert (
        subprocess.run(line, shell=True, cwd=ROOT, timeout=60, check=False, env=env).returncode == 3
    )


def test_without_a_folder_for_what_is_made_it_is_said() -> None:
    code = "import tempfile; tempfile._get_default_tempdir = lambda: (_ for _ in ()).throw("
    code += (
        "FileNotFoundError(2, 'No usable temporary directory found')); import emulator.cli as c;"
    )
    code += "import sys; sys.argv = ['understudy', 'run', 'true']; c.main()"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "understudy: it cannot be run here: No usable temporary directory found\n"
    )


ELSEWHERE = """
import signal, sys
for name in ("sigwaitinfo", "pthread_sigmask", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGXFSZ"):
    delattr(signal, name)
import emulator.cli, emulator.cli_run
sys.platform = {system!r}
sys.argv = ["understudy", *{words!r}]
emulator.cli.main()
"""


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_on_other_systems_the_rest_works_and_run_says_what_it_needs(system: str) -> None:
    def said(*words: str) -> subprocess.CompletedProcess[str]:
        code = ELSEWHERE.format(system=system, words=words)
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert said("models").returncode == 0
    ended = said("run", "true")
    assert ended.returncode == 2
    assert ended.stderr == (
        "understudy: run needs Linux; elsewhere there is `understudy serve --tls`\n"
    )


def test_a_clock_that_nobody_could_move_is_refused() -> None:
    ended = run("true", options=("--clock", "manual"))
    assert ended.returncode == 2
    assert "nobody could move a manual clock" in ended.stderr
