from contracts.pytest_plugin import grade

test_nobody = grade("my_buyer:sells", provider="oxen", clauses=["money.lost-answer"])
