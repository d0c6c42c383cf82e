"""Trials in a file: what was played can be judged again, without the client that played it."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from contracts.cases import Case
from contracts.trial import Trial
from emulator.core.plain import Malformed, build, plain
from emulator.core.scenario import Scenario
from emulator.providers.registry import providers
from emulator.scenarios import read, written
from emulator.server.recorder import Exchange, Headers, Kept

VERSION = 2
"""Of the file; it grows when trials are written otherwise than before."""

HEAD = {"understudy": "trials", "version": VERSION}
"""The first line of a file. Each other line is a trial."""


DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What comes of reading a line that is none of ours."""


class BadTrials(ValueError):
    """A file that holds no trials, those of another version, or is damaged; the message says
    which."""


@contextmanager
def saving(path: str | Path) -> Iterator[Callable[[Trial], None]]:
    """What writes trials into a file, one JSON line for each, compressed, as they come. The same
    trials give the same bytes."""
    packer = zlib.compressobj(9, wbits=31)
    with open(path, "wb") as file:

        def write(line: Any) -> None:
            text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            # In one step: a signal between packing and writing would damage all that follows.
            file.writelines(map(packer.compress, (text,)))

        try:
            write(HEAD)
            yield lambda trial: write(_page(trial))
        finally:
            file.write(packer.flush())


def load(path: str | Path) -> Iterator[Trial]:
    """The trials of a file, one after the other as they were saved; BadTrials where it is none."""
    lines = _lines(path)
    _check(path, next(lines, None))
    for nth, line in enumerate(lines, 2):
        try:
            yield _trial(json.loads(line, parse_constant=_odd))
        except DAMAGE as error:
            why = f"{type(error).__name__}: {error}"[:300]
            raise BadTrials(f"{path}: line {nth} is no trial: {why}") from None


def _odd(number: str) -> Any:
    raise Malformed(f"{number} is no number of ours")


def _lines(path: str | Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as packed:
            yield from packed
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadTrials(f"{path}: it is damaged, or holds no trials: {error}") from None
    except OSError as error:
        raise BadTrials(f"{path}: cannot be read: {error.strerror or error}") from None


def _check(path: str | Path, first: bytes | None) -> None:
    try:
        head = json.loads(first or b"null")
    except DAMAGE:
        head = None
    if not isinstance(head, dict) or head.get("understudy") != HEAD["understudy"]:
        raise BadTrials(f"{path}: it holds no trials")
    if head.get("version") != VERSION:
        raise BadTrials(
            f"{path}: its trials are of version {head.get('version')}, and only those of version"
            f" {VERSION} are read; play them again"
        )


def _page(trial: Trial) -> dict[str, Any]:
    told = {name: plain(getattr(trial, name)) for name in _hints()}
    case = trial.case
    told["case"] = {
        **{name: plain(getattr(case, name)) for name in get_type_hints(Case)},
        "scenario": written(case.scenario),
    }
    told["exchanges"] = [_exchange(one) for one in trial.exchanges]
    return told


def _trial(data: Any) -> Trial:
    hints = _hints()
    if not isinstance(data, dict):
        raise Malformed(f"{data!r} is no object")
    if data.keys() != hints.keys():
        odd = sorted(data.keys() ^ hints.keys())
        raise Malformed(f"{', '.join(odd)}: this version's trials differ")
    found = {
        name: build(hint, data[name])
        for name, hint in hints.items()
        if name not in ("case", "exchanges")
    }
    exchanges = tuple(_met(one) for one in data["exchanges"])
    return Trial(case=_case(data["case"]), exchanges=exchanges, **found)


def _case(data: dict[str, Any]) -> Case:
    case: Case = build(Case, {**data, "scenario": plain(Scenario())})
    if case.provider not in providers():
        raise Malformed(f"there is no provider {case.provider!r}")
    return replace(case, scenario=read(data["scenario"]))


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Trial)


def _exchange(one: Exchange) -> dict[str, Any]:
    return {
        **one._asdict(),
        "request_headers": _headers(one.request_headers),
        "request_body": _body(one.request_body),
        "response_headers": _headers(one.response_headers),
        "response_body": _body(one.response_body),
    }


def _met(data: dict[str, Any]) -> Exchange:
    found: dict[str, Any] = {
        "request_headers": _read_headers(data["request_headers"]),
        "request_body": _read_body(data["request_body"]),
        "response_headers": _read_headers(data["response_headers"]),
        "response_body": _read_body(data["response_body"]),
    }
    hints = get_type_hints(Exchange)
    rest = {name: build(hints[name], data[name]) for name in data.keys() - found.keys()}
    return Exchange(**found, **rest)


def _headers(pairs: Headers) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs]


def _read_headers(pairs: list[list[str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _body(body: bytes | Kept) -> str | dict[str, Any]:
    """A body as its text; in base64 if it is none, and as its hash if it was not kept."""
    if isinstance(body, Kept):
        return body._asdict()
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def _read_body(data: str | dict[str, Any]) -> bytes | Kept:
    if isinstance(data, str):
        return data.encode()
    if "base64" in data:
        return b64decode(data["base64"], validate=True)
    return Kept(**data)
