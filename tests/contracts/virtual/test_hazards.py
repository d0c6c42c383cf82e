"""What a client may do to its worker, and to the grader: a trial says so, and the next goes on."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from contracts.cases import Case
from contracts.intents import End
from contracts.subjects import python
from contracts.subjects.python import PythonSubject
from contracts.subjects.subject import BadSubject
from contracts.trial import Trial
from emulator import Scenario

HOME = "tests.contracts.virtual.hazards"
STARTER = "tests.contracts.virtual.starter:that_tells_its_pids"


def case(prompt: str = "a kite") -> Case:
    body = {"model": "kling-video-v2-6-pro-text-to-video", "prompt": prompt}
    return Case(provider="oxen", scenario=Scenario(), body=body)


@pytest.fixture
def play() -> Iterator[Callable[..., Trial]]:
    """Plays trials of one client, all in one worker."""
    subjects: dict[str, PythonSubject] = {}

    def play(name: str, prompt: str = "a kite") -> Trial:
        if name not in subjects:
            subjects[name] = PythonSubject(f"{HOME}:{name}").__enter__()
        return subjects[name].play(case(prompt))

    yield play
    for subject in subjects.values():
        subject.__exit__(None, None, None)


def gone(pid: int) -> bool:
    """Whether that process ends within two seconds."""
    for _ in range(100):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8"):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_trials_leave_no_descriptors_behind(play: Callable[..., Trial]) -> None:
    counts = [play("that_counts_descriptors").outcome.error for _ in range(50)]
    assert len(set(counts[1:])) == 1


def test_what_is_no_connection_of_the_network_is_a_real_socket(play: Callable[..., Trial]) -> None:
    assert play("that_has_a_pair").outcome.error == "(b'a kite', True)"


def test_one_that_ends_its_process_is_started_again(play: Callable[..., Trial]) -> None:
    said = [str(play("that_ends_its_process", one).trouble) for one in ("", "end", "end", "")]
    assert said == ["None", *2 * ["stuck: it ended its whole process"], "None"]


def test_a_worker_that_died_between_trials_costs_no_trial(play: Callable[..., Trial]) -> None:
    pids = []
    for _ in range(2):
        outcome = play("that_tells_its_pid").outcome
        pids.append(int(outcome.error))
        os.kill(pids[-1], signal.SIGKILL)
        assert gone(pids[-1])
    assert len(set(pids)) == 2


def test_what_a_client_has_started_ends_with_it() -> None:
    with PythonSubject(STARTER) as subject:
        pids = subject.play(case()).outcome.error.split()
    assert all(gone(int(one)) for one in pids)


def test_a_killed_grader_leaves_no_worker() -> None:
    program = f"""
import os, signal
from contracts.subjects.python import PythonSubject
if __name__ == "__main__":
    from tests.contracts.virtual.test_hazards import case
    with PythonSubject({STARTER!r}) as subject:
        print(subject.play(case()).outcome.error.split()[0], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("that_exits", "crash: SystemExit: 3"),
        ("that_interrupts", "crash: KeyboardInterrupt: "),
        ("that_is_mute", "crash: Mute, whose text cannot be made"),
        ("that_takes_all_memory", "crash: MemoryError: "),
        ("that_has_no_urls", "garbage: urls: None is no list of texts"),
        ("that_has_odd_urls", "garbage: urls: (<built-in function len>,) is no list of texts"),
        (
            "that_ends_oddly",
            "garbage: outcome: 'done' is none of succeeded, failed, cancelled, gave_up",
        ),
    ],
)
def test_it_is_the_clients_own_trouble(name: str, trouble: str, play: Callable[..., Trial]) -> None:
    assert [str(play(name).trouble) for _ in range(2)] == [trouble] * 2


def test_a_clients_own_texts_become_plain_ones(play: Callable[..., Trial]) -> None:
    outcome = play("that_has_its_own_texts").outcome
    assert outcome.outcome is End.SUCCEEDED
    for one in (*outcome.urls, outcome.job, outcome.error):
        assert type(one) is str
    assert HOME.encode() not in pickle.dumps(outcome)


def test_texts_hash_alike_in_every_worker() -> None:
    hashes = set()
    for _ in range(2):
        with PythonSubject(f"{HOME}:that_hashes") as subject:
            hashes.add(subject.play(case()).outcome.error)
    assert len(hashes) == 1
    assert "PYTHONHASHSEED" not in os.environ


