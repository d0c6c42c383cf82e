"""Programs are killed where they are to die, bounded in all they take, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.cases import Kill, When
from contracts.intents import End
from contracts.subjects.program import ProgramSubject
from contracts.subjects.subject import BadSubject
from tests.contracts.subjects.playing import (
    HERE,
    POLLS,
    PYTHON,
    SAYS,
    SWIFT,
    alive,
    case,
    play,
    shell,
    until,
)


def test_killed_with_its_submit_answered_it_finds_its_job_again() -> None:
    trial = play(POLLS, case(scenario=SWIFT, kill=Kill(when=When.WITHIN, call=3)))
    assert trial.outcome.outcome is End.SUCCEEDED
    assert len(trial.jobs) == 1
    assert trial.killed == 3
    assert [one.operation for one in trial.exchanges].count("enqueue") == 1
    assert {one.operation for one in trial.exchanges[1:]} == {"status"}


@pytest.mark.parametrize(("when", "jobs", "killed"), [(When.BEFORE, 1, 0), (When.WITHIN, 2, 1)])
def test_killed_at_its_submit_it_starts_afresh(when: When, jobs: int, killed: int) -> None:
    trial = play(POLLS, case(scenario=SWIFT, kill=Kill(when=when, call=1)))
    assert trial.outcome.outcome is End.SUCCEEDED
    assert (len(trial.jobs), trial.killed) == (jobs, killed)


def test_a_kill_takes_the_whole_group_at_once(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"exec 3<&0; echo $$ >> {pids}; {' '.join(POLLS)} <&3 & wait; touch {tmp_path}/$$"
    trial = shell(script, case(scenario=SWIFT, kill=Kill(when=When.BEFORE, call=2)))
    assert trial.outcome.outcome is End.SUCCEEDED
    first, second = pids.read_text().split()
    assert trial.killed == 1
    assert not (tmp_path / first).exists(), "it lived on after its child had waited in vain"
    assert (tmp_path / second).exists()
    assert not alive(int(first))
    assert not alive(int(second))


@pytest.mark.parametrize(
    "script",
    ["sleep 1000 >&- 2>&-", "trap '' TERM; sleep 1000", "head -c 5000 > /dev/null; sleep 1000"],
)
def test_a_program_that_hangs_is_killed(script: str) -> None:
    given = case(body={"prompt": "a" * 1_000_000}, deadline_s=0.1)
    trial = shell(script, given, grace=0.2)
    assert trial.trouble is not None
    assert str(trial.trouble) == "stuck: it had not ended after 0.3 s"


def test_full_pipes_block_nobody() -> None:
    loud = f"head -c 900000 /dev/zero >&2; head -c 900000 /dev/zero; echo; {SAYS}"
    trial = shell(loud, case(body={"prompt": "a" * 1_000_000}))
    assert (trial.outcome.outcome, trial.trouble) == (End.CANCELLED, None)


def test_what_lies_in_the_pipe_at_the_end_is_read() -> None:
    script = (
        "import fcntl, os\n"
        "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)\n"
        "os.write(1, b' ' * 900_000 + b'\\n{{\"outcome\": \"cancelled\"}}')"
    )
    trial = play((*PYTHON, "-c", script))
    assert (trial.outcome.outcome, trial.trouble) == (End.CANCELLED, None)


def test_a_program_has_its_signals_as_usual(tmp_path: Path) -> None:
    trial = shell(f"yes 2> {tmp_path}/heard | head -n 1; {SAYS}")
    assert trial.trouble is None
    assert (tmp_path / "heard").read_text() == "", "a broken pipe ends a program without a word"


@pytest.mark.parametrize("how", ["{0}", "{0} & wait", "setsid -f {0}; sleep 1000"])
def test_a_program_that_fills_the_memory_is_killed(how: str) -> None:
    hog = (
        f"{sys.executable} -ISc 'import time; a = bytearray(b\"1\") * 300000000; time.sleep(1000)'"
    )
    trial = shell(how.format(hog), memory=128 * 1024 * 1024)
    assert str(trial.trouble) == "stuck: it and its children held more than 128 MiB of memory"


def test_nothing_that_a_program_started_outlives_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    trial = shell(f". {HERE}/leaves_children.sh {pids}; {SAYS}".replace(". ", f"set -- {pids}; . "))
    assert trial.outcome.outcome is End.CANCELLED
    left = [int(pid) for pid in pids.read_text().split()]
    assert len(left) == 3
    assert not any(alive(pid) for pid in left)


def grading(script: str) -> subprocess.Popen[bytes]:
    """A grader in a process of its own, which plays a shell's script."""
    return subprocess.Popen(
        (sys.executable, HERE / "grader.py", "sh", "-c", script),
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[3])},
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_grader_that_is_killed(number: signal.Signals, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"set -- {pids}; . {HERE}/leaves_children.sh; sleep 1000"
    grader = grading(script)
    try:
        until(pids.exists)
        left = [int(pid) for pid in pids.read_text().split()]
        assert all(alive(pid) for pid in left)
        grader.send_signal(number)
        grader.wait(20)
        until(lambda: not any(alive(pid) for pid in left))
    finally:
        grader.kill()
        grader.wait()


def test_a_program_dies_with_its_keeper_though_nobody_hears_of_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    grader = grading(f"echo $PPID $$ > {pids}.part; mv {pids}.part {pids}; exec sleep 1000")
    try:
        until(pids.exists)
        keeper, program = (int(pid) for pid in pids.read_text().split())
        grader.send_signal(signal.SIGSTOP)
        os.kill(keeper, signal.SIGKILL)
        until(lambda: not alive(program))
    finally:
        grader.kill()
        grader.wait()


def test_closing_breaks_trials_off(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"set -- {pids}; . {HERE}/leaves_children.sh; sleep 1000"
    with ThreadPoolExecutor(1) as pool:
        with ProgramSubject(("sh", "-c", script), abilities=None) as subject:
            trial = pool.submit(subject.play, case())
            until(pids.exists)
        with pytest.raises(BadSubject, match="closed while it played"):
            trial.result()
    assert not any(alive(int(pid)) for pid in pids.read_text().split())
    with pytest.raises(BadSubject, match="it is closed"):
        subject.play(case())


def test_trials_leave_neither_descriptors_nor_threads() -> None:
    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    with ProgramSubject(("sh", "-c", SAYS), abilities=None) as subject:
        subject.play(case())
        before = held()
        for _ in range(3):
            subject.play(case())
        assert held() == before


def test_who_still_plays_when_all_is_closed_takes_its_folder_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    subject = ProgramSubject(("true",))
    with subject._player() as player:
        player.ready()
        subject._closed = True
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
