"""Several of one client at a time: trials are played side by side, and come back in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
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
    that a client that remembers things from trial to trial does so in the same way in each run.

    Each subject is a place; one that is named several times is one place for as many trials at
    once, which of course remembers nothing.
    """

    def __init__(self, subjects: Sequence[Subject]) -> None:
        counted = Counter(map(id, subjects))
        self._subjects = list({id(one): one for one in subjects}.values())
        self._stack = ExitStack()
        self._places = [ThreadPoolExecutor(counted[id(one)]) for one in self._subjects]
        self._room = AHEAD * len(subjects)

    def __enter__(self) -> Troupe:
        with ExitStack() as entered:
            for subject in self._subjects:
                entered.enter_context(subject)
            self._stack = entered.pop_all()
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
        try:
            while True:
                for nth, case in islice(numbered, self._room - len(waiting)):
                    place = nth % len(self._subjects)
                    subject = self._subjects[place]
                    waiting.append(self._places[place].submit(subject.play, case))
                if not waiting:
                    return
                yield waiting.pop(0).result()
        except GeneratorExit:
            # Whoever plays next finds nobody busy; and of a callable each run plays the same.
            if not self.first.virtual:
                self._cancel(waiting)
            wait(waiting)
            raise
        except BaseException:
            self._cancel(waiting)
            raise

    def _cancel(self, waiting: Iterable[Future[Trial]]) -> None:
        for one in waiting:
            one.cancel()
