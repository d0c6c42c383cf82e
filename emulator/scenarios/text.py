"""The text of a scenario file: YAML or JSON, as plain data, and the line of everything in it.

YAML is read by the rules of its version 1.2: `on`, `no` and dates are texts. Whatever the text
holds, it is read or it is `Unreadable`; nothing in it is run, and nothing grows out of bounds.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import yaml

from emulator.core.bad import Bad, shown
from emulator.core.scalars import DEPTH

LARGEST = 1_000_000
"""Bytes of a file, and values in it once its aliases are followed, at the most."""

TAG = "tag:yaml.org,2002:"
WORDS: Mapping[str, Mapping[str, Any]] = {
    "null": {"": None, "~": None, "null": None, "Null": None, "NULL": None},
    "bool": {"true": True, "True": True, "TRUE": True, "false": False, "False": False}
    | {"FALSE": False},
}
PLAIN = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
)
"""What a plain scalar may be besides a text: YAML 1.2's core schema, and the merge key."""


class Unreadable(ValueError):
    """A text that is neither YAML nor JSON, or too much of it; `line` is where, if known."""

    def __init__(self, why: str, line: int | None = None) -> None:
        self.why = why
        self.line = line
        super().__init__(why)


class Reader(yaml.SafeLoader):
    """Composes nodes whose plain scalars are what YAML 1.2 says."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way


class Writer(yaml.SafeDumper):
    """Writes what `Reader` reads: quotes only where it must, and repeats instead of aliases."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


for name, pattern, first in PLAIN:
    for kind in (Reader, Writer):
        kind.add_implicit_resolver(TAG + name, re.compile(f"^(?:{pattern})$"), first)


@dataclass(slots=True)
class Spot:
    """Where a value stands, where the keys in it do, and how many values it comes to."""

    line: int
    keys: dict[str | int, int] = field(default_factory=dict)
    inner: dict[str | int, Spot] = field(default_factory=dict)
    size: int = 1

    def line_of(self, bad: Bad) -> int:
        """The line that a complaint is about."""
        spot, line = self, self.line
        steps = bad.path if bad.key is None else (*bad.path, bad.key)
        for step in steps:
            line = spot.keys.get(step, line)
            if step not in spot.inner:
                break
            spot = spot.inner[step]
        return line


def content(path: str | Path) -> str:
    """The text of a file. Unreadable if there is none, or too much; what is no file is not opened
    for long: a pipe would wait for its writer for ever."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except ValueError as error:
        raise Unreadable(str(error)) from None
    with open(opened, "rb") as file:
        mode = os.fstat(opened).st_mode
        if not stat.S_ISREG(mode):
            raise Unreadable("it is a directory" if stat.S_ISDIR(mode) else "it is not a file")
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable("it is not UTF-8 text", line) from None


def parse(text: str) -> tuple[Any, Spot]:
    """The data that a text means, and where everything in it stands."""
    if "\t" in text and _is_json(text):
        text = text.replace("\t", " ")
    try:
        node = yaml.compose(text, Loader=Reader)
        return (None, Spot(1)) if node is None else Builder().build(node)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable("a character in it is not allowed", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or "it is neither YAML nor JSON"
        if why == "but found another document":
            why = "it holds more than one document"
        raise Unreadable(why, mark.line + 1 if mark else None) from None
    except RecursionError:
        raise Unreadable(f"lists and mappings go more than {DEPTH} deep") from None


def _is_json(text: str) -> bool:
    with suppress(orjson.JSONDecodeError):
        orjson.loads(text)
        return True
    return False


class Builder:
    """Turns nodes into data. A node that an alias repeats is built once."""

    def __init__(self) -> None:
        self._built: dict[int, tuple[Any, Spot]] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node) -> tuple[Any, Spot]:
        """A node's data, and where it stands."""
        if id(node) in self._built:
            return self._built[id(node)]
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise Unreadable("an alias stands inside what it repeats", line)
        if len(self._open) >= DEPTH:
            raise Unreadable(f"lists and mappings go more than {DEPTH} deep", line)
        self._open.add(id(node))
        spot = Spot(line)
        data = self._data(node, spot)
        self._open.remove(id(node))
        spot.size += sum(one.size for one in spot.inner.values())
        if spot.size > LARGEST:
            raise Unreadable(f"its aliases make more than {LARGEST} values of it", line)
        self._built[id(node)] = data, spot
        return data, spot

    def _data(self, node: yaml.Node, spot: Spot) -> Any:
        match node:
            case yaml.MappingNode(tag=tag) if tag == TAG + "map":
                return self._mapping(node, spot)
            case yaml.SequenceNode(tag=tag) if tag == TAG + "seq":
                return self._list(node, spot)
            case yaml.ScalarNode():
                return _scalar(node, spot.line)
        raise Unreadable(f"the tag {_short(node.tag)} means nothing here", spot.line)

    def _list(self, node: yaml.SequenceNode, spot: Spot) -> list[Any]:
        made = []
        for nth, one in enumerate(node.value):
            data, spot.inner[nth] = self.build(one)
            spot.keys[nth] = one.start_mark.line + 1
            made.append(data)
        return made

    def _mapping(self, node: yaml.MappingNode, spot: Spot) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged = []
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable("a field's name is a text", line)
            if key.tag == TAG + "merge":
                merged.append(value)
                continue
            name = _text(key.value, line)
            if name in made:
                raise Unreadable(f"{shown(name)} is there twice", line)
            made[name], spot.inner[name] = self.build(value)
            spot.keys[name] = line
        for value in merged:
            self._merge(value, made, spot)
        return made

    def _merge(self, node: yaml.Node, made: dict[str, Any], spot: Spot) -> None:
        for one in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            data, where = self.build(one)
            if not isinstance(data, dict):
                raise Unreadable("`<<` takes a mapping, or a list of mappings", where.line)
            for name in data.keys() - made.keys():
                made[name] = data[name]
                spot.keys[name], spot.inner[name] = where.keys[name], where.inner[name]


def _scalar(node: yaml.ScalarNode, line: int) -> Any:
    text: str = node.value
    match node.tag.removeprefix(TAG):
        case "str" | "merge":
            return _text(text, line)
        case "null" | "bool" as kind if text in WORDS[kind]:
            return WORDS[kind][text]
        case "int" | "float" as kind:
            return _number(kind, text, line)
    raise Unreadable(f"the tag {_short(node.tag)} means nothing here", line)


def _number(kind: str, text: str, line: int) -> int | float:
    found: int | float = 0
    try:
        if kind == "float":
            found = float(text)
            known = abs(found) < float("inf")
        else:
            found = int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            known = -(2**63) <= found < 2**63
    except ValueError:
        known = False
    if not known:
        raise Unreadable(f"{shown(text)} is not a number that can be held", line)
    return found


def _text(text: str, line: int) -> str:
    """The text; halves of a character, as JSON escapes them, are put together."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise Unreadable(f"{shown(text)} has half a character", line) from None


def _short(tag: str) -> str:
    return shown(tag.replace(TAG, "!!"))


def write(data: Any, *, flow: bool = False) -> str:
    """Plain data as YAML that `parse` reads as the same; in `flow` all on one line."""
    width = 10**9 if flow else 96
    text: str = yaml.dump(
        data,
        Dumper=Writer,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=flow or None,
        width=width,
    )
    return text.removesuffix("...\n").rstrip("\n") if flow else text
