"""The vendors' documented sample programs as clients, graded as they stand: only host and key are
put in, and what they print is understood. `python -m tests.clients.samples` prints what is wrong
with each; `--write` puts it into the docs.

A sample's request is its own, so the cases that ask for another are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from contracts.attach import attach
from contracts.grade import Grade, State
from contracts.ground import plain
from contracts.phrases import cash
from contracts.report.words import broken, verdict
from contracts.search import Profile, search
from tests.live import samples
from tests.live.samples import Sample
from tests.media.pictures import image

ORIGINS = ("https://hub.oxen.ai", "https://www.omixa.cloud")
CASES = ("ending/*", "plan/*", "single/*", "connection/*", "always/*", "assumption/*")
PAGE = Path(__file__).parents[2] / "docs" / "samples.md"
BEGIN, END = "<!-- the samples -->\n", "<!-- their end -->\n"

PYTHON = {
    "oxen_sync": ("oxen", "sync-minimal-python"),
    "oxen_polling": ("oxen", "async-minimal-python"),
    "oxen_events": ("oxen", "async-with-sse-minimal-python"),
    "omixa_requests": ("omixa", "python"),
}
PROGRAMS = {
    "oxen_sync_curl": ("oxen", "sync-minimal-bash"),
    "oxen_polling_curl": ("oxen", "async-minimal-bash"),
    "oxen_events_curl": ("oxen", "async-with-sse-minimal-bash"),
    "omixa_curl": ("omixa", "bash"),
    "omixa_fetch": ("omixa", "javascript"),
}


def sample(provider: str, name: str) -> Sample:
    """The sample of that name."""
    pages = {"oxen": samples.oxen, "omixa": samples.omixa}
    return next(one for one in pages[provider]() if one.name == name and len(one.code) > 200)


def prepared(code: str, base_url: str, key: str) -> str:
    """The code with a host to call, a key, and a frame where it has a placeholder for one."""
    for origin in ORIGINS:
        code = code.replace(f"{origin}/api/", f"{base_url}/api/")
    frame = b64encode(image(160, 90)).decode()
    return code.replace("omx_live_xxx", key).replace("<base64-start-frame>", frame)


def in_process(name: str, intent: Any) -> dict[str, Any]:
    """Run a Python sample here; what it printed, as an outcome."""
    code = prepared(sample(*PYTHON[name]).code, intent.base_url, intent.api_key)
    os.environ["OXEN_API_KEY"] = intent.api_key
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, name, "exec"), {"__name__": "__main__", "false": False, "true": True})
    return understood(printed.getvalue())


oxen_sync = partial(in_process, "oxen_sync")
oxen_polling = partial(in_process, "oxen_polling")
oxen_events = partial(in_process, "oxen_events")
omixa_requests = partial(in_process, "omixa_requests")


def understood(text: str) -> dict[str, Any]:
    """What a person would make of what a sample printed."""
    if found := re.search(r"^Result: (\S+)", text, re.MULTILINE):
        return {"outcome": "succeeded", "urls": [found[1]]}
    if found := re.search(r"^Generation (failed|cancelled): (.*)", text, re.MULTILINE):
        return {"outcome": found[1], "reason": found[2]}
    page = _object(text)
    data = [*(page.get("data") or []), *(page.get("videos") or [])]
    urls = [page.get("result_url") or page.get("url"), *(one.get("url") for one in data)]
    job = page.get("generation_id") or page.get("operation")
    if urls := [one for one in urls if isinstance(one, str)]:
        return {"outcome": "succeeded", "urls": urls, "job": job}
    if page.get("status") in ("failed", "cancelled"):
        why = page.get("error_message") or page.get("error") or ""
        return {"outcome": page["status"], "reason": str(why), "job": job}
    return {"outcome": "gave_up", "error": text[-300:] or "it printed nothing", "job": job}


def _object(text: str) -> Mapping[str, Any]:
    start = text.find("{")
    for read in (json.loads, literal_eval):
        try:
            found = read(text[start:])
        except (ValueError, SyntaxError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def program(name: str) -> None:
    """Run a shell or JavaScript sample, and print its outcome: this is what is attached."""
    intent = json.loads(sys.stdin.readline())
    one = sample(*PROGRAMS[name])
    code = prepared(one.code, intent["base_url"], intent["api_key"])
    if one.language == "javascript":
        code += "\nconsole.log(JSON.stringify(data));\n"
        command = ["node", "--input-type=module", "-e", code]
    else:
        command = ["bash", "-c", f'command -v gawk >/dev/null && awk() {{ gawk "$@"; }}\n{code}']
    env = {**os.environ, "OXEN_API_KEY": intent["api_key"]}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    print(json.dumps(understood(ended.stdout)))
    sys.exit(ended.returncode)


def graded(name: str) -> Grade:
    """One sample's grade: asked for what it asks for anyway."""
    if name in PYTHON:
        provider, made = PYTHON[name][0], partial(attach, f"tests.clients.samples:{name}")
    else:
        command = [sys.executable, "-m", "tests.clients.samples", "--run", name]
        provider, made = PROGRAMS[name][0], partial(attach, None, command)
    with made(places=1) as one:
        trial = one.play(plain(provider, deadline_s=30))
    body = json.loads(next(each.request_body for each in trial.exchanges if each.method == "POST"))
    with made() as troupe:
        return search(troupe, provider, replace(Profile(examples=0), only=CASES, body=body))


def told(name: str, grade: Grade) -> Iterator[str]:
    """What the docs say of a sample."""
    of = sample(*(PYTHON | PROGRAMS)[name])
    where = of.where.lower() or "the page's only one"
    yield f"### {name}: {grade.provider}, {where}, {of.language}"
    yield ""
    yield f"{verdict(grade)} ({grade.trials} trials)"
    yield ""
    yield "| clause | seen | wasted |"
    yield "|---|---|--:|"
    for one in broken(grade):
        assert one.broken is not None
        seen = " ".join(one.broken.finding.seen.split()).replace("|", "\\|")[:240]
        yield f"| {one.clause.id} | {seen} | {cash(max(one.broken.trial.wasted, 0))} |"
    kept = sum(one.state is State.KEPT for one in grade.verdicts())
    yield ""
    yield f"{kept} clauses kept."
    yield ""


def main() -> None:
    """Grade them, and print what is wrong."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("names", nargs="*", default=[*PYTHON, *PROGRAMS])
    reading.add_argument("--write", action="store_true", help="put it into the docs")
    reading.add_argument("--run", help="run one of the programs, with an intent on stdin")
    given = reading.parse_args()
    if given.run:
        program(given.run)
    lines = "".join(f"{line}\n" for name in given.names for line in told(name, graded(name)))
    print(lines)
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}{lines}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
