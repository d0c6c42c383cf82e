"""What a client says it can do is a list of known words, or is told to be none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.capabilities import BadCapabilities, Can, declared, load


@pytest.mark.parametrize(
    "said",
    [["polls", "streams"], {"polls", "streams"}, {"polls": True, "streams": True, "sync": False}],
)
def test_a_list_a_set_and_a_mapping_say_the_same(said: Any) -> None:
    assert declared(said) == {"polls", "streams"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("polls", "'polls' is no list of capabilities"),
        (7, "7 is no list"),
        (["polls", "swims"], "'swims' is none of polls, streams, sync"),
        ({"polls": "yes"}, "polls is true or false, not 'yes'"),
        ([["polls"]], "is none of"),
    ],
)
def test_anything_else_is_told_what_is_wanted(said: Any, why: str) -> None:
    with pytest.raises(BadCapabilities) as caught:
        declared(said)
    assert why in str(caught.value)


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "client.yaml"
    file.write_text("[polls, deadline]\n")
    assert load(file) == {Can.POLLS, Can.DEADLINE}
    file.write_text("[polls, dedline]\n")
    with pytest.raises(BadCapabilities, match=r"client.yaml: 'dedline' is none of"):
        load(file)
    with pytest.raises(BadCapabilities, match=r"nowhere.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")
