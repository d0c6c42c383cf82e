"""What a program is started with: its arguments with the intent filled in, and its environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.cases import sample
from contracts.intents import Intent
from contracts.play import STATE
from contracts.subjects.subject import BadSubject
from emulator.providers.registry import providers

BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
OURS = ("base_url", "api_key", "deadline_s", "body", "intent")


def check(command: Sequence[str], *, worker: bool = False) -> None:
    """BadSubject if there is no such program, or if its arguments cannot be filled in."""
    if sys.platform != "linux":
        raise BadSubject("programs are watched by means that only Linux has; try a Python callable")
    if not command:
        raise BadSubject("no program is named, such as: node client.mjs")
    program = command[0]
    if shutil.which(program) is None:
        if not Path(program).exists():
            raise BadSubject(f"there is no program {program!r}")
        raise BadSubject(
            f"{program!r} is not executable; mark it so (chmod +x), or name what runs it before it"
        )
    for argument in command[1:]:
        named = _named(argument)
        if named and worker:
            raise BadSubject(
                f"{{{named[0]}}} in {argument!r}: a worker is started before there is an intent,"
                " and reads it from its input; a brace that is meant as such is written twice"
            )


def filled(command: Sequence[str], intent: Intent) -> tuple[str, ...]:
    """The command with the intent in place of its placeholders.

    A field of the body that this intent does not have is empty, if it is one of the sample's.
    Raises BadSubject for a placeholder that is none.
    """
    line = intent.line()
    ours = {name: line[name] for name in OURS if name in line}
    known = {**dict.fromkeys(sample(intent.provider), ""), **intent.body, **ours, "intent": line}

    def fill(argument: str) -> str:
        if foreign := [name for name in _named(argument) if name not in known]:
            raise BadSubject(
                f"{{{foreign[0]}}} in {argument!r} is none of {', '.join(sorted(known))};"
                " a brace that is meant as such is written twice"
            )
        return BRACES.sub(lambda brace: _shown(brace, known), argument)

    return (command[0], *(fill(one) for one in command[1:]))


def environment(state: Path, intent: Intent | None = None) -> dict[str, str]:
    """The user's environment, with the state file's path and, if there is one, the intent's address
    and key under all their names.

    No proxy leads calls away, and no key of the user's own is in it: a client that goes elsewhere
    must not be able to pay there.
    """
    users = dict(os.environ)
    given = {name: one for name, one in users.items() if not name.lower().endswith("_proxy")}
    for provider in providers():
        for what in ("API_KEY", "BASE_URL"):
            given.pop(f"{provider.upper()}_{what}", None)
    given |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    given[STATE] = str(state)
    if intent is not None:
        for name in ("UNDERSTUDY", intent.provider.upper()):
            given |= {f"{name}_BASE_URL": intent.base_url, f"{name}_API_KEY": intent.api_key}
    return given


def _named(argument: str) -> list[str]:
    """The placeholders in an argument; BadSubject if a brace stands alone."""
    found = list(BRACES.finditer(argument))
    if alone := [one for one in found if one[0] in ("{", "}")]:
        raise BadSubject(
            f"a brace stands alone in {argument!r}, at {alone[0].start() + 1};"
            " one that is meant as such is written twice"
        )
    return [one[1] for one in found if one[1] is not None]


def _shown(brace: re.Match[str], known: Mapping[str, Any]) -> str:
    if brace[1] is None:
        return brace[0][0]
    value = known[brace[1]]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value)
