"""Several of one client at a time: trials are played side by side, and come back in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from types import TracebackType

from contracts.cases import Case
from contracts.subjects.subject import Subject
from contracts.trial import Trial

AHEAD = 4
"""Cases that each place may have waiting, so that one slow trial holds up none of the others."""


class Troupe:
    """The same client in several places. Which place plays which case is fixed by its number, so
    that a client that remembers things from trial to trial does so in the same way in each run."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._stack = ExitStack()
        self._places = [ThreadPoolExecutor(1) for _ in subjects]

    def __enter__(self) -> Troupe:
        entered: list[Subject] = []
        for subject in self._subjects:
            if not any(subject is one for one in entered):
                self._stack.enter_context(subject)
                entered.append(subject)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for place in self._places:
            place.shutdown(wait=False, cancel_futures=True)
        self._stack.close()
        for place in self._places:
            place.shutdown()

    @property
    def first(self) -> Subject:
        """One of them, for what all have in common."""
        return self._subjects[0]

    def play(self, case: Case) -> Trial:
        """One trial."""
        return self._places[0].submit(self.first.play, case).result()

    def play_all(self, cases: Iterable[Case]) -> Iterator[Trial]:
        """Many trials, in the order of their cases."""
        waiting: list[Future[Trial]] = []
        numbered = enumerate(cases)
        room = AHEAD * len(self._subjects)
        try:
            while True:
                for nth, case in islice(numbered, room - len(waiting)):
                    place = nth % len(self._subjects)
                    subject = self._subjects[place]
                    waiting.append(self._places[place].submit(subject.play, case))
                if not waiting:
                    return
                yield waiting.pop(0).result()
        finally:
            for one in waiting:
                one.cancel()
