from pathlib import Path
from typing import Any

from my_buyer import buys

from contracts import pytest_grade
from contracts.grade import Grade
from contracts.pytest_plugin import grade

real = pytest_grade.search


def counted(*args: Any) -> Grade:
    with Path(__file__).with_name("counted").open("a") as file:
        file.write("x")
    return real(*args)


pytest_grade.search = counted
test_buyer = grade(
    buys,
    provider="oxen",
    only=["single/enqueue/1/after/reset*"],
    clauses=["money.lost-answer", "requests.valid", "manners.one-bad-poll", "resume.buys-nothing"],
    examples=0,
)
test_nobody = grade("my_buyer:sells", provider="oxen", clauses=["money.lost-answer"])
