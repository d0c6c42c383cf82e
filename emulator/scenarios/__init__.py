"""Scenario files: read, checked, and turned into the one value that explains a run; and back."""

from emulator.scenarios.named import find, names
from emulator.scenarios.read import (
    BadScenario,
    dump,
    load,
    read,
    read_fault,
    read_plan,
    schema,
    written,
    written_fault,
)

__all__ = [
    "BadScenario",
    "dump",
    "find",
    "load",
    "names",
    "read",
    "read_fault",
    "read_plan",
    "schema",
    "written",
    "written_fault",
]
