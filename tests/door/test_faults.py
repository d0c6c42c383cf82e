"""What befalls the wire reaches a client through TLS as it would from the real host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.door.running import python, run
from tests.live.tools import need

ASK = """
import urllib.request
asked = urllib.request.Request(
    "{scheme}://hub.oxen.ai/api/ai/queue", headers={{"Authorization": "Bearer any"}}
)
try:
    with urllib.request.urlopen(asked, timeout={patience}) as answer:
        print("read", len(answer.read()))
except Exception as error:
    print(type(getattr(error, "reason", error)).__name__)
"""

SEEN = {
    "reset": ("ConnectionResetError", "RemoteDisconnected"),
    "close": ("RemoteDisconnected", "RemoteDisconnected"),
    "cut_head": ("read 0", "read 0"),
    "cut_body": ("IncompleteRead", "IncompleteRead"),
    "reset_body": ("ConnectionResetError", "IncompleteRead"),
    "stall": ("TimeoutError", "TimeoutError"),
    "stall_body": ("TimeoutError", "TimeoutError"),
    "garbage": ("BadStatusLine", "BadStatusLine"),
    "bad_chunk": ("IncompleteRead", "IncompleteRead"),
    "drip": ("read 28", "read 28"),
}
"""What Python's own client makes of it, without TLS and with it: it takes an RST for an end there,
whoever sends it."""

SAID = {
    "reset": "Connection reset by peer",
    "reset_body": "Connection reset by peer",
    "cut_body": "transfer closed with",
    "close": "Empty reply from server",
}
"""What curl says, with TLS."""


def scenario(folder: Path, text: str) -> tuple[str, str]:
    file = folder / "scenario.yaml"
    file.write_text(text)
    return "--scenario", str(file)


@pytest.mark.parametrize("way", [(), ("--sandbox",)], ids=["proxy", "sandbox"])
@pytest.mark.parametrize("do", SEEN)
@pytest.mark.slow
def test_a_fault_of_the_wire(do: str, way: tuple[str, ...], tmp_path: Path) -> None:
    given = scenario(tmp_path, f"faults:\n- {{do: {do}, on: {{operation: list}}}}\n")
    patience = 2 if do.startswith("stall") else 20
    for scheme, seen in zip(("http", "https"), SEEN[do], strict=True):
        ended = python(ASK.format(scheme=scheme, patience=patience), *given, *way)
        assert ended.stdout.strip() == seen, (scheme, ended.stderr)


@pytest.mark.parametrize("do", SAID)
@pytest.mark.slow
def test_curl_sees_a_reset_for_what_it_is(do: str, tmp_path: Path) -> None:
    need("curl")
    given = scenario(tmp_path, f"faults:\n- {{do: {do}, on: {{operation: list}}}}\n")
    call = ("curl", "-sS", "-H", "Authorization: Bearer any", "https://hub.oxen.ai/api/ai/queue")
    assert SAID[do] in run(*call, options=given).stderr


@pytest.mark.parametrize("way", [(), ("--sandbox",)], ids=["proxy", "sandbox"])
@pytest.mark.parametrize("do", ["reset_connection", "close_connection"])
@pytest.mark.slow
def test_a_connection_is_struck_before_its_handshake(
    do: str, way: tuple[str, ...], tmp_path: Path
) -> None:
    given = scenario(tmp_path, f"faults:\n- {{do: {do}, on: {{operation: connect, nth: 1}}}}\n")
    code = ASK.format(scheme="https", patience=20)
    first, second = python(f"{code}\n{code}", *given, *way).stdout.split("\n")[:2]
    assert first in ("ConnectionResetError", "SSLEOFError", "SSLZeroReturnError")
    assert second == "read 28"


LISTEN = "curl -sSN -m 20 -H 'Authorization: Bearer any' https://hub.oxen.ai/api/events"
ORDER = (
    "curl -sS -H 'Authorization: Bearer any' -H 'Content-Type: application/json'"
    ' -d \'{"model": "google-veo-3-1-lite", "prompt": "A lake"}\' https://hub.oxen.ai/api/ai/queue'
)


@pytest.mark.parametrize("way", [(), ("--sandbox",)], ids=["proxy", "sandbox"])
@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("cut", "transfer closed with outstanding read data remaining"),
        ("reset_stream", "Connection reset by peer"),
    ],
)
@pytest.mark.slow
def test_a_stream_breaks(do: str, said: str, way: tuple[str, ...], tmp_path: Path) -> None:
    need("curl")
    given = scenario(tmp_path, f"faults:\n- {{do: {do}, on: {{operation: events}}}}\n")
    listens = f"{LISTEN} & heard=$!; sleep 1; {ORDER}; wait $heard"
    ended = run("sh", "-c", listens, options=("--speed", "60", *given, *way))
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("reset", "Connection reset by peer"),
        ("half", "transfer closed with"),
        ("timeout", "Operation timed out"),
    ],
)
@pytest.mark.slow
def test_an_answer_is_lost_and_the_job_is_there(how: str, said: str, tmp_path: Path) -> None:
    need("curl")
    lost = f"faults:\n- {{do: {{lose: {{how: {how}}}}}, on: {{operation: enqueue}}}}\n"
    ended = run("sh", "-c", f"{ORDER} -m 2", options=scenario(tmp_path, lost))
    assert said in ended.stderr
    assert "google-veo-3-1-lite" in ended.stderr.partition("Jobs:")[2]


@pytest.mark.slow
def test_an_event_comes_through_at_once_while_the_stream_goes_on() -> None:
    need("curl")
    listens = f"{LISTEN} | grep -m1 -o media_generation_completed & sleep 1; {ORDER} >&2; wait"
    ended = run("sh", "-c", listens, options=("--speed", "60"))
    assert ended.stdout.strip() == "media_generation_completed", ended.stderr


@pytest.mark.parametrize(
    ("way", "seen"), [((), "OSError"), (("--sandbox",), "ConnectionResetError")]
)
@pytest.mark.slow
def test_a_connection_is_refused_for_as_long_as_nothing_listens(
    way: tuple[str, ...], seen: str, tmp_path: Path
) -> None:
    refused = "{do: refuse_connections, on: {operation: connect, between: [0s, 1d]}}"
    given = scenario(tmp_path, f"faults:\n- {refused}\n")
    ended = python(ASK.format(scheme="https", patience=20), *given, *way)
    assert ended.stdout.strip() == seen, ended.stderr
