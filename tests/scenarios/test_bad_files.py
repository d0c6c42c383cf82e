"""A file that is wrong is explained in one line: which file, which line, which field, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from emulator.core.scenario import Scenario
from emulator.scenarios import BadScenario, load, read, schema
from emulator.scenarios.text import parse
from tests.scenarios.running import Run

ROWS: list[dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "bad.yaml").read_text(encoding="utf-8")
)
VALID = jsonschema_rs.Draft202012Validator(schema())

each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(ROWS) > 100
    assert len({row["file"] for row in ROWS}) == len(ROWS)


@each
def test_a_bad_file_is_explained_to_the_line(tmp_path: Path, row: dict[str, str]) -> None:
    file = _file(tmp_path, row)
    with pytest.raises(BadScenario) as bad:
        load(file)
    assert str(bad.value) == f"{file}:{row['says']}"


@each
def test_the_command_line_says_it_in_one_line(
    tmp_path: Path, run: Run, row: dict[str, str]
) -> None:
    file = _file(tmp_path, row)
    assert run("scenario", "check", str(file)) == (2, "", f"understudy: {file}:{row['says']}\n")


@each
def test_the_schema_refuses_it_too_where_it_can(row: dict[str, str]) -> None:
    if row.get("schema") == "unread":
        with pytest.raises(ValueError, match=r".") as unread:
            parse(row["file"])
        assert row["says"].endswith(str(unread.value))
    else:
        passes = VALID.is_valid(parse(row["file"])[0])
        assert passes is (row.get("schema") == "passes")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({1: 2}, "there is no 1; there is name"),
        ({"seed": 10**16}, "seed: 10000000000000000 is more than 1000000000000000"),
        ({"clock": {"speed": float("nan")}}, "speed: nan does not lie between 0 and"),
        ({"start": float("inf")}, "start: inf is not a span of time"),
        ({"balance": 10**10}, "balance: 10000000000 USD is more than a billion"),
        ({"keys": {"": {}}}, "'' is not a text"),
        ({"keys": {"a\nb": 3}}, r"keys: 'a\nb': 3 is not a mapping"),
        ({"faults": [{"extra": {"fields": {"a": {1}}}}]}, "{1} is no value that JSON has"),
        ({"faults": [{"extra": {"fields": {"a": 2**64}}}]}, "is no value that JSON has"),
    ],
    ids=str,
)
def test_data_that_no_file_could_hold_is_explained_as_well(data: Any, said: str) -> None:
    with pytest.raises(BadScenario) as bad:
        read(data)
    assert said in str(bad.value)


def test_what_is_found_is_shown_on_one_short_line() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for data in (deep, {"seed": "\n" * 10_000}, {"seed": deep}, {"x" * 10_000: 1}, ["a"] * 10_000):
        with pytest.raises(BadScenario) as bad:
            read(data)
        assert len(str(bad.value)) < 500
        assert "\n" not in str(bad.value)


def test_what_a_file_leaves_out_is_the_bases(tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text("seed: 3")
    assert load(file, Scenario(keep=5)) == Scenario(seed=3, keep=5)
    file.write_text("# nothing\n")
    assert load(file, Scenario(keep=5)) == Scenario(keep=5)


def _file(folder: Path, row: dict[str, str]) -> Path:
    file = folder / "wrong.yaml"
    file.write_text(row["file"], encoding="utf-8")
    return file
