"""A program that heeds no proxy finds nobody where the real hosts would be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emulator.door.fence import first, near
from tests.door.running import python, run, unshare
from tests.live.tools import need

HEEDLESS = """
import urllib.request as u
for url in ("https://hub.oxen.ai/", "https://WWW.omixa.cloud./", "http://hub.oxen.ai/"):
    try: u.build_opener(u.ProxyHandler({})).open(url, timeout=10)
    except OSError as error: print(type(error.reason).__name__)
"""
LOOKS = """
import socket
for host in ("hub.oxen.ai", "hub.oxen.ai.", "www.omixa.cloud"):
    for family in (socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6):
        found = {one[4][0] for one in socket.getaddrinfo(host, 443, family)}
        assert found <= {"127.0.0.1", "::1"}, (host, found)
print("here")
"""


def test_a_program_that_heeds_no_proxy_is_refused_at_once_and_the_way_out_is_told() -> None:
    ended = python(HEEDLESS)
    assert ended.stdout.split() == ["ConnectionRefusedError"] * 3, ended.stderr
    assert "No call came. If the program makes calls, it heeds no proxy" in ended.stderr
    assert "understudy run --sandbox -- " in ended.stderr


def test_the_real_hosts_are_here_for_whoever_looks_them_up() -> None:
    assert python(LOOKS).stdout == "here\n"


def test_other_hosts_of_the_users_own_stay_where_they_were() -> None:
    kept = Path("/etc/hosts").read_text().splitlines()
    seen = run("cat", "/etc/hosts").stdout.splitlines()
    assert seen[: len(kept)] == kept
    assert len(seen) > len(kept)
    assert Path("/etc/hosts").read_text().splitlines() == kept


def test_an_entry_that_names_a_real_host_gives_way() -> None:
    text = near("10.0.0.1 mine hub.oxen.ai # both\n10.0.0.2 HUB.OXEN.AI\n10.0.0.3 other\n")
    assert text.startswith("10.0.0.1 mine\n10.0.0.3 other\n127.0.0.1 ")
    assert "10.0.0.2" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "passwd: files\nhosts: dns [!UNAVAIL=return] files\n",
            "files dns [!UNAVAIL=return] files",
        ),
        ("passwd: files\n", "files dns"),
    ],
)
def test_the_file_of_hosts_is_asked_before_anything_else(before: str, after: str) -> None:
    assert first(before) == f"passwd: files\nhosts: {after}\n"


def test_where_there_is_no_such_thing_it_is_said_before_the_program_begins(tmp_path: Path) -> None:
    more = unshare(tmp_path, "echo 'unshare: not permitted' >&2; exit 1")
    ended = run("sh", "-c", "echo begun >&2; exit 4", more=more)
    assert ended.returncode == 4
    first_, second = ended.stderr.splitlines()[:2]
    assert first_ == (
        "understudy: nothing keeps a program that heeds no proxy from calling the real hosts here"
        " (unshare: not permitted)"
    )
    assert second == "begun"


def test_a_sandbox_says_why_there_is_none_and_what_helps_in_a_container(tmp_path: Path) -> None:
    ended = run("true", options=("--sandbox",), more=unshare(tmp_path, "exit 1"))
    assert ended.returncode == 2
    assert "`unshare` ended with 1, and gave no reason; " in ended.stderr
    assert "--cap-add SYS_ADMIN" in ended.stderr
    assert "No call came" not in ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a right up")
@pytest.mark.parametrize("options", [(), ("--sandbox",)])
def test_root_without_the_right_to_it_takes_a_user_namespace(options: tuple[str, ...]) -> None:
    need("setpriv")
    weak = ("setpriv", "--bounding-set", "-sys_admin")
    ended = run("getent", "hosts", "hub.oxen.ai", options=options, through=weak)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split()[0] in ("127.0.0.1", "::1")


def test_a_sandbox_whose_socket_has_too_long_a_path_says_so(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    ended = run("true", options=("--sandbox",), more={"TMPDIR": str(folder)})
    assert ended.returncode == 2
    assert ended.stderr.startswith("understudy: TMPDIR is too long for a socket: ")


def test_a_sandbox_whose_setting_up_fails_says_that_alone(tmp_path: Path) -> None:
    said = '[ "$4" = true ] && exit\nshift 3; exec "$1" -c "raise SystemExit(9)"'
    ended = run("true", options=("--sandbox",), more=unshare(tmp_path, said))
    assert ended.returncode == 2
    assert "what sets it up ended with 9" in ended.stderr
    assert "No call came" not in ended.stderr


def test_what_a_program_trusts_is_the_authority_alone_unless_others_are_called() -> None:
    code = 'cat "$SSL_CERT_FILE"; ls "${SSL_CERT_DIR:?}"'
    assert run("sh", "-c", code).stdout.count("BEGIN CERTIFICATE") == 1
    asked = run("sh", "-c", 'echo "$SSL_CERT_FILE"', options=("--allow", "example.com"))
    assert asked.stdout.endswith("bundle.pem\n")
