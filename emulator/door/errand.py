"""A program that is run as if nobody stood between it and its terminal."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

NOT_FOUND, NOT_RUN = 127, 126
"""The exit codes that a shell has for a command that there is not, and for one that cannot run."""

PASSED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
"""The signals that are passed on."""

IGNORED = ("SIGPIPE", "SIGXFSZ")
"""Those that Python ignores, and would have the program ignore."""


class Unstarted(OSError):
    """There is no such program, or it cannot be run; `code` is what a shell would exit with."""

    def __init__(self, command: str, number: int, hint: str = "") -> None:
        super().__init__(number, f"{command}: {os.strerror(number)}{hint}")
        self.code = NOT_FOUND if number == errno.ENOENT else NOT_RUN


def check(program: str) -> None:
    """Raises Unstarted if there is no such program."""
    if shutil.which(program) is not None:
        return
    if not Path(program).exists():
        raise Unstarted(program, errno.ENOENT)
    if os.sep in program:
        raise Unstarted(program, errno.EISDIR if Path(program).is_dir() else errno.EACCES)
    others = f" or python {program}" if program.endswith(".py") else ""
    raise Unstarted(program, errno.ENOENT, f"; did you mean ./{program}{others}?")


class Errand:
    """Used as a context manager around all that is done while the program runs: signals are held
    back from the moment it is entered, so that threads which start within leave them alone too."""

    def __enter__(self) -> Errand:
        self._child = 0
        self._heard = {getattr(signal, name) for name in (*PASSED, "SIGCHLD")}
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], before: Sequence[str] = ()
    ) -> None:
        """Start the program, with this process's own streams, and whatever is to stand `before` it
        in its command. Raises Unstarted."""
        check(command[0])
        try:
            self._spawn([*before, *command], environment)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise Unstarted(command[0], error.errno or 0) from None
            script = shutil.which(command[0]) or command[0]
            self._spawn(["/bin/sh", script, *command[1:]], environment)

    def _spawn(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._child = os.posix_spawnp(
            command[0],
            command,
            environment,
            setsigmask=self._before,
            setsigdef=[getattr(signal, name) for name in IGNORED],
        )

    def end(self) -> int:
        """Pass on every signal that somebody sends to this process alone, until the program ends;
        its exit code, which is 128 and the number for a signal.

        A terminal's own signals reach the program without help.
        """
        while True:
            told = signal.sigwaitinfo(self._heard)
            done, status = os.waitpid(self._child, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if told.si_signo != signal.SIGCHLD and told.si_code <= 0:
                os.kill(self._child, told.si_signo)
