"""What Locust loads: a class for each kind of user, the ramp, and who tells what to whom."""

from __future__ import annotations

from emulator.load.users import telling
from emulator.load.users.drive import DRIVE
from emulator.load.users.kinds import Polling, Streaming, Sync
from emulator.load.users.shape import Stages

KINDS = {"poll": Polling, "stream": Streaming, "sync": Sync}

for _kind, _share in DRIVE.settings.mix.items():
    _name = f"{DRIVE.settings.provider.capitalize()}{KINDS[_kind].__name__}"
    globals()[_name] = type(_name, (KINDS[_kind],), {"weight": _share})

if DRIVE.settings.stages:
    Shape = type("Shape", (Stages,), {})

telling.listen()
