"""What is told at the end of a run is all that came, by the names that people know."""

from __future__ import annotations

from pathlib import Path

from tests.door.running import run
from tests.door.test_faults import ORDER, scenario
from tests.live.tools import need

KEY = "-H 'Authorization: Bearer any'"
LIST = f"curl -sS {KEY} https://hub.oxen.ai/api/ai/queue"


def told(code: str, *options: str) -> str:
    """What is told of a run of this shell code."""
    need("curl")
    ended = run("sh", "-c", f"({code}) >/dev/null 2>&1", options=options)
    assert ended.stderr.startswith("\n"), ended.stderr
    return ended.stderr[1:]


def test_calls_that_reached_no_world_are_told() -> None:
    calls = "curl https://hub.oxen.ai/api/nonsense; curl https://hub.oxen.ai/api/ai/queue?a=1"
    assert told(calls) == (
        "Other calls:\n"
        "  GET hub.oxen.ai/api/nonsense: 404\n"
        "  GET hub.oxen.ai/api/ai/queue?a=1: 401 (no key)\n"
    )


def test_where_nothing_came_into_a_sandbox_nobody_is_sent_there() -> None:
    assert told("true", "--sandbox") == "No call came to a provider's host.\n"


def test_who_was_refused_does_heed_the_proxy() -> None:
    assert told("curl http://example.com/") == (
        "No call came to a provider's host.\n\n"
        "Refused, and nothing of it left this machine:\n  example.com:80\n"
    )


def test_a_job_that_goes_on_is_told_with_what_is_held() -> None:
    said = told(ORDER)
    assert "  still queued, $0.40 held  google-veo-3-1-lite\n" in said.replace(
        said.partition("Jobs:\n  ")[2][:36], ""
    )
    invoice = said.partition("google-veo-3-1-lite\n\n")[2]
    assert invoice.splitlines()[0] == "Oxen hub:"
    assert "" not in invoice.splitlines()


def test_a_lost_answer_is_told_by_the_faults_name_and_which_faults_never_came(
    tmp_path: Path,
) -> None:
    text = """faults:
- {id: lost, do: {lose: {how: reset}}, on: {operation: enqueue}}
- {do: reset_connection, on: {operation: connect, nth: 1}}
- {id: late, do: reset, on: {operation: list, nth: 7}}
"""
    said = told(f"{LIST}; {ORDER}; {LIST}", *scenario(tmp_path, text))
    assert "  connection: reset\n" in said
    assert "  oxen enqueue: no answer (lose)\n" in said
    assert "  oxen list: 200\n" in said
    faults = said.partition("Faults:\n")[2]
    assert "  lost (lose): fired at call 2 (oxen enqueue)\n" in faults
    assert "reset_connection): fired at call 1 (connection)\n" in faults
    assert "  late (reset): never fired: it waits for matching call 7 of list, and 1 came" in faults


def test_connections_that_found_nobody_are_counted(tmp_path: Path) -> None:
    refused = "{id: shut, do: refuse_connections, on: {operation: connect, between: [0s, 1d]}}"
    said = told(f"{LIST}; {LIST}", *scenario(tmp_path, f"faults:\n- {refused}\n"))
    assert said.startswith("Calls:\n  connection: refused, 2 times\n")
    assert "  shut (refuse_connections): fired\n" in said
