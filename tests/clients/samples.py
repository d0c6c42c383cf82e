"""The vendors' documented sample programs as clients, and what they print is understood.
`python -m tests.clients.samples` prints what is wrong with each; `--write` puts it into the docs.

Those for the shell and Node are played unchanged. Into those in Python the emulator's host and key
are put, so that they can be played in a time of their own. A sample's request is its own, and the
cases that ask for another are left out.
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
from contracts.ground import as_asked, plain
from contracts.phrases import cash
from contracts.report.words import broken, verdict
from contracts.search import Profile, search
from tests.live import samples
from tests.live.samples import Sample
from tests.media.pictures import image

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


def filled(code: str) -> str:
    """The code with a frame where it has a placeholder for one."""
    return code.replace("<base64-start-frame>", b64encode(image(160, 90)).decode())


def prepared(code: str, base_url: str, key: str) -> str:
    """The code with a host to call and a key. What it asks for stays as it is, links included."""
    calls = re.sub(
        r"https://(?:hub\.oxen\.ai|www\.omixa\.cloud)/api/(?!repos/)", f"{base_url}/api/", code
    )
    return filled(calls).replace("omx_live_xxx", key)


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
    one = sample(*PROGRAMS[name])
    code = filled(one.code)
    if one.language == "javascript":
        code += "\nconsole.log(JSON.stringify(data));\n"
        command = ["node", "--input-type=module", "-e", code]
    else:
        command = ["bash", "-c", f'command -v gawk >/dev/null && awk() {{ gawk "$@"; }}\n{code}']
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    print(json.dumps(understood(ended.stdout)))
    sys.exit(ended.returncode)


def graded(name: str) -> Grade:
    """One sample's grade: asked for what it asks for anyway."""
    profile = replace(Profile(examples=0), only=CASES)
    if name in PROGRAMS:
        provider, named = PROGRAMS[name]
        command = [sys.executable, "-m", "tests.clients.samples", "--run", name]
        alone = sample(provider, named).language == "javascript"  # Node before 24 heeds no proxy.
        with attach(None, command, unchanged=True, sandbox=alone) as troupe:
            return search(troupe, provider, profile)
    provider, _ = PYTHON[name]
    with attach(f"tests.clients.samples:{name}", places=1) as one:
        trial = one.play(plain(provider, deadline_s=30))
    with attach(f"tests.clients.samples:{name}") as troupe:
        return search(troupe, provider, replace(profile, body=as_asked(trial).case.body))


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
    reading.add_argument("--run", help="run one of the programs")
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
