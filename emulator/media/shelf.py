"""A bounded place for things that take time to make. It knows nothing of media."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Shelf:
    """Keeps what was made, up to `bound` bytes, and forgets what was asked for least recently.

    Threads may share it: what two ask for at once is made once, and the second waits. A thing
    that is bigger than the bound is handed out and not kept; a failure is not kept either.
    """

    def __init__(self, bound: int) -> None:
        self.bound, self.held = bound, 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, Future[Any]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """The thing of that name, made now if it is not here; `weigh` says how many bytes it is."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key][0])
            awaited = self._making.get(key)
            told: Future[T] = awaited or self._making.setdefault(key, Future())
        return told.result() if awaited else self._make(key, told, make, weigh)

    def peek(self, key: Hashable) -> Any:
        """The thing of that name if it is here; else None, and nothing is made."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _make(
        self, key: Hashable, told: Future[T], make: Callable[[], T], weigh: Callable[[T], int]
    ) -> T:
        try:
            thing = make()
            weight = weigh(thing)
        except BaseException as error:
            with self._lock:
                del self._making[key]
            told.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            self._keep(key, thing, weight)
        told.set_result(thing)
        return thing

    def _keep(self, key: Hashable, thing: object, weight: int) -> None:
        if weight > self.bound:
            return
        self._kept[key] = thing, weight
        self.held += weight
        while self.held > self.bound:
            _, (_, freed) = self._kept.popitem(last=False)
            self.held -= freed
