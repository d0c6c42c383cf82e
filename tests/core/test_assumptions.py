from __future__ import annotations

import re

import pytest

from emulator.core.assumptions import Assumption, UnknownAssumption, assume, settle

BILLS = assume("acme.cancel-bills", "no | whole | part", "UNK", "nobody says", "Who pays?")
WORD = assume("acme.word", "canceled | cancelled", "INF", "the examples", "How it is spelt.")
KNOWN = (BILLS, WORD)


def test_a_row_gives_the_default_first_and_the_alternatives_in_order() -> None:
    assert (
        Assumption(
            id="acme.cancel-bills",
            text="Who pays?",
            default="no",
            alternatives=("whole", "part"),
            evidence="UNK",
            source="nobody says",
        )
        == BILLS
    )
    assert BILLS.choices == ("no", "whole", "part")


@pytest.mark.parametrize(
    ("chosen", "settled"),
    [
        ({}, {"acme.cancel-bills": "no", "acme.word": "canceled"}),
        ({"acme.word": "cancelled"}, {"acme.cancel-bills": "no", "acme.word": "cancelled"}),
        ({"acme.cancel-bills": "no"}, {"acme.cancel-bills": "no", "acme.word": "canceled"}),
        (
            {"acme.word": "cancelled", "acme.cancel-bills": "part"},
            {"acme.cancel-bills": "part", "acme.word": "cancelled"},
        ),
    ],
    ids=["nothing", "one", "the-default", "all"],
)
def test_what_is_not_chosen_has_its_default(
    chosen: dict[str, str], settled: dict[str, str]
) -> None:
    assert settle(KNOWN, chosen) == settled
    assert settle(iter(KNOWN), chosen) == settled


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"acme.nope": "no"},
            "no assumption is called 'acme.nope'; `understudy assumptions` lists them",
        ),
        (
            {"cancel-bills": "no"},
            "no assumption is called 'cancel-bills'; `understudy assumptions` lists them",
        ),
        (
            {"acme.word": "dead"},
            "acme.word can be canceled, cancelled, not 'dead'",
        ),
        (
            {"acme.word": "cancelled", "acme.cancel-bills": "canceled"},
            "acme.cancel-bills can be no, whole, part, not 'canceled'",
        ),
        ({"acme.cancel-bills": ""}, "acme.cancel-bills can be no, whole, part, not ''"),
    ],
    ids=["unknown", "without-its-provider", "no-choice", "a-choice-of-another", "empty"],
)
def test_what_no_provider_assumes_cannot_be_chosen(chosen: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownAssumption, match=f"^{re.escape(message)}$"):
        settle(KNOWN, chosen)
