"""In a sandbox the providers' hosts are here, for every program, and nothing else exists."""

from __future__ import annotations

from tests.door.running import run
from tests.live.tools import need

LIST = "https://hub.oxen.ai/api/ai/queue"
KEY = "-H 'Authorization: Bearer any'"

EMPTY = '{"count":0,"generations":[]}'


def test_a_program_that_heeds_no_proxy_reaches_the_provider() -> None:
    need("curl")
    ended = run("sh", "-c", f"curl -sS {KEY} {LIST}", options=("--sandbox",))
    assert ended.stdout == EMPTY, ended.stderr
    assert "oxen list: 200" in ended.stderr


def test_no_other_address_exists_and_what_was_looked_for_is_told() -> None:
    need("curl")
    calls = "curl -sS https://example.com; curl -sS https://192.0.2.1; curl -sS http://8.8.8.8"
    ended = run("sh", "-c", calls, options=("--sandbox",))
    assert "Could not resolve host: example.com" in ended.stderr
    assert ended.stderr.count("Failed to connect") == 2
    assert "Refused, and nothing of it left this machine:\n  example.com\n" in ended.stderr


def test_its_exit_code_and_its_name_are_the_programs() -> None:
    ended = run("sh", "-c", "id -u; exit 5", options=("--sandbox",))
    mine = run("id", "-u")
    assert (ended.returncode, ended.stdout) == (5, mine.stdout)


def test_there_is_no_way_out_of_a_sandbox() -> None:
    ended = run("true", options=("--sandbox", "--allow", "example.com"))
    assert ended.returncode == 2
    assert "a sandbox has no way out" in ended.stderr


def test_where_none_can_be_had_it_is_said_what_is_missing() -> None:
    ended = run("true", options=("--sandbox",), more={"PATH": "/nowhere"})
    assert ended.returncode == 2
    assert ended.stderr.startswith("understudy: a sandbox cannot be had here: `unshare` is missing")
