"""The ramp, as Locust asks for it: how many users there are to be now."""

from __future__ import annotations

from locust import LoadTestShape

from emulator.load.ramp import Ramp
from emulator.load.users import telling
from emulator.load.users.drive import DRIVE


class Stages(LoadTestShape):
    """The settings' stages."""

    abstract = True

    def tick(self) -> tuple[int, float] | None:
        """How many users, and how many new ones in a second; None at the end."""
        ramp, at = Ramp(DRIVE.settings.stages), self.get_run_time()
        if telling.OVER.is_set() or at >= ramp.length:
            assert self.runner is not None
            telling.finish(self.runner.environment)
            return None
        # Users come and go within the second until the next tick.
        users = max(1, ramp.users(at + 1))
        return users, max(1, abs(users - self.get_current_user_count()))
