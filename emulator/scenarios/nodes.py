"""The nodes of a YAML text: the plain data that they mean, and the line of everything in it.

Nothing is built but texts, numbers, true, false, null, lists and mappings whose keys are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


class Unreadable(ValueError):
    """A text that is neither YAML nor JSON, or too much of it; `line` is where, if known."""

    def __init__(self, why: str, line: int | None = None) -> None:
        self.why = why
        self.line = line
        super().__init__(why)


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
