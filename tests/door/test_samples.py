"""The vendors' samples run byte for byte as they are on their pages. `<base64-start-frame>` alone,
which no server could accept, is filled in."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.door.running import run
from tests.live import samples
from tests.live.samples import Sample
from tests.live.test_samples import FAST, JUMPING, OMIXA, OXEN, command
from tests.live.tools import need
from tests.media.pictures import image

FRAME = "<base64-start-frame>"
ENDS = {
    "Sync": (JUMPING, "oxen generate: 200"),
    "Async": (FAST, "oxen status: 200"),
    "Async with SSE": (JUMPING, "oxen events: 200"),
    "": (FAST, "oxen model: 200"),
}
"""By where a sample stands: the world in which it comes to its end, and the call that shows it."""

SAYS = ("video/mp4", "/api/repos/", "json_request_schema", "poll_after_seconds")
"""What every sample prints some of: a link, a schema, or how long to wait."""


def ran(sample: Sample, folder: Path, world: Any, *options: str) -> tuple[str, str]:
    """What a sample prints, and what the run says of it."""
    code = sample.code.replace(FRAME, b64encode(image(160, 90)).decode())
    assert (code == sample.code) is (FRAME not in sample.code)
    file = folder / "scenario.yaml"
    file.write_text(json.dumps(world))
    ended = run(*command(sample, code, folder), options=("--scenario", str(file), *options))
    assert ended.returncode == 0, ended.stderr
    assert "Refused" not in ended.stderr
    assert any(one in ended.stdout for one in SAYS), ended.stdout
    return ended.stdout, ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("sample", OXEN, ids=lambda one: one.name or "model")
def test_a_sample_of_oxen(sample: Sample, tmp_path: Path) -> None:
    kind = sample.where.removesuffix(" Minimal").removesuffix(" All parameters")
    world, call = ENDS[kind]
    printed, said = ran(sample, tmp_path, world)
    assert call in said
    assert "https://hub.oxen.ai/api/repos/" in printed or not kind


@pytest.mark.slow
@pytest.mark.parametrize("sample", OMIXA, ids=lambda one: one.language)
def test_a_sample_of_omixa(sample: Sample, tmp_path: Path) -> None:
    options = ("--sandbox",) if sample.language == "javascript" else ()
    printed, said = ran(sample, tmp_path, {"clock": {"mode": "real", "speed": 20}}, *options)
    assert "omixa create: 20" in said
    assert "running" in printed


PHP = "<?php\n{code}\necho $response === false ? curl_error($ch) : $response;\n"

GO = """package main

import (
	{imports}
)

func main() {{
{code}
	if err != nil {{
		panic(err)
	}}
	answered, _ := io.ReadAll(resp.Body)
	fmt.Println(string(answered))
}}
"""


def compiled(fragment: Sample, folder: Path) -> list[str]:
    """How a fragment is run, wrapped so that it prints what it was answered."""
    code = fragment.code.replace(FRAME, b64encode(image(160, 90)).decode())
    file = folder / f"fragment.{fragment.language}"
    if fragment.language == "php":
        need("php")
        file.write_text(PHP.format(code=code))
        return ["php", str(file)]
    need("go")
    used = [one for one in ("bytes", "strings") if f"{one}." in code]
    imports = "\n\t".join(f'"{one}"' for one in ("fmt", "io", "net/http", *used))
    file.write_text(GO.format(code=code, imports=imports))
    subprocess.run(["go", "build", "-o", "fragment", file.name], cwd=folder, check=True)
    return [str(folder / "fragment")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "options"),
    [("php", ("--sandbox",)), ("go", ()), ("go", ("--sandbox",))],
    ids=["php-sandbox", "go-proxy", "go-sandbox"],
)
@pytest.mark.parametrize("page", ["theirs", "ours"])
def test_a_fragment_is_wrapped_so_that_it_prints(
    page: str,
    language: str,
    options: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if page == "ours":
        monkeypatch.setattr(samples, "SEEDS", Path("nowhere"))
    (fragment,) = (one for one in samples.fragments() if one.language == language)
    ended = run(*compiled(fragment, tmp_path), options=("--speed", "20", *options))
    assert ended.stdout, ended.stderr
    assert json.loads(ended.stdout)["status"] == "running"
    assert "omixa create: 20" in ended.stderr