def test_the_folder_is_there_in_the_next_trial(play: Callable[..., Trial]) -> None:
    assert [play("that_removes_its_folder").trouble for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit(2)", "it cannot be imported: SystemExit: 2"),
        ("while True: pass", "its import did not end within 1 s"),
        ("import os; os._exit(0)", "its process ended while it was imported"),
    ],
)
def test_an_import_that_goes_wrong_is_a_clear_error(
    source: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(python, "IMPORT", 60.0 if "while" not in source else 1.0)
    with pytest.raises(BadSubject, match=said), PythonSubject("odd:order"):
        pass


class BrokenOff:
    """A worker's wire whose first wait is interrupted."""

    def __init__(self, wire: Connection) -> None:
        self.close = wire.close

    def poll(self, seconds: float) -> bool:
        assert multiprocessing.active_children()
        raise KeyboardInterrupt


def test_a_start_that_is_broken_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    subject = PythonSubject(f"{HOME}:that_hashes")
    ours, theirs = subject._context.Pipe()
    monkeypatch.setattr(subject._context, "Pipe", lambda: (BrokenOff(ours), theirs))
    with pytest.raises(KeyboardInterrupt), subject:
        pass
    assert list(tmp_path.iterdir()) == []
    assert multiprocessing.active_children() == []


def test_one_that_is_closed_starts_nothing() -> None:
    with PythonSubject(f"{HOME}:that_hashes") as subject:
        pass
    with pytest.raises(BadSubject, match="it is closed"):
        subject.play(case())
    assert multiprocessing.active_children() == []


def test_capabilities_that_cannot_be_read_are_a_clear_error() -> None:
    with pytest.raises(BadSubject, match="cannot be read"), PythonSubject(f"{HOME}:shy"):
        pass


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("that_waits_for_an_event", "((True, False), 50.0)"),
        ("that_selects", f"({[True] * 6}, 10.0)"),
        (
            "that_made_its_loop_before",
            f"({[b'HTTP/1.1 401 Unauthorized' + bytes([13, 10])] * 2}, 6.0)",
        ),
    ],
)
def test_every_way_to_wait_is_of_the_worlds_time(
    name: str, error: str, play: Callable[..., Trial]
) -> None:
    began = time.monotonic()
    for _ in range(2):
        trial = play(name)
        assert (trial.trouble, trial.outcome.error) == (None, error)
    assert time.monotonic() - began < 10


def test_a_wait_for_a_thread_is_not_for_virtual_time(play: Callable[..., Trial]) -> None:
    trouble = play("that_waits_for_a_thread").trouble
    assert str(trouble) == "unfit: it waits for a thread of its own"


@pytest.mark.parametrize(
    "name",
    ["that_listens_in_a_thread", "that_forgives_its_threads", "that_submits_a_little_later"],
)
def test_threads_that_wait_for_each_other_are_not_for_virtual_time(
    name: str, play: Callable[..., Trial]
) -> None:
    assert str(play(name).trouble) == "unfit: it does several things at once in threads"


def test_a_thread_that_waits_in_vain_by_itself_is_the_clients_own(
    play: Callable[..., Trial],
) -> None:
    trouble = play("that_only_listens_in_a_thread").trouble
    assert str(trouble) == "overrun: 2400 seconds of the trial's clock have passed"


def test_threads_take_turns(play: Callable[..., Trial]) -> None:
    trial = play("that_takes_threads_in_turn")
    assert (trial.trouble, trial.outcome.error, len(trial.jobs)) == (None, "all", 3)


def test_chance_and_clocks_are_alike_in_every_trial() -> None:
    told = set()
    for _ in range(2):
        with PythonSubject(f"{HOME}:that_throws_dice") as subject:
            told |= {subject.play(case()).outcome.error for _ in range(2)}
    assert len(told) == 1
    assert "('00:00:00', '2026', 0.0, 0, 1767225600.0)" in told.pop()


def test_what_is_bound_to_a_loop_of_a_trial_before_spoils_no_trial(
    play: Callable[..., Trial],
) -> None:
    trials = [play("that_takes_turns") for _ in range(4)]
    assert [(one.trouble, one.outcome.error) for one in trials] == [(None, "2.0")] * 4
