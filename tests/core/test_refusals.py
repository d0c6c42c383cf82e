from __future__ import annotations

import pytest

from emulator.core.refusals import Reason, Refused


@pytest.mark.parametrize(
    ("no", "text"),
    [
        (Refused(Reason.NO_CREDIT, "6 USD are needed"), "no credit: 6 USD are needed"),
        (Refused(Reason.NO_ROUTE), "no route"),
    ],
    ids=["with-detail", "without"],
)
def test_a_refusal_reads_as_its_reason_and_detail(no: Refused, text: str) -> None:
    assert str(no) == text


def test_refusals_are_equal_by_reason_and_detail() -> None:
    no = Refused(Reason.LIMITED, "slower")
    assert no == Refused(Reason.LIMITED, "slower")
    assert hash(no) == hash(Refused(Reason.LIMITED, "slower"))
    assert no != Refused(Reason.LIMITED, "much slower")
    assert no != Refused(Reason.BROKEN, "slower")
    assert no != ValueError(Reason.LIMITED, "slower")
