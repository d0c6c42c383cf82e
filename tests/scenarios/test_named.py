"""Scenarios that are found by name, and every one that is there."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from emulator.scenarios import BadScenario, find, load, named, names, schema
from emulator.scenarios.named import about
from emulator.scenarios.text import content, parse
from tests.scenarios.running import Run

HERE = Path(__file__).parents[2] / "fixtures" / "scenarios"
ALL = sorted(HERE.glob("*.yaml")) if HERE.is_dir() else []
VALID = jsonschema_rs.Draft202012Validator(schema())


@pytest.fixture
def shelves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders of named scenarios; the first comes first. The current folder is a third."""
    package, checkout = tmp_path / "package", tmp_path / "checkout"
    for folder in (package, checkout):
        folder.mkdir()
    monkeypatch.setattr(named, "SHELVES", (package, checkout))
    (package / "storm.yaml").write_text("# Everything fails.\nseed: 1\n")
    (checkout / "storm.yaml").write_text("seed: 2\n")
    (checkout / "quiet.yaml").write_text("seed: 3\n")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return package, checkout


@pytest.mark.usefixtures("shelves")
def test_a_name_means_the_packages_scenario_before_the_checkouts() -> None:
    assert names() == ["quiet", "storm"]
    assert load(find("storm")).seed == 1
    assert load(find("quiet")).seed == 3


@pytest.mark.usefixtures("shelves")
def test_a_file_wins_over_a_name_and_a_folder_does_not() -> None:
    Path("storm").write_text("seed: 4")
    assert load(find("storm")).seed == 4
    Path("quiet").mkdir()
    assert load(find("quiet")).seed == 3


@pytest.mark.usefixtures("shelves")
def test_a_name_that_is_not_there_is_explained() -> None:
    with pytest.raises(BadScenario) as bad:
        find("strom")
    assert str(bad.value) == (
        "there is no file and no scenario 'strom'; there is quiet, storm; did you mean 'storm'?"
    )
    for path in ("strom.yaml", "a/storm", "../storm"):
        with pytest.raises(BadScenario, match="cannot be read: No such file"):
            load(find(path))


def test_without_any_there_is_no_choice(
    shelves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "SHELVES", (shelves[0] / "gone",))
    assert names() == []
    with pytest.raises(BadScenario, match=r"there are no named ones$"):
        find("storm")


@pytest.mark.usefixtures("shelves")
def test_the_list_tells_what_each_is_for(run: Run) -> None:
    listed = "name\twhat it is for\nquiet\t-\nstorm\tEverything fails.\n"
    assert run("scenario", "list") == (0, listed, "")


@pytest.mark.usefixtures("shelves")
def test_named_scenarios_are_checked(run: Run) -> None:
    code, out, err = run("scenario", "check", "storm", "quiet")
    assert (code, err) == (0, "")
    assert out == "storm: good (seed 1, real clock)\nquiet: good (seed 3, real clock)\n"


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_every_scenario_that_comes_along_is_good_and_says_what_it_is_for(
    run: Run, file: Path
) -> None:
    code, out, err = run("scenario", "check", file.stem)
    assert (code, err) == (0, "")
    assert out.startswith(f"{file.stem}: good")
    assert VALID.is_valid(parse(content(file))[0])
    assert about(file)
