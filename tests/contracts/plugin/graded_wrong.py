from contracts.pytest_plugin import grade

test_nobody = grade("my_buyer:sells", provider="oxen", clauses=["money.lost-answer"])
test_other = grade(
    "my_buyer:buys", provider="oxen", clauses=["money.lost-answer"], capabilities=["flies"]
)
