from my_buyer import buys

from contracts.pytest_plugin import grade

test_buyer = grade(
    buys,
    provider="oxen",
    only=["single/enqueue/1/after/reset*"],
    clauses=["money.lost-answer", "requests.valid", "manners.one-bad-poll", "resume.buys-nothing"],
    examples=0,
)
