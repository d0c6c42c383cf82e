import sys
from pathlib import Path

from contracts.pytest_plugin import grade

program = Path(__file__).with_name("program.py")
program.write_text(
    "import json, sys\n"
    "from types import SimpleNamespace\n"
    f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    "from my_buyer import once\n"
    "print(json.dumps(once(SimpleNamespace(**json.loads(sys.stdin.readline())))))\n"
)

test_program = grade(
    [sys.executable, str(program)],
    provider="oxen",
    only=["plan/at-once"],
    examples=0,
    clauses=["money.one-job-per-intent", "results.short"],
)
