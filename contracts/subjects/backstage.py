"""An event loop in a thread of its own, which serves the emulators of all trials of programs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

logging.getLogger("asyncio").addFilter(lambda record: "socket.send() raised" not in record.msg)
"""asyncio warns of answers to clients that have gone: where clients are killed there are many."""


class Backstage:
    """Where emulators run; any thread may have something done there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="understudy-programs", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it there; what it came to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, work: Callable[[], T]) -> T:
        """Call it there; what it returned."""

        async def called() -> T:
            return work()

        return self.run(called())

    def close(self) -> None:
        """End whatever still goes on there."""
        self.run(_quiet())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()


async def _quiet() -> None:
    """Cancel every task, and let connections be lost."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0)
