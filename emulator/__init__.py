"""Understudy stands in for the Oxen hub's and Omixa's video APIs, offline and on purpose.

`Emulator` runs it in a thread, `Scenario` says how (with `Pace`, `PlanRule`, `KeyRule` and `View`
for its parts), `load_scenario` reads one from a file or by its name, `read_scenario` from the
fields of one, and `written` turns it back into them; `usd` reads an amount of dollars.
"""

from emulator.core.clock import Mode, Pace
from emulator.core.money import usd
from emulator.core.scenario import Ending, KeyRule, PlanRule, Scenario, View
from emulator.scenarios import BadScenario, written
from emulator.scenarios import read as read_scenario
from emulator.scenarios.named import load_scenario
from emulator.server.run import Emulator
from emulator.server.stage import Limits

__version__ = "0.1.0"
__all__ = [
    "BadScenario",
    "Emulator",
    "Ending",
    "KeyRule",
    "Limits",
    "Mode",
    "Pace",
    "PlanRule",
    "Scenario",
    "View",
    "__version__",
    "load_scenario",
    "read_scenario",
    "usd",
    "written",
]
