"""A program that is run as if nobody stood between it and its terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence

NOT_FOUND, NOT_RUN = 127, 126
"""The exit codes that a shell has for a command that there is not, and for one that cannot run."""

PASSED = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
    }
)
"""The signals that are passed on."""


class Unstarted(OSError):
    """There is no such program, or it cannot be run; `code` is what a shell would exit with."""

    def __init__(self, command: str, error: OSError) -> None:
        super().__init__(error.errno, f"{command}: {error.strerror}")
        self.code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUN


class Errand:
    """Used as a context manager around all that is done while the program runs: signals are held
    back from the moment it is entered, so that threads which start within leave them alone too."""

    def __enter__(self) -> Errand:
        self._child = 0
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, {*PASSED, signal.SIGCHLD})
        return self

    def __exit__(self, *_: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the program, with this process's own streams. Raises Unstarted."""
        try:
            self._child = os.posix_spawnp(
                command[0], list(command), dict(environment), setsigmask=self._before
            )
        except OSError as error:
            raise Unstarted(command[0], error) from None

    def end(self) -> int:
        """Pass on every signal that somebody sends to this process alone, until the program ends;
        its exit code, which is 128 and the number for a signal.

        A terminal's own signals reach the program without help.
        """
        while True:
            told = signal.sigwaitinfo({*PASSED, signal.SIGCHLD})
            done, status = os.waitpid(self._child, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if told.si_signo != signal.SIGCHLD and told.si_code <= 0:
                os.kill(self._child, told.si_signo)
