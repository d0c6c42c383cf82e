"""A program that is run has its own streams, signals and exit code, and what it did is told."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.door.running import ROOT, python, run
from tests.live.tools import need

LIST = "https://hub.oxen.ai/api/ai/queue"
ASKS = f"""
import json, os, urllib.request
key = os.environ["OXEN_API_KEY"]
body = json.dumps({{"model": "google-veo-3-1-lite", "prompt": "A lake"}}).encode()
head = {{"Authorization": f"Bearer {{key}}", "Content-Type": "application/json"}}
with urllib.request.urlopen(urllib.request.Request("{LIST}", body, head)) as answer:
    print(json.load(answer)["generations"][0]["status"])
"""


def test_what_a_program_did_is_told_on_stderr_and_its_output_is_its_own() -> None:
    ended = python(ASKS)
    assert (ended.returncode, ended.stdout) == (0, "queued\n"), ended.stderr
    assert "oxen enqueue: 200" in ended.stderr
    assert "google-veo-3-1-lite" in ended.stderr
    assert "held            0.400000 USD" in ended.stderr


def test_a_scenario_is_played_and_connections_are_struck_too() -> None:
    ended = python(ASKS, "--balance", "0.10")
    assert "HTTP Error 402" in ended.stderr
    assert "oxen enqueue: 402" in ended.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("true",), 0),
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "kill -KILL $$"), 137),
        (("no-such-program",), 127),
        (("/etc/passwd",), 126),
    ],
)
def test_its_exit_code_is_the_programs(command: tuple[str, ...], code: int) -> None:
    ended = run(*command)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr


def test_its_input_is_the_programs() -> None:
    assert run("cat", entered="a line\n").stdout == "a line\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_reaches_the_program_which_may_heed_it(number: signal.Signals) -> None:
    traps = f"trap 'echo heard; exit 9' {number.name[3:]}; echo ready; while :; do read x; done"
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "run", "--", "sh", "-c", traps],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said, _ = process.communicate("\n", timeout=30)
    assert (process.returncode, said) == (9, "heard\n")


def test_only_the_providers_are_reached_whatever_hosts_are_written_into_a_client() -> None:
    need("curl")
    hosts = ("hub.oxen.ai", "example.com", "www.example.org:8443")
    calls = "; ".join(f"curl -sS -o /dev/null -w '%{{http_code}} ' https://{one}/" for one in hosts)
    ended = run("sh", "-c", calls)
    assert ended.stdout.split() == ["404", "000", "000"]
    assert "Refused, and nothing of it left this machine:" in ended.stderr
    assert "  example.com:443\n  www.example.org:8443" in ended.stderr


def test_a_host_that_was_asked_for_without_tls_is_refused_and_told_with_its_port() -> None:
    need("curl")
    ended = run("sh", "-c", "curl -sS http://example.com/ http://www.example.org:8080/")
    assert ended.stdout.count("lets no call out to it") == 2
    assert "  example.com:80\n  www.example.org:8080" in ended.stderr


def test_the_key_of_the_authority_is_on_no_disk() -> None:
    ended = run("sh", "-c", 'cd "${SSL_CERT_FILE%/*}" && pwd && ls && grep -rl PRIVATE "$PWD"; :')
    folder, *files = ended.stdout.split()
    assert {"bundle.pem", "ca.pem"} < set(files)
    assert not any(file.startswith("/") for file in files)
    assert subprocess.run(["test", "-e", folder], check=False).returncode != 0


def test_a_host_that_is_let_through_by_hand_is_reached(tmp_path: object) -> None:
    need("curl")
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PYTHONUNBUFFERED": "1"},
    ) as other:
        assert other.stdout is not None
        port = other.stdout.readline().split("port ")[1].split()[0]
        call = f"curl -sS -x $http_proxy --noproxy '' http://localhost:{port}/"
        assert "Directory listing" in run("sh", "-c", call, options=("--allow", "localhost")).stdout
        assert "does not stand in for localhost" in run("sh", "-c", call).stdout
        tunnel = call.replace("--noproxy", "-p --noproxy")
        assert (
            "Directory listing" in run("sh", "-c", tunnel, options=("--allow", "localhost")).stdout
        )
        other.terminate()


def test_a_provider_is_never_let_through() -> None:
    ended = run("true", options=("--allow", "HUB.oxen.ai"))
    assert ended.returncode == 2
    assert "it cannot be let through" in ended.stderr
