"""The text of a scenario file: YAML or JSON, read and written.

YAML is read by the rules of its version 1.2: `on`, `no` and dates are texts. Whatever the text
holds, it is read or it is `Unreadable`; nothing in it is run, and nothing grows out of bounds.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import yaml

from emulator.core.scalars import DEPTH
from emulator.scenarios.nodes import LARGEST, TAG, Builder, Spot, Unreadable

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


FOREIGN = re.compile("[\t\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Letters that JSON may hold, and YAML may not, or reads otherwise; tabs only between values."""


class Reader(yaml.SafeLoader):
    """Composes nodes whose plain scalars are what YAML 1.2 says."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way


ELSEWHERE = frozenset({"on", "off", "yes", "no", "y", "n"})
"""Texts that are true or false in YAML 1.1."""

FOLDED = re.compile("[\x85\u2028\u2029]")


class Writer(yaml.SafeDumper):
    """Writes what `Reader` reads: quotes only where it must, and repeats instead of aliases."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True

    def text(self, data: str) -> yaml.ScalarNode:
        """A text; in quotes where other readers of YAML would fold it, or see true or false."""
        style = '"' if FOLDED.search(data) or data.lower() in ELSEWHERE else None
        return self.represent_scalar(f"{TAG}str", data, style=style)


Writer.add_representer(str, Writer.text)

for name, pattern, first in PLAIN:
    for kind in (Reader, Writer):
        kind.add_implicit_resolver(TAG + name, re.compile(f"^(?:{pattern})$"), first)


def content(path: str | Path) -> str:
    """The text of a file. Unreadable if there is none, or too much; what is no file is not opened
    for long: a pipe would wait for its writer for ever."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise Unreadable(getattr(error, "strerror", None) or str(error)) from None
    try:
        mode = os.fstat(opened).st_mode
        if not stat.S_ISREG(mode):
            raise Unreadable("it is a directory" if stat.S_ISDIR(mode) else "it is not a file")
        with os.fdopen(opened, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(opened)
    if len(data) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable("it is not UTF-8 text", line) from None


def parse(text: str) -> tuple[Any, Spot]:
    """The data that a text means, and where everything in it stands."""
    if FOREIGN.search(text) and _is_json(text):
        text = FOREIGN.sub(_as_yaml, text)
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


def _as_yaml(found: re.Match[str]) -> str:
    return " " if found[0] == "\t" else f"\\u{ord(found[0]):04x}"


def _is_json(text: str) -> bool:
    with suppress(orjson.JSONDecodeError):
        orjson.loads(text)
        return True
    return False


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
