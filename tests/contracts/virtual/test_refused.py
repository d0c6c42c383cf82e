"""What cannot be had in virtual time is refused in a sentence, before anything has happened."""

from __future__ import annotations

import time

import pytest

from contracts.cases import Case, sample
from contracts.intents import End
from contracts.subjects.python import PythonSubject
from contracts.trial import Trial

HOME = "tests.contracts.virtual.refusing"
UDP = "it uses a socket that is not for TCP (AF_INET, SOCK_DGRAM)"


def played(name: str) -> Trial:
    with PythonSubject(f"{HOME}:{name}") as subject:
        return subject.play(Case(provider="oxen", body=sample("oxen")))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("of_the_file_system", "it uses a socket that is not for TCP (AF_UNIX, SOCK_STREAM)"),
        ("datagrams", UDP),
        ("connected_datagrams", UDP),
        ("awaited_datagrams", "it sends datagrams"),
        ("awaited_file_system", "it uses a socket of the file system"),
        ("listens", "it listens for connections"),
        ("serves", "it listens for connections"),
        ("forks", "it starts a process of its own (os.fork)"),
        ("runs", "it starts a process of its own (subprocess)"),
        ("calls_the_shell", "it starts a process of its own (os.system)"),
        ("spawns", "it starts a process of its own (os.posix_spawn)"),
        ("awaits_a_program", "it starts a process of its own (asyncio)"),
        ("has_a_process", "it starts a process of its own (helper)"),
        ("has_a_pool", "it waits for a process of its own"),
        ("has_a_raw_thread", "it starts a thread of its own"),
        ("sets_an_alarm", "it sets an alarm of the machine's time (signal.alarm)"),
        ("sets_a_timer", "it sets an alarm of the machine's time (signal.setitimer)"),
        ("waits_for_a_signal", "it waits for a signal (signal.sigtimedwait)"),
        ("that_will_not_hear_of_it", "it starts a process of its own (os.system)"),
    ],
)
def test_what_cannot_be_had_is_refused(name: str, why: str) -> None:
    began = time.monotonic()
    trial = played(name)
    assert str(trial.trouble) == f"unfit: {why}"
    assert (trial.outcome.outcome, trial.outcome.error) == (End.NOTHING, why)
    assert time.monotonic() - began < 20


def test_no_name_is_looked_up_outside() -> None:
    host, number = "hub.oxen.ai", "192.0.2.1"
    told = ((host, 443), host, host, number, (number, "443"), host, "127.0.0.1", 0, (0.0, 0.0))
    assert played("looks_names_up").outcome.error == repr(told)
