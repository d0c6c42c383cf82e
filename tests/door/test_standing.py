"""`serve --tls` is a standing service: it prints what brings a client there."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.door.running import ROOT
from tests.live.serving import run
from tests.live.tools import need

LAST = "unset "


@contextmanager
def serving(
    *options: str, through: tuple[str, ...] = ()
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The service, and the lines that it has printed once it is ready."""
    serve = ["serve", "--tls", "--port", "0", "--proxy-port", "0", *options]
    with subprocess.Popen(
        [*through, sys.executable, "-m", "emulator", *serve],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while not lines[-1].startswith(LAST):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended"
        try:
            yield process, lines
        finally:
            if process.poll() is None:
                process.kill()


def exported(lines: list[str]) -> dict[str, str]:
    """The variables that it says to export."""
    found = (line.removeprefix("export ") for line in lines if line.startswith("export "))
    return dict(shlex.split(one)[0].split("=", 1) for one in found)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_what_it_prints_brings_a_client_there_and_it_leaves_nothing_behind(
    number: signal.Signals, code: int
) -> None:
    need("curl")
    with serving() as (process, lines):
        given = exported(lines)
        assert set(lines[-1].split()[1:]) == set(given) > {"OXEN_API_KEY", "SSL_CERT_DIR"}
        call = ["curl", "-sS", "-H", f"Authorization: Bearer {given['OXEN_API_KEY']}"]
        answer = subprocess.run(
            [*call, "https://hub.oxen.ai/api/ai/queue"],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == '{"count":0,"generations":[]}'
        alone = Path(given["NODE_EXTRA_CA_CERTS"])
        url = lines[0].split()[-1]
        assert run("ca", "--url", url).stdout == alone.read_text()
        assert Path(given["SSL_CERT_FILE"]).read_text() == alone.read_text()
        process.send_signal(number)
        assert process.wait(timeout=30) == code
        assert not alone.parent.exists()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_service_that_is_to_outlive_its_terminal_does() -> None:
    with serving(through=("nohup",)) as (process, lines):
        process.send_signal(signal.SIGHUP)
        assert run("ca", "--url", lines[0].split()[-1]).returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143


def test_a_host_that_is_refused_is_logged_and_no_way_to_let_it_through_is_named() -> None:
    need("curl")
    with serving("--verbose") as (process, lines):
        call = ["curl", "-sS", "http://example.com/"]
        answer = subprocess.run(
            call, env={**os.environ, **exported(lines)}, capture_output=True, text=True, check=True
        )
        assert "--allow" not in answer.stdout
        assert process.stderr is not None
        assert process.stderr.readline() == "refused example.com:80\n"


def test_no_key_is_exported_that_the_service_would_not_accept() -> None:
    with serving("--keys", "ci") as (_, lines):
        assert "OXEN_API_KEY" not in exported(lines)


def test_where_there_is_no_such_service_the_certificate_is_not_to_be_had() -> None:
    ended = run("ca", "--url", "http://127.0.0.1:1")
    assert ended.returncode == 2
    assert "nothing answers at http://127.0.0.1:1" in ended.stderr


def test_a_service_without_tls_has_no_certificate() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "serve", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        ended = run("ca", "--url", url)
        process.terminate()
    assert ended.returncode == 2
    assert ended.stderr == f"understudy: the service at {url} runs without --tls\n"


def test_two_services_cannot_have_one_port() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = str(found.getsockname()[1])
    ended = run("serve", "--tls", "--port", port, "--proxy-port", port)
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in ended.stderr
    assert "--proxy-port 0 takes a free one" in ended.stderr


def test_the_port_of_a_proxy_that_is_not_asked_for_is_bad_use() -> None:
    ended = run("serve", "--port", "0", "--proxy-port", "0")
    assert ended.returncode == 2
    assert "--proxy-port is for the proxy of --tls" in ended.stderr
