"""Scenario files: read, checked, and turned into the one value that explains a run."""

from emulator.scenarios.read import BadScenario, load, read

__all__ = ["BadScenario", "load", "read"]
