from pathlib import Path

from contracts.pytest_plugin import grade

known = Path(__file__).with_name("known.yaml")
known.write_text(
    "money.lost-answer: The rewrite of the buyer mends it.\nrequests.valid: It was wrong once.\n"
)

test_buyer = grade(
    "my_buyer:buys",
    provider="oxen",
    only=["single/enqueue/1/after/reset*"],
    examples=0,
    clauses=["money.lost-answer", "requests.valid"],
    baseline=known,
    out=Path(__file__).with_name("cases"),
)
