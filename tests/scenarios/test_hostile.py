"""Whatever stands where a scenario should, it is read or explained, and soon."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.scenarios import BadScenario, find, load, read
from emulator.scenarios.nodes import LARGEST, Unreadable
from emulator.scenarios.text import parse
from tests.scenarios.strategies import calm

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{nth}: &a{nth} [{','.join([f'*a{nth - 1}'] * 10)}]\n" for nth in range(1, 30)
)
CONTENTS = [
    (b"", None),
    (b"\n# only a comment\n", None),
    (b"\xef\xbb\xbfseed: 1", None),
    (b'\xef\xbb\xbf{\n\t"seed": 1\n}', None),
    (b"name: \xff\xfe", "1: cannot be read: it is not UTF-8 text"),
    (b"seed: 1\n\xff", "2: cannot be read: it is not UTF-8 text"),
    ("seed: 1".encode("utf-16"), "1: cannot be read: it is not UTF-8 text"),
    (b"\x7fELF\x02\x01\x01\x00\x00", "1: cannot be read: a character in it is not allowed"),
    (b"seed: 1\nname: \x00", "2: cannot be read: a character in it is not allowed"),
    (b"[" * 100_000, " cannot be read: lists and mappings go more than 100 deep"),
    (b"[" * 150 + b"]" * 150, "1: cannot be read: lists and mappings go more than 100 deep"),
    (b"- " * 10_000, " cannot be read: lists and mappings go more than 100 deep"),
    (BOMB.encode(), "6: cannot be read: its aliases make more than 1000000 values of it"),
    (b" " * (LARGEST + 1), f" cannot be read: it is larger than {LARGEST} bytes"),
    (b"seed: " + b"9" * 100_000, "1: cannot be read: '99999"),
    (b"seed: 1e999", "1: cannot be read: '1e999' is not a number that can be held"),
    (b"seed: 0x" + b"f" * 17, "1: cannot be read: '0xfffffffffffffffff' is not a number"),
]


@pytest.mark.parametrize(("content", "said"), CONTENTS, ids=lambda one: str(one)[:30])
def test_no_content_is_too_much(tmp_path: Path, content: bytes, said: str | None) -> None:
    file = tmp_path / "odd.yaml"
    file.write_bytes(content)
    if said is None:
        load(file)
        return
    with pytest.raises(BadScenario) as bad:
        load(file)
    assert str(bad.value).startswith(f"{file}:{said}")
    assert len(str(bad.value)) < 300 + len(str(file))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe, plug = tmp_path / "pipe.yaml", tmp_path / "plug.yaml"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(plug))
        for path, said in (
            (pipe, "it is not a file"),
            (plug, "No such device or address"),
            (Path(os.devnull), "it is not a file"),
            (tmp_path, "it is a directory"),
            (tmp_path / "gone.yaml", "No such file or directory"),
            (tmp_path / ("long" * 100), "File name too long"),
        ):
            with pytest.raises(BadScenario, match=f": cannot be read: {said}$"):
                load(path)
    with pytest.raises(BadScenario, match="embedded null byte"):
        load("a\0b")


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000])
def test_no_name_of_a_file_is_too_odd(name: str) -> None:
    with pytest.raises(BadScenario, match=r"is no name of a file|there is no file"):
        find(name)


@calm
@given(st.text() | st.text(alphabet="[]{}:,-&*!|>'\"%@#?<\n\t a1~"))
def test_any_text_is_read_or_explained(text: str) -> None:
    try:
        data, spot = parse(text)
    except Unreadable:
        return
    assert spot.line >= 1
    said = ""
    try:
        read(data)
    except BadScenario as bad:
        said = str(bad)
    assert "\n" not in said


MEANINGS = [
    ("on: off", {"on": "off"}),
    ("{yes: no, true: false, 1: 2, ~: ~}", {"yes": "no", "true": False, "1": 2, "~": None}),
    ("[2026-01-01, 12:30:45, 1_000]", ["2026-01-01", "12:30:45", "1_000"]),
    ("[010, 0o10, 0x1F, -3, 1e3, .5, 1.]", [10, 8, 31, -3, 1000.0, 0.5, 1.0]),
    ("[True, Null, null, '', '1', 'true']", [True, None, None, "", "1", "true"]),
    ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
    ("a: &x [1]\nb: [*x, *x]", {"a": [1], "b": [[1], [1]]}),
    ("{<<: [{a: 1}, {a: 2, b: 2}]}", {"a": 1, "b": 2}),
    ('{"\\ud83d\\ude00": "\\/"}', {"😀": "/"}),
    ('{\n\t"a":\t"\\t"\n}', {"a": "\t"}),
    ('"\u2028\x7f"', "\u2028\x7f"),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_yaml_is_read_by_the_rules_of_its_version_1_2(text: str, meaning: object) -> None:
    assert parse(text)[0] == meaning
