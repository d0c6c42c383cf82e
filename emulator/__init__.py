"""Understudy stands in for the Oxen hub's and Omixa's video APIs, offline and on purpose.

`Emulator` runs it in a thread, `Scenario` says how, `load_scenario` reads one from a file.
"""

from emulator.core.scenario import Scenario
from emulator.scenarios import BadScenario
from emulator.scenarios import load as load_scenario
from emulator.server.run import Emulator
from emulator.server.stage import Limits

__version__ = "0.1.0"
__all__ = ["BadScenario", "Emulator", "Limits", "Scenario", "__version__", "load_scenario"]
