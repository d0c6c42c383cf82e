"""What the README and the guide to grading show is what happens to whoever types it in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import yaml

from contracts.cases import sample
from contracts.cli import grade, recheck, replay

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
COMMANDS = {"grade": grade, "replay": replay, "recheck": recheck}


def block(language: str, begins: str, text: str = README) -> str:
    """The only block of that language with that in its first lines."""
    (found,) = (
        one
        for one in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        if begins in "".join(one.splitlines(keepends=True)[:4])
    )
    return str(found)


def understudy(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emulator", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.slow
def test_the_client_of_the_readme_is_graded_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "order.py").write_text(block("python", "# order.py"), encoding="utf-8")
    told = README.split("```sh\nunderstudy grade oxen --subject order:order ")[1]
    sentence = re.search(r"^> (It breaks .*)$", told, re.MULTILINE)
    assert sentence is not None
    graded = understudy(tmp_path, "grade", "oxen", "--subject", "order:order", "--out", "findings")
    assert sentence[1] in graded.stdout
    assert graded.returncode == 1
    file = "findings/lifecycle.says-something.yaml"
    assert f"understudy replay {file} --subject order:order" in told
    assert understudy(tmp_path, "replay", file, "--subject", "order:order").returncode == 1


def test_the_emulator_is_used_without_pytest_as_the_readme_says() -> None:
    class MyClient:
        def __init__(self, base_url: str, api_key: str) -> None:
            self.queue = f"{base_url}/api/ai/queue"
            self.headers = {"Authorization": f"Bearer {api_key}"}

        def submit(self, prompt: str) -> Any:
            body = {**sample("oxen"), "prompt": prompt}
            made = httpx.post(self.queue, json=body, headers=self.headers).json()
            return made["generations"][0]["generation_id"]

        def status(self, job: str) -> Any:
            return httpx.get(f"{self.queue}/{job}", headers=self.headers).json()["status"]

    example = block("python", "from emulator import")
    needs = set(re.findall(r"^(?:from|import) (\w+)", example, re.MULTILINE))
    assert needs <= {*sys.stdlib_module_names, "emulator"}, "not everybody has it installed"
    exec(example, {"MyClient": MyClient})


@pytest.mark.parametrize("text", [README, GUIDE], ids=["readme", "guide"])
def test_every_option_that_is_shown_is_one(text: str) -> None:
    shown = re.findall(r"understudy (grade|replay|recheck)\b([^`]*)", text)
    assert shown
    for name, words in shown:
        options = {one for option in COMMANDS[name].params for one in option.opts}
        ours = words.split(" -- ")[0].split("understudy ")[0]
        for option in re.findall(r"(?<!\S)--[a-z]+", ours):
            assert option in options, f"understudy {name} {option}"


def test_the_guide_names_every_option_of_grade() -> None:
    for option in grade.params:
        if isinstance(option, click.Option):
            assert option.opts[0] in GUIDE


def test_the_workflow_can_be_read() -> None:
    job = yaml.safe_load(block("yaml", ".github/workflows", GUIDE))["jobs"]["grade"]
    assert [list(step) for step in job["steps"]]
    assert all({"run", "uses"} & set(step) for step in job["steps"])
