"""`serve --tls` is a standing service: it prints what brings a client there."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from tests.door.running import ROOT
from tests.live.serving import run
from tests.live.tools import need

LAST = "export NODE_USE_ENV_PROXY"


def test_what_it_prints_brings_a_client_there_and_it_shows_its_certificate() -> None:
    need("curl")
    serve = ["serve", "--tls", "--port", "0", "--proxy-port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", *serve], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while not lines[-1].startswith(LAST):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended"
        url = lines[0].split()[-1]
        exported = (line.removeprefix("export ") for line in lines if line.startswith("export "))
        given = dict(shlex.split(one)[0].split("=", 1) for one in exported)
        call = ["curl", "-sS", "-H", "Authorization: Bearer any"]
        answer = subprocess.run(
            [*call, "https://hub.oxen.ai/api/ai/queue"],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == '{"count":0,"generations":[]}'
        alone = Path(given["NODE_EXTRA_CA_CERTS"])
        assert run("ca", "--url", url).stdout == alone.read_text()
        assert Path(given["SSL_CERT_FILE"]).read_text().endswith(alone.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert not alone.exists()


def test_where_there_is_no_such_service_the_certificate_is_not_to_be_had() -> None:
    ended = run("ca", "--url", "http://127.0.0.1:1")
    assert ended.returncode == 2
    assert "nothing answers at http://127.0.0.1:1" in ended.stderr
