"""Programs, one for each trial: what they are given, and what is made of what they do."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.intents import End
from contracts.rig import KEY
from contracts.subjects.program import ProgramSubject
from contracts.subjects.subject import BadSubject
from contracts.trial import Ill
from tests.contracts.subjects.playing import (
    POLLS,
    PYTHON,
    SAYS,
    SWIFT,
    TELLS,
    case,
    play,
    shell,
    told,
)


def test_a_program_is_played_on_real_sockets() -> None:
    trial = play(POLLS, case(scenario=SWIFT))
    (job,) = trial.jobs
    assert (trial.outcome.outcome, trial.outcome.job) == (End.SUCCEEDED, job.id)
    assert trial.trouble is None
    assert (trial.virtual, trial.killed, trial.flaws) == (False, None, ())
    assert [one.operation for one in trial.exchanges[:2]] == ["enqueue", "status"]
    assert trial.captured > 0
    assert trial.began < trial.exchanges[-1].ended <= trial.ended <= trial.settled


def test_a_program_finds_all_in_its_environment_and_its_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("OMIXA_API_KEY", "a real one")
    monkeypatch.setenv("OXEN_API_KEY", "a real one")
    monkeypatch.setenv("MINE", "kept")
    trial = play(TELLS)
    given = told(trial)
    env = given["environment"]
    origin = trial.intent.base_url
    assert {env["UNDERSTUDY_BASE_URL"], env["OXEN_BASE_URL"]} == {origin}
    assert {env["UNDERSTUDY_API_KEY"], env["OXEN_API_KEY"]} == {KEY}
    assert not Path(env["UNDERSTUDY_STATE_FILE"]).exists()
    assert env["MINE"] == "kept"
    assert "OMIXA_API_KEY" not in env
    assert not {"HTTP_PROXY", "all_proxy"} & set(env)
    assert env["NO_PROXY"] == env["no_proxy"] == "127.0.0.1,localhost"
    assert given["line"].endswith("}\n")
    assert json.loads(given["line"]) == trial.intent.line()
    assert given["line"].count("\n") == 1


def test_placeholders_hold_the_intent() -> None:
    body = {"model": "m", "prompt": "a {kite} & 'more'", "duration": 8, "audio": True}
    arguments = (
        "{base_url}/x",
        "{api_key}",
        "{deadline_s}",
        "{body}",
        "{prompt}",
        "{{{duration}}}",
    )
    trial = play((*TELLS, *arguments, "{intent}", "{audio}"), case(body=body))
    given = told(trial)["arguments"]
    assert given[:3] == [f"{trial.intent.base_url}/x", KEY, "20"]
    assert json.loads(given[3]) == body
    assert given[4:6] == ["a {kite} & 'more'", "{8}"]
    assert json.loads(given[6]) == trial.intent.line()
    assert given[7] == "true"


def test_a_field_that_this_intent_lacks_is_empty() -> None:
    assert told(play((*TELLS, "{prompt}"), case(body={"model": "m"})))["arguments"] == [""]


@pytest.mark.parametrize("argument", ["{foo}", "{}", "{prompt!r}", "{body[model]}"])
def test_an_unknown_placeholder_is_a_clear_error(argument: str) -> None:
    with pytest.raises(BadSubject, match=r"is none of .*prompt.* written twice"):
        play((*TELLS, argument))


@pytest.mark.parametrize("argument", ["{", "a } b", "{{}", "{a{prompt}"])
def test_a_brace_that_stands_alone_is_a_clear_error(argument: str) -> None:
    with pytest.raises(BadSubject, match="a brace stands alone"):
        play((*TELLS, argument))


@pytest.mark.parametrize("prompt", ["a\0b", "a\ud800b", "a" * 200_000])
def test_what_no_argument_can_hold_is_no_fault_of_the_client(prompt: str) -> None:
    trial = play((*TELLS, "{prompt}"), case(body={"prompt": prompt}))
    assert trial.trouble is not None
    assert trial.trouble.kind is Ill.UNFIT


def test_a_program_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    plain, bad = tmp_path / "plain", tmp_path / "bad"
    plain.write_text("echo")
    bad.write_text("#!/nowhere/at/all\n")
    bad.chmod(bad.stat().st_mode | stat.S_IXUSR)
    for command, said in {
        (): "no program is named",
        ("no-such-program",): "there is no program 'no-such-program'",
        (str(plain),): "is not executable",
        (str(tmp_path),): "is not executable",
    }.items():
        with pytest.raises(BadSubject, match=said), ProgramSubject(command, abilities=None):
            pass
    with pytest.raises(BadSubject, match="cannot be started: No such file"):
        play((str(bad),))


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("echo half; echo no luck >&2; exit 3", Ill.CRASH, "it ended with exit code 3: no luck"),
        ("exit 1", Ill.CRASH, "it ended with exit code 1"),
        ("exit 13", Ill.CRASH, "it ended with exit code 13: in Node, an await was left"),
        (
            "printf 'TypeError: no\\n  at x\\n\\nNode.js v1\\n' >&2; exit 1",
            Ill.CRASH,
            "1: TypeError: no",
        ),
        ("kill -SEGV $$", Ill.CRASH, "it was ended by SIGSEGV"),
        ("kill -9 $PPID; sleep 1000", Ill.CRASH, "it ended, and so did what watched it"),
        ("true", Ill.GARBAGE, "it said nothing"),
        ("echo '[1]'; echo; echo", Ill.GARBAGE, "its last line is: [1]"),
        ("echo all done", Ill.GARBAGE, "it is no JSON"),
        (f"{SAYS}; echo bye", Ill.GARBAGE, "its last line is: bye"),
        ("printf '\\377\\376'", Ill.GARBAGE, "it is no JSON"),
        ("head -c 100000 /dev/zero | tr '\\0' '['", Ill.GARBAGE, "it is no JSON"),
        (f"{SAYS.replace('cancelled', 'broken')}", Ill.GARBAGE, "'broken' is none of succeeded"),
        ("yes", Ill.FLOOD, "it wrote more than 1024 KiB to its output"),
        ("yes >&2", Ill.FLOOD, "it wrote more than 1024 KiB to its errors"),
    ],
)
def test_what_tells_no_outcome_is_told_as_it_is(script: str, kind: Ill, text: str) -> None:
    trial = shell(script)
    assert trial.outcome.outcome is End.NOTHING
    assert trial.trouble is not None
    assert trial.trouble.kind is kind
    assert text in trial.trouble.text


@pytest.mark.parametrize("script", [SAYS, f"echo hello; {SAYS}; echo", f"{SAYS}; exit 1"])
def test_the_last_line_is_the_outcome(script: str) -> None:
    trial = shell(script)
    assert (trial.outcome.outcome, trial.trouble) == (End.CANCELLED, None)


def test_a_line_ends_where_json_says() -> None:
    text = "a\\u2028b\\u0085c"
    script = f'print(\'{{{{"outcome": "failed", "reason": "{text}"}}}}\')'
    trial = play((*PYTHON, "-X", "utf8", "-c", script))
    assert trial.outcome.reason == "a\u2028b\u0085c"


def test_trials_are_played_side_by_side(tmp_path: Path) -> None:
    """Each program waits until the other is there."""
    meet = f"touch {tmp_path}/$$; until [ $(ls {tmp_path} | wc -l) = 2 ]; do sleep 0.01; done"
    with (
        ProgramSubject(("sh", "-c", f"{meet}; exec {' '.join(POLLS)}"), abilities=None) as subject,
        ThreadPoolExecutor(2) as pool,
    ):
        trials = list(pool.map(subject.play, [case(scenario=SWIFT)] * 2))
    assert [one.outcome.outcome for one in trials] == [End.SUCCEEDED] * 2
    assert [len(one.jobs) for one in trials] == [1, 1]
    assert trials[0].intent.base_url != trials[1].intent.base_url


def test_what_was_sent_before_the_end_is_on_record() -> None:
    """One call whose answer nobody waited for, and a stream that is still open at the end."""
    script = (
        "import os, socket; from urllib.parse import urlsplit\n"
        "def send(call, wait):\n"
        "    made = socket.create_connection(('127.0.0.1', urlsplit('{base_url}').port))\n"
        "    made.sendall((call + '\\r\\nHost: x\\r\\nAuthorization: Bearer {api_key}').encode())\n"
        "    made.sendall(b'\\r\\nContent-Length: 0\\r\\n\\r\\n')\n"
        "    return wait and made.recv(1), made\n"
        "kept = send('GET /api/events HTTP/1.1', 1), send('POST /api/ai/queue HTTP/1.1', 0)\n"
        "os._exit(7)"
    )
    trial = play((*PYTHON, "-c", script))
    assert str(trial.trouble) == "crash: it ended with exit code 7"
    assert sorted(one.operation for one in trial.exchanges) == ["enqueue", "events"]
