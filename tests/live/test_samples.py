"""The vendors' samples run against the emulator with nothing changed but host and key."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live import samples
from tests.live.samples import Sample
from tests.live.tools import need
from tests.media.pictures import image
from tests.server.caller import Caller

OXEN, OMIXA = samples.oxen(), samples.omixa()
SIZES = ("Minimal", "All parameters")
JUMPING = {"clock": {"mode": "auto", "speed": 200}, "plans": [{"queued": "1h"}]}
"""Nobody is late for the event, the event comes at once, and so does the next keep-alive, at which
curl notices that awk has gone."""

FAST = {"clock": {"mode": "real", "speed": 1_000_000}}
"""The first poll finds the job at its end."""

UNHURRIED = {"clock": {"mode": "real", "speed": 15}}
"""A poll or two find the job under way."""

PYTHON = "import runpy, sys; runpy.run_path(sys.argv[1], {'false': False, 'true': True})"
"""The page's samples with all parameters write `false` as JSON does."""


def of(kind: str, *languages: str) -> list[Any]:
    """The samples of a kind, each under its name."""
    wanted = [(f"{kind} {size}", language) for size in SIZES for language in languages]
    chosen = [one for one in OXEN if (one.where, one.language) in wanted]
    return [pytest.param(one, id=one.name) for one in chosen]


def run(sample: Sample, caller: Caller, folder: Path) -> str:
    """What the sample prints."""
    code = sample.code.replace("https://hub.oxen.ai", caller.emulator.url)
    code = code.replace("https://www.omixa.cloud", caller.emulator.url)
    code = code.replace("omx_live_xxx", caller.key)
    frame = b64encode(image(160, 90)).decode()
    code = code.replace("<base64-start-frame>", frame)
    ended = subprocess.run(
        command(sample, code, folder),
        env={**os.environ, "OXEN_API_KEY": caller.key, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def command(sample: Sample, code: str, folder: Path) -> list[str]:
    """How a sample is run."""
    match sample.language:
        case "bash":
            need("bash", "curl", *[tool for tool in ("jq", "gawk") if use(tool, code)])
            if "awk" in code:  # whatever awk is here otherwise: not all of them read line by line
                code = f'awk() {{ gawk "$@"; }}\n{code}'
            return ["bash", "-c", code]
        case "python":
            (folder / "sample.py").write_text(code)
            return [sys.executable, "-c", PYTHON, str(folder / "sample.py")]
        case _:
            need("node")
            (folder / "sample.mjs").write_text(f"{code}\nconsole.log(JSON.stringify(data));\n")
            return ["node", str(folder / "sample.mjs")]


def use(tool: str, code: str) -> bool:
    """Whether a shell sample calls this tool."""
    return re.search(rf"\b{tool.removeprefix('g')}\b", code) is not None


def seen(text: str, language: str) -> dict[str, Any]:
    """The object that was printed: as JSON, or as Python prints one."""
    data = literal_eval(text) if language == "python" else json.loads(text)
    assert isinstance(data, dict)
    return data


def downloads(caller: Caller, link: str) -> None:
    """The link leads to a video, without a key."""
    answer = caller.http.get(link, headers={"range": "bytes=0-11"})
    assert (answer.status_code, answer.headers["content-type"]) == (206, "video/mp4")
    assert answer.content[4:8] == b"ftyp"


def test_every_sample_was_found() -> None:
    tabs = [f"{kind} {size}" for kind in ("Sync", "Async", "Async with SSE") for size in SIZES]
    names = [(tab, language) for tab in tabs for language in ("bash", "python")]
    assert [(one.where, one.language) for one in OXEN] == [*names, ("", "bash")]
    assert [one.language for one in OMIXA] == ["bash", "javascript", "python"]


def test_our_own_pages_stand_in_for_the_vendors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "SEEDS", Path("nowhere"))
    for own, used in ((samples.oxen(), OXEN), (samples.omixa(), OMIXA)):
        assert [one.name for one in own] == [one.name for one in used]


@pytest.mark.parametrize("sample", of("Sync", "bash", "python"))
def test_sync_samples_print_the_video(
    world: Callable[..., Caller], tmp_path: Path, sample: Sample
) -> None:
    caller = world(**JUMPING)
    data = seen(run(sample, caller, tmp_path), sample.language)
    (video,) = data["videos"]
    assert set(data) == {"model", "created", "videos"}
    downloads(caller, video["url"])


@pytest.mark.parametrize("sample", of("Async", "bash"))
def test_polling_shell_samples_end_with_the_row(
    world: Callable[..., Caller], tmp_path: Path, sample: Sample
) -> None:
    printed = run(sample, world(**FAST), tmp_path)
    statuses, _, row = printed.partition("{")
    assert statuses.splitlines()[-1] == "Status: succeeded"
    shown = seen("{" + row, "bash")
    assert shown["status"] == "succeeded"
    assert "/api/repos/" in shown["result_url"]


@pytest.mark.parametrize("sample", of("Async", "python"))
def test_polling_python_samples_end_with_the_result(
    world: Callable[..., Caller], tmp_path: Path, sample: Sample
) -> None:
    caller = world(**FAST)
    printed = run(sample, caller, tmp_path)
    assert printed.startswith(f"Result: {caller.emulator.url}/api/repos/")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["bash", "python"])
def test_polling_samples_see_a_job_under_way(
    world: Callable[..., Caller], tmp_path: Path, language: str
) -> None:
    caller = world(**UNHURRIED)
    sample = next(one for one in OXEN if (one.where, one.language) == ("Async Minimal", language))
    printed = run(sample, caller, tmp_path)
    exchanges = caller.control("exchanges")["exchanges"]
    polls = [json.loads(one["response"]["body"]) for one in exchanges[1:]]
    words = [poll["status"] for poll in polls]
    assert words[0] in ("queued", "processing")
    assert words[-1] == "succeeded"
    link = printed.strip().removeprefix("Result: ")
    downloads(caller, link if language == "python" else polls[-1]["result_url"])


@pytest.mark.parametrize("sample", of("Async with SSE", "bash", "python"))
def test_event_samples_print_the_event(
    world: Callable[..., Caller], tmp_path: Path, sample: Sample
) -> None:
    caller = world(**JUMPING)
    event = seen(run(sample, caller, tmp_path), sample.language)
    assert list(event) == ["generation_id", "status", "media_type", "model", "url"]
    assert (event["status"], event["media_type"]) == ("succeeded", "video")
    downloads(caller, event["url"])


def test_the_model_sample_prints_the_model_with_its_schema(
    world: Callable[..., Caller], tmp_path: Path
) -> None:
    (sample,) = [one for one in OXEN if not one.where]
    model = seen(run(sample, world(), tmp_path), "bash")
    assert model["id"] == "google-veo-3-1-lite"
    assert model["json_request_schema"]["required"] == ["prompt", "input_image"]


@pytest.mark.parametrize("sample", [pytest.param(one, id=one.name) for one in OMIXA])
def test_omixa_samples_get_the_normalized_object(
    world: Callable[..., Caller], tmp_path: Path, sample: Sample
) -> None:
    caller = world(clock={"mode": "real", "speed": 20})
    made = seen(run(sample, caller, tmp_path), sample.language)
    operation = made.pop("operation")
    assert made == {
        "provider": "google",
        "model": "veo-3.1-lite-generate-001",
        "status": "running",
        "poll_after_seconds": 5,
        "data": [],
    }
    caller.advance("2m")
    shown = caller.poll(operation)
    assert shown["status"] == "succeeded"
    (result,) = shown["data"]
    assert result["content_type"] == "video/mp4"
    downloads(caller, result["url"])
